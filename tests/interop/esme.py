"""One Kannel as the ESME of one of our carriers, and a wire between them whose octets are kept.

What a test can do and wait for whatever the link speaks; what must come of it
is told in `test_kannel`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from twisted.internet import reactor
from twisted.web.server import Site

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.trades import TRADES
from tests.interop import tshark
from tests.interop.ground import Ground
from tests.interop.kannel import ACCEPTED, Kannel, Sink
from tests.interop.tshark import Dissector, Reading
from tests.interop.wire import Wire

HANDSET, US = "+25078812312", "8500"  # the handset's last digit is told by the test
PORT = 2775  # in captures
SIGNS_IN = Behaviour(system_id="us", password="secret", enquire_after=0)


class KannelStage(Ground):
    """`kind` of our carrier, `dissector` of tshark for the same; what Kannel calls it stands in `links`."""

    links: tuple[str, ...]  # smsc groups; {port} is the wire's
    sessions = 1
    kind: str
    dissector: Dissector
    behaviour = SIGNS_IN

    async def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.sink = Sink()
        self.carrier = Carrier(reactor, TRADES[self.kind](), self.behaviour)
        self.wire = Wire(await self.listen(self.carrier))
        port, sink = await self.listen(self.wire), await self.listen(Site(self.sink, logFormatter=lambda *_: ""))
        self.kannel = Kannel(self.folder, sink, *(link.format(port=port) for link in self.links))
        self.addCleanup(self.clean_up)

    async def clean_up(self) -> None:
        await self.kannel.stop()
        self.carrier.drop()
        await self.until(lambda: not self.carrier.connections)

    async def start(self) -> None:
        """Kannel runs, and its link is signed in."""
        await self.kannel.start()
        await self.until(lambda: self.carrier.counts["binds"] == self.sessions)

    def seen(self) -> str:
        return f"{self.carrier.counts}, {self.sink.heard}, {self.kannel.log()}"

    async def taken(self, number: int, text: str, sender: str = US, **more: str) -> None:
        answer = await self.kannel.send(f"{HANDSET}{number}", text, sender=sender, dlr=str(number), **more)
        self.assertEqual(ACCEPTED, answer)

    async def reported(self, number: int, *states: str) -> list[str]:
        """Exactly these reports of the text to this handset, in any order; what was said in each."""
        await self.until(lambda: len(self.sink.of("dlr", id=str(number))) == len(states))
        found = self.sink.of("dlr", id=str(number))
        self.assertEqual(sorted(states), sorted(one["state"] for one in found))  # it tells them on two connections
        return [one["said"] for one in found]

    async def heard(self, *texts: str) -> None:
        """The application is told exactly these texts of the handset, in any order."""
        await self.until(lambda: len(self.sink.of("mo")) == len(texts))
        self.assertEqual(Counter(texts), Counter(one["text"] for one in self.sink.of("mo")))

    async def readings(self) -> tuple[Reading, Reading]:
        """tshark's, of what Kannel said and of what we said; every packet is there, and none is marked."""
        return (await self.reading(True), await self.reading(False))

    async def reading(self, client: bool) -> Reading:
        by, of = self.dissector, "dst" if client else "src"
        whole = Reading({}, [])
        for number, said in enumerate(self.wire.sessions):
            path = self.folder / f"{of}{number}.pcap"
            whole = whole.joined(await tshark.read(path, said, PORT, by, f"tcp.{of}port == {PORT}"))
        self.assertEqual([], whole.marks)
        self.assertEqual(Counter(by.packets(self.wire.octets(client))), Counter(whole.numbers(by.counted)))
        return whole

"""The same story on every kind of link, in every way a carrier can be reached: texts out, receipts and texts back."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint

from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.trades import TRADES
from chanserv.text.numbers import digits
from tests.stories.ends import free_port
from tests.stories.stage import ADDRESS, TO, Stage

LONG = " ".join(f"Passo {number}: leve o documento à sala {number}, às {number} h." for number in range(1, 9))
WIDE = " ".join(f"Сообщение {number} о здоровье 😀." for number in range(1, 9))


class KindStage(Stage):
    """One link of a kind. `calls`: the carrier calls us instead of waiting for our call."""

    calls = False

    def carrier(self) -> Any:
        return Carrier(reactor, TRADES[self.kind](), self.behaviour)

    def configure(self) -> str:
        path = super().configure()
        if self.calls:
            self.callee = free_port()
            text = (self.folder / "chanserv.toml").read_text("utf-8")
            listening = f"listen = 'tcp:{self.callee}:interface=127.0.0.1'\nlisten_from = [\"127.0.0.0/8\"]"
            hosts = f'hosts = ["127.0.0.1:{self.smsc_port}"]'
            self.assertIn(hosts, text)
            (self.folder / "chanserv.toml").write_text(text.replace(hosts, listening), "utf-8")
        return path

    async def story(self) -> None:
        """There and back: short, long and wide, in parts and joined again; a failure; a text of a handset's."""
        await self.begin()
        for id, text, to in (("1", "Olá {€} @", TO), ("2", LONG, "+250788123124"), ("3", WIDE, "+250788123125")):
            await self.take(id, text, to=to)
            await self.told_of(id, "sent", "delivered")
            parts = [one.text for one in self.smsc.submits if digits(one.destination) == digits(to)]
            # Sessions side by side keep no order.
            self.assertIn(text, {"".join(order) for order in permutations(parts)})
        self.smsc.set(receipt_status="UNDELIV")
        await self.take("4", "nobody there", to="+250788123126")
        await self.told_of("4", "sent", "failed")
        for text in ("Sim!", LONG, WIDE):
            self.smsc.send_mo(TO, ADDRESS, text)
        stored: list[dict[str, Any]] = []
        await self.until(lambda: stored.extend(self.stored()[len(stored) :]) or len(stored) == 3)
        self.assertEqual(sorted((LONG, WIDE, "Sim!")), sorted(event["text"] for event in stored))
        self.assertEqual({f"tel:{TO}"}, {event["urn"] for event in stored})
        await self.until(lambda: self.smsc.counts["mo"] == len(self.smsc_mo()))
        await self.stop()
        self.assertEqual(0, self.smsc.counts["drops"])

    async def begin(self) -> None:
        if not self.calls:
            return await self.start()
        await self.run_gateway()
        await self.smsc.call(TCP4ClientEndpoint(reactor, "127.0.0.1", self.callee))
        await self.until(lambda: self.gateway.links["smsc"].up)

    def stored(self) -> list[dict[str, Any]]:
        return [event for event in self.platform.events if event["what"] == "stored"]

    def smsc_mo(self) -> list[Any]:
        """The parts that the three texts of the handset are."""
        trade = TRADES[self.kind]()
        return [one for text in ("Sim!", LONG, WIDE) for one in trade.texts(TO, ADDRESS, text, None, 1, 0.0)]


class SmppTests(KindStage):
    async def test_34(self) -> None:
        """A transceiver."""
        await self.story()


class Smpp33Tests(KindStage):
    link_settings = 'version = "3.3"\nbind = "transmitter+receiver"\nbinds = 2'

    async def test_33(self) -> None:
        """Two sessions, no TLVs."""
        await self.story()
        self.assertEqual(2, self.smsc.counts["binds"])


class Smpp50Tests(KindStage):
    link_settings = 'version = "5.0"\nlong = "sar"\nbinds = 3'

    async def test_50(self) -> None:
        """Three transceivers, segments in TLVs."""
        await self.story()
        self.assertEqual(3, self.smsc.counts["binds"])


class DataSmTests(KindStage):
    link_settings = 'submit = "data_sm"\nlong = "payload"'

    async def test_data_sm(self) -> None:
        """Each text whole in message_payload."""
        await self.story()


class OutbindTests(KindStage):
    link_settings = 'version = "5.0"'
    calls = True

    async def test_outbind(self) -> None:
        """The SMSC calls, says outbind, and is bound to."""
        await self.story()


class UcpTests(KindStage):
    kind, account = "ucp", 'account = "8000"'

    async def test_ucp(self) -> None:
        """Signed in by operation 60."""
        await self.story()


class UcpListenTests(KindStage):
    kind, account = "ucp", 'account = "8000"'
    calls = True

    async def test_ucp_called(self) -> None:
        """The SMSC connects to us, and that is the only connection."""
        await self.story()


class Cimd2Tests(KindStage):
    kind, account = "cimd2", 'user = "weni"'

    async def test_cimd2(self) -> None:
        """With a window and checksums."""
        await self.story()


class Cimd3Tests(Cimd2Tests):
    """The same under the other name, one request at a time, without checksums."""

    link_settings = "ask_window = false\nchecksum = false\nzone = 0"

    def carrier(self) -> Any:
        return Carrier(reactor, TRADES["cimd2"](), self.behaviour)

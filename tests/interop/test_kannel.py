"""Debian's Kannel signs in at our simulated carriers: its encoders, its decoders, its idea of a receipt.

What Kannel made of a text must come out at the carrier letter by letter, and
what the carrier says must come out of Kannel; the same stories for every kind.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs

from tests.interop import tshark
from tests.interop.esme import HANDSET, SIGNS_IN, US, KannelStage
from tests.interop.kannel import ACCEPTED, missing
from tests.interop.texts import GSM_ALL, THREE_PARTS, TWO_PARTS, UCS2_TEXT
from tests.interop.tshark import CIMD, SMPP, UCP

HEADER = 6  # octets of a header with an 8-bit reference
MO_PARTS = 1 + 1 + 3 + 2
MANY = 150

SMPP_GROUP = """\
smsc = smpp
smsc-id = smpp
host = 127.0.0.1
smsc-username = us
smsc-password = secret
system-type = ""
enquire-link-interval = 1
reconnect-delay = 1
"""

EMI_GROUP = """\
smsc = emi
smsc-id = emi
host = 127.0.0.1
port = {port}
smsc-username = us
smsc-password = secret
keepalive = 1
window = 10
reconnect-delay = 1
"""
CIMD2_GROUP = """\
smsc = cimd2
smsc-id = cimd2
host = 127.0.0.1
port = {port}
smsc-username = us
smsc-password = secret
my-number = ""
reconnect-delay = 1
"""


class Stories:
    """What is the same for every kind of link."""

    numbers = (f"{HANDSET}1", US)  # of a reply, as the application is told them
    goodbye: int | None  # the packet that it signs off with

    async def test_texts(self) -> None:
        """Every letter of GSM 7-bit, UCS-2, a name as sender, several parts of both; each is reported delivered."""
        await self.start()
        await self.taken(1, GSM_ALL)
        await self.taken(2, UCS2_TEXT, sender="MyBrand", coding="2")
        await self.taken(3, THREE_PARTS)
        await self.taken(4, TWO_PARTS, coding="2")
        for number in (1, 2, 3, 4):
            await self.reported(number, "8", "1")
        self.assertEqual([(GSM_ALL, US)], [(part.text, part.source) for part in self.parts(1)])
        self.assertEqual([(UCS2_TEXT, "MyBrand")], [(part.text, part.source) for part in self.parts(2)])
        self.assertEqual((3, THREE_PARTS), (len(self.parts(3)), "".join(part.text for part in self.parts(3))))
        octets = b"".join(part.octets[HEADER:] for part in self.parts(4))  # Kannel tears an emoji
        self.assertEqual((2, TWO_PARTS), (len(self.parts(4)), octets.decode("utf-16-be")))
        self.assertEqual([], self.kannel.complaints())

    def parts(self, number: int) -> list[Any]:
        """Of the text to this handset, as the carrier took them."""
        return [submit for submit in self.carrier.submits if submit.destination == f"{HANDSET}{number}"]

    async def test_replies(self) -> None:
        """In the default alphabet, in UCS-2 and in parts of both: the application is told each, whole."""
        await self.start()
        for text in (texts := (GSM_ALL, "Olá 😀", THREE_PARTS, TWO_PARTS)):
            self.carrier.send_mo(f"{HANDSET}1", US, text)
        await self.heard(*texts)
        self.assertEqual({self.numbers}, {(one["from"], one["to"]) for one in self.sink.of("mo")})
        await self.until(lambda: self.carrier.counts["mo"] == MO_PARTS)
        self.assertEqual([], self.kannel.complaints())

    async def test_many(self) -> None:
        """More than UCP (100) and CIMD2 (128) have numbers for: each text arrives once, each report is told once."""
        await self.start()
        numbers = [f"+2507881{number:05d}" for number in range(MANY)]
        self.assertEqual(ACCEPTED, await self.kannel.send(" ".join(numbers), "Hello", sender=US, dlr="many"))
        await self.until(lambda: len(self.sink.of("dlr", id="many")) >= 2 * MANY)
        self.assertEqual(numbers, sorted(submit.destination for submit in self.carrier.submits))
        self.assertEqual(Counter({"8": MANY, "1": MANY}), Counter(one["state"] for one in self.sink.of("dlr")))
        await self.until(lambda: self.carrier.counts["receipt"] == MANY)
        self.assertEqual([], self.kannel.complaints())

    async def test_the_session(self) -> None:
        """Kannel asks whether we are there; dropped, it comes back; stopped, it signs off if it ever does."""
        await self.start()
        await self.until(lambda: self.dissector.keepalive[0] in self.wire.octets(True))
        for text in (hello := ("hello", "hello again")):
            self.carrier.send_mo(f"{HANDSET}1", US, text)
        await self.heard(*hello)
        await self.until(lambda: self.carrier.counts["mo"] == len(hello))  # answered: they will not come again
        binds = self.carrier.counts["binds"]
        self.carrier.drop()
        await self.until(lambda: self.carrier.counts["binds"] == binds + self.sessions)
        await self.taken(1, "back again")
        await self.reported(1, "8", "1")
        self.carrier.send_mo(f"{HANDSET}1", US, "so am I")
        await self.heard(*hello, "so am I")
        await self.kannel.stop()
        await self.until(lambda: not self.carrier.connections)
        await self.assert_read(("back again",), (*hello, "so am I"))

    async def assert_read(self, theirs: tuple[str, ...], ours: tuple[str, ...]) -> None:
        """tshark marks nothing and reads these texts."""
        by, (said, heard) = self.dissector, await self.readings()
        self.assertEqual(list(theirs), said.fields[by.text])
        self.assertEqual(list(ours), [text for text in heard.fields[by.text] if text in ours])  # reports have texts too
        if self.goodbye is not None:
            self.assertEqual(self.goodbye, said.numbers(by.counted)[-1])


class Enquiries:
    """Ours."""

    silence: float  # seconds of it until we ask: less than Kannel's keepalive, more than it takes to answer

    async def test_we_ask(self) -> None:
        """Kannel answers: twice, the session goes on."""
        await self.start()
        self.carrier.set(enquire_after=self.silence)
        await self.until(lambda: self.wire.octets(True).count(self.dissector.keepalive[1]) > 1)
        self.assertEqual(self.sessions, self.carrier.counts["binds"])


class Fates:
    """What is the same wherever a text can fail."""

    never: int  # a code of the carrier that Kannel takes for final
    patient: bool  # does Kannel try again when it is asked to slow down?

    async def test_fates(self) -> None:
        """Not delivered, refused at once, and put off: Kannel tells which."""
        await self.start()
        self.carrier.set(receipt_status="UNDELIV")
        await self.taken(1, "in vain")
        await self.reported(1, "8", "2")
        self.carrier.set(refuse_every=1, refuse_with=self.never)
        await self.taken(2, "refused")
        (said,) = await self.reported(2, "16")
        self.assertEqual("NACK", said[:4])
        self.carrier.set(refuse_every=0, throttle_for=0.5, receipt_status="DELIVRD")
        await self.taken(3, "not now")
        await self.reported(3, *(("8", "1") if self.patient else ("16",)))
        self.assertGreater(self.carrier.counts["throttled"], 0)


class SmppStage(KannelStage):
    """Both versions."""

    skip = missing() or tshark.missing() or None
    kind = "smpp"
    dissector = SMPP
    goodbye = 0x06  # unbind
    patient = True
    never = 0x0B  # ESME_RINVDSTADR; after ESME_RSYSERR Kannel tries again


class SmppTests(Stories, Fates, Enquiries, SmppStage):
    """SMPP 3.4, one transceiver."""

    silence = 0.5
    links = (SMPP_GROUP + "port = {port}\ntransceiver-mode = true\n",)


class Smpp33Tests(Stories, SmppStage):
    """SMPP 3.3, a transmitter and a receiver."""

    sessions = 2
    behaviour = attrs.evolve(SIGNS_IN, receipt_delay=0.1)  # on one connection, Kannel needs its text's id on the other
    links = (
        SMPP_GROUP + "port = {port}\ninterface-version = 33\n",
        SMPP_GROUP + "receive-port = {port}\ninterface-version = 33\nsmsc-admin-id = receiver\n",
    )


class EmiTests(Stories, Fates, Enquiries, KannelStage):
    """UCP, which Kannel calls EMI."""

    skip = missing() or tshark.missing() or None
    kind = "ucp"
    dissector = UCP
    numbers = (f"{HANDSET}1".lstrip("+"), US)  # that it is international, in OTOA, is nothing to Kannel
    goodbye = None
    patient = False
    never = 6  # AdC invalid
    silence = 0.5
    links = (EMI_GROUP,)


class Cimd2Stage(KannelStage):
    """CIMD2. Kannel polls: idle, it reads every 1.6 to 3.3 s."""

    skip = missing() or tshark.missing() or None
    kind = "cimd2"
    dissector = CIMD


class Cimd2Tests(Stories, Fates, Cimd2Stage):
    """All but our enquiries.

    Kannel remembers the number of our last request beyond the connection, and takes a first one of the next session
    that has it for a repeat: acknowledged, and thrown away. Hence two requests before the drop in `test_the_session`.
    """

    goodbye = 2  # logout
    patient = False
    never = 300  # destination address
    links = (CIMD2_GROUP + "keepalive = 1\n",)


class SilentTests(Enquiries, Cimd2Stage):
    """A Kannel that never asks itself."""

    silence = 4.0
    links = (CIMD2_GROUP,)

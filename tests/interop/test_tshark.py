"""tshark reads what our sessions said: every PDU dissected, none marked, the texts as they were meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from twisted.trial.unittest import TestCase

from chanserv.links.smpp.pdus import EnquireLink, EnquireLinkResp, Pdu
from chanserv.links.smpp.peer import Behaviour
from tests.interop import node
from tests.interop.node import Server
from tests.interop.pcap import Said
from tests.interop.texts import GSM_TEXT, THREE_PARTS, TWO_PARTS, UCS2_TEXT
from tests.interop.tshark import SMPP, Reading, missing, read
from tests.interop.wire import Wire
from tests.stories.stage import ADDRESS, TO, Stage, free_port

REPLIES = ("Sim {€} @", "não, 😀")

PORT = 2775  # in captures that no socket made
RESPONSE = 0x8000_0000
BIND, UNBIND, ENQUIRE_LINK, SUBMIT_SM, DELIVER_SM = 0x09, 0x06, 0x15, 0x04, 0x05


class WireStage(Stage):
    """The link dials a wire, which leads to the SMSC."""

    wire: Wire

    async def wire_to(self, port: int) -> None:
        self.wire = Wire(port)
        await self.listen(self.smsc_port, self.wire)

    async def smsc_up(self) -> None:
        await self.wire_to(await self.listen(0, self.smsc))

    async def readings(self, said: Sequence[Said]) -> tuple[Reading, Reading]:
        """What we said and what they said; every PDU is there, and none is marked."""
        found = []
        for client, of in ((True, "dst"), (False, "src")):
            reading = await read(self.folder / f"{of}.pcap", said, PORT, SMPP, f"tcp.{of}port == {PORT}")
            self.assertEqual([], reading.marks)
            octets = b"".join(data for _, by_client, data in said if by_client is client)
            self.assertEqual(Counter(SMPP.packets(octets)), Counter(reading.numbers(SMPP.counted)))
            found.append(reading)
        return found[0], found[1]


class OurSessionTests(WireStage):
    """The gateway and our own SMSC, from bind to unbind, with every sort of PDU."""

    skip = missing() or None
    link_settings = "enquire_after = 2"
    behaviour = Behaviour(enquire_after=0)

    async def test_a_whole_session(self) -> None:
        """Binds, texts of both codings, headers, receipts, replies, enquiries of both sides, unbind."""
        await self.start()
        texts = [GSM_TEXT, UCS2_TEXT, THREE_PARTS, TWO_PARTS]
        for number, text in enumerate(texts, 1):
            await self.take(str(number), text)
            await self.told_of(str(number), "sent", "delivered")
        for reply in REPLIES:
            self.smsc.send_mo(TO, ADDRESS, reply)
        await self.until(lambda: self.smsc.counts["mo"] == len(REPLIES))
        await self.until(lambda: self.heard(EnquireLink))
        self.smsc.set(enquire_after=1)  # below ours: it is they who break the silence now
        await self.until(lambda: self.heard(EnquireLinkResp))
        await self.stop()
        await self.until(lambda: not self.smsc.connections)

        ours, theirs = await self.readings(self.wire.said)
        both = {ENQUIRE_LINK, ENQUIRE_LINK | RESPONSE}
        self.assertEqual({BIND, SUBMIT_SM, DELIVER_SM | RESPONSE, UNBIND} | both, set(ours.numbers("smpp.command_id")))
        self.assertEqual({0}, {*ours.numbers("smpp.command_status"), *theirs.numbers("smpp.command_status")})
        self.assertEqual("".join(texts), "".join(ours.fields["smpp.message_text"]))
        self.assertEqual(["1", "2", "3", "1", "2"], ours.fields["gsm_sms.udh.mm.msg_part"])
        self.assert_receipts_and_replies(theirs)

    def heard(self, kind: type[Pdu]) -> bool:
        return any(isinstance(pdu, kind) for pdu in self.smsc.heard)

    def assert_receipts_and_replies(self, theirs: Reading) -> None:
        taken = [submit.message_id for submit in self.smsc.submits]
        self.assertEqual((taken, taken), (theirs.fields["smpp.message_id"], theirs.fields["smpp.receipted_message_id"]))
        self.assertEqual([2] * len(taken), theirs.numbers("smpp.message_state"))
        *receipts, first, second = theirs.fields["smpp.message_text"]
        self.assertEqual([f"id:{id}" for id in taken], [receipt.split()[0] for receipt in receipts])
        self.assertEqual(REPLIES, (first, second))


class ForeignSessionTests(WireStage):
    """The gateway and npm's SMSC: the same wire, and a third who reads along."""

    skip = missing() or node.missing() or None

    async def test_a_whole_session(self) -> None:
        """What they let pass, tshark lets pass too."""
        port = free_port()
        server = Server(port)
        self.addCleanup(server.end)
        await self.until(lambda: server.of("listening"))
        await self.wire_to(port)
        await self.start(smsc=False)
        for number, text in enumerate((GSM_TEXT, TWO_PARTS), 1):
            await self.take(str(number), text)
            await self.told_of(str(number), "sent", "delivered")
        await self.stop()
        await self.until(lambda: server.of("close"))
        ours, theirs = await self.readings(self.wire.said)
        self.assertEqual(GSM_TEXT + TWO_PARTS, "".join(ours.fields["smpp.message_text"]))
        self.assertEqual(theirs.fields["smpp.message_id"], theirs.fields["smpp.receipted_message_id"])
        self.assertEqual([2, 2, 2], theirs.numbers("smpp.message_state"))


class MarkTests(TestCase):
    """The tests above mean something only if a broken PDU would be marked."""

    skip = missing() or None

    async def marks(self, octets: str) -> list[str]:
        path = Path(self.mktemp())
        return (await read(path, [(0.0, True, bytes.fromhex(octets))], PORT, SMPP)).marks

    async def test_a_sound_pdu(self) -> None:
        """enquire_link, as in SMPP 3.4, section 4.11.1."""
        self.assertEqual([], await self.marks("00000010 00000015 00000000 00000001"))

    async def test_a_cut_body(self) -> None:
        """A submit_sm whose sm_length promises more than there is."""
        head, body = "00000023 00000004 00000000 00000001", "00 0101 3100 0101 3200 00 00 00 00 00 00 00 00 00 50"
        self.assertNotEqual([], await self.marks(head + body))

"""tshark reads what our sessions said: every PDU dissected, none marked, the texts as they were meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.trades import TRADES
from tests.interop import node
from tests.interop.node import Server
from tests.interop.pcap import Said
from tests.interop.texts import GSM_TEXT, THREE_PARTS, TWO_PARTS, UCS2_TEXT
from tests.interop.tshark import CIMD, SMPP, UCP, Dissector, Reading, missing, read
from tests.interop.wire import Wire
from tests.stories.stage import ADDRESS, TO, Stage, free_port

REPLIES = ("Sim {€} @", "não, 😀")

PORT = 2775  # in captures that no socket made
RESPONSE = 0x8000_0000
BIND, UNBIND, ENQUIRE_LINK, SUBMIT_SM, DELIVER_SM = 0x09, 0x06, 0x15, 0x04, 0x05
TEXTS = ("Hello world", GSM_TEXT, UCS2_TEXT, THREE_PARTS, TWO_PARTS)
PARTS = 1 + 1 + 1 + 3 + 2


def handset(number: int) -> str:
    """One for each text: UCP and CIMD2 name a text by its number and second."""
    return f"{TO[:-1]}{number}"


HANDSETS = [handset(number) for number in (1, 2, 3, 4, 4, 4, 5, 5)]  # of the parts


class WireStage(Stage):
    """The link dials a wire, which leads to the SMSC."""

    wire: Wire
    dissector = SMPP

    async def wire_to(self, port: int) -> None:
        self.wire = Wire(port)
        await self.listen(self.smsc_port, self.wire)

    async def smsc_up(self) -> None:
        await self.wire_to(await self.listen(0, self.smsc))

    async def readings(self, said: Sequence[Said]) -> tuple[Reading, Reading]:
        """What we said and what they said; every PDU is there, and none is marked."""
        by, found = self.dissector, []
        for client, of in ((True, "dst"), (False, "src")):
            reading = await read(self.folder / f"{of}.pcap", said, PORT, by, f"tcp.{of}port == {PORT}")
            self.assertEqual([], reading.marks)
            octets = b"".join(data for _, by_client, data in said if by_client is client)
            self.assertEqual(Counter(by.packets(octets)), Counter(reading.numbers(by.counted)))
            found.append(reading)
        return found[0], found[1]


class OurSession(WireStage):
    """The gateway and our own carrier, from signing in to signing off, with every sort of packet."""

    link_settings = "enquire_after = 2"
    behaviour = Behaviour(enquire_after=0)

    def carrier(self) -> Carrier:
        return Carrier(reactor, TRADES[self.kind](), self.behaviour)

    async def whole(self) -> tuple[Reading, Reading]:
        """Texts of both codings, headers, receipts, replies, enquiries of both sides."""
        await self.start()
        for number, text in enumerate(TEXTS, 1):
            await self.take(str(number), text, to=handset(number))
            await self.told_of(str(number), "sent", "delivered")
        for reply in REPLIES:
            self.smsc.send_mo(TO, ADDRESS, reply)
        await self.until(lambda: self.smsc.counts["mo"] == len(REPLIES))
        ours, answer = self.dissector.keepalive
        await self.until(lambda: ours in self.wire.octets(True))
        self.smsc.set(enquire_after=1)  # below ours: it is they who break the silence now
        await self.until(lambda: answer in self.wire.octets(True))
        await self.stop()
        await self.until(lambda: not self.smsc.connections)
        return await self.readings(self.wire.said)


class SmppTests(OurSession):
    skip = missing() or None

    async def test_a_whole_session(self) -> None:
        """From bind to unbind."""
        ours, theirs = await self.whole()
        both = {ENQUIRE_LINK, ENQUIRE_LINK | RESPONSE}
        self.assertEqual({BIND, SUBMIT_SM, DELIVER_SM | RESPONSE, UNBIND} | both, set(ours.numbers("smpp.command_id")))
        self.assertEqual({0}, {*ours.numbers("smpp.command_status"), *theirs.numbers("smpp.command_status")})
        self.assertEqual("".join(TEXTS), "".join(ours.fields["smpp.message_text"]))
        self.assertEqual(["1", "2", "3", "1", "2"], ours.fields["gsm_sms.udh.mm.msg_part"])
        taken = [submit.message_id for submit in self.smsc.submits]
        self.assertEqual((taken, taken), (theirs.fields["smpp.message_id"], theirs.fields["smpp.receipted_message_id"]))
        self.assertEqual([2] * PARTS, theirs.numbers("smpp.message_state"))
        *receipts, first, second = theirs.fields["smpp.message_text"]
        self.assertEqual([f"id:{id}" for id in taken], [receipt.split()[0] for receipt in receipts])
        self.assertEqual(REPLIES, (first, second))


class UcpTests(OurSession):
    skip = missing() or None
    dissector = UCP
    kind, account = "ucp", 'account = "8000"'

    async def test_a_whole_session(self) -> None:
        """From operation 60 to silence: there is no goodbye."""
        ours, theirs = await self.whole()
        self.assertEqual({60, 51, 52, 53, 31}, set(ours.numbers("ucp.hdr.OT")))
        answers = ours.fields["ucp.parm.ACK"] + theirs.fields["ucp.parm.ACK"]
        self.assertEqual(({"'A'"}, []), (set(answers), ours.fields["ucp.parm.EC"]))
        numbers = [number.lstrip("+") for number in HANDSETS]
        self.assertEqual(numbers, [one for one in ours.fields["ucp.parm.AdC"] if one != "8000"])
        self.assertEqual({"1139"}, set(ours.fields["ucp.parm.OTOA"]))
        codings = ["'3'", "'3'", "'4'", "'3'", "'3'", "'3'", "'4'", "'4'"]
        self.assertEqual((codings, "Hello world"), (ours.fields["ucp.parm.MT"], ours.fields["ucp.parm.AMsg"][0]))
        units = len((UCS2_TEXT + TWO_PARTS).encode("utf-16-be")) * 8
        self.assertEqual(units, sum(int(bits) for bits in ours.fields["ucp.parm.NB"]))
        self.assertEqual(["'0'"] * PARTS, theirs.fields["ucp.parm.Dst"])
        taken = [submit.message_id for submit in self.smsc.submits]
        self.assertEqual(taken, [one for one in theirs.fields["ucp.parm.SM"] if one != "0000"])  # which answers a 31


class Cimd2Tests(OurSession):
    skip = missing() or None
    dissector = CIMD
    kind, account = "cimd2", 'user = "8000"'

    async def test_a_whole_session(self) -> None:
        """From login to logout, the question for the time among it."""
        ours, theirs = await self.whole()
        self.assertEqual({1, 2, 3, 9, 40, 70, 73, 90}, set(ours.numbers("cimd.opcode")))
        self.assertEqual({51, 52, 53, 59, 90, 40, 20, 23}, set(theirs.numbers("cimd.opcode")))
        self.assertEqual((["8000"], []), (ours.fields["cimd.ui"], theirs.fields["cimd.errcode"]))
        for client, reading in ((True, ours), (False, theirs)):
            codes = [code.decode() for code in re.findall(rb"\t(\d{3}):", self.wire.octets(client))]
            self.assertEqual(codes, reading.fields["cimd.pcode"])  # it passes over what it does not know
        self.assertEqual((HANDSETS, {ADDRESS}), (ours.fields["cimd.da"], set(ours.fields["cimd.oa"])))
        self.assertEqual("Hello world", ours.fields["cimd.ud"][0])
        wide = bytes.fromhex("".join(ours.fields["cimd.udb"])).decode("utf-16-be")
        self.assertEqual((UCS2_TEXT + TWO_PARTS, [8] * 3), (wide, ours.numbers("cimd.dcs")))
        headers = [header[-4:] for header in ours.fields["cimd.udh"]]
        self.assertEqual(["0301", "0302", "0303", "0201", "0202"], headers)
        self.assertEqual([4] * PARTS, theirs.numbers("cimd.stcode"))
        self.assertEqual(REPLIES[1], bytes.fromhex(theirs.fields["cimd.udb"][0]).decode("utf-16-be"))


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

    async def marks(self, octets: bytes, by: Dissector = SMPP) -> list[str]:
        path = Path(self.mktemp())
        return (await read(path, [(0.0, True, octets)], PORT, by)).marks

    async def test_a_sound_pdu(self) -> None:
        """enquire_link, as in SMPP 3.4, section 4.11.1."""
        self.assertEqual([], await self.marks(bytes.fromhex("00000010 00000015 00000000 00000001")))

    async def test_a_cut_body(self) -> None:
        """A submit_sm whose sm_length promises more than there is."""
        head, body = "00000023 00000004 00000000 00000001", "00 0101 3100 0101 3200 00 00 00 00 00 00 00 00 00 50"
        self.assertNotEqual([], await self.marks(bytes.fromhex(head + body)))

    async def test_a_wrong_checksum(self) -> None:
        """Of UCP and of CIMD2, beside a right one."""
        for by, octets, right, wrong in (
            (UCP, b"\x0200/00019/R/60/A//%s\x03", b"6D", b"6E"),
            (CIMD, b"\x0251:001\t%s\x03", b"3C", b"3D"),
        ):
            self.assertEqual([], await self.marks(octets % right, by))
            self.assertNotEqual([], await self.marks(octets % wrong, by))

    async def test_a_missing_field(self) -> None:
        """A submit of UCP with fewer fields than 33."""
        submit = b"\x0204/00080/O/51/250788000001/8500/////////////////3//48656C6C6F20776F726C64/////A0\x03"
        self.assertNotEqual([], await self.marks(submit, UCP))

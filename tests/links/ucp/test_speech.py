"""What a UCP account says and understands; golden octets are Kannel 1.4.5's for the same texts."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.base import Speech
from chanserv.links.events import Answered
from chanserv.links.ucp import deliveries, verdicts
from chanserv.links.ucp.codec import Frames, decode, encode
from chanserv.links.ucp.operations import (
    CallInput,
    Delete,
    Deliver,
    Inquiry,
    ListManagement,
    MultipleCallInput,
    Notification,
    Operation,
    Submit,
    Transfer,
)
from chanserv.links.ucp.results import Result
from chanserv.links.ucp.speech import UcpSpeech
from chanserv.links.ucp.terms import Submission
from chanserv.message import Coding, Part, Question, Receipt, Reply, Segment, Slice, Status, Verdict
from chanserv.settings import Secret, UcpSettings
from chanserv.text.parts import concatenation
from tests.links.fakes import work

OWN = UcpSettings(name="a", hosts=("ucp.invalid:1",), account="8500", password=Secret("secret"), receipts="none")
TO, FROM = "+250788000001", "8500"


def speech(**more: Any) -> UcpSpeech:
    return UcpSpeech(attrs.evolve(OWN, **more))


def part(body: bytes, udh: bytes = b"") -> Part:
    return Part(number=1, slice=Slice(body=body, udh=udh))


def composed(one: Part, coding: Coding = Coding.GSM7, to: str = TO, sender: str = FROM, **more: Any) -> Any:
    return speech(**more).compose(work(to=to, sender=sender, coding=coding, expires=1795354875.0), one).operation


def written(trn: int, operation: Operation) -> bytes:
    return encode(attrs.evolve(operation, trn=trn))


class ComposeTests(SynchronousTestCase):
    def check(self, ascii: str, operation: Operation) -> None:
        self.assertEqual(b"\x02" + ascii.encode() + b"\x03", written(int(ascii[:2]), operation))

    def test_plain(self) -> None:
        """MT 3, one octet a septet; the specials as GSM has them."""
        self.check(
            "04/00088/O/51/250788000001/8500/////////////////3//48656C6C6F20776F726C64/////////////20",
            composed(part(b"Hello world")),
        )

    def test_ucs2(self) -> None:
        """MT 4, NB and XSer 02; Kannel adds MCLs, which is needed only where there is no XSer 02."""
        operation = composed(part("Здраво мир".encode("utf-16-be")), Coding.UCS2)
        self.check(
            "06/00117/O/51/250788000001/8500/////////////////4/0160/04170434044004300432043E0020043C04380440"
            "////1//////020108///60",
            attrs.evolve(operation, mcls="1"),
        )
        self.assertEqual("", operation.mcls)

    def test_a_part_of_a_long_text(self) -> None:
        """UDH in XSer 01."""
        self.check(
            "08/00158/O/51/250788000001/8500/////////////////3//6F726430313920776F726430323020776F726430323120776F726430"
            "323220776F7264303233//////////0106050003030202///0B",
            composed(part(b"ord019 word020 word021 word022 word023", concatenation(Segment(3, 2, 2)))),
        )

    def test_a_name(self) -> None:
        """Packed, OTOA 5039."""
        self.check(
            "09/00106/O/51/250788000001/0DCDBC501E769301/////////////////3//616C7068612073656E646572////////5039/////E4",
            composed(part(b"alpha sender"), sender="MyBrand"),
        )

    def test_international(self) -> None:
        """OTOA 1139; 00 where the account wants it."""
        self.check(
            "10/00116/O/51/00250788000001/250788000099/////////////////3//696E7465726E6174696F6E616C20706C7573"
            "////////1139/////DD",
            composed(part(b"international plus"), sender="+250788000099", international="00"),
        )

    def test_octets(self) -> None:
        """MT 4 with MCLs 1."""
        self.check(
            "11/00099/O/51/250788000001/8500/////////////////4/0040/010203FEFF////1//////010706050415820000///FD",
            composed(part(b"\1\2\3\xfe\xff", bytes.fromhex("06050415820000")), Coding.OCTETS),
        )

    def test_receipts_are_asked_for(self) -> None:
        """NRq and NT, and where they go; nothing where none is wanted."""
        self.check(
            "15/00088/O/51/250788000001/8500//1//7/////////////3//646C7220706C65617365/////////////E2",
            composed(part(b"dlr please"), receipts="part", notify=7),
        )
        operation = composed(part(b"x"), receipts="message", notify_address="8501", notify_pid="0539")
        self.assertEqual(("1", "8501", "3", "0539"), (operation.nrq, operation.nadc, operation.nt, operation.npid))
        for none in ({"receipts": "none", "notify_address": "8501"}, {"receipts": "part", "notify": 0}):
            operation = composed(part(b"x"), **none)
            self.assertEqual(("", "", "", ""), (operation.nrq, operation.nadc, operation.nt, operation.npid))

    def test_what_the_account_wants(self) -> None:
        """Billing, authentication, priority, validity in the SMSC's time."""
        operation = composed(
            part(b"x"), billing="ABC12", authentication=Secret("abcd"), priority=1, validity_period="absolute", zone=3.0
        )
        self.assertEqual("0C054142433132", operation.xser)
        self.assertEqual(("abcd", "1", "2211261642"), (operation.ac, operation.pr, operation.vp))
        self.assertEqual(("", "", ""), (composed(part(b"x")).ac, composed(part(b"x")).pr, composed(part(b"x")).vp))

    def test_no_sender(self) -> None:
        """The account speaks for itself."""
        self.assertEqual("8500", composed(part(b"x"), sender="").oadc)

    def test_alphabets(self) -> None:
        """What the SMSC's alphabet lacks goes as UCS-2 where that fits, and is told where not."""
        self.assertEqual("5B615D", composed(part(b"\x1b<a\x1b>"), alphabet="ascii").msg)
        self.assertEqual("5D", composed(part(b"\x5e"), alphabet="german").msg)
        operation = composed(part(b"\x05"), alphabet="ascii")
        self.assertEqual(("4", "0016", "00E9", "020108"), (operation.mt, operation.nb, operation.msg, operation.xser))
        for one in (part(b"\x05" * 71), part(b"\x05", concatenation(Segment(3, 2, 2)))):
            with self.assertRaisesRegex(BadField, "'é' is not in the alphabet ascii"):
                composed(one, alphabet="ascii")

    def test_the_oldest_operation(self) -> None:
        """01 has neither header nor coding nor names: parts of a long text go as so many texts, others not at all."""
        expected = CallInput(adc="250788000001", oadc="8500", ac="abcd", mt="3", msg="61")
        given: dict[str, Any] = {"operation": "01", "authentication": Secret("abcd")}
        for udh in (b"", concatenation(Segment(3, 2, 2)), concatenation(Segment(3, 2, 2, True))):
            self.assertEqual(expected, composed(part(b"a", udh), **given))
        self.assertEqual("250788000099", composed(part(b"a"), sender="+250788000099", **given).oadc)
        for one, coding, sender in (
            (part(b"a", bytes.fromhex("06050415820000")), Coding.GSM7, FROM),
            (part(b"a", bytes.fromhex("0b0003a70201") + b"\x05\x04\0\0\0\0"), Coding.GSM7, FROM),
            (part(b"\0a"), Coding.UCS2, FROM),
            (part(b"a"), Coding.GSM7, "MyBrand"),
            (part(b"a"), Coding.GSM7, "Z0"),
        ):
            self.assertRaises(BadField, composed, one, coding, sender=sender, **given)

    def test_whose_it_is(self) -> None:
        """For the spacing of texts to one number."""
        found = speech().compose(work(7, to=TO), part(b"x"))
        assert isinstance(found, Submission)
        self.assertEqual((TO, 107), (found.to, found.message))


class JudgeTests(SynchronousTestCase):
    def test_taken(self) -> None:
        """The name as the SMSC wrote it, and what every writing of the number has in common."""
        judgement = speech().judge(Answered(1, 0, b"00250788000001:221126134135"), 0)
        self.assertEqual(
            (Verdict.TAKEN, "A", "", "8000001:221126134135", "00250788000001:221126134135"),
            (judgement.verdict, judgement.code, judgement.reason, judgement.carrier_id, judgement.raw_id),
        )
        nameless = speech().judge(Answered(1, 0), 0)
        self.assertEqual((Verdict.TAKEN, "", ""), (nameless.verdict, nameless.carrier_id, nameless.raw_id))

    def test_classes(self) -> None:
        """Never, later, slow down, a few times; with the carrier's words."""
        for ec, tries, verdict, pause in (
            (1, 0, Verdict.LATER, 0.0),
            (1, 1, Verdict.REFUSED, 0.0),
            (2, 0, Verdict.REFUSED, 0.0),
            (4, 9, Verdict.LATER, 1.0),
            (6, 0, Verdict.REFUSED, 0.0),
            (55, 9, Verdict.LATER, 0.0),
            (98, 1, Verdict.LATER, 0.0),
            (98, 2, Verdict.REFUSED, 0.0),
            (verdicts.UNNAMED, 0, Verdict.LATER, 0.0),
        ):
            judgement = speech().judge(Answered(1, ec), tries)
            self.assertEqual((verdict, pause, False), (judgement.verdict, judgement.pause, judgement.lost), ec)
        self.assertEqual("EC 06 AdC invalid: no such", speech().judge(Answered(1, 6, words="no such"), 0).reason)
        self.assertEqual("an error without a code", speech().judge(Answered(1, -1), 0).reason)

    def test_not_signed_in(self) -> None:
        """07 to a part: sign in again, where one signs in; three times, then the part's own code is wrong."""
        judgement = speech().judge(Answered(1, 7), 0)
        self.assertEqual((Verdict.LATER, True), (judgement.verdict, judgement.lost))
        self.assertEqual(Verdict.REFUSED, speech().judge(Answered(1, 7), 2).verdict)
        self.assertFalse(speech(password=None).judge(Answered(1, 7), 0).lost)

    def test_what_the_operator_knows(self) -> None:
        """`errors` counts before the table."""
        errors = {"06": "later", "98": "throttled", "7": "refused", "04": "later", "33": "taken"}
        for ec, verdict, pause in (
            (6, Verdict.LATER, 0.0),
            (98, Verdict.LATER, 1.0),
            (7, Verdict.REFUSED, 0.0),
            (4, Verdict.LATER, 0.0),
            (33, Verdict.TAKEN, 0.0),
        ):
            judgement = speech(errors=errors).judge(Answered(1, ec), 5)
            self.assertEqual((verdict, pause, False), (judgement.verdict, judgement.pause, judgement.lost), ec)


class NameTests(SynchronousTestCase):
    def test_system_messages(self) -> None:
        """Free text: the pair wherever it stands, a stamp at the end; nothing that is no moment."""
        for sm, name in (
            ("250788000001:221126134135", "250788000001:221126134135"),
            ("+00250788000001 : 221126134135 accepted", "00250788000001:221126134135"),
            ("message 17 accepted 221126134135 ", "7:221126134135"),
            ("221126134135", "7:221126134135"),
            ("221126134135 accepted", ""),
            ("1221126134135", ""),
            ("7:999999999999", ""),
            ("accepted", ""),
            ("", ""),
        ):
            self.assertEqual(name, deliveries.named(sm, "7"), sm)


RECEIPT = Notification(adc="8500", oadc="250788000001", scts="221126134135", dst="0", rsn="000", dscts="221126134136")


class ReceiptTests(SynchronousTestCase):
    def read(self, pdu: Any, **more: Any) -> Any:
        return speech(**more).read(pdu, 2e9)

    def test_delivered(self) -> None:
        """As captured: of the text that was named so, whatever the prefix."""
        [frame] = Frames().feed(encode(attrs.evolve(RECEIPT, trn=1, mt="3", msg="4D6573")))
        self.assertEqual(
            Receipt(
                link="a",
                carrier_ids=("8000001:221126134135",),
                status=Status.DELIVERED,
                reason="delivered",
                to="250788000001",
                sender="8500",
                at=1795354896.0,
            ),
            self.read(decode(frame)),
        )
        for raw in ("00250788000001", "+250788000001", "0788000001"):
            name = speech().judge(Answered(1, 0, f"{raw}:221126134135".encode()), 0).carrier_id
            self.assertEqual((name,), self.read(RECEIPT).carrier_ids)

    def test_fates(self) -> None:
        """With the reason in words; an unknown Dst is on its way."""
        for dst, rsn, status, reason in (
            ("0", "", Status.DELIVERED, "delivered"),
            ("1", "107", Status.SENT, "buffered, 107 absent subscriber"),
            ("2", "101", Status.FAILED, "not delivered, 101 unknown subscriber"),
            ("7", "", Status.SENT, "Dst 7"),
        ):
            receipt = self.read(attrs.evolve(RECEIPT, dst=dst, rsn=rsn))
            self.assertEqual((status, reason), (receipt.status, receipt.reason))

    def test_zone(self) -> None:
        """The SMSC's clock is ahead of UTC."""
        self.assertEqual(1795354896.0 - 3 * 3600, self.read(RECEIPT, zone=3.0).at)
        self.assertEqual(0.0, self.read(attrs.evolve(RECEIPT, dscts="")).at)

    def test_nobodys(self) -> None:
        """Without a stamp it cannot be matched."""
        self.assertEqual((), self.read(attrs.evolve(RECEIPT, scts="99999")).carrier_ids)

    def test_addresses(self) -> None:
        """International where OTOA says so; the sender's name again."""
        self.assertEqual("+250788000001", self.read(attrs.evolve(RECEIPT, otoa="1139")).to)
        named = self.read(attrs.evolve(RECEIPT, adc="0DCDBC501E769301", otoa="5039"))
        self.assertEqual(("MyBrand", "250788000001"), (named.sender, named.to))


MO = Deliver(adc="8500", oadc="250788000001", rpid="0000", scts="221126134146", mt="3", msg="706172742074776F")


class ReplyTests(SynchronousTestCase):
    def read(self, pdu: Any, now: float = 2e9, **more: Any) -> Reply:
        found = speech(**more).read(pdu, now)
        assert isinstance(found, Reply)
        return found

    def test_a_text(self) -> None:
        """With the SMSC's stamp, and an identity that a repeat has as well."""
        reply = self.read(MO)
        self.assertEqual(
            Reply(
                link="a", sender="250788000001", to="8500", body=b"part two", encoding="gsm7",
                vendor_id=reply.vendor_id, at=1795354906.0,
            ),
            reply,
        )  # fmt: skip
        self.assertEqual(32, len(reply.vendor_id))
        self.assertEqual(reply.vendor_id, self.read(attrs.evolve(MO, trn=9)).vendor_id)
        for other in ({"scts": "221126134147"}, {"oadc": "1"}, {"msg": "61"}, {"xser": "0106050003AA0202"}):
            self.assertNotEqual(reply.vendor_id, self.read(attrs.evolve(MO, **other)).vendor_id)

    def test_a_segment(self) -> None:
        """By the header in XSer 01."""
        reply = self.read(attrs.evolve(MO, xser="0106050003AA0202"))
        self.assertEqual((Segment(0xAA, 2, 2), b"part two"), (reply.segment, reply.body))

    def test_codings(self) -> None:
        """UCS-2, octets, and the account's alphabet."""
        wide = self.read(attrs.evolve(MO, mt="4", nb="0032", msg="04170434", xser="020108"))
        self.assertEqual("Зд", wide.body.decode(wide.encoding))
        german = self.read(attrs.evolve(MO, msg="5D"), alphabet="german")
        self.assertEqual("Ü", german.body.decode(german.encoding))

    def test_names_and_numbers(self) -> None:
        """+digits where OTOA says so."""
        self.assertEqual("+250788000001", self.read(attrs.evolve(MO, otoa="1139")).sender)
        self.assertEqual("MyBrand", self.read(attrs.evolve(MO, oadc="0DCDBC501E769301", otoa="5039")).sender)

    def test_times(self) -> None:
        """Never later than it is; when it came, where there is no stamp."""
        self.assertEqual(1795354906.0 - 3600, self.read(MO, zone=1.0).at)
        self.assertEqual(5.0, self.read(MO, 5.0).at)
        unstamped = self.read(attrs.evolve(MO, scts=""))
        self.assertEqual((2e9, "", 32), (unstamped.at, unstamped.vendor_id, len(unstamped.digest)))

    def test_older_ways(self) -> None:
        """Have no stamp: a repeat is known by what it says."""
        for pdu in (
            CallInput(adc="8500", oadc="1", mt="3", msg="61"),
            MultipleCallInput(radc=("8500", "8501"), oadc="1", mt="3", msg="61"),
            Transfer(adc="8500", oadc="1", msg="61"),
        ):
            reply = self.read(pdu)
            self.assertEqual(("8500", "1", b"a", "", 32), (*_ends(reply), reply.vendor_id, len(reply.digest)))
        self.assertEqual("", self.read(MultipleCallInput(mt="3")).to)

    def test_neither(self) -> None:
        """What cannot be read, and what is none."""
        for pdu in (attrs.evolve(MO, mt="9"), Submit(), None):
            self.assertIsNone(speech().read(pdu, 0.0))


def _ends(reply: Reply) -> tuple[str, str, bytes]:
    return reply.to, reply.sender, reply.body


class AccountTests(SynchronousTestCase):
    def test_it_is_a_speech(self) -> None:
        """One connection is dialled, if there is whom."""
        own: Speech = speech()
        self.assertEqual((("session",), ()), (own.roles, speech(hosts=()).roles))

    def test_where_we_submit(self) -> None:
        """On a connection of the SMSC only if we have no other."""
        self.assertEqual([True, False], [speech().sends(role) for role in ("session", "caller")])
        self.assertTrue(speech(hosts=()).sends("caller"))

    def test_sessions(self) -> None:
        """With the account's names, on ours; a caller is signed in at once, and asked nothing if it only delivers."""
        session = speech(oton=1, onpi=1, subscribe=True).session("session")
        session.open(0.0)
        [frame] = Frames().feed(session.flush())
        self.assertEqual(frame, b"00/00051/O/60/8500/1/1/1/736563726574//0100//////99")
        session.received(0.0, encode(Result(ot="60", values=("A", ""))))
        [frame] = Frames().feed(session.flush())
        self.assertIsInstance(decode(frame), ListManagement)
        for hosts, due in ((OWN.hosts, None), ((), 30.0)):
            caller = speech(hosts=hosts, subscribe=True).session("caller")
            caller.open(0.0)
            self.assertEqual((b"", due), (caller.flush(), caller.due()))

    def test_one_second_for_all_sessions(self) -> None:
        """Of one account; not where seconds are shared."""
        for how, sent in (("wait", 0), ("share", 1)):
            own = speech(password=None, same_second=how)
            first, second = own.session("session"), own.session("session")
            for session, message in ((first, 1), (second, 2)):
                session.open(0.0)
                session.submit(0.0, own.compose(work(message, to=TO), part(b"x")))
            self.assertEqual(1, len(Frames().feed(first.flush())))
            self.assertEqual(sent, len(Frames().feed(second.flush())))

    def test_questions(self) -> None:
        """By the addresses as they were written, and the stamp; none about what has none."""
        asked = Question(carrier_id="00250788000001:221126134135", to=TO, sender="+250788000099")
        own = speech(international="00")
        expected = {"adc": "00250788000001", "oadc": "250788000099", "scts": "221126134135", "otoa": "1139"}
        self.assertEqual(Inquiry(**expected), own.question(asked))
        self.assertEqual(Delete(**expected), own.cancellation(asked))
        for carrier_id, to in (("", TO), ("x", TO), ("1:99999", TO), ("1:221126134135", "1" * 20)):
            self.assertIsNone(own.question(Question(carrier_id=carrier_id, to=to, sender="8500")))

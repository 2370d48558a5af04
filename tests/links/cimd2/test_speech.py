"""What a CIMD2 account says and understands."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.cimd2.speech import Cimd2Speech
from chanserv.links.events import Answered
from chanserv.message import Coding, Part, Question, Receipt, Reply, Segment, Slice, Status, Verdict
from chanserv.settings import Cimd2Settings, Secret
from tests.links.cimd2.written import decode, packet
from tests.links.fakes import work

NOON = 1_795_348_800.0  # 2026-11-22 12:00:00 UTC


def speech(**more: Any) -> Cimd2Speech:
    return Cimd2Speech(
        Cimd2Settings(**{"name": "a", "hosts": ("h:1",), "user": "weni", "password": Secret("pw"), **more})
    )


def composed(one: Cimd2Speech, part: Part | None = None, **more: Any) -> dict[int, str]:
    """The parameters of a part."""
    given = work(**more)
    submit = one.compose(given, part or given.parts[0])
    return dict(submit.at(NOON).parameters)


class ComposeTests(SynchronousTestCase):
    def test_whole(self) -> None:
        """In the order of the specification's table; one destination, reports asked for, may be cancelled."""
        submit = speech().compose(work(), work().parts[0])
        self.assertEqual(
            ((21, "+5511999990000"), (23, "8000"), (33, "text 1"), (56, "14"), (58, "1")), submit.packet.parameters
        )
        self.assertEqual(("+5511999990000", 101), (submit.to, submit.message))

    def test_numbers(self) -> None:
        """As the carrier wants international ones; others as they are."""
        for international, written in (
            ("plus", "+5511999990000"),
            ("digits", "5511999990000"),
            ("00", "005511999990000"),
        ):
            found = composed(speech(international=international), sender="+5511888880000")
            self.assertEqual((written, written[:-11] + "11888880000"[-11:]), (found[21], found[23]), international)
            found = composed(speech(international=international), to="11999990000")
            self.assertEqual(("11999990000", "8000"), (found[21], found[23]))

    def test_names(self) -> None:
        """027, eleven septets of it; nothing at all lets the SMSC put the account's number."""
        found = composed(speech(), sender="Weni & Friends")
        self.assertEqual((None, "Weni & Frie"), (found.get(23), found[27]))
        self.assertEqual("Caf_e' ?", composed(speech(), sender="Café ж")[27])
        self.assertEqual("1234567890", composed(speech(), sender="1234567890{")[27])
        self.assertEqual({21, 33, 56, 58}, set(composed(speech(), sender="")))

    def test_texts(self) -> None:
        """Combinations or Latin-1, UTF-16, octets, header."""
        part = Part(number=1, slice=Slice(b"\x05\0", b"\x05\0\3\1\2\1"))
        self.assertEqual("_e'_Oa", composed(speech(), part)[33])
        self.assertEqual("é_Oa", composed(speech(alphabet="latin-1"), part)[33])
        found = composed(speech(), part, coding=Coding.UCS2)
        self.assertEqual(("8", "050003010201", "0500"), (found[30], found[32], found[34]))

    def test_options(self) -> None:
        """056, 064, 065 and 067; no reports where the carrier sends none; 050 from what is left."""
        found = composed(speech(status_report=63, tariff=7, service=3, priority=1))
        self.assertEqual(("63", "7", "3", "1"), (found[56], found[64], found[65], found[67]))
        found = composed(speech(receipts="none", validity_period="relative"), expires=NOON + 7200)
        self.assertEqual(("0", "23"), (found[56], found[50]))
        self.assertNotIn(50, composed(speech(), expires=NOON + 7200))

    def test_what_no_packet_can_say(self) -> None:
        """Is told with its parameter's name."""
        with self.assertRaisesRegex(BadField, "destination address"):
            composed(speech(), to="+" + "1" * 21)


class SessionTests(SynchronousTestCase):
    def login(self, role: str, **more: Any) -> str:
        session = speech(**more).session(role)
        session.open(0.0)
        return decode(session.flush())

    def test_login(self) -> None:
        """Of the account; a window that leaves two numbers free, or none."""
        self.assertEqual("01:001|010:weni|011:pw|019:10", self.login("session"))
        self.assertEqual("01:001|010:weni|011:pw|019:126", self.login("session", window=128))
        self.assertEqual("01:001|010:weni|011:pw", self.login("session", ask_window=False))

    def test_several(self) -> None:
        """Each with a sub-address of its own."""
        one = speech(binds=2, sub_address=9)
        self.assertEqual(("session 1", "session 2"), one.roles)
        self.assertTrue(all(map(one.sends, one.roles)))
        found = [self.login(role, binds=2, sub_address=9, ask_window=False) for role in one.roles]
        self.assertEqual(["01:001|010:weni|011:pw|012:9", "01:001|010:weni|011:pw|012:0"], found)

    def test_checksum(self) -> None:
        """Or none."""
        session = speech(checksum=False).session("session")
        session.open(0.0)
        self.assertTrue(session.flush().endswith(b"\t\x03"))

    def test_what_is_shared(self) -> None:
        """Sessions of one account keep one number's texts a second apart, unless the operator says otherwise."""
        for same_second, written in (("wait", 1), ("share", 2)):
            one = speech(same_second=same_second, zone=0.0)
            said = b""
            for piece in (1, 2):
                session = one.session("session")
                session.open(0.0)
                session.flush()
                session.received(0.0, b"\x0251:001\t\x03")
                given = work(piece)
                session.submit(0.0, one.compose(given, given.parts[0]))
                said += session.flush()
            self.assertEqual(written, said.count(b"text 1"), same_second)


class JudgeTests(SynchronousTestCase):
    def test_taken(self) -> None:
        """Its name is the same however the SMSC writes the number; as it wrote it, if that differs."""
        for written in (b"+251911000001:261122133000", b"00251911000001:261122133000"):
            found = speech().judge(Answered(1, 0, written), 0)
            self.assertEqual(
                (Verdict.TAKEN, "251911000001:261122133000", written.decode(), ""),
                (found.verdict, found.carrier_id, found.raw_id, found.reason),
            )
        found = speech().judge(Answered(1, 0, b"251911000001:261122133000"), 0)
        self.assertEqual(("251911000001:261122133000", ""), (found.carrier_id, found.raw_id))
        self.assertEqual(
            (Verdict.TAKEN, ""),
            (speech().judge(Answered(1, 0), 0).verdict, speech().judge(Answered(1, 0), 0).carrier_id),
        )

    def test_refused(self) -> None:
        """In the specification's words, and the SMSC's where they differ."""
        found = speech().judge(Answered(1, 300, b"", "Number unknown here"), 0)
        self.assertEqual(
            (
                Verdict.REFUSED,
                "300 incorrect destination address",
                "300 incorrect destination address: Number unknown here",
            ),
            (found.verdict, found.code, found.reason),
        )
        found = speech().judge(Answered(1, 300, b"", "Incorrect destination address"), 0)
        self.assertEqual("300 incorrect destination address", found.reason)

    def test_congestion_throttles(self) -> None:
        """All else does not."""
        found = [speech().judge(Answered(1, error), 0) for error in (10, 4)]
        self.assertEqual(
            [(Verdict.LATER, True), (Verdict.LATER, False)], [(one.verdict, bool(one.pause)) for one in found]
        )

    def test_not_signed_in(self) -> None:
        """An unexpected operation ends the session: signed in again, it is expected; if not, a few tries are enough."""
        found = [speech().judge(Answered(1, 1), tries) for tries in (0, 2)]
        self.assertEqual([(Verdict.LATER, True), (Verdict.REFUSED, True)], [(one.verdict, one.lost) for one in found])
        one = speech(errors={"1": "refused"}).judge(Answered(1, 1), 0)
        self.assertEqual((Verdict.REFUSED, False), (one.verdict, one.lost))
        self.assertFalse(speech().judge(Answered(1, 10), 0).lost)

    def test_the_operator_knows_better(self) -> None:
        """`errors`."""
        one = speech(errors={"300": "later", "10": "refused", "999": "throttled", "9": "taken"})
        found = [one.judge(Answered(1, error, b"1:261122133000"), 9) for error in (300, 10, 999, 9)]
        self.assertEqual(
            [(Verdict.LATER, 0.0), (Verdict.REFUSED, 0.0), (Verdict.LATER, 1.0), (Verdict.TAKEN, 0.0)],
            [(one.verdict, one.pause) for one in found],
        )
        self.assertEqual("1:261122133000", found[3].carrier_id)


class ReadTests(SynchronousTestCase):
    REPORT = "23:004|021:+251911000001|023:8000|060:261122133000|061:3|062:29|063:261122143005"
    MO = "20:000|021:8000|023:+251911000001|060:261122150000|033:yes_!!"

    def test_report(self) -> None:
        """Named as the answer was; the carrier's time by its zone, if that is known."""
        found = speech(zone=3.0).read(packet(self.REPORT), NOON)
        assert isinstance(found, Receipt)
        self.assertEqual(
            (("251911000001:261122133000",), Status.FAILED, "delivery failed: absent subscriber"),
            (found.carrier_ids, found.status, found.reason),
        )
        self.assertEqual(("a", "+251911000001", "8000", NOON - 1795.0), (found.link, found.to, found.sender, found.at))
        found = speech().read(packet(self.REPORT), NOON)
        assert isinstance(found, Receipt)
        self.assertEqual(0.0, found.at)

    def test_a_report_of_nobody(self) -> None:
        """Without number or second; a state that nobody knows is none."""
        for written in ("23:004|060:261122133000|061:4", "23:004|021:111|061:4"):
            found = speech().read(packet(written), NOON)
            assert isinstance(found, Receipt)
            self.assertEqual((), found.carrier_ids)
        found = speech().read(packet(self.REPORT.replace("061:3", "061:77")), NOON)
        assert isinstance(found, Receipt)
        self.assertEqual((Status.SENT, "status 77: absent subscriber"), (found.status, found.reason))

    def test_reply(self) -> None:
        """Its body, numbers and time; known by addresses, second and text."""
        found = speech(zone=3.0).read(packet(self.MO), 5.0)
        assert isinstance(found, Reply)
        self.assertEqual(
            ("a", "+251911000001", "8000", b"yes@", "gsm7", NOON, ""),
            (found.link, found.sender, found.to, found.body, found.encoding, found.at, found.digest),
        )
        again = speech(zone=3.0).read(packet(self.MO.replace("20:000", "20:006")), 9.0)
        assert isinstance(again, Reply)
        self.assertEqual(found.vendor_id, again.vendor_id)
        others = [
            speech(zone=3.0).read(packet(self.MO.replace(*change)), 5.0)
            for change in (("150000", "150001"), ("yes", "no"), ("8000", "8001"), ("|033", "|032:050003A70201|033"))
        ]
        self.assertEqual(5, len({one.vendor_id for one in (found, *others) if isinstance(one, Reply)}))

    def test_a_segment(self) -> None:
        """From 032, with whatever else newer releases send."""
        found = speech().read(
            packet("20:002|021:8000|023:251911000001|026:6360|060:261122133001|032:0500031E0202|030:8|034:043A|069:2"),
            5.0,
        )
        assert isinstance(found, Reply)
        self.assertEqual((Segment(0x1E, 2, 2), "utf-16-be", 5.0), (found.segment, found.encoding, found.at))

    def test_without_a_stamp(self) -> None:
        """Equal texts may be two: only an octet-equal repeat after a lost answer is one."""
        found = speech().read(packet("20:002|021:8000|023:251911000001|033:1"), 5.0)
        assert isinstance(found, Reply)
        self.assertEqual(("", True), (found.vendor_id, bool(found.digest)))

    def test_without_an_originator(self) -> None:
        """Neither receipt nor text."""
        self.assertIsNone(speech().read(packet("20:014|021:8000|060:261122133001|033:x"), 5.0))


class QuestionTests(SynchronousTestCase):
    ASKED = Question(carrier_id="+251911000001:261122133000", to="+251911000001", sender="8000")

    def test_enquire(self) -> None:
        """By number and second as the SMSC wrote them; not where the operator does not want it."""
        found = speech().question(self.ASKED)
        self.assertEqual(packet("04:000|021:+251911000001|060:261122133000"), found)
        self.assertIsNone(speech(ask=False).question(self.ASKED))

    def test_cancel(self) -> None:
        """Mode 2, one message."""
        found = speech(ask=False).cancellation(self.ASKED)
        self.assertEqual(packet("06:000|059:2|021:+251911000001|060:261122133000"), found)

    def test_a_part_without_a_name(self) -> None:
        """Nobody can be asked of it."""
        asked = Question(carrier_id="", to="+251911000001", sender="8000")
        self.assertEqual((None, None), (speech().question(asked), speech().cancellation(asked)))

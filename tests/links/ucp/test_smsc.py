"""One UCP session as the SMSC sees it, and what an SMSC says there: no socket, no clock."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import given
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import (
    Answered,
    Asked,
    Closed,
    Delivery,
    Desk,
    Refused,
    SignedIn,
    Submitted,
    Trade,
    Turned,
)
from chanserv.links.ucp import checks
from chanserv.links.ucp.codec import Frames, decode, encode
from chanserv.links.ucp.operations import (
    Alert,
    CallInput,
    Delete,
    Deliver,
    Inquiry,
    InquiryResponse,
    ListManagement,
    Modify,
    MultipleCallInput,
    Notification,
    Operation,
    SessionManagement,
    Submit,
    Transfer,
    Unknown,
)
from chanserv.links.ucp.results import Result, refused, taken
from chanserv.links.ucp.smsc import UcpDesk
from chanserv.links.ucp.trade import UcpTrade
from tests.links.cuts import CUTS, cut

AT = 1795354895.0  # 2026-11-22 13:41:35 UTC
PART = Submit(trn=9, adc="250788000001", oadc="8500", nrq="1", nt="7", mt="3", msg="6162")
SIGN_IN = SessionManagement(trn=1, oadc="8500", oton="6", onpi="5", styp="1", pwd="736563726574", vers="0100")
MO = Delivery("mo", Deliver(adc="8500", oadc="1", mt="3", msg="61"), {})


def desk(signed: bool = True, **rules: Any) -> UcpDesk:
    made = UcpDesk(0.0, Behaviour(**rules))
    if signed:
        made.received(0.0, encode(SIGN_IN))
        made.out.clear()
        made.events.clear()
    return made


def said(made: UcpDesk) -> list[Operation | Result]:
    """What it sent since last asked."""
    data, made.out = bytes(made.out), bytearray()
    return [decode(frame) for frame in Frames().feed(data)]


class SignInTests(SynchronousTestCase):
    def test_let_in(self) -> None:
        """Name and password are right, or nobody asks."""
        for rules in ({}, {"system_id": "8500"}, {"password": "secret"}, {"system_id": "8500", "password": "secret"}):
            made = desk(False, **rules)
            made.received(0.0, encode(SIGN_IN))
            self.assertEqual(([taken(SIGN_IN)], [SignedIn("8500")]), (said(made), made.events), rules)
            self.assertEqual("signed in", made.state)

    def test_turned_away(self) -> None:
        """Answered with why, then closed."""
        for rules, ec in (({"system_id": "x"}, 7), ({"password": "x"}, 7), ({"bind_status": 4}, 4)):
            made = desk(False, **rules)
            made.received(0.0, encode(SIGN_IN))
            self.assertEqual([refused(SIGN_IN, ec)], said(made))
            self.assertEqual(([Turned(ec), Closed("sign-in refused")], True), (made.events, made.closed))

    def test_who_does_not_sign_in_must_go(self) -> None:
        """Ten seconds, where one must; its alerts are answered meanwhile, its parts are not taken."""
        made = desk(False, password="secret")
        made.received(1.0, encode(Alert(trn=2)) + encode(PART))
        self.assertEqual([taken(Alert(trn=2), "0000"), refused(PART, 4)], said(made))
        self.assertEqual(([Refused(4)], 0), (made.events, made.room))
        made.tick(10.9)
        self.assertFalse(made.closed)
        made.tick(11.0)
        self.assertEqual(Closed("no sign-in in time"), made.events[-1])

    def test_who_need_not(self) -> None:
        """Is let in with the first word, or after a second without any; or at once, if we called."""
        made = desk(False)
        made.received(0.0, encode(Alert(trn=2)))
        self.assertEqual([SignedIn("")], made.events)
        made = desk(False)
        self.assertEqual((0, 1.0), (made.room, made.due()))
        made.tick(1.0)
        self.assertEqual(([SignedIn("")], 10), (made.events, made.room))
        made = UcpDesk(0.0, Behaviour(password="secret"), called=True)
        self.assertEqual(([SignedIn("")], 10), (made.events, made.room))

    def test_other_wishes(self) -> None:
        """A second time: N 04; another password: N 03."""
        made = desk()
        again = attrs.evolve(SIGN_IN, styp="3")
        made.received(0.0, encode(SIGN_IN) + encode(again))
        self.assertEqual([refused(SIGN_IN, 4), refused(again, 3)], said(made))


class PartTests(SynchronousTestCase):
    def test_taken(self) -> None:
        """The answer comes from outside: A with its name."""
        made = desk()
        made.received(0.0, encode(PART))
        self.assertEqual(([Submitted(9, PART)], [], 1), (made.events, said(made), made.unanswered))
        submit = UcpTrade().taken(PART, 1, AT, Behaviour())
        made.answer(9, 0, submit)
        self.assertEqual([taken(PART, "250788000001:221126134135")], said(made))
        self.assertEqual(0, made.unanswered)

    def test_older_ways(self) -> None:
        """01 and 30 have results of their own shape."""
        for pdu in (CallInput(trn=9, adc="1", mt="3", msg="61"), Transfer(trn=9, adc="1", msg="61")):
            made = desk()
            made.received(0.0, encode(pdu))
            made.answer(9, 0, UcpTrade().taken(pdu, 1, AT, Behaviour()))
            self.assertEqual([taken(pdu, "1:221126134135")], said(made))

    def test_refused(self) -> None:
        """From outside, or by its values."""
        made = desk()
        made.received(0.0, encode(PART) + encode(attrs.evolve(PART, trn=10, adc="")))
        made.answer(9, 4)
        self.assertEqual([refused(attrs.evolve(PART, trn=10), 6), refused(PART, 4)], said(made))
        self.assertEqual(Refused(6), made.events[-1])

    def test_a_busy_number(self) -> None:
        """Is not taken twice."""
        made = desk()
        made.received(0.0, encode(PART) * 2)
        self.assertEqual([refused(PART, 4)], said(made))

    def test_an_answer_nobody_waits_for(self) -> None:
        """Is one to a 51; none is written once it is over."""
        made = desk()
        made.answer(59, 6)
        self.assertEqual([Result(trn=59, ot="51", values=("N", "06", ""))], said(made))
        made.close("x")
        made.answer(59, 6)
        self.assertEqual([], said(made))

    def test_what_it_does_not_do(self) -> None:
        """N 03; a list is kept for everybody."""
        made = desk()
        for pdu, result in (
            (MultipleCallInput(trn=3, radc=("1",), mt="3", msg="61"), "03"),
            (Modify(trn=3), "03"),
            (Deliver(trn=3), "03"),
            (Unknown(trn=3, number="77"), "03"),
            (ListManagement(trn=3), ""),
        ):
            made.received(0.0, encode(pdu))
            expected = refused(pdu, 3) if result else taken(pdu)
            self.assertEqual([expected], said(made))

    @given(CUTS)
    def test_any_cut_of_the_stream_is_the_same(self, cuts: list[int]) -> None:
        """Three operations in pieces."""
        octets = encode(SIGN_IN) + encode(PART) + encode(Alert(trn=3))
        made = desk(False)
        for piece in cut(octets, cuts):
            made.received(0.0, piece)
        self.assertEqual([SignedIn("8500"), Submitted(9, PART)], made.events)
        self.assertEqual([taken(SIGN_IN), taken(Alert(trn=3), "0000")], said(made))

    def test_nothing_is_read_behind_the_end(self) -> None:
        """A turned-away sign-in with more in the same octets."""
        made = desk(False, bind_status=7)
        made.received(0.0, encode(SIGN_IN) + encode(Alert()))
        self.assertEqual([refused(SIGN_IN, 7)], said(made))


class InquiryTests(SynchronousTestCase):
    ASKED = Inquiry(trn=5, adc="250788000001", oadc="8500", scts="221126134135")

    def asked(self, pdu: Any) -> tuple[UcpDesk, Asked]:
        made = desk()
        made.received(AT + 60, encode(pdu))
        [event] = made.events
        assert isinstance(event, Asked)
        return made, event

    def test_a_question(self) -> None:
        """Its result, and a 57 with what became of the part; N 27 for what is not known."""
        made, event = self.asked(self.ASKED)
        self.assertEqual(Asked(5, self.ASKED, "250788000001:221126134135", False, "8500"), event)
        submit = UcpTrade().taken(PART, 1, AT, Behaviour())
        self.assertEqual((event.message_id, event.source), (submit.message_id, submit.source))
        made.reply(event, submit, "UNDELIV")
        result, told = said(made)
        self.assertEqual(taken(self.ASKED), result)
        assert isinstance(told, InquiryResponse)
        self.assertEqual(
            ("8500", "250788000001", "221126134135", "2", "107", "221126134235"),
            (told.adc, told.oadc, told.scts, told.dst, told.rsn, told.dscts),
        )
        made.reply(event, None, "")
        self.assertEqual([refused(self.ASKED, 27)], said(made))

    def test_a_wish_to_cancel(self) -> None:
        """A while it is on its way, N 38 afterwards."""
        wish = Delete(trn=5, adc="250788000001", oadc="8500", scts="221126134135")
        made, event = self.asked(wish)
        self.assertTrue(event.cancel)
        submit = UcpTrade().taken(PART, 1, AT, Behaviour())
        made.reply(event, submit, "DELETED")
        made.reply(event, submit, "DELIVRD")
        self.assertEqual([taken(wish), refused(wish, 38)], said(made))
        made.close("x")
        made.reply(event, submit, "DELETED")
        self.assertEqual([], said(made))


class DeliverTests(SynchronousTestCase):
    def test_a_result_makes_room(self) -> None:
        """Only one of the same operation under the same number."""
        made = desk(mo_window=2)
        made.deliver(MO)
        made.deliver(MO)
        self.assertEqual([0, 1], [one.trn for one in said(made)])
        self.assertEqual(0, made.room)
        made.received(0.0, encode(Result(trn=0, ot="53", values=("A", "", ""))))
        self.assertEqual([], made.events)
        for trn, values in ((0, ("A", "", "")), (1, ("N", "04", ""))):
            made.received(0.0, encode(Result(trn=trn, ot="52", values=values)))
        self.assertEqual(([Answered(MO, 0), Answered(MO, 4)], 2), (made.events, made.room))

    def test_what_was_not_answered_is_owed(self) -> None:
        """Told once."""
        made = desk()
        made.deliver(MO)
        made.close("lost")
        self.assertEqual(((MO,), ()), (made.owing(), made.owing()))
        self.assertEqual((0, None), (made.room, made.due()))


class SilenceTests(SynchronousTestCase):
    def test_a_quiet_peer_is_asked_and_then_left(self) -> None:
        """Anything it says puts that off; alerts without a result use up no numbers."""
        made = desk(enquire_after=30.0)
        for turn in range(1, 121):
            made.tick(30.0 * turn)
            [alert] = said(made)
            self.assertEqual(("31", "8500", "0539"), (alert.kind, alert.adc, alert.pid))  # type: ignore[union-attr]
            made.received(30.0 * turn, encode(Alert(trn=1)))
            said(made)
        made.tick(3630.0)
        made.tick(3660.0)
        self.assertEqual([Closed("the other end fell silent")], made.events)

    def test_it_can_be_left_out(self) -> None:
        """Then nothing is awaited."""
        self.assertIsNone(desk(enquire_after=0.0).due())


class CheckTests(SynchronousTestCase):
    def test_codes(self) -> None:
        """One for each thing that is wrong; the first hit answers."""
        for changes, ec in (
            ({}, 0),
            ({"adc": "+250788000001"}, 0),
            ({"adc": "x"}, 6),
            ({"adc": "1" * 17}, 6),
            ({"mt": ""}, 23),
            ({"mt": "2", "msg": "0815"}, 0),
            ({"mt": "2", "msg": "x"}, 2),
            ({"mt": "2", "msg": "1" * 161}, 24),
            ({"msg": "6"}, 2),
            ({"msg": "61" * 160}, 0),
            ({"msg": "61" * 161}, 24),
            ({"msg": "61" * 153, "xser": "0106050003A70201"}, 0),
            ({"msg": "61" * 154, "xser": "0106050003A70201"}, 24),
            ({"mt": "4", "nb": "1120", "msg": "61" * 140}, 0),
            ({"mt": "4", "nb": "1128", "msg": "61" * 141}, 24),
            ({"mt": "4", "nb": "\xb2", "msg": "61"}, 2),
            ({"xser": "0"}, 2),
            ({"oadc": "0DCDBC501E769301", "otoa": "5039"}, 0),
            ({"oadc": "8500x", "otoa": "5039"}, 2),
            ({"vp": "2211261342", "ddt": "2211261341"}, 0),
            ({"vp": "4211261342"}, 22),
            ({"ddt": "later"}, 22),
        ):
            self.assertEqual(ec, checks.status(attrs.evolve(PART, **changes)), changes)
        self.assertEqual(2, checks.status(Transfer(adc="1", msg="6")))
        self.assertEqual(0, checks.status(Transfer(adc="1", msg="61", vp="2211261342")))


class TradeTests(SynchronousTestCase):
    def test_it_is_one(self) -> None:
        """And its desk is a desk."""
        trade: Trade = UcpTrade()
        made: Desk = trade.desk(0.0, Behaviour())
        self.assertEqual((False, True), (made.closed, bool(trade.called(0.0, Behaviour()).events)))

    def test_what_is_remembered(self) -> None:
        """+digits where it says so; the text without its header; one name within a second."""
        trade = UcpTrade()
        pdu = attrs.evolve(PART, oadc="250788000099", otoa="1139", xser="0106050003A70201")
        submit = trade.taken(pdu, 1, AT, Behaviour())
        self.assertEqual(
            ("250788000001:221126134135", "+250788000099", "250788000001", "ab", "\5\0\3\xa7\2\1ab".encode("latin-1")),
            (submit.message_id, submit.source, submit.destination, submit.text, submit.octets),
        )
        self.assertEqual(submit.message_id, trade.taken(PART, 2, AT + 0.9, Behaviour()).message_id)
        self.assertNotEqual(submit.message_id, trade.taken(PART, 2, AT + 1.0, Behaviour()).message_id)

    def test_receipts(self) -> None:
        """Only what was asked for, in the form of a captured one."""
        trade = UcpTrade()
        submit = trade.taken(PART, 1, AT, Behaviour())
        [delivery] = trade.receipts(submit, 1, AT + 1, Behaviour())
        self.assertEqual(
            b"\x0201/00300/O/53/8500/250788000001/////////////221126134135/0/000/221126134136/3//4D65737361676520666F722032"
            b"35303738383030303030312C2077697468206964656E74696669636174696F6E2032323131323631333431333520686173206265656E"
            b"2064656C697665726564206F6E20323032362D31312D32322061742031333A34313A3336/////////////4D\x03",
            encode(attrs.evolve(delivery.pdu, trn=1)),
        )
        self.assertEqual(
            ("receipt", {"id": "250788000001:221126134135", "stat": "DELIVRD"}), (delivery.what, delivery.about)
        )
        words = Behaviour(receipt_status="ENROUTE DELIVRD UNDELIV")
        for changes, dsts in (
            ({}, "102"),
            ({"nt": "1"}, "0"),
            ({"nt": "2"}, "2"),
            ({"nt": "4"}, "1"),
            ({"nt": ""}, "02"),
            ({"nt": "\xb2"}, "02"),
            ({"nrq": ""}, ""),
        ):
            submit = trade.taken(attrs.evolve(PART, **changes), 1, AT, Behaviour())
            found = [one.pdu for one in trade.receipts(submit, 1, AT, words)]
            self.assertEqual(dsts, "".join(pdu.dst for pdu in found), changes)
            self.assertTrue(all(isinstance(pdu, Notification) for pdu in found))
        bare = trade.taken(CallInput(adc="1", mt="3", msg="61"), 1, AT, Behaviour())
        self.assertEqual((), trade.receipts(bare, 1, AT, words))
        older = trade.taken(Transfer(adc="1", oadc="2", nrq="1", msg="61"), 1, AT, Behaviour())
        self.assertEqual("0", trade.receipts(older, 1, AT, Behaviour())[0].pdu.dst)

    def texts(self, text: str, coding: int | None = None) -> list[Deliver]:
        return [each.pdu for each in UcpTrade().texts("+250788000001", "8500", text, coding, 0x1AA, AT)]

    def test_a_text(self) -> None:
        """As captured."""
        [pdu] = self.texts("hello from emi")
        self.assertEqual(
            b"\x0202/00110/O/52/8500/250788000001////////////0000/221126134135////3//68656C6C6F2066726F6D20656D69"
            b"/////////////7D\x03",
            encode(attrs.evolve(pdu, trn=2, otoa="")),
        )
        self.assertEqual("1139", pdu.otoa)

    def test_long_and_wide(self) -> None:
        """Headers in XSer 01, UCS-2 with its DCS; flash where that is wanted."""
        parts = self.texts("a" * 161)
        self.assertEqual(["0106050003AA0201", "0106050003AA0202"], [pdu.xser for pdu in parts])
        [pdu] = self.texts("Зд")
        self.assertEqual(("4", "0032", "04170434", "020108"), (pdu.mt, pdu.nb, pdu.msg, pdu.xser))
        [pdu] = self.texts("ab", 0x18)
        self.assertEqual(("4", "00610062", "020118"), (pdu.mt, pdu.msg, pdu.xser))
        [pdu] = self.texts("ab", 0x10)
        self.assertEqual(("3", "6162", "020110"), (pdu.mt, pdu.msg, pdu.xser))
        [pdu] = self.texts("aé", 0x04)
        self.assertEqual(("4", "0016", "61E9", "020104"), (pdu.mt, pdu.nb, pdu.msg, pdu.xser))
        for text, coding in (("Зд", 0), ("a" * 71, 8), ("Зд", 4), ("a" * 141, 4)):
            self.assertRaises(UnicodeEncodeError, self.texts, text, coding)

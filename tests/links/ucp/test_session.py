"""One UCP session, told as transcripts: no socket, no clock."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.events import Answered, Unanswered
from chanserv.links.spacing import Spacing
from chanserv.links.terms import Rules, State
from chanserv.links.ucp import codec, operations, results
from chanserv.links.ucp.operations import Alert, CallInput, Inquiry, Submit
from chanserv.links.ucp.results import Result
from chanserv.links.ucp.session import Session
from chanserv.links.ucp.terms import Login, Submission
from chanserv.message import Status
from tests.links.cuts import CUTS, cut
from tests.transcript import Wire, play

RULES = Rules(bind_within=10.0, answer_within=20.0, enquire_after=30.0)
LOGIN = Login(account="8500", password="secret")
OPEN = """
    do s.open(now)
    > SessionManagement(oadc="8500", oton="6", onpi="5", styp="1", pwd="736563726574", vers="0100")
"""
BOUND = (
    OPEN
    + """
    < R("60", "A", "BIND AUTHENTICATED")
    ! Bound()
"""
)
TWO = """
    do s.submit(now, part("1"))
    do s.submit(now, part("2"))
    > S("1", trn=1)
    > S("2", trn=2)
"""
ALERT = 'Alert(trn=1, adc="8500", pid="0539")'
UCP = Wire({**vars(operations), **vars(results)}, codec.Frames, codec.decode, codec.encode)


def S(to: str, trn: int = 0) -> Submit:
    return Submit(trn=trn, adc=to, oadc="8500", mt="3", msg="61")


def R(ot: str, *values: str, trn: int = 0) -> Result:
    return Result(trn=trn, ot=ot, values=values)


def part(to: str, message: int | None = None) -> Submission:
    return Submission(operation=S(to), to=to, message=int(to) if message is None else message)


UCP.words.update(S=S, R=R, part=part, Status=Status)


class SessionTestCase(SynchronousTestCase):
    login, called = LOGIN, False

    def setUp(self) -> None:
        self.spacing = Spacing()
        self.session = Session(RULES, self.login, self.spacing, called=self.called)

    def play(self, script: str, now: float = 0.0, **names: Any) -> float:
        return play(self, self.session, script, now, UCP, **names)


class SignInTests(SessionTestCase):
    def test_signed_in(self) -> None:
        """60 with the password in hexadecimal, under the first reference number."""
        self.play(OPEN)
        self.assertEqual(10.0, self.session.due())
        self.setUp()
        self.play(BOUND)
        self.assertEqual((State.BOUND, 30.0), (self.session.state, self.session.due()))

    def test_refused_for_good(self) -> None:
        """A wrong password is for a person to mend."""
        self.play(
            OPEN
            + """
            < R("60", "N", "07", "no")
            ! Closed("sign-in refused: EC 07 authentication failure no", mend="account and password")
            """
        )

    def test_refused_for_now(self) -> None:
        """Any other code, or none, may be otherwise next time."""
        self.play(OPEN + "< R('60', 'N', '04', '')\n! Closed('sign-in refused: EC 04 operation not allowed')")
        self.setUp()
        self.play(OPEN + "< R('60', 'N', '', '')\n! Closed('sign-in refused: an error without a code')")

    def test_late(self) -> None:
        """No answer within bind_within; what comes afterwards is not heard."""
        self.play(OPEN + "+ 9.9\n+ 0.1\n! Closed('no answer to our sign-in')\n< R('60', 'A', '')\n+ 100")
        self.assertEqual((None, False), (self.session.due(), self.session.living))

    def test_gives_up(self) -> None:
        """Leaving before the answer is the end at once."""
        self.play(OPEN + "do s.leave(now)\n! Closed('gave up signing in')\ndo s.leave(now)\ndo s.close('again')")

    def test_what_no_field_holds(self) -> None:
        """Is told before anything is sent."""
        self.session = Session(RULES, attrs.evolve(LOGIN, account="8" * 17), self.spacing)
        self.play(
            """
            do s.open(now)
            ! Closed("no sign-in can say this: oadc has 17 characters, its field holds 16", mend="account and password")
            """
        )

    def test_deliveries_wait_for_it(self) -> None:
        """N 04, and they come again; an alert is answered whatever we are."""
        self.play(
            OPEN
            + """
            < Deliver(trn=4, adc="8500", oadc="1", mt="3", msg="61")
            > R("52", "N", "04", "", trn=4)
            < Alert(trn=5, adc="8500", pid="0539")
            > R("31", "A", "0000", trn=5)
            """
        )
        self.assertEqual(1, self.session.strange)


class NamelessTests(SessionTestCase):
    login = Login(account="8500", subscribe=True)

    def test_without_a_password(self) -> None:
        """No 60: the SMSC knows us by our address. 61 puts us on its list, and may say that we were there already."""
        self.play(
            """
            do s.open(now)
            ! Bound()
            > ListManagement(oadc="8500", oton="6", onpi="5", styp="1", vers="0100", ladc="8500", lton="6", lnpi="5")
            < R("61", "N", "33", "")
            """
        )
        self.assertEqual(0, self.session.strange)

    def test_not_put_on_the_list(self) -> None:
        """Is counted, and texts go all the same."""
        self.session.open(0.0)
        self.session.events.clear()
        self.session.flush()
        self.play("< R('61', 'N', '35', '')\ndo s.submit(now, part('1'))\n> S('1', trn=1)")
        self.assertEqual(1, self.session.strange)


class CallerTests(SessionTestCase):
    called = True

    def test_the_smsc_connected(self) -> None:
        """We do not sign in; it may."""
        self.play(
            """
            do s.open(now)
            ! Bound()
            < SessionManagement(trn=3, oadc="smsc", styp="1", pwd="00")
            > R("60", "A", "", trn=3)
            < Deliver(trn=4, adc="8500", oadc="1", mt="3", msg="61")
            ! Delivered(Deliver(trn=4, adc="8500", oadc="1", mt="3", msg="61"))
            """
        )

    def test_who_only_delivers_is_not_asked(self) -> None:
        """Silence is all there is when nobody writes to us."""
        self.session = Session(attrs.evolve(RULES, enquire_after=0.0), LOGIN, called=True)
        self.play("do s.open(now)\n! Bound()\n+ 100000")
        self.assertIsNone(self.session.due())


class AlertTests(SessionTestCase):
    def test_silence_is_asked_about(self) -> None:
        """Any result is a sign of life, an N as well; so is anything else."""
        self.play(
            BOUND
            + f"""
            + 29.9
            + 0.1
            > {ALERT}
            + 10
            < R("31", "N", "02", "", trn=1)
            + 29.9
            < Alert(trn=9, adc="x", pid="0539")
            > R("31", "A", "0000", trn=9)
            + 29.9
            + 0.1
            > Alert(trn=2, adc="8500", pid="0539")
            """
        )

    def test_two_unanswered_end_it(self) -> None:
        """And nothing more is written to a peer that reads nothing."""
        self.play(
            BOUND
            + f"""
            + 30
            > {ALERT}
            + 30
            > Alert(trn=2, adc="8500", pid="0539")
            + 29.9
            + 0.1
            ! Closed("the carrier fell silent: two alerts (31) without an answer", deaf=True)
            """
        )

    def test_noise_is_no_sign_of_life(self) -> None:
        """It is counted, and that is all."""
        self.play(BOUND + f"+ 29\n< b'hello'\n+ 1\n> {ALERT}")
        self.assertEqual(1, self.session.strange)

    def test_alerts_that_get_no_result_use_up_nothing(self) -> None:
        """Where an SMSC ignores 31 but delivers, a hundred of them leave every reference free."""
        self.play(BOUND)
        now = 0.0
        for _ in range(150):
            now += 30.0
            self.session.tick(now)
            self.session.received(now, codec.encode(Alert(adc="x", pid="0539")))
        self.session.flush()
        for to in range(99):
            self.session.submit(now, part(str(to)))
        self.assertEqual(99, len(codec.Frames().feed(self.session.flush())))

    def test_who_does_not_listen_hears_no_silence(self) -> None:
        """While the owner reads nothing, no result is late and nobody is dead; afterwards all waits begin anew."""
        self.play(
            BOUND
            + TWO
            + """
            do s.stop_reading(now)
            + 100
            + 100
            do s.read_on(now)
            do s.read_on(now)
            + 19.9
            < R("51", "A", "", "1:221126133000", trn=1)
            ! Answered(1, 0, b"1:221126133000")
            """
        )
        self.assertEqual(220.0, self.session.due())
        self.play("do s.stop_reading(now)", 219.9)
        self.assertIsNone(self.session.due())
        self.session.leave(221.0)
        self.assertEqual(226.0, self.session.due())


class SubmitTests(SessionTestCase):
    def test_results_in_any_order(self) -> None:
        """Each finds its part: AdC:SCTS, whatever else the system message says; an N has its code and words."""
        self.play(
            BOUND
            + TWO
            + """
            < R("51", "A", "", "accepted as 0077:221126133000", trn=2)
            ! Answered(2, 0, b"0077:221126133000")
            < R("51", "N", "06", "no such number", trn=1)
            ! Answered(1, 6, words="no such number")
            """
        )
        self.assertEqual(0, self.session.pending)

    def test_a_stamp_alone_is_completed(self) -> None:
        """With the number that was written; without a stamp there is no name."""
        self.play(
            BOUND
            + TWO
            + """
            < R("51", "A", "", "221126133000", trn=1)
            ! Answered(1, 0, b"1:221126133000")
            < R("51", "A", "", "", trn=2)
            ! Answered(2, 0)
            """
        )

    def test_results_without_sense(self) -> None:
        """Neither A nor N is a syntax error; N without a code is an error of its own; both end the waiting."""
        self.play(
            BOUND
            + TWO
            + """
            < R("51", "X", "", "", trn=1)
            ! Answered(1, 2)
            < R("51", "N", "", "", trn=2)
            ! Answered(2, -1)
            """
        )
        self.assertEqual((1, 0), (self.session.strange, self.session.pending))

    def test_the_oldest_operation(self) -> None:
        """01 has no validity period in its result."""
        sent = Submission(operation=CallInput(adc="77", oadc="1", mt="3", msg="61"), to="77", message=1)
        self.play(
            BOUND
            + """
            do s.submit(now, sent)
            > CallInput(trn=1, adc="77", oadc="1", mt="3", msg="61")
            < R("01", "A", "77:221126133000", trn=1)
            ! Answered(1, 0, b"77:221126133000")
            """,
            sent=sent,
        )

    def test_a_result_of_another_operation_settles_nothing(self) -> None:
        """The reference number alone is not enough; a result nobody waits for is late."""
        self.play(
            BOUND
            + TWO
            + """
            < R("31", "A", "0000", trn=1)
            < R("51", "A", "", "", trn=55)
            """
        )
        self.assertEqual((2, 2), (self.session.late, self.session.pending))

    def test_no_result_in_time(self) -> None:
        """The session is left in good order: other results still have a chance; then nobody knows their fate."""
        self.play(
            BOUND
            + TWO
            + """
            + 5
            do s.submit(now, part("3"))
            > S("3", trn=3)
            + 14.9
            + 0.1
            ! Leaving("no answer within 20 s")
            do s.submit(now, part("4"))
            < R("51", "A", "", "3:221126133000", trn=3)
            ! Answered(3, 0, b"3:221126133000")
            < R("51", "A", "", "2:221126133000", trn=2)
            ! Answered(2, 0, b"2:221126133000")
            + 4.9
            + 0.1
            ! Unanswered(1, "no answer within 20 s")
            ! Unanswered(4, "no answer within 20 s", written=False)
            ! Closed("no answer within 20 s")
            """
        )
        self.assertIsNone(self.session.due())

    def test_late_results_are_still_good_while_leaving(self) -> None:
        """When all are there, it ends at once."""
        self.play(
            BOUND
            + """
            do s.submit(now, part("1"))
            > S("1", trn=1)
            + 20
            ! Leaving("no answer within 20 s")
            < R("51", "A", "", "1:221126133000", trn=1)
            ! Answered(1, 0, b"1:221126133000")
            ! Closed("no answer within 20 s")
            """
        )

    def test_not_written_is_not_unknown(self) -> None:
        """What nobody took out of the session never left, and never will."""
        self.play(
            BOUND
            + TWO
            + """
            do s.submit(now, part("3"))
            do s.close("x")
            ! Unanswered(1, "x")
            ! Unanswered(2, "x")
            ! Unanswered(3, "x", written=False)
            ! Closed("x")
            """
        )

    def test_what_does_not_fit_is_not_sent(self) -> None:
        """And takes no number."""
        self.play(BOUND)
        bad = Submission(operation=Submit(adc="1/2"), to="1", message=1)
        self.assertRaises(BadField, self.session.submit, 0.0, bad)
        self.play("do s.submit(now, part('1'))\n> S('1', trn=1)\n")
        self.assertEqual(1, self.session.pending)

    def test_a_hundred_references(self) -> None:
        """One more is held until a result makes room; the numbers go round and pass over those that are busy."""
        self.play(BOUND)
        for to in range(101):
            self.session.submit(0.0, part(str(to)))
        sent = [codec.decode(frame) for frame in codec.Frames().feed(self.session.flush())]
        self.assertEqual([*range(1, 100), 0], [said.trn for said in sent])
        self.assertEqual((101, 20.0), (self.session.pending, self.session.due()))
        self.play("< R('51', 'A', '', '', trn=42)\n! Answered(42, 0)\n> S('100', trn=42)")

    @given(st.permutations(range(1, 11)), CUTS)
    def test_each_ends_once(self, order: list[int], cuts: list[int]) -> None:
        """Whatever the order and however the octets are cut, each is answered once or told unanswered."""
        self.setUp()
        self.play(BOUND)
        for to in range(10):
            self.session.submit(0.0, part(str(to)))
        stream = b"".join(codec.encode(R("51", "A", "", "", trn=trn)) for trn in order[:7])
        for piece in cut(stream, cuts):
            self.session.received(1.0, piece)
        self.session.close("gone")
        ended = [e.sequence for e in self.session.events if isinstance(e, Answered | Unanswered)]
        self.assertEqual((order[:7], sorted(order[7:])), (ended[:7], ended[7:]))


class SpacingTests(SessionTestCase):
    def test_another_message_to_one_number_waits(self) -> None:
        """Until a second after the former's result; it counts as pending, and others pass by."""
        self.play(
            BOUND
            + """
            do s.submit(now, part("1", 7))
            do s.submit(now, part("1", 7))
            do s.submit(now, part("1", 8))
            do s.submit(now, part("2", 9))
            > S("1", trn=1)
            > S("1", trn=2)
            > S("2", trn=3)
            < R("51", "A", "", "", trn=1)
            ! Answered(1, 0)
            + 0.5
            < R("51", "A", "", "", trn=2)
            ! Answered(2, 0)
            + 0.9
            """
        )
        self.assertEqual((2, 1.5), (self.session.pending, self.session.due()))
        self.play("+ 0.1\n> S('1', trn=4)", 1.4)

    def test_held_at_the_end(self) -> None:
        """It never left; a resend finds the number free, for all that its own session knows."""
        self.play(
            BOUND
            + """
            do s.submit(now, part("1", 7))
            do s.submit(now, part("1", 8))
            > S("1", trn=1)
            do s.leave(now)
            + 5
            ! Unanswered(1, "signed off")
            ! Unanswered(2, "signed off", written=False)
            ! Closed("signed off")
            """
        )
        self.assertEqual(1.0, self.spacing.when("1", 8))

    def test_two_sessions_of_one_account(self) -> None:
        """Know of each other's: the one that waits looks again every second."""
        other = Session(RULES, Login(), self.spacing)
        other.open(0.0)
        other.submit(0.0, part("1", 7))
        self.play(BOUND + "do s.submit(now, part('1', 8))")
        self.assertEqual(1.0, self.session.due())
        other.received(0.2, codec.encode(R("51", "A", "", "", trn=0)))
        self.play("+ 1\n+ 0.2\n> S('1', trn=1)")

    def test_shared(self) -> None:
        """Without spacing nothing waits."""
        self.session = Session(RULES, LOGIN)
        self.play(BOUND + "do s.submit(now, part('1', 7))\ndo s.submit(now, part('1', 8))\n> S('1', 1)\n> S('1', 2)")


class CarrierTests(SessionTestCase):
    def test_a_delivery_is_the_owners_to_answer(self) -> None:
        """After its commit: A, or N 04 and it comes again."""
        self.play(
            BOUND
            + """
            < Deliver(trn=5, adc="8500", oadc="1", mt="3", msg="61")
            ! Delivered(Deliver(trn=5, adc="8500", oadc="1", mt="3", msg="61"))
            do s.answer(now, Deliver(trn=5), True)
            > R("52", "A", "", "", trn=5)
            < Notification(trn=6, adc="8500", oadc="1", dst="0")
            ! Delivered(Notification(trn=6, adc="8500", oadc="1", dst="0"))
            do s.answer(now, Notification(trn=6), False)
            > R("53", "N", "04", "", trn=6)
            < CallInput(trn=7, adc="8500", mt="2", msg="123")
            ! Delivered(CallInput(trn=7, adc="8500", mt="2", msg="123"))
            do s.answer(now, CallInput(trn=7), True)
            > R("01", "A", "", trn=7)
            do s.close("x")
            ! Closed("x")
            do s.answer(now, Deliver(trn=8), True)
            """
        )

    def test_older_ways(self) -> None:
        """02, 03 and 30 are texts as well."""
        for pdu in (
            'MultipleCallInput(trn=1, radc=("8500",), mt="3", msg="61")',
            'SupplementaryCallInput(trn=1, adc="8500", mt="3", msg="61")',
            'Transfer(trn=1, adc="8500", msg="61")',
        ):
            self.setUp()
            self.play(BOUND + f"< {pdu}\n! Delivered({pdu})")

    def test_not_to_be_read(self) -> None:
        """A wrong checksum, hexadecimal or type that is none: N with the code, and on it goes."""
        good = codec.encode(S("1", trn=18))
        self.play(
            BOUND
            + """
            < good[:-3] + b"00\\x03"
            > R("51", "N", "01", "", trn=18)
            < Deliver(trn=19, adc="8500", mt="3", msg="6")
            > R("52", "N", "02", "", trn=19)
            < Deliver(trn=20, adc="8500", mt="9", msg="61")
            > R("52", "N", "23", "", trn=20)
            < encode(R("51", "A", "", "", trn=21))[:-3] + b"00\\x03"
            < b"\\x02nonsense\\x03"
            """,
            good=good,
            encode=codec.encode,
        )
        self.assertEqual((5, 0), (self.session.strange, self.session.late))

    def test_not_the_smscs_to_ask(self) -> None:
        """N 03: unknown ones, and those that go the other way."""
        for pdu, ot in (
            ("Unknown(trn=3, number='77', values=('a',))", "77"),
            ("Submit(trn=3)", "51"),
            ("Modify(trn=3)", "54"),
            ("Inquiry(trn=3)", "55"),
            ("SessionManagement(trn=3)", "60"),
            ("ListManagement(trn=3)", "61"),
        ):
            self.setUp()
            self.play(BOUND + f"< {pdu}\n> R('{ot}', 'N', '03', '', trn=3)")
            self.assertEqual(1, self.session.strange)


class InquiryTests(SessionTestCase):
    ASKED = """
        do s.ask(now, Inquiry(adc="00251911000001", oadc="8500", scts="221126133000"))
        > Inquiry(trn=1, adc="00251911000001", oadc="8500", scts="221126133000")
    """

    def test_the_answer_is_an_operation(self) -> None:
        """A 57, before or after the result, with the number as the SMSC writes it."""
        told = 'InquiryResponse(trn=9, adc="8500", oadc="251911000001", scts="221126133000", dst="2", rsn="107")'
        heard = '! Replied(1, 0, Status.FAILED, "not delivered, 107 absent subscriber")'
        result = "< R('55', 'A', '', '', trn=1)"
        self.play(BOUND + self.ASKED + f"{result}\n< {told}\n{heard}\n> R('57', 'A', '', '', trn=9)")
        self.setUp()
        self.play(BOUND + self.ASKED + f"< {told}\n{heard}\n> R('57', 'A', '', '', trn=9)\n{result}")

    def test_of_another_text(self) -> None:
        """Is acknowledged, and means nothing to us."""
        self.play(
            BOUND
            + self.ASKED
            + """
            < InquiryResponse(trn=9, adc="8500", oadc="251911000001", scts="221126133001", dst="0")
            > R("57", "A", "", "", trn=9)
            < DeleteResponse(trn=9)
            > R("58", "A", "", "", trn=9)
            """
        )

    def test_it_does_not_know(self) -> None:
        """N with the reason."""
        self.play(
            BOUND
            + self.ASKED
            + "< R('55', 'N', '27', '', trn=1)\n! Replied(1, 27, words='EC 27 message not found in SMSC')"
        )

    def test_cancelled(self) -> None:
        """The result of a 56 says all."""
        self.play(
            BOUND
            + """
            do s.ask(now, Delete(adc="77", scts="221126133000"))
            > Delete(trn=1, adc="77", scts="221126133000")
            < R("56", "A", "", "gone", trn=1)
            ! Replied(1, 0, words="gone")
            """
        )

    def test_no_answer(self) -> None:
        """The session lives on; the reference stays busy, and a late result settles nothing else."""
        self.play(
            BOUND
            + self.ASKED
            + """
            + 19.9
            < Alert(trn=9)
            > R("31", "A", "0000", trn=9)
            + 0.1
            ! Unanswered(1, "no answer within 20 s")
            """
        )
        for to in range(99):
            self.session.submit(20.0, part(str(to)))
        sent = [codec.decode(frame).trn for frame in codec.Frames().feed(self.session.flush())]
        self.assertEqual((99, False), (len(sent), 1 in sent))
        self.play("< R('55', 'N', '27', '', trn=1)\n", 20.0)
        self.assertEqual((1, 99), (self.session.late, self.session.pending))

    def test_not_too_many(self) -> None:
        """Half of the references stay for parts; and nothing is asked where nobody would answer."""
        question = Inquiry(adc="1", scts="221126133000")
        self.play(OPEN)
        self.assertRaises(BadField, self.session.ask, 0.0, question)
        self.setUp()
        self.play(BOUND)
        for _ in range(50):
            self.session.ask(0.0, question)
        self.assertRaises(BadField, self.session.ask, 0.0, question)
        self.session.close("x")
        told = [event for event in self.session.events if isinstance(event, Unanswered)]
        self.assertEqual([Unanswered(number, "x", written=False) for number in range(1, 51)], told)

    def test_no_reference_is_free(self) -> None:
        """Then nothing can be asked either."""
        self.play(BOUND)
        for to in range(100):
            self.session.submit(0.0, part(str(to)))
        self.assertRaises(BadField, self.session.ask, 0.0, Inquiry(adc="1", scts="221126133000"))


class LeaveTests(SessionTestCase):
    def test_nothing_open(self) -> None:
        """There is no goodbye."""
        self.play(BOUND + "do s.leave(now)\n! Closed('signed off')\n< R('51', 'A', '', '')")
        self.assertFalse(self.session.living)

    def test_open_results_and_our_answers_come_first(self) -> None:
        """Deliveries are still taken; leaving twice changes nothing."""
        self.play(
            BOUND
            + """
            do s.submit(now, part("1"))
            > S("1", trn=1)
            do s.leave(now)
            do s.leave(now)
            < Notification(trn=6, dst="0")
            ! Delivered(Notification(trn=6, dst="0"))
            < R("51", "A", "", "", trn=1)
            ! Answered(1, 0)
            do s.answer(now, Notification(trn=6), True)
            > R("53", "A", "", "", trn=6)
            ! Closed("signed off")
            """
        )

    def test_bounded(self) -> None:
        """Five seconds, and what has no result never will."""
        self.play(
            BOUND + TWO + "do s.leave(now)\n+ 4.9\n+ 0.1\n! Unanswered(1, 'signed off')\n"
            "! Unanswered(2, 'signed off')\n! Closed('signed off')"
        )

    def test_a_dead_session_sends_nothing(self) -> None:
        """The last of several frames closed it: those behind are not heard."""
        self.play(
            OPEN
            + """
            < encode(R("60", "N", "07", "")) + encode(Alert())
            ! Closed("sign-in refused: EC 07 authentication failure", mend="account and password")
            """,
            encode=codec.encode,
        )

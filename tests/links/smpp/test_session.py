"""One SMPP session, told as transcripts: no socket, no clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.events import Answered, Leaving, Unanswered
from chanserv.links.smpp.codec import encode
from chanserv.links.smpp.pdus import BindTransceiverResp, DeliverSm, QuerySm, SubmitSm, SubmitSmResp
from chanserv.links.smpp.session import Session
from chanserv.links.smpp.signing import Credentials
from chanserv.links.terms import Rules, State
from tests.links.cuts import CUTS, cut
from tests.transcript import play

BIND = """
    do s.open(now)
    > BindTransceiver(sequence=1, system_id=b"weni", password=b"secret", system_type=b"sys")
"""
BOUND = (
    BIND
    + """
    < BindTransceiverResp(sequence=1, system_id=b"smsc")
    ! Bound(b"smsc")
"""
)
TWO = """
    do s.submit(now, SubmitSm(short_message=b"a"))
    do s.submit(now, SubmitSm(short_message=b"b"))
    > SubmitSm(sequence=2, short_message=b"a")
    > SubmitSm(sequence=3, short_message=b"b")
"""

UNWRITTEN = """
    ! Unanswered(2, "x")
    ! Unanswered(3, "x")
    ! Unanswered(4, "x", written=False)
    ! Closed("x")
"""


WENI = Credentials(system_id=b"weni", password=b"secret", system_type=b"sys")


class SessionTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.session = Session(Rules(bind_within=10.0, answer_within=20.0, enquire_after=30.0), WENI)

    def play(self, script: str, now: float = 0.0) -> float:
        return play(self, self.session, script, now)


class BindTests(SessionTestCase):
    def test_bound(self) -> None:
        """The carrier says yes, and then there is no limit to the bind any more."""
        self.assertIsNone(self.session.due())
        self.play(BOUND)
        self.assertEqual((State.BOUND, 30.0), (self.session.state, self.session.due()))

    def test_bound_in_a_word(self) -> None:
        """A bind_resp without a body lets us in as well, and one that cannot be read."""
        self.play(BIND + "< BindTransceiverResp(sequence=1, bare=True)\n! Bound(b'')")
        self.setUp()
        long = encode(BindTransceiverResp(sequence=1, system_id=b"x" * 15))
        bad = (len(long) + 9).to_bytes(4, "big") + long[4:-1] + b"y" * 10
        play(self, self.session, BIND + "< bad\n! Bound(b'')", bad=bad)

    def test_refused(self) -> None:
        """A status that time may mend."""
        self.play(
            BIND + "< BindTransceiverResp(sequence=1, status=8, bare=True)\n! Closed('bind refused: ESME_RSYSERR')"
        )

    def test_refused_for_a_while(self) -> None:
        """Where a former session still lives, or no reason is given, it is no use to come again at once."""
        for status, name, rest in ((5, "ESME_RALYBND", 30.0), (0x0D, "ESME_RBINDFAIL", 60.0)):
            self.setUp()
            self.play(
                BIND
                + f"< BindTransceiverResp(sequence=1, status={status})\n! Closed('bind refused: {name}', rest={rest})"
            )

    def test_refused_for_good(self) -> None:
        """A wrong password is for a person to mend; a nack to the bind is a refusal."""
        for status, name, mend in (
            (0x0E, "ESME_RINVPASWD", "system_id and password"),
            (0x0F, "ESME_RINVSYSID", "system_id and password"),
            (0x53, "ESME_RINVSYSTYP", "system_type"),
            (0x03, "ESME_RINVCMDID", "bind and version"),
        ):
            self.setUp()
            self.play(
                BIND + f"< GenericNack(sequence=1, status={status})\n! Closed('bind refused: {name}', mend='{mend}')"
            )

    def test_late(self) -> None:
        """No answer within bind_within; what comes afterwards is not heard."""
        self.play(
            BIND
            + """
            + 9.9
            + 0.1
            ! Closed("no answer to our bind")
            < BindTransceiverResp(sequence=1)
            + 100
            """
        )
        self.assertIsNone(self.session.due())

    def test_gives_up(self) -> None:
        """Leaving before the answer is the end at once."""
        self.play(BIND + "do s.leave(now)\n! Closed('gave up signing in')\ndo s.leave(now)\ndo s.close('again')")


class AskTests(SessionTestCase):
    """Questions about parts, and wishes to cancel them."""

    ASKED = """
        do s.ask(now, QuerySm(message_id=b"77", source_addr=b"8000"))
        do s.ask(now, CancelSm(message_id=b"78"))
        > QuerySm(sequence=2, message_id=b"77", source_addr=b"8000")
        > CancelSm(sequence=3, message_id=b"78")
    """

    def test_answers(self) -> None:
        """The state a query_sm_resp tells; for a cancel the status alone."""
        self.play(
            BOUND
            + self.ASKED
            + """
            < CancelSmResp(sequence=3)
            ! Replied(3, 0)
            < QuerySmResp(sequence=2, message_id=b"77", message_state=5, error_code=7)
            ! Replied(2, 0, Status.FAILED, "UNDELIV err 7")
            """
        )
        self.assertEqual(0, self.session.late)

    def test_refusals(self) -> None:
        """By their own answer or by a nack."""
        self.play(
            BOUND
            + self.ASKED
            + """
            < CancelSmResp(sequence=3, status=0x11, bare=True)
            ! Replied(3, 0x11, words="ESME_RCANCELFAIL")
            < GenericNack(sequence=2, status=3)
            ! Replied(2, 3, words="ESME_RINVCMDID")
            """
        )

    def test_no_answer(self) -> None:
        """Many SMSCs know no query_sm: that is no reason to leave."""
        self.play(BOUND + self.ASKED)
        self.assertEqual(20.0, self.session.due())
        self.play(
            """
            + 19.9
            + 0.1
            ! Unanswered(2, "no answer within 20 s")
            ! Unanswered(3, "no answer within 20 s")
            """
        )
        self.assertEqual((State.BOUND, 30.0), (self.session.state, self.session.due()))

    def test_the_end_of_the_session(self) -> None:
        """Ends the wait; a session that leaves is asked nothing more, and does not wait for it."""
        self.play(BOUND + self.ASKED + "do s.leave(now)\n> Unbind(sequence=4)")
        self.assertRaises(BadField, self.session.ask, 0.0, QuerySm(message_id=b"1"))
        self.play(
            "< UnbindResp(sequence=4)\n! Unanswered(2, 'unbound')\n! Unanswered(3, 'unbound')\n! Closed('unbound')"
        )

    def test_questions_are_not_parts(self) -> None:
        """They fill no window, and no submit_sm_resp answers them."""
        self.play(BOUND + self.ASKED + "< SubmitSmResp(sequence=2)")
        self.assertEqual((0, 1), (self.session.pending, self.session.late))


class NewerTests(SessionTestCase):
    """What 5.0 adds, and data_sm."""

    def test_congestion(self) -> None:
        """Told for every answer that says so, before the answer."""
        self.play(
            BIND
            + """
            < BindTransceiverResp(sequence=1, tlvs=((0x428, b"\\x05"),))
            ! Congested(5)
            ! Bound(b"")
            """
            + TWO
            + """
            < SubmitSmResp(sequence=2, message_id=b"m2", tlvs=((0x428, b"\\x5a"),))
            ! Congested(90)
            ! Answered(2, 0, b"m2")
            < SubmitSmResp(sequence=3, status=0x58, tlvs=((0x428, b"\\xff"),))
            ! Congested(100)
            ! Answered(3, 0x58)
            < DeliverSm(sequence=1, tlvs=((0x428, b""),))
            ! Delivered(DeliverSm(sequence=1, tlvs=((0x428, b""),)))
            do s.answer(now, DeliverSm(sequence=1), True)
            > DeliverSmResp(sequence=1)
            """
        )

    def test_congestion_is_the_carriers_to_tell(self) -> None:
        """Whoever may call us slows nobody down before the carrier has let us in."""
        self.play(
            BIND
            + """
            < EnquireLink(sequence=9, tlvs=((0x428, b"\\x64"),))
            > EnquireLinkResp(sequence=9)
            < BindTransceiverResp(sequence=1, system_id=b"smsc", tlvs=((0x428, b"\\x5a"),))
            ! Congested(90)
            ! Bound(b"smsc")
            """
        )

    def test_what_a_refusal_adds(self) -> None:
        """Text, network code, reason of failure (vector v063, and data_sm_resp)."""
        self.play(
            BOUND
            + """
            do s.submit(now, DataSm(destination_addr=b"1"))
            do s.submit(now, SubmitSm())
            > DataSm(sequence=2, destination_addr=b"1")
            > SubmitSm(sequence=3)
            < DataSmResp(sequence=2, status=0xFE, tlvs=((0x425, b"\\3"), (0x423, b"\\3\\0\\6")))
            ! Answered(2, 0xFE, b"", "network_error_code 3/6, delivery_failure_reason 3", True)
            < SubmitSmResp(sequence=3, status=0x45, tlvs=((0x1D, b"no credit\\0"), (0x423, b"\\3\\0\\x1b")))
            ! Answered(3, 0x45, b"", "no credit, network_error_code 3/27")
            """
        )

    def test_data_sm_both_ways(self) -> None:
        """Its answer names the message; the carrier's own is a delivery."""
        self.play(
            BOUND
            + """
            do s.submit(now, DataSm())
            > DataSm(sequence=2)
            < DataSm(sequence=2, esm_class=4)
            ! Delivered(DataSm(sequence=2, esm_class=4))
            < DataSmResp(sequence=2, message_id=b"m2")
            ! Answered(2, 0, b"m2")
            do s.answer(now, DataSm(sequence=2), True)
            > DataSmResp(sequence=2)
            """
        )

    def test_answers_to_what_we_never_send(self) -> None:
        """submit_multi, broadcast, replace: counted, and the session goes on."""
        self.play(
            BOUND
            + """
            < SubmitMultiResp(sequence=1, message_id=b"x")
            < BroadcastSmResp(sequence=1)
            < ReplaceSmResp(sequence=1)
            < BroadcastSm(sequence=9)
            > BroadcastSmResp(sequence=9, status=4, bare=True)
            """
        )
        self.assertEqual(4, self.session.strange)


class EnquireTests(SessionTestCase):
    def test_silence_is_asked_about(self) -> None:
        """Anything heard is a sign of life; a receipt as much as an answer."""
        self.play(
            BOUND
            + """
            + 29.9
            + 0.1
            > EnquireLink(sequence=2)
            + 10
            < EnquireLinkResp(sequence=2)
            + 29.9
            < AlertNotification()
            + 29.9
            + 0.1
            > EnquireLink(sequence=3)
            """
        )

    def test_two_unanswered_end_it(self) -> None:
        """And nothing more is written to a peer that reads nothing."""
        self.play(
            BOUND
            + """
            + 30
            > EnquireLink(sequence=2)
            + 30
            > EnquireLink(sequence=3)
            + 29.9
            + 0.1
            ! Closed("the carrier fell silent: two enquire_link without an answer", deaf=True)
            """
        )

    def test_their_questions_are_answered(self) -> None:
        """In every state but the last."""
        self.play(BIND + "< EnquireLink(sequence=7)\n> EnquireLinkResp(sequence=7)")
        self.setUp()
        self.play(BOUND + "< EnquireLink(sequence=7)\n> EnquireLinkResp(sequence=7)\ndo s.close('x')\n! Closed('x')")

    def test_who_does_not_listen_hears_no_silence(self) -> None:
        """While the owner reads nothing, no answer is overdue and nobody is dead; afterwards all waits begin anew."""
        self.play(
            BOUND
            + TWO
            + """
            do s.stop_reading(now)
            + 100
            + 100
            + 100
            do s.read_on(now)
            + 19.9
            < SubmitSmResp(sequence=2, message_id=b"m2")
            ! Answered(2, 0, b"m2")
            + 0.1
            ! Leaving("no answer within 20 s")
            """
        )
        self.assertEqual((State.LEAVING, 325.0), (self.session.state, self.session.due()))

    def test_enquiries_before_a_deafness_are_forgotten(self) -> None:
        """Their answers may lie unread."""
        self.play(
            BOUND
            + """
            + 30
            > EnquireLink(sequence=2)
            + 30
            > EnquireLink(sequence=3)
            do s.stop_reading(now)
            + 60
            do s.read_on(now)
            do s.read_on(now)
            + 29
            """
        )
        self.assertEqual((State.BOUND, 150.0), (self.session.state, self.session.due()))

    def test_leaving_deaf_is_bounded(self) -> None:
        """Nothing is overdue, but the time to leave runs."""
        self.play(BOUND + TWO + "do s.stop_reading(now)\n+ 100")
        self.assertIsNone(self.session.due())
        self.session.leave(100.0)
        self.assertEqual(105.0, self.session.due())


class SubmitTests(SessionTestCase):
    def test_answers_in_any_order(self) -> None:
        """Each finds its question."""
        self.play(
            BOUND
            + TWO
            + """
            < SubmitSmResp(sequence=3, message_id=b"m3")
            ! Answered(3, 0, b"m3")
            < SubmitSmResp(sequence=2, status=0x58, bare=True)
            ! Answered(2, 0x58)
            """
        )
        self.assertEqual(0, self.session.pending)

    def test_no_answer_in_time(self) -> None:
        """Whoever waits longest ends the session in good order: the others may still be answered, then nobody is."""
        self.play(
            BOUND
            + TWO
            + """
            + 5
            do s.submit(now, SubmitSm())
            > SubmitSm(sequence=4)
            + 14.9
            + 0.1
            ! Leaving("no answer within 20 s")
            < SubmitSmResp(sequence=4, message_id=b"m4")
            ! Answered(4, 0, b"m4")
            + 4.9
            + 0.1
            > Unbind(sequence=5)
            < SubmitSmResp(sequence=2, message_id=b"m2")
            ! Answered(2, 0, b"m2")
            < UnbindResp(sequence=5)
            ! Unanswered(3, "no answer within 20 s")
            ! Closed("no answer within 20 s")
            < SubmitSmResp(sequence=3, message_id=b"m3")
            """
        )

    def test_all_answers_come_late(self) -> None:
        """Then nothing is unanswered; but a session that is so slow ends all the same, for that reason."""
        self.play(
            BOUND
            + TWO
            + """
            + 20
            ! Leaving("no answer within 20 s")
            < SubmitSmResp(sequence=2)
            ! Answered(2, 0)
            < SubmitSmResp(sequence=3)
            ! Answered(3, 0)
            > Unbind(sequence=4)
            + 2
            ! Closed("no answer within 20 s")
            """
        )

    def test_late_answers_are_counted(self) -> None:
        """Of what was answered before, or never asked."""
        self.play(
            BOUND
            + TWO
            + """
            < SubmitSmResp(sequence=2)
            ! Answered(2, 0)
            < SubmitSmResp(sequence=2)
            < GenericNack(sequence=9, status=8)
            < DataSmResp(sequence=8)
            < QuerySmResp(sequence=3)
            < CancelSmResp(sequence=3)
            """
        )
        self.assertEqual((5, 1), (self.session.late, self.session.pending))

    def test_due_is_that_of_the_oldest(self) -> None:
        """However many are open: nothing looks through them."""
        self.play(BOUND)
        for now in (1.0, 2.0, 3.0):
            for _ in range(10_000):
                self.session.submit(now, SubmitSm())
        self.assertEqual(21.0, self.session.due())
        for sequence in range(2, 10_002):
            self.session.received(4.0, encode(SubmitSmResp(sequence=sequence)))
        self.assertEqual((22.0, 20_000), (self.session.due(), self.session.pending))
        self.session.flush()
        self.session.events.clear()
        self.session.tick(22.5)
        self.assertEqual([Leaving("no answer within 20 s")], self.session.events)
        self.assertEqual(27.5, self.session.due())

    def test_a_nack_answers(self) -> None:
        """It never means that something was taken, even with status 0."""
        self.play(
            BOUND
            + TWO
            + """
            < GenericNack(sequence=2, status=3)
            ! Answered(2, 3)
            < GenericNack(sequence=3)
            ! Answered(3, ESME_RUNKNOWNERR)
            < GenericNack(sequence=0, status=3)
            """
        )
        self.assertEqual(1, self.session.late)

    def test_an_unreadable_answer_still_answers(self) -> None:
        """By the status in its header: the carrier has it, or has not."""
        bad = (16 + 70).to_bytes(4, "big") + bytes.fromhex("80000004 00000000 00000002") + b"x" * 70
        play(self, self.session, BOUND + TWO + "< bad\n! Answered(2, 0)", bad=bad)
        self.assertEqual((1, 1), (self.session.strange, self.session.pending))

    def test_not_written_is_not_unknown(self) -> None:
        """What nobody took out of the session never left, and never will."""
        self.play(BOUND + TWO + "do s.submit(now, SubmitSm())\ndo s.close('x')\n" + UNWRITTEN)

    def test_what_does_not_fit_is_not_sent(self) -> None:
        """And takes no number."""
        self.play(BOUND)
        self.assertRaises(BadField, self.session.submit, 0.0, SubmitSm(destination_addr=b"1" * 21))
        self.play("do s.submit(now, SubmitSm())\n> SubmitSm(sequence=2)")
        self.assertEqual(1, self.session.pending)

    def test_numbers_begin_anew(self) -> None:
        """After 0x7FFFFFFF comes 1: zero is nobody's."""
        self.play(BOUND)
        self.session._next = 0x7FFF_FFFE
        self.play(
            """
            do [s.submit(now, SubmitSm()) for _ in range(3)]
            > SubmitSm(sequence=0x7FFFFFFE)
            > SubmitSm(sequence=0x7FFFFFFF)
            > SubmitSm(sequence=1)
            < SubmitSmResp(sequence=1)
            ! Answered(1, 0)
            """
        )

    @given(st.permutations(range(2, 12)), CUTS)
    def test_each_ends_once(self, order: list[int], cuts: list[int]) -> None:
        """Whatever the order and however the octets are cut, each is answered once or told unanswered."""
        self.setUp()
        self.play(BOUND)
        for _ in range(10):
            self.session.submit(0.0, SubmitSm())
        stream = b"".join(encode(SubmitSmResp(sequence=n, message_id=b"%d" % n)) for n in order[:7])
        for piece in cut(stream, cuts):
            self.session.received(1.0, piece)
        self.session.close("gone")
        ended = [e.sequence for e in self.session.events if isinstance(e, Answered | Unanswered)]
        self.assertEqual((order[:7], sorted(order[7:])), (ended[:7], ended[7:]))


class CarrierTests(SessionTestCase):
    def test_a_delivery_is_the_owners_to_answer(self) -> None:
        """After its commit, with whatever status that gave."""
        self.play(
            BOUND
            + """
            < DeliverSm(sequence=5, short_message=b"1")
            ! Delivered(DeliverSm(sequence=5, short_message=b"1"))
            do s.answer(now, DeliverSm(sequence=5), True)
            > DeliverSmResp(sequence=5)
            < DataSm(sequence=6)
            ! Delivered(DataSm(sequence=6))
            do s.answer(now, DataSm(sequence=6), False)
            > DataSmResp(sequence=6, status=0x64)
            do s.close("x")
            ! Closed("x")
            do s.answer(now, DeliverSm(sequence=7), True)
            """
        )

    def test_not_in_this_state(self) -> None:
        """A delivery before the bind, a submit_sm to an ESME, a second bind: ESME_RINVBNDSTS."""
        self.play(BIND + "< DeliverSm(sequence=5)\n> DeliverSmResp(sequence=5, status=4, bare=True)")
        self.setUp()
        self.play(
            BOUND
            + """
            < SubmitSm(sequence=6)
            > SubmitSmResp(sequence=6, status=4, bare=True)
            < BindTransceiver(sequence=7)
            > BindTransceiverResp(sequence=7, status=4, bare=True)
            < Outbind()
            < QuerySmResp(sequence=3)
            """
        )
        self.assertEqual((3, 1), (self.session.strange, self.session.late))

    def test_unknown_requests(self) -> None:
        """generic_nack with ESME_RINVCMDID; unknown answers get none."""
        self.play(
            BOUND
            + """
            < Unknown(sequence=9, command=0x10203, body=b"xyz")
            > GenericNack(sequence=9, status=3)
            < Unknown(sequence=9, command=0x80010203)
            """
        )
        self.assertEqual(2, self.session.strange)

    def test_a_wrong_body(self) -> None:
        """Is answered with the status its field names, and the session goes on."""
        good = encode(DeliverSm(sequence=5, source_addr=b"1" * 20))
        bad = (len(good) + 9).to_bytes(4, "big") + good[4:39] + b"1" * 9 + good[39:]
        play(
            self,
            self.session,
            BOUND + "< bad\n> DeliverSmResp(sequence=5, status=0x0A, bare=True)\n< EnquireLink()\n> EnquireLinkResp()",
            bad=bad,
        )

    def test_a_lost_frame(self) -> None:
        """A length that cannot be ends it, after what came before it was heard."""
        play(
            self,
            self.session,
            BOUND
            + TWO
            + """
            < encode(SubmitSmResp(sequence=2)) + bytes(16) + encode(EnquireLink())
            > GenericNack(sequence=0, status=2)
            ! Answered(2, 0)
            ! Unanswered(3, "unreadable: a PDU of 0 octets")
            ! Closed("unreadable: a PDU of 0 octets")
            """,
            encode=encode,
        )

    def test_the_carrier_unbinds(self) -> None:
        """It is answered, and what was open stays unknown; what follows in the same octets is not heard."""
        play(
            self,
            self.session,
            BOUND
            + TWO
            + """
            < encode(Unbind(sequence=8)) + encode(EnquireLink())
            > UnbindResp(sequence=8)
            ! Unanswered(2, "the carrier unbound")
            ! Unanswered(3, "the carrier unbound")
            ! Closed("the carrier unbound")
            """,
            encode=encode,
        )


class LeaveTests(SessionTestCase):
    def test_nothing_open(self) -> None:
        """Unbind at once; its answer ends it."""
        self.play(BOUND + "do s.leave(now)\n> Unbind(sequence=2)\n< UnbindResp(sequence=2)\n! Closed('unbound')")

    def test_open_answers_come_first(self) -> None:
        """By a submit_sm_resp or a nack; deliveries are still taken, and leaving twice changes nothing."""
        self.play(
            BOUND
            + TWO
            + """
            do s.leave(now)
            + 1
            do s.leave(now)
            < SubmitSmResp(sequence=2)
            ! Answered(2, 0)
            < DeliverSm(sequence=5)
            ! Delivered(DeliverSm(sequence=5))
            < GenericNack(sequence=3, status=8)
            ! Answered(3, 8)
            do s.answer(now, DeliverSm(sequence=5), True)
            > DeliverSmResp(sequence=5)
            > Unbind(sequence=4)
            < UnbindResp(sequence=4)
            ! Closed("unbound")
            """
        )

    def test_no_answers(self) -> None:
        """Five seconds for what is open, two for the unbind_resp."""
        self.play(
            BOUND
            + TWO
            + """
            do s.leave(now)
            + 4.9
            + 0.1
            > Unbind(sequence=4)
            + 1.9
            + 0.1
            ! Unanswered(2, "no answer to our unbind")
            ! Unanswered(3, "no answer to our unbind")
            ! Closed("no answer to our unbind")
            """
        )

    def test_due_while_leaving(self) -> None:
        """When the time is up; an answer that is overdue meanwhile may still come."""
        self.play(BOUND + TWO + "+ 17\ndo s.leave(now)\n+ 4")
        self.assertEqual((22.0, 2), (self.session.due(), self.session.pending))

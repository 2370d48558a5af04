"""What every store must do with receipts that do not come, texts that are cancelled, and links that stay down.

`make` and `reopen` as in `contract`.
"""

from __future__ import annotations

from chanserv import operations as op
from chanserv.message import CANCELLED, Outcome, Question, State, Status, Verdict
from tests.store.contract import TO, Story

WAIT = 604_800.0  # receipt_wait
PAUSE = WAIT / 10
STEP = 1.0  # past the moment


def asking_contract(make) -> type[Story]:
    """The suite for one kind of store."""

    class Contract(Story):
        # asking

        def sent(self, id="7", carrier_id="c1", to=TO, parts=1, link="asks"):
            taken = self.take(id=id, to=to, parts=parts, link=link)
            for part in range(1, parts + 1):
                self.settle(taken, carrier_id=carrier_id if part == 1 else f"{carrier_id}-{part}", part=part, link=link)
            return taken

        def asked(self, after=0.0, asking=("asks",)):
            """The carrier ids that one sweep hands out."""
            return [each.question.carrier_id for each in self.sweep(after, asking=asking).enquiries]

        def test_a_receipt_that_did_not_come_is_asked_for(self):
            """Not before its time; by what the carrier knows the part by, and whose it is."""
            taken = self.sent()
            self.assertEqual([], self.asked(WAIT - STEP))
            [enquiry] = self.sweep(2 * STEP, asking=("asks",)).enquiries
            self.assertEqual(
                (taken.message, taken.piece, 1, "asks"), (enquiry.message, enquiry.piece, enquiry.part, enquiry.link)
            )
            self.assertEqual(Question(carrier_id="c1", to=TO, sender="2020"), enquiry.question)
            self.assertEqual([State.SENT], self.states())

        def test_by_the_id_as_its_carrier_wrote_it(self):
            """What it answers is matched by the id as it is kept."""
            taken = self.take(link="asks")
            outcome = Outcome(
                message=taken.message, piece=taken.piece, part=1, link="asks", verdict=Verdict.TAKEN,
                carrier_id="ab", raw_id="00AB",
            )  # fmt: skip
            self.do(op.Settle(outcome=outcome))
            [enquiry] = self.sweep(WAIT, asking=("asks",)).enquiries
            self.assertEqual(("ab", "00AB"), (enquiry.carrier_id, enquiry.question.carrier_id))

        def test_three_times_and_never_more(self):
            """With pauses; then nobody knows, and the text ends as sent."""
            self.sent()
            self.clock.advance(2)
            self.tell("sent")
            self.assertEqual([["c1"], [], ["c1"], []], [self.asked(t) for t in (WAIT, STEP, PAUSE, STEP)])
            self.assertEqual([["c1"], [], [], []], [self.asked(t) for t in (PAUSE, STEP, PAUSE - 10, STEP)])
            self.assertEqual([State.SENT], self.states())
            self.assertEqual([], self.asked(20))
            self.assertEqual([State.SILENT], self.states())
            self.assertEqual("no receipt came", self.message().pieces[0].parts[0].reason)
            self.assertEqual((), self.letters())

        def test_an_answer_is_a_receipt(self):
            """And ends the asking."""
            self.sent()
            self.asked(WAIT)
            self.assertEqual("matched", self.receipt("c1", link="asks"))
            self.assertEqual((Status.DELIVERED, []), (self.message().status, self.asked(PAUSE)))

        def test_a_link_that_is_down_is_not_asked(self):
            """Its part waits for the next turn, and no longer than if it had been asked."""
            self.sent()
            self.assertEqual([[], [], ["c1"]], [self.asked(t, asking=()) for t in (WAIT, PAUSE)] + [self.asked(PAUSE)])
            self.asked(PAUSE)
            self.assertEqual([State.SILENT], self.states())

        def test_turns_that_were_missed_are_not_made_up_for(self):
            """A gateway that was down for days asks once, not three times in a row."""
            self.sent()
            self.restart()
            self.assertEqual([["c1"], []], [self.asked(WAIT + 2.5 * PAUSE), self.asked(STEP)])
            self.sent(id="8", carrier_id="c8")
            self.assertEqual([], self.asked(WAIT + 4 * PAUSE))
            self.assertEqual([State.SILENT], self.states("8"))

        def test_not_twice_after_a_restart(self):
            """What was asked is on disk before the question leaves."""
            self.sent()
            self.assertEqual(["c1"], self.asked(WAIT))
            self.restart()
            self.assertEqual([], self.asked(STEP))

        def test_nobody_is_asked_in_vain(self):
            """Not on links that cannot be, not without an id, not of a text whose fate is known already."""
            self.sent(id="1", link="a")
            self.sent(id="2", link="mute")
            decided = self.take(id="3", parts=2, link="asks")
            self.settle(decided, carrier_id="c3", link="asks")
            self.settle(decided, Verdict.REFUSED, part=2, link="asks")
            self.assertEqual([], self.asked(WAIT))
            self.assertEqual([State.SILENT, State.FAILED], self.states("3"))

        def test_each_part_by_itself(self):
            """One receipt came, the other is asked for."""
            self.sent(parts=2)
            self.receipt("c1", link="asks")
            self.assertEqual(["c1-2"], self.asked(WAIT))

        def test_a_bounded_number_at_once(self):
            """The rest comes with later sweeps, every part once."""
            for number in range(130):
                self.sent(id=str(number), carrier_id=f"c{number}", to=f"+25078{number:07}")
            first = self.asked(WAIT)
            self.assertEqual((100, []), (len(first), self.asked()))
            self.assertEqual({f"c{number}" for number in range(130)}, {*first, *self.asked(10)})

        def test_no_more_than_there_is_room_for(self):
            """Who has to wait for it keeps its turn."""
            self.sent()
            self.clock.advance(WAIT)
            self.assertEqual((), self.do(op.Sweep(asking=("asks",), questions=0)).enquiries)
            self.assertEqual(["c1"], self.asked(10))

        def test_a_note(self):
            """Stands in the timeline of a live text; of another nothing is kept."""
            taken = self.sent()
            self.assertTrue(self.do(op.Note(message=taken.message, what="asked", detail="ENROUTE")).known)
            self.assertEqual(("asked", "ENROUTE"), (self.message().hops[-1].what, self.message().hops[-1].detail))
            self.assertFalse(self.do(op.Note(message=taken.message + 99, what="asked", detail="")).known)

        # cancelling

        def drop(self, taken, part=1):
            """Its carrier did what the operator wished."""
            return self.do(op.Drop(message=taken.message, piece=taken.piece, part=part)).known

        def test_what_waits_is_never_sent(self):
            """Queued or held: failed, with the reason, told once; nothing can be claimed."""
            taken = self.take(parts=2)
            self.settle(taken, Verdict.LATER, part=1)
            self.assertEqual(
                [(taken.piece, 1, State.FAILED, True), (taken.piece, 2, State.FAILED, True)], self.cancel(taken)
            )
            self.assertEqual((Status.FAILED, CANCELLED), (self.message().status, self.message().reason))
            self.clock.advance(60)
            self.assertEqual([], self.claimed())
            self.tell("failed")
            self.assertEqual("cancelled", self.message().hops[-2].what)

        def test_what_waits_after_no_answer_came_may_have_been_sent(self):
            """It is not sent again, and nobody says that it never was; so no repeat may take it for unsent either."""
            taken = self.take(parts=2)
            self.settle(taken, Verdict.UNKNOWN, part=1)
            self.assertEqual(
                [(taken.piece, 1, State.UNKNOWN, False), (taken.piece, 2, State.FAILED, True)], self.cancel(taken)
            )
            self.assertEqual((Status.FAILED, CANCELLED), (self.message().status, self.message().reason))
            self.assertEqual([], self.claimed())
            self.clock.advance(5)
            self.tell("failed")

        def test_twice_is_once(self):
            """The second finds nothing to do, and says how it stands."""
            taken = self.take()
            self.cancel(taken)
            hops = self.message().hops
            self.assertEqual([(taken.piece, 1, State.FAILED, False)], self.cancel(taken))
            self.assertEqual(hops, self.message().hops)

        def test_what_is_out_is_not_touched(self):
            """Octets that left cannot be called back; the part ends as its carrier says."""
            taken = self.take()
            self.assertEqual([(taken.piece, 1, State.SENDING, False)], self.cancel(taken, out=((taken.piece, 1),)))
            self.assertEqual(Status.QUEUED, self.message().status)
            self.settle(taken)
            self.assertEqual([State.SENT], self.states())

        def test_what_may_have_left_is_not_touched(self):
            """The same, where the store knows it itself."""
            taken = self.take(link="careful")
            self.do(op.Begin(message=taken.message, piece=taken.piece, parts=(1,)))
            self.assertEqual([(taken.piece, 1, State.SENDING, False)], self.cancel(taken))

        def test_the_rest_of_a_piece(self):
            """What is out is not sent once more if it was not taken; if it was, that is shown."""
            for verdict, state in ((Verdict.LATER, State.DROPPED), (Verdict.TAKEN, State.SENT)):
                taken = self.take(id=verdict.value, parts=2, to=f"{TO}{verdict.value == 'later'}")
                told = self.cancel(taken, out=((taken.piece, 1),))
                self.assertEqual([(taken.piece, 1, State.SENDING, False), (taken.piece, 2, State.FAILED, True)], told)
                self.settle(taken, verdict)
                self.assertEqual([state, State.FAILED], self.states(verdict.value))
                self.assertEqual([], self.claimed())

        def test_what_a_carrier_has_may_be_dropped_there(self):
            """Told with what the carrier knows it by; that it did so ends it."""
            taken = self.take(parts=2)
            self.settle(taken)
            cancelled = self.do(op.Cancel(message=taken.message, pieces=(taken.piece,)))
            self.assertEqual(
                ["c1", None], [each.enquiry and each.enquiry.question.carrier_id for each in cancelled.fates]
            )
            self.assertEqual([State.SENT, State.FAILED], self.states())
            self.assertTrue(self.drop(taken))
            self.assertEqual([State.FAILED, State.FAILED], self.states())
            self.assertFalse(self.drop(taken))
            self.assertEqual("repeated", self.receipt("c1", status=Status.FAILED, reason="DELETED"))
            self.clock.advance(5)
            self.tell("failed")

        def test_a_receipt_quicker_than_its_answer(self):
            """The reason is the operator's wish all the same, and nothing is told twice."""
            taken = self.take()
            self.settle(taken)
            self.receipt("c1", status=Status.FAILED, reason="DELETED err 001")
            self.assertTrue(self.drop(taken))
            self.assertEqual((Status.FAILED, CANCELLED), (self.message().status, self.message().reason))
            self.clock.advance(5)
            self.tell("sent", "failed")

        def test_a_part_that_was_delivered_meanwhile(self):
            """Stays so."""
            taken = self.take()
            self.settle(taken)
            self.receipt("c1")
            self.assertFalse(self.drop(taken))
            self.assertEqual([State.DELIVERED], self.states())
            self.assertFalse(self.do(op.Drop(message=99, piece=99, part=1)).known)

        def test_after_sent_was_told(self):
            """Failed follows it, once; after a final status nothing is told."""
            taken = self.take()
            self.settle(taken)
            self.clock.advance(2)
            self.tell("sent")
            self.drop(taken)
            self.clock.advance(5)
            self.tell("failed")
            done = self.take(id="8")
            self.delivered(done, "c8")
            self.assertEqual([(done.piece, 1, State.DELIVERED, False)], self.cancel(done))
            self.assertEqual((), self.letters())

        def test_the_next_to_that_number_goes(self):
            """A text that is cancelled holds up nobody."""
            one, two = self.take(id="1"), self.take(id="2")
            self.assertEqual([one.piece], self.claimed())
            cancelled = self.do(op.Cancel(message=one.message, pieces=(one.piece,)))
            self.assertEqual(("a",), cancelled.freed)
            self.assertEqual([two.piece], self.claimed())

        def test_only_the_pieces_that_are_named(self):
            """One that came meanwhile may be out already, for all its canceller knows."""
            one, two = self.take("part one"), self.take("part two")
            self.cancel(one)
            self.assertEqual([State.FAILED, State.QUEUED], self.states())
            self.assertEqual([two.piece], self.claimed())

        def test_none_of_ours(self):
            """Or one that is history: nothing is told of it."""
            self.assertEqual((), self.do(op.Cancel(message=99, pieces=(1,))).fates)

        def test_a_restart_brings_nothing_back(self):
            """It is on disk."""
            taken = self.take()
            self.cancel(taken)
            self.restart()
            self.assertEqual(([], [State.FAILED]), (self.claimed(), self.states()))

        def test_a_wanted_resend_is_sent(self):
            """The platform that asks once more, after it was told, means it."""
            taken = self.take()
            self.cancel(taken)
            self.clock.advance(5)
            self.tell("failed")
            again = self.take()
            self.assertEqual((2, False), (again.generation, again.repeat))

        # another link

        def stranded(self, after=0, limit=10, reply=False):
            """The pieces of link a that could go by another, and the cursor."""
            found = self.do(op.Strand(link="a", reply=reply, after=after, limit=limit))
            return [wait.piece for wait in found.waits], found.last

        def move(self, taken, link="whole"):
            return self.do(op.Move(message=taken.message, piece=taken.piece, link=link)).known

        def test_what_waits_may_go_by_another_link(self):
            """Whole, and nothing is left with the former; it says so, and why."""
            taken = self.take(parts=2)
            [wait] = self.do(op.Strand(link="a", reply=False, after=0, limit=10)).waits
            self.assertEqual(("claro", TO), (wait.channel, wait.to))
            self.assertTrue(self.move(taken))
            self.assertEqual(([], [taken.piece]), (self.claimed(), self.claimed("whole")))
            self.assertEqual(2, len(self.claim("whole").works[0].parts))
            self.assertEqual(("moved", "whole"), (self.message().hops[-1].what, self.message().pieces[0].link))
            self.settle(taken, link="whole")
            self.settle(taken, link="whole", part=2, carrier_id="c2")
            self.assertEqual("matched", self.receipt("c2", link="whole"))
            self.assertEqual(Status.DELIVERED, self.message().status)

        def test_what_a_carrier_may_have_stays(self):
            """A part taken, one without an answer, one whose octets are leaving."""
            taken, unknown, sending = (self.take(id=str(n), to=f"{TO}{n}", parts=2) for n in range(3))
            self.settle(taken)
            self.settle(unknown, Verdict.UNKNOWN)
            self.do(op.Begin(message=sending.message, piece=sending.piece, parts=(1,)))
            self.clock.advance(10)
            self.assertEqual(([], 0), self.stranded())
            self.assertEqual([False] * 3, [self.move(each) for each in (taken, unknown, sending)])

        def test_what_was_put_off_may_go(self):
            """When it is due."""
            taken = self.take()
            self.settle(taken, Verdict.LATER, retry_after=30.0)
            self.assertEqual([], self.stranded()[0])
            self.clock.advance(30)
            self.assertEqual([taken.piece], self.stranded()[0])
            self.assertTrue(self.move(taken))
            self.assertEqual([taken.piece], self.claimed("whole"))

        def test_page_by_page(self):
            """By age; replies apart; only the first of each number."""
            pieces = [self.take(id=str(n), to=f"{TO}{n}").piece for n in range(3)]
            reply = self.take(id="9", to=f"{TO}9", reply=True).piece
            self.take(id="8", to=f"{TO}0")
            self.assertEqual((pieces[:2], pieces[1]), self.stranded(limit=2))
            self.assertEqual((pieces[2:], 0), self.stranded(after=pieces[1], limit=2))
            self.assertEqual(([reply], 0), self.stranded(reply=True))

        def test_order_holds_across_links(self):
            """The next to a number waits for the one that was moved."""
            one, two = self.take(id="1"), self.take(id="2")
            self.move(one)
            self.assertEqual([], self.claimed())
            self.settle(one, link="whole")
            self.assertEqual([two.piece], self.claimed())

        def restart(self):
            """A new process over the same rows."""
            self.clock.advance(1)
            self.store = type(self).reopen(self, self.store, self.clock, self.terms)

    Contract.make = staticmethod(make)
    Contract.__test__ = False
    return Contract

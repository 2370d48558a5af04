"""What every store must do, as sequences of events on a Clock: run against each of them.

`make(case, clock, terms)` gives an opened store whose `apply` fires at once.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv import operations as op
from chanserv.interfaces import IStore
from chanserv.message import (
    UNSENT,
    Coding,
    Outcome,
    Piece,
    Post,
    Receipt,
    Reply,
    Segment,
    Slice,
    State,
    Status,
    Verdict,
    digest,
    queue_line,
)
from chanserv.rules.terms import ChannelTerms, LinkTerms, Terms

TO = "+250788383383"
OTHER = "+250788383384"
START = 1_000_000.0
TERMS = Terms(
    links={
        "a": LinkTerms(),
        "whole": LinkTerms(receipts="message"),
        "mute": LinkTerms(receipts="none"),
        "careful": LinkTerms(on_unknown="fail"),
        "asks": LinkTerms(asks=True),
        "ours": LinkTerms(ours=True),
        "seconds": LinkTerms(on_unknown="fail", by_second=True),
    },
    channels={"claro": ChannelTerms(), "quiet": ChannelTerms(statuses=())},
)


class Story(SynchronousTestCase):
    """A store, a Clock, and short words for what happens to it."""

    make: Callable[[SynchronousTestCase, Clock, Terms], IStore]
    terms = TERMS

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.store = type(self).make(self, self.clock, self.terms)

    def do(self, operation):
        (result,) = self.successResultOf(self.store.apply([operation]))
        self.assertNotIsInstance(result, op.Failed)
        return result

    def take(self, text="hello", id="7", n=1, to=TO, parts=1, link="a", channel="claro", reply=False, validity=86400.0):
        post = Post(channel=channel, id=id, piece=Piece(to=to, sender="2020", text=text), n=n, reply=reply)
        slices = tuple(Slice(body=b"%d" % number) for number in range(parts))
        return self.do(op.Take(post=post, link=link, coding=Coding.GSM7, slices=slices, validity=validity))

    def settle(self, taken, verdict=Verdict.TAKEN, carrier_id="c1", part=1, reason="", link="a", retry_after=0.0,
               more_ids=()):  # fmt: skip
        outcome = Outcome(
            message=taken.message, piece=taken.piece, part=part, link=link, verdict=verdict,
            carrier_id=carrier_id if verdict is Verdict.TAKEN else "", reason=reason, retry_after=retry_after,
            more_ids=more_ids,
        )  # fmt: skip
        return self.do(op.Settle(outcome=outcome))

    def receipt(self, *ids, status=Status.DELIVERED, to=TO, link="a", reason="", sender="", ours=""):
        receipt = Receipt(link=link, carrier_ids=ids, status=status, to=to, reason=reason, sender=sender, ours=ours)
        return self.do(op.Record(receipt=receipt)).fate

    def letters(self):
        return self.do(op.Fetch(limit=100)).letters

    def tell(self, *kinds):
        """The platform accepts what is due now, which must be exactly these kinds, one after the other."""
        for kind in kinds:
            letters = self.letters()
            self.assertEqual([kind], [letter.kind for letter in letters])
            self.do(op.Posted(letter=letters[0].ref, told=True, kind=kind))
        self.assertEqual((), self.letters())

    def claim(self, link="a", limit=10, holding=(), lines=None):
        return self.do(op.Claim(link=link, limit=limit, holding=holding, lines=lines))

    def claimed(self, link="a", **more):
        return [work.piece for work in self.claim(link, **more).works]

    def refuse(self, text="hello", id="7", n=1, lost=False, to=TO, again=False):
        refused = op.Refuse(
            channel="claro", id=id, to=to, digest=digest(text), n=n, why="503 x", lost=lost, again=again
        )  # fmt: skip
        return self.do(refused).known

    def message(self, id="7"):
        """The newest generation of an id, live or archived."""
        return max(self.do(op.Trace(term=id)).messages, key=lambda message: message.generation)

    def delivered(self, taken, carrier_id="c1"):
        """The usual life: taken, sent, delivered, both told."""
        self.settle(taken, carrier_id=carrier_id)
        self.receipt(carrier_id)
        self.clock.advance(5)
        self.tell("sent", "delivered")

    def sweep(self, after=0.0, holding=(), asking=()):
        self.clock.advance(after)
        return self.do(op.Sweep(holding=holding, asking=asking))

    def cancel(self, taken, *pieces, out=()):
        """Of these pieces, or of the one taken; what is told of each part."""
        cancelled = self.do(op.Cancel(message=taken.message, pieces=pieces or (taken.piece,), out=out))
        return [(fate.piece, fate.part, fate.state, fate.done) for fate in cancelled.fates]

    def states(self, id="7"):
        return [part.state for piece in self.message(id).pieces for part in piece.parts]


def store_contract(make) -> type[Story]:
    """The suite for one kind of store."""

    class Contract(Story):
        # one text

        def test_a_text_goes_out_and_its_receipt_comes_back(self):
            """sent and delivered are owed in that order, not before their time."""
            taken = self.take()
            self.assertEqual([b"0"], [part.slice.body for part in taken.work.parts])
            self.assertTrue(self.settle(taken).finished)
            self.assertEqual("matched", self.receipt("c1"))
            self.assertEqual((), self.letters())
            self.clock.advance(2)
            (letter,) = self.letters()
            self.assertEqual(("sent", "7", "claro"), (letter.kind, letter.id, letter.channel))
            self.tell("sent")
            self.clock.advance(3)
            self.tell("delivered")
            self.assertEqual(Status.DELIVERED, self.message().told)

        def test_the_channel_a_body_names_is_recorded(self):
            """The URL decides; what the body said can be read in the timeline."""
            piece = Piece(to=TO, sender="2020", text="hello")
            post = Post(channel="claro", id="7", piece=piece, claimed_channel="346")
            slices = (Slice(body=b"0"),)
            self.do(op.Take(post=post, link="a", coding=Coding.GSM7, slices=slices, validity=60.0))
            self.assertIn("channel 346", self.message().hops[0].detail)

        def test_a_receipt_before_its_answer_waits_for_it(self):
            """An early receipt is an orphan until the settle that brings its id."""
            taken = self.take()
            self.assertEqual("orphan", self.receipt("c1"))
            self.settle(taken)
            self.assertEqual(Status.DELIVERED, self.message().status)
            self.assertEqual(["new", "taken", "receipt delivered"], [hop.what for hop in self.message().hops])
            self.clock.advance(5)
            self.tell("sent", "delivered")

        def test_a_receipt_of_another_number_is_not_ours(self):
            """An orphan with a number of its own settles nobody else's part."""
            taken = self.take()
            self.receipt("c1", to="250788000999")
            self.settle(taken)
            self.assertEqual(Status.SENT, self.message().status)

        def test_the_second_receipt_changes_nothing(self):
            """failed after delivered is told to nobody."""
            taken = self.take()
            self.settle(taken)
            self.receipt("c1")
            self.assertEqual("repeated", self.receipt("c1", status=Status.FAILED))
            self.assertEqual(Status.DELIVERED, self.message().status)

        def test_a_reused_id_settles_the_oldest_unsettled_part(self):
            """Carrier ids are unique to nothing."""
            first, second = self.take(id="1"), self.take(id="2", to="+250788000222")
            self.settle(first)
            self.settle(second)
            self.receipt("c1", to="")
            self.assertEqual([Status.DELIVERED, Status.SENT], [self.message("1").status, self.message("2").status])
            self.receipt("c1", to="")
            self.assertEqual(Status.DELIVERED, self.message("2").status)

        def test_the_address_breaks_ties(self):
            """Of two parts with one id the receipt's number picks."""
            first, second = self.take(id="1"), self.take(id="2", to="+250788000222")
            self.settle(first)
            self.settle(second)
            self.receipt("c1", to="0788000222")
            self.assertEqual([Status.SENT, Status.DELIVERED], [self.message("1").status, self.message("2").status])

        def test_another_base_of_an_id_counts_only_with_its_number(self):
            """The second reading of an id must not settle a stranger's part."""
            self.settle(self.take(), carrier_id="ff")
            self.assertEqual("orphan", self.receipt("255", "ff", to=""))
            self.assertEqual("matched", self.receipt("255", "ff"))

        def test_an_intermediate_receipt_settles_nothing(self):
            """ENROUTE leaves the part waiting for its final receipt."""
            self.settle(self.take())
            self.assertEqual("matched", self.receipt("c1", status=Status.SENT, reason="ENROUTE"))
            self.assertEqual([State.SENT], self.states())
            self.assertEqual("matched", self.receipt("c1"))

        def test_a_refused_part_fails_the_message(self):
            """failed is told with the settle wait, and nothing else."""
            self.settle(self.take(), Verdict.REFUSED, reason="ESME_RINVDSTADR")
            self.clock.advance(4.9)
            self.assertEqual((), self.letters())
            self.clock.advance(0.1)
            self.assertEqual("ESME_RINVDSTADR", self.letters()[0].reason)
            self.tell("failed")

        def test_one_refused_part_drops_those_not_sent(self):
            """The rest of its piece is not sent; a part that had left counts as what it became."""
            taken = self.take(parts=3)
            self.settle(taken, part=1)
            self.settle(taken, Verdict.REFUSED, part=2)
            self.assertEqual([State.SENT, State.FAILED, State.DROPPED], self.states())
            self.settle(taken, part=3, carrier_id="c3")
            self.assertEqual([State.SENT, State.FAILED, State.SENT], self.states())
            self.assertEqual(Status.FAILED, self.message().status)

        def test_all_parts_must_be_delivered(self):
            """receipts = "part": delivered is the sum of all."""
            taken = self.take(parts=2)
            self.settle(taken, part=1, carrier_id="c1")
            self.assertEqual(Status.QUEUED, self.message().status)
            self.settle(taken, part=2, carrier_id="c2")
            self.receipt("c1")
            self.assertEqual(Status.SENT, self.message().status)
            self.receipt("c2")
            self.assertEqual(Status.DELIVERED, self.message().status)

        def test_one_receipt_a_piece_is_enough_where_the_carrier_sends_one(self):
            """receipts = "message"."""
            taken = self.take(parts=2, link="whole")
            self.settle(taken, part=1, carrier_id="c1", link="whole")
            self.settle(taken, part=2, carrier_id="c2", link="whole")
            self.receipt("c2", link="whole")
            self.assertEqual(Status.DELIVERED, self.message().status)

        def test_a_carrier_without_receipts_ends_at_sent(self):
            """receipts = "none": sent, and over."""
            self.settle(self.take(link="mute"), link="mute")
            self.assertEqual([State.SILENT], self.states())
            self.clock.advance(5)
            self.tell("sent")

        def test_a_channel_that_wants_no_statuses_gets_none(self):
            """They count as told when their time has come."""
            self.settle(self.take(channel="quiet"))
            self.receipt("c1")
            self.clock.advance(5)
            self.assertEqual((), self.letters())
            self.assertEqual((), self.letters())
            self.assertEqual(Status.DELIVERED, self.message().told)

        def test_what_nobody_wants_to_be_told_is_not_owed(self):
            """Whose time has come when it becomes known: it never waits for anybody to fetch it."""
            taken = self.take(channel="quiet")
            self.clock.advance(5)
            self.settle(taken)
            self.assertEqual((Status.SENT, ()), (self.message().told, self.message().owed))
            self.assertEqual(0, self.do(op.Census()).outbox)
            self.receipt("c1")
            self.assertEqual((Status.DELIVERED, ()), (self.message().told, self.message().owed))
            self.assertEqual(0, self.do(op.Census()).outbox)

        def test_an_answer_says_whether_anything_is_owed(self):
            """Now or later; not while a piece is queued, not without an id, nor what nobody wants."""
            first, second = self.take("one"), self.take("two")
            self.assertEqual([False, True], [self.settle(first).owed, self.settle(second, carrier_id="c2").owed])
            self.assertFalse(self.settle(self.take(id="", to="+250788000001")).owed)
            taken = self.take(id="2", to="+250788000002", channel="quiet")
            self.clock.advance(5)
            self.assertFalse(self.settle(taken).owed)

        def test_without_an_id_nothing_is_told_and_nothing_is_a_repeat(self):
            """The same text twice without ids is two texts."""
            self.assertNotEqual(self.take(id="").message, self.take(id="").message)
            self.clock.advance(10)
            self.assertEqual((), self.letters())

        def test_an_unknown_outcome_is_sent_again(self):
            """on_unknown = "resend": back in the queue at once, three times at the most."""
            taken = self.take()
            for _ in range(2):
                self.assertFalse(self.settle(taken, Verdict.UNKNOWN).finished)
                self.assertEqual([taken.piece], self.claimed())
            self.assertTrue(self.settle(taken, Verdict.UNKNOWN).finished)
            self.assertEqual((Status.FAILED, "unknown"), (self.message().status, self.message().reason))

        def test_an_unknown_outcome_is_not_sent_again_where_that_is_forbidden(self):
            """on_unknown = "fail": only an orphan with its link and numbers can settle it."""
            taken = self.take(link="careful")
            self.assertTrue(self.settle(taken, Verdict.UNKNOWN, link="careful").finished)
            self.assertEqual([], self.claimed("careful"))
            self.assertEqual("matched", self.receipt("zz", link="careful", sender="2020"))
            self.assertEqual(Status.DELIVERED, self.message().status)

        def test_a_doubtful_part_ends_unknown(self):
            """Told as failed when orphan_wait is over."""
            self.settle(self.take(link="careful"), Verdict.UNKNOWN, link="careful")
            self.sweep(604_801)
            self.assertEqual([State.UNKNOWN], self.states())
            self.tell("failed")

        def test_octets_that_may_have_left_are_unknown_after_a_restart(self):
            """Begin is on disk before the octets leave; a new process finds it."""
            taken = self.take(link="careful")
            self.do(op.Begin(message=taken.message, piece=taken.piece, parts=(1,)))
            self.assertEqual([], self.claimed("careful"))
            self.restart()
            self.assertEqual([State.DOUBTFUL], self.states())

        def test_what_is_added_is_known_from_then_on(self):
            """A link without receipts, a channel that wants no statuses; the others are as they were."""
            self.store = type(self).make(self, self.clock, Terms(links={"a": LinkTerms()}))
            self.do(op.Know(channels={"new": ChannelTerms(statuses=())}, links={"b": LinkTerms(receipts="none")}))
            self.settle(self.take(link="b"), link="b")
            self.settle(self.take(id="8", channel="new"), carrier_id="c2")
            self.assertEqual(([State.SILENT], [State.SENT]), (self.states("7"), self.states("8")))
            self.clock.advance(5)
            self.tell("sent")

        def test_a_link_that_was_there_in_another_life(self):
            """What it was sending when that ended is UNKNOWN, as it is of a link that is there at the start."""
            taken = self.take(link="b", to="+250788000001")
            self.do(op.Begin(message=taken.message, piece=taken.piece, parts=(1,)))
            self.assertEqual([], self.claimed("b"))
            self.do(op.Know(links={"b": LinkTerms(on_unknown="fail")}))
            self.assertEqual([State.DOUBTFUL], self.states())

        def test_a_text_without_receipt_ends_as_sent(self):
            """After receipt_wait nobody waits any more."""
            self.settle(self.take())
            self.clock.advance(2)
            self.tell("sent")
            self.sweep(604_801)
            self.assertEqual([State.SILENT], self.states())
            self.assertEqual((), self.letters())

        def test_validity_past_is_failed_with_its_reason(self):
            """Nothing sent within validity: expired; a claimed piece is its lane's."""
            taken = self.take(validity=60.0)
            self.sweep(61, holding=(taken.piece,))
            self.assertEqual(Status.QUEUED, self.message().status)
            self.sweep(6)
            self.assertEqual((Status.FAILED, "expired"), (self.message().status, self.message().reason))
            self.assertEqual([], self.claimed())

        def test_validity_past_after_a_lost_answer_is_no_certain_failure(self):
            """It may have reached somebody: in doubt about our own answer, the platform's retry is not sent again."""
            taken = self.take(validity=60.0)
            self.settle(taken, Verdict.UNKNOWN, retry_after=60.0)
            self.sweep(61)
            self.assertEqual((Status.FAILED, "unknown"), (self.message().status, self.message().reason))
            self.clock.advance(5)
            self.tell("failed")
            self.refuse(lost=True)
            self.assertTrue(self.take().repeat)

        def test_validity_past_of_a_lost_answer_whose_next_try_never_left(self):
            """The first may have reached somebody all the same."""
            taken = self.take(validity=60.0)
            self.settle(taken, Verdict.UNKNOWN)
            self.settle(taken, Verdict.LATER, reason=UNSENT)
            self.sweep(61)
            self.assertEqual(([State.UNKNOWN], "unknown"), (self.states(), self.message().reason))

        # repeats: pieces, rounds, generations

        def test_twice_is_once(self):
            """A repeat before any answer gives the same answer and no work."""
            taken = self.take()
            again = self.take()
            self.assertTrue(again.repeat)
            self.assertEqual((taken.message, taken.piece, None), (again.message, again.piece, again.work))

        def test_pieces_of_one_id_are_one_message(self):
            """courier splits: same id, other text."""
            one, two = self.take("part one"), self.take("part two")
            self.assertEqual(one.message, two.message)
            self.settle(one, carrier_id="c1")
            self.assertEqual(Status.QUEUED, self.message().status)
            self.settle(two, carrier_id="c2")
            self.receipt("c1")
            self.receipt("c2")
            self.clock.advance(5)
            self.tell("sent", "delivered")

        def test_equal_text_twice_in_one_message(self):
            """The second request of a round whose first was answered is a further piece; its repeat is not."""
            one, two = self.take(n=1), self.take(n=2)
            self.assertFalse(two.repeat)
            self.assertNotEqual(one.piece, two.piece)
            self.assertTrue(self.take(n=2).repeat)
            self.assertTrue(self.take(n=1).repeat)
            self.assertEqual([1, 2], [piece.occurrence for piece in self.message().pieces])

        def test_a_further_piece_puts_the_statuses_off(self):
            """delivered of the first piece is withdrawn while it was not told."""
            one = self.take("one")
            self.settle(one)
            self.receipt("c1")
            self.clock.advance(1.9)
            two = self.take("two")
            self.clock.advance(4)
            self.assertEqual((), self.letters())
            self.settle(two, carrier_id="c2")
            self.tell("sent")
            self.receipt("c2")
            self.clock.advance(1)
            self.tell("delivered")

        def test_a_piece_after_the_final_status_is_sent_and_changes_nothing(self):
            """Late: shown, never told."""
            self.delivered(self.take("one"))
            two = self.take("two")
            self.assertTrue(two.late)
            self.assertIsNotNone(two.work)
            self.settle(two, Verdict.REFUSED)
            self.clock.advance(60)
            self.assertEqual((), self.letters())
            self.assertEqual(Status.DELIVERED, self.message().status)

        def test_a_resend_after_the_final_status_is_a_new_generation(self):
            """Nothing in doubt: a repeat of a delivered text is wanted."""
            self.delivered(self.take())
            self.clock.advance(61)
            again = self.take()
            self.assertEqual((False, 2), (again.repeat, again.generation))
            self.delivered(again, "c2")

        def test_a_repeat_before_the_final_status_is_a_retry(self):
            """However sure we are of our answers: it was not told yet."""
            taken = self.take()
            self.settle(taken)
            self.clock.advance(300)
            self.assertTrue(self.take().repeat)

        def test_a_retry_is_told_the_latest_status_once_more(self):
            """The 2xx to a retry makes the platform forget what it was told."""
            self.settle(self.take())
            self.clock.advance(2)
            self.tell("sent")
            self.clock.advance(300)
            self.take()
            self.assertEqual((), self.letters())
            self.clock.advance(2)
            self.tell("sent")

        def test_nothing_sent_is_never_sent_beside_itself(self):
            """Hours old and still queued: a repeat is a retry."""
            self.take()
            self.clock.advance(7200)
            self.assertTrue(self.take().repeat)

        def test_a_retry_in_doubt_is_not_sent_again(self):
            """Our answer was lost, the text delivered and told: the repeat within repeat_window is a retry."""
            taken = self.take()
            self.refuse(lost=True)
            self.settle(taken)
            self.receipt("c1")
            self.clock.advance(300)
            self.assertEqual((), self.letters())
            self.assertTrue(self.take().repeat)
            self.clock.advance(5)
            self.tell("sent", "delivered")
            self.clock.advance(300)
            self.assertTrue(self.take().repeat)

        def test_doubt_ends_with_repeat_window(self):
            """Half an hour after the last request a repeat is wanted."""
            taken = self.take()
            self.refuse(lost=True)
            self.take()
            self.delivered(taken)
            self.clock.advance(1801)
            self.assertEqual(2, self.take().generation)

        def test_all_parts_failed_is_never_in_doubt(self):
            """Nothing reached anybody: a repeat after the told failure goes out, doubt or not."""
            taken = self.take()
            self.refuse(lost=True)
            self.take()
            self.settle(taken, Verdict.REFUSED)
            self.clock.advance(5)
            self.tell("failed")
            self.assertEqual(2, self.take().generation)

        def test_a_process_started_since_is_doubt(self):
            """After a restart nobody knows what the platform heard."""
            self.delivered(self.take())
            self.restart()
            self.clock.advance(300)
            self.assertTrue(self.take().repeat)
            self.clock.advance(1801)
            self.assertEqual(2, self.take().generation)

        def test_a_repeat_after_a_restart_is_a_retry(self):
            """Committed, killed before the answer, asked again: once."""
            taken = self.take()
            self.restart()
            self.assertEqual([taken.piece], self.claimed())
            again = self.take()
            self.assertEqual((True, taken.message), (again.repeat, again.message))

        def test_an_old_generation_owes_nothing(self):
            """A new generation drops what was still to be told of the former."""
            taken = self.take()
            self.settle(taken, Verdict.REFUSED)
            self.clock.advance(5)
            self.tell("failed")
            self.take()  # generation 2, failed as well
            second = self.message()
            self.assertEqual(2, second.generation)
            self.assertEqual((), self.letters())

        def test_receipts_stay_with_their_generation(self):
            """A receipt of generation 1 does not deliver generation 2."""
            self.settle(self.take())
            self.clock.advance(2)
            self.tell("sent")
            self.settle(self.take("other", id="8", to="+250788000222"), carrier_id="c9")
            self.receipt("c9", to="")
            self.assertEqual(Status.SENT, self.message().status)

        # open messages

        def test_a_refused_piece_holds_back_all_statuses(self):
            """Row 16: one taken, one answered 503: the platform comes again with both, and only then is told."""
            one = self.take("one")
            self.refuse("two")
            self.settle(one)
            self.receipt("c1")
            self.clock.advance(300)
            self.assertEqual((), self.letters())
            self.assertTrue(self.take("one").repeat)
            self.assertEqual((), self.letters())
            two = self.take("two")
            self.assertFalse(two.repeat)
            self.settle(two, carrier_id="c2")
            self.receipt("c2")
            self.clock.advance(5)
            self.tell("sent", "delivered")

        def test_a_refused_equal_piece_needs_its_own_number(self):
            """Row 16 with equal texts: the first repeat mends nothing, the second is taken."""
            self.take(n=1)
            self.refuse(n=2)
            self.clock.advance(300)
            self.assertTrue(self.take(n=1).repeat)
            self.assertTrue(self.message().open)
            self.assertFalse(self.take(n=2).repeat)
            self.assertFalse(self.message().open)

        def test_a_piece_that_never_came_again_fails_the_message(self):
            """After repeat_window the message is told failed, with the reason."""
            self.settle(self.take("one"))
            self.refuse("two")
            self.sweep(1801)
            self.tell("sent", "failed")
            self.assertIn("never came again", self.message().reason)

        def test_a_lost_answer_that_is_never_asked_for_again(self):
            """All we know of was taken: after repeat_window the true status is told."""
            self.settle(self.take())
            self.receipt("c1")
            self.refuse(lost=True)
            self.sweep(1801)
            self.tell("sent", "delivered")

        def test_a_lost_answer_whose_retry_was_taken_before_is_not_waited_for(self):
            """The mark comes after the retry's commit: all is told, and what comes again is a retry all the same."""
            taken = self.take()
            self.assertTrue(self.take().repeat)
            self.refuse(lost=True, again=True)
            self.assertFalse(self.message().open)
            self.delivered(taken)
            self.clock.advance(300)
            self.assertTrue(self.take().repeat)

        def test_a_refused_resend_is_still_a_resend(self):
            """503 to the resend of a delivered text: its next try goes out."""
            self.delivered(self.take())
            self.clock.advance(100)
            self.refuse()
            self.clock.advance(300)
            self.assertEqual(2, self.take().generation)

        def test_a_refusal_of_what_we_never_saw_is_nothing(self):
            """503 to the very first piece leaves no trace."""
            self.assertFalse(self.refuse(id="never"))
            self.assertIsNotNone(self.take(id="never").work)

        def test_a_rejected_piece_fails_the_message(self):
            """Row 17: 400 to a further piece ends it as failed after settle_after."""
            self.settle(self.take("one"))
            self.do(op.Reject(channel="claro", id="7", reason="text: 40 parts"))
            self.clock.advance(5)
            self.assertEqual("text: 40 parts", self.letters()[0].reason)
            self.tell("sent", "failed")

        # telling

        def test_a_newer_status_replaces_one_that_failed_once(self):
            """sent was not heard, delivered is known: only delivered is tried again."""
            self.settle(self.take())
            self.clock.advance(5)
            (letter,) = self.letters()
            self.do(op.Posted(letter=letter.ref, told=False, kind="sent", due=self.clock.seconds() + 10, reason="down"))
            self.receipt("c1")
            self.clock.advance(10)
            self.tell("delivered")

        def test_a_rest_is_no_try(self):
            """Not posted since the platform rests: no try is counted, the older status stays owed, one hop tells it."""
            self.settle(self.take())
            self.receipt("c1")
            for _ in range(3):
                self.clock.advance(5)
                (letter,) = self.letters()
                self.assertEqual(("sent", 0), (letter.kind, letter.tries))
                due = self.clock.seconds() + 5
                self.do(op.Posted(letter=letter.ref, told=False, kind="sent", due=due, reason="rests", tried=False))
                self.assertEqual((), self.letters())
            self.assertEqual(1, sum(hop.detail == "rests" for hop in self.message().hops))
            self.clock.advance(5)
            self.tell("sent", "delivered")

        def test_a_reply_that_rests_was_not_tried(self):
            """Neither for the back-off."""
            self.hear(channel="claro")
            for tried, tries in ((False, 0), (True, 1), (False, 1)):
                (letter,) = self.letters()
                due = self.clock.seconds() + 5
                self.do(op.Posted(letter=letter.ref, told=False, kind="receive", due=due, reason="down", tried=tried))
                self.clock.advance(5)
                self.assertEqual(tries, self.letters()[0].tries)

        def test_a_dead_letter_can_be_replayed(self):
            """It is counted, and owed again when the operator says so."""
            self.settle(self.take())
            self.clock.advance(2)
            (letter,) = self.letters()
            self.do(op.Posted(letter=letter.ref, told=False, kind="sent", reason="400"))
            self.clock.advance(100)
            self.assertEqual((), self.letters())
            self.assertEqual(1, self.do(op.Census()).dead)
            self.do(op.Replay(letter=letter.ref))
            self.tell("sent")

        def test_dead_letters_are_listed(self):
            """What would be told, of whom, since when and why it was not; until they are replayed."""
            message = self.settle_dead()
            died = self.clock.seconds()
            self.clock.advance(9)
            heard = self.clock.seconds()
            self.hear()
            status, reply = self.do(op.Dead()).letters
            self.assertEqual(("status", "claro", TO, "400", died), _told(status))
            self.assertEqual((message, "sent"), (status.ref, status.status))
            self.assertEqual(("reply", "", "+250788000111", "no channel claims it", heard), _told(reply))
            self.assertEqual(((status,), True), _page(self.do(op.Dead(limit=1))))
            self.assertEqual(((reply,), False), _page(self.do(op.Dead(after=status.ref))))
            self.do(op.Replay(letter=status.ref))
            self.assertEqual((reply,), self.do(op.Dead()).letters)
            self.assertFalse(self.do(op.Replay(letter=reply.ref)).known)

        def settle_dead(self):
            """A message whose status the platform refused for good."""
            taken = self.take()
            self.settle(taken)
            self.clock.advance(2)
            (letter,) = self.letters()
            self.do(op.Posted(letter=letter.ref, told=False, kind="sent", reason="400"))
            return taken.message

        def test_one_final_status_is_told_whatever_comes_while_it_is_posted(self):
            """delivered is on its way when a further piece comes and is refused: no failed after it."""
            self.settle(self.take("one"))
            self.receipt("c1")
            self.clock.advance(2)
            self.tell("sent")
            self.clock.advance(3)
            (letter,) = self.letters()
            self.settle(self.take("two"), Verdict.REFUSED, reason="x")
            self.do(op.Posted(letter=letter.ref, told=True, kind=letter.kind))
            self.clock.advance(60)
            self.assertEqual((), self.letters())
            self.assertEqual(Status.DELIVERED, self.message().told)

        def test_what_nobody_wants_to_know_holds_up_no_other_letter(self):
            """Any number of unwanted statuses, and a fetch of one finds the reply behind them."""
            for n in range(7):
                taken = self.take(id=str(n), to=f"+25078800{n:04d}", channel="quiet")
                self.settle(taken, carrier_id=f"c{n}")
                self.receipt(f"c{n}", to=f"+25078800{n:04d}")
            self.clock.advance(6)
            self.hear(channel="claro")
            (letter,) = self.do(op.Fetch(limit=1)).letters
            self.assertEqual("receive", letter.kind)
            self.assertEqual(Status.DELIVERED, self.message("3").told)

        def test_a_status_that_can_never_be_told_gives_way_to_a_newer_one(self):
            """sent is refused for good: delivered has its own chance."""
            self.settle(self.take())
            self.receipt("c1")
            self.clock.advance(5)
            (letter,) = self.letters()
            self.do(op.Posted(letter=letter.ref, told=False, kind="sent", reason="400"))
            self.tell("delivered")

        def test_a_message_that_fails_to_be_told_for_days_does_not_grow(self):
            """Its timeline is bounded."""
            self.settle(self.take())
            self.clock.advance(2)
            for _ in range(400):
                (letter,) = self.letters()
                due = self.clock.seconds() + 1
                self.do(op.Posted(letter=letter.ref, told=False, kind="sent", due=due, reason="down"))
                self.clock.advance(1)
            self.assertLess(len(self.message().hops), 310)

        # order

        def test_one_piece_a_recipient_at_a_time(self):
            """The next of a line is free when the former's answer is kept."""
            one, two = self.take(id="1"), self.take(id="2")
            self.assertEqual((True, False), (one.work is not None, two.work is not None))
            self.assertEqual([one.piece], self.claimed())
            self.assertEqual(two.piece, self.settle(one).work.piece)
            self.assertEqual([two.piece], self.claimed())

        def test_other_recipients_are_not_held_up(self):
            """A line is one channel, one recipient, one class."""
            self.take(id="1")
            self.assertIsNotNone(self.take(id="2", to="+250788000222").work)
            self.assertIsNotNone(self.take(id="3", reply=True).work)
            self.assertIsNotNone(self.take(id="4", channel="quiet").work)

        def test_replies_go_before_bulk(self):
            """Whatever came first."""
            bulk = self.take(id="1")
            reply = self.take(id="2", to="+250788000222", reply=True)
            self.assertEqual([reply.piece, bulk.piece], self.claimed())

        def test_a_held_piece_lets_the_next_pass_after_order_hold(self):
            """60 s after its first LATER, and the next of the line is free; pieces of its own message are not."""
            one = self.take("one", id="1")
            more = self.take("more", id="1")
            two = self.take(id="2")
            self.settle(one, Verdict.LATER, retry_after=600.0)
            self.sweep(59)
            self.assertEqual([], self.claimed())
            self.assertEqual(("a",), self.sweep(1).freed)
            self.assertEqual([two.piece], self.claimed())
            self.settle(two)
            self.assertEqual([], self.claimed())
            self.clock.advance(600)
            self.assertEqual([one.piece], self.claimed())
            self.settle(one)
            self.assertEqual([more.piece], self.claimed())

        def test_what_was_not_taken_is_due_again(self):
            """LATER backs off; the answer says when."""
            taken = self.take()
            due = self.settle(taken, Verdict.LATER, reason="ESME_RMSGQFUL").due
            self.assertGreater(due, self.clock.seconds())
            self.assertEqual([], self.claimed())
            self.assertEqual(due, self.claim().due)
            self.clock.advance(due - self.clock.seconds())
            self.assertEqual([taken.piece], self.claimed())

        def test_only_the_missing_parts_go_again(self):
            """A retry repeats exactly what was not taken."""
            taken = self.take(parts=3)
            self.settle(taken, part=1)
            self.settle(taken, Verdict.LATER, part=2, retry_after=1.0)
            self.settle(taken, part=3)
            self.clock.advance(1)
            (work,) = self.claim().works
            self.assertEqual([2], [part.number for part in work.parts])

        def test_a_claim_is_bounded_and_skips_what_is_held(self):
            """Memory stays bounded whatever the backlog."""
            pieces = [self.take(id=str(n), to=f"+25078800{n:04d}").piece for n in range(5)]
            self.assertEqual(pieces[:2], self.claimed(limit=2))
            self.assertTrue(self.claim(limit=2).more)
            self.assertEqual(pieces[2:4], self.claimed(limit=2, holding=tuple(pieces[:2])))
            self.assertFalse(self.claim(limit=2, holding=tuple(pieces[:3])).more)

        def test_a_claim_may_be_for_some_lines_alone(self):
            """Replies first, then by age, bounded, without what is held or claimed; of others nothing is told."""
            for n in range(100):
                self.take(id=f"x{n}", to=f"+25078900{n:04d}", reply=n % 2 == 0)
            one, two = self.take(id="1").piece, self.take(id="2", to=OTHER).piece
            three = self.take(id="3", to=OTHER, reply=True)
            elsewhere = self.take(id="4", to="+4670", link="b").piece
            lines = tuple(queue_line("claro", to, reply) for to in (TO, OTHER, "+4670") for reply in (True, False))
            self.assertEqual([three.piece, one, two], self.claimed(lines=lines))
            found = self.claim(limit=2, lines=lines)
            self.assertEqual(([three.piece, one], True), ([work.piece for work in found.works], found.more))
            found = self.claim(holding=(one, three.piece), lines=lines)
            self.assertEqual(([two], False), ([work.piece for work in found.works], found.more))
            self.settle(three, Verdict.LATER)
            self.assertEqual([one], self.claimed(limit=1, lines=lines))
            self.clock.advance(3600)
            self.assertEqual([three.piece, one, two], self.claimed(lines=lines))
            self.assertEqual([elsewhere], self.claimed("b", lines=lines))

        def test_whoever_is_free_and_forgotten_is_found_by_the_sweep(self):
            """The writer died between its commit and its answer: nobody was told that the next may go."""
            one, two = self.take(id="1"), self.take(id="2")
            self.settle(one)  # its result, with the work of `two`, was never read
            self.assertTrue(self.settle(one).finished)
            self.assertEqual(("a",), self.sweep(1).freed)
            self.assertEqual([two.piece], self.claimed())
            self.assertEqual((), self.sweep(1, holding=(two.piece,)).freed)

        def test_a_receipt_that_ends_a_piece_frees_the_next(self):
            """Part 1 failed by its receipt while part 2 was held: dropped, and the line goes on."""
            one = self.take(id="1", parts=2)
            two = self.take(id="2")
            self.settle(one, part=1)
            self.settle(one, Verdict.LATER, part=2, retry_after=600.0)
            self.receipt("c1", status=Status.FAILED)
            self.assertEqual(("a",), self.sweep(1).freed)
            self.assertEqual([two.piece], self.claimed())

        def test_what_is_past_its_validity_is_not_claimed(self):
            """The sweep ends it; until then nobody sends it."""
            self.take(validity=60.0)
            self.clock.advance(60)
            self.assertEqual([], self.claimed())

        def test_a_link_gone_from_the_settings_leaves_nothing_behind(self):
            """Being sent when the process ended, and never asked about again: unknown at the end of its validity."""
            taken = self.take(id="1", link="gone", validity=60.0)
            two = self.take(id="2")
            self.do(op.Begin(message=taken.message, piece=taken.piece, parts=(1,)))
            self.restart()
            self.sweep(61)
            self.assertEqual([State.UNKNOWN], self.states("1"))
            self.clock.advance(5)
            self.tell("failed")
            self.assertEqual([two.piece], self.claimed())

        def test_a_repeated_receipt_settles_nobody_in_doubt(self):
            """The receipt of another text to the same number, sent twice by its carrier, is not about this one."""
            self.settle(self.take(id="1", link="careful"), carrier_id="c1", link="careful")
            self.settle(self.take(id="2", link="careful"), Verdict.UNKNOWN, link="careful")
            self.settle(self.take(id="3", link="careful"), Verdict.UNKNOWN, link="careful")
            self.assertEqual("matched", self.receipt("c1", link="careful", sender="2020"))
            self.assertEqual("repeated", self.receipt("c1", link="careful", sender="2020"))
            self.assertEqual([State.DOUBTFUL], self.states("2"))
            self.assertEqual("matched", self.receipt("zz", link="careful", sender="2020"))
            self.assertEqual("repeated", self.receipt("zz", link="careful", sender="2020"))
            self.assertEqual(([State.DELIVERED], [State.DOUBTFUL]), (self.states("2"), self.states("3")))

        def test_parts_in_doubt_whose_receipts_share_an_id(self):
            """Ids of a number and a second: the second receipt is the other part's, but never another text's."""
            taken, other = self.take(id="1", link="seconds", parts=2), self.take(id="2", link="seconds")
            for number in (1, 2):
                self.settle(taken, Verdict.UNKNOWN, part=number, link="seconds")
            self.settle(other, Verdict.UNKNOWN, link="seconds")
            fates = [self.receipt("383383:01", link="seconds", sender="2020") for _ in range(3)]
            self.assertEqual(["matched", "matched", "repeated"], fates)
            self.assertEqual([State.DELIVERED, State.DELIVERED], self.states("1"))
            self.assertEqual([State.DOUBTFUL], self.states("2"))

        # MO

        def hear(self, text="hi", sender="+250788000111", **more):
            reply = Reply(link="a", sender=sender, to="2020", body=text.encode("utf-8"), encoding="utf-8", **more)
            return self.do(op.Hear(reply=reply)).fate

        def test_a_reply_is_owed_to_its_channel(self):
            """With its text, sender and the time it was sent."""
            self.hear("olá", channel="claro", at=START - 7)
            (letter,) = self.letters()
            self.assertEqual(
                ("receive", "claro", "olá", "+250788000111", START - 7),
                (letter.kind, letter.channel, letter.text, letter.sender, letter.at),
            )
            self.tell("receive")

        def test_an_opt_out_is_told_as_stopped(self):
            """Where a carrier keeps the list of those who want no more, the platform must know of it."""
            self.hear("", channel="claro", stop=True)
            (letter,) = self.letters()
            self.assertEqual(("stopped", "claro", "+250788000111"), (letter.kind, letter.channel, letter.sender))
            self.tell("stopped")

        def test_replies_of_one_sender_go_one_after_the_other(self):
            """Serial per sender; another sender does not wait."""
            self.hear("1", channel="claro")
            self.hear("2", channel="claro")
            self.hear("3", channel="claro", sender="+250788000222")
            self.assertEqual(["1", "3"], [letter.text for letter in self.letters()])
            self.do(op.Posted(letter=self.letters()[0].ref, told=True, kind="receive"))
            self.assertEqual({"2", "3"}, {letter.text for letter in self.letters()})

        def test_a_vendor_id_tells_a_repeat(self):
            """Where the carrier has ids, a repeat falls out."""
            self.assertEqual("kept", self.hear(channel="claro", vendor_id="v1"))
            self.assertEqual("repeated", self.hear(channel="claro", vendor_id="v1"))

        def test_a_segment_of_a_whole_text_is_known_again(self):
            """Each by its own id, for repeat_window; on its own it would be told as a broken text."""
            segments = [{"segment": Segment(9, 2, number), "vendor_id": f"v{number}"} for number in (1, 2)]
            told = [self.hear(str(each), channel="claro", **each) for each in (*segments, *segments)]
            self.assertEqual(["waiting", "joined", "repeated", "repeated"], told)
            (letter,) = self.letters()
            self.do(op.Posted(letter=letter.ref, told=True, kind="receive"))
            self.sweep(1799)
            self.assertEqual("repeated", self.hear(channel="claro", **segments[1]))
            self.sweep(700)
            self.assertEqual((), self.letters())
            self.assertEqual("waiting", self.hear(channel="claro", **segments[1]))

        def test_segments_are_joined_in_order(self):
            """A surrogate pair may lie across two segments."""
            octets = "a😀b".encode("utf-16-be")
            for number, body in ((2, octets[4:]), (1, octets[:4]), (2, octets[4:])):
                reply = Reply(
                    link="a", sender="+250788000111", to="2020", body=body, encoding="utf-16-be", channel="claro",
                    segment=Segment(9, 2, number),
                )  # fmt: skip
                self.do(op.Hear(reply=reply))
            self.assertEqual(["a😀b"], [letter.text for letter in self.letters()])

        def test_what_came_is_delivered_when_segments_are_missing(self):
            """join_wait is over: the text says so."""
            self.hear("one ", channel="claro", segment=Segment(9, 3, 1))
            self.hear("three", channel="claro", segment=Segment(9, 3, 3))
            self.sweep(599)
            self.assertEqual((), self.letters())
            self.sweep(2)
            self.assertEqual("one three [1 of 3 segments missing]", self.letters()[0].text)

        def test_a_reference_used_again_loses_no_text(self):
            """Handsets that number all long texts alike: what was incomplete is told as such, the next is whole."""
            self.hear("lost ", channel="claro", segment=Segment(1, 2, 1))
            self.hear("new ", channel="claro", segment=Segment(1, 2, 1))
            self.hear("text", channel="claro", segment=Segment(1, 2, 2))
            texts = []
            for _ in range(2):
                (letter,) = self.letters()
                texts.append(letter.text)
                self.do(op.Posted(letter=letter.ref, told=True, kind="receive"))
            self.assertEqual(["lost  [1 of 2 segments missing]", "new text"], texts)

        def test_every_segment_of_a_joined_text_is_a_former(self):
            """Killed before its answers were read: any of its segments may come again."""
            for number in (1, 2):
                self.hear("x", channel="claro", segment=Segment(1, 2, number), digest=f"d{number}")
            (inbound,) = self.do(op.Recent()).inbound
            self.assertEqual("d1 d2", inbound.digest)

        def test_a_reply_nobody_claims_is_a_dead_letter(self):
            """Kept, counted, not posted."""
            self.hear()
            self.assertEqual((), self.letters())
            self.assertEqual(1, self.do(op.Census()).dead)

        # the rest

        def test_a_finished_message_moves_to_the_history_and_can_be_traced(self):
            """Live for repeat_window, then history; by id, number and ref."""
            taken = self.take()
            self.delivered(taken)
            self.sweep(1810)
            self.assertEqual(1, self.take().generation)  # the live tables know it no more
            for term in ("7", "250788383383", str(taken.message), "c1"):
                self.assertIn(taken.message, [m.ref for m in self.do(op.Trace(term=term)).messages], term)

        def test_a_message_is_found_by_the_ref_of_any_piece(self):
            """The platform is answered with a piece's ref, never with its message's: alive and as history."""
            first, other = self.take("one", parts=2), self.take(id="8", to="+250788000222")
            second = self.take("two", n=2)
            self.assertEqual(first.message, second.message)
            self.assertEqual(first.message + 1, first.piece)  # ledgers go by it

            def found(ref):
                return [m.ref for m in self.do(op.Trace(term=str(ref))).messages]

            def all_found():
                for taken in (first, second, other):
                    self.assertEqual([taken.message], found(taken.piece))
                    self.assertEqual([taken.message], found(taken.message))
                self.assertEqual([], found(second.piece + 1))

            all_found()
            self.sweep(86400)
            self.clock.advance(5)
            for letter in self.letters():
                self.do(op.Posted(letter=letter.ref, told=True, kind=letter.kind))
            self.sweep(1810)
            all_found()
            self.assertEqual(1, self.take("one").generation)  # the live tables know it no more

        def test_the_queue_has_a_limit(self):
            """More is not taken; a repeat of what is there is still known."""
            self.store = type(self).make(self, self.clock, Terms(queue_limit=2, links=TERMS.links))
            self.take(id="1")
            self.take(id="2")
            self.assertTrue(self.take(id="3").full)
            self.assertTrue(self.take(id="1").repeat)

        def test_the_census_counts(self):
            """Depth and age by link."""
            self.take(id="1")
            self.clock.advance(3)
            self.take(id="2")
            queue = self.do(op.Census()).queues["a"]
            self.assertEqual((2, START), (queue.depth, queue.oldest))

        def test_settling_twice_is_settling_once(self):
            """Nobody knows whether a failed commit took place: operations are tried again."""
            taken = self.take()
            self.settle(taken)
            before = self.message().pieces
            self.settle(taken)
            self.assertEqual(before, self.message().pieces)

        def restart(self):
            """A new process over the same rows."""
            self.clock.advance(1)
            self.store = type(self).reopen(self, self.store, self.clock, self.terms)

    Contract.make = staticmethod(make)
    Contract.__test__ = False
    return Contract


def _told(letter):
    return letter.kind, letter.channel, letter.who, letter.reason, letter.since


def _page(listed):
    return listed.letters, listed.more

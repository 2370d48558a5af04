from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import StoreError
from chanserv.message import Coding, Outcome, Piece, Post, Receipt, Slice, Status, Verdict
from chanserv.operations import Claim, Done, Fetch, Operation, Posted, Record, Result, Settle, Sweep, Take
from chanserv.store.batch import MOST_BYTES, MOST_OPERATIONS, GroupCommit, InlineStore


def take(id: str, body: bytes = b"x") -> Take:
    post = Post(channel="claro", id=id, piece=Piece(to="1", sender="2", text="x"))
    return Take(post=post, link="smsc", coding=Coding.GSM7, slices=(Slice(body),), validity=60.0)


def settle(part: int) -> Settle:
    return Settle(outcome=Outcome(message=1, piece=2, part=part, link="smsc", verdict=Verdict.TAKEN))


def record(carrier_id: str) -> Record:
    return Record(receipt=Receipt(link="smsc", carrier_ids=(carrier_id,), status=Status.DELIVERED))


class GroupCommitTests(SynchronousTestCase):
    """Batches as they leave, with a writer played by hand."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.batches: list[list[Operation]] = []
        self.pending: list[Deferred[list[Result]]] = []
        self.observed: list[tuple[float, int]] = []
        self.group = GroupCommit(self.clock, self.commit, lambda *seen: self.observed.append(seen))

    def commit(self, operations: list[Operation]) -> Deferred[list[Result]]:
        self.batches.append(list(operations))
        self.pending.append(Deferred())
        return self.pending[-1]

    def succeed(self) -> None:
        done = self.pending.pop(0)
        done.callback([Done() for _ in self.batches[-1]])

    def lose(self) -> None:
        self.pending.pop(0).errback(Failure(StoreError("disk full")))

    def test_one_turn_makes_one_batch(self) -> None:
        """Nothing leaves before the turn ends; then all of it, with a result for each caller."""
        first, second = self.group.apply([take("1"), take("2")]), self.group.apply([take("3")])
        self.assertEqual([], self.batches)
        self.clock.advance(0)
        self.assertEqual([[take("1"), take("2"), take("3")]], self.batches)
        self.succeed()
        self.assertEqual(2, len(self.successResultOf(first)))
        self.assertEqual(1, len(self.successResultOf(second)))
        self.assertEqual([(0.0, 3)], self.observed)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_what_only_asks_is_no_commit(self) -> None:
        """Nothing is written for it, so its time says nothing of commits; beside what is written it is part of one."""
        self.group.apply([Fetch(limit=1), Claim(link="smsc", limit=1)])
        self.clock.advance(0)
        self.succeed()
        self.assertEqual([], self.observed)
        self.group.apply([Fetch(limit=1), settle(1)])
        self.clock.advance(0)
        self.clock.advance(0.5)
        self.succeed()
        self.assertEqual([(0.5, 2)], self.observed)

    def test_a_busy_writer_gets_the_next_batch_at_once(self) -> None:
        """What came meanwhile leaves as one, and before the callers of the first are told."""
        told: list[int] = []
        self.group.apply([take("1")]).addCallback(lambda _: told.append(len(self.batches)))
        self.clock.advance(0)
        self.group.apply([take("2")])
        self.group.apply([take("3")])
        self.clock.advance(5)
        self.assertEqual(1, len(self.batches))
        self.succeed()
        self.assertEqual([take("2"), take("3")], self.batches[1])
        self.assertEqual([2], told)

    def test_answers_of_carriers_go_first(self) -> None:
        """Each kind in the order it came; one call's operations stay together."""
        self.group.apply([take("1")])
        self.group.apply([settle(1), record("a")])
        self.group.apply([take("2"), settle(9)])
        self.group.apply([settle(2)])
        self.clock.advance(0)
        self.assertEqual([settle(1), record("a"), settle(2), take("1"), take("2"), settle(9)], self.batches[0])

    def test_batches_are_bounded(self) -> None:
        """By operations and by octets; a call is never cut."""
        for _ in range(3):
            self.group.apply([settle(1)] * (MOST_OPERATIONS // 2))
        huge = take("1", bytes(MOST_BYTES))
        self.group.apply([huge])
        self.clock.advance(0)
        self.succeed()
        self.succeed()
        self.succeed()
        self.assertEqual([MOST_OPERATIONS, MOST_OPERATIONS // 2, 1], [len(batch) for batch in self.batches])

    def test_a_failed_commit_is_told_but_what_was_learnt_is_kept(self) -> None:
        """Takes and receipts fail; outcomes and posts wait, in order, and fire when it works again."""
        refused = [self.group.apply([take("1")]), self.group.apply([record("a")])]
        first, second = self.group.apply([settle(1)]), self.group.apply([Posted(letter=1, told=True), settle(2)])
        self.clock.advance(0)
        waiting = self.group.apply([take("2")])
        self.lose()
        for each in (*refused, waiting):
            self.failureResultOf(each, StoreError)
        self.assertFalse(self.group.healthy)
        self.flushLoggedErrors()
        newer = self.group.apply([settle(3)])
        self.clock.advance(0.1)
        self.assertEqual([settle(1), Posted(letter=1, told=True), settle(2)], self.batches[1])
        self.succeed()
        self.assertEqual([settle(3)], self.batches[2])
        self.succeed()
        for each in (first, second, newer):
            self.successResultOf(each)
        self.assertTrue(self.group.healthy)

    def test_a_caller_who_asked_for_more_is_told_and_the_learnt_part_is_kept(self) -> None:
        """A call of both kinds fails, and its outcome is tried again all the same."""
        mixed = self.group.apply([take("1"), settle(1)])
        self.clock.advance(0)
        self.lose()
        self.failureResultOf(mixed, StoreError)
        self.clock.advance(0.1)
        self.assertEqual([settle(1)], self.batches[1])

    def test_tries_come_slower_up_to_a_second(self) -> None:
        """And whatever is handed in between waits for the next try."""
        self.group.apply([settle(1)])
        self.clock.advance(0)
        waits = []
        for _ in range(6):
            self.lose()
            self.group.apply([settle(2)])
            [call] = self.clock.getDelayedCalls()
            waits.append(round(call.getTime() - self.clock.seconds(), 3))
            self.clock.advance(waits[-1] + 1e-9)
        self.assertEqual([0.1, 0.2, 0.4, 0.8, 1.0, 1.0], waits)

    def test_nothing_is_done_for_nothing(self) -> None:
        """An empty call is answered at once."""
        self.assertEqual([], self.successResultOf(self.group.apply([])))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_close_waits_for_what_was_handed_in(self) -> None:
        """It commits without waiting for the turn's end, takes nothing more, and may be asked twice."""
        last = self.group.apply([take("1")])
        closed, again = self.group.close(), self.group.close()
        self.failureResultOf(self.group.apply([take("2")]), StoreError)
        self.assertNoResult(closed)
        self.succeed()
        self.successResultOf(last)
        self.successResultOf(closed)
        self.successResultOf(again)
        self.successResultOf(self.group.close())
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_close_on_a_failing_store_ends(self) -> None:
        """One more try for what was learnt; then its callers are told the truth."""
        kept = self.group.apply([settle(1)])
        self.clock.advance(0)
        self.lose()
        closed = self.group.close()
        self.assertEqual(2, len(self.batches))
        self.lose()
        self.failureResultOf(kept, StoreError)
        self.successResultOf(closed)
        self.flushLoggedErrors()

    def test_a_caller_may_hand_in_more_while_it_is_told(self) -> None:
        """It goes into a later batch."""
        self.group.apply([take("1")]).addCallback(lambda _: self.group.apply([take("2")]))
        self.clock.advance(0)
        self.succeed()
        self.clock.advance(0)
        self.assertEqual([take("2")], self.batches[1])


class InlineStoreTests(SynchronousTestCase):
    """The store without a process of its own."""

    def test_callers_are_told_in_order(self) -> None:
        """Even when a commit takes no time at all."""
        clock, told = Clock(), []
        store = InlineStore(clock, lambda now, operations: [Done(known=now == 3.0) for _ in operations])
        self.successResultOf(store.open())
        clock.advance(3)
        for number in range(3):
            store.apply([Sweep()] * MOST_OPERATIONS).addCallback(lambda results, n=number: told.append((n, results[0])))
        clock.advance(0)
        self.assertEqual([(n, Done()) for n in range(3)], told)
        self.successResultOf(store.close())

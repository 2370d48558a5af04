"""Group commit: whatever gathers while one batch is being committed makes up the next.

No delay is ever added: an idle writer gets a batch at the end of the reactor's
turn, a busy one when it comes back. Answers of carriers go first, since they
free window slots. What was learnt from outside outlives a failed commit here,
in order; everything else is told to have failed. How a batch is committed,
and by whom, is not known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

import attrs
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.errors import StoreError
from chanserv.interfaces import IStore
from chanserv.operations import (
    Begin,
    Census,
    Claim,
    Dead,
    Drop,
    Fetch,
    Formers,
    Hear,
    Operation,
    Posted,
    Recent,
    Record,
    Refuse,
    Reject,
    Result,
    Settle,
    Strand,
    Take,
    Trace,
)

URGENT = (Settle, Record, Hear)
ASKING = (Claim, Fetch, Strand, Formers, Dead, Recent, Trace, Census)  # what these write on their way nobody waits for
LEARNT = (Settle, Refuse, Reject, Posted, Begin, Drop)
MOST_OPERATIONS = 2_000
MOST_BYTES = 4 * 1024 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0  # seconds after a failed commit

Commit = Callable[[Sequence[Operation]], Deferred[list[Result]]]


@attrs.define(eq=False)
class Call:
    """What one `apply` handed in. Without `done` its caller has been told already."""

    operations: tuple[Operation, ...]
    done: Deferred[list[Result]] | None
    weight: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.weight = sum(map(weight, self.operations))

    def kept(self, results: list[Result]) -> None:
        if self.done is not None:
            self.done.callback(results)

    @property
    def all_learnt(self) -> bool:
        return all(isinstance(each, LEARNT) for each in self.operations)

    def learnt(self) -> Call | None:
        """What must be tried again after a failed commit. A caller who asked for more is told of the failure."""
        if self.all_learnt:
            return self
        learnt = tuple(each for each in self.operations if isinstance(each, LEARNT))
        return Call(learnt, None) if learnt else None

    def given_up(self, error: StoreError) -> None:
        if self.done is not None:
            self.done.errback(Failure(error))


def weight(operation: Operation) -> int:
    """About how many octets it makes in a batch."""
    match operation:
        case Take(post=post, slices=slices):
            return 600 + 2 * len(post.piece.text) + sum(len(each.body) for each in slices)
        case Hear(reply=reply):
            return 400 + len(reply.body)
        case Record(receipt=receipt):
            return 300 + len(receipt.raw)
        case _:
            return 200


class GroupCommit:
    """One batch in flight, the next being gathered.

    `observe` is told (seconds, operations) of every commit, `lost` of one that failed. A batch that only asks
    counts as none: it has next to nothing to write, and its time would hide that of commits.
    """

    log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        commit: Commit,
        observe: Callable[[float, int], None] = lambda seconds, operations: None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._commit = commit
        self._observe = observe
        self._count_lost = lost
        self._kept: deque[Call] = deque()  # learnt, and survived a failed commit
        self._urgent: deque[Call] = deque()
        self._ordinary: deque[Call] = deque()
        self._flying: list[Call] = []
        self._timer: IDelayedCall | None = None
        self._news: deque[tuple[Call, list[Result]]] = deque()
        self._pause = self._not_before = 0.0
        self._closing = False
        self._closers: list[Deferred[None]] = []
        self.healthy = True

    def apply(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        """See IStore.apply."""
        if self._closing:
            return fail(StoreError("the store is closed"))
        if not operations:
            return succeed([])
        call = Call(tuple(operations), Deferred())
        urgent = all(isinstance(each, URGENT) for each in operations)
        (self._urgent if urgent else self._ordinary).append(call)
        self._arm()
        assert call.done is not None
        return call.done

    def close(self) -> Deferred[None]:
        """Commit what is here; fires when nothing is left. A commit that fails now is the last."""
        self._closing = True
        waiting: Deferred[None] = Deferred()
        self._closers.append(waiting)
        if not self._flying:
            self._wake()
        return waiting

    def _arm(self) -> None:
        if self._timer is None and not self._flying:
            self._timer = self._clock.callLater(max(0.0, self._not_before - self._clock.seconds()), self._wake)

    def _wake(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        self._flush()
        self._tell()

    def _flush(self) -> None:
        batch = self._gather()
        if not batch:
            return
        self._flying = batch
        operations = [each for call in batch for each in call.operations]
        began = self._clock.seconds()
        maybeDeferred(self._commit, operations).addCallbacks(
            self._committed, self._lost, callbackArgs=(began, operations)
        ).addErrback(self._surprised)

    def _gather(self) -> list[Call]:
        """Whole calls up to the bounds, at least one. What survived a failure goes alone, before all else."""
        batch: list[Call] = []
        operations = octets = 0
        for calls in (self._kept,) if self._kept else (self._urgent, self._ordinary):
            while calls:
                operations += len(calls[0].operations)
                octets += calls[0].weight
                if batch and (operations > MOST_OPERATIONS or octets > MOST_BYTES):
                    return batch
                batch.append(calls.popleft())
        return batch

    def _committed(self, results: list[Result], began: float, operations: list[Operation]) -> None:
        self.healthy, self._pause, self._not_before = True, 0.0, 0.0
        if not all(isinstance(each, ASKING) for each in operations):
            self._observe(self._clock.seconds() - began, len(operations))
        batch, self._flying = self._flying, []
        rest = iter(results)
        self._news.extend((call, list(islice(rest, len(call.operations)))) for call in batch)
        # The next batch leaves before anybody is told of this one: the writer works while the callbacks run.
        self._flush()
        self._tell()

    def _tell(self) -> None:
        while self._news:
            call, results = self._news.popleft()
            call.kept(results)
        if self._closing and not self._flying and not self._gatherable():
            while self._closers:
                self._closers.pop().callback(None)

    def _gatherable(self) -> bool:
        return bool(self._kept or self._urgent or self._ordinary)

    def _lost(self, failure: Failure) -> None:
        error = failure.value if isinstance(failure.value, StoreError) else StoreError(failure.getErrorMessage())
        self._count_lost()
        if self.healthy:
            self.log.error("the store fails: {error}", error=str(error))
        self.healthy = False
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._not_before = self._clock.seconds() + self._pause
        waiting = [*self._flying, *self._kept, *self._urgent, *self._ordinary]
        self._flying = []
        for calls in (self._kept, self._urgent, self._ordinary):
            calls.clear()
        if self._closing:
            self._give_up(waiting, error)
        else:
            self._keep_learnt(waiting, error)

    def _keep_learnt(self, calls: list[Call], error: StoreError) -> None:
        self._kept.extend(left for left in map(Call.learnt, calls) if left is not None)
        for call in calls:
            if not call.all_learnt:
                call.given_up(error)
        if self._kept:
            self._arm()

    def _give_up(self, calls: list[Call], error: StoreError) -> None:
        left = sum(isinstance(each, LEARNT) for call in calls for each in call.operations)
        self.log.error("the store closes with {left} answers it could not keep", left=left)
        for call in calls:
            call.given_up(error)
        self._tell()

    def _surprised(self, failure: Failure) -> None:
        self.log.failure("a caller of the store raised", failure=failure)


@implementer(IStore)
class InlineStore:
    """A store in the reactor's own thread: for tests, and to compare with. A slow disk stops the reactor."""

    def __init__(
        self,
        clock: IReactorTime,
        carry_out: Callable[[float, Sequence[Operation]], list[Result]],
        open: Callable[[], None] = lambda: None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._carry_out = carry_out
        self._open = open
        self._close = close
        self._group = GroupCommit(clock, self._commit)

    def _commit(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        try:
            return succeed(self._carry_out(self._clock.seconds(), operations))
        except StoreError:
            return fail()

    def open(self) -> Deferred[None]:
        self._open()
        return succeed(None)

    def apply(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        return self._group.apply(operations)

    def close(self) -> Deferred[None]:
        return self._group.close().addCallback(lambda _: self._close())

    @property
    def healthy(self) -> bool:
        return self._group.healthy

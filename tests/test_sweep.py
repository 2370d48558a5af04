"""Once a second: what time has made due is told to whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv import operations as op
from chanserv.errors import StoreError
from chanserv.sweep import EVERY, QUESTIONS, Sweep

QUIET = op.Swept(freed=(), more=False)


class Asked:
    """A store and an inquiry that answer when they are told to."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answers: list[Deferred[Any]] = []

    def apply(self, operations: Sequence[Any]) -> Deferred[Any]:
        self.asked += operations
        self.answers.append(Deferred())
        return self.answers[-1]

    ask = apply


class Told:
    """A link, a lane, a platform or detours: what was called is counted."""

    def __init__(self, up: bool = True, holding: tuple[int, ...] = ()) -> None:
        self.up, self.holding, self.calls = up, holding, 0

    def claim(self) -> None:
        self.calls += 1

    nudge = turn = claim


class SweepTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock, self.store, self.inquiry = Clock(), Asked(), Asked()
        self.lanes = {"a": Told(holding=(7, 8)), "b": Told()}
        self.platform, self.detours = Told(), Told()
        made: dict[str, Any] = {"store": self.store, "inquiry": self.inquiry, "lanes": self.lanes, "clock": self.clock}
        links: dict[str, Any] = {"a": Told(), "b": Told(up=False)}
        self.sweep = Sweep(**made, links=links, platform=self.platform, detours=self.detours)  # type: ignore[arg-type]
        self.sweep.start()
        self.addCleanup(self.sweep.stop)

    def turn(self, swept: Any) -> op.Sweep:
        """What the store was asked this second; it answers so."""
        self.clock.advance(EVERY)
        self.store.answers[-1].callback([swept])
        asked = self.store.asked[-1]
        assert isinstance(asked, op.Sweep)
        return asked

    def test_what_is_said(self) -> None:
        """Which pieces are held, and of which links questions make sense: those that are up."""
        self.assertEqual(op.Sweep(holding=(7, 8), asking=("a",), questions=QUESTIONS), self.turn(QUIET))

    def test_who_is_told(self) -> None:
        """Lanes of what is free, if they are there; the way back and detours always."""
        self.turn(op.Swept(freed=("a", "gone"), more=False))
        self.assertEqual((1, 0), (self.lanes["a"].calls, self.lanes["b"].calls))
        self.assertEqual((1, 1), (self.platform.calls, self.detours.calls))

    def test_more(self) -> None:
        """Goes on at once, not in a second."""
        self.turn(op.Swept(freed=(), more=True))
        self.clock.advance(0)
        self.assertEqual(2, len(self.store.asked))

    def test_questions_have_a_limit(self) -> None:
        """What is being asked is not asked for; what was answered is, well or not."""
        for failed in (False, True):
            self.turn(op.Swept(freed=(), more=False, enquiries=("one", "two")))  # type: ignore[arg-type]
            self.assertEqual(QUESTIONS - 2, self.turn(QUIET).questions)
            answer = self.inquiry.answers[-1]
            answer.errback(ZeroDivisionError()) if failed else answer.callback([])
            self.assertEqual(QUESTIONS, self.turn(QUIET).questions)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_there_is_always_a_next(self) -> None:
        """The store is gone, or says something strange, or somebody who is told breaks."""
        self.clock.advance(EVERY)
        self.store.answers[-1].errback(StoreError("gone"))
        self.turn(op.Done())
        self.platform.nudge = lambda: 1 / 0  # type: ignore[assignment,method-assign]
        self.turn(QUIET)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.clock.advance(EVERY)
        self.assertEqual(4, len(self.store.asked))

    def test_stopped(self) -> None:
        """No other turn; twice is once."""
        self.sweep.stop()
        self.sweep.stop()
        self.assertEqual([], self.clock.getDelayedCalls())

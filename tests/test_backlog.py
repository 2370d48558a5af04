"""What the store still has for a link: asked for when there is room, one claim at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv import operations as op
from chanserv.backlog import CLAIM_PAUSE, LEAST_CLAIMS, Backlog
from chanserv.claims import Claims
from chanserv.errors import StoreError
from chanserv.message import Work
from tests.links.fakes import work

ALL = LEAST_CLAIMS


class Link:
    name, up, window = "a", True, 2


class BacklogTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock, self.claims, self.link = Clock(), Claims(), Link()
        self.asked: list[op.Claim] = []
        self.answers: list[Deferred[Any]] = []
        self.pumped, self.surprises = 0, list[Any]()
        self.backlog = Backlog(self, self.clock, self.claims, self.pump, self.surprises.append)  # type: ignore[arg-type]
        self.backlog.attach(self.link)  # type: ignore[arg-type]
        self.addCleanup(self.backlog.stop)

    def apply(self, operations: Sequence[Any]) -> Deferred[Any]:
        """The store's."""
        self.asked += operations
        self.answers.append(Deferred())
        return self.answers[-1]

    def pump(self) -> None:
        self.pumped += 1
        self.backlog.claim()

    def claimed(self, *works: Work, more: bool = False, due: float = 0.0) -> None:
        self.answers[-1].callback([op.Claimed(works=works, more=more, due=due)])

    def test_one_at_a_time(self) -> None:
        """Nor another if that brought all there is, until something is heard of."""
        self.backlog.claim()
        self.backlog.claim()
        self.assertEqual([op.Claim(link="a", limit=ALL, holding=())], self.asked)
        self.claimed(work(1))
        self.assertEqual(([1], 1, False), (list(self.claims), self.pumped, self.backlog.more))
        self.backlog.grew()
        self.backlog.claim()
        self.assertEqual(op.Claim(link="a", limit=ALL - 1, holding=(1,)), self.asked[-1])

    def test_more(self) -> None:
        """Is asked for as soon as half of what may be held is gone."""
        self.backlog.claim()
        self.claimed(*map(work, range(1, ALL + 1)), more=True)
        self.assertEqual((1, False, True), (len(self.asked), self.backlog.room, self.backlog.more))
        for piece in range(1, ALL // 2 + 1):
            self.claims.drop(piece)
            self.claims.end_if_idle(piece)
            self.backlog.claim()
            self.assertEqual(2 if piece == ALL // 2 else 1, len(self.asked), piece)

    def test_down(self) -> None:
        """No claim; what comes of one that was out is not held."""
        self.backlog.claim()
        self.link.up = False
        self.claimed(work(1), more=True)
        self.assertEqual(([], 1, False), (list(self.claims), len(self.asked), self.backlog.room))

    def test_a_claim_that_fails(self) -> None:
        """Is told, and made again after a rest, or at once when asked to."""
        self.backlog.claim()
        self.answers[-1].errback(StoreError("gone"))
        self.backlog.claim()
        self.assertEqual((1, 1), (len(self.surprises), len(self.asked)))
        self.clock.advance(CLAIM_PAUSE)
        self.assertEqual(2, len(self.asked))
        self.answers[-1].callback([op.Done()])
        self.backlog.at_once()
        self.assertEqual(3, len(self.asked))

    def test_what_is_due_later(self) -> None:
        """Is claimed then."""
        self.backlog.claim()
        self.claimed(due=30.0)
        self.clock.advance(29.9)
        self.assertEqual(1, len(self.asked))
        self.clock.advance(0.1)
        self.assertEqual(2, len(self.asked))

    def test_stopped(self) -> None:
        """For good."""
        self.backlog.wait_until(5.0)
        self.backlog.stop()
        self.backlog.at_once()
        self.assertEqual(([], [], False), (self.asked, self.clock.getDelayedCalls(), self.backlog.room))

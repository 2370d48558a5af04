"""Texts of a link that stays down go by another: when, which, how many, and never twice."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from chanserv import operations as op
from chanserv.detours import MOST, Detours
from chanserv.lane import Lane
from chanserv.message import Verdict
from chanserv.pace import Pace
from chanserv.router import Router
from chanserv.settings import ChannelSettings, RouteMatch, RouteRule
from tests.fakes import FakeLink, FakePlatform, PatientStore, settings, smpp, take

HOLD = 60.0
TESTED = smpp("a", phase="test", test_numbers=("+4670",))


class DetourTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.start()

    def start(self, rate: float = 50.0, **more: Any) -> None:
        """Two links, of which the first is down; the channel lists both."""
        channel = ChannelSettings(name="claro", uuid="u", address="8000", links=("a", "b"))
        links = {name: smpp(name) for name in "ab"}
        self.settings = settings(**{"channels": {"claro": channel}, "links": links, **more})
        self.clock = Clock()
        self.clock.advance(1_000_000.0)
        self.store = PatientStore(self.clock)
        self.lanes: dict[str, Lane] = {}
        self.links: dict[str, FakeLink] = {}
        self.router = Router(self.settings, self.store, self.lanes, FakePlatform())  # type: ignore[arg-type]
        for name in self.settings.links:
            self.lanes[name] = lane = Lane(self.store, self.router, self.clock, Pace(rate, burst=1000), False)  # type: ignore[arg-type]
            self.links[name] = FakeLink(lane, window=1000, name=name)
            lane.attach(self.links[name])
            self.addCleanup(lane.stop)
        self.links["a"].up = False
        self.detours = Detours(self.settings, self.store, self.links, self.lanes, self.clock)  # type: ignore[arg-type]

    def take(self, *numbers: int, **more: Any) -> list[int]:
        results = [self.store.memory._carry_out(take(number, **more)) for number in numbers]
        return [result.piece for result in results if isinstance(result, op.Taken)]

    def pass_by(self, seconds: float, step: float = 1.0) -> None:
        """A turn a second."""
        for _ in range(int(seconds / step)):
            self.detours.turn()
            self.clock.advance(step)

    def sent(self, link: str) -> list[int]:
        return [piece for piece, _ in self.links[link].sent]


class DetourTests(DetourTestCase):
    def test_after_order_hold(self) -> None:
        """Not at once: it keeps its place as long as its link may come back."""
        pieces = self.take(1, 2)
        self.pass_by(HOLD)
        self.assertEqual(([], 0), (self.sent("b"), self.store.count(op.Strand)))
        with capturedLogs() as events:
            self.pass_by(1)
        self.assertEqual((pieces, []), (self.sent("b"), self.sent("a")))
        self.assertEqual(["a is down: 2 of its texts go by b"], [formatEvent(event) for event in events])

    def test_a_link_that_only_tries(self) -> None:
        """Up for a moment after each rest, to find out: that is down; and no way for others' texts."""
        pieces = self.take(1, 2)
        for second in range(int(HOLD) + 3):
            self.links["a"].trying, self.links["a"].up = True, second % 3 == 0
            self.pass_by(1)
        self.assertEqual((pieces, []), (self.sent("b"), self.sent("a")))
        self.start()
        self.links["b"].trying = True
        self.take(1)
        self.pass_by(HOLD + 5)
        self.assertEqual([], self.sent("b"))

    def test_a_link_that_is_being_tested(self) -> None:
        """Keeps what it has, down or not: it is held until its test is over, and goes by nobody else unasked."""
        self.start(links={"a": TESTED, "b": smpp("b")})
        self.take(1)
        self.pass_by(HOLD + 5)
        self.assertEqual(([], 0), (self.sent("b"), self.store.count(op.Strand)))

    def test_nor_to_one(self) -> None:
        """It is no way for anybody's texts, nor for those to its test numbers."""
        self.start(links={"a": smpp("a"), "b": attrs.evolve(TESTED, name="b")})
        self.take(1, to="+4670")
        self.pass_by(HOLD + 5)
        self.assertEqual(([], 0), (self.sent("b"), self.store.count(op.Strand)))

    def test_a_link_that_comes_back_in_time(self) -> None:
        """Has its texts; the time begins anew."""
        [piece] = self.take(1)
        self.pass_by(HOLD - 1)
        self.links["a"].up = True
        self.lanes["a"].changed()
        self.pass_by(1)
        self.assertEqual([piece], self.sent("a"))
        self.links["a"].up = False
        self.lanes["a"].changed()
        self.links["a"].answer(piece, verdict=Verdict.LATER, reason="no")
        self.pass_by(HOLD)
        self.assertEqual([], self.sent("b"))
        self.pass_by(2)
        self.assertEqual([piece], self.sent("b"))

    def test_a_link_is_added_meanwhile(self) -> None:
        """While the store is asked about one, others may come: the turn is not lost."""
        [piece] = self.take(1)
        self.pass_by(HOLD)
        self.store.holds = (op.Strand,)
        with capturedLogs() as events:
            self.detours.turn()
            self.lanes["c"], self.links["c"] = self.lanes["b"], FakeLink(name="c")
            while self.store.waiting:
                self.store.commit()
        self.assertEqual([piece], self.sent("b"))
        self.assertEqual(["a is down: 1 of its texts go by b"], [formatEvent(event) for event in events])

    def test_no_other_link(self) -> None:
        """Listed, up, and of the same cut: else the store is not even asked."""
        alone = ChannelSettings(name="claro", uuid="u", address="8000", links=("a",))
        other_cut = {"a": smpp("a"), "b": smpp("b", long="payload")}
        for more, up in (({"channels": {"claro": alone}}, True), ({}, False), ({"links": other_cut}, True)):
            self.start(**more)
            self.links["b"].up = up
            self.take(1)
            self.pass_by(HOLD + 5)
            self.assertEqual(([], 0), (self.sent("b"), self.store.count(op.Strand)))

    def test_the_route_of_a_text(self) -> None:
        """Says which others it may use; those of other numbers stay."""
        only = RouteRule(match=RouteMatch(prefix=("55119",)), links=("a",))
        self.start(routes=(only,))
        self.take(1)
        [other] = self.take(2, to="+250788123123")
        self.pass_by(HOLD + 5)
        self.assertEqual([other], self.sent("b"))

    def test_no_more_than_the_others_can_send(self) -> None:
        """The rest finds its own link should that come back; replies come first."""
        self.start(rate=10.0)
        self.take(*range(100))
        replies = self.take(*range(200, 205), reply=True)
        self.pass_by(HOLD + 1)
        self.assertEqual((replies, 10), (self.sent("b")[:5], len(self.sent("b"))))
        self.pass_by(1)
        self.assertEqual(20, len(self.sent("b")))
        self.pass_by(20)
        self.assertEqual(105, len(self.sent("b")))

    def test_a_bounded_number(self) -> None:
        """However fast the other is."""
        self.start(rate=1e6)
        self.take(*range(MOST + 10))
        self.pass_by(HOLD + 1)
        self.assertEqual(MOST, len(self.sent("b")))

    def test_those_that_cannot_go_hold_up_nobody(self) -> None:
        """However many come first."""
        only = RouteRule(match=RouteMatch(prefix=("55119",)), links=("a",))
        self.start(rate=5.0, routes=(only,))
        self.take(*range(30))
        [last] = self.take(99, to="+250788123123")
        self.pass_by(HOLD + 20)
        self.assertEqual([last], self.sent("b"))

    def test_never_by_both(self) -> None:
        """The link comes back while the move is being committed: its lane does not have it."""
        [piece] = self.take(1)
        self.pass_by(HOLD)
        self.store.holds = (op.Move,)
        self.detours.turn()
        self.links["a"].up = True
        self.lanes["a"].changed()
        self.assertEqual([], self.sent("a"))
        self.detours.turn()
        self.store.commit()
        self.assertEqual(([], [piece]), (self.sent("a"), self.sent("b")))

    def test_a_store_that_fails(self) -> None:
        """Moves nothing; the next turn does."""
        [piece] = self.take(1)
        self.pass_by(HOLD)
        self.store.healthy = False
        self.pass_by(2)
        self.store.healthy = True
        self.store.answers[op.Strand] = op.Failed(reason="no")
        self.pass_by(2)
        self.store.answers.clear()
        self.pass_by(2)
        self.assertEqual([piece], self.sent("b"))

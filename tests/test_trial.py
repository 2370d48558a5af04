"""Links that are being tested: texts to their test numbers go, all others are held, and cost nothing meanwhile."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv import operations as op
from chanserv.lane import Lane
from chanserv.message import State, queue_line
from chanserv.pace import Pace
from chanserv.router import Router
from chanserv.trial import Trial, reaches
from tests.fakes import FakeLink, FakePlatform, PatientStore, settings, smpp, take

TESTER, PERSON = "+250788000111", "+250788000222"
TESTED = smpp("a", phase="test", test_numbers=("250 788 000 111", "+4670"))


class WhoTests(SynchronousTestCase):
    def test_whom_it_reaches(self) -> None:
        """Its test numbers, however they are written; live, everybody."""
        self.assertEqual([True, True, False], [reaches(TESTED, to) for to in (TESTER, TESTER[1:], PERSON)])
        self.assertTrue(reaches(smpp("a"), PERSON))

    def test_lines(self) -> None:
        """Those of every channel, with + and without, replies and bulk; a channel that comes later as well."""
        channels = {"claro": object()}
        trial = Trial(TESTED, channels)
        self.assertEqual(
            {queue_line("claro", to, reply) for to in (TESTER, TESTER[1:], "+4670", "4670") for reply in (True, False)},
            set(trial.lines()),
        )
        channels["oi"] = object()
        self.assertEqual(16, len(trial.lines()))
        self.assertIsNone(Trial(smpp("a"), channels).lines())


class LaneTests(SynchronousTestCase):
    """A lane, its store and its link."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_000_000.0)
        self.store = PatientStore(self.clock)
        self.lanes: dict[str, Lane] = {}
        self.router = Router(settings(links={"a": TESTED}), self.store, self.lanes, FakePlatform())  # type: ignore[arg-type]
        trial = Trial(TESTED, {"claro": object()})
        store: Any = self.store
        self.lane = self.lanes["a"] = Lane(store, self.router, self.clock, Pace(1e6), False, trial=trial)
        self.link = FakeLink(self.lane, window=2)
        self.lane.attach(self.link)
        self.addCleanup(self.lane.stop)

    def take(self, number: int, to: str) -> op.Taken:
        taken = self.store.memory._carry_out(take(number, to=to))
        assert isinstance(taken, op.Taken)
        return taken

    def parts(self) -> list[tuple[str, State, int]]:
        messages = self.store.memory.ledger.messages.values()
        return [(piece.to, part.state, part.tries) for m in messages for piece in m.pieces for part in piece.parts]

    def test_handed_over(self) -> None:
        """Of two that are taken the one goes, and the other stays in the store without a try."""
        self.lane.claim()  # there is nothing: what comes now goes past the store
        for number, to in ((1, PERSON), (2, TESTER)):
            work = self.take(number, to).work
            assert work is not None
            self.lane.put(work)
        self.link.answer(self.link.sent[0][0], carrier_id="c")
        self.clock.advance(3600.0)
        self.assertEqual([TESTER], [work.to for work in self.link.works])
        self.assertEqual([(PERSON, State.QUEUED, 0), (TESTER, State.SENT, 0)], self.parts())

    def test_claimed(self) -> None:
        """However many are held before it; none of them is brought out of the store."""
        for number in range(100):
            self.take(number, f"+25078900{number:04d}")
        self.take(200, TESTER)
        self.lane.claim()
        self.assertEqual([TESTER], [work.to for work in self.link.works])
        self.assertEqual(1, len(self.lane.holding))
        self.clock.advance(60.0)
        self.lane.changed()
        self.assertEqual(1, len(self.link.works))

    def test_one_after_the_other(self) -> None:
        """Texts to a test number keep their order."""
        for number in range(3):
            self.take(number, TESTER)
        self.lane.claim()
        for place in range(3):
            self.assertEqual(place + 1, len(self.link.sent))
            self.link.answer(self.link.sent[-1][0], carrier_id=str(place))

    def test_of_a_channel_that_is_gone(self) -> None:
        """It was the only one: its texts are for nobody to send, though there is no line to claim from."""
        self.take(1, PERSON)
        self.lanes["a"] = lane = Lane(self.store, self.router, self.clock, Pace(1e6), False, trial=Trial(TESTED, {}))  # type: ignore[arg-type]
        lane.attach(self.link)
        self.addCleanup(lane.stop)
        lane.claim()
        self.assertEqual([], self.link.works)

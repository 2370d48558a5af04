"""How a link's rate yields to a carrier and comes back: against carriers of known capacity, as a model without time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.governor import BUSY, FULL, OPTIMUM, TOLD_FOR, WAY_BACK, Governor
from chanserv.pace import Pace

REST = 0.5  # seconds a carrier's throttle asks for


@attrs.define
class Smooth:
    """A carrier that takes `capacity` parts a second, a tenth of a second's at once."""

    capacity: float
    _tokens: float = 1.0
    _at: float = 0.0

    def takes(self, now: float) -> bool:
        most = max(1.0, self.capacity / 10)
        self._tokens, self._at = min(most, self._tokens + (now - self._at) * self.capacity), now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


@attrs.define
class BySecond:
    """A carrier that counts within each second of its clock, and throttles what is more."""

    capacity: float
    _second: int = -1
    _count: int = 0

    def takes(self, now: float) -> bool:
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        return self._count <= self.capacity


@attrs.define
class Model:
    """A lane that always has parts, and a carrier `trip` seconds away. What happened, by the second."""

    contract: float
    carrier: Smooth | BySecond
    trip: float
    window: int = 60
    now: float = 0.0
    governor: Governor = attrs.field(init=False)
    handed: list[float] = attrs.field(factory=list)
    taken: list[float] = attrs.field(factory=list)
    throttles: list[float] = attrs.field(factory=list)
    _out: deque[tuple[float, bool]] = attrs.field(factory=deque)

    @governor.default
    def _governs(self) -> Governor:
        return Governor(Pace(self.contract))

    def run(self, until: float) -> None:
        while self.now < until:
            self._send()
            free = [self.now + max(0.001, self.governor.pace.next(self.now))] if len(self._out) < self.window else []
            self.now = min([*free, *(at for at, _ in [*self._out][:1])])
            self._hear()

    def _send(self) -> None:
        going = self.governor.pace.take(self.now, self.window - len(self._out))
        self.governor.sent(going)
        self.handed += [self.now] * going
        self._out.extend((self.now + self.trip, self.carrier.takes(self.now + self.trip / 2)) for _ in range(going))

    def _hear(self) -> None:
        answers = []
        while self._out and self._out[0][0] <= self.now:
            answers.append(self._out.popleft()[1])
        for well in answers:
            (self.taken if well else self.throttles).append(self.now)
            if not well:
                self.governor.throttled(self.now, REST)
        if answers:
            self.governor.answered(self.now, len(answers), sum(answers))

    def rate_taken(self, since: float) -> float:
        return sum(at >= since for at in self.taken) / (self.now - since)


class ConvergenceTests(SynchronousTestCase):
    """The figures that the class is made for; a change of its constants must keep them."""

    CARRIERS: tuple[Callable[[float], Smooth | BySecond], ...] = (Smooth, BySecond)

    def test_four_fifths_of_the_capacity(self) -> None:
        """At least, and no more than all of it: of any carrier, near or far, a little or much slower than agreed."""
        for contract, capacity in ((100, 50), (1000, 10), (50, 45), (10, 2), (20, 10), (200, 20)):
            for kind in self.CARRIERS:
                for trip in (0.05, 0.3, 1.0):
                    model = Model(contract, kind(capacity), trip, window=100)
                    model.run(180.0)
                    share = model.rate_taken(since=60.0) / capacity
                    self.assertTrue(0.8 <= share <= 1.01, f"{share:.2f} of {capacity}/s, {kind.__name__}, {trip} s")

    def test_slower_within_a_second(self) -> None:
        """Of the first throttle: in the second after it less is sent than was."""
        for trip in (0.02, 0.3, 1.0):
            model = Model(100, Smooth(1e6), trip, window=1000)
            model.run(20.0)
            model.carrier = Smooth(50)
            model.run(20.0 + 2 * trip + 2.0)
            first = model.throttles[0]
            before, after = (sum(a <= at < a + 1.0 for at in model.handed) for a in (first - 1.0, first))
            self.assertLess(after, 0.8 * before)

    def test_the_contract_again(self) -> None:
        """Once the carrier takes all: within 20 seconds from a tenth of it, within 35 from a thousandth."""
        for contract, capacity, within in ((100, 10, 20.0), (10, 1, 20.0), (1000, 1, 35.0)):
            model = Model(contract, Smooth(capacity), 0.1)
            model.run(60.0)
            self.assertLess(model.governor.rate, 2.5 * capacity)
            model.carrier = Smooth(1e6)
            model.run(60.0 + within)
            self.assertEqual(contract, model.governor.rate)

    def test_few_throttles(self) -> None:
        """Once it knows the carrier: less than one part in ten."""
        model = Model(100, Smooth(50), 0.1)
        model.run(180.0)
        self.assertLess(sum(at > 60 for at in model.throttles), 0.1 * sum(at > 60 for at in model.taken))


class RuleTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.governor = Governor(Pace(100.0))

    def sent(self, parts: int, now: float = 0.0, good: int = 0) -> None:
        """Handed over, and answered."""
        self.governor.sent(parts)
        self.governor.answered(now, parts, good)

    def test_a_window_of_throttles_counts_once(self) -> None:
        """Parts that were out together say one thing; those sent after it say another."""
        self.governor.sent(10)
        for _ in range(10):
            self.governor.throttled(0.0, REST)
            self.governor.answered(0.0, 1, 0)
        self.assertEqual(80.0, self.governor.rate)
        self.sent(1)
        self.governor.throttled(1.0, REST)
        self.assertEqual(40.0, self.governor.rate)

    def test_a_throttle_after_the_way_back_is_gentle(self) -> None:
        """It is where the carrier's limit was thought to be."""
        self.sent(1)
        self.governor.throttled(0.0, REST)
        for second in range(1, 9):
            self.sent(1, second, good=1)
        self.assertAlmostEqual(100.0, self.governor.rate)
        self.governor.throttled(9.0, REST)
        self.assertAlmostEqual(80.0, self.governor.rate)

    def test_only_good_answers_bring_it_back(self) -> None:
        """Time alone does not, nor what was put off; a long silence counts as little."""
        self.governor.throttled(0.0, REST)
        self.sent(50, 30.0)
        self.assertEqual(80.0, self.governor.rate)
        self.sent(1, 60.0, good=1)
        self.assertLess(self.governor.rate, 83.0)

    def test_a_rest(self) -> None:
        """As long as the carrier asks for."""
        self.governor.throttled(0.0, 2.0)
        self.assertEqual((0, 1), (self.governor.pace.take(1.9, 5), self.governor.pace.take(2.0, 5)))

    def test_slow_links(self) -> None:
        """Try a part in ten seconds still, if one a second is agreed."""
        for contract, floor in ((1.0, 0.1), (50.0, 1.0), (0.5, 0.05)):
            governor = Governor(Pace(contract))
            for second in range(20):
                governor.sent(1)
                governor.throttled(float(second), 0.0)
                governor.answered(float(second), 1, 0)
            self.assertEqual(floor, governor.rate)

    def test_congestion(self) -> None:
        """Busier than it should be slows, full stops for a while, as it should be keeps it where it is."""
        self.governor.congested(0.0, BUSY - 1)
        self.assertEqual(100.0, self.governor.rate)
        self.sent(1)
        self.governor.congested(0.0, BUSY)
        self.assertEqual((90.0, 0.0), (self.governor.rate, self.governor.pace.next(0.0)))
        self.governor.congested(1.0, OPTIMUM)
        self.sent(1, 2.0, good=1)
        self.assertEqual(90.0, self.governor.rate)
        self.governor.congested(3.0, FULL)
        self.assertEqual((45.0, 1.0), (self.governor.rate, round(self.governor.pace.next(3.0), 6)))

    def test_less_congestion(self) -> None:
        """Lets it grow again; so does a word that is old, or from a clock that was set back since."""
        for now, level in ((1.0, OPTIMUM - 1), (1.0, None), (-1e6, None)):
            governor = Governor(Pace(100.0))
            governor.congested(0.0, BUSY)
            if level is not None:
                governor.congested(now, level)
            governor.sent(2)
            governor.answered(now + TOLD_FOR, 1, 1)
            governor.answered(now + TOLD_FOR + 1.0, 1, 1)
            self.assertGreater(governor.rate, 90.0, (now, level))


STEP = st.tuples(st.floats(0.0, 3.0), st.integers(0, 20), st.sampled_from(["good", "later", "throttled", 85, 95, 100]))

# On a loaded machine examples take long, and nothing is wrong.
WHATEVER_IT_TAKES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class BoundTests(SynchronousTestCase):
    @WHATEVER_IT_TAKES
    @given(st.floats(0.1, 500.0), st.lists(STEP, max_size=60))
    def test_never_above_the_contract(self, contract: float, steps: list[tuple[float, int, str | int]]) -> None:
        """Whatever is answered when: between floor and contract; and over any span no more parts than agreed."""
        governor, now, granted = Governor(Pace(contract)), 0.0, 0
        burst = governor.pace.burst
        for step, wanted, answer in steps:
            now += step
            going = governor.pace.take(now, wanted)
            governor.sent(going)
            granted += going
            for _ in range(going if answer == "throttled" else 0):
                governor.throttled(now, REST)
            if isinstance(answer, int):
                governor.congested(now, answer)
            governor.answered(now, going, going if answer == "good" else 0)
            self.assertTrue(governor.floor <= governor.rate <= contract)
            self.assertLessEqual(granted, burst + contract * now + 1e-3)

    @WHATEVER_IT_TAKES
    @given(st.lists(st.floats(0.01, 30.0), min_size=1, max_size=30))
    def test_always_back(self, throttles: list[float]) -> None:
        """However it was throttled: `WAY_BACK` of good answers undo the last, and ten times that everything."""
        governor, now = Governor(Pace(50.0)), 0.0
        for pause in throttles:
            now += pause
            governor.sent(1)
            before = governor.rate
            governor.throttled(now, REST)
            governor.answered(now, 1, 0)
        for second in range(1, int(10 * WAY_BACK) + 1):
            governor.sent(1)
            governor.answered(now + second, 1, 1)
            if second == WAY_BACK:
                self.assertGreaterEqual(governor.rate, before - 1e-6)
        self.assertEqual(50.0, governor.rate)

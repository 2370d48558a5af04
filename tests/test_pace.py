"""The token bucket by its figures; time is an argument."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.pace import Pace


class PaceTests(SynchronousTestCase):
    def test_a_burst_then_the_rate(self) -> None:
        """What was saved up goes at once, the rest as it comes."""
        pace = Pace(10.0, burst=3)
        self.assertEqual(3, pace.take(0.0, 5))
        self.assertAlmostEqual(0.1, pace.next(0.0), 6)
        self.assertEqual((0, 1, 0), (pace.take(0.05, 5), pace.take(0.1, 5), pace.take(0.1, 5)))

    def test_a_slow_link_may_always_send_one(self) -> None:
        """One part every ten seconds is a pace, too."""
        pace = Pace(0.1)
        self.assertEqual((1, 0), (pace.take(0.0, 2), pace.take(9.0, 1)))
        self.assertEqual((1.0, 1), (round(pace.next(9.0), 6), pace.take(10.0, 1)))

    def test_held(self) -> None:
        """Throttled: nothing before the time is over, and no burst after it."""
        pace = Pace(100.0, burst=10)
        pace.hold(0.0, 2.0)
        pace.hold(0.0, 1.0)
        self.assertEqual((2.0, 0), (round(pace.next(0.0), 6), pace.take(1.9, 5)))
        self.assertEqual(1, pace.take(2.0, 5))

    def test_another_rate(self) -> None:
        """From now on; what rests rests as long as it was to, and what is saved up is as much less."""
        pace = Pace(100.0)
        pace.retune(0.0, 20.0)
        self.assertEqual((2.0, 2, 0.05), (pace.burst, pace.take(0.0, 5), round(pace.next(0.0), 6)))
        pace.hold(0.0, 2.0)
        pace.retune(1.0, 5.0)
        self.assertEqual((1.0, 1.0, 0), (pace.burst, round(pace.next(1.0), 6), pace.take(1.9, 1)))
        pace.retune(2.0, 100.0)
        self.assertEqual((10.0, 1), (pace.burst, pace.take(2.0, 5)))

    def test_a_clock_set_back(self) -> None:
        """Costs nothing but the time it lost."""
        pace = Pace(1.0)
        self.assertEqual(1, pace.take(1000.0, 1))
        self.assertEqual((0, 1.0), (pace.take(10.0, 1), round(pace.next(10.0), 6)))
        self.assertEqual(1, pace.take(11.0, 1))

    @given(st.floats(0.1, 500), st.lists(st.tuples(st.floats(0, 3), st.integers(0, 50)), max_size=30))
    def test_never_more_than_the_rate(self, rate: float, steps: list[tuple[float, int]]) -> None:
        """However it is asked, over any span no more than the burst and the rate times the span is granted."""
        pace, now, granted = Pace(rate), 0.0, 0
        for step, wanted in steps:
            now += step
            granted += pace.take(now, wanted)
            self.assertLessEqual(granted, pace.burst + rate * now + 1e-3)

"""One timer for many moments."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.alarm import Alarm


class AlarmTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock, self.rung = Clock(), list[float]()
        self.alarm = Alarm(self.clock, lambda: self.rung.append(self.clock.seconds()))

    def test_the_first_moment(self) -> None:
        """Rings, once; a later one does not move it, one that is past rings at once."""
        for moment in (5.0, 9.0, 3.0):
            self.alarm.set(moment)
        self.clock.pump([1.0] * 10)
        self.assertEqual([3.0], self.rung)
        self.alarm.set(1.0)
        self.clock.advance(0)
        self.assertEqual([3.0, 10.0], self.rung)

    def test_cancelled(self) -> None:
        """Until it is set again."""
        self.alarm.set(3.0)
        self.alarm.cancel()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.alarm.set(4.0)
        self.clock.advance(4.0)
        self.assertEqual([4.0], self.rung)

    def test_stopped(self) -> None:
        """For good."""
        self.alarm.set(3.0)
        self.alarm.stop()
        self.alarm.set(4.0)
        self.assertEqual([], self.clock.getDelayedCalls())

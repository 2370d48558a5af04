"""Is anybody there? How long a link rests, and when it is good again."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.rest.way import Way


class WayTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock, self.changes = Clock(), 0
        self.way = Way("a", self.clock, self.changed, lambda: 0.0)
        self.logged: list[str] = []
        observer: Any = lambda event: self.logged.append(f"{event.get('why')} {event.get('alarm')}")  # noqa: E731
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def changed(self) -> None:
        self.changes += 1

    def rests(self) -> float:
        """Seconds until it is good again."""
        [timer] = self.clock.getDelayedCalls()
        seconds = timer.getTime() - self.clock.seconds()
        self.clock.advance(seconds)
        self.assertFalse(self.way.resting)
        return seconds

    def test_longer_every_time(self) -> None:
        """Up to a minute; found, it begins anew."""
        told = []
        for _ in range(8):
            self.way.missed("gone")
            self.assertEqual((True, False, "gone"), (self.way.resting, self.way.proven, self.way.last_error))
            told.append(self.rests())
        self.assertEqual([1, 2, 4, 8, 16, 32, 60, 60], told)
        self.way.found()
        self.assertTrue(self.way.proven)
        self.way.missed("gone")
        self.assertEqual(1.0, self.rests())

    def test_a_window_is_one_miss(self) -> None:
        """Ten requests that break at once tell one thing."""
        for _ in range(10):
            self.way.missed("gone")
        self.assertEqual((1, 1), (self.way.rests, self.changes))
        self.assertEqual(1.0, self.rests())
        self.way.missed("gone")
        self.assertEqual(2.0, self.rests())

    def test_unproven_until_found(self) -> None:
        """The rest over, one request finds out."""
        self.way.missed("gone")
        self.rests()
        self.assertEqual((False, 2), (self.way.proven, self.changes))
        self.way.found()
        self.way.found()
        self.assertEqual((True, 3), (self.way.proven, self.changes))

    def test_not_known(self) -> None:
        """Twice in a row: a minute at least, an alarm once; found, the next is another."""
        for seconds, denied in ((1.0, False), (60.0, True), (60.0, True)):
            self.way.refused("HTTP 401: no key like 15551234567")
            self.assertEqual((denied, "HTTP 401: no key like 15551234567"), (self.way.denied, self.way.last_error))
            self.assertEqual(seconds, self.rests())
        self.way.found()
        self.assertFalse(self.way.denied)
        for seconds in (1.0, 60.0):
            self.way.refused("HTTP 401")
            self.assertEqual(seconds, self.rests())
        self.assertEqual(2, sum("link-locked" in each for each in self.logged))
        self.assertNotIn("15551234567", "".join(self.logged))

    def test_a_mood_is_no_wrong_key(self) -> None:
        """A window of requests that are told so is told once; a rest as after any miss, and somebody knows us again."""
        for _ in range(3):
            self.way.refused("HTTP 401")
        self.assertEqual((1.0, False), (self.rests(), self.way.denied))
        self.way.found()
        self.way.refused("HTTP 401")
        self.assertEqual((1.0, False), (self.rests(), self.way.denied))
        self.assertNotIn("link-locked", "".join(self.logged))

    def test_begun_anew(self) -> None:
        """Whoever has mended the key need not wait."""
        for _ in range(2):
            self.way.refused("HTTP 401")
            self.clock.advance(1.0)
        self.way.begin()
        self.assertEqual((False, False, True), (self.way.resting, self.way.denied, self.way.proven))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_stopped(self) -> None:
        """No timer any more, whatever is told."""
        self.way.missed("gone")
        self.way.stop()
        self.way.missed("gone")
        self.assertEqual([], self.clock.getDelayedCalls())

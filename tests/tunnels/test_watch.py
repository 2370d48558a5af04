"""A tunnel that is looked at again and again: what is told, when, and to whom. The test answers each look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chanserv.interfaces import IGate, ITunnel
from chanserv.settings import TunnelSettings
from chanserv.tunnels import watch
from chanserv.tunnels.state import Finding
from chanserv.tunnels.watch import LOOK_WITHIN, Watch

UP = Finding("up", "", {"handshake_age": 3.0})
DOWN = Finding("down", "no handshake yet")
UNKNOWN = Finding("unknown", "wg may not look")


class FakeLook:
    """Waits for the test; or answers at once with `answer`."""

    def __init__(self) -> None:
        self.waiting: list[Deferred[Finding]] = []
        self.answer: Finding | Exception | None = None
        self.closed = False
        self.cancelled = 0

    def look(self) -> Deferred[Finding]:
        if isinstance(self.answer, Exception):
            return fail(self.answer)
        if self.answer is not None:
            return succeed(self.answer)
        self.waiting.append(Deferred(self._cancelled))
        return self.waiting[-1]

    def _cancelled(self, looking: Deferred[Finding]) -> None:
        self.cancelled += 1

    def close(self) -> None:
        self.closed = True


class FakeLog:
    """What is said at which level."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def __getattr__(self, level: str) -> Callable[..., None]:
        def say(text: str, *rest: Any, **values: Any) -> None:
            self.said.append((level, text.format(**values)))

        return say


class WatchTests(SynchronousTestCase):
    """Every 2 s."""

    def setUp(self) -> None:
        self.clock, self.look, self.log = Clock(), FakeLook(), FakeLog()
        self.clock.advance(1000.0)
        self.patch(watch, "log", self.log)
        settings = TunnelSettings(name="vpn", kind="wireguard", device="wg0")
        self.watch = Watch(settings, self.clock, self.made)
        self.changes: list[bool] = []
        self.watch.subscribe(lambda: self.changes.append(self.watch.open))

    def made(self, settings: TunnelSettings, reactor: Any, news: Callable[[], None]) -> FakeLook:
        self.news = news
        return self.look

    def tearDown(self) -> None:
        self.watch.stop()
        self.assertEqual(([], True), (self.clock.getDelayedCalls(), self.look.closed))

    def start(self, finding: Finding) -> None:
        """The first look saw this."""
        started = self.watch.start()
        self.assertNoResult(started)
        self.look.waiting.pop().callback(finding)
        self.successResultOf(started)

    def next(self, finding: Finding) -> None:
        self.clock.advance(2.0)
        self.look.waiting.pop().callback(finding)

    def test_interfaces(self) -> None:
        """A tunnel for the page, and a gate for links."""
        verifyObject(ITunnel, self.watch)
        verifyObject(IGate, self.watch)

    def test_closed_before_the_first_look(self) -> None:
        """What nobody has looked at is not up."""
        self.assertFalse(self.watch.open)
        self.assertEqual("tunnel vpn is not known to be up: it was not looked at yet", self.watch.reason)

    def test_up(self) -> None:
        """Told once, with what was seen."""
        self.start(UP)
        self.next(UP)
        self.assertEqual((True, "", [True]), (self.watch.up, self.watch.reason, self.changes))
        wanted = {"state": "up", "since": 1000.0, "reason": "", "looked": 1002.0, "handshake_age": 3.0}
        self.assertEqual(wanted, self.watch.status())
        self.assertEqual([("info", "tunnel vpn is up")], self.log.said)

    def test_down(self) -> None:
        """Told with its reason; `since` is when it was found out, and stays."""
        self.start(UP)
        self.next(DOWN)
        self.next(Finding("down", "another reason"))
        self.assertEqual([True, False], self.changes)
        self.assertEqual(("down", 1002.0), (self.watch.health.state, self.watch.health.since))
        self.assertEqual("tunnel vpn is down: another reason", self.watch.reason)
        self.assertEqual([("error", "tunnel vpn is down: no handshake yet")], self.log.said[1:])

    def test_unknown_is_not_up(self) -> None:
        """Whoever sends through it learns no difference, whoever mends it does."""
        self.start(UP)
        self.next(UNKNOWN)
        self.next(DOWN)
        self.assertEqual([True, False], self.changes)
        unknown, down = self.log.said[1:]
        self.assertEqual(("error", "tunnel vpn is not known to be up: wg may not look"), unknown)
        self.assertEqual(("error", "tunnel vpn is down: no handshake yet"), down)

    def test_back(self) -> None:
        """A tunnel that was mended is told as well."""
        self.start(DOWN)
        self.next(UP)
        self.assertEqual([True], self.changes)

    def test_the_next_look(self) -> None:
        """2 s after the answer, not after the question: looks never run side by side."""
        started = self.watch.start()
        self.clock.advance(3.0)
        self.assertEqual(1, len(self.look.waiting))
        self.look.waiting.pop().callback(UP)
        self.successResultOf(started)
        self.clock.advance(1.9)
        self.assertEqual([], self.look.waiting)
        self.clock.advance(0.1)
        self.assertEqual(1, len(self.look.waiting))

    def test_no_answer(self) -> None:
        """Nothing is known then, and the gate closes."""
        self.start(UP)
        self.clock.advance(2.0)
        self.clock.advance(LOOK_WITHIN)
        self.assertEqual((1, [True, False]), (self.look.cancelled, self.changes))
        self.assertEqual("tunnel vpn is not known to be up: no answer within 5 s", self.watch.reason)
        self.next_after_failure()

    def next_after_failure(self) -> None:
        self.look.waiting.clear()
        self.next(UP)
        self.assertTrue(self.watch.up)

    def test_a_surprise(self) -> None:
        """Is logged, closes the gate, and does not end the watch."""
        self.start(UP)
        self.look.answer = ZeroDivisionError("no")
        self.clock.advance(2.0)
        self.assertEqual([True, False], self.changes)
        self.assertIn(("failure", "tunnel vpn could not be looked at"), self.log.said)
        self.look.answer = None
        self.next_after_failure()

    def test_an_answer_at_once(self) -> None:
        """Needs no turn of the reactor."""
        self.look.answer = UP
        self.successResultOf(self.watch.start())
        self.assertTrue(self.watch.up)

    def test_news(self) -> None:
        """Are looked into at once; while a look is under way, right after it."""
        self.start(UP)
        self.news()
        self.assertEqual(1, len(self.look.waiting))
        self.news()
        self.look.waiting.pop().callback(UP)
        self.assertEqual([], self.look.waiting)
        self.clock.advance(0.0)
        self.look.waiting.pop().callback(DOWN)
        self.assertEqual([True, False], self.changes)

    def test_whoever_is_told_and_fails(self) -> None:
        """Keeps nobody else from being told."""

        def fails() -> None:
            raise ZeroDivisionError

        self.watch.subscribe(fails)
        self.watch.subscribe(lambda: self.changes.append(False))
        self.start(UP)
        self.assertEqual([True, False], self.changes)
        self.assertIn(("failure", "tunnel vpn changed, and who was told of it failed"), self.log.said)

    def test_stopped(self) -> None:
        """A look that is under way is given up, and changes nothing any more; news mean nothing."""
        self.start(UP)
        self.clock.advance(2.0)
        self.watch.stop()
        self.watch.stop()
        self.news()
        self.assertEqual((1, [True]), (self.look.cancelled, self.changes))

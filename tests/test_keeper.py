"""The life of a kept line: what is dialled when, and what is never dialled again."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.keeper import Core, Keeper, backoff, keep


@attrs.define
class Line:
    dropped: bool = False

    def drop(self) -> None:
        self.dropped = True


class KeeperTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.lines: list[Line] = []
        self.gone: list[float] = []
        self.core = Core(self.clock, self.dial, lambda: 0.0, lambda: self.gone.append(self.clock.seconds()))
        self.keeper = keep(self.core)

    def dial(self, keeper: Keeper) -> Line:
        self.lines.append(Line())
        return self.lines[-1]

    def wait(self) -> float:
        [call] = self.clock.getDelayedCalls()
        return float(call.getTime() - self.clock.seconds())

    def test_failures_wait_longer_each_time(self) -> None:
        """A login refused is a failure like a call not taken."""
        self.keeper.start()
        waits = []
        for _ in range(8):
            self.keeper.ended(0.0)
            waits.append(self.wait())
            self.clock.advance(waits[-1])
        self.assertEqual([1, 2, 4, 8, 16, 32, 60, 60], waits)
        self.assertEqual(9, len(self.lines))

    def test_signed_in_starts_afresh(self) -> None:
        """Only a line that was of use sets the waits back."""
        self.keeper.start()
        self.keeper.ended(0.0)
        self.clock.advance(1)
        self.keeper.signed_in()
        self.keeper.ended(0.0)
        self.assertEqual(1, self.wait())

    def test_a_hopeless_login_waits_as_long_as_it_is_told(self) -> None:
        """A wrong password is not tried every second."""
        self.keeper.start()
        self.keeper.ended(90.0)
        self.assertEqual(90, self.wait())

    def test_a_rest_that_is_over_sooner(self) -> None:
        """What it was for is mended: dialled now, and not again when the rest would have been over."""
        self.keeper.start()
        self.keeper.ended(30.0)
        self.keeper.retry()
        self.assertEqual((2, []), (len(self.lines), self.clock.getDelayedCalls()))

    def test_stop_waits_for_the_line_to_end(self) -> None:
        """Bound or still dialling: it is dropped once, and gone when it says so."""
        for prelude in ([], [Keeper.signed_in]):
            self.setUp()
            self.keeper.start()
            for input in prelude:
                input(self.keeper)
            self.keeper.stop()
            self.keeper.stop()
            self.assertEqual((True, []), (self.lines[0].dropped, self.gone))
            self.keeper.ended(0.0)
            self.assertEqual(([0.0], []), (self.gone, self.clock.getDelayedCalls()))

    def test_stop_at_rest_ends_at_once(self) -> None:
        """And leaves no timer."""
        self.keeper.start()
        self.keeper.ended(0.0)
        self.keeper.stop()
        self.assertEqual(([0.0], []), (self.gone, self.clock.getDelayedCalls()))

    def test_stop_before_start(self) -> None:
        """Ends at once; a start after it dials nothing."""
        self.keeper.stop()
        self.keeper.start()
        self.assertEqual(([0.0], []), (self.gone, self.lines))

    def test_a_dial_that_fails_at_once(self) -> None:
        """The end may come before `dial` returns."""

        def refused(keeper: Keeper) -> Line:
            keeper.ended(0.0)
            return Line()

        self.core.dial = refused
        self.keeper.start()
        self.assertEqual(1, self.wait())

    def test_every_input_in_every_state(self) -> None:
        """Nothing that can happen raises, whenever it happens."""
        paths: list[list[str]] = [
            [],
            ["start"],
            ["start", "signed_in"],
            ["start", "ended"],
            ["start", "stop"],
            ["stop"],
        ]
        for path in paths:
            for last in ("start", "signed_in", "ended", "retry", "stop"):
                self.setUp()
                for name in [*path, last]:
                    input: Callable[..., None] = getattr(self.keeper, name)
                    input(*([0.0] if name == "ended" else []))
                self.assertLessEqual(len(self.clock.getDelayedCalls()), 1, (path, last))

    def test_chance_shortens(self) -> None:
        """By a quarter at most, so that many links do not dial in step."""
        self.assertEqual((0.75, 1.0, 45.0), (backoff(1, 1.0), backoff(1, 0.0), backoff(500, 1.0)))

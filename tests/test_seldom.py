"""What is said once in a while."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.seldom import EVERY, Seldom


class SeldomTests(SynchronousTestCase):
    def test_once_in_a_while(self) -> None:
        """From the first instant on; what was not said meanwhile puts nothing off."""
        clock = Clock()
        seldom = Seldom(clock)
        said = []
        for second in range(int(3 * EVERY) + 1):
            said += [second] if seldom.due() else []
            clock.advance(1.0)
        self.assertEqual([0, EVERY, 2 * EVERY, 3 * EVERY], said)

    def test_sorts_are_told_apart(self) -> None:
        """One does not hush another."""
        seldom = Seldom(Clock())
        self.assertEqual([True, True, False], [seldom.due("a"), seldom.due("b"), seldom.due("a")])

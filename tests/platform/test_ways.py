"""When a platform that does not answer rests, and for how long."""

from __future__ import annotations

from typing import Any, cast

from twisted.trial.unittest import SynchronousTestCase

from chanserv.platform.ways import LONGEST_REST, Way


class RestTests(SynchronousTestCase):
    """One way, told how its posts ended."""

    def setUp(self) -> None:
        self.way = Way(cast(Any, None))  # its client is asked nothing here

    def test_all_that_was_out_counts_as_one_outage(self) -> None:
        """Sixteen posts that fail together make the shortest rest, not the longest."""
        for _ in range(16):
            self.way.heard(False, 100.0)
        self.assertEqual(101.0, self.way.rests)

    def test_a_rest_grows_with_every_try_after_it(self) -> None:
        """1, 2, 4, 8, 16, 30 seconds, and no more."""
        now, rests = 100.0, []
        for _ in range(2):
            self.way.heard(False, now)
        for _ in range(7):
            self.way.heard(False, now)
            rests.append(self.way.rests - now)
            now = self.way.rests
        self.assertEqual([1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_REST, LONGEST_REST], rests)

    def test_an_answer_ends_it(self) -> None:
        """Whatever was answered: somebody is there."""
        for _ in range(3):
            self.way.heard(False, 100.0)
        self.way.heard(True, 100.5)
        self.assertEqual((0, 0.0), (self.way.misses, self.way.rests))

"""Instants and durations, both ways."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp.moments import LONGEST, absolute, read, relative

NOW = datetime(2026, 11, 22, 13, 41, tzinfo=UTC).timestamp()


class MomentTests(SynchronousTestCase):
    """SMPP 3.4, section 7.1.1."""

    def test_written(self) -> None:
        """To the second, in UTC; a duration in its units."""
        self.assertEqual(absolute(NOW), b"261122134100000+")
        self.assertEqual(absolute(NOW + 5.7), b"261122134105000+")
        for seconds, octets in (
            (0, b"000000000001000R"),
            (59.9, b"000000000059000R"),
            (86_400, b"000001000000000R"),
            (3 * 86_400 + 3_600 + 61, b"000003010101000R"),
            (30 * 86_400, b"000100000000000R"),
            (395 * 86_400, b"010100000000000R"),
            (1e12, b"991204235959000R"),
        ):
            self.assertEqual(relative(seconds), octets, seconds)

    def test_read(self) -> None:
        """Ahead of UTC, behind it, with tenths, as a duration, in another century; and what is none."""
        cases: list[tuple[bytes, float | None]] = [
            (b"261122134100000+", NOW),
            (b"261122134100500-", NOW + 0.5),
            (b"261122154100008+", NOW),  # two hours ahead
            (b"261122084100020-", NOW),  # five behind
            (b"000000010000000R", NOW + 3600),
            (b"020610233429000R", NOW + 2 * 365 * 86_400 + (6 * 30 + 10) * 86_400 + 23 * 3600 + 34 * 60 + 29),
            (b"991231235959000+", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()),
            (b"370101000000000+", datetime(2037, 1, 1, tzinfo=UTC).timestamp()),
            (b"", None),
            (b"261322000000000+", None),  # vector m045
            (b"260230000000000+", None),
            (b"26112213410000", None),
            (b"261122134100049+", None),
            (b"000000010000100R", None),
            (b"261122134100000R\0", None),
            (b"2611221341xx000+", None),
        ]
        for octets, at in cases:
            self.assertEqual(read(octets, NOW), at, octets)

    @given(st.integers(int(NOW) - 10**9, int(NOW) + 10**9), st.integers(1, LONGEST))
    def test_both_ways(self, at: int, seconds: int) -> None:
        """What is written reads back."""
        self.assertEqual(read(absolute(at), NOW), at)
        self.assertEqual(read(relative(seconds), NOW), NOW + seconds)

    @given(st.binary(max_size=17) | st.from_regex(rb"[0-9]{15}[-+R]", fullmatch=True), st.floats(0, 4e9))
    def test_anything(self, octets: bytes, now: float) -> None:
        """Never raises."""
        read(octets, now)

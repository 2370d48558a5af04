"""Our id of a part: what is written is read, and fits nobody else."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.reference import MOST_PART, MOST_REF, read, write

REFS = st.integers(1, MOST_REF - 1)
PARTS = st.integers(1, MOST_PART - 1)
DIGITS = st.text("0123456789", min_size=1, max_size=15)


class ReferenceTests(SynchronousTestCase):
    @given(REFS, REFS, PARTS, DIGITS, DIGITS)
    def test_both_ways(self, message: int, piece: int, part: int, to: str, other: str) -> None:
        """Every part has one of its own, which fits its number."""
        found = read(write(message, piece, part, to))
        assert found is not None
        self.assertEqual((message, piece, part), (found.message, found.piece, found.part))
        self.assertTrue(found.fits(to))
        if other != to:
            self.assertFalse(found.fits(other))

    def test_a_uuid_of_version_8(self) -> None:
        """RFC 9562, 5.8: carriers that want a UUID take it. In upper case, or as a URN, it is the same."""
        text = write(12, 13, 1, "250788000111")
        self.assertEqual((8, "specified in RFC 4122"), (UUID(text).version, UUID(text).variant))
        self.assertEqual(read(text), read(text.upper()))
        self.assertEqual(read(text), read(f"urn:uuid:{text}"))

    def test_what_is_none(self) -> None:
        """Other UUIDs, other words; nothing raises."""
        for text in ("", "SM9", "1001", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "0" * 5000, "\udc80"):
            self.assertIsNone(read(text), text)

    @given(st.text())
    def test_whatever_comes(self, text: str) -> None:
        """It comes from outside."""
        read(text)

    def test_too_large(self) -> None:
        """A ref that does not fit is said, not cut."""
        for message, piece, part in ((MOST_REF, 1, 1), (1, MOST_REF, 1), (1, 1, MOST_PART), (0, 1, 1)):
            self.assertRaises(ValueError, write, message, piece, part, "1")

"""Ids in every base and spelling."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp.ids import canonical, readings


class IdTests(SynchronousTestCase):
    """One id, written by two programs of one carrier."""

    def test_canonical(self) -> None:
        """Lower case, without blanks around it, NULs and leading zeros."""
        cases: list[tuple[bytes | str, str]] = [
            (b"4A3F9C01", "4a3f9c01"),
            ("4A3F9C01", "4a3f9c01"),
            (b"0000077", "77"),
            (b" 77 \0", "77"),
            (b"0", "0"),
            (b"000", "0"),
            (b"", ""),
            (b"\0", ""),
            (b"7C9E6679-7425-40DE", "7c9e6679-7425-40de"),
            (b"\xe9\xc9", "éé"),
        ]
        for message_id, expected in cases:
            self.assertEqual(canonical(message_id), expected, message_id)

    def test_readings(self) -> None:
        """The answer's form of a receipt's id, for each setting."""
        big, uuid = "123456789012345678901234567890", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
        cases: list[tuple[str, str, tuple[str, ...]]] = [
            ("1234567890", "same", ("1234567890",)),
            ("1234567890", "decimal", ("499602d2",)),
            ("0499602D2", "hex", ("1234567890",)),
            ("1234567890", "auto", ("1234567890", "499602d2", "78187493520")),
            ("0001234567890", "decimal", ("499602d2",)),
            ("499602D2", "auto", ("499602d2", "1234567890")),
            ("499602D2", "decimal", ("499602d2",)),  # no decimal: as it is
            ("7", "auto", ("7",)),
            ("10", "auto", ("10", "a", "16")),
            ("0", "auto", ("0",)),
            (big, "decimal", ("18ee90ff6c373e0ee4e3f0ad2",)),
            ("18EE90FF6C373E0EE4E3F0AD2", "hex", (big,)),
            (uuid, "auto", (uuid,)),
            (uuid, "hex", (uuid,)),
            ("²", "auto", ("²",)),  # a digit to Unicode, not to us
            ("", "auto", ()),
            (" \0", "auto", ()),
            ("9" * 65, "auto", ("9" * 65,)),
            ("f" * 20_000, "hex", ("f" * 20_000,)),
        ]
        for named, radix, expected in cases:
            self.assertEqual(readings(named, radix), expected, (named, radix))

    def test_the_longest_id(self) -> None:
        """64 characters are still a number."""
        self.assertEqual(readings("9" * 64, "decimal"), (format(10**64 - 1, "x"),))
        self.assertEqual(readings("f" * 64, "hex"), (str(2**256 - 1),))

    @given(st.integers(1, 2**200), st.booleans())
    def test_both_bases_meet(self, number: int, upper: bool) -> None:
        """Whatever the two programs write, "auto" finds the answer's id among its readings."""
        hexadecimal = format(number, "X" if upper else "x")
        for answered, receipted in ((str(number), hexadecimal), (hexadecimal, str(number)), (hexadecimal, hexadecimal)):
            self.assertIn(canonical(answered), readings(receipted, "auto"))

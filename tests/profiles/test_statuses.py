"""A provider's words for a fate, and ours."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import Status
from chanserv.profiles.statuses import compiled

S, D, F = Status.SENT, Status.DELIVERED, Status.FAILED
TABLE = {
    "sent": ("2", "queued", "-7", ""),
    "delivered": ("10..12", "DELIVRD"),
    "failed": (">20", "<0", "8..8", "1..x", "..", ">", "<"),
    "ignored": ("15", "25"),
}


class StatusTests(SynchronousTestCase):
    CASES: list[tuple[str, Status | None]] = [
        ("2", S),
        ("queued", S),
        ("-7", S),  # a word goes before a range
        ("", S),
        ("10", D),
        ("12", D),
        ("012", D),
        ("DELIVRD", D),
        ("21", F),
        ("999999999999999", F),
        ("-1", F),
        ("-999", F),
        ("8", F),
        ("1..x", F),  # no range: a word
        ("..", F),
        (">", F),
        ("15", None),
        ("25", None),
    ]
    MEANINGLESS = (
        "20",
        "0",
        "-0",
        "9",
        "13",
        "Queued",
        "queued ",
        "delivered",
        "1" * 16,
        "+21",
        "1.5",
        "²",
        "1e3",
        "--1",
        "-",
    )

    def test_table(self) -> None:
        """A word to the letter, whole numbers by range."""
        words = compiled(TABLE)
        for word, expected in self.CASES:
            self.assertEqual(expected, words(word), word)
        for word in self.MEANINGLESS:
            self.assertRaises(LookupError, words, word)

    def test_any_other(self) -> None:
        """* is all that is not there."""
        words = compiled({"delivered": ("1..3",), "ignored": ("*",)})
        self.assertEqual([D, None, None, None], [words(word) for word in ("2", "4", "x", "*")])
        self.assertEqual(F, compiled({"failed": ("*",)})(""))
        self.assertRaises(LookupError, compiled({}), "x")

    def test_faults(self) -> None:
        """Each with words for who wrote it."""
        cases: list[tuple[dict[str, tuple[str, ...]], str]] = [
            ({"lost": ("x",)}, "there is no status 'lost'; there are sent, delivered, failed, ignored"),
            ({"sent": ("x", "x")}, "'x' is there twice"),
            ({"sent": ("x",), "failed": ("x",)}, "'x' is there twice"),
            ({"sent": ("*",), "failed": ("*",)}, "'*' is there twice"),
            ({"sent": ("12..10",)}, "'12..10' is no range"),
        ]
        for table, expected in cases:
            self.assertEqual(expected, str(self.assertRaises(ValueError, compiled, table)))

    @settings(max_examples=300, deadline=None)
    @given(st.text() | st.text(alphabet="0123456789-.<>*٣²") | st.integers().map(str))
    def test_any_word(self, word: str) -> None:
        """It means something, or a LookupError."""
        for table in (TABLE, {**TABLE, "ignored": ("*",)}):
            try:
                compiled(table)(word)
            except LookupError:
                self.assertNotIn("*", table["ignored"])

    @settings(max_examples=300, deadline=None)
    @given(st.dictionaries(st.sampled_from(["sent", "failed", "x"]), st.lists(st.text("0123456789.<>*-x")).map(tuple)))
    def test_any_table(self, table: dict[str, tuple[str, ...]]) -> None:
        """One that can be used, or a ValueError."""
        try:
            words = compiled(table)
        except ValueError:
            return
        for word in ("5", "x", "", "-1"):
            with contextlib.suppress(LookupError):
                words(word)

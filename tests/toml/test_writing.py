"""Values -> TOML -> the same values."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.toml.writing import Unwritable, write

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(TEXTS, VALUES, max_size=4)


class WriteTests(SynchronousTestCase):
    @given(st.dictionaries(TEXTS, st.dictionaries(TEXTS, TABLES, min_size=1, max_size=2), max_size=2))
    def test_read_again(self, sections: dict[str, dict[str, dict[str, object]]]) -> None:
        """Whatever a program may hand over, as any reader of TOML has it."""
        self.assertEqual(sections, tomllib.loads(write(sections)))

    def test_as_an_operator_would_write_it(self) -> None:
        """A table a name, a line a key."""
        link = {"kind": "rest", "rate": 2.5, "credentials": {"token": {"env": "T"}}, "hook_from": ["10.0.0.0/8"]}
        wanted = (
            '[link.acme]\nkind = "rest"\nrate = 2.5\ncredentials = { token = { env = "T" } }\n'
            'hook_from = ["10.0.0.0/8"]\n\n[channel.acme]\nmax_parts = 3\n'
        )
        self.assertEqual(wanted, write({"link": {"acme": link}, "channel": {"acme": {"max_parts": 3}}}))

    def test_what_toml_has_no_word_for(self) -> None:
        """It is told by its key, however deep it stands."""
        for key, value in (("a.b.c", {"c": None}), ("a.b.c.d", {"c": {"d": None}}), ("a.b.c", {"c": [1, None]})):
            fault = self.assertRaises(Unwritable, write, {"a": {"b": value}})
            self.assertEqual(key, str(fault))
        self.assertRaises(Unwritable, write, {"a": {"b": {"c": float("inf")}}})
        for depth in (30, 900, 5_000):
            deep: Any = 1
            for _ in range(depth):
                deep = [deep] if depth % 20 else {"x": deep}
            self.assertRaises(Unwritable, write, {"a": {"b": {"c": deep}}})
        self.assertRaises(Unwritable, write, {"a": {"b": {"c": float("nan")}}})

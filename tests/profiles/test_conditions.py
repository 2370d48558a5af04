"""Conditions: what holds of which value, and that none ever fails."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.conditions import compiled, number
from chanserv.profiles.expressions import Names, Scope
from chanserv.profiles.trees import Tree
from tests.profiles.test_filters import ANY

TREE = Names({"http": None}, tree=True)


def holds(written: Any, tree: Tree) -> bool:
    return compiled(written, TREE)(Scope({"http": 200}, (tree,)))


class ConditionTests(SynchronousTestCase):
    CASES: list[tuple[Any, Tree, bool]] = [
        ("a", {"a": "x"}, True),
        ("a", {"a": ""}, False),
        ("a", {"a": 0}, True),
        ("a", {"a": False}, False),
        ("not a", {"a": False}, True),
        ("a", {"a": "false"}, True),
        ("a", {}, False),
        ("a", None, False),
        ("a", "OK", False),
        ("not a", {}, True),
        ("not a", {"a": []}, True),
        ("a = 5", {"a": 5}, True),
        ("a = 5", {"a": "5"}, True),
        ("a = 5", {"a": 5.0}, True),
        ("a = 5", {"a": "05"}, False),
        ("a = ''", {}, True),
        ("a = true", {"a": True}, True),
        ("a = 'x y'", {"a": "x y"}, True),
        ("not a = 5", {"a": 6}, True),
        ("a != 5", {}, True),
        ("a != 5", {"a": 5}, False),
        ("a in 0,1,2", {"a": 1}, True),
        ("a in 0, 'x y'", {"a": "x y"}, True),
        ("a in 0,1", {}, False),
        ("not a in 0,1", {}, True),
        ("a ~ '^(ok|OK)'", {"a": "OK: 5"}, True),
        ("a ~ wait", {"a": "please wait"}, True),
        ("a ~ '^$'", {}, True),
        ("a ~ x", {"a": {"b": "x"}}, True),
        ("a > 5", {"a": "6"}, True),
        ("a > 5", {"a": 5}, False),
        ("a < 5", {"a": -1.5}, True),
        ("a < 5", {"a": "nan"}, False),
        ("a > 5", {"a": "inf"}, False),
        ("a > 5", {"a": 10**300}, False),
        ("a < 5", {}, False),
        ("a < 5", {"a": "x"}, False),
        ("a|length > 2", {"a": "abc"}, True),
        ("a or b = 5", {"b": 5}, True),
        ("$http = 200", {}, True),
        (["a = 1", "b"], {"a": 1, "b": 2}, True),
        (["a = 1", "b"], {"a": 1}, False),
        ([], {}, True),
        (("not a", "not b"), {}, True),
    ]

    def test_table(self) -> None:
        """Texts are compared, but by < and >."""
        for written, tree, expected in self.CASES:
            self.assertIs(expected, holds(written, tree), (written, tree))

    def test_faults(self) -> None:
        """Each with words for who wrote it."""
        cases: list[tuple[Any, str]] = [
            ("", "'' lacks a name"),
            ("not", "'not' lacks a name"),
            ("a b", "there must be one of = != ~ < > in"),
            ("a == 5", "there must be one of = != ~ < > in"),
            ("a =", "there must be one value to compare with"),
            ("a in", "there must be a value to compare with"),
            ("a = 5,6", "there must be one value to compare with"),
            ("a = 5 6", "'6' cannot follow there"),
            ("a in 5,", "'a in 5,' lacks a value"),
            ("a < x", "'x' is no number"),
            ("a < nan", "'nan' is no number"),
            ("a ~ '('", "'(' is no regular expression: "),
            ("a=5", "'a=5' is no name: = stands between spaces"),
            ("$nothing = 5", "there is no name 'nothing' here; "),
            (["a", "b |"], "'b |' lacks a filter"),
            (5, "must be a condition, or a list of them"),
            (None, "must be a condition, or a list of them"),
            ([5], "must be a condition, or a list of them"),
            ({"a": "b"}, "must be a condition, or a list of them"),
        ]
        for written, expected in cases:
            error = self.assertRaises(ValueError, compiled, written, TREE)
            self.assertTrue(str(error).startswith(expected), (written, str(error)))

    def test_number(self) -> None:
        """One that can be counted with, or none."""
        cases: list[tuple[Tree, float | None]] = [
            (5, 5.0), (" 5.5 ", 5.5), ("1e3", 1000.0), (b"7", 7.0), ("", None), (None, None), (True, None), ("x", None),
            ("nan", None), ("Infinity", None), ("1e999", None), (float("inf"), None), ("1" * 41, None), ([5], None),
        ]  # fmt: skip
        for value, expected in cases:
            self.assertEqual(expected, number(value), value)

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from([case[0] for case in CASES]), ANY)
    def test_any_value(self, written: Any, value: Tree) -> None:
        """It holds or not; it never fails."""
        self.assertIsInstance(holds(written, value), bool)
        self.assertIsInstance(holds(written, {"a": value, "b": value}), bool)

"""One language for where something is, in JSON, forms, XML and headers; it forgives what senders get wrong."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.paths import FORGIVEN, items, look, put, steps
from chanserv.profiles.trees import Tree
from tests.profiles.test_trees import JSON

TREE: Tree = {
    "messages": [{"message-id": "1", "status": {"code": 0}}, {"message-id": "2"}],
    "entry": {"Text": "hi", "text": "HI"},
    "msg.text.body": "whole",
    "a": {"b.c": "inner", "b": {"d": "deep"}},
    "service": {"@request_id": "7", "#": "t"},
    "empty": [],
    "none": None,
    "zero": 0,
}


class LookTests(SynchronousTestCase):
    def test_where(self) -> None:
        """Steps, indexes, names with dots, names in another case, lists and single values instead of each other."""
        cases: list[tuple[str, Tree]] = [
            ("messages.0.message-id", "1"),
            ("messages.1.message-id", "2"),
            ("messages.message-id", "1"),  # a name in a list: its first item's
            ("messages.0.status.code", 0),
            ("messages.2", None),
            ("messages.2.message-id", None),
            ("MESSAGES.0.Message-ID", "1"),
            ("entry.Text", "hi"),
            ("entry.text", "HI"),
            ("entry.TEXT", "hi"),  # the first that is alike
            ("entry.0.text", "HI"),  # one item where a list was expected
            ("entry.1.text", None),
            ("msg.text.body", "whole"),
            ("a.b.c", "inner"),
            ("a.b.d", "deep"),
            ("service.@request_id", "7"),
            ("service.#", "t"),
            ("entry.text.#", "HI"),  # an element without attributes is its text
            ("entry.text.0", "HI"),
            ("entry.text.x", None),
            ("empty.0", None),
            ("empty.x", None),
            ("none.x", None),
            ("zero", 0),
            ("nothing", None),
            ("messages.٠.message-id", "1"),
        ]
        for path, expected in cases:
            self.assertEqual(expected, look(TREE, steps(path)), path)

    def test_of_no_table(self) -> None:
        """A tree may be a text, a number or nothing."""
        nothing: tuple[Tree, ...] = ("OK", 5, None, True, 1.5, [])
        for tree in nothing:
            self.assertIsNone(look(tree, ("id",)))
        self.assertEqual("OK", look("OK", ("#",)))
        self.assertEqual([1], look([1], ()))

    def test_steps(self) -> None:
        """A path has no empty step, and no index that nobody can mean."""
        self.assertEqual(("a", "0", "@b"), steps("a.0.@b"))
        for path in ("", ".", "a.", ".a", "a..b", "a." + "9" * 5_000):
            self.assertRaises(ValueError, steps, path)

    def test_large_tables_are_not_forgiven(self) -> None:
        """A name in another case is looked for in as many keys as a provider's table has, not in ten thousand."""
        for count, expected in ((FORGIVEN, "x"), (FORGIVEN + 1, None)):
            tree: Tree = {**{str(n): "" for n in range(count - 1)}, "Id": "x"}
            self.assertEqual(expected, look(tree, ("id",)))
            self.assertEqual("x", look(tree, ("Id",)))

    def test_what_is_put_there_is_found_there(self) -> None:
        """Beside what was there before."""
        tree: dict[str, Tree] = {"a": {"b": 1}}
        for path, value in (("a.c.d", 2), ("e", 3)):
            put(tree, steps(path), value)
        self.assertEqual({"a": {"b": 1, "c": {"d": 2}}, "e": 3}, tree)

    def test_items(self) -> None:
        """Of a batch: its own, a single one, none."""
        for tree, expected in (([1, 2], [1, 2]), ({"a": 1}, [{"a": 1}]), ("x", ["x"]), ([], []), (None, []), (0, [0])):
            self.assertEqual(expected, items(tree))

    @settings(deadline=None)
    @given(JSON, st.lists(st.text(min_size=1, max_size=3) | st.sampled_from(["0", "1", "#", "a"]), max_size=5))
    def test_anything_anywhere(self, tree: Tree, way: list[str]) -> None:
        """Any steps in any tree give a value or nothing."""
        look(tree, tuple(way))

    @settings(deadline=None)
    @given(JSON)
    def test_all_that_is_there_is_found(self, tree: Tree) -> None:
        """By the way that leads to it."""
        for way, value in ways(tree):
            self.assertEqual(value, look(tree, way), way)


def ways(tree: Tree, before: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Tree]]:
    """To every value below; names with dots in them have more than one reading and are left out."""
    found = [(before, tree)]
    match tree:
        case dict():
            for key, value in tree.items():
                if key and "." not in key:
                    found += ways(value, (*before, key))
        case list():
            for number, value in enumerate(tree):
                found += ways(value, (*before, str(number)))
    return [(way, value) for way, value in found if value is not None]

"""Tables become values of a class whose attributes are the only list of keys."""

from __future__ import annotations

from typing import Any, Literal

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.toml.faults import Faults, Place
from chanserv.toml.files import Leaf, Node, Table, Tables
from chanserv.toml.shapes import Draft, Reader

PLACE = Place("a.toml", "row")


@attrs.frozen(kw_only=True)
class Row:
    """What the tests read."""

    whatever: Any = None
    kind: Literal["json", "xml"] | None = None
    count: int | None = None
    sender: str = attrs.field(default="", metadata={"key": "from"})


def leaf(key: str, value: object) -> Leaf:
    return Leaf(PLACE / key, value)


class ShapeTests(SynchronousTestCase):
    """Hints and keys of attributes."""

    def draft(self, **entries: Node) -> Draft[Row]:
        self.faults = Faults()
        return Reader(self.faults).draft(Row, Table(PLACE, entries))

    def test_anything(self) -> None:
        """What is Any comes as TOML has it, tables and lists of them as deep as they are."""
        inner = Table(PLACE, {"a": leaf("a", [1, {"b": None}])})
        cases: list[tuple[Node, object]] = [
            (leaf("whatever", "x"), "x"),
            (leaf("whatever", [1, [True]]), [1, [True]]),
            (inner, {"a": [1, {"b": None}]}),
            (Tables(PLACE, (inner, Table(PLACE))), [{"a": [1, {"b": None}]}, {}]),
        ]
        for node, expected in cases:
            self.assertEqual(expected, self.draft(whatever=node).value.whatever)
            self.assertEqual([], self.faults.found)

    def test_a_choice_that_may_be_absent(self) -> None:
        """One of the words, or none; what is neither is told with the words there are."""
        self.assertEqual("xml", self.draft(kind=leaf("kind", "xml")).value.kind)
        self.assertIsNone(self.draft().value.kind)
        self.assertEqual([], self.faults.found)
        draft = self.draft(kind=leaf("kind", "yaml"))
        self.assertEqual(['a.toml: row.kind: must be "json" or "xml"'], self.faults.found)
        self.assertEqual((None, False), (draft.value.kind, draft.sound("kind")))

    def test_a_number_that_may_be_absent(self) -> None:
        """As before: `int | None` is a number where it is given."""
        self.assertEqual(3, self.draft(count=leaf("count", 3)).value.count)
        self.draft(count=leaf("count", True))
        self.assertEqual(["a.toml: row.count: must be a whole number"], self.faults.found)

    def test_a_key_that_is_a_word_of_python(self) -> None:
        """It is written, told and marked bad by its key; the attribute's name is no key."""
        self.assertEqual("x", self.draft(**{"from": leaf("from", "x")}).value.sender)
        draft = self.draft(**{"from": leaf("from", 1)})
        self.assertEqual(["a.toml: row.from: must be a text"], self.faults.found)
        self.assertEqual(("", False), (draft.value.sender, draft.sound("from")))
        self.draft(sender=leaf("sender", "x"))
        self.assertEqual(["a.toml: row.sender: is not known here"], self.faults.found)

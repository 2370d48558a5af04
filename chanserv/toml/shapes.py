"""A table of the tree -> a frozen value of an attrs class: types, choices, missing and unknown keys.

The class is the only list of keys; nothing is said twice. A
`Draft` comes out even of a faulty table, so that `checks` can still look at
its sound keys: every fault is to be told in one go.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from chanserv.settings.common import Network, Secret
from chanserv.toml.faults import Faults, Place
from chanserv.toml.files import Leaf, Node, Table, Tables
from chanserv.toml.secrets import secret

T = TypeVar("T", bound=attrs.AttrsInstance)

_HUGE = 1e15  # seconds, days, parts a second: nothing here comes near; keeps inf and nan out


class Bad(Exception):
    """This value has a fault that is already told."""


@attrs.frozen
class Draft(Generic[T]):
    """One table, read. `value` holds None where `bad` names a key that has no default."""

    value: T
    table: Table
    bad: frozenset[str]

    def sound(self, *keys: str) -> bool:
        return self.bad.isdisjoint(keys)

    def place(self, *keys: str | int) -> Place:
        """Where this key (of the table in a key, and so on) was written, or would have been; a number is a row's."""
        place: Place = self.table.place
        node: Node | None = self.table
        for key in keys:
            inner = _inner(node, key)
            if inner is not None:
                place, node = inner.place, inner
            else:
                place, node = (place.nth(key) if isinstance(key, int) else place / key), None
        return place

    def near(self, name: str, *keys: str) -> str:
        """The file `name` that is the value of this key, taken from the folder of the file it stands in."""
        return str((Path(self.place(*keys).file).parent / name).absolute())


@attrs.frozen
class Reader:
    """Reads tables and tells `faults` what is wrong with them.

    `bound(cls, key)` is what a value of that key must fit: it says what is wrong, if anything is; `why_not(cls, key,
    value)`, why a choice is refused where the list of choices does not tell it.
    """

    faults: Faults
    bound: Callable[[type, str], Callable[[Any], str]] = lambda cls, key: _anything
    why_not: Callable[[type, str, str], str] = lambda cls, key, value: ""

    def draft(self, cls: type[T], table: Table, **given: object) -> Draft[T]:
        """`table` as a `cls`; `given` are attributes that are no keys of it."""
        hints = _hints(cls)
        fields = {_key(field): field for field in attrs.fields(cls) if field.name not in given}
        self._refuse_unknown(table, list(fields))
        values, bad = dict(given), set[str]()
        for key, field in fields.items():
            node = table.entries.get(key)
            if node is None and field.default is not attrs.NOTHING:
                continue
            try:
                values[field.name] = self._key(cls, field.name, hints[field.name], node, table.place / key)
            except Bad:
                bad.add(key)
                if field.default is attrs.NOTHING:
                    values[field.name] = None
        return Draft(cls(**values), table, frozenset(bad))

    def _refuse_unknown(self, table: Table, known: list[str]) -> None:
        for key, node in table.entries.items():
            if key not in known:
                like = get_close_matches(key, known, 1)
                self.faults.add(node.place, f"is not known here; is {like[0]} meant?" if like else "is not known here")

    def _key(self, cls: type, name: str, hint: Any, node: Node | None, place: Place) -> object:
        if node is None:
            raise self._bad(place, "is missing")
        if isinstance(node, Leaf) and isinstance(node.value, str) and (why := self.why_not(cls, name, node.value)):
            raise self._bad(node.place, why)
        value = self._value(hint, node)
        if what := self.bound(cls, name)(value):
            raise self._bad(node.place, what)
        return value

    def _value(self, hint: Any, node: Node) -> Any:
        """`node` as what the annotation `hint` asks for."""
        if get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint):  # Literal[…] | None is the former
            hint = get_args(hint)[0]
        if hint is Any:
            return raw(node)
        if hint is Secret:
            return self._sound(secret(node, self.faults))
        if get_origin(hint) is tuple:
            return tuple(self._value(get_args(hint)[0], item) for item in self._items(node))
        if get_origin(hint) is dict:
            return {key: self._value(get_args(hint)[1], item) for key, item in self._table(node).entries.items()}
        if attrs.has(hint):
            return self._whole(hint, self._table(node))
        return self._scalar(hint, node)

    def _scalar(self, hint: Any, node: Node) -> object:
        match hint, node:
            case _, Leaf(value=value) if get_origin(hint) is Literal:
                choices = get_args(hint)
                if any(value == choice and type(value) is type(choice) for choice in choices):
                    return value
                raise self._bad(node.place, "must be " + " or ".join(map(_written, choices)))
            case _, Leaf(value=str(text)) if hint == Network:
                try:
                    return ip_network(text)
                except ValueError:
                    pass
            case _, Leaf(value=str(text)) if hint is str:
                return text
            case _, Leaf(value=bool(choice)) if hint is bool:
                return choice
            case _, Leaf(value=int(number)) if hint is int and not isinstance(number, bool):
                return number
            case _, Leaf(value=int(number) | float(number)) if hint is float and not isinstance(number, bool):
                if abs(number) < _HUGE:
                    return float(number)
        raise self._bad(node.place, f"must be {_NAMES.get(hint, 'something else')}")

    def _items(self, node: Node) -> tuple[Node, ...]:
        match node:
            case Tables(rows=rows):
                return rows
            case Leaf(place=place, value=list(items)):
                return tuple(Leaf(place, item) for item in items)
        raise self._bad(node.place, "must be a list")

    def _table(self, node: Node) -> Table:
        if isinstance(node, Table):
            return node
        raise self._bad(node.place, "must be a table")

    def _whole(self, cls: type[T], table: Table) -> T:
        before = len(self.faults.found)
        draft = self.draft(cls, table)
        if draft.bad or len(self.faults.found) > before:
            raise Bad
        return draft.value

    def _sound(self, value: object) -> object:
        if value is None:
            raise Bad
        return value

    def _bad(self, place: Place, what: str) -> Bad:
        self.faults.add(place, what)
        return Bad()


_NAMES: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Network: 'a network such as "10.0.0.0/8"',
}


def _anything(value: object) -> str:
    return ""


def _inner(node: Node | None, key: str | int) -> Node | None:
    match node, key:
        case Table(entries=entries), str():
            return entries.get(key)
        case Tables(rows=rows), int() if 0 < key <= len(rows):
            return rows[key - 1]
    return None


@cache
def _hints(cls: type) -> dict[str, Any]:
    """Worked out once: a profile has a dozen tables of one class, and that was half the time of reading it."""
    return get_type_hints(cls)


def _key(field: attrs.Attribute[Any]) -> str:
    """What an operator writes; that cannot be an attribute where Python has another use for the word."""
    return str(field.metadata.get("key", field.name))


def raw(node: Node) -> object:
    """As TOML has it: for whoever else knows what it must be."""
    match node:
        case Table(entries=entries):
            return {key: raw(value) for key, value in entries.items()}
        case Tables(rows=rows):
            return [raw(row) for row in rows]
        case Leaf(value=value):
            return value


def _written(choice: object) -> str:
    return f'"{choice}"' if isinstance(choice, str) else str(choice)

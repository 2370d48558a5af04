"""TOML files -> one tree in which every value remembers the file it came from.

The main file may name others: `include = ["conf.d/*.toml"]`, relative to itself.
Tables of one name are merged, arrays of tables follow each other, and a key
given twice is a fault that names both files. What the keys mean is not known here.
"""

from __future__ import annotations

import glob
import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path

import attrs

from chanserv.toml.faults import Faults, Place

DEEPEST = 40  # tables and lists within each other
TOO_DEEP = f"tables and lists may be {DEEPEST} deep"


@attrs.frozen
class Leaf:
    """A value that is no table."""

    place: Place
    value: object


@attrs.frozen
class Table:
    """A table; `place` is where it was first opened."""

    place: Place
    entries: dict[str, Node] = attrs.field(factory=dict)


@attrs.frozen
class Tables:
    """An array of tables."""

    place: Place
    rows: tuple[Table, ...]


Node = Leaf | Table | Tables


def read(path: str, faults: Faults) -> Table:
    """The file and all it includes, merged. What cannot be read is a fault and left out."""
    root = single(path, faults)
    for other in _included(path, root.entries.pop("include", None), faults):
        _merge(root, single(other, faults), faults)
    return root


def covers(path: str, other: Path) -> bool:
    """Would `other` be read with the file `path`, were it there?"""
    node = single(path, Faults()).entries.get("include")
    patterns = node.value if isinstance(node, Leaf) and isinstance(node.value, list) else []
    return any(isinstance(pattern, str) and other.match(str(Path(path).parent / pattern)) for pattern in patterns)


def parse(text: str, place: Place) -> Table:
    """`text` as if it stood in the file of `place`. Raises tomllib.TOMLDecodeError."""
    try:
        raw = tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError(TOO_DEEP) from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # Python's own bound (sys.set_int_max_str_digits)
        raise tomllib.TOMLDecodeError("a number has too many digits") from None
    if deep := next((key for key, value in raw.items() if _is_deep(value)), None):
        raise tomllib.TOMLDecodeError(f"{deep}: {TOO_DEEP}")
    return _table(raw, place)


def refuse_others(tree: Table, known: Collection[str], faults: Faults) -> None:
    """Nothing stands there but these."""
    for key, node in tree.entries.items():
        if key not in known:
            faults.add(node.place, "is not known here; there are " + ", ".join(known))


def section(tree: Table, name: str, faults: Faults) -> Table:
    """The table of this name; an empty one, if there is none."""
    match tree.entries.get(name):
        case None:
            return Table(tree.place / name)
        case Table() as table:
            return table
        case other:
            faults.add(other.place, "must be a table")
            return Table(other.place)


def rows(tree: Table, name: str, faults: Faults, one: bool = False) -> tuple[Table, ...]:
    """The tables [[name]], in order. `one`: a single [name] will do."""
    match tree.entries.get(name):
        case None:
            return ()
        case Tables(rows=rows):
            return rows
        case Table() as table if one:
            return (table,)
        case other:
            faults.add(other.place, f"must be tables [[{name}]]")
            return ()


def _is_deep(value: object) -> bool:
    """Too deep for those who read it, each by a function that calls itself?"""
    level = [value]
    for _ in range(DEEPEST):
        nested = [node for node in level if isinstance(node, dict | list)]
        level = [inner for node in nested for inner in (node.values() if isinstance(node, dict) else node)]
    return any(isinstance(node, dict | list) for node in level)


def single(path: str, faults: Faults) -> Table:
    """The file alone: an `include` in it is a key like any other. What cannot be read is a fault, and nothing there."""
    place = Place(path)
    try:
        return parse(Path(path).read_text(encoding="utf-8"), place)
    except OSError as error:
        faults.add(place, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.add(place, "is not UTF-8")
    except tomllib.TOMLDecodeError as error:
        faults.add(place, f"is not TOML: {error}")
    return Table(place)


def _table(raw: dict[str, object], place: Place) -> Table:
    return Table(place, {key: _node(value, place / key) for key, value in raw.items()})


def _node(raw: object, place: Place) -> Node:
    match raw:
        case dict():
            return _table(raw, place)
        case list() if raw and all(isinstance(row, dict) for row in raw):
            return Tables(place, tuple(_table(row, place.nth(n)) for n, row in enumerate(raw, 1)))
        case _:
            return Leaf(place, raw)


def _included(path: str, node: Node | None, faults: Faults) -> Iterable[str]:
    """The files that `include` names, each once, sorted within a pattern."""
    if node is None:
        return
    patterns = node.value if isinstance(node, Leaf) else None
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        faults.add(node.place, "must be a list of file names")
        return
    seen = {Path(path).resolve()}
    for pattern in patterns:
        found = sorted(glob.glob(str(Path(path).parent / pattern)))
        if not found and glob.escape(pattern) == pattern:
            faults.add(node.place, f"there is no file {pattern!r}")
        for name in found:
            if (resolved := Path(name).resolve()) not in seen:
                seen.add(resolved)
                yield name


def _merge(into: Table, other: Table, faults: Faults) -> None:
    for key, theirs in other.entries.items():
        match into.entries.get(key), theirs:
            case None, _:
                into.entries[key] = theirs
            case Table() as ours, Table():
                _merge(ours, theirs, faults)
            case Tables() as ours, Tables():
                into.entries[key] = Tables(ours.place, ours.rows + theirs.rows)
            case ours, _:
                faults.add(theirs.place, f"is given in {ours.place.file} already")

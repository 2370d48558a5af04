"""Where profiles lie: the shipped ones in `catalogue`, and a site's own in folders that go before it.

A profile that `extends` another has all of its tables, key by key; what it says
itself goes before, and its own [[hook]], [[verify]] and [[test]] stand instead
of the other's; what it is `without` is not taken. One that has the name of a shipped one is taken instead, and may
extend that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from chanserv.profiles import reading
from chanserv.profiles.profile import Profile
from chanserv.toml import files
from chanserv.toml.faults import Faults, Place
from chanserv.toml.files import Leaf, Node, Table

SHIPPED = Path(__file__).parent / "catalogue"
ALIKE = 0.7  # of 1: a name that may be meant by another
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


class Shelf:
    """Profiles by name, read when they are first asked for. `folders`: a site's own, the first goes before the next."""

    def __init__(self, folders: Sequence[str] = ()) -> None:
        self._folders = [*map(Path, folders), SHIPPED]
        self._read: dict[str, Profile] = {}

    def names(self) -> list[str]:
        """All of them, sorted."""
        found = {path.stem for folder in self._folders for path in folder.glob("*.toml") if NAME.fullmatch(path.stem)}
        return sorted(found)

    def where(self, name: str) -> Path | None:
        """The file it is read from."""
        return next(iter(self._paths(name)), None)

    def known(self, name: str) -> Profile:
        """One that `get` has given. Raises KeyError."""
        return self._read[name]

    def get(self, name: str, faults: Faults, asked: Place) -> Profile | None:
        """The profile; None, with `faults` told: there is none, or it is not sound. `asked`: the key that names it."""
        if name in self._read:
            return self._read[name]
        own = Faults()
        table = self._table(name, own, asked, ())
        found = reading.read(name, table, own) if table is not None else None
        faults.found.extend(fault for fault in own.found if fault not in faults.found)
        if found is None or own.found:
            return None
        self._read[name] = found
        return found

    def _table(self, name: str, faults: Faults, asked: Place, within: Sequence[Path]) -> Table | None:
        paths = [path for path in self._paths(name) if path not in within]
        if not paths:
            itself = any(path in within for path in self._paths(name))
            faults.add(asked, f"{name!r} " + ("extends itself" if itself else f"is no profile; {self._meant(name)}"))
            return None
        before = len(faults.found)
        table = files.single(str(paths[0]), faults)
        if len(faults.found) > before:
            return None
        other, less = _about(table, "extends"), _about(table, "without")
        if other is None:
            if less is not None:
                faults.add(less.place, "is for a profile that extends another")
            return table
        base = self._table(str(other.value), faults, other.place, (*within, paths[0]))
        return _over(table, _less(base, less, faults)) if base is not None else None

    def _meant(self, name: str) -> str:
        like = get_close_matches(name.lower(), self.names(), 1, ALIKE)
        return f"is {like[0]} meant?" if like else f"there are {', '.join(self.names())}"

    def _paths(self, name: str) -> Iterable[Path]:
        if NAME.fullmatch(name):
            for folder in self._folders:
                if (path := folder / f"{name}.toml").is_file():
                    yield path


def _about(table: Table, key: str) -> Leaf | None:
    """Of its [profile]."""
    about = table.entries.get("profile")
    named = about.entries.get(key) if isinstance(about, Table) else None
    return named if isinstance(named, Leaf) else None


def _less(base: Table, named: Leaf | None, faults: Faults) -> Table:
    """The other's tables but for the keys that are named; one that they have not is told."""
    for way in named.value if named is not None and isinstance(named.value, list) else ():
        left = _taken(base, str(way).split("."))
        if left is None and named is not None:
            faults.add(named.place, f"there is no {str(way)!r} in the other")
        base = left or base
    return base


def _taken(table: Table, way: Sequence[str]) -> Table | None:
    """The table when that is gone; None: it never had it."""
    head, *rest = way
    node = table.entries.get(head)
    if node is None:
        return None
    if not rest:
        return Table(table.place, {key: other for key, other in table.entries.items() if key != head})
    inner = _taken(node, rest) if isinstance(node, Table) else None
    return Table(table.place, {**table.entries, head: inner}) if inner is not None else None


def _over(ours: Table, base: Table) -> Table:
    entries: dict[str, Node] = dict(base.entries)
    for key, node in ours.entries.items():
        inherited = entries.get(key)
        both = isinstance(node, Table) and isinstance(inherited, Table)
        entries[key] = _over(node, inherited) if both else node  # type: ignore[arg-type] # both are tables
    return Table(ours.place, entries)

"""Where profiles lie: the shipped ones in `catalogue`, and a site's own in folders that go before it.

A profile that `extends` another has all of its tables, key by key; what it says
itself goes before, and its own [[hook]], [[verify]] and [[test]] stand instead
of the other's. One that has the name of a shipped one is taken instead, and may
extend that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from chanserv.profiles import profile
from chanserv.profiles.profile import Profile
from chanserv.toml import files
from chanserv.toml.faults import Faults, Place
from chanserv.toml.files import Leaf, Node, Table

SHIPPED = Path(__file__).parent / "catalogue"
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
        found = profile.read(name, table, own) if table is not None else None
        faults.found.extend(fault for fault in own.found if fault not in faults.found)
        if found is None or own.found:
            return None
        self._read[name] = found
        return found

    def _table(self, name: str, faults: Faults, asked: Place, within: Sequence[Path]) -> Table | None:
        paths = [path for path in self._paths(name) if path not in within]
        if not paths:
            why = "extends itself" if within and any(path in within for path in self._paths(name)) else "is no profile"
            faults.add(asked, f"{name!r} {why}" + ("" if within else f"; there are {', '.join(self.names())}"))
            return None
        before = len(faults.found)
        table = files.single(str(paths[0]), faults)
        if len(faults.found) > before:
            return None
        other = _extended(table)
        if other is None:
            return table
        base = self._table(str(other.value), faults, other.place, (*within, paths[0]))
        return _over(table, base) if base is not None else None

    def _paths(self, name: str) -> Iterable[Path]:
        if NAME.fullmatch(name):
            for folder in self._folders:
                if (path := folder / f"{name}.toml").is_file():
                    yield path


def _extended(table: Table) -> Leaf | None:
    about = table.entries.get("profile")
    named = about.entries.get("extends") if isinstance(about, Table) else None
    return named if isinstance(named, Leaf) else None


def _over(ours: Table, base: Table) -> Table:
    entries: dict[str, Node] = dict(base.entries)
    for key, node in ours.entries.items():
        inherited = entries.get(key)
        both = isinstance(node, Table) and isinstance(inherited, Table)
        entries[key] = _over(node, inherited) if both else node  # type: ignore[arg-type] # both are tables
    return Table(ours.place, entries)

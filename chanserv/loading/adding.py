"""Channels and links that come after the start: read and judged as if they had stood in a file from the beginning.

What they may clash with is what the gateway was started with and what was
added since; that is not read again, since secrets may be out of reach by now.
Of the files as they are on disk only the names count: a key given twice would
keep the gateway from starting again. Nothing is written or started here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import attrs

from chanserv import loading
from chanserv.errors import Conflict, SettingsError
from chanserv.loading.checks import Drafts, check
from chanserv.settings import Addition
from chanserv.toml import files
from chanserv.toml.faults import Faults, Place
from chanserv.toml.files import Table
from chanserv.toml.writing import Unwritable, write

Sections = Mapping[str, Mapping[str, Mapping[str, object]]]  # "channel" or "link" -> name -> key -> value

ADDED = ("channel", "link")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
FOLDER = "conf.d"
HEAD = "# Added while chanserv ran. It is a file of the settings like any other.\n\n"


@attrs.frozen
class Plan:
    """An addition that would be sound, and everything's drafts with it."""

    addition: Addition
    drafts: Drafts = attrs.field(repr=False)


class Adding:
    """Knows what there is. `path`: the main file of the settings."""

    def __init__(self, path: str, drafts: Drafts) -> None:
        self._main = Path(path).absolute()  # twistd changes the folder it runs in
        self._drafts = drafts

    def plan(self, name: str, sections: Sections) -> Plan:
        """What adding these tables would be, in a file called after `name`; `accept` makes it so.

        Raises SettingsError with every fault there is, and Conflict if one of them is there already, or if what is
        written would not be read at the next start.
        """
        _names_fit(name, sections)
        self._is_new(sections)
        place = self._place(name)
        text, faults = _written(sections), Faults()
        drafts = self._with(files.parse(text, Place(str(place))), faults)
        if faults.found:
            raise SettingsError(faults.found)
        channels, links = loading.channels(drafts), loading.links(drafts)
        addition = Addition(
            file=str(place),
            text=HEAD + text,
            channels={name: channels[name] for name in sections.get("channel", ())},
            links={name: links[name] for name in sections.get("link", ())},
            warnings=tuple(faults.warnings),
        )
        return Plan(addition, drafts)

    def accept(self, plan: Plan) -> None:
        """It is there: the next one may refer to it."""
        self._drafts = plan.drafts

    def _with(self, tree: Table, faults: Faults) -> Drafts:
        """Everything there is, and the tables of `tree`; `faults` is told what is wrong with these."""
        new, old = loading.drafted(tree, faults), self._drafts
        drafts = attrs.evolve(
            old,
            channels=old.channels | new.channels,
            links=old.links | new.links,
            named={section: names | new.named[section] for section, names in old.named.items()},
        )
        former, found = Faults(), Faults()
        check(old, former)
        check(drafts, found)
        faults.found.extend(fault for fault in found.found if fault not in former.found + faults.found)
        faults.warnings.extend(warning for warning in found.warnings if warning not in former.warnings)
        return drafts

    def _is_new(self, sections: Sections) -> None:
        faults = Faults()
        tree = files.read(str(self._main), faults)
        if faults.found:
            raise Conflict("the settings files have faults by now, which must be mended first: " + faults.found[0])
        for section, tables in sections.items():
            there = tree.entries.get(section)
            on_disk = there.entries if isinstance(there, Table) else {}
            for name in tables:
                if name in self._drafts.named[section] or name in on_disk:
                    raise Conflict(f"there is a [{section}.{name}] already; what there is cannot be changed here")

    def _place(self, name: str) -> Path:
        """Where it is to be written: conf.d/<name>.toml, or the next number that is free."""
        folder = self._main.parent / FOLDER
        if not files.covers(str(self._main), folder / f"{name}.toml"):
            raise Conflict(f'{self._main} needs include = ["{FOLDER}/*.toml"]: or it would be lost at the next start')
        places = (folder / f"{name}{number}.toml" for number in ("", *(f"-{n}" for n in range(2, 1000))))
        free = next((place for place in places if not place.exists()), None)
        if free is None:
            raise Conflict(f"there are as many files called {name} in {folder} as there can be: choose another name")
        return free


def _names_fit(name: str, sections: Sections) -> None:
    """They stand in file names and in URLs."""
    faults = [
        f"{section}: is not known here; what can be added is {' and '.join(ADDED)}"
        for section in sections
        if section not in ADDED
    ]
    if not any(sections.values()):
        faults.append("there is nothing to add: neither a channel nor a link")
    for each in dict.fromkeys((name, *(key for tables in sections.values() for key in tables))):
        if not NAME.fullmatch(each):
            faults.append(f"name: {each!r} must be letters, digits, - and _, at most 60, the first no - or _")
    if faults:
        raise SettingsError(faults)


def _written(sections: Sections) -> str:
    try:
        return write(sections)
    except Unwritable as error:
        raise SettingsError([f"{error}: no settings file can hold this value"])

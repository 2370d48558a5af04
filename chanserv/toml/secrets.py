"""Secrets: `{env = "NAME"}`, `{file = "path"}`, or (with a warning) the text itself.

They are read once, while the settings are: under twistd that is before
privileges are dropped, so the file may belong to root alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from chanserv.settings.common import Secret
from chanserv.toml.faults import Faults, Place
from chanserv.toml.files import Leaf, Node, Table

SHAPE = 'must be {env = "NAME"}, {file = "path"} or a text'


def secret(node: Node, faults: Faults) -> Secret | None:
    """The secret meant by `node`, file names taken from its own file's folder; None if there is a fault."""
    place = node.place
    text: str | None
    match node:
        case Leaf(value=str(literal)):
            text = literal
            faults.warn(place, "the secret stands in the file; {env = …} or {file = …} keeps it out")
        case Table(entries={"env": Leaf(value=str(name)), **rest}) if not rest:
            text = os.environ.get(name)
            if text is None:
                faults.add(place, f"the environment has no {name}")
                return None
        case Table(entries={"file": Leaf(value=str(name)), **rest}) if not rest:
            text = _content(Path(place.file).parent / name, place, faults)
            if text is None:
                return None
        case _:
            faults.add(place, SHAPE)
            return None
    if not text:
        faults.add(place, "is empty")
        return None
    return Secret(text)


def _content(path: Path, place: Place, faults: Faults) -> str | None:
    """The file's text; one newline at its end is an editor's, not the secret's."""
    try:
        return path.read_bytes().decode("utf-8").removesuffix("\n")
    except OSError as error:
        faults.add(place, f"{path} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.add(place, f"{path} is not UTF-8")
    return None

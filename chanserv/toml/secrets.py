"""Secrets: `{env = "NAME"}`, `{file = "path"}`, or (with a warning) the text itself.

They are read once, while the settings are: under twistd that is before
privileges are dropped, so the file may belong to root alone. A secret is one
line, of a file that has an end: what a running gateway is told to read, it would
send elsewhere, and a list of accounts or a key of the machine is no password.
"""

from __future__ import annotations

import os
import stat
from errno import EINVAL
from pathlib import Path

from chanserv.settings.common import Secret
from chanserv.toml.faults import Faults, Place
from chanserv.toml.files import Leaf, Node, Table

LONGEST = 4_096  # octets
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
    if why := _unfit(text):
        faults.add(place, why)
        return None
    return Secret(text)


def _unfit(text: str) -> str:
    """Why it can be no secret, without a word of it; empty: it can."""
    try:
        octets = text.encode("utf-8")
    except UnicodeEncodeError:  # of an environment
        return "is not UTF-8"
    if len(octets) > LONGEST:
        return f"is longer than {LONGEST} octets"
    return "is empty" if not text else "has more than one line" if set("\r\n\0").intersection(text) else ""


def _content(path: Path, place: Place, faults: Faults) -> str | None:
    """The file's text; one newline at its end is an editor's, not the secret's."""
    try:
        return _octets(path).decode("utf-8").removesuffix("\n")
    except OSError as error:
        faults.add(place, f"{path} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.add(place, f"{path} is not UTF-8")
    except ValueError:
        faults.add(place, "is no name of a file")
    return None


def _octets(path: Path) -> bytes:
    """No more of them than tell that they are too many; a pipe or a device is not waited for. Raises OSError."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(EINVAL, "it is no file")
        return file.read(LONGEST + 2)

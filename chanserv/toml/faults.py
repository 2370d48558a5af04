"""What is wrong with the settings, and where: faults gather here until everything has been read.

Knows no table and no key of the gateway. A `Place` is what the operator wrote
(file and key), so that a fault can be found with the eye; values never go into
a fault, since any of them may be a secret in the wrong line.
"""

from __future__ import annotations

import re

import attrs

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@attrs.frozen
class Place:
    """A key in a file: `link.claro.window`, `inbound[2].channel` (counted from 1 within its file)."""

    file: str
    path: str = ""

    def __truediv__(self, key: str) -> Place:
        """The key `key` of the table that is here."""
        written = key if _BARE.fullmatch(key) else '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return attrs.evolve(self, path=f"{self.path}.{written}" if self.path else written)

    def nth(self, number: int) -> Place:
        """The `number`th table of the array of tables that is here."""
        return attrs.evolve(self, path=f"{self.path}[{number}]")

    def __str__(self) -> str:
        return f"{self.file}: {self.path}" if self.path else self.file


@attrs.frozen
class Faults:
    """Faults stop the start; warnings do not. Lines of `file: key: what`."""

    found: list[str] = attrs.field(factory=list)
    warnings: list[str] = attrs.field(factory=list)

    def add(self, place: Place, what: str) -> None:
        line = f"{place}: {what}"
        if line not in self.found:
            self.found.append(line)

    def warn(self, place: Place, what: str) -> None:
        self.warnings.append(f"{place}: {what}")

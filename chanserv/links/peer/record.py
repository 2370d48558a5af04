"""What a simulator has seen, as JSON lines in a file: the other side's word when a test compares accounts."""

from __future__ import annotations

import json
import time
from typing import IO, Any

import attrs


def plain(value: Any) -> Any:
    """What JSON can say of values that a codec reads. Octets: as ASCII if they are printable, else hexadecimal."""
    if isinstance(value, bytes):
        return value.decode("ascii") if value.isascii() and value.decode("ascii").isprintable() else value.hex()
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if attrs.has(type(value)):
        fields = {field.name.lstrip("_"): getattr(value, field.name) for field in attrs.fields(type(value))}
        return {name: plain(found) for name, found in fields.items() if found not in (None, b"", "", ())}
    return value if isinstance(value, str | int | float | None) else str(value)


class Record:
    """Opened with the first line, flushed with each; without a path nothing is written. Raises OSError."""

    def __init__(self, path: str | None) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def write(self, what: str, **facts: object) -> None:
        """One line: `at` (seconds since the epoch), `what`, and the facts."""
        if self.path is None:
            return
        if self._file is None:
            self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115 - it stays open
        self._file.write(json.dumps({"at": time.time(), "what": what, **facts}).encode() + b"\n")

    def close(self) -> None:
        """A later line opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

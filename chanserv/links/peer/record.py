"""What a simulator has seen, as JSON lines in a file: the other side's word when a test compares accounts."""

from __future__ import annotations

import json
import time
from typing import IO


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

"""Two things every session keeps: what waits for an answer and until when, and what is still to be written.

Neither knows a protocol or a clock; times are seconds of one clock.
"""

from __future__ import annotations

from collections.abc import Iterator


class Window:
    """Numbers that wait for an answer. All wait equally long, so the oldest is the first that is due."""

    def __init__(self) -> None:
        self._due: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def __iter__(self) -> Iterator[int]:
        return iter(self._due)

    def __contains__(self, number: object) -> bool:
        return number in self._due

    def add(self, number: int, due: float) -> None:
        self._due[number] = due

    def pop(self, number: int) -> bool:
        """It is answered; False: it was not waited for."""
        return self._due.pop(number, None) is not None

    def clear(self) -> None:
        self._due.clear()

    @property
    def first_due(self) -> float | None:
        """When the oldest should have been answered; None: nothing waits."""
        return next(iter(self._due.values()), None)

    def overdue(self, now: float) -> list[int]:
        """Oldest first."""
        found = []
        for number, due in self._due.items():
            if due > now:
                break
            found.append(number)
        return found

    def longer(self, seconds: float) -> None:
        """All wait as much longer."""
        self._due = {number: due + seconds for number, due in self._due.items()}


class Outlet:
    """Octets in the order they are to be written. Those of a part can be taken back until they are."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._places: dict[int, int] = {}  # number -> its place in `_chunks`

    def write(self, octets: bytes) -> None:
        self._chunks.append(octets)

    def submit(self, number: int, octets: bytes) -> None:
        """Octets of the part with this number; instead of those that are not written yet, if there are any."""
        if number in self._places:
            self._chunks[self._places[number]] = b""
        self._places[number] = len(self._chunks)
        self._chunks.append(octets)

    def written(self, number: int) -> bool:
        """Have its octets left?"""
        return number not in self._places

    def take_back(self) -> None:
        """No part that was not written will be: it is told as such."""
        for place in self._places.values():
            self._chunks[place] = b""

    def flush(self) -> bytes:
        """All of it; it counts as written now."""
        octets = b"".join(self._chunks)
        self._chunks.clear()
        self._places.clear()
        return octets

"""What is to be done at which moment: one queue, so that one timer is enough. The clock is its owner's."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush


class Agenda:
    """Entries run in the order of their times; of equal times, in the order of their coming."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0

    def add(self, when: float, what: Callable[[], object]) -> None:
        """Do `what` at `when`, in seconds of the owner's clock."""
        self._count += 1
        heappush(self._entries, (when, self._count, what))

    def due(self) -> float | None:
        """When to `run` next."""
        return self._entries[0][0] if self._entries else None

    def run(self, now: float) -> None:
        """Do all whose time has come."""
        while self._entries and self._entries[0][0] <= now:
            heappop(self._entries)[2]()

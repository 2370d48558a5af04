"""What is worth a line of the log, but not each time: one a minute of each sort, or a stranger could fill the disk.

What is said, and how often it happened, is not known here.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

EVERY = 60.0  # seconds between two lines about one sort


class Seldom:
    """Sorts are few: whoever asks chooses their names, never somebody else."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}  # sort -> when

    def due(self, sort: str = "") -> bool:
        """May it be said now? It counts as said then."""
        now = self._clock.seconds()
        if now - self._said.get(sort, -EVERY) < EVERY:
            return False
        self._said[sort] = now
        return True

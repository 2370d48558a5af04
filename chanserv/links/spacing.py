"""Who may be written to when, for carriers that name a text by its number and second alone (UCP 51, CIMD2 03).

Two texts to one number that the carrier stamps within one second share their
name, and so do their receipts. So a part of another message waits until a
second has passed since the former was answered: its stamp is later then. Parts
of one message may share a second, since their verdicts are added up anyway.

`Spacing` is one account's, shared by its sessions; `Held` is the queue of one
session. Neither knows a protocol or a clock; times are seconds of one clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import inf

import attrs

from chanserv.text.numbers import digits

ALIKE = 7  # trailing digits by which two writings of one number are known, as the store does


def alike(number: str) -> str:
    """What is the same in every writing of a number: national, 00, +."""
    return digits(number)[-ALIKE:]


@attrs.define
class _Place:
    """A number that was just written to."""

    message: int
    open: int = 0  # parts without an answer
    free: float = inf  # when another message may go


class Spacing:
    """Remembers the numbers with open parts, and those answered within the last second."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self._places: dict[str, _Place] = {}
        self._ageing: deque[tuple[float, str]] = deque()

    def __len__(self) -> int:
        return len(self._places)

    def when(self, number: str, message: int) -> float:
        """From when on a part of this message may be written; `inf`: not before the former is answered."""
        place = self._places.get(alike(number))
        if place is None or place.message == message:
            return -inf
        return inf if place.open else place.free

    def wrote(self, number: str, message: int) -> None:
        """It is being written; `when` said that it may."""
        place = self._places.get(alike(number))
        if place is None or place.message != message:
            place = self._places[alike(number)] = _Place(message)
        place.open += 1

    def answered(self, now: float, number: str) -> None:
        """A part that was written has its answer, or will never have one."""
        key = alike(number)
        place = self._places.get(key)
        if place is not None and place.open:
            place.open -= 1
            if not place.open:
                place.free = now + self.seconds
                self._ageing.append((place.free, key))
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._ageing and self._ageing[0][0] <= now:
            free, key = self._ageing.popleft()
            place = self._places.get(key)
            if place is not None and not place.open and place.free == free:
                del self._places[key]


@attrs.define(eq=False)
class Held:
    """Parts of one session that are not written yet, oldest first. `spacing` None: all may go at once."""

    spacing: Spacing | None = None
    _parts: dict[int, tuple[str, int]] = attrs.field(factory=dict)  # the session's number -> (to, message)
    _looked: float = 0.0

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[int]:
        return iter(self._parts)

    def put(self, part: int, number: str, message: int) -> None:
        """It waits behind those to the same number."""
        self._parts[part] = number, message

    def take(self, now: float, most: int) -> list[int]:
        """Those that may be written now, `most` at most; they count as written."""
        self._looked = now
        taken: list[int] = []
        for part, (number, message) in self._parts.items():
            if len(taken) >= most:
                break
            if self.spacing is None or self.spacing.when(number, message) <= now:
                taken.append(part)
                if self.spacing is not None:
                    self.spacing.wrote(number, message)
        for part in taken:
            del self._parts[part]
        return taken

    def due(self) -> float | None:
        """When to `take` again, at the latest: the answer that one waits for may come in another session."""
        if self.spacing is None or not self._parts:
            return None
        first = min(self.spacing.when(number, message) for number, message in self._parts.values())
        return min(max(first, self._looked), self._looked + self.spacing.seconds)

    def clear(self) -> None:
        """None of them will be written."""
        self._parts.clear()

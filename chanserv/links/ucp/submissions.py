"""The parts of one session: held until they may go, then open until their result. What is written is not known here."""

from __future__ import annotations

from chanserv.links.spacing import Held, Spacing
from chanserv.links.ucp.operations import Operation
from chanserv.links.ucp.terms import Submission
from chanserv.links.window import Window


class Submissions:
    """By the session's number."""

    def __init__(self, spacing: Spacing | None = None) -> None:
        self.held = Held(spacing)
        self.open = Window()
        self._spacing = spacing
        self._parts: dict[int, Submission] = {}
        self._now = 0.0

    def __len__(self) -> int:
        return len(self._parts)

    def put(self, number: int, part: Submission) -> None:
        self._parts[number] = part
        self.held.put(number, part.to, part.message)

    def ready(self, now: float, room: int, within: float) -> list[tuple[int, Operation]]:
        """Those that go now, `room` at most: they are open, and due `within` so many seconds."""
        self._now = now
        if not self.held:
            return []
        numbers = self.held.take(now, room)
        for number in numbers:
            self.open.add(number, now + within)
        return [(number, self._parts[number].operation) for number in numbers]

    def answered(self, now: float, number: int) -> Operation:
        """It has its result."""
        self.open.pop(number)
        part = self._parts.pop(number)
        if self._spacing is not None:
            self._spacing.answered(now, part.to)
        return part.operation

    def clear(self) -> None:
        """None of them ever will. The last time that is known frees their numbers: the end of a session has none."""
        for number in list(self.open):
            self.answered(self._now, number)
        self.held.clear()
        self._parts.clear()

"""What a bound session waits for: answers to parts and to questions, and any sign of life.

It says what is overdue; what follows is the session's matter. Times are seconds of one clock.
"""

from __future__ import annotations

from chanserv.links.window import Window

ENQUIRIES = 2  # unanswered ones that mean the carrier is gone


class Waits:
    """While nobody reads (`stop`), nothing is overdue: what was to come may lie in a buffer."""

    def __init__(self, answer_within: float, enquire_after: float) -> None:
        self.parts = Window()  # submit_sm and data_sm by sequence
        self.questions = Window()  # query_sm and cancel_sm
        self._answer_within = answer_within
        self._enquire_after = enquire_after
        self._heard = 0.0
        self._enquiries: list[float] = []  # when each unanswered enquire_link was sent
        self._deaf_since: float | None = None

    def answer_to(self, window: Window, sequence: int, now: float) -> None:
        """To something that was just sent; `window`: parts or questions."""
        window.add(sequence, now + self._answer_within)

    def heard(self, now: float) -> None:
        """Anything at all came."""
        self._heard = now
        self._enquiries.clear()

    def enquired(self, now: float) -> None:
        """An enquire_link was sent."""
        self._enquiries.append(now)

    def stop(self, now: float) -> None:
        """Nobody reads any more."""
        self._deaf_since = now

    def go_on(self, now: float) -> None:
        """Somebody reads again: all waits are as much longer."""
        if self._deaf_since is not None:
            longer, self._deaf_since = now - self._deaf_since, None
            self.parts.longer(longer)
            self.questions.longer(longer)
            self.heard(now)

    def due(self) -> float | None:
        """When the first of them will be overdue."""
        if self._deaf_since is not None:
            return None
        due, first = self._quiet, self.parts.first_due
        if first is not None and first < due:
            due = first
        if len(self.questions) and (first := self.questions.first_due) is not None and first < due:
            due = first
        return due

    def no_answer(self, window: Window, now: float) -> list[int]:
        """Numbers whose answer is overdue, oldest first."""
        return [] if self._deaf_since is not None else window.overdue(now)

    def silent(self, now: float) -> bool:
        """Is it time to ask whether the carrier is there?"""
        return self._deaf_since is None and now >= self._quiet

    @property
    def gone(self) -> bool:
        """Asking is no use any more."""
        return len(self._enquiries) >= ENQUIRIES

    @property
    def _quiet(self) -> float:
        return (self._enquiries[-1] if self._enquiries else self._heard) + self._enquire_after

"""What a bound session waits for: answers to parts and to questions, and any sign of life.

It says what is overdue; what follows is the session's matter. Times are seconds of one clock.
"""

from __future__ import annotations

from chanserv.links.pulse import Pulse
from chanserv.links.window import Window


class Waits:
    """While nobody reads (`stop`), nothing is overdue: what was to come may lie in a buffer."""

    def __init__(self, answer_within: float, enquire_after: float) -> None:
        self.parts = Window()  # submit_sm and data_sm by sequence
        self.questions = Window()  # query_sm and cancel_sm
        self.pulse = Pulse(enquire_after)
        self._answer_within = answer_within

    def answer_to(self, window: Window, sequence: int, now: float) -> None:
        """To something that was just sent; `window`: parts or questions."""
        window.add(sequence, now + self._answer_within)

    def go_on(self, now: float) -> None:
        """Somebody reads again: all waits are as much longer."""
        longer = self.pulse.go_on(now)
        self.parts.longer(longer)
        self.questions.longer(longer)

    def due(self) -> float | None:
        """When the first of them will be overdue."""
        if self.pulse.deaf:
            return None
        dues = (self.pulse.due, self.parts.first_due, self.questions.first_due)
        return min((due for due in dues if due is not None), default=None)

    def no_answer(self, window: Window, now: float) -> list[int]:
        """Numbers whose answer is overdue, oldest first."""
        return [] if self.pulse.deaf else window.overdue(now)

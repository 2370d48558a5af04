"""When the other end was last heard, and when it is to be asked whether it is there.

Times are seconds of one clock. What asks, and what becomes of a session whose other end is gone, is not known here.
"""

from __future__ import annotations

import attrs

UNANSWERED = 2  # questions in a row, and it is gone


@attrs.define(eq=False)
class Pulse:
    """`after`: seconds of silence until it is asked; 0: nobody is asked."""

    after: float
    _heard: float = 0.0
    _asked: list[float] = attrs.field(factory=list)  # since it was heard
    _deaf_since: float | None = None

    def heard(self, now: float) -> None:
        """Anything is a sign of life."""
        self._heard = now
        self._asked.clear()

    @property
    def due(self) -> float | None:
        """When to `ask`; None: nobody is to be asked."""
        if not self.after or self._deaf_since is not None:
            return None
        return (self._asked[-1] if self._asked else self._heard) + self.after

    def quiet(self, now: float) -> bool:
        """Is it time to `ask`?"""
        due = self.due
        return due is not None and now >= due

    def ask(self, now: float) -> bool:
        """It is asked now; False: it was asked often enough, it is gone."""
        if len(self._asked) >= UNANSWERED:
            return False
        self._asked.append(now)
        return True

    @property
    def deaf(self) -> bool:
        """We do not listen: silence means nothing, and what was to come may lie in a buffer."""
        return self._deaf_since is not None

    def stop(self, now: float) -> None:
        """From now on we do not listen."""
        self._deaf_since = now

    def go_on(self, now: float) -> float:
        """We listen again; for how long we did not."""
        if self._deaf_since is None:
            return 0.0
        longer, self._deaf_since = now - self._deaf_since, None
        self.heard(now)
        return longer

"""When the other end was last heard, and when it is to be asked whether it is there. Times only."""

from __future__ import annotations

import attrs

UNANSWERED = 2  # questions without an answer, and it is gone


@attrs.define(eq=False)
class Pulse:
    """`after`: seconds of silence; 0: nobody is asked."""

    after: float
    _heard: float = 0.0
    _asked: list[float] = attrs.field(factory=list)  # since it was heard
    _deaf_since: float | None = None

    def heard(self, now: float) -> None:
        """Anything is a sign of life."""
        self._heard = now
        self._asked.clear()

    def due(self) -> float | None:
        """When to `ask`."""
        return (self._asked[-1] if self._asked else self._heard) + self.after if self.after else None

    def ask(self, now: float) -> bool:
        """It is asked now; False: it was asked often enough."""
        if len(self._asked) >= UNANSWERED:
            return False
        self._asked.append(now)
        return True

    @property
    def deaf(self) -> bool:
        """We do not listen: silence means nothing."""
        return self._deaf_since is not None

    def stop(self, now: float) -> None:
        """From now on we do not listen."""
        self._deaf_since = now

    def go_on(self, now: float) -> float:
        """We listen again; how long we did not."""
        if self._deaf_since is None:
            return 0.0
        longer, self._deaf_since = now - self._deaf_since, None
        self.heard(now)
        return longer

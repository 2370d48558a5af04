"""Is the other end there? When it was heard last, what asks in vain, and when the owner itself does not listen.

Times are seconds of one clock; which packet asks is not known here.
"""

from __future__ import annotations

import attrs

MOST = 2  # questions without an answer: then nobody is there


@attrs.define
class Pulse:
    """`after`: seconds of silence until it is asked."""

    after: float
    _heard: float = 0.0
    _asked: list[float] = attrs.field(factory=list)  # since then, in vain
    _deaf_since: float | None = None

    def heard(self, now: float) -> None:
        """Whatever it was."""
        self._heard = now
        self._asked.clear()

    @property
    def due(self) -> float:
        """When to ask."""
        return (self._asked[-1] if self._asked else self._heard) + self.after

    def asked(self, now: float) -> bool:
        """False: it was asked often enough."""
        if len(self._asked) >= MOST:
            return False
        self._asked.append(now)
        return True

    @property
    def deaf(self) -> bool:
        """Nobody listens here: silence means nothing."""
        return self._deaf_since is not None

    def stop(self, now: float) -> None:
        self._deaf_since = now

    def listen(self, now: float) -> float:
        """How long nobody did."""
        longer = 0.0 if self._deaf_since is None else now - self._deaf_since
        if self._deaf_since is not None:
            self._deaf_since = None
            self.heard(now)
        return longer

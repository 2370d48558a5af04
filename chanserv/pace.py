"""How fast parts may leave: a token bucket, with the time as an argument.

It counts parts and nothing else; who waits, and in which order, is the
lane's business.
"""

from __future__ import annotations

import attrs


@attrs.define(eq=False)
class Pace:
    """`rate` parts a second, never more than `burst` at once; `hold` stops it for a while.

    The burst is a twentieth of a second's worth by default (at least one):
    carriers count in short slices, and a full second's worth at once is what
    they answer with ESME_RTHROTTLED.
    """

    rate: float
    burst: float = attrs.Factory(lambda self: max(1.0, self.rate / 20.0), takes_self=True)
    _tokens: float = attrs.field(init=False, default=-1.0)
    _at: float = attrs.field(init=False, default=0.0)
    _until: float = attrs.field(init=False, default=0.0)

    def take(self, now: float, wanted: int) -> int:
        """How many of `wanted` parts may leave at `now` (seconds): they count as gone."""
        if wanted <= 0 or now < self._until:
            return 0
        self._refill(now)
        granted = min(wanted, int(self._tokens + 1e-9))
        self._tokens -= granted
        return granted

    def next(self, now: float) -> float:
        """Seconds until one more may leave; 0.0: now."""
        self._refill(now)
        return max(0.0, self._until - now, (1.0 - self._tokens) / self.rate)

    def hold(self, now: float, seconds: float) -> None:
        """Nothing leaves for so long; a shorter hold does not end a longer one."""
        self._until = max(self._until, now + seconds)

    def _refill(self, now: float) -> None:
        if self._tokens < 0.0:
            self._tokens = self.burst
        elif now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now

"""How fast parts may go: a token bucket. It knows no clock and no link; instants are seconds and come from outside."""

from __future__ import annotations

import attrs

BURST = 0.1  # seconds' worth of parts that may go at once after a rest; carriers count by the second
ROUNDING = 1e-9


@attrs.define
class Pace:
    """At most `rate` parts a second, `burst` of them at once (default: a tenth of a second's, at least one)."""

    rate: float
    burst: float = attrs.field(kw_only=True)
    _saved: float = attrs.field(init=False)  # seconds' worth that the burst is
    _tokens: float = attrs.field(init=False)
    _at: float | None = attrs.field(init=False, default=None)

    @burst.default
    def _some(self) -> float:
        return max(1.0, self.rate * BURST)

    @_saved.default
    def _worth(self) -> float:
        return self.burst / self.rate

    @_tokens.default
    def _full(self) -> float:
        return self.burst

    def take(self, now: float, wanted: int) -> int:
        """How many of `wanted` parts may go now; that many are spent."""
        self._refill(now)
        granted = max(0, min(wanted, int(self._tokens + ROUNDING)))
        self._tokens -= granted
        return granted

    def retune(self, now: float, rate: float) -> None:
        """From now on another rate. A part that may not go yet may go when it might have; the burst shrinks with it."""
        if rate == self.rate:
            return
        self._refill(now)
        if self._tokens < 1.0:
            self._tokens = 1.0 - (1.0 - self._tokens) * rate / self.rate
        self.rate, self.burst = rate, max(1.0, rate * self._saved)
        self._tokens = min(self._tokens, self.burst)

    def next(self, now: float) -> float:
        """Seconds until one more part may go; 0.0: now."""
        self._refill(now)
        return max(0.0, (1.0 - ROUNDING - self._tokens) / self.rate)

    def hold(self, now: float, seconds: float) -> None:
        """Nothing may go for so long, then no burst: a debt that time pays off. Of two holds the longer counts."""
        self._refill(now)
        self._tokens = min(self._tokens, 1.0 - seconds * self.rate)

    def _refill(self, now: float) -> None:
        """A clock that was set back gives nothing and takes nothing."""
        if self._at is not None and now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now

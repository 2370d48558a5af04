"""What a simulated carrier makes of each part: answered when, refused, throttled, dropped, cut. Values and counting.

How an answer looks, and what else follows, is not known here.
"""

from __future__ import annotations

from random import Random

import attrs

from chanserv.links.peer.behaviour import Behaviour


@attrs.frozen
class Whim:
    """What happens to one part. `status` 0: it is taken."""

    latency: float  # seconds to its answer
    status: int
    dropped: bool  # the connection breaks, at once
    cut: bool  # it breaks in the middle of the answer
    strange: bool  # an answer that nobody waits for goes first


_NONE = Whim(0.0, 0, False, False, False)  # answered at once and well, as most are


class Whims:
    """Counts the parts that came. `throttled`, `refused`: the codes to give."""

    def __init__(self, throttled: int, refused: int) -> None:
        self.behaviour = Behaviour()
        self._throttled, self._refused = throttled, refused
        self._throttled_until = 0.0
        self._seen = 0
        self._chance = Random(0)  # the same every run

    def throttle(self, until: float) -> None:
        self._throttled_until = until

    def latency(self) -> float:
        """For this answer: jitter is by chance."""
        rules = self.behaviour
        return rules.latency + (rules.jitter * self._chance.random() if rules.jitter else 0.0)

    def next(self, now: float) -> Whim:
        """For the part that came now."""
        self._seen += 1
        rules = self.behaviour
        dropped = self._nth(rules.drop_every)
        cut = self._nth(rules.cut_every) and not dropped
        status = 0 if dropped or cut else self._status(now)
        strange, latency = self._nth(rules.unknown_every), self.latency()
        if not (latency or status or dropped or cut or strange):
            return _NONE
        return Whim(latency, status, dropped, cut, strange)

    def _status(self, now: float) -> int:
        if now < self._throttled_until:
            return self._throttled
        return (self.behaviour.refuse_with or self._refused) if self._nth(self.behaviour.refuse_every) else 0

    def _nth(self, every: int) -> bool:
        return bool(every) and self._seen % every == 0

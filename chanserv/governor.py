"""How fast a link may send at present: its contracted rate, less while the carrier says that it is too much.

Additive increase, multiplicative decrease, as TCP does it (RFC 5681). A carrier that throttles is sent a fifth less;
one that throttles again before half the way back was made, half as much. What was lost is regained in equal steps
while answers are good, in `WAY_BACK` seconds; beyond that the steps double every `DOUBLING` seconds. Of parts that were
out together the first throttle counts, and the others only say the same. It knows no clock and no link; instants are
seconds and come from outside. What parts may go at that rate is the `pace` it governs.
"""

from __future__ import annotations

import attrs

from chanserv.pace import Pace

GENTLE, HARD = 0.8, 0.5  # of the rate that remains: after a throttle; after one that came soon again
LESS = 0.9  # the same, where the carrier only says that it is busier than it should be
WAY_BACK = 8.0  # seconds of good answers to where the last throttle came
DOUBLING = 2.0  # seconds of more good answers that double the step: the carrier is not what it was
FLOOR = 1.0  # parts a second that are always tried, or a tenth of the contract if that is less: else nobody would know
FULL_REST = 1.0  # seconds without a part after a carrier said that it is full
TOLD_FOR = 5.0  # seconds that a carrier's word on how busy it is holds

OPTIMUM, BUSY, FULL = 80, 90, 100  # of congestion_state: 80 to 89 is as it should be (SMPP 5.0)


@attrs.define
class Governor:
    """Holds `pace.rate` between a floor and the rate it came with, the contract; parts a second."""

    pace: Pace
    contract: float = attrs.field(init=False)
    _sent: int = attrs.field(init=False, default=0)
    _answered: int = attrs.field(init=False, default=0)
    _echo: int = attrs.field(init=False, default=0)  # so many were sent when it was slowed: their answers are no news
    _step: float = attrs.field(init=False, default=0.0)  # parts a second, each second
    _credit: float = attrs.field(init=False, default=WAY_BACK)  # seconds of good answers since it was slowed
    _since: float = attrs.field(init=False, default=0.0)  # the last good answer, or when it was slowed
    _steady: float = attrs.field(init=False, default=0.0)  # until then it may not grow

    @contract.default
    def _agreed(self) -> float:
        return self.pace.rate

    @property
    def rate(self) -> float:
        return self.pace.rate

    @property
    def floor(self) -> float:
        return min(FLOOR, self.contract / 10)

    def rest(self, now: float) -> float:
        """Seconds for which the carrier asked for nothing; the gap between two parts that the rate makes is none."""
        wait = self.pace.next(now)
        return wait if wait > 1.0 / self.pace.rate else 0.0

    def sent(self, parts: int) -> None:
        """So many were handed over."""
        self._sent += parts

    def answered(self, now: float, parts: int, good: int) -> None:
        """So many were answered, or never will be; of those the carrier took or refused `good`."""
        self._answered = min(self._sent, self._answered + parts)
        if good and self.rate < self.contract:
            self._grow(now)

    def throttled(self, now: float, delay: float) -> None:
        """One part was answered with *slow down*: nothing for `delay` seconds, and less after that."""
        if self._slow(now, HARD if self._credit < WAY_BACK / 2 else GENTLE):
            self.pace.hold(now, delay)

    def congested(self, now: float, level: int) -> None:
        """The carrier says how busy it is, 0 to 100."""
        self._steady = now + TOLD_FOR if level >= OPTIMUM else now
        if level >= FULL:
            self.throttled(now, FULL_REST)
        elif level >= BUSY:
            self._slow(now, LESS)

    def _slow(self, now: float, share: float) -> bool:
        """False: what was out when it was slowed last is not all answered yet, and this may be part of it."""
        if self._answered < self._echo:
            return False
        slower = max(self.floor, self.rate * share)
        self._step = max(self.rate - slower, slower * (1.0 - GENTLE)) / WAY_BACK
        self._echo, self._credit, self._since = self._sent, 0.0, now
        self.pace.retune(now, slower)
        return True

    def _grow(self, now: float) -> None:
        """By the time since the last good answer, as far as one may take so long at this rate."""
        passed = min(max(0.0, now - self._since), 1.0 + 2.0 / self.rate)
        self._since = now
        if now < self._steady <= now + TOLD_FOR:
            return
        step = self._step * 2.0 ** max(0, 1 + int((self._credit - WAY_BACK) // DOUBLING))
        self.pace.retune(now, min(self.contract, self.rate + passed * step))
        self._credit += passed

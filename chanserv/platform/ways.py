"""What the way back keeps in mind: a platform's slots and whether anybody is there, and who said what last.

Bounded and expiring. Nothing here posts anything or knows a store; `now` is
seconds since the epoch.
"""

from __future__ import annotations

from collections import deque

import attrs

from chanserv.message import Letter, digest
from chanserv.platform.client import Client

APART = 5.0  # seconds between equal texts of one sender, else courier takes them for one
UNREACHED = 3  # posts in a row without any answer, then the platform rests
LONGEST_REST = 30.0  # seconds


@attrs.define(eq=False)
class Way:
    """One platform: who waits for a slot, and is anybody there? One that is down must not keep the others waiting."""

    client: Client
    out: int = 0
    waiting: deque[tuple[float, Letter]] = attrs.field(factory=deque)  # since when, who
    misses: int = 0
    rests: float = 0.0  # no post before

    @property
    def full(self) -> bool:
        """As many posts are out as may be."""
        return self.out >= self.client.settings.concurrency

    def heard(self, reached: bool, now: float) -> None:
        """A post ended; `reached`: somebody answered. Posts that were out when the rest began do not lengthen it."""
        if reached:
            self.misses, self.rests = 0, 0.0
        elif now >= self.rests:
            self.misses += 1
            over = min(self.misses - UNREACHED, 5)
            self.rests = now + min(LONGEST_REST, 2.0**over) if over >= 0 else 0.0


@attrs.define(eq=False)
class Spoken:
    """The last texts (MO) of the last seconds, each with the letter that brought it."""

    _last: dict[tuple[str, str, str], tuple[int, float]] = attrs.field(factory=dict)  # oldest first

    def remember(self, letter: Letter, now: float) -> None:
        """This letter is being posted, or was."""
        if letter.kind != "receive":
            return
        self._last.pop(_words(letter), None)
        self._last[_words(letter)] = (letter.ref, now)
        while now - next(iter(self._last.values()))[1] >= APART:
            del self._last[next(iter(self._last))]

    def not_before(self, letter: Letter) -> float:
        """When an equal text of the same sender, in another letter, is long enough ago."""
        ref, at = self._last.get(_words(letter), (letter.ref, 0.0))
        return at + APART if ref != letter.ref else 0.0


def _words(letter: Letter) -> tuple[str, str, str]:
    return letter.channel, letter.sender, digest(letter.text)

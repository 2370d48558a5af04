"""Is an account's provider there, and does it know us? A rest after each miss, longer every time.

HTTP has no session to be up. The way counts as good until a request finds
nobody, or is told that its key is wrong; after the rest one part finds out
whether it is good again. What a request is, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chanserv.alarm import Alarm
from chanserv.keeper import backoff
from chanserv.message import masked

log = Logger()

DENIED_REST = 60.0  # seconds at least, before a provider that does not know us is asked again


def passed_over(tries: int) -> float:
    """Seconds for which a part that was sent to find out, and told no, lets others do so."""
    return DENIED_REST * 2.0 ** min(tries, 2) + 1.0


class Way:
    """`changed` is called when `good` or `proven` is not what it was; `chance` gives numbers from 0 to 1."""

    def __init__(
        self, link: str, clock: IReactorTime, changed: Callable[[], None], chance: Callable[[], float]
    ) -> None:
        self._link = link
        self._clock = clock
        self._changed = changed
        self._chance = chance
        self._alarm = Alarm(clock, self.rested)
        self._misses = 0  # in a row
        self._refusals = 0  # among them
        self.denied = False  # it does not know us
        self.resting = False
        self.since = 0.0  # when it began to rest, or was found to be good
        self.last_error = ""
        self.rests = 0  # so far
        self.again = 0.0  # when this rest is over

    @property
    def proven(self) -> bool:
        """The last request was answered."""
        return not self._misses

    def begin(self) -> None:
        """As if nothing had been wrong."""
        self._forget()
        self.rested()

    def missed(self, why: str) -> None:
        """Nobody was there, or no answer came: what else goes meanwhile may be lost, or doubled, as well."""
        self._rest(why, 0.0)

    def refused(self, why: str) -> bool:
        """A wrong key would refuse every text: they wait, until a person has mended it. Once may be a mood of theirs.

        True: so said, once more, the one that was to find out.
        """
        again = not self.resting and self._refusals > 0
        self._refusals += not self.resting
        if again and not self.denied:
            log.error(
                "{link}: its provider does not know us: {why}", link=self._link, why=masked(why), alarm="link-locked"
            )
            self.denied = True
        self._rest(why, DENIED_REST if again else 0.0)
        return again

    def found(self) -> None:
        """Somebody was there."""
        if self._misses:
            self._forget()
            self._changed()

    def _forget(self) -> None:
        self._misses, self._refusals, self.denied = 0, 0, False

    def rested(self) -> None:
        """The rest is over, or what it was for is."""
        self._alarm.cancel()
        self.resting, self.since, self.again = False, self._clock.seconds(), 0.0
        self._changed()

    def stop(self) -> None:
        """For good."""
        self._alarm.stop()

    def _rest(self, why: str, least: float) -> None:
        """A window of requests that break together is one miss."""
        self.last_error = why
        if self.resting:
            return
        self._misses += 1
        seconds = max(least, backoff(self._misses, self._chance()))
        log.warn("{link}: down for {seconds} s: {why}", link=self._link, seconds=round(seconds, 1), why=masked(why))
        self.rests += 1
        self.resting, self.since = True, self._clock.seconds()
        self.again = self.since + seconds
        self._alarm.set(self.again)
        self._changed()

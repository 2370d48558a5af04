"""One timer that rings at the first of the moments it was set to. What is to be done then, its owner knows."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from twisted.internet.interfaces import IDelayedCall, IReactorTime


@attrs.define(eq=False)
class Alarm:
    """Calls `ring` with nothing. After `stop` it never rings again."""

    _clock: IReactorTime
    _ring: Callable[[], None]
    _timer: IDelayedCall | None = None
    _stopped: bool = False

    def set(self, moment: float) -> None:
        """Ring then, or before if it was to ring before."""
        if self._stopped:
            return
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= moment:
                return
            self._timer.cancel()
        self._timer = self._clock.callLater(max(0.0, moment - self._clock.seconds()), self._ring)

    def cancel(self) -> None:
        """Not before it is set again."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def stop(self) -> None:
        """For good."""
        self._stopped = True
        self.cancel()

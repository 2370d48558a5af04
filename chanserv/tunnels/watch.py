"""One tunnel, looked at again and again: how it stands, and whom to tell when that changes.

It holds no opinion of its own: what is not known for certain to be up counts as not up, be it that a look fails, takes
too long or was never taken. What a link does about it is the link's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, TimeoutError, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.interfaces import IGate, ITunnel
from chanserv.settings import TunnelSettings
from chanserv.tunnels.looks import Look, look_of
from chanserv.tunnels.state import Finding, Health, after

log = Logger()

LOOK_WITHIN = 5.0  # seconds; what takes longer is no answer

Make = Callable[[TunnelSettings, Any, Callable[[], None]], Look]


@implementer(ITunnel, IGate)
class Watch:
    """Looks every `every` seconds, and when the look says that there is news."""

    def __init__(self, settings: TunnelSettings, reactor: Any, make: Make = look_of) -> None:
        self.settings = settings
        self.name, self.kind = settings.name, settings.kind
        self.health = Health("unknown", reactor.seconds(), "it was not looked at yet")
        self._clock = reactor
        self._look = make(settings, reactor, self.nudge)
        self._subscribers: list[Callable[[], None]] = []
        self._looking: Deferred[None] | None = None
        self._again = False
        self._timer: IDelayedCall | None = None
        self._watching = False

    # ITunnel, IGate

    @property
    def up(self) -> bool:
        return self.health.up

    @property
    def open(self) -> bool:
        return self.health.up

    @property
    def reason(self) -> str:
        """IGate."""
        if self.health.up:
            return ""
        state = "down" if self.health.state == "down" else "not known to be up"
        return f"tunnel {self.name} is {state}: {self.health.reason}"

    def subscribe(self, changed: Callable[[], None]) -> None:
        """IGate: told once a change; what it raises is logged, and keeps nobody else from being told."""
        self._subscribers.append(changed)

    def status(self) -> dict[str, object]:
        """ITunnel: for the page."""
        health = self.health
        return {
            "state": health.state,
            "since": health.since,
            "reason": health.reason,
            "looked": health.looked,
            **health.details,
        }

    # its life

    def start(self) -> Deferred[None]:
        """Begin to look; fires after the first look, whatever it saw."""
        self._watching = True
        self._take_look()
        first: Deferred[None] = Deferred()
        if self._looking is None:
            return succeed(None)
        self._looking.addBoth(lambda result: first.callback(None))
        return first

    def stop(self) -> None:
        """Look no more. Idempotent."""
        self._watching = False
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()
        self._look.close()

    def nudge(self) -> None:
        """Something may have changed: look now, or once more if a look is under way."""
        if self._looking is not None:
            self._again = True
        elif self._watching:
            if self._timer is not None and self._timer.active():
                self._timer.cancel()
            self._take_look()

    def _take_look(self) -> None:
        self._timer, self._again = None, False
        looking = maybeDeferred(self._look.look).addTimeout(LOOK_WITHIN, self._clock)
        self._looking = looking.addErrback(self._failed).addCallback(self._found).addErrback(self._surprised)
        if self._looking.called:  # it answered at once
            self._next()
        else:
            self._looking.addBoth(lambda result: self._next())

    def _next(self) -> None:
        self._looking = None
        if self._watching:
            self._timer = self._clock.callLater(0.0 if self._again else self.settings.every, self._take_look)

    def _failed(self, failure: Failure) -> Finding:
        if failure.check(TimeoutError, CancelledError):
            return Finding("unknown", f"no answer within {LOOK_WITHIN:g} s")
        log.failure("tunnel {tunnel} could not be looked at", failure, tunnel=self.name)
        return Finding("unknown", f"it cannot be looked at: {failure.getErrorMessage()}")

    def _found(self, finding: Finding) -> None:
        if not self._watching:
            return
        before, self.health = self.health, after(self.health, finding, self._clock.seconds())
        if before.state != self.health.state or not before.looked:
            self._say()
        if before.up != self.health.up:
            for changed in self._subscribers:
                self._tell(changed)

    def _tell(self, changed: Callable[[], None]) -> None:
        try:
            changed()
        except Exception:
            log.failure("tunnel {tunnel} changed, and who was told of it failed", tunnel=self.name)

    def _say(self) -> None:
        if self.health.up:
            log.info("tunnel {tunnel} is up", tunnel=self.name)
        else:
            log.error("{reason}", reason=self.reason, tunnel=self.name, alarm="tunnel")

    def _surprised(self, failure: Failure) -> None:
        log.failure("after a look at tunnel {tunnel}", failure, tunnel=self.name)

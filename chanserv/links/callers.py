"""Connections of an account that the carrier opens (`listen`): taken, held while they last, and signed off from.

Who may call, and that tunnel and TLS are as they must be, is the listener's
matter; what is said on a connection, the session's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chanserv.interfaces import IGate
from chanserv.links.events import Closed
from chanserv.links.protocol import SessionProtocol
from chanserv.links.seat import SessionFactory
from chanserv.links.wire.listen import Listener, ListeningSettings

log = Logger()

ROLE = "caller"
AGAIN_AFTER = 10.0  # seconds until another try to listen: the address of a tunnel may not be there yet


class House(Protocol):
    """What callers want of their account."""

    name: str

    def conversation(self, holder: Caller, role: str) -> SessionProtocol:
        """A protocol for a connection that was taken."""

    def seated(self, holder: Caller) -> None:
        """It is signed in."""

    def unseated(self, protocol: SessionProtocol, was_bound: bool) -> None:
        """Its connection is over."""


class Caller:
    """Holder of one such connection."""

    def __init__(self, house: House, gone: Callable[[Caller], None], since: float) -> None:
        self.bound: SessionProtocol | None = None
        self.protocol = house.conversation(self, ROLE)
        self.since = since
        self._house = house
        self._gone = gone

    @property
    def host(self) -> str:
        """Who calls."""
        peer = self.protocol.transport.getPeer() if self.protocol.transport is not None else None
        return str(getattr(peer, "host", ""))

    def signed_in(self, protocol: SessionProtocol) -> None:
        self.bound = protocol
        log.info("{link}: the carrier called from {host} and is bound", link=self._house.name, host=self.host)
        self._house.seated(self)

    def over(self, protocol: SessionProtocol, closed: Closed) -> None:
        was_bound, self.bound = self.bound is protocol, None
        words = "{link}: a call of the carrier from {host} ended: {reason}"
        log.warn(words, link=self._house.name, host=self.host, reason=closed.reason)
        self._gone(self)
        self._house.unseated(protocol, was_bound)


class Callers:
    """All of one account. `left` is called once it has stopped and the last has gone."""

    def __init__(
        self,
        house: House,
        settings: ListeningSettings,
        reactor: Any,
        gate: IGate | None,
        device: str | None,
        left: Callable[[], None],
    ) -> None:
        self.reason = ""
        self.state, self.since = "down", reactor.seconds()
        self._house = house
        self._clock: IReactorTime = reactor
        self._gate = gate
        self._left = left
        self._callers: list[Caller] = []
        self._listener = Listener(settings, reactor, SessionFactory(self._taken), gate, device)
        self._listening: Deferred[Any] = succeed(None)
        self._again: IDelayedCall | None = None
        self._stopping = False

    def start(self) -> None:
        """Listen, sooner or later. Idempotent."""
        if self.state not in ("listening", "starting") and not self._stopping:
            self._become("starting")
            self._listening = self._listener.start().addCallbacks(self._listens, self._deaf)

    def stop(self) -> None:
        """Take no more calls, and sign off from those there are."""
        self._stopping = True
        if self._again is not None and self._again.active():
            self._again.cancel()
        self._listening.cancel()
        self._listener.stop().addErrback(self._unstopped)
        for caller in tuple(self._callers):
            caller.protocol.drop()
        self._over()

    @property
    def gone(self) -> bool:
        return self._stopping and not self._callers

    @property
    def bound(self) -> list[SessionProtocol]:
        return [caller.bound for caller in self._callers if caller.bound is not None]

    def gate_changed(self) -> None:
        """Not another octet through a tunnel that is not up."""
        if self._gate is not None and not self._gate.open:
            for caller in tuple(self._callers):
                caller.protocol.end(self._gate.reason)

    @property
    def refused(self) -> int:
        """Calls from elsewhere than `listen_from`."""
        return sum(self._listener.refused.values())

    def status(self) -> dict[str, object]:
        """For the page."""
        return {
            "role": ROLE,
            "state": "bound" if self.bound else self.state,
            "since": min((caller.since for caller in self._callers), default=self.since),
            "host": ", ".join(dict.fromkeys(caller.host for caller in self._callers)),
            "last_error": self.reason,
            "unanswered": sum(protocol.session.pending for protocol in self.bound),
            "refused": dict(self._listener.refused),
        }

    def _taken(self) -> SessionProtocol | None:
        """None: they began to call (TLS takes its time) before we stopped."""
        if self._stopping:
            return None
        caller = Caller(self._house, self._hung_up, self._clock.seconds())
        self._callers.append(caller)
        return caller.protocol

    def _hung_up(self, caller: Caller) -> None:
        self._callers.remove(caller)
        self._over()

    def _over(self) -> None:
        if self.gone:
            self._become("stopped")
            self._left()

    def _listens(self, port: Any) -> None:
        self._become("listening")
        self.reason = ""

    def _deaf(self, failure: Failure) -> None:
        if self._stopping:
            return
        self._become("deaf")
        self.reason = failure.getErrorMessage()
        log.error("{link}: cannot listen: {reason}", link=self._house.name, reason=self.reason)
        self._again = self._clock.callLater(AGAIN_AFTER, self.start)

    def _unstopped(self, failure: Failure) -> None:
        log.failure("{link}: did not stop listening in order", failure, link=self._house.name)

    def _become(self, state: str) -> None:
        self.state, self.since = state, self._clock.seconds()

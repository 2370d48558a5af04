"""One connection of an account that is kept up: dialled, signed in, dialled again when it ends.

It goes round the account's hosts, and gives up, loudly, when every one of them
has refused what only a person can mend: a wrong password tried for ever locks
accounts. What is said on the connection it does not know.

    Keeper -- Seat -- Call -> SessionProtocol
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import attrs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from chanserv.interfaces import IGate
from chanserv.keeper import Core, Keeper, keep
from chanserv.links.events import Closed
from chanserv.links.protocol import SessionProtocol

log = Logger()

Host = tuple[str, int]
Connect = Callable[[str, int], IStreamClientEndpoint]


class House(Protocol):
    """What a seat wants of its account."""

    name: str

    def conversation(self, holder: Seat, role: str) -> SessionProtocol:
        """A protocol for a connection that is being made."""

    def seated(self, holder: Seat) -> None:
        """It is signed in."""

    def unseated(self, protocol: SessionProtocol, was_bound: bool) -> None:
        """Its connection is over."""

    def left(self, seat: Seat) -> None:
        """It dials no more: it was stopped."""


class SessionFactory(Factory):
    """Makes the protocol of one connection."""

    noisy = False

    def __init__(self, make: Callable[[], SessionProtocol | None]) -> None:
        self._make = make

    def buildProtocol(self, addr: Any) -> SessionProtocol | None:
        return self._make()


@attrs.define(eq=False)
class Call:
    """A connection being dialled, then held: the keeper's Line."""

    _seat: Seat
    _keeper: Keeper
    dialling: Deferred[Any] | None = None
    protocol: SessionProtocol | None = None
    dropped: bool = False
    why: str = ""  # it was cut

    def drop(self) -> None:
        self.dropped = True
        if self.protocol is not None:
            self.protocol.drop()
        elif self.dialling is not None:
            self.dialling.cancel()

    def connected(self, protocol: SessionProtocol) -> None:
        self.dialling, self.protocol = None, protocol

    def cut(self, reason: str) -> None:
        """It may not be any more: not another octet."""
        self.why = reason
        if self.protocol is not None:
            self.protocol.end(reason)
        elif self.dialling is not None:
            self.dialling.cancel()

    def failed(self, failure: Failure) -> None:
        self.dialling = None
        if not self.dropped:  # if it is, how the endpoint words being cancelled (a failed lookup) is no news
            self._seat.unreached(self.why or failure.getErrorMessage().rstrip("."))
        self._keeper.ended(0.0)


class Seat:
    """`hosts` are dialled in turn by `connect`, while `gate` is open; `chance` gives numbers from 0 to 1."""

    def __init__(
        self,
        house: House,
        role: str,
        hosts: Sequence[Host],
        connect: Connect,
        clock: IReactorTime,
        chance: Callable[[], float],
        gate: IGate | None = None,
    ) -> None:
        self.role = role
        self.bound: SessionProtocol | None = None
        self.reason = ""
        self.state, self.since = "down", clock.seconds()
        self._house = house
        self._hosts = hosts
        self._connect = connect
        self._clock = clock
        self._chance = chance
        self._gate = gate
        self._opening: Deferred[None] | None = None  # of the gate, which a dial waits for
        self._call: Call | None = None
        self._dialled = 0
        self._refused = 0  # hosts in a row that only a person can mend
        self._stopping = False
        self._keeper = self._new_keeper()

    def start(self) -> None:
        """Begin to dial; one that had given up begins anew, one that rests rests no longer."""
        if self.state == "locked":
            self._refused = 0
            self._keeper = self._new_keeper()
        elif self.state == "resting":
            return self._keeper.retry()
        self._keeper.start()

    def stop(self) -> None:
        """Sign off and dial no more; `House.left` follows."""
        self._stopping = True
        if self.state == "locked":
            self._left()
        else:
            self._keeper.stop()

    @property
    def host(self) -> str:
        """The one dialled last."""
        return ":".join(map(str, self._hosts[(self._dialled - 1) % len(self._hosts)])) if self._dialled else ""

    def status(self) -> dict[str, object]:
        """For the page."""
        ending = self.bound.ending if self.bound else ""
        return {
            "role": self.role,
            "state": "ending" if ending else self.state,
            "since": self.since,
            "again": self._again,
            "host": self.host,
            "last_error": ending or self.reason,
            "unanswered": self.bound.session.pending if self.bound else 0,
        }

    @property
    def _again(self) -> float:
        """When it dials next; 0: nobody knows, or it need not."""
        return self._core.timer.getTime() if self.state == "resting" and self._core.timer else 0.0

    def _new_keeper(self) -> Keeper:
        self._core = Core(self._clock, self._dial, self._chance, self._left)
        return keep(self._core)

    def _dial(self, keeper: Keeper) -> Call:
        call = self._call = Call(self, keeper)
        call.dialling = self._admitted().addCallback(lambda opened: self._connecting())
        call.dialling.addCallbacks(call.connected, call.failed)
        return call

    def _admitted(self) -> Deferred[None]:
        """Fires when the gate is open: a closed one costs no try, so no wait grows."""
        if self._gate is None or self._gate.open:
            return succeed(None)
        self._become("waiting", self._gate.reason)
        self._opening = Deferred()
        return self._opening

    def _connecting(self) -> Deferred[Any]:
        host, port = self._hosts[self._dialled % len(self._hosts)]
        self._dialled += 1
        self._become("dialling")
        factory = SessionFactory(lambda: self._house.conversation(self, self.role))
        return self._connect(host, port).connect(factory)

    def gate_changed(self) -> None:
        """Dial if that was waited for; or end at once what there is."""
        assert self._gate is not None
        if not self._gate.open:
            if self._call is not None:
                self._call.cut(self._gate.reason)
            return
        opening, self._opening = self._opening, None
        if opening is not None and not opening.called:
            opening.callback(None)
        elif self.state == "resting":
            self._keeper.retry()

    def unreached(self, reason: str) -> None:
        """The dial failed."""
        self._call = None
        self._become("resting", reason)
        log.warn("{link}: cannot reach {host}: {reason}", link=self._house.name, host=self.host, reason=reason)

    # Holder of its connection

    def signed_in(self, protocol: SessionProtocol) -> None:
        self.bound, self._refused = protocol, 0
        self._become("bound")
        log.info("{link}: bound {role} at {host}", **self._named)
        self._keeper.signed_in()
        self._house.seated(self)

    def over(self, protocol: SessionProtocol, closed: Closed) -> None:
        was_bound, self.bound, self._call = self.bound is protocol, None, None
        if closed.mend:
            self._refuse(closed)
        else:
            self._refused = 0
            self._become("resting", closed.reason)
            log.warn("{link}: {role} at {host} ended: {reason}", **self._named, reason=closed.reason)
            self._keeper.ended(closed.rest)
        self._house.unseated(protocol, was_bound)

    def _refuse(self, closed: Closed) -> None:
        """Every host is tried once; then nobody but a person can help."""
        self._refused += 1
        reason = f"{closed.reason}; check {closed.mend} of link.{self._house.name}"
        if self._refused < len(self._hosts) or self._stopping:
            self._become("resting", reason)
            log.error("{link}: {role} at {host} ended: {reason}", **self._named, reason=reason)
            self._keeper.ended(closed.rest)
            return
        log.critical(
            "{link}: {role} at {host} dials no more: {reason}; then start it again", **self._named, reason=reason
        )
        self._become("locked", reason)

    @property
    def _named(self) -> dict[str, str]:
        """What a line of the log says first."""
        return {"link": self._house.name, "role": self.role, "host": self.host}

    def _left(self) -> None:
        self._become("stopped")
        self._house.left(self)

    def _become(self, state: str, reason: str | None = None) -> None:
        self.state, self.since = state, self._clock.seconds()
        if reason is not None:
            self.reason = reason

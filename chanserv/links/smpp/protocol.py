"""One SMPP connection on Twisted: a session on a transport, and the factory that makes it.

`_settle` is the one place where consequences happen: it writes what is to be
written, in one write, tells what is to be told, in one call for each sort of
news, and keeps one timer. What may come when is the session's matter; what is
done about it, the owner's.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Sequence
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from chanserv.errors import BadField
from chanserv.links.smpp import verdicts
from chanserv.links.smpp.parts import submit_sm
from chanserv.links.smpp.session import Session
from chanserv.links.smpp.session_events import Answered, Bound, Closed, Delivered, Event, Rules, State, Unanswered
from chanserv.message import Outcome, Work
from chanserv.settings import SmppSettings

UNANSWERED_MO = 200  # deliver_sm whose commit is awaited; from there on we do not read


class Sent(typing.NamedTuple):
    """A part that waits for its answer."""

    message: int
    piece: int
    part: int
    tries: int  # before this one


class Owner(typing.Protocol):
    """What a connection tells of itself."""

    settings: SmppSettings

    def bound(self, protocol: SmppProtocol) -> None: ...
    def unbound(self, protocol: SmppProtocol, closed: Closed) -> None: ...
    def outcome(self, sent: Sent, event: Answered | Unanswered) -> Outcome: ...
    def unsaid(self, sent: Sent, fault: BadField) -> Outcome: ...
    def told(self, outcomes: Sequence[Outcome]) -> None: ...
    def hear(self, protocol: SmppProtocol, delivered: Sequence[Delivered]) -> None: ...


class SmppProtocol(Protocol):
    """Puts a session on a transport."""

    def __init__(self, owner: Owner, session: Session, clock: IReactorTime) -> None:
        self.session = session
        self._owner = owner
        self._clock = clock
        self._timer: IDelayedCall | None = None
        self._turn: IDelayedCall | None = None
        self._waiting: dict[int, Sent] = {}
        self._unsaid: list[Outcome] = []  # refused by our own codec, told at the end of the turn
        self._delivered = 0

    # what the link does

    @property
    def living(self) -> bool:
        """What is written here can still be read."""
        return self.session.state is not State.CLOSED

    def submit(self, work: Work, receipted: bool) -> None:
        """Hand over every part of a piece; written at the end of this turn, with the others."""
        now = self._clock.seconds()
        for part in work.parts:
            sent = Sent(work.message, work.piece, part.number, part.tries)
            try:
                self._waiting[self.session.submit(now, submit_sm(work, part, receipted))] = sent
            except BadField as fault:
                self._unsaid.append(self._owner.unsaid(sent, fault))
        self._soon()

    def answer(self, pdus: Sequence[Delivered], kept: Sequence[bool]) -> None:
        """Their commit is done, or was not to be had."""
        now = self._clock.seconds()
        for delivered, well in zip(pdus, kept, strict=True):
            self.session.answer(now, delivered.pdu, verdicts.ESME_ROK if well else verdicts.ESME_RX_T_APPN)
        self._delivered -= len(pdus)
        if self._delivered < UNANSWERED_MO <= self._delivered + len(pdus):
            self.session.read_on(now)
            self._produce("resumeProducing")
        self._soon()

    def drop(self) -> None:
        """Keeper's Line: sign off politely."""
        self.session.leave(self._clock.seconds())
        self._settle()

    # what Twisted does

    def connectionMade(self) -> None:
        for option in ("setTcpNoDelay", "setTcpKeepAlive"):
            getattr(self.transport, option, lambda on: None)(True)
        settings = self._owner.settings
        self.session.bind(
            self._clock.seconds(),
            settings.system_id.encode("latin-1"),
            settings.password.reveal().encode("latin-1"),
            settings.system_type.encode("latin-1"),
        )
        self._settle()

    def dataReceived(self, data: bytes) -> None:
        self.session.received(self._clock.seconds(), data)
        self._settle()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.connected = 0
        self.session.close(f"connection lost: {reason.getErrorMessage()}")
        self._settle()
        for timer in (self._timer, self._turn):
            if timer is not None and timer.active():
                timer.cancel()

    def _rung(self) -> None:
        self._timer = None
        self.session.tick(self._clock.seconds())
        self._settle()

    def _soon(self) -> None:
        if self._turn is None:
            self._turn = self._clock.callLater(0, self._turned)

    def _turned(self) -> None:
        self._turn = None
        self._settle()

    def _settle(self) -> None:
        """After anything happened: one write, one timer, one call for each sort of news."""
        octets = self.session.flush() if self.connected else b""
        if octets and self.transport is not None:
            self.transport.write(octets)
        events, self.session.events = self.session.events, []
        self._rearm()
        if events or self._unsaid:
            self._tell(events)

    def _rearm(self) -> None:
        """The timer that runs may ring early: it then finds out when to ring next, and no event re-arms it."""
        due = self.session.due()
        running = self._timer is not None and self._timer.active()
        if due is None or (running and self._timer is not None and self._timer.getTime() <= due):
            return
        if self._timer is not None and running:
            self._timer.cancel()
        self._timer = self._clock.callLater(max(0.0, due - self._clock.seconds()), self._rung)

    def _tell(self, events: Iterable[Event]) -> None:
        outcomes, self._unsaid = self._unsaid, []
        delivered: list[Delivered] = []
        closed: Closed | None = None
        for event in events:
            match event:
                case Answered(sequence) | Unanswered(sequence):
                    part = self._waiting.pop(sequence, None)
                    if part is not None:
                        outcomes.append(self._owner.outcome(part, event))
                    if isinstance(event, Answered) and event.status == verdicts.ESME_RINVBNDSTS:
                        self.session.close("the SMSC says that we are not bound")
                        self._soon()
                case Delivered():
                    delivered.append(event)
                case Bound():
                    self._owner.bound(self)
                case Closed():
                    closed = event
        if closed is not None:
            self._owner.unbound(self, closed)
        if outcomes:
            self._owner.told(outcomes)
        if delivered:
            self._hear(delivered)
        if closed is not None and self.transport is not None:
            # What is written to a deaf peer would keep the connection open until TCP gives up.
            getattr(self.transport, "abortConnection" if closed.deaf else "loseConnection")()

    def _hear(self, delivered: Sequence[Delivered]) -> None:
        self._delivered += len(delivered)
        if self._delivered - len(delivered) < UNANSWERED_MO <= self._delivered:
            self.session.stop_reading(self._clock.seconds())
            self._produce("pauseProducing")
        self._owner.hear(self, delivered)

    def _produce(self, what: str) -> None:
        getattr(self.transport, what, lambda: None)()


class SmppFactory(Factory):
    """Makes the protocol of one dialled connection."""

    noisy = False

    def __init__(self, owner: Owner, clock: IReactorTime) -> None:
        self._owner = owner
        self._clock = clock

    def buildProtocol(self, addr: Any) -> SmppProtocol:
        settings = self._owner.settings
        rules = Rules(
            bind_within=settings.bind_within,
            answer_within=settings.answer_within,
            enquire_after=settings.enquire_after,
        )
        return SmppProtocol(self._owner, Session(rules), self._clock)

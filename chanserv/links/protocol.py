"""One connection to a carrier on Twisted: a session on a transport, whatever it speaks.

`_settle` is the one place where consequences happen: it writes what is to be
written, in one write, tells what is to be told, in one call for each sort of
news, and keeps one timer. What may come when is the session's matter; what its
words mean, the speech's; what is done about it, the account's.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.alarm import Alarm
from chanserv.errors import BadField
from chanserv.links.base import Judgement, Session, Speech
from chanserv.links.events import Answered, Bound, Closed, Congested, Delivered, Event, Leaving, Replied, Unanswered
from chanserv.links.sent import Sent
from chanserv.message import Outcome, Part, Verdict, Work

MOST_UNREAD = 4 << 20  # octets for a carrier that reads nothing, beside what the transport holds already
LINGER = 5.0  # seconds from hanging up to the end of the connection
UNANSWERED_MO = 200  # deliveries whose commit is awaited; from there on we do not read


class Account(typing.Protocol):
    """What a connection tells of its traffic."""

    def judged(self, judgement: Judgement) -> None:
        """An answer came."""

    def unanswered(self) -> None:
        """What may have left got none."""

    def told(self, outcomes: Sequence[Outcome]) -> None:
        """What became of parts: all of one turn."""

    def hear(self, protocol: SessionProtocol, delivered: Sequence[Delivered]) -> None:
        """What the carrier delivered, all of one read: each wants an `answer`."""

    def congested(self, level: int) -> None:
        """The carrier tells how busy it is."""

    def leaving(self, protocol: SessionProtocol, reason: str) -> None:
        """It takes no more parts; what is open may still be answered."""


class Holder(typing.Protocol):
    """Whose connection it is: it learns of its beginning and its end."""

    def signed_in(self, protocol: SessionProtocol) -> None: ...
    def over(self, protocol: SessionProtocol, closed: Closed) -> None: ...


@implementer(IPushProducer)
class SessionProtocol(Protocol):
    """Puts a session on a transport."""

    def __init__(
        self, account: Account, holder: Holder, speech: Speech, session: Session, clock: IReactorTime, sends: bool
    ) -> None:
        self.session = session
        self.sends = sends  # parts may be submitted here
        self.ending = ""  # why nothing more may be: open answers are waited for
        self._account = account
        self._holder = holder
        self._speech = speech
        self._clock = clock
        self._alarm = Alarm(clock, self._rung)
        self._turn: IDelayedCall | None = None
        self._lingering: IDelayedCall | None = None
        self._unread: int | None = None  # octets written while the transport's buffer was full
        self._waiting: dict[int, Sent] = {}
        self._asked: dict[int, Deferred[Replied | None]] = {}
        self._unsaid: list[Outcome] = []  # it does not leave: told at the end of the turn
        self._delivered = 0

    # what the link does

    @property
    def living(self) -> bool:
        """What is written here can still be read."""
        return self.session.living

    def submit(self, work: Work) -> None:
        """Hand over every part of a piece; written at the end of this turn, with the others."""
        for part in work.parts:
            self.submit_part(work, part)

    def submit_part(self, work: Work, part: Part) -> None:
        """One of them. What comes after the session's end, which nobody may have been told of yet, does not leave."""
        sent = Sent.of(work, part)
        if not self.living:
            self._unsaid.append(sent.unsent())
            return self._soon()
        try:
            number = self.session.submit(self._clock.seconds(), self._speech.compose(work, part))
            self._waiting[number] = sent
        except BadField as fault:
            self._unsaid.append(sent.outcome(Verdict.REFUSED, str(fault)))
        self._soon()

    def ask(self, pdu: Any) -> Deferred[Replied | None]:
        """What the carrier says to a question; None if it says nothing."""
        replied: Deferred[Replied | None] = Deferred()
        try:
            self._asked[self.session.ask(self._clock.seconds(), pdu)] = replied
        except BadField:
            replied.callback(None)
        self._soon()
        return replied

    def answer(self, delivered: Sequence[Delivered], kept: Sequence[bool]) -> None:
        """Their commit is done, or was not to be had."""
        now = self._clock.seconds()
        for one, well in zip(delivered, kept, strict=True):
            self.session.answer(now, one.pdu, well)
        self._delivered -= len(delivered)
        if self._delivered < UNANSWERED_MO <= self._delivered + len(delivered):
            self.session.read_on(now)
            self._transport("resumeProducing")
        self._soon()

    def drop(self) -> None:
        """Sign off politely."""
        self.session.leave(self._clock.seconds())
        self._settle()

    def end(self, reason: str) -> None:
        """At once, without a word to the carrier: what is not on the wire yet never will be."""
        self.session.close(reason)
        self._settle()
        if self.transport is not None:
            self.transport.abortConnection()  # type: ignore[attr-defined] # of TCP, or of TLS over it

    # what Twisted does

    def connectionMade(self) -> None:
        self._transport("registerProducer", self, True)
        self.session.open(self._clock.seconds())
        self._settle()

    def dataReceived(self, data: bytes) -> None:
        self.session.received(self._clock.seconds(), data)
        self._settle()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.connected = 0
        self.session.close(_lost(reason))
        self._settle()
        self._alarm.stop()
        for timer in (self._turn, self._lingering):
            if timer is not None and timer.active():
                timer.cancel()

    def pauseProducing(self) -> None:
        """IPushProducer: the carrier reads more slowly than we write, or not at all."""
        self._unread = 0

    def resumeProducing(self) -> None:
        """IPushProducer: it has read."""
        self._unread = None

    def stopProducing(self) -> None:
        """IPushProducer: `connectionLost` follows."""

    def _rung(self) -> None:
        self.session.tick(self._clock.seconds())
        self._settle()

    def _soon(self) -> None:
        if self._turn is None or not self._turn.active():
            self._turn = self._clock.callLater(0, self._turned)

    def _turned(self) -> None:
        self._turn = None
        self._settle()

    # one place where consequences happen

    def _settle(self) -> None:
        octets = self.session.flush()
        if octets and self.connected and self.transport is not None:
            self.transport.write(octets)
            self._weigh(len(octets))
        events, self.session.events = self.session.events, []
        if events or self._unsaid:
            self._tell(events)
        if (due := self.session.due()) is not None:
            self._alarm.set(due)  # it may ring early, which costs less than to move it with every event

    def _weigh(self, octets: int) -> None:
        """It may ask as much as it likes, and read none of our answers: they are not kept without end."""
        if self._unread is not None:
            self._unread += octets
            if self._unread > MOST_UNREAD:
                self.session.close("the carrier does not read what we write")

    def _tell(self, events: Iterable[Event]) -> None:
        outcomes, self._unsaid = self._unsaid, []
        delivered: list[Delivered] = []
        closed: Closed | None = None
        for event in events:
            match event:
                case Answered(sequence) if sent := self._waiting.pop(sequence, None):
                    outcomes.append(self._judged(sent, event))
                case Unanswered(sequence) if sent := self._waiting.pop(sequence, None):
                    outcomes.append(self._given_up(sent, event))
                case Replied(sequence) | Unanswered(sequence) if asked := self._asked.pop(sequence, None):
                    asked.callback(event if isinstance(event, Replied) else None)
                case Delivered():
                    delivered.append(event)
                case Bound():
                    self._holder.signed_in(self)
                case Congested(level):
                    self._account.congested(level)
                case Leaving(reason):
                    self.ending = reason
                    self._account.leaving(self, reason)
                case Closed():
                    closed = event
        if closed is not None:
            self._holder.over(self, closed)
        if outcomes:
            self._account.told(outcomes)
        if delivered:
            self._hear(delivered)
        if closed is not None:
            self._hang_up(closed)

    def _judged(self, sent: Sent, event: Answered) -> Outcome:
        judgement = self._speech.judge(event, sent.tries)
        self._account.judged(judgement)
        if judgement.lost:
            self.session.close("the carrier says that we are not signed in")
            self._soon()
        return sent.outcome(judgement.verdict, judgement.reason, judgement.carrier_id, judgement.raw_id)

    def _given_up(self, sent: Sent, event: Unanswered) -> Outcome:
        if not event.written:
            return sent.unsent()
        self._account.unanswered()
        return sent.outcome(Verdict.UNKNOWN, event.reason)

    def _hear(self, delivered: Sequence[Delivered]) -> None:
        self._delivered += len(delivered)
        if self._delivered - len(delivered) < UNANSWERED_MO <= self._delivered:
            self.session.stop_reading(self._clock.seconds())
            self._transport("pauseProducing")
        self._account.hear(self, delivered)

    def _hang_up(self, closed: Closed) -> None:
        """What is written to a deaf peer would keep the connection open until TCP gives up.

        So would one that does not read, or (TLS) says no goodbye in return: after a while it is cut off.
        """
        asked, self._asked = self._asked, {}
        for waiting in asked.values():
            waiting.callback(None)
        self._transport("unregisterProducer")
        self._transport("abortConnection" if closed.deaf else "loseConnection")
        if self.connected:
            self._lingering = self._clock.callLater(LINGER, self._transport, "abortConnection")

    def _transport(self, what: str, *how: object) -> None:
        """What not every transport has, such as those of tests."""
        getattr(self.transport, what, lambda *how: None)(*how)


def _lost(reason: Failure) -> str:
    """Why, in words: Twisted's are long, and end with a full stop."""
    if reason.check(ConnectionDone):
        return "the carrier hung up"
    lost = reason.value if isinstance(reason.value, ConnectionLost) else None
    known = ": ".join(map(str, lost.args)) if lost else reason.getErrorMessage()
    return f"connection lost: {known.rstrip('.') or 'reset'}"

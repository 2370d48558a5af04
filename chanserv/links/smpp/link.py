"""An SMPP account on Twisted: one bound session kept up, parts out, receipts and replies in.

The glue has one place where consequences happen: `_settle` writes what is to
be written, in one write, tells what is to be told, in one call, and keeps one
timer. What may come when is the session's matter, what is sent next the
lane's, what a receipt means the store's.

    SmppLink -- Keeper -- SmppFactory -> SmppProtocol -- Session
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IDelayedCall, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.errors import BadField
from chanserv.interfaces import ILane, ILink, IRouter
from chanserv.keeper import Core, Keeper, keep
from chanserv.links.smpp import receipts, verdicts
from chanserv.links.smpp.formers import Formers
from chanserv.links.smpp.parts import submit_sm
from chanserv.links.smpp.session import Answered, Bound, Closed, Delivered, Event, Rules, Session, Unanswered
from chanserv.message import UNSENT, Outcome, Receipt, Reply, Verdict, Work
from chanserv.settings import SmppSettings

log = Logger()

UNANSWERED_MO = 200  # deliver_sm whose commit is awaited; above it we stop reading
STOP_WITHIN = 8.0  # seconds for signing off
HOPELESS_REST = 300.0  # seconds after a bind was refused for what only a person can mend
Part = tuple[int, int, int, int]  # message, piece, part number, tries before

Connect = Callable[[str, int], IStreamClientEndpoint]


class SmppProtocol(Protocol):
    """Puts a session on a transport."""

    def __init__(self, link: SmppLink, session: Session, clock: IReactorTime) -> None:
        self.session = session
        self._link = link
        self._clock = clock
        self._timer: IDelayedCall | None = None
        self._turn: IDelayedCall | None = None
        self._waiting: dict[int, Part] = {}
        self._delivered = 0

    # what the link does

    def submit(self, work: Work, receipted: bool) -> None:
        """Hand over every part of a piece; written at the end of this turn, with the others."""
        now, refused = self._clock.seconds(), []
        for part in work.parts:
            try:
                sequence = self.session.submit(now, submit_sm(work, part, receipted))
            except BadField as fault:
                refused.append(_outcome(work, part.number, self._link.name, Verdict.REFUSED, str(fault)))
            else:
                self._waiting[sequence] = (work.message, work.piece, part.number, part.tries)
        self._soon()
        if refused:
            self._link.told(refused)

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
        settings = self._link.settings
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
        if events:
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
        outcomes: list[Outcome] = []
        delivered: list[Delivered] = []
        closed: Closed | None = None
        for event in events:
            match event:
                case Answered(sequence) | Unanswered(sequence):
                    part = self._waiting.pop(sequence, None)
                    if part is not None:
                        outcomes.append(self._link.outcome(part, event))
                    if isinstance(event, Answered) and event.status == verdicts.ESME_RINVBNDSTS:
                        self.session.close("the SMSC says that we are not bound")
                case Delivered():
                    delivered.append(event)
                case Bound():
                    self._link.bound(self)
                case Closed():
                    closed = event
        if closed is not None:
            self._link.unbound(self, closed)
        if outcomes:
            self._link.told(outcomes)
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
        self._link.hear(self, delivered)

    def _produce(self, what: str) -> None:
        getattr(self.transport, what, lambda: None)()


class SmppFactory(Factory):
    """Makes the protocol of one dialled connection."""

    noisy = False

    def __init__(self, link: SmppLink, clock: IReactorTime) -> None:
        self._link = link
        self._clock = clock

    def buildProtocol(self, addr: Any) -> SmppProtocol:
        settings = self._link.settings
        rules = Rules(
            bind_within=settings.bind_within,
            answer_within=settings.answer_within,
            enquire_after=settings.enquire_after,
        )
        return SmppProtocol(self._link, Session(rules), self._clock)


@attrs.define(eq=False)
class Call:
    """A connection being dialled, then held: the keeper's Line."""

    _link: SmppLink
    _keeper: Keeper
    dialling: Deferred[Any] | None = None
    protocol: SmppProtocol | None = None

    def drop(self) -> None:
        if self.protocol is not None:
            self.protocol.drop()
        elif self.dialling is not None:
            self.dialling.cancel()

    def connected(self, protocol: SmppProtocol) -> None:
        self.dialling, self.protocol = None, protocol

    def failed(self, failure: Failure) -> None:
        self.dialling = None
        reason = "gave up dialling" if failure.check(CancelledError) else failure.getErrorMessage()
        self._link.unreached(reason)
        self._keeper.ended(0.0)


@implementer(ILink)
class SmppLink:
    """One account at one SMSC. `connect` makes the endpoint of a host and port."""

    kind = "smpp"

    def __init__(
        self,
        settings: SmppSettings,
        lane: ILane,
        router: IRouter,
        reactor: Any,
        connect: Connect | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.settings = settings
        self.name = settings.name
        self._lane = lane
        self._router = router
        self._clock: IReactorTime = reactor
        self._connect = connect or (lambda host, port: HostnameEndpoint(reactor, host.encode(), port))
        self._hosts = [_host(host) for host in settings.hosts]
        self._dialled = 0
        self._keeper: Keeper = keep(Core(reactor, self._dial, chance, self._left))
        self._leaving: list[Deferred[None]] = []
        self._gone = False
        self._bound: SmppProtocol | None = None
        self._formers = Formers()
        self._twins: dict[str, list[tuple[SmppProtocol, Delivered]]] = {}  # repeats of MO that are being kept
        self._since = reactor.seconds()
        self._state, self._reason = "down", ""
        self._counts: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()

    # ILink

    @property
    def up(self) -> bool:
        return self._bound is not None and not self._leaving

    @property
    def window(self) -> int:
        return self.settings.window if self.up else 0

    def start(self) -> None:
        self._keeper.start()

    def send(self, work: Work) -> None:
        """ILink: only while up; without a session, nothing leaves."""
        if self._bound is None or self._leaving:
            self._lane.answered([_outcome(work, part.number, self.name) for part in work.parts])
            return
        self._counts["submits"] += len(work.parts)
        self._bound.submit(work, self.settings.receipts != "none")

    def stop(self) -> Deferred[None]:
        """ILink: bounded by STOP_WITHIN."""
        if self._gone:
            return succeed(None)
        stopped: Deferred[None] = Deferred()
        self._leaving.append(stopped)
        self._keeper.stop()
        stopped.addTimeout(STOP_WITHIN, self._clock)
        return stopped.addErrback(lambda failure: log.warn("{link}: not signed off in time", link=self.name))

    def _left(self) -> None:
        self._gone = True
        self._become("stopped")
        for waiting in self._leaving:
            if not waiting.called:
                waiting.callback(None)

    def status(self) -> dict[str, object]:
        """ILink: for the page."""
        session = self._bound.session if self._bound else None
        return {
            "state": self._state,
            "since": self._since,
            "host": ":".join(map(str, self._hosts[(self._dialled - 1) % len(self._hosts)])) if self._dialled else "",
            "last_error": self._reason,
            "sessions": 1 if session else 0,
            "unanswered": session.pending if session else 0,
            "answers": dict(self._statuses),
            **self._counts,
        }

    def doubt(self, digests: Iterable[str]) -> None:
        """MO of the process before whose answer may not have been read: each may come once more."""
        self._formers.doubt(digests, self._clock.seconds())

    # the connection

    def _dial(self, keeper: Keeper) -> Call:
        host, port = self._hosts[self._dialled % len(self._hosts)]
        self._dialled += 1
        self._become("dialling")
        call = Call(self, keeper)
        call.dialling = self._connect(host, port).connect(SmppFactory(self, self._clock))
        call.dialling.addCallbacks(call.connected, call.failed)
        return call

    def unreached(self, reason: str) -> None:
        self._become("resting", reason)
        log.warn("{link}: cannot reach its SMSC: {reason}", link=self.name, reason=reason)

    def bound(self, protocol: SmppProtocol) -> None:
        self._bound = protocol
        self._become("bound")
        log.info("{link}: bound", link=self.name)
        self._keeper.signed_in()
        self._lane.changed()

    def unbound(self, protocol: SmppProtocol, closed: Closed) -> None:
        was_bound = self._bound is protocol
        self._become("resting", closed.reason)
        self._counts["late"] += protocol.session.late
        if was_bound:
            self._bound = None
            self._counts["flaps"] += 1
            self._formers.session_ended(self._clock.seconds())
        tell = log.error if closed.hopeless else log.warn
        tell("{link}: session ended: {reason}", link=self.name, reason=closed.reason)
        self._keeper.ended(HOPELESS_REST if closed.hopeless else 0.0)
        if was_bound:
            self._lane.changed()

    def _become(self, state: str, reason: str | None = None) -> None:
        self._state, self._since = state, self._clock.seconds()
        if reason is not None:
            self._reason = reason

    # answers

    def outcome(self, part: Part, event: Answered | Unanswered) -> Outcome:
        """What an answer, or its absence, means for a part."""
        message, piece, number, tries = part
        if isinstance(event, Unanswered):
            self._statuses["none" if event.written else UNSENT] += 1
            verdict, reason, carrier_id = Verdict.UNKNOWN, event.reason, ""
            if not event.written:
                verdict, reason = Verdict.LATER, UNSENT
        else:
            verdict = verdicts.verdict(event.status, tries)
            reason = "" if event.status == verdicts.ESME_ROK else verdicts.name(event.status)
            carrier_id = receipts.canonical(event.message_id) if verdict is Verdict.TAKEN else ""
            self._statuses[verdicts.name(event.status)] += 1
            if event.status in verdicts.THROTTLES:
                self._lane.throttled(verdicts.THROTTLES[event.status])
        return Outcome(
            message=message,
            piece=piece,
            part=number,
            link=self.name,
            verdict=verdict,
            carrier_id=carrier_id,
            reason=reason,
        )

    def told(self, outcomes: Sequence[Outcome]) -> None:
        self._lane.answered(outcomes)

    # receipts and replies

    def hear(self, protocol: SmppProtocol, delivered: Sequence[Delivered]) -> None:
        """Receipts of this turn in one call, texts in another; each answered after its commit."""
        reports: list[tuple[Delivered, Receipt]] = []
        texts: list[tuple[Delivered, Reply]] = []
        for event in delivered:
            receipt = receipts.read(event.pdu, self.name, self.settings.message_id)
            if receipt is None:
                texts.append((event, receipts.mo(event.pdu, self.name, self._clock.seconds())))
            elif receipt.carrier_ids:
                reports.append((event, receipt))
            else:
                self._unreadable(protocol, event)
        if reports:
            self._counts["receipts"] += len(reports)
            kept = self._router.receipt([receipt for _, receipt in reports])
            kept.addErrback(self._unkept, len(reports))
            kept.addCallback(lambda well: protocol.answer([event for event, _ in reports], well))
            kept.addErrback(self._surprised)
        if texts:
            self._hear_texts(protocol, texts)

    def _unreadable(self, protocol: SmppProtocol, event: Delivered) -> None:
        """A refusal would only bring it again, for ever."""
        self._counts["unreadable"] += 1
        log.warn("{link}: a receipt without a readable id", link=self.name)
        protocol.answer([event], [True])

    def _hear_texts(self, protocol: SmppProtocol, texts: Sequence[tuple[Delivered, Reply]]) -> None:
        now = self._clock.seconds()
        fresh = []
        for event, reply in texts:
            twins = self._twins.get(reply.digest, [])
            if self._formers.repeated(reply.digest, now):
                self._counts["repeats"] += 1
                protocol.answer([event], [True])
            elif len(twins) < self._formers.keeping(reply.digest):  # its former is not answered yet
                self._counts["repeats"] += 1
                self._twins[reply.digest] = [*twins, (protocol, event)]
            else:
                self._formers.came(reply.digest)
                fresh.append((event, reply))
        if not fresh:
            return
        self._counts["mo"] += len(fresh)
        kept = self._router.reply([reply for _, reply in fresh])
        kept.addErrback(self._unkept, len(fresh))
        kept.addCallback(self._answer_texts, protocol, fresh)
        kept.addErrback(self._surprised)

    def _answer_texts(
        self, kept: Sequence[bool], protocol: SmppProtocol, texts: Sequence[tuple[Delivered, Reply]]
    ) -> None:
        now = self._clock.seconds()
        for (_, reply), well in zip(texts, kept, strict=True):
            self._formers.kept(reply.digest, now, well=well, answered=protocol is self._bound)
            twins = self._twins.pop(reply.digest, [])
            if twins:
                twin, event = twins.pop(0)
                twin.answer([event], [well])
            if twins:
                self._twins[reply.digest] = twins
        protocol.answer([event for event, _ in texts], kept)

    def _unkept(self, failure: Failure, count: int) -> list[bool]:
        """Nobody kept them: the carrier shall come again."""
        self._surprised(failure)
        return [False] * count

    def _surprised(self, failure: Failure) -> None:
        self._counts["surprises"] += 1
        log.failure("{link}: what came could not be kept", failure, link=self.name)


def _outcome(work: Work, part: int, link: str, verdict: Verdict = Verdict.LATER, reason: str = UNSENT) -> Outcome:
    return Outcome(message=work.message, piece=work.piece, part=part, link=link, verdict=verdict, reason=reason)


def _host(host: str) -> tuple[str, int]:
    name, _, port = host.rpartition(":")
    return name.strip("[]"), int(port)


def make(settings: SmppSettings, lane: ILane, router: IRouter, reactor: Any) -> SmppLink:
    """For the table of kinds."""
    return SmppLink(settings, lane, router, reactor)

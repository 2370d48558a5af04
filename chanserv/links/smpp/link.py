"""An SMPP account on Twisted: one bound session kept up, parts out, receipts and replies in.

It has a keeper that dials, the connection there is, and an ear for what the
SMSC delivers. What may come when is the session's matter, what is sent next
the lane's, what a receipt means the store's.

    Keeper -- SmppLink -- SmppFactory -> SmppProtocol -- Session
                 +------- Hearing -- Formers
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.errors import BadField
from chanserv.interfaces import ILane, ILink, IRouter
from chanserv.keeper import Core, Keeper, keep
from chanserv.links.smpp import receipts, verdicts
from chanserv.links.smpp.hearing import Hearing
from chanserv.links.smpp.protocol import Sent, SmppFactory, SmppProtocol
from chanserv.links.smpp.session_events import Answered, Closed, Delivered, Unanswered
from chanserv.message import UNSENT, Answer, Outcome, Question, Verdict, Work
from chanserv.settings import SmppSettings

__all__ = ["SmppFactory", "SmppLink", "make"]

log = Logger()

STOP_WITHIN = 8.0  # seconds for signing off
HOPELESS_REST = 300.0  # seconds after a bind was refused for what only a person can mend

Connect = Callable[[str, int], IStreamClientEndpoint]


@attrs.define(eq=False)
class Call:
    """A connection being dialled, then held: the keeper's Line."""

    _link: SmppLink
    _keeper: Keeper
    dialling: Deferred[Any] | None = None
    protocol: SmppProtocol | None = None
    dropped: bool = False

    def drop(self) -> None:
        self.dropped = True
        if self.protocol is not None:
            self.protocol.drop()
        elif self.dialling is not None:
            self.dialling.cancel()

    def connected(self, protocol: SmppProtocol) -> None:
        self.dialling, self.protocol = None, protocol

    def failed(self, failure: Failure) -> None:
        self.dialling = None
        if not self.dropped:  # if it is, how the endpoint words being cancelled (a failed lookup) is no news
            self._link.unreached(failure.getErrorMessage())
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
        self._clock: IReactorTime = reactor
        self._connect = connect or (lambda host, port: HostnameEndpoint(reactor, host.encode(), port))
        self._hosts = [_host(host) for host in settings.hosts]
        self._dialled = 0
        self._keeper: Keeper = keep(Core(reactor, self._dial, chance, self._left))
        self._leaving: list[Deferred[None]] = []
        self._gone = False
        self._bound: SmppProtocol | None = None
        self._since = reactor.seconds()
        self._state, self._reason = "down", ""
        self._counts: Counter[str] = Counter()
        self._hearing = Hearing(settings.name, settings.message_id, router, reactor, self._counts)
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
            sents = [Sent(work.message, work.piece, part.number, part.tries) for part in work.parts]
            self._lane.answered([self._outcome(sent, Verdict.LATER, UNSENT) for sent in sents])
            return
        self._counts["submits"] += len(work.parts)
        self._bound.submit(work, self.settings.receipts != "none")

    def ask(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """ILink: it has no words for it yet."""
        return succeed([Answer(well=False, words="this link cannot ask") for _ in questions])

    def cancel(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """ILink: nor for this."""
        return succeed([Answer(well=False, words="this link cannot cancel") for _ in questions])

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
        self._hearing.doubt(digests)

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
        reason = f"{closed.reason}; check {closed.mend} of link.{self.name}" if closed.mend else closed.reason
        self._become("resting", reason)
        self._counts["late"] += protocol.session.late
        self._counts["strange"] += protocol.session.strange
        if was_bound:
            self._bound = None
            self._counts["flaps"] += 1
            self._hearing.session_ended()
        tell = log.error if closed.mend else log.warn
        tell("{link}: session ended: {reason}", link=self.name, reason=reason)
        self._keeper.ended(HOPELESS_REST if closed.mend else 0.0)
        if was_bound:
            if not self._leaving:
                self._lane.broken()
            self._lane.changed()

    def _become(self, state: str, reason: str | None = None) -> None:
        self._state, self._since = state, self._clock.seconds()
        if reason is not None:
            self._reason = reason

    # answers

    def outcome(self, sent: Sent, event: Answered | Unanswered) -> Outcome:
        """What an answer, or its absence, means for a part."""
        if isinstance(event, Answered):
            return self._answered(sent, event)
        if not event.written:
            return self._outcome(sent, Verdict.LATER, UNSENT)
        self._statuses["none"] += 1
        return self._outcome(sent, Verdict.UNKNOWN, event.reason)

    def _answered(self, sent: Sent, event: Answered) -> Outcome:
        verdict = verdicts.verdict(event.status, sent.tries)
        name = verdicts.name(event.status)
        self._statuses[name] += 1
        if event.status in verdicts.THROTTLES:
            self._lane.throttled(verdicts.THROTTLES[event.status])
        if verdict is Verdict.TAKEN:
            return self._outcome(sent, verdict, "", receipts.canonical(event.message_id))
        return self._outcome(sent, verdict, name)

    def unsaid(self, sent: Sent, fault: BadField) -> Outcome:
        """A part that no submit_sm can hold."""
        self._statuses["unsaid"] += 1
        return self._outcome(sent, Verdict.REFUSED, str(fault))

    def _outcome(self, sent: Sent, verdict: Verdict, reason: str, carrier_id: str = "") -> Outcome:
        return Outcome(
            message=sent.message,
            piece=sent.piece,
            part=sent.part,
            link=self.name,
            verdict=verdict,
            reason=reason,
            carrier_id=carrier_id,
        )

    def told(self, outcomes: Sequence[Outcome]) -> None:
        self._lane.answered(outcomes)

    def hear(self, protocol: SmppProtocol, delivered: Sequence[Delivered]) -> None:
        self._hearing.hear(protocol, delivered)


def _host(host: str) -> tuple[str, int]:
    name, _, port = host.rpartition(":")
    return name.strip("[]"), int(port)


def make(settings: SmppSettings, lane: ILane, router: IRouter, reactor: Any) -> SmppLink:
    """For the table of kinds."""
    return SmppLink(settings, lane, router, reactor)

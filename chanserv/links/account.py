"""One account at one carrier on Twisted, whatever it speaks: sessions kept up, parts out, receipts and replies in.

It has a seat for each connection it keeps up, and an ear for what the carrier
delivers. What may come when is the session's matter, what is said the
speech's, what is sent next the lane's, what a receipt means the store's.

    Seat (keeper, hosts) -- Account -- SessionProtocol -- Session
                              +------- Hearing -- Formers
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from chanserv.interfaces import IGate, ILane, ILink, IRouter
from chanserv.links.base import Judgement, Speech
from chanserv.links.callers import Caller, Callers
from chanserv.links.events import Delivered
from chanserv.links.hearing import Hearing
from chanserv.links.protocol import Holder, SessionProtocol
from chanserv.links.seat import Connect, Host, Seat
from chanserv.links.wire.dial import dialler
from chanserv.links.wire.listen import ListeningSettings
from chanserv.message import UNSENT, Answer, Outcome, Question, Verdict, Work
from chanserv.seldom import Seldom
from chanserv.settings import SmscSettings

log = Logger()

STOP_WITHIN = 8.0  # seconds for signing off
ANSWERS = 100  # different codes counted apart; a carrier that invents more is counted under `other`


@implementer(ILink)
class Account:
    """`gate`: asked before each dial, and no session while it is closed; `device`: that of the link's tunnel.

    `connect` makes the endpoint of a host and port; `chance` gives numbers from 0 to 1.
    """

    trying = False  # ILink: a session that is bound shows that somebody is there

    def __init__(
        self,
        settings: SmscSettings,
        speech: Speech,
        lane: ILane,
        router: IRouter,
        reactor: Any,
        gate: IGate | None = None,
        device: str | None = None,
        connect: Connect | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.settings = settings
        self.name = settings.name
        self.kind: str = settings.kind
        self._speech = speech
        self._lane = lane
        self._clock: IReactorTime = reactor
        connect = connect or dialler(settings, reactor, device)
        hosts = [host_of(host) for host in settings.hosts]
        self._seats = [Seat(self, role, hosts, connect, reactor, chance, gate) for role in speech.roles]
        self._callers: Callers | None = None
        if isinstance(settings, ListeningSettings) and settings.listen:
            self._callers = Callers(self, settings, reactor, gate, device, self._gone_by)
        if gate is not None:
            gate.subscribe(self._gate_changed)
        self._sending: list[SessionProtocol] = []
        self._left: set[Seat] = set()
        self._leaving: list[Deferred[None]] = []
        self._counts: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._seldom = Seldom(reactor)
        self._hearing = Hearing(settings.name, speech, router, reactor, self._counts)

    # ILink

    @property
    def up(self) -> bool:
        return bool(self._sending) and not self._leaving

    @property
    def window(self) -> int:
        return self.settings.window * len(self._sending) if self.up else 0

    def start(self) -> None:
        for each in self._doors:
            each.start()

    def send(self, work: Work) -> None:
        """ILink: only while up; without a session, nothing leaves."""
        if not self.up:
            self._lane.answered([_unsent(work, part.number) for part in work.parts])
            return
        self._counts["submits"] += len(work.parts)
        if len(self._sending) == 1:
            return self._sending[0].submit(work)
        for part in work.parts:
            self._freest().submit_part(work, part)

    def _freest(self) -> SessionProtocol:
        """The session with the fewest open parts: so none ever has more than its window."""
        return min(self._sending, key=lambda protocol: protocol.session.pending)

    async def _inquire(self, asked: Question, words: Callable[[Question], Any | None]) -> Answer:
        pdu = words(asked)
        if pdu is None:
            return Answer(well=False, words=f"{self.name} cannot be asked this")
        if not self.up:
            return Answer(well=False, words=f"{self.name} is down")
        replied = await self._freest().ask(pdu)
        if replied is None:
            return Answer(well=False, words="no answer")
        return Answer(well=not replied.status, fate=replied.fate, words=replied.words)

    def ask(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """ILink: side by side."""
        return self._each(questions, self._speech.question)

    def cancel(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """ILink: side by side."""
        return self._each(questions, self._speech.cancellation)

    def _each(self, questions: Sequence[Question], words: Callable[[Question], Any | None]) -> Deferred[list[Answer]]:
        return gatherResults([Deferred.fromCoroutine(self._inquire(asked, words)) for asked in questions])

    def stop(self) -> Deferred[None]:
        """ILink: bounded by STOP_WITHIN."""
        if self._gone:
            return succeed(None)
        stopped: Deferred[None] = Deferred()
        self._leaving.append(stopped)
        for each in self._doors:
            each.stop()
        stopped.addTimeout(STOP_WITHIN, self._clock)
        return stopped.addErrback(lambda failure: log.warn("{link}: not signed off in time", link=self.name))

    @property
    def _gone(self) -> bool:
        return len(self._left) == len(self._seats) and (self._callers is None or self._callers.gone)

    @property
    def _doors(self) -> list[Seat | Callers]:
        """Where connections come from."""
        return [*self._seats, *([self._callers] if self._callers else [])]

    def left(self, seat: Seat) -> None:
        """House: it dials no more."""
        self._left.add(seat)
        self._gone_by()

    def _gone_by(self) -> None:
        if self._gone:
            for waiting in self._leaving:
                if not waiting.called:
                    waiting.callback(None)

    def status(self) -> dict[str, object]:
        """ILink: for the page. The first seat that is bound speaks for all, else the first."""
        seats = [each.status() for each in self._doors]
        told = next((seat for seat in seats if seat["state"] == "bound"), seats[0])
        bound = [seat.bound for seat in self._seats if seat.bound] + (self._callers.bound if self._callers else [])
        return {
            "state": told["state"],
            "since": told["since"],
            "host": told["host"],
            "last_error": next((seat["last_error"] for seat in seats if seat["state"] != "bound"), told["last_error"]),
            "sessions": len(bound),
            "locked": any(seat["state"] == "locked" for seat in seats),
            "again": told.get("again", 0.0),
            "version": self._speech.version,
            "unanswered": sum(protocol.session.pending for protocol in bound),
            "answers": dict(self._answers),
            **({"seats": seats} if len(seats) > 1 else {}),
            **({"refused": self._callers.refused} if self._callers else {}),
            **self._counts,
            "late": self._counts["late"] + sum(protocol.session.late for protocol in bound),
            "strange": self._counts["strange"] + sum(protocol.session.strange for protocol in bound),
        }

    def doubt(self, digests: Iterable[str]) -> None:
        """MO of the process before whose answer may not have been read: each may come once more."""
        self._hearing.doubt(digests)

    def _gate_changed(self) -> None:
        for each in self._doors:
            each.gate_changed()

    # House of its seats

    def conversation(self, holder: Holder, role: str) -> SessionProtocol:
        session = self._speech.session(role)
        return SessionProtocol(self, holder, self._speech, session, self._clock, self._speech.sends(role))

    def seated(self, holder: Seat | Caller) -> None:
        if holder.bound is not None and holder.bound.sends:
            self._sending.append(holder.bound)
        self._lane.changed()

    def unseated(self, protocol: SessionProtocol, was_bound: bool) -> None:
        self._counts["late"] += protocol.session.late
        self._counts["strange"] += protocol.session.strange
        if not was_bound:
            return
        self._counts["flaps"] += 1
        self._hearing.session_ended(protocol)
        self._sends_no_more(protocol)
        self._lane.changed()

    # Account of its connections

    def judged(self, judgement: Judgement) -> None:
        code = judgement.code or judgement.verdict.value
        self._answers[code if code in self._answers or len(self._answers) < ANSWERS else "other"] += 1
        if judgement.pause:
            self._lane.throttled(judgement.pause)
            self._tell_throttled(code)

    def _tell_throttled(self, code: str) -> None:
        """The first of a while: a carrier that says it says it for every part. Its own words may hold a number."""
        if self._seldom.due():
            log.warn("{link}: its carrier says slow down: {code}", link=self.name, code=code)

    def unanswered(self) -> None:
        self._answers["none"] += 1

    def told(self, outcomes: Sequence[Outcome]) -> None:
        self._lane.answered(outcomes)

    def hear(self, protocol: SessionProtocol, delivered: Sequence[Delivered]) -> None:
        self._hearing.hear(protocol, delivered)

    def congested(self, level: int) -> None:
        self._counts["congestion"] = level
        self._lane.congested(level)

    def leaving(self, protocol: SessionProtocol, reason: str) -> None:
        log.warn("{link}: a session takes no more: {reason}", link=self.name, reason=reason)
        if self._sends_no_more(protocol):
            self._lane.changed()

    def _sends_no_more(self, protocol: SessionProtocol) -> bool:
        """False: it did not before, either."""
        if protocol not in self._sending:
            return False
        self._sending.remove(protocol)
        if not self._leaving:
            self._lane.broken()
        return True


def host_of(host: str) -> Host:
    """The two halves of "host:port"; brackets of an IPv6 address fall off."""
    name, _, port = host.rpartition(":")
    return name.strip("[]"), int(port)


def _unsent(work: Work, part: int) -> Outcome:
    return Outcome(
        message=work.message, piece=work.piece, part=part, link=work.link, verdict=Verdict.LATER, reason=UNSENT
    )

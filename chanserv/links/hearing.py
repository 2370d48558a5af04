"""What a carrier delivers: receipts and texts (MO), kept by the router first and answered then.

A text that repeats a former one is answered as its former was, and not kept
twice; which are repeats, `formers` says, for carriers that give texts neither
id nor stamp; where they do, the store knows a repeat by that. What a receipt
means for its part is the store's matter, how a connection writes an answer, the
protocol's.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chanserv.interfaces import IRouter
from chanserv.links.base import Speech
from chanserv.links.events import Delivered
from chanserv.links.formers import Formers
from chanserv.message import Receipt, Reply
from chanserv.seldom import Seldom

log = Logger()


class Caller(Protocol):
    """The connection something was delivered on."""

    @property
    def living(self) -> bool:
        """What it writes can still be read."""

    def answer(self, delivered: Sequence[Delivered], kept: Sequence[bool]) -> None:
        """Well for what was kept; else the carrier shall come again."""


class Hearing:
    """The ear of one link. `counts` gets receipts, mo, repeats and the like."""

    def __init__(self, link: str, speech: Speech, router: IRouter, clock: IReactorTime, counts: Counter[str]) -> None:
        self._link = link
        self._speech = speech
        self._router = router
        self._clock = clock
        self._counts = counts
        self._formers = Formers()
        self._seldom = Seldom(clock)
        self._twins: defaultdict[str, deque[tuple[Caller, Delivered]]] = defaultdict(deque)  # of what is being kept

    def doubt(self, digests: Iterable[str]) -> None:
        """Texts whose answer the carrier may not have read: each may come once more."""
        self._formers.doubt(digests, self._clock.seconds())

    def session_ended(self, caller: Caller) -> None:
        """Its answers of the last seconds may not have been read."""
        self._formers.session_ended(self._clock.seconds(), caller)

    def hear(self, caller: Caller, delivered: Sequence[Delivered]) -> None:
        """Receipts of this turn in one call, texts in another; each answered after its commit."""
        reports: list[tuple[Delivered, Receipt]] = []
        texts: list[tuple[Delivered, Reply]] = []
        for event in delivered:
            match self._speech.read(event.pdu, self._clock.seconds()):
                case Receipt(carrier_ids=()):
                    self._useless(caller, event, "unreadable")
                case Receipt() as receipt:
                    reports.append((event, receipt))
                case Reply() as reply:
                    texts.append((event, reply))
                case None:
                    self._useless(caller, event, "ignored")
        if reports:
            self._hear_receipts(caller, reports)
        if texts:
            self._hear_texts(caller, texts)

    def _useless(self, caller: Caller, event: Delivered, what: str) -> None:
        """A receipt without an id, or neither receipt nor text: a refusal would only bring it again, for ever."""
        self._counts[what] += 1
        if self._seldom.due(what):  # there may be one for every text
            log.warn("{link}: something {what} was delivered", link=self._link, what=what)
        caller.answer([event], [True])

    def _hear_receipts(self, caller: Caller, reports: Sequence[tuple[Delivered, Receipt]]) -> None:
        self._counts["receipts"] += len(reports)
        events = [event for event, _ in reports]
        kept = self._router.receipt([receipt for _, receipt in reports])
        self._then(kept, len(events), lambda well: caller.answer(events, well))

    def _hear_texts(self, caller: Caller, texts: Sequence[tuple[Delivered, Reply]]) -> None:
        now = self._clock.seconds()
        fresh = []
        for event, reply in texts:
            if not reply.digest:
                fresh.append((event, reply))  # known by the store, by its vendor_id
            elif self._formers.repeated(reply.digest, now):
                self._counts["repeats"] += 1
                log.info("{link}: a text came again whose answer the SMSC may have missed", link=self._link)
                self._formers.answered(reply.digest, now, read=caller.living, session=caller)
                caller.answer([event], [True])
            elif len(self._twins.get(reply.digest, ())) < self._formers.keeping(reply.digest):
                self._counts["repeats"] += 1
                self._twins[reply.digest].append((caller, event))  # its former is not answered yet
            else:
                self._formers.came(reply.digest)
                fresh.append((event, reply))
        if fresh:
            self._counts["mo"] += len(fresh)
            kept = self._router.reply([reply for _, reply in fresh])
            self._then(kept, len(fresh), lambda well: self._answer_texts(caller, fresh, well))

    def _answer_texts(self, caller: Caller, texts: Sequence[tuple[Delivered, Reply]], kept: Sequence[bool]) -> None:
        now = self._clock.seconds()
        for (_, reply), well in zip(texts, kept, strict=True):
            if not reply.digest:
                continue
            twin = self._twin(reply.digest)
            self._formers.kept(reply.digest)
            if well:  # the last that came is the one whose answer may be missed
                last = twin[0] if twin else caller
                self._formers.answered(reply.digest, now, read=last.living, session=last)
            if twin:
                twin[0].answer([twin[1]], [well])
        caller.answer([event for event, _ in texts], kept)

    def _twin(self, digest: str) -> tuple[Caller, Delivered] | None:
        """A repeat that came while its former was being kept, and waits for the same answer."""
        twins = self._twins.get(digest)
        if not twins:
            return None
        first = twins.popleft()
        if not twins:
            del self._twins[digest]
        return first

    def _then(self, kept: Deferred[list[bool]], count: int, answer: Callable[[list[bool]], Any]) -> None:
        kept.addErrback(self._unkept, count)
        kept.addCallback(answer)
        kept.addErrback(self._surprised)

    def _unkept(self, failure: Failure, count: int) -> list[bool]:
        """Nobody kept them: the carrier shall come again."""
        self._surprised(failure)
        return [False] * count

    def _surprised(self, failure: Failure) -> None:
        self._counts["surprises"] += 1
        log.failure("{link}: what came could not be kept", failure, link=self._link)

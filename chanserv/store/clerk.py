"""Carries out operations on a ledger: the store's own logic, the same over memory, SQLite and PostgreSQL.

One clerk works through one ledger, one operation after the other, inside a
transaction it neither begins nor ends. It knows `rules`, not rows on a disk;
it asks no clock: the instant of the batch comes with every call.

    Take, Refuse, Reject ... intake: judge (new, further, repeat, resend)
    Claim, Begin ........... queue:  who may go, in which order
    Strand, Move ........... queue:  who may go by another link
    Settle, Record ......... answers: part -> piece -> message -> what is owed
    Hear ................... inbox:  repeats, segments, the whole text
    Fetch, Posted .......... outbox: what the platform is owed
    Dead, Replay ........... outbox: what it will not be told
    Cancel, Drop, Note ..... recall: what is not to be sent, and what else a timeline is to hold
    Know ................... terms:  what was added to the settings
    Sweep .................. all of them: what time alone brings
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from chanserv import operations as op
from chanserv.rules.terms import Terms
from chanserv.store.ageing import Ageing
from chanserv.store.answers import Answers
from chanserv.store.asker import Asker
from chanserv.store.book import Book
from chanserv.store.early import Early
from chanserv.store.inbox import Inbox
from chanserv.store.intake import Intake
from chanserv.store.ledger import Ledger
from chanserv.store.outbox import Outbox
from chanserv.store.queue import Queue
from chanserv.store.recall import Recall

DAY = 86400.0


class Clerk:
    """Operations on one ledger, by the terms of the settings."""

    def __init__(self, ledger: Ledger, terms: Terms) -> None:
        self._ledger = ledger
        self._terms = terms
        outbox = Outbox(ledger, terms)
        book = Book(ledger, terms, outbox)
        self._book, self._queue = book, Queue(book)
        self._intake = Intake(book, self._queue)
        self._answers = Answers(book, self._queue)
        early = Early(book, self._queue, self._answers)
        self._ageing = Ageing(book, self._queue, early)
        self._recall = Recall(book, self._queue)
        self._inbox = Inbox(ledger, terms, outbox)
        self._does: dict[type, Callable[[float, Any], op.Result]] = {
            op.Take: self._intake.take,
            op.Refuse: self._intake.refuse,
            op.Reject: self._intake.reject,
            op.Begin: self._queue.begin,
            op.Claim: early.claim,
            op.Strand: self._queue.strand,
            op.Move: early.move,
            op.Settle: self._answers.settle,
            op.Record: self._answers.record,
            op.Hear: self._inbox.hear,
            op.Formers: self._inbox.formers,
            op.Fetch: outbox.fetch,
            op.Posted: outbox.posted,
            op.Dead: outbox.dead,
            op.Replay: outbox.replay,
            op.Cancel: self._recall.cancel,
            op.Drop: self._recall.drop,
            op.Note: self._recall.note,
            op.Know: self._know,
            op.Sweep: self._sweep,
            op.Recent: self._recent,
            op.Trace: self._trace,
            op.Census: self._census,
        }

    def started(self, now: float) -> None:
        """The ledger was just opened: what was being sent when the last process ended is UNKNOWN."""
        self._intake.started = now
        self._doubt(now, self._terms.links)

    def _doubt(self, now: float, links: Iterable[str]) -> None:
        for link in links:
            for place in self._queue.sending(link):
                self._answers.interrupted(now, place)

    def resumed(self, began: float) -> None:
        """The ledger was opened again within a process that began then: what is being sent is still on its way."""
        self._intake.started = began

    def carry_out(self, now: float, operation: op.Operation) -> op.Result:
        """Do one operation at the instant `now`; whatever it raises concerns this one alone."""
        return self._does[type(operation)](now, operation)

    def _know(self, now: float, know: op.Know) -> op.Done:
        self._terms.grow(know.channels, know.links)
        self._doubt(now, know.links)
        return op.Done()

    def _sweep(self, now: float, sweep: op.Sweep) -> op.Swept:
        freed: set[str] = set()
        asker = Asker(self._terms, partial(self._book.shared, finished=True), sweep.asking, sweep.questions)
        messages = self._ledger.waking(now, sweep.limit)
        for message in messages:
            self._ageing.awaken(now, message, frozenset(sweep.holding), freed, asker)
        held, works = self._queue.release(now, sweep.limit)
        freed.update(work.link for work in works)
        freed.update(link for link in self._terms.links if self._queue.ready(now, link, sweep.holding))
        replies = self._inbox.sweep(now, sweep.limit)
        self._ledger.drop_orphans_before(now - self._terms.orphan_wait)
        self._ledger.drop_history(now - self._terms.retention * DAY)
        more = sweep.limit in (len(messages), held, replies)
        return op.Swept(more=more, freed=tuple(sorted(freed)), enquiries=tuple(asker.enquiries))

    def _recent(self, now: float, recent: op.Recent) -> op.Listing:
        messages, inbound = self._ledger.recent(recent.limit)
        return op.Listing(messages=tuple(messages), inbound=tuple(inbound))

    def _trace(self, now: float, trace: op.Trace) -> op.Listing:
        messages, inbound = self._ledger.find(trace.term, trace.limit)
        return op.Listing(messages=tuple(messages), inbound=tuple(inbound))

    def _census(self, now: float, census: op.Census) -> op.Counted:
        owed, oldest, dead = self._ledger.outbox()
        queues = {link: op.Queue(depth, taken) for link, (depth, taken) in self._ledger.queues().items()}
        orphans = self._ledger.orphan_count()
        return op.Counted(queues=queues, outbox=owed, outbox_oldest=oldest, dead=dead, orphans=orphans)

"""What time alone brings to a message: validity, receipts that never came, and its end."""

from __future__ import annotations

from msgspec.structs import replace

from chanserv.message import Hop, Message, Piece
from chanserv.rules import fate, repeats
from chanserv.store.asker import Asker
from chanserv.store.book import Book
from chanserv.store.early import Early
from chanserv.store.queue import Queue

CLAIMED_PAUSE = 5.0  # seconds until a message is looked at again whose fate its link is about to tell


class Ageing:
    """Of the messages of one ledger, for Sweep."""

    def __init__(self, book: Book, queue: Queue, early: Early) -> None:
        self._book = book
        self._ledger = book.ledger
        self._queue = queue
        self._early = early

    def awaken(self, now: float, message: Message, holding: frozenset[int], freed: set[str], asker: Asker) -> None:
        """Whatever time alone does to a message; `freed` gathers links whose next text may go."""
        if self._foretold(now, message, holding, freed):
            return  # it is kept, and what else time brings comes with the next sweep
        before = message = asker.turn(now, message)
        message = repeats.closed(message, now, self._book.terms)
        for piece in message.pieces:
            aged = self._aged(now, message, piece, piece.ref in holding)
            if aged is not piece:
                message = fate.with_piece(message, aged)
                work = self._queue.follow(now, aged).work
                freed.update([work.link] if work else [])
        if message is not before:
            self._book.save(now, message, Hop(now, "time passed", _why(message)))
        elif any(piece.ref in holding for piece in message.pieces):
            self._ledger.put(replace(message, wake=now + CLAIMED_PAUSE))
        elif fate.finished(message) and not message.open:
            self._book.outbox.forget(message.ref)
            self._ledger.archive(replace(message, wake=0.0), now)
        else:
            self._ledger.put(replace(message, wake=max(fate.wake(message, self._book.terms), now + CLAIMED_PAUSE)))

    def _foretold(self, now: float, message: Message, holding: frozenset[int], freed: set[str]) -> bool:
        """Have statuses told of parts of it that nobody has claimed?"""
        before = message
        for piece in message.pieces:
            after = None if piece.ref in holding else self._early.told(now, message, piece)
            if after is not None:
                message, work = after
                freed.update([work.link] if work else [])
        return message is not before

    def _aged(self, now: float, message: Message, piece: Piece, claimed: bool) -> Piece:
        aged = piece
        for part in piece.parts:
            asks = fate.asks(message, piece, part, self._book.terms)
            after = fate.aged(part, now, message.expires, self._book.terms, claimed=claimed, asks=asks)
            if after is not part:
                aged = fate.with_part(aged, after)
                self._ledger.forget(message.ref, piece.ref, part.number)
        return aged


def _why(message: Message) -> str:
    reasons = {part.reason for piece in message.pieces for part in piece.parts if part.state.final and part.reason}
    return message.rejected or ", ".join(sorted(reasons))

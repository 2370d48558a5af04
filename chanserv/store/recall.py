"""Cancelling a text: what waits is never sent, what a carrier has is told as such.

The store knows of no octets before their answer on links that may resend, so
whoever cancels says which parts are out. It asks no carrier.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from chanserv import operations as op
from chanserv.message import CANCELLED, Hop, Message, Part, Piece, State, Status
from chanserv.rules import fate
from chanserv.store.book import Book, part_of, told_of
from chanserv.store.queue import Queue


class Recall:
    """Cancel, Drop and Note on one ledger."""

    def __init__(self, book: Book, queue: Queue) -> None:
        self._book = book
        self._queue = queue

    def cancel(self, now: float, cancel: op.Cancel) -> op.Cancelled:
        """A message that is told cancelled once stays as it was at the second time."""
        message = self._book.ledger.message(cancel.message)
        if message is None:
            return op.Cancelled()
        out = frozenset(cancel.out)
        done: set[tuple[int, int]] = set()
        for piece in message.pieces:
            if piece.ref in cancel.pieces:
                numbers = {part.number for part in piece.parts if part.state.waiting} - _out_of(piece, out)
                message = fate.with_piece(message, _without(piece, numbers, now))
                done |= {(piece.ref, number) for number in numbers}
        freed: set[str] = set()
        if done:
            message = self._book.save(now, message, Hop(now, "cancelled", f"by the operator: {_named(message, done)}"))
            freed = self._follow(now, message, {piece for piece, _ in done})
        fates = [self._fate(message, piece, part, out, done) for piece in message.pieces for part in piece.parts]
        return op.Cancelled(fates=tuple(fates), freed=tuple(sorted(freed)))

    def _follow(self, now: float, message: Message, pieces: Collection[int]) -> set[str]:
        """Links whose next text may go."""
        works = [self._queue.follow(now, piece).work for piece in message.pieces if piece.ref in pieces]
        return {work.link for work in works if work is not None}

    def _fate(
        self,
        message: Message,
        piece: Piece,
        part: Part,
        out: Collection[tuple[int, int]],
        done: Collection[tuple[int, int]],
    ) -> op.Fate:
        key = (piece.ref, part.number)
        leaving = key in out and (part.state.waiting or part.state is State.DROPPED)
        # A carrier might drop another text of that name.
        held = part.state is State.SENT and part.carrier_id and not self._book.shared(message, piece, part)
        return op.Fate(
            piece=piece.ref,
            part=part.number,
            state=State.SENDING if leaving else part.state,
            done=key in done and part.state is State.FAILED,
            enquiry=op.Enquiry.of(message, piece, part) if held else None,
        )

    def drop(self, now: float, drop: op.Drop) -> op.Done:
        """The carrier's receipt that says so may have been quicker; whose wish it was is the reason all the same."""
        found = self._book.find(drop.message, drop.piece)
        part = part_of(found[1], drop.part) if found else None
        if found is None or part is None or part.state not in (State.SENT, State.FAILED) or part.reason == CANCELLED:
            return op.Done(known=False)
        message, piece = found
        if message.status is Status.FAILED and message.reason == part.reason:
            message = replace(message, reason=CANCELLED)
        piece = fate.with_part(piece, replace(part, state=State.FAILED, reason=CANCELLED, at=now))
        self._book.ledger.forget(message.ref, piece.ref, part.number)
        text = told_of(piece, part.number, part.carrier_id, "by its carrier")
        self._book.save(now, fate.with_piece(message, piece), Hop(now, "cancelled", text))
        self._queue.follow(now, piece)
        return op.Done()

    def note(self, now: float, note: op.Note) -> op.Done:
        message = self._book.ledger.message(note.message)
        if message is None:
            return op.Done(known=False)
        self._book.save(now, message, Hop(now, note.what, note.detail))
        return op.Done()


def _out_of(piece: Piece, out: Collection[tuple[int, int]]) -> set[int]:
    return {number for ref, number in out if ref == piece.ref}


def _without(piece: Piece, numbers: Collection[int], now: float) -> Piece:
    """The piece with those parts failed; one that is out is not sent once more if its carrier did not take it.

    Of one that was to be sent again because no answer came, nobody knows.
    """
    for part in piece.parts:
        if part.number in numbers:
            state = State.UNKNOWN if part.unknowns else State.FAILED
            piece = fate.with_part(piece, replace(part, state=state, reason=CANCELLED, due=0.0, at=now))
    return piece


def _named(message: Message, done: Collection[tuple[int, int]]) -> str:
    """Which parts, in a few words."""
    pieces = [
        f"piece {piece.ref} " + ("all of it" if len(numbers) == len(piece.parts) else f"part {_listed(numbers)}")
        for piece in message.pieces
        if (numbers := sorted(number for ref, number in done if ref == piece.ref))
    ]
    return ", ".join(pieces)


def _listed(numbers: Collection[int]) -> str:
    return " and ".join(map(str, numbers))

"""The queue of pieces: who may be claimed, and who comes after whom.

Of one channel's pieces to one recipient, of one class, one is on its way at a
time. What a line is, who its head is and when the next may pass a held one is
decided here; how fast a link sends is the lane's matter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from chanserv import operations as op
from chanserv.message import Hop, Message, Piece, State, Work, queue_line
from chanserv.rules import fate
from chanserv.store.book import Book, piece_of
from chanserv.store.ledger import Place

SENDING_DUE = -1.0  # Place.due of a piece whose octets may have left
RELEASED = -1.0  # Place.release of a head that order_hold no longer lets hold up others


class Queue:
    """Places of one ledger."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._ledger = book.ledger

    @property
    def full(self) -> bool:
        return self._ledger.depth() >= self._book.terms.queue_limit

    def enter(self, now: float, message: Message, piece: Piece) -> Work | None:
        """Put a new piece in its line; the work that is free to go because of it, if any."""
        line = queue_line(message.channel, piece.to, message.reply)
        head = not self._ledger.in_line(line)
        place = Place(
            piece=piece.ref, message=message.ref, link=piece.link, line=line, reply=message.reply, taken=now, head=head
        )
        self._ledger.enqueue(place)
        return work_of(message, piece, now) if head else self._advance(now, line)

    def follow(self, now: float, piece: Piece) -> op.Settled:
        """Let a piece's place follow its parts: gone when none waits, else due with the first of them."""
        place = self._ledger.place(piece.ref)
        if place is None:
            return op.Settled(link=piece.link, finished=True)
        if any(part.state is State.SENDING for part in piece.parts):
            return op.Settled(link=piece.link)
        waiting = [part.due for part in piece.parts if part.state.waiting]
        if not waiting:
            self._ledger.dequeue(piece.ref)
            work = self._advance(now, place.line) if place.head else None
            return op.Settled(link=piece.link, work=work, finished=True)
        hold = piece.hindered + self._book.terms.order_hold if piece.hindered else 0.0
        release = place.release if place.release == RELEASED else hold
        self._ledger.enqueue(replace(place, due=min(waiting), release=release))
        return op.Settled(link=piece.link, due=min(waiting))

    def claim(self, now: float, claim: op.Claim) -> op.Claimed:
        places = self._heads(now, claim)
        works = (self._work_at(now, place) for place in places[: claim.limit] if place.due != SENDING_DUE)
        return op.Claimed(
            works=tuple(work for work in works if work is not None and work.parts and work.expires > now),
            due=self._ledger.next_due(claim.link, now),
            more=len(places) > claim.limit,
        )

    def _heads(self, now: float, claim: op.Claim) -> Sequence[Place]:
        """Up to one more than may be claimed. Heads are among the first of a line."""
        if claim.lines is None:
            return self._ledger.heads(claim.link, now, claim.limit + 1, claim.holding)
        places = (place for line in claim.lines for place in self._ledger.line(line))
        found = (p for p in places if p.head and p.link == claim.link and p.due <= now and p.piece not in claim.holding)
        return sorted(found, key=lambda p: (not p.reply, p.piece))[: claim.limit + 1]

    def begin(self, now: float, begin: op.Begin) -> op.Done:
        found = self._book.find(begin.message, begin.piece)
        place = self._ledger.place(begin.piece)
        if found is None or place is None:
            return op.Done(known=False)
        message, piece = found
        parts = [part for part in piece.parts if part.number in begin.parts]
        if not all(part.state.waiting or part.state is State.SENDING for part in parts):
            return op.Done(known=False)  # dropped meanwhile, as an earlier one failed
        for part in parts:
            if part.state.waiting:
                piece = fate.with_part(piece, replace(part, state=State.SENDING, due=0.0, at=now))
        self._ledger.put(fate.with_piece(message, piece))
        self._ledger.enqueue(replace(place, due=SENDING_DUE))
        return op.Done()

    def strand(self, now: float, strand: op.Strand) -> op.Stranded:
        places = self._ledger.stranded(strand.link, now, strand.reply, strand.after, strand.limit)
        found = [(self._book.find(place.message, place.piece), place) for place in places]
        waits = [
            op.Wait(message=place.message, piece=place.piece, channel=text[0].channel, to=text[1].to)
            for text, place in found
            if text is not None and fate.movable(text[1])
        ]
        return op.Stranded(waits=tuple(waits), last=places[-1].piece if len(places) == strand.limit else 0)

    def move(self, now: float, move: op.Move) -> op.Done:
        found = self._book.find(move.message, move.piece)
        place = self._ledger.place(move.piece)
        if found is None or place is None or not fate.movable(found[1]):
            return op.Done(known=False)
        message, piece = found
        moved = fate.with_piece(message, replace(piece, link=move.link))
        self._book.save(
            now, moved, Hop(now, "moved", f"piece {piece.ref} from {piece.link}, which is down, to {move.link}")
        )
        self._ledger.enqueue(replace(place, link=move.link))
        return op.Done()

    def sending(self, link: str) -> list[Place]:
        """Places whose octets may have left when the former process ended."""
        return list(self._ledger.heads(link, SENDING_DUE, self._ledger.depth(), ()))

    def ready(self, now: float, link: str, holding: Collection[int]) -> bool:
        """Might a piece of this link go that nobody has claimed? Whoever was told of it may not have lived to act."""
        return bool(self._ledger.heads(link, now, 1, holding))

    def release(self, now: float, limit: int) -> tuple[int, list[Work]]:
        """End order_hold where it is over: how many places, and the work that is free because of it."""
        held = self._ledger.releasing(now, limit)
        freed = []
        for place in held:
            self._ledger.enqueue(replace(place, release=RELEASED))
            work = self._advance(now, place.line)
            if work is not None:
                freed.append(work)
        return len(held), freed

    def _advance(self, now: float, line: str) -> Work | None:
        """Make the next place of a line a head, if all before it are heads that hold up nobody."""
        before: set[int] = set()
        for place in self._ledger.line(line):
            if not place.head and place.message in before:
                continue  # pieces of one message never overtake
            if not place.head:
                self._ledger.enqueue(replace(place, head=True))
                return self._work_at(now, place)
            if place.release == 0.0 or place.release > now:
                return None
            before.add(place.message)
        return None

    def _work_at(self, now: float, place: Place) -> Work | None:
        message = self._ledger.message(place.message)
        piece = piece_of(message, place.piece) if message else None
        return work_of(message, piece, now) if message and piece else None


def work_of(message: Message, piece: Piece, now: float) -> Work:
    """Those parts of a piece that may be sent at `now`."""
    parts = tuple(part for part in piece.parts if part.state.waiting and part.due <= now)
    return Work(
        message=message.ref, piece=piece.ref, channel=message.channel, link=piece.link, to=piece.to,
        sender=piece.sender, coding=piece.coding, reply=message.reply, expires=message.expires,
        parts=parts, id=message.id, text=piece.text,
    )  # fmt: skip

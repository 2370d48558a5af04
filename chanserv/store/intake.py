"""Taking pieces from the platform, and keeping in mind what it was refused."""

from __future__ import annotations

from msgspec.structs import replace

from chanserv import operations as op
from chanserv.message import Hop, Message, Part, Piece, Post, Refusal, digest
from chanserv.rules import owing, repeats
from chanserv.store.book import Book
from chanserv.store.queue import Queue


class Intake:
    """Take, Refuse and Reject on one ledger; `started` is when this process opened it."""

    def __init__(self, book: Book, queue: Queue) -> None:
        self._book = book
        self._queue = queue
        self.started = 0.0

    def take(self, now: float, take: op.Take) -> op.Taken:
        post = take.post
        key = digest(post.piece.text)
        piece = replace(post.piece, digest=key, link=take.link, coding=take.coding, taken=now)
        former = self._book.ledger.newest(post.channel, post.id) if post.id else None
        kind = repeats.judge(former, piece, post.n, now, self.started, self._book.terms)
        if former is not None and kind is repeats.Kind.REPEAT:
            return self._repeat(now, post, former, key)
        if self._queue.full:
            return op.Taken(message=0, piece=0, full=True)
        if former is not None and kind is repeats.Kind.FURTHER:
            message = repeats.answered(replace(former, asked=now), key, post.n)
        else:
            message = self._begun(now, post, former)
        return self._add(now, take, message, piece, kind)

    def _add(self, now: float, take: op.Take, message: Message, piece: Piece, kind: repeats.Kind) -> op.Taken:
        piece = replace(
            piece,
            ref=self._book.ledger.next_ref(),
            occurrence=repeats.taken(message, piece.to, piece.digest) + 1,
            parts=tuple(Part(number=number, slice=slice) for number, slice in enumerate(take.slices, 1)),
            late=message.told is not None and message.told.final,
        )
        expires = max(message.expires, now + take.validity)
        message = replace(message, pieces=(*message.pieces, piece), expires=expires)
        message = self._book.save(now, message, Hop(now, kind.value, _seen(take.post, piece)))
        work = self._queue.enter(now, message, piece)
        return op.Taken(message=message.ref, piece=piece.ref, late=piece.late, generation=message.generation, work=work)

    def _begun(self, now: float, post: Post, former: Message | None) -> Message:
        """A new message, or a new generation of one, whose former's unposted statuses are dropped."""
        generation = 1
        if former is not None:
            generation = former.generation + 1
            # An empty `owed` that stays empty: the former is concluded, so nothing is counted again.
            former = replace(former, owed=(), refusals=())
            self._book.save(now, former, Hop(now, "resent", f"as generation {generation}"))
        ref = self._book.ledger.next_ref()  # its first piece takes the next: ledgers find it by that (history.BY_REF)
        return Message(
            ref=ref, channel=post.channel, id=post.id, generation=generation, reply=post.reply, born=now, asked=now
        )

    def _repeat(self, now: float, post: Post, message: Message, key: str) -> op.Taken:
        message = owing.again(repeats.answered(replace(message, asked=now), key, post.n))
        self._book.save(now, message, Hop(now, "repeat", post.by))
        piece = next(p for p in message.pieces if p.digest == key and p.to == post.piece.to)
        return op.Taken(message=message.ref, piece=piece.ref, repeat=True, generation=message.generation)

    def refuse(self, now: float, refuse: op.Refuse) -> op.Done:
        message = self._book.ledger.newest(refuse.channel, refuse.id)
        if message is None:
            return op.Done(known=False)
        known = repeats.taken(message, refuse.to, refuse.digest) >= refuse.n
        refusal = Refusal(refuse.digest, refuse.n, now, refuse.why, known)
        message = repeats.refused(message, refusal, lost=refuse.lost, again=refuse.again)
        self._book.save(now, message, Hop(now, "refused", refuse.why))
        return op.Done()

    def reject(self, now: float, reject: op.Reject) -> op.Done:
        message = self._book.ledger.newest(reject.channel, reject.id)
        if message is None or repeats.concluded(message):
            return op.Done(known=False)
        message = replace(message, rejected=reject.reason, asked=now)
        self._book.save(now, message, Hop(now, "rejected", reject.reason))
        return op.Done()


def _seen(post: Post, piece: Piece) -> str:
    """The words of a timeline for a piece taken."""
    by = f" by {post.by}" if post.by else ""
    parts = "1 part" if len(piece.parts) == 1 else f"{len(piece.parts)} parts"
    channel = f", channel {post.claimed_channel}" if post.claimed_channel else ""
    late = ", after the final status" if piece.late else ""
    return f"piece {piece.ref}, {parts} of {piece.coding.value} for {piece.link}{by}{channel}{late}"

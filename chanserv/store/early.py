"""Parts of which a carrier has told, by our own reference, though no answer to them is on disk.

They left: the answer was lost, or a kill came before its commit. So whoever is about
to send such a part, here or by another link, learns instead that it was taken. What
a status proves is `fate`'s; how it is found, `answers`'.
"""

from __future__ import annotations

from msgspec.structs import replace

from chanserv import operations as op
from chanserv.message import Message, Part, Piece, Work
from chanserv.store.answers import Answers
from chanserv.store.book import Book, piece_of
from chanserv.store.queue import Queue, work_of


class Early:
    """Claim and Move on one ledger."""

    def __init__(self, book: Book, queue: Queue, answers: Answers) -> None:
        self._book = book
        self._queue = queue
        self._answers = answers

    def told(self, now: float, message: Message, piece: Piece) -> tuple[Message, Work | None] | None:
        """The message after what was told of that piece, which is not on its way, and the work that is free because
        of it; None: nothing was told."""
        after = self._answers.foretold(now, message, piece) if self._book.link(piece.link).ours else None
        told = piece_of(after, piece.ref) if after else None
        return (after, self._queue.follow(now, told).work) if after and told else None

    def claim(self, now: float, claim: op.Claim) -> op.Claimed:
        """See `op.Claim`. What is free because of a part that need not go is claimed the next time."""
        claimed = self._queue.claim(now, claim)
        if not self._book.link(claim.link).ours:
            return claimed
        left = [self._left(now, work) for work in claimed.works]
        works = tuple(work for work in left if work.parts)
        return replace(claimed, works=works, more=claimed.more or left != list(claimed.works))

    def _left(self, now: float, work: Work) -> Work:
        """What is still to be sent of it."""
        if not any(self._told_of(work, part) for part in work.parts):
            return work
        found = self._book.find(work.message, work.piece)
        told = self.told(now, *found) if found else None
        piece = piece_of(told[0], work.piece) if told else None
        return work_of(told[0], piece, now) if told and piece else work

    def _told_of(self, work: Work, part: Part) -> bool:
        return bool(self._answers.told_of(work.link, work.message, work.piece, part.number, work.to))

    def move(self, now: float, move: op.Move) -> op.Done:
        """See `op.Move`."""
        found = self._book.find(move.message, move.piece)
        if found is not None and self.told(now, *found) is not None:
            return op.Done(known=False)
        return self._queue.move(now, move)

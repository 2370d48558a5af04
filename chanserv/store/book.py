"""What every part of the clerk shares: finding a message, and saving it with what follows from it."""

from __future__ import annotations

from msgspec.structs import replace

from chanserv.message import Hop, Message, Part, Piece
from chanserv.rules import fate, owing
from chanserv.rules.terms import LinkTerms, Terms
from chanserv.store.ledger import Ledger
from chanserv.store.outbox import HOPS, Outbox
from chanserv.text.numbers import digits

ALIKE = 7  # trailing digits by which two writings of one number are known


class Book:
    """A ledger, the terms, and the two things always done together."""

    def __init__(self, ledger: Ledger, terms: Terms, outbox: Outbox) -> None:
        self.ledger = ledger
        self.terms = terms
        self.outbox = outbox

    def save(self, now: float, message: Message, *hops: Hop) -> Message:
        """Write a message whose parts, marks or requests have changed, and what is owed for it."""
        message = owing.recount(replace(message, hops=(*message.hops[-HOPS:], *hops)), self.terms)
        message = self._passed_over(now, message)
        message = replace(message, wake=fate.wake(message, self.terms))
        self.ledger.put(message)
        self.outbox.owe_statuses(now, message)
        return message

    def _passed_over(self, now: float, message: Message) -> Message:
        """What its channel does not want to be told counts as told when its time has come, without a slip."""
        while message.owed and not message.open and owing.not_before(message, self.terms) <= now:
            status = message.owed[0]
            if owing.wanted(status, self.terms.channel(message.channel)):
                break
            hop = Hop(now, f"{status.value} not wanted")
            message = replace(owing.told(message, status), hops=(*message.hops[-HOPS:], hop))
        return message

    def find(self, ref: int, piece_ref: int) -> tuple[Message, Piece] | None:
        """A live message and the piece of it with that ref."""
        message = self.ledger.message(ref)
        piece = piece_of(message, piece_ref) if message else None
        return (message, piece) if message and piece else None

    def shared(self, message: Message, piece: Piece, part: Part, *, finished: bool = False) -> bool:
        """Has a live part of another text its id (`same_second = "share"`), or (`finished`) had one?"""
        ledger = self.ledger
        rows = [
            *ledger.sent(piece.link, part.carrier_id),
            *(ledger.had(piece.link, part.carrier_id) if finished else ()),
        ]
        return any(row.message != message.ref for row in rows)

    def link(self, name: str) -> LinkTerms:
        return self.terms.link(name)


def piece_of(message: Message, ref: int) -> Piece | None:
    return next((piece for piece in message.pieces if piece.ref == ref), None)


def part_of(piece: Piece, number: int) -> Part | None:
    return next((part for part in piece.parts if part.number == number), None)


def same(one: str, other: str) -> bool:
    """Two writings of one address (national, 00, +) mean the same; an absent one fits any.

    Prefixes make a number longer: two of one length are the same, or two numbers.
    """
    a, b = digits(one), digits(other)
    if not a or not b or len(a) == len(b):
        return not a or not b or a == b
    return min(len(a), len(b)) >= ALIKE and a[-ALIKE:] == b[-ALIKE:]


def told_of(piece: Piece, number: int, carrier_id: str, reason: str) -> str:
    """The words of a timeline for one part."""
    part = f"part {number} of {len(piece.parts)}" if len(piece.parts) > 1 else "part 1"
    return " ".join(word for word in (f"piece {piece.ref} {part}", carrier_id and f"id {carrier_id}", reason) if word)

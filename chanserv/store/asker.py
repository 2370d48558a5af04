"""Which parts their carriers are to be asked about in one sweep: those whose receipt did not come.

It counts them as asked in the message it gives back, which its caller keeps; so
the question leaves after the commit, and a restart between costs one turn. Who
asks, and how, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import attrs

from chanserv.message import Message, Part, Piece
from chanserv.operations import Enquiry
from chanserv.rules import fate
from chanserv.rules.terms import Terms


@attrs.define
class Asker:
    """`links`: those that can be asked now. A part of another has its turn all the same, or it would never end.

    So has one whose id another text shares: its carrier might speak of the other.
    """

    terms: Terms
    shared: Callable[[Message, Piece, Part], bool]
    links: Collection[str]
    room: int  # for enquiries; the others keep their turn
    enquiries: list[Enquiry] = attrs.field(factory=list)

    def turn(self, now: float, message: Message) -> Message:
        """The message with each part marked whose turn it is."""
        for piece in message.pieces:
            parts = tuple(self._turn(now, message, piece, part) for part in piece.parts)
            if parts != piece.parts:
                message = fate.with_parts(message, piece, parts)
        return message

    def _turn(self, now: float, message: Message, piece: Piece, part: Part) -> Part:
        if not fate.asks(message, piece, part, self.terms):
            return part
        after = fate.asking(part, now, self.terms)
        if after is part or piece.link not in self.links or after.asked > fate.ASKED_TIMES:
            return after
        if len(self.enquiries) >= self.room:
            return part
        if self.shared(message, piece, part):
            return after
        self.enquiries.append(Enquiry.of(message, piece, part))
        return after

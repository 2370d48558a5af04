"""Is a request a new message, a further piece, a repeat, or a wanted resend?

courier sends one message as several POSTs with one id, repeats them when it
did not like an answer, and sends them again when a person asks for it; nothing
in the request tells which. What we answered, and when, does. These functions
know one message and the time; who calls, and what is done with the answer,
they do not.
"""

from __future__ import annotations

from enum import Enum

from msgspec.structs import replace

from chanserv.message import Message, Piece, Refusal, State
from chanserv.rules.terms import Terms


class Kind(Enum):
    NEW = "new"  # first piece of a message
    FURTHER = "further"  # another piece of a message we know
    REPEAT = "repeat"  # we have it: same answer, nothing sent
    RESEND = "resend"  # the platform wants it sent again: a new generation


def taken(message: Message, to: str, digest: str) -> int:
    """How often this piece (recipient and text) was taken in this generation."""
    return sum(1 for piece in message.pieces if piece.digest == digest and piece.to == to)


def judge(message: Message | None, piece: Piece, n: int, now: float, started: float, terms: Terms) -> Kind:
    """What the `n`th request of its round for `piece` is, given the newest generation of its id."""
    if message is None:
        return Kind.NEW
    known = taken(message, piece.to, piece.digest)
    if n > known:
        return Kind.FURTHER
    return Kind.RESEND if resend_wanted(message, now, started, terms) else Kind.REPEAT


def concluded(message: Message) -> bool:
    """The platform was told how the message ended (or does not want to be)."""
    if message.told is None:
        return False
    return message.told.final or (not message.owed and _over(message))


def resend_wanted(message: Message, now: float, started: float, terms: Terms) -> bool:
    """A repeat means *send again* only if the platform knows the end of the former and may mean it."""
    if not concluded(message):
        return False
    return (
        _no_doubt(message, started)
        or all(part.state in (State.FAILED, State.DROPPED) for piece in message.pieces for part in piece.parts)
        or now - message.asked > terms.repeat_window
    )


def _no_doubt(message: Message, started: float) -> bool:
    return not message.open and not message.doubt and all(piece.taken >= started for piece in message.pieces)


def _over(message: Message) -> bool:
    return all(part.state.final for piece in message.pieces for part in piece.parts)


def refused(message: Message, refusal: Refusal, *, lost: bool, again: bool = False) -> Message:
    """One of its requests got no 2xx: the message is open, and no status of it is told.

    Not so if it came `again` before this was known: nothing that is still to
    come would mend it. A refusal of what was taken and concluded long ago
    changes nothing: that was a resend, and its next try must not be mistaken
    for a retry.
    """
    if refusal.taken and not lost and concluded(message):
        return message
    if again:
        return replace(message, doubt=True)
    others = tuple(r for r in message.refusals if (r.digest, r.n) != (refusal.digest, refusal.n))
    return replace(message, refusals=(*others, refusal), doubt=True)


def answered(message: Message, digest: str, n: int) -> Message:
    """A later request for the piece got its 2xx: that refusal is mended."""
    if not message.refusals:
        return message
    return replace(message, refusals=tuple(r for r in message.refusals if r.digest != digest or r.n > n))


def closed(message: Message, now: float, terms: Terms) -> Message:
    """The platform did not come again within repeat_window: an incomplete message ends failed."""
    over = [r for r in message.refusals if now - r.at >= terms.repeat_window]
    if not over:
        return message
    never = next((r.why for r in over if not r.taken), "")
    rejected = message.rejected or (f"a piece never came again after {never}" if never else "")
    left = tuple(r for r in message.refusals if r not in over)
    return replace(message, refusals=left, rejected=rejected)

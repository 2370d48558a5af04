"""What comes back of the store's operations, once the commit is on disk. Which of which, `operations` says.

What is told of parts and letters on the way (an enquiry, a fate, a dead letter) is here as well.
"""

from __future__ import annotations

from msgspec import Struct

from chanserv.message import Inbound, Letter, Message, Part, Piece, Question, State, Work


class Taken(Struct, frozen=True, tag=True, kw_only=True):
    """`repeat`: known already, nothing new is sent. `full`: not taken, the queue is at its limit."""

    message: int
    piece: int
    repeat: bool = False
    full: bool = False
    late: bool = False
    generation: int = 1
    work: Work | None = None  # the piece, if it may be sent at once


class Done(Struct, frozen=True, tag=True, kw_only=True):
    """It is on disk. `known` false: nothing of ours was meant."""

    known: bool = True


class Settled(Struct, frozen=True, tag=True, kw_only=True):
    """`work`: the next piece to the same recipient, free to go now; `due`: a held part's time."""

    link: str
    work: Work | None = None
    due: float = 0.0
    finished: bool = False  # the piece left the queue
    owed: bool = False  # the platform is to be told of it, or of another part that this settled


class Claimed(Struct, frozen=True, tag=True, kw_only=True):
    """`due`: when the next held piece may go (0: none is held); `more`: the limit cut the list."""

    works: tuple[Work, ...]
    due: float = 0.0
    more: bool = False


class Wait(Struct, frozen=True, kw_only=True):
    """A piece that waits for a link, and where it is to go."""

    message: int
    piece: int
    channel: str
    to: str


class Stranded(Struct, frozen=True, tag=True, kw_only=True):
    """By age. One of which a carrier may have a part is not among them; `last` is the last that was looked at."""

    waits: tuple[Wait, ...] = ()
    last: int = 0  # 0: there is none after these


class Recorded(Struct, frozen=True, tag=True, kw_only=True):
    """How a receipt fared: matched, repeated, orphan."""

    fate: str
    late: bool = False


class Heard(Struct, frozen=True, tag=True, kw_only=True):
    """How an MO fared: kept, repeated, joined (all segments are there), waiting (they are not)."""

    fate: str


class Fetched(Struct, frozen=True, tag=True, kw_only=True):
    """`due`: when the next letter is due (0: none is owed)."""

    letters: tuple[Letter, ...]
    due: float = 0.0


class Enquiry(Struct, frozen=True, kw_only=True):
    """One part that its carrier is to be asked about, or to drop: whose it is, and what the carrier knows it by."""

    message: int
    piece: int
    part: int
    link: str
    carrier_id: str  # as it is kept, and as its receipt would name it
    question: Question
    awaited: bool = True  # its receipt is still waited for; else a final word is only news

    @classmethod
    def of(cls, message: Message, piece: Piece, part: Part) -> Enquiry:
        """About a part with a carrier's id."""
        return cls(
            message=message.ref,
            piece=piece.ref,
            part=part.number,
            link=piece.link,
            carrier_id=part.carrier_id,
            question=Question(carrier_id=part.raw_id or part.carrier_id, to=piece.to, sender=piece.sender),
            awaited=part.state is State.SENT,
        )


class Swept(Struct, frozen=True, tag=True, kw_only=True):
    """`more`: call again. `freed`: links whose queue has something to claim that is not held.

    `enquiries`: to be made now; the store counts them as made.
    """

    more: bool = False
    freed: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    enquiries: tuple[Enquiry, ...] = ()


class Fate(Struct, frozen=True, kw_only=True):
    """One part of a text that was to be cancelled: its state now. `done`: it never was and never will be sent."""

    piece: int
    part: int
    state: State
    done: bool = False
    enquiry: Enquiry | None = None  # its carrier has it, and may drop it


class Recalled(Struct, frozen=True, kw_only=True):
    """What came of cancelling one part. `words`: what it did or was, e.g. *is being sent*."""

    piece: int
    part: int
    done: bool
    words: str


class Cancelled(Struct, frozen=True, tag=True, kw_only=True):
    """Every part of the message; none: it is not known, or history. `freed`: as in Swept."""

    fates: tuple[Fate, ...] = ()
    freed: tuple[str, ...] = ()


class Digests(Struct, frozen=True, tag=True, kw_only=True):
    digests: tuple[str, ...]


class Listing(Struct, frozen=True, tag=True, kw_only=True):
    messages: tuple[Message, ...] = ()
    inbound: tuple[Inbound, ...] = ()


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A reply or the statuses of one message, which the platform will not be told unless somebody replays them."""

    ref: int
    kind: str  # reply, status
    channel: str  # empty: a reply nobody claims; it cannot be replayed
    who: str  # the handset's number; several with commas between
    reason: str
    since: float  # seconds since the epoch
    status: str = ""  # the one that would be told


class DeadLetters(Struct, frozen=True, tag=True, kw_only=True):
    """`more`: the limit cut the list."""

    letters: tuple[DeadLetter, ...] = ()
    more: bool = False


class Queue(Struct, frozen=True):
    """What waits for one link: pieces, and when the oldest was taken (0: none)."""

    depth: int
    oldest: float


class Counted(Struct, frozen=True, tag=True, kw_only=True):
    queues: dict[str, Queue]
    outbox: int
    outbox_oldest: float
    dead: int
    orphans: int


class Failed(Struct, frozen=True, tag=True, kw_only=True):
    """This one operation could not be carried out; the others of its batch were."""

    reason: str

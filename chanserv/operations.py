"""What the store can be asked to do. Each operation is a value; all of one batch share a commit.

The rest of the gateway builds these and hands them to `IStore.apply`; the
clerk (`store.clerk`) carries them out. `Result` beside each says what comes
back once the commit is on disk. Operations are idempotent where a repeat can
happen: after a failed commit nobody knows whether it took place.
"""

from __future__ import annotations

from msgspec import Struct

from chanserv.message import (
    Coding,
    Inbound,
    Letter,
    Message,
    Outcome,
    Post,
    Question,
    Receipt,
    Reply,
    Slice,
    State,
    Work,
)


class Take(Struct, frozen=True, tag=True, kw_only=True):
    """Take one piece for delivery, or know it as a repeat. -> Taken"""

    post: Post
    link: str
    coding: Coding
    slices: tuple[Slice, ...]
    validity: float  # seconds


class Refuse(Struct, frozen=True, tag=True, kw_only=True):
    """A request for (channel, id) got a 5xx, or its caller hung up: the message is open. -> Done"""

    channel: str
    id: str
    to: str
    digest: str
    n: int
    why: str
    lost: bool = False  # an answer may have been 2xx, but its caller was gone


class Reject(Struct, frozen=True, tag=True, kw_only=True):
    """A further piece of (channel, id) got a 400: the message ends failed. -> Done"""

    channel: str
    id: str
    reason: str


class Begin(Struct, frozen=True, tag=True, kw_only=True):
    """The octets of these parts are about to leave (links that may not resend). -> Done"""

    message: int
    piece: int
    parts: tuple[int, ...]


class Settle(Struct, frozen=True, tag=True, kw_only=True):
    """Keep what became of one part. -> Settled"""

    outcome: Outcome


class Claim(Struct, frozen=True, tag=True, kw_only=True):
    """Up to `limit` pieces of a link that may be sent now; `holding` are claimed already. -> Claimed"""

    link: str
    limit: int
    holding: tuple[int, ...] = ()


class Record(Struct, frozen=True, tag=True, kw_only=True):
    """Keep a receipt, matched or as an orphan. -> Recorded"""

    receipt: Receipt


class Hear(Struct, frozen=True, tag=True, kw_only=True):
    """Keep an MO (or a segment of one) and owe it to the platform. -> Heard"""

    reply: Reply


class Fetch(Struct, frozen=True, tag=True, kw_only=True):
    """Up to `limit` letters that are due; `holding` are out already. -> Fetched"""

    limit: int
    holding: tuple[int, ...] = ()


class Posted(Struct, frozen=True, tag=True, kw_only=True):
    """What the platform said to a letter: told; or not, and when to try again. -> Done

    `due` 0 with `told` false: it never will be told (a dead letter, `reason` says why).
    `tried` false: nothing was posted, it only has to wait; that is no try.
    """

    letter: int
    told: bool
    kind: str = ""  # the letter's
    due: float = 0.0
    reason: str = ""
    tried: bool = True


class Sweep(Struct, frozen=True, tag=True, kw_only=True):
    """Whatever time alone brings: validity, receipt_wait, open windows, joins, history. -> Swept"""

    limit: int = 500
    holding: tuple[int, ...] = ()  # claimed pieces: their validity is the lane's to watch
    asking: tuple[str, ...] = ()  # links that can be asked now what became of a part


class Note(Struct, frozen=True, tag=True, kw_only=True):
    """Keep in the timeline of a live message what nothing else would. -> Done"""

    message: int
    what: str
    detail: str


class Cancel(Struct, frozen=True, tag=True, kw_only=True):
    """Those parts of a message that wait are never to be sent. -> Cancelled

    Of no piece but these: their lanes hold nothing back any more. `out`: (piece, part) that a lane has handed over,
    whatever the store knows of it.
    """

    message: int
    pieces: tuple[int, ...]
    out: tuple[tuple[int, int], ...] = ()


class Dead(Struct, frozen=True, tag=True, kw_only=True):
    """Up to `limit` dead letters with a ref above `after`, by ref. -> DeadLetters"""

    limit: int = 500
    after: int = 0


class Replay(Struct, frozen=True, tag=True, kw_only=True):
    """Owe a dead letter to the platform again. -> Done; not `known`: it is none, or of no channel."""

    letter: int


class Formers(Struct, frozen=True, tag=True, kw_only=True):
    """Digests of MO committed within `span` seconds of the end of the last process. -> Digests"""

    link: str
    span: float = 5.0


class Recent(Struct, frozen=True, tag=True, kw_only=True):
    """The newest messages and replies, newest first. -> Listing"""

    limit: int = 50


class Trace(Struct, frozen=True, tag=True, kw_only=True):
    """Everything kept about an id, a number, or one of our refs, newest first. -> Listing"""

    term: str
    limit: int = 50


class Census(Struct, frozen=True, tag=True, kw_only=True):
    """Counts for metrics and health. -> Counted"""


Operation = (
    Take
    | Refuse
    | Reject
    | Begin
    | Settle
    | Claim
    | Record
    | Hear
    | Fetch
    | Posted
    | Sweep
    | Note
    | Cancel
    | Dead
    | Replay
    | Formers
    | Recent
    | Trace
    | Census
)


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


class Claimed(Struct, frozen=True, tag=True, kw_only=True):
    """`due`: when the next held piece may go (0: none is held); `more`: the limit cut the list."""

    works: tuple[Work, ...]
    due: float = 0.0
    more: bool = False


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
    question: Question


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


Result = (
    Taken
    | Done
    | Settled
    | Claimed
    | Recorded
    | Heard
    | Fetched
    | Swept
    | Cancelled
    | Digests
    | Listing
    | DeadLetters
    | Counted
    | Failed
)

"""What the store can be asked to do. Each operation is a value; all of one batch share a commit.

The rest of the gateway builds these and hands them to `IStore.apply`; the
clerk (`store.clerk`) carries them out. What is told beside each comes back
once the commit is on disk (`results`, which are here by the same names). Operations are idempotent where a repeat can
happen: after a failed commit nobody knows whether it took place.
"""

from __future__ import annotations

from msgspec import Struct

from chanserv.message import Coding, Outcome, Post, Receipt, Reply, Slice
from chanserv.results import Cancelled as Cancelled
from chanserv.results import Claimed as Claimed
from chanserv.results import Counted as Counted
from chanserv.results import DeadLetter as DeadLetter
from chanserv.results import DeadLetters as DeadLetters
from chanserv.results import Digests as Digests
from chanserv.results import Done as Done
from chanserv.results import Enquiry as Enquiry
from chanserv.results import Failed as Failed
from chanserv.results import Fate as Fate
from chanserv.results import Fetched as Fetched
from chanserv.results import Heard as Heard
from chanserv.results import Listing as Listing
from chanserv.results import Queue as Queue
from chanserv.results import Recalled as Recalled
from chanserv.results import Recorded as Recorded
from chanserv.results import Settled as Settled
from chanserv.results import Stranded as Stranded
from chanserv.results import Swept as Swept
from chanserv.results import Taken as Taken
from chanserv.results import Wait as Wait
from chanserv.rules.terms import ChannelTerms, LinkTerms


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
    again: bool = False  # it came again before this was known: the later one's own answer tells whether it is open


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
    """Up to `limit` pieces of a link that may be sent now; `holding` are claimed already. -> Claimed

    `lines` (`message.queue_line`): of these alone; what waits in others is not looked at. None: of all.
    """

    link: str
    limit: int
    holding: tuple[int, ...] = ()
    lines: tuple[str, ...] | None = None


class Strand(Struct, frozen=True, tag=True, kw_only=True):
    """Up to `limit` pieces of a link that could go by another, from the piece above `after` on. -> Stranded"""

    link: str
    reply: bool
    after: int
    limit: int


class Move(Struct, frozen=True, tag=True, kw_only=True):
    """A piece waits for another link now, if no carrier can have any of it. -> Done; not `known`: it stays."""

    message: int
    piece: int
    link: str


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
    questions: int = 100  # parts that are to be asked about, at most


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


class Drop(Struct, frozen=True, tag=True, kw_only=True):
    """Its carrier has dropped this part, as the operator wished. -> Done; not `known`: it had come to another end."""

    message: int
    piece: int
    part: int


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
    """Everything kept about an id, a number, or one of our refs (of a message or a piece), newest first. -> Listing"""

    term: str
    limit: int = 50


class Census(Struct, frozen=True, tag=True, kw_only=True):
    """Counts for metrics and health. -> Counted"""


class Know(Struct, frozen=True, tag=True, kw_only=True):
    """Go by these, too, from now on: what was added to the settings. -> Done

    Parts that a link of this name was sending when another process ended are UNKNOWN, as at a start.
    """

    channels: dict[str, ChannelTerms] = {}
    links: dict[str, LinkTerms] = {}


Operation = (
    Take
    | Refuse
    | Reject
    | Begin
    | Settle
    | Claim
    | Strand
    | Move
    | Record
    | Hear
    | Fetch
    | Posted
    | Sweep
    | Note
    | Cancel
    | Drop
    | Dead
    | Replay
    | Formers
    | Recent
    | Trace
    | Census
    | Know
)

Result = (
    Taken
    | Done
    | Settled
    | Claimed
    | Stranded
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

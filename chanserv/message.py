"""The values that pass through the gateway. They never change; they are replaced.

Three levels of a text on its way to a handset (MT): a *message* is what the
platform knows by its id; a *piece* is one POST of the platform (it splits long
texts itself, every piece under the same id); a *part* is one PDU or vendor
request. A text from a handset (MO) is a *reply*. Nothing here knows a wire, a
store or the time: instants are seconds since the epoch and come from outside.

They are msgspec structs because every one of them is written to the store or
to the store's process: the codec comes with the type and costs a microsecond.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from msgspec import Struct

from chanserv.states import Coding as Coding
from chanserv.states import State as State
from chanserv.states import Status as Status
from chanserv.states import Verdict as Verdict


class Slice(Struct, frozen=True, omit_defaults=True):
    """The octets of one part: user data header (UDHL first; empty: none) and body."""

    body: bytes
    udh: bytes = b""


class Part(Struct, frozen=True, omit_defaults=True):
    """One PDU or vendor request of a piece, numbered from 1."""

    number: int
    slice: Slice
    state: State = State.QUEUED
    carrier_id: str = ""
    raw_id: str = ""  # the same as the carrier wrote it, where that differs: what it must be asked by
    reason: str = ""
    tries: int = 0  # answered LATER or UNKNOWN so often
    unknowns: int = 0  # of those, UNKNOWN
    due: float = 0.0  # when HELD: not before
    asked: int = 0  # when SENT: how often its carrier was, or should have been, asked for the receipt that never came
    at: float = 0.0  # when the state was entered


class Piece(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One POST of the platform. A dialect fills the first three; the store the rest."""

    to: str
    sender: str
    text: str
    ref: int = 0  # ours; rises with every piece taken
    digest: str = ""
    occurrence: int = 1  # the same text again in the same message: 2, 3, …
    link: str = ""
    coding: Coding = Coding.GSM7
    parts: tuple[Part, ...] = ()
    taken: float = 0.0
    hindered: float = 0.0  # when its first LATER or UNKNOWN came
    late: bool = False  # came after the message's final status was posted


class Post(Struct, frozen=True, kw_only=True):
    """What a dialect reads out of one request to send: a piece and whose it is."""

    channel: str  # our name of the channel
    id: str  # the platform's id, as text; empty: it gave none
    piece: Piece
    reply: bool = False  # answers a person who waits (session_status W): goes before bulk
    n: int = 1  # which request of its round this is, see platform.rounds
    claimed_channel: str = ""  # the `channel` field of the body, recorded in the timeline only
    by: str = ""  # who asked: user agent, for the timeline


class Hop(Struct, frozen=True, array_like=True):
    """One line of a message's timeline: when (seconds since the epoch), what, and the rest."""

    at: float
    what: str
    detail: str = ""


class Refusal(Struct, frozen=True, array_like=True):
    """A request for this message that did not get its 2xx: the platform will come again."""

    digest: str
    n: int
    at: float
    why: str
    taken: bool = False  # the piece itself was taken; only the answer was lost


class Message(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A text of the platform, all its pieces and parts, and what we owe the platform."""

    ref: int
    channel: str
    id: str
    generation: int = 1
    reply: bool = False
    born: float = 0.0
    expires: float = 0.0
    asked: float = 0.0  # the last request for this id
    pieces: tuple[Piece, ...] = ()
    status: Status = Status.QUEUED
    reason: str = ""
    told: Status | None = None  # the last status the platform has answered 2xx (or does not want)
    owed: tuple[Status, ...] = ()  # statuses to be posted, in order
    refusals: tuple[Refusal, ...] = ()  # while any is here the message is open
    rejected: str = ""  # why it can never be complete: a piece of it was refused for good
    doubt: bool = False  # one of our answers may not have reached the platform
    wake: float = 0.0  # when the sweep must look again; 0: never
    hops: tuple[Hop, ...] = ()

    @property
    def open(self) -> bool:
        return bool(self.refusals)


class Work(Struct, frozen=True, kw_only=True):
    """A claimed piece: those of its parts that are to be sent now."""

    message: int
    piece: int
    channel: str
    link: str
    to: str
    sender: str
    coding: Coding
    reply: bool
    expires: float
    parts: tuple[Part, ...]
    id: str = ""
    text: str = ""  # for kinds that send text, not octets


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of handing one part to a carrier."""

    message: int
    piece: int
    part: int
    link: str
    verdict: Verdict
    carrier_id: str = ""
    raw_id: str = ""  # see Part
    more_ids: tuple[str, ...] = ()  # TAKEN: of further parts that the carrier has made of this one
    reason: str = ""
    retry_after: float = 0.0  # LATER: seconds the carrier asks for; 0: our own back-off. UNKNOWN: at least so many


class Receipt(Struct, frozen=True, kw_only=True):
    """A carrier's word on the fate of one part it took earlier.

    `carrier_ids` are the readings of the id, likeliest first: carriers write
    the same id hexadecimal in one place and decimal in another. Any but the
    first counts only if the address fits as well. `ours`, where the carrier
    gave it back, names the part by itself (`reference`), before any of them.
    """

    link: str
    carrier_ids: tuple[str, ...] = ()
    ours: str = ""
    status: Status  # SENT: on its way, or a word we do not know
    reason: str = ""
    to: str = ""  # the handset the text went to, as the carrier writes it
    sender: str = ""
    at: float = 0.0  # the carrier's stamp, if it gave one
    raw: str = ""


class Question(Struct, frozen=True, kw_only=True):
    """A part whose fate is asked for, or that is to be cancelled: what the carrier may want to find it by."""

    carrier_id: str  # as the carrier wrote it: `Part.raw_id` if there is one, else `Part.carrier_id`
    to: str
    sender: str


class Answer(Struct, frozen=True, kw_only=True):
    """What came of a question, or of a wish to cancel."""

    well: bool  # asked: the carrier knows the part and said how it stands; to cancel: it is cancelled
    fate: Status | None = None  # DELIVERED, FAILED: final; SENT: still on its way; None: it did not say
    words: str = ""  # the carrier's own for it; or why it did not say, or was not asked


class Segment(Struct, frozen=True):
    """Where an MO part belongs: UDH or SAR reference, total, number from 1."""

    reference: int
    total: int
    number: int
    wide: bool = False


class Reply(Struct, frozen=True, kw_only=True):
    """A text a handset sent (MO), or one segment of it.

    The body stays octets until all segments are there, since a surrogate pair
    may lie across two of them; `encoding` is a Python codec name or "gsm7".
    """

    link: str
    sender: str
    to: str
    body: bytes
    encoding: str
    channel: str = ""  # where it goes; empty: nobody claimed it, a dead letter
    segment: Segment | None = None
    vendor_id: str = ""  # the carrier's own id where it has one: a repeat is known by it
    digest: str = ""  # of the octets received, where there is no id
    at: float = 0.0  # the carrier's stamp, or when it reached us
    stop: bool = False  # the carrier says that this person wants no more: told as `stopped`, without a text


class Inbound(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A reply as it is kept: joined, decoded, and how far towards the platform."""

    ref: int
    channel: str
    link: str
    sender: str
    to: str
    text: str
    at: float
    taken: float
    vendor_id: str = ""
    digest: str = ""  # of each of its segments, with spaces between
    missing: int = 0  # segments that never came
    stop: bool = False  # an opt-out, not a text
    told: float = 0.0  # when the platform answered 2xx
    dead: str = ""  # why it became a dead letter
    wake: float = 0.0
    hops: tuple[Hop, ...] = ()


class Letter(Struct, frozen=True, kw_only=True):
    """One POST we owe the platform, as handed to the reporter."""

    ref: int  # the outbox row
    kind: str  # receive, sent, delivered, failed, stopped
    channel: str
    id: str = ""  # the platform's message id, for statuses
    sender: str = ""
    text: str = ""
    reason: str = ""
    at: float = 0.0  # MO: when it was sent
    tries: int = 0
    first: float = 0.0  # when it was first owed
    subject: int = 0  # ref of the message or inbound it speaks of


MOST_WORDS = 256  # characters of what a carrier says beside a code (SMPP 3.4, 5.3.2.11: additional_status_info_text)
CANCELLED = "cancelled by the operator"  # reason of a part that was to be sent, or that its carrier has dropped
UNSENT = "not sent"  # reason of a LATER whose octets never left: the part goes back in line, no try is counted


def unsent(work: Work, part: Part) -> Outcome:
    """Of a part whose octets never left."""
    return Outcome(
        message=work.message, piece=work.piece, part=part.number, link=work.link, verdict=Verdict.LATER, reason=UNSENT
    )


def queue_line(channel: str, to: str, reply: bool) -> str:
    """Of the texts with one of these one is on its way at a time."""
    return f"{channel}\0{to}\0{'r' if reply else 'b'}"


def digest(text: str) -> str:
    """A short fingerprint of a piece's text, for telling repeats (128 bits, hexadecimal)."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def clean(text: str) -> str:
    """A text every store can hold: lone surrogates become U+FFFD, NUL falls out."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def line(words: str) -> str:
    """What somebody else said beside a code, as it is kept, shown and logged: one line, of MOST_WORDS characters."""
    shown = "".join(char if char.isprintable() else " " for char in clean(words[: 2 * MOST_WORDS]))
    return " ".join(shown.split())[:MOST_WORDS]


def masked(words: str) -> str:
    """For logs and counters: what somebody else said may hold a number of somebody's."""
    return re.sub(r"\d{5,}", "…", words)

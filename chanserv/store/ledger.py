"""The rows behind a store, as the clerk sees them inside one transaction.

A ledger keeps rows and finds them by the few questions asked here. It knows
no rule: what a repeat is, when a status is owed, which piece comes next is
the clerk's (`store.clerk`) and `rules`' business. `store.memory` and `store.sqlite` each
bring one; a transaction begins and ends outside.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct

from chanserv.message import Inbound, Message, Receipt, Reply


class Place(Struct, frozen=True, kw_only=True):
    """A piece's place in the queue of its link. It leaves once all its parts are answered.

    Of all places with one `line` (channel, recipient, class) one is the
    `head`: only heads are claimed. A hindered head may let the next one
    through after `release`; both are heads then.
    """

    piece: int  # the key; rises with age
    message: int
    link: str
    line: str
    reply: bool
    taken: float
    due: float = 0.0  # not to be claimed before; negative: some of its octets may have left
    release: float = 0.0  # when order_hold ends for those behind; 0: it does not run
    head: bool = False


class Sent(Struct, frozen=True, kw_only=True):
    """A carrier id of ours, while its part has no final state."""

    link: str
    carrier_id: str
    message: int
    piece: int
    part: int
    to: str  # digits only


class Slip(Struct, frozen=True, kw_only=True):
    """A row of the outbox: statuses of one message, or one reply. One `line` at a time, in order."""

    ref: int  # the key; the message's or inbound's own ref
    line: str
    reply: bool  # an MO, not a status
    due: float
    head: bool = True
    tries: int = 0
    first: float = 0.0
    dead: bool = False
    reason: str = ""


class Orphan(Struct, frozen=True, kw_only=True):
    """A receipt whose part is not known (yet)."""

    ref: int
    receipt: Receipt
    at: float


class Ledger(Protocol):
    """Row access. Getters give None or an empty list for what is not there."""

    def next_ref(self) -> int:
        """A number larger than all given before, also across restarts."""

    # messages: live ones, by ref and by (channel, id)
    def newest(self, channel: str, id: str) -> Message | None:
        """The highest generation of that id that is still live."""

    def message(self, ref: int) -> Message | None: ...
    def put(self, message: Message) -> None:
        """Insert or replace by ref."""

    def waking(self, now: float, limit: int) -> Sequence[Message]:
        """Live messages with 0 < wake <= now, earliest first."""

    def archive(self, message: Message, now: float) -> None:
        """Move to the history of the day of `now`, with its numbers and (link, carrier id) pairs."""

    # the queue: pieces not answered in whole
    def enqueue(self, place: Place) -> None:
        """Insert or replace by piece."""

    def dequeue(self, piece: int) -> None: ...
    def place(self, piece: int) -> Place | None: ...
    def line(self, line: str) -> Sequence[Place]:
        """The first 64 places of one line, oldest first."""

    def in_line(self, line: str) -> bool:
        """Is anybody in this line?"""

    def heads(self, link: str, now: float, limit: int, holding: Collection[int]) -> Sequence[Place]:
        """Heads of a link with due <= now that are not in `holding`: replies first, then oldest first."""

    def stranded(self, link: str, now: float, reply: bool, after: int, limit: int) -> Sequence[Place]:
        """Heads of a link and class with due <= now and a piece above `after`, by piece."""

    def next_due(self, link: str, now: float) -> float:
        """The earliest due > now of a head of this link; 0.0 if none."""

    def releasing(self, now: float, limit: int) -> Sequence[Place]:
        """Heads with 0 < release <= now."""

    def depth(self) -> int:
        """How many places there are; constant time."""

    # carrier ids of parts that wait for a receipt
    def remember(self, sent: Sent) -> None: ...
    def forget(self, message: int, piece: int, part: int) -> None: ...
    def sent(self, link: str, carrier_id: str) -> Sequence[Sent]:
        """Oldest first (by piece, then part). Ids are unique to nothing."""

    def had(self, link: str, carrier_id: str) -> Sequence[Sent]:
        """Parts of live messages that carried this id and are finished."""

    def settled_before(self, link: str, carrier_id: str) -> bool:
        """Did a finished part, live or in the history, carry this id? Tells a repeated receipt from an orphan."""

    # receipts without a part
    def keep_orphan(self, orphan: Orphan) -> None:
        """Found again under each of its receipt's carrier_ids."""

    def orphans(self, link: str, carrier_id: str) -> Sequence[Orphan]: ...
    def orphans_to(self, link: str, to: str) -> Sequence[Orphan]:
        """By the digits of the handset's number."""

    def drop_orphan(self, ref: int) -> None: ...
    def drop_orphans_before(self, at: float) -> int: ...

    # the outbox
    def owe(self, slip: Slip) -> None:
        """Insert or replace by ref."""

    def slip(self, ref: int) -> Slip | None: ...
    def paid(self, ref: int) -> None:
        """Remove by ref."""

    def in_slips(self, line: str) -> bool:
        """Is anything owed in this line (dead letters do not count)?"""

    def next_slip(self, line: str) -> Slip | None:
        """The oldest of a line that is neither head nor dead."""

    def due_slips(self, now: float, limit: int, holding: Collection[int]) -> Sequence[Slip]:
        """Heads, not dead, with due <= now, not in `holding`; earliest due first."""

    def next_slip_due(self, now: float) -> float:
        """The earliest due > now of a head that is not dead; 0.0 if none."""

    def dead_slips(self, after: int, limit: int) -> Sequence[Slip]:
        """Dead letters with a ref above `after`, by ref."""

    # replies
    def put_inbound(self, inbound: Inbound) -> None:
        """Insert or replace by ref."""

    def inbound(self, ref: int) -> Inbound | None: ...
    def waking_inbound(self, now: float, limit: int) -> Sequence[Inbound]: ...
    def archive_inbound(self, inbound: Inbound, now: float) -> None: ...
    def heard(self, link: str, vendor_id: str) -> bool:
        """Is an MO with this vendor id of this link live (for webhooks, UCP, CIMD2)?"""

    def digests_since(self, link: str, at: float) -> Sequence[str]:
        """Non-empty digests of live MO and segments of a link taken at or after `at`."""

    # segments of replies that are not whole yet
    def keep_segment(self, key: str, reply: Reply, at: float) -> None:
        """By key and segment number; a repeated number is ignored."""

    def segments(self, key: str) -> Sequence[tuple[float, Reply]]:
        """(when taken, reply), by number."""

    def drop_segments(self, key: str) -> None: ...
    def stale_segments(self, before: float, limit: int) -> Sequence[str]:
        """Keys whose first segment was taken before that."""

    # reading, and time
    def last_stamp(self) -> float:
        """When the process before this one was last seen alive (0.0: there was none)."""

    def queues(self) -> dict[str, tuple[int, float]]:
        """Link -> (pieces waiting, `taken` of the oldest)."""

    def outbox(self) -> tuple[int, float, int]:
        """Letters owed and not dead, the `first` of the oldest, dead letters."""

    def orphan_count(self) -> int: ...
    def recent(self, limit: int) -> tuple[Sequence[Message], Sequence[Inbound]]:
        """Live and history, newest first."""

    def find(self, term: str, limit: int) -> tuple[Sequence[Message], Sequence[Inbound]]:
        """Live and history by platform id, number (digits, either side), ref (its own, a piece's) or carrier id; newest
        first."""

    def drop_history(self, before: float) -> int:
        """Drop whole history days that ended before that; how many."""

"""A store that forgets: for tests, and for trying things out. The same clerk over plain dictionaries.

Nothing here outlives the process and nothing is fast; the ledger answers the
same questions in the same order as the durable one, which the contract tests
hold it to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from chanserv.errors import StoreError
from chanserv.interfaces import IStore
from chanserv.message import Inbound, Message, Reply
from chanserv.operations import Failed, Operation, Result
from chanserv.rules.terms import Terms
from chanserv.store.clerk import Clerk
from chanserv.store.ledger import Ledger, Orphan, Place, Sent, Slip
from chanserv.text.numbers import digits

DAY = 86400.0
Row = TypeVar("Row", Message, Inbound)


class MemoryLedger(Ledger):
    """Every row in a dictionary, every question a scan."""

    def __init__(self) -> None:
        self._ref = 0
        self.messages: dict[int, Message] = {}
        self.places: dict[int, Place] = {}
        self.sents: dict[tuple[int, int, int], Sent] = {}
        self.had_rows: dict[tuple[int, int, int], Sent] = {}
        self.done: set[tuple[str, str]] = set()
        self.orphan_rows: dict[int, Orphan] = {}
        self.slips: dict[int, Slip] = {}
        self.inbounds: dict[int, Inbound] = {}
        self.segment_rows: dict[str, dict[int, tuple[float, Reply]]] = {}
        self.history: list[tuple[float, Message | Inbound]] = []

    def next_ref(self) -> int:
        self._ref += 1
        return self._ref

    def newest(self, channel: str, id: str) -> Message | None:
        found = [m for m in self.messages.values() if m.channel == channel and m.id == id]
        return max(found, key=lambda m: m.generation, default=None)

    def message(self, ref: int) -> Message | None:
        return self.messages.get(ref)

    def put(self, message: Message) -> None:
        self.messages[message.ref] = message

    def waking(self, now: float, limit: int) -> Sequence[Message]:
        due = sorted((m for m in self.messages.values() if 0.0 < m.wake <= now), key=lambda m: m.wake)
        return due[:limit]

    def archive(self, message: Message, now: float) -> None:
        self.messages.pop(message.ref, None)
        parts = ((piece.link, part.carrier_id) for piece in message.pieces for part in piece.parts)
        self.done |= {(link, id) for link, id in parts if id}
        self.history.append((now, message))

    def enqueue(self, place: Place) -> None:
        self.places[place.piece] = place

    def dequeue(self, piece: int) -> None:
        self.places.pop(piece, None)

    def place(self, piece: int) -> Place | None:
        return self.places.get(piece)

    def line(self, line: str) -> Sequence[Place]:
        return sorted((p for p in self.places.values() if p.line == line), key=lambda p: p.piece)[:64]

    def in_line(self, line: str) -> bool:
        return any(p.line == line for p in self.places.values())

    def heads(self, link: str, now: float, limit: int, holding: Collection[int]) -> Sequence[Place]:
        found = (p for p in self._heads(link) if p.due <= now and p.piece not in holding)
        return sorted(found, key=lambda p: (not p.reply, p.piece))[:limit]

    def stranded(self, link: str, now: float, reply: bool, after: int, limit: int) -> Sequence[Place]:
        found = (p for p in self._heads(link) if p.reply == reply and p.piece > after and p.due <= now)
        return sorted(found, key=lambda p: p.piece)[:limit]

    def next_due(self, link: str, now: float) -> float:
        return min((p.due for p in self._heads(link) if p.due > now), default=0.0)

    def _heads(self, link: str) -> Iterable[Place]:
        return (p for p in self.places.values() if p.head and p.link == link)

    def releasing(self, now: float, limit: int) -> Sequence[Place]:
        return list(islice((p for p in self.places.values() if p.head and 0.0 < p.release <= now), limit))

    def depth(self) -> int:
        return len(self.places)

    def remember(self, sent: Sent) -> None:
        self.sents[sent.message, sent.piece, sent.part] = sent

    def forget(self, message: int, piece: int, part: int) -> None:
        sent = self.sents.pop((message, piece, part), None)
        if sent is not None:
            self.done.add((sent.link, sent.carrier_id))
            self.had_rows[message, piece, part] = sent

    def sent(self, link: str, carrier_id: str) -> Sequence[Sent]:
        found = (s for s in self.sents.values() if s.link == link and s.carrier_id == carrier_id)
        return sorted(found, key=lambda s: (s.piece, s.part))

    def had(self, link: str, carrier_id: str) -> Sequence[Sent]:
        found = (s for s in self.had_rows.values() if s.link == link and s.carrier_id == carrier_id)
        return sorted((s for s in found if s.message in self.messages), key=lambda s: (s.piece, s.part))

    def settled_before(self, link: str, carrier_id: str) -> bool:
        return (link, carrier_id) in self.done

    def keep_orphan(self, orphan: Orphan) -> None:
        self.orphan_rows[orphan.ref] = orphan

    def orphans(self, link: str, carrier_id: str) -> Sequence[Orphan]:
        return [o for o in self._orphans(link) if carrier_id in o.receipt.carrier_ids]

    def orphans_to(self, link: str, to: str) -> Sequence[Orphan]:
        return [o for o in self._orphans(link) if digits(o.receipt.to) == to]

    def _orphans(self, link: str) -> list[Orphan]:
        return sorted((o for o in self.orphan_rows.values() if o.receipt.link == link), key=lambda o: o.ref)

    def drop_orphan(self, ref: int) -> None:
        self.orphan_rows.pop(ref, None)

    def drop_orphans_before(self, at: float) -> int:
        old = [ref for ref, orphan in self.orphan_rows.items() if orphan.at < at]
        for ref in old:
            del self.orphan_rows[ref]
        return len(old)

    def owe(self, slip: Slip) -> None:
        self.slips[slip.ref] = slip

    def slip(self, ref: int) -> Slip | None:
        return self.slips.get(ref)

    def paid(self, ref: int) -> None:
        self.slips.pop(ref, None)

    def in_slips(self, line: str) -> bool:
        return any(s.line == line and not s.dead for s in self.slips.values())

    def next_slip(self, line: str) -> Slip | None:
        behind = (s for s in self.slips.values() if s.line == line and not s.head and not s.dead)
        return min(behind, key=lambda s: s.ref, default=None)

    def due_slips(self, now: float, limit: int, holding: Collection[int]) -> Sequence[Slip]:
        due = (s for s in self._ready() if s.due <= now and s.ref not in holding)
        return sorted(due, key=lambda s: (s.due, s.ref))[:limit]

    def next_slip_due(self, now: float) -> float:
        return min((s.due for s in self._ready() if s.due > now), default=0.0)

    def dead_slips(self, after: int, limit: int) -> Sequence[Slip]:
        return sorted((s for s in self.slips.values() if s.dead and s.ref > after), key=lambda s: s.ref)[:limit]

    def _ready(self) -> Iterable[Slip]:
        return (s for s in self.slips.values() if s.head and not s.dead)

    def put_inbound(self, inbound: Inbound) -> None:
        self.inbounds[inbound.ref] = inbound

    def inbound(self, ref: int) -> Inbound | None:
        return self.inbounds.get(ref)

    def waking_inbound(self, now: float, limit: int) -> Sequence[Inbound]:
        due = sorted((i for i in self.inbounds.values() if 0.0 < i.wake <= now), key=lambda i: i.wake)
        return due[:limit]

    def archive_inbound(self, inbound: Inbound, now: float) -> None:
        self.inbounds.pop(inbound.ref, None)
        self.history.append((now, inbound))

    def heard(self, link: str, vendor_id: str) -> bool:
        return any(i.link == link and i.vendor_id == vendor_id for i in self.inbounds.values())

    def digests_since(self, link: str, at: float) -> Sequence[str]:
        whole = [i.digest for i in self.inbounds.values() if i.link == link and i.taken >= at]
        kept = [r.digest for rows in self.segment_rows.values() for t, r in rows.values() if r.link == link and t >= at]
        return [digest for digest in (*whole, *kept) if digest]

    def keep_segment(self, key: str, reply: Reply, at: float) -> None:
        assert reply.segment is not None
        self.segment_rows.setdefault(key, {}).setdefault(reply.segment.number, (at, reply))

    def segments(self, key: str) -> Sequence[tuple[float, Reply]]:
        return [row for _, row in sorted(self.segment_rows.get(key, {}).items())]

    def drop_segments(self, key: str) -> None:
        self.segment_rows.pop(key, None)

    def stale_segments(self, before: float, limit: int) -> Sequence[str]:
        stale = (key for key, rows in self.segment_rows.items() if min(at for at, _ in rows.values()) < before)
        return list(islice(stale, limit))

    def last_stamp(self) -> float:
        return 0.0

    def queues(self) -> dict[str, tuple[int, float]]:
        found: dict[str, tuple[int, float]] = {}
        for place in self.places.values():
            depth, oldest = found.get(place.link, (0, place.taken))
            found[place.link] = depth + 1, min(oldest, place.taken)
        return found

    def outbox(self) -> tuple[int, float, int]:
        owed = [slip.first for slip in self.slips.values() if not slip.dead]
        return len(owed), min(owed, default=0.0), len(self.slips) - len(owed)

    def orphan_count(self) -> int:
        return len(self.orphan_rows)

    def recent(self, limit: int) -> tuple[Sequence[Message], Sequence[Inbound]]:
        return _newest(self._all_messages(), limit), _newest(self._all_inbound(), limit)

    def find(self, term: str, limit: int) -> tuple[Sequence[Message], Sequence[Inbound]]:
        messages = (m for m in self._all_messages() if term in _names(m) or digits(term) in _numbers(m))
        inbound = (
            i for i in self._all_inbound() if term == str(i.ref) or digits(term) in (digits(i.sender), digits(i.to))
        )
        return _newest(messages, limit), _newest(inbound, limit)

    def _all_messages(self) -> list[Message]:
        return [*self.messages.values(), *(row for _, row in self.history if isinstance(row, Message))]

    def _all_inbound(self) -> list[Inbound]:
        return [*self.inbounds.values(), *(row for _, row in self.history if isinstance(row, Inbound))]

    def drop_history(self, before: float) -> int:
        days = {at // DAY for at, _ in self.history if (at // DAY + 1) * DAY < before}
        self.history = [row for row in self.history if row[0] // DAY not in days]
        return len(days)


def _newest(rows: Iterable[Row], limit: int) -> list[Row]:
    return sorted(rows, key=lambda row: -row.ref)[:limit]


def _names(message: Message) -> set[str]:
    ids = {part.carrier_id for piece in message.pieces for part in piece.parts}
    refs = {str(ref) for ref in (message.ref, *(piece.ref for piece in message.pieces))}
    return {message.id, *refs, *ids} - {""}


def _numbers(message: Message) -> set[str]:
    return {digits(number) for piece in message.pieces for number in (piece.to, piece.sender)} - {""}


@implementer(IStore)
class MemoryStore:
    """IStore without a disk. Set `healthy` to False and nothing can be committed."""

    def __init__(self, clock: IReactorTime, terms: Terms | None = None, ledger: MemoryLedger | None = None) -> None:
        self._clock = clock
        self.ledger = ledger or MemoryLedger()
        self._clerk = Clerk(self.ledger, terms or Terms())
        self.healthy = True

    def open(self) -> Deferred[None]:
        self._clerk.started(self._clock.seconds())
        return succeed(None)

    def apply(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        if not self.healthy:
            return fail(StoreError("the memory store was told to fail"))
        return succeed([self._carry_out(operation) for operation in operations])

    def _carry_out(self, operation: Operation) -> Result:
        try:
            return self._clerk.carry_out(self._clock.seconds(), operation)
        except (ValueError, TypeError, LookupError) as error:
            return Failed(reason=repr(error))

    def close(self) -> Deferred[None]:
        return succeed(None)

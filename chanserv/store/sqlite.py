"""The ledger on one SQLite file, and its transactions.

Write-ahead log, fsync at every commit, one connection that reads and writes.
The tables are in `texts`, `places`, `receipts`, `slips` and `history`; what
is kept in memory beside them (the last ref, how many places, which days, rows
seen lately) goes back with a rollback. It knows neither operations nor who may open the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from chanserv.message import Inbound, Message
from chanserv.store.history import History, Reading, Shelf
from chanserv.store.ledger import Place, Sent, Slip
from chanserv.store.migrations import migrate
from chanserv.store.places import Places
from chanserv.store.receipts import CarrierIds, Orphans
from chanserv.store.rows import Numbers, Seen, inbound_of, message_of
from chanserv.store.slips import Slips
from chanserv.store.texts import Messages, Replies, Segments

# The log is folded into the file by `checkpoint` when nothing else is to do; this is for the day that never comes.
AUTOCHECKPOINT = 40_000  # pages
FOLD_WORTH = 1_000  # changed rows since the last time
REMEMBER = 10_000  # rows of each kind kept decoded in memory


def connect(path: str, max_pages: int = 0) -> sqlite3.Connection:
    """A connection set up for one writer; `max_pages` bounds the file (0: the disk does)."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=1024, check_same_thread=False)
    for setting in (
        "locking_mode = NORMAL",
        "journal_mode = WAL",
        "synchronous = FULL",
        "cache_size = -65536",
        "mmap_size = 268435456",
        "temp_store = MEMORY",
        "journal_size_limit = 67108864",
        f"wal_autocheckpoint = {AUTOCHECKPOINT}",
        *([f"max_page_count = {max_pages}"] if max_pages else []),
    ):
        connection.execute(f"PRAGMA {setting}")
    return connection


class SqliteLedger:
    """The `Ledger` protocol, put together from its tables, and the transaction around it.

    `former` is when the process before this one ended; without it the file's own
    stamp is taken, or `ended`, when its writer was last seen alive, if that is
    later: right at the first opening of a process.
    `remember` rows of each kind are kept decoded.
    """

    def __init__(
        self,
        path: str,
        max_pages: int = 0,
        former: float | None = None,
        remember: int = REMEMBER,
        ended: float = 0.0,
    ) -> None:
        self._seen = (
            Seen[Message | None](remember),
            Seen[Place | None](remember),
            Seen[Slip | None](remember),
        )
        self._connection = connect(path, max_pages)
        try:
            migrate(self._connection)
            self._read(former, ended)
        except BaseException:
            self._connection.close()
            raise

    def _read(self, former: float | None, ended: float) -> None:
        ask = self._ask = self._connection.execute
        row: tuple[float, int] = ask("SELECT stamp, ref FROM meta").fetchone()
        self._former = max(row[0], ended) if former is None else former
        self._ref = row[1]
        self._changes = self._folded = 0
        numbers, ids = Numbers(ask), CarrierIds(ask)
        self._history = History(ask)
        self._reading = Reading(ask, self._history)
        messages, places, slips = self._seen
        self._join_texts(Messages(ask, numbers, ids, messages), Replies(ask, numbers), Segments(ask))
        self._join_queue(Places(ask, places), Slips(ask, slips))
        self._join_receipts(ids, Orphans(ask))

    def _join_texts(self, messages: Messages, replies: Replies, segments: Segments) -> None:
        self._messages, self._replies = messages, replies
        self.newest, self.message, self.put, self.waking = (
            messages.newest,
            messages.message,
            messages.put,
            messages.waking,
        )
        self.put_inbound, self.inbound, self.waking_inbound = (
            replies.put_inbound,
            replies.inbound,
            replies.waking_inbound,
        )
        self.heard, self.digests_since = replies.heard, replies.digests_since
        self.keep_segment, self.segments = segments.keep_segment, segments.segments
        self.drop_segments, self.stale_segments = segments.drop_segments, segments.stale_segments

    def _join_queue(self, places: Places, slips: Slips) -> None:
        self._places = places
        self.enqueue, self.dequeue, self.place = places.enqueue, places.dequeue, places.place
        self.line, self.in_line, self.heads = places.line, places.in_line, places.heads
        self.next_due, self.releasing, self.stranded = places.next_due, places.releasing, places.stranded
        self.depth, self.queues = places.depth, places.queues
        self.owe, self.slip, self.paid = slips.owe, slips.slip, slips.paid
        self.in_slips, self.next_slip, self.outbox = slips.in_slips, slips.next_slip, slips.outbox
        self.due_slips, self.next_slip_due, self.dead_slips = slips.due_slips, slips.next_slip_due, slips.dead_slips

    def _join_receipts(self, ids: CarrierIds, orphans: Orphans) -> None:
        self._ids = ids
        self.remember, self.forget, self.sent = ids.remember, ids.forget, ids.sent
        self.keep_orphan, self.orphans, self.orphans_to = orphans.keep_orphan, orphans.orphans, orphans.orphans_to
        self.drop_orphan, self.drop_orphans_before = orphans.drop_orphan, orphans.drop_orphans_before
        self.orphan_count = orphans.orphan_count
        self.drop_history = self._history.drop_history

    # what needs more than one table

    def next_ref(self) -> int:
        """Written with the stamp at the commit: a ref of a batch that failed was told to nobody and is given again."""
        self._ref += 1
        return self._ref

    def archive(self, message: Message, now: float) -> None:
        self._history.keep_message(message, now)
        self._messages.drop(message)

    def archive_inbound(self, inbound: Inbound, now: float) -> None:
        self._history.keep_inbound(inbound, now)
        self._replies.drop(inbound)

    def had(self, link: str, carrier_id: str) -> Sequence[Sent]:
        return self._ids.sent(link, carrier_id, settled=True)

    def settled_before(self, link: str, carrier_id: str) -> bool:
        return self._ids.settled(link, carrier_id) or self._history.carried(link, carrier_id)

    def last_stamp(self) -> float:
        return self._former

    def recent(self, limit: int) -> tuple[Sequence[Message], Sequence[Inbound]]:
        read = self._reading.last
        return [message_of(text) for text in read("message", limit)], [
            inbound_of(text) for text in read("inbound", limit)
        ]

    def find(self, term: str, limit: int) -> tuple[Sequence[Message], Sequence[Inbound]]:
        read = self._reading.matching
        return [message_of(text) for text in read("message", term, limit)], [
            inbound_of(text) for text in read("inbound", term, limit)
        ]

    # transactions

    def begin(self) -> None:
        self._ask("BEGIN IMMEDIATE")
        self._changes = self._connection.total_changes
        self._mark = self._memory()

    def commit(self, now: float) -> None:
        """A batch that only read leaves the disk alone."""
        if self._connection.total_changes != self._changes:
            self._ask("UPDATE meta SET stamp = ?, ref = ?", (now, self._ref))
        self._ask("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._ask("ROLLBACK")
        self._remember(self._mark)

    def savepoint(self) -> None:
        self._ask("SAVEPOINT one")
        self._point = self._memory()

    def release(self) -> None:
        self._ask("RELEASE one")

    def undo(self) -> None:
        """Back to the savepoint, and on from there."""
        self._ask("ROLLBACK TO one")
        self._ask("RELEASE one")
        self._remember(self._point)

    def _memory(self) -> tuple[int, int, tuple[Shelf, ...]]:
        return self._ref, self._places.count, self._history.shelves

    def _remember(self, memory: tuple[int, int, tuple[Shelf, ...]]) -> None:
        self._ref, self._places.count, self._history.shelves = memory
        for rows in self._seen:
            rows.clear()

    # the file

    def checkpoint(self) -> None:
        """Fold the log into the file, as far as no reader needs it and if there is enough to be worth two fsyncs."""
        changes = self._connection.total_changes
        if changes - self._folded >= FOLD_WORTH:
            self._ask("PRAGMA wal_checkpoint(PASSIVE)")
            self._folded = changes

    def limit_pages(self, pages: int) -> None:
        """Let the file grow to so many pages."""
        self._ask(f"PRAGMA max_page_count = {pages}")

    def close(self) -> None:
        self._connection.close()

"""Live texts of the SQLite ledger: messages (MT), replies (MO), and segments of replies.

A live text is found by ref, by the platform's id, by when it wants to be
looked at. It leaves for `history` when the clerk says so; why is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence

from chanserv.message import Inbound, Message, Reply
from chanserv.store.receipts import CarrierIds
from chanserv.store.rows import (
    Ask,
    Numbers,
    Seen,
    doc,
    inbound_of,
    message_of,
    numbers_of_inbound,
    numbers_of_message,
    reply_of,
)


class Messages:
    """Texts of the platform that are not history yet."""

    def __init__(self, ask: Ask, numbers: Numbers, ids: CarrierIds, seen: Seen[Message | None]) -> None:
        self._ask = ask
        self._numbers = numbers
        self._ids = ids
        self._seen = seen

    def newest(self, channel: str, id: str) -> Message | None:
        row = self._ask(
            "SELECT doc FROM message WHERE id = ? AND channel = ? ORDER BY generation DESC LIMIT 1", (id, channel)
        ).fetchone()
        return message_of(row[0]) if row else None

    def message(self, ref: int) -> Message | None:
        if ref in self._seen:
            return self._seen[ref]
        row = self._ask("SELECT doc FROM message WHERE ref = ?", (ref,)).fetchone()
        message = self._seen[ref] = message_of(row[0]) if row else None
        return message

    def put(self, message: Message) -> None:
        # Most puts change a message that has the same pieces; only then are its numbers and refs known to be there.
        known = self._ask(
            "UPDATE message SET wake = ?, doc = ? WHERE ref = ? AND pieces = ?",
            (message.wake, doc(message), message.ref, len(message.pieces)),
        )
        if not known.rowcount:
            self._insert(message)
        self._seen[message.ref] = message

    def _insert(self, message: Message) -> None:
        self._ask(
            "INSERT OR REPLACE INTO message (ref, channel, id, generation, pieces, wake, doc)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                message.ref,
                message.channel,
                message.id,
                message.generation,
                len(message.pieces),
                message.wake,
                doc(message),
            ),
        )
        self._numbers.add(message.ref, numbers_of_message(message))
        self._ids.name(message)

    def waking(self, now: float, limit: int) -> Sequence[Message]:
        rows = self._ask("SELECT doc FROM message WHERE wake > 0 AND wake <= ? ORDER BY wake LIMIT ?", (now, limit))
        return [message_of(text) for (text,) in rows]

    def drop(self, message: Message) -> None:
        self._ask("DELETE FROM message WHERE ref = ?", (message.ref,))
        self._seen.pop(message.ref, None)
        self._numbers.drop(message.ref, numbers_of_message(message))
        self._ids.drop(message.ref)


class Replies:
    """Texts from handsets that are not history yet."""

    def __init__(self, ask: Ask, numbers: Numbers) -> None:
        self._ask = ask
        self._numbers = numbers

    def put_inbound(self, inbound: Inbound) -> None:
        known = self._ask(
            "UPDATE inbound SET wake = ?, doc = ? WHERE ref = ?", (inbound.wake, doc(inbound), inbound.ref)
        )
        if not known.rowcount:
            self._insert(inbound)

    def _insert(self, inbound: Inbound) -> None:
        self._ask(
            "INSERT INTO inbound (ref, link, vendor_id, digest, taken, wake, doc) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                inbound.ref,
                inbound.link,
                inbound.vendor_id,
                inbound.digest,
                inbound.taken,
                inbound.wake,
                doc(inbound),
            ),
        )
        self._numbers.add(inbound.ref, numbers_of_inbound(inbound))

    def inbound(self, ref: int) -> Inbound | None:
        row = self._ask("SELECT doc FROM inbound WHERE ref = ?", (ref,)).fetchone()
        return inbound_of(row[0]) if row else None

    def waking_inbound(self, now: float, limit: int) -> Sequence[Inbound]:
        rows = self._ask("SELECT doc FROM inbound WHERE wake > 0 AND wake <= ? ORDER BY wake LIMIT ?", (now, limit))
        return [inbound_of(text) for (text,) in rows]

    def drop(self, inbound: Inbound) -> None:
        self._ask("DELETE FROM inbound WHERE ref = ?", (inbound.ref,))
        self._numbers.drop(inbound.ref, numbers_of_inbound(inbound))

    def heard(self, link: str, vendor_id: str) -> bool:
        found = self._ask(
            "SELECT 1 FROM inbound WHERE link = ? AND vendor_id = ? AND vendor_id <> '' LIMIT 1", (link, vendor_id)
        )
        return found.fetchone() is not None

    def digests_since(self, link: str, at: float) -> Sequence[str]:
        rows = self._ask(
            "SELECT digest FROM inbound WHERE link = ? AND taken >= ? AND digest <> ''"
            " UNION ALL SELECT digest FROM segment WHERE link = ? AND at >= ? AND digest <> ''",
            (link, at, link, at),
        )
        return [digest for (digest,) in rows]


class Segments:
    """Parts of replies that wait for the rest."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def keep_segment(self, key: str, reply: Reply, at: float) -> None:
        number = reply.segment.number if reply.segment else 0
        self._ask(
            "INSERT OR IGNORE INTO segment (key, number, at, link, digest, doc) VALUES (?, ?, ?, ?, ?, ?)",
            (key, number, at, reply.link, reply.digest, doc(reply)),
        )

    def segments(self, key: str) -> Sequence[tuple[float, Reply]]:
        rows = self._ask("SELECT at, doc FROM segment WHERE key = ? ORDER BY number", (key,))
        return [(at, reply_of(text)) for at, text in rows]

    def drop_segments(self, key: str) -> None:
        self._ask("DELETE FROM segment WHERE key = ?", (key,))

    def stale_segments(self, before: float, limit: int) -> Sequence[str]:
        rows = self._ask(
            "SELECT key FROM segment WHERE at < ? GROUP BY key ORDER BY min(at), key LIMIT ?", (before, limit)
        )
        return [key for (key,) in rows]

"""Carrier ids of live messages, and receipts that found none, in the SQLite ledger.

Carrier ids are unique to nothing, so no index here is UNIQUE on one.
"""

from __future__ import annotations

from collections.abc import Sequence

from chanserv.message import Message
from chanserv.store.ledger import Orphan, Sent
from chanserv.store.rows import Ask, doc, receipt_of
from chanserv.text.numbers import digits

OURS = ""
"""In place of a link: what stands in place of the carrier's id is our ref of a piece, as its sender was answered."""


class CarrierIds:
    """Ids of parts that wait for a receipt; settled ones stay until their message is history.

    Refs of further pieces stand among them, to be found by; a first piece is found without (`history.BY_REF`).
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def remember(self, sent: Sent) -> None:
        self._ask(
            'INSERT OR REPLACE INTO sent (message, piece, part, link, carrier_id, "to") VALUES (?, ?, ?, ?, ?, ?)',
            (sent.message, sent.piece, sent.part, sent.link, sent.carrier_id, sent.to),
        )

    def name(self, message: Message) -> None:
        """Have it found by the refs of its further pieces."""
        for piece in message.pieces[1:]:
            self._ask(
                'INSERT OR REPLACE INTO sent (message, piece, part, link, carrier_id, "to", settled)'
                " VALUES (?, ?, 0, ?, ?, '', 1)",
                (message.ref, piece.ref, OURS, str(piece.ref)),
            )

    def forget(self, message: int, piece: int, part: int) -> None:
        self._ask(
            "UPDATE sent SET settled = 1 WHERE message = ? AND piece = ? AND part = ?",
            (message, piece, part),
        )

    def sent(self, link: str, carrier_id: str, *, settled: bool = False) -> Sequence[Sent]:
        rows = self._ask(
            'SELECT message, piece, part, "to" FROM sent WHERE carrier_id = ? AND link = ? AND settled = ?'
            " ORDER BY piece, part",
            (carrier_id, link, settled),
        )
        return [
            Sent(link=link, carrier_id=carrier_id, message=message, piece=piece, part=part, to=to)
            for message, piece, part, to in rows
        ]

    def settled(self, link: str, carrier_id: str) -> bool:
        found = self._ask(
            "SELECT 1 FROM sent WHERE carrier_id = ? AND link = ? AND settled = 1 LIMIT 1", (carrier_id, link)
        )
        return found.fetchone() is not None

    def drop(self, message: int) -> None:
        self._ask("DELETE FROM sent WHERE message = ?", (message,))


class Orphans:
    """Receipts that wait for their part to be known."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def keep_orphan(self, orphan: Orphan) -> None:
        receipt = orphan.receipt
        self._ask(
            "INSERT OR REPLACE INTO orphan (ref, at, link, digits, doc) VALUES (?, ?, ?, ?, ?)",
            (orphan.ref, orphan.at, receipt.link, digits(receipt.to), doc(receipt)),
        )
        for carrier_id in receipt.carrier_ids:
            self._ask(
                "INSERT OR IGNORE INTO orphan_id (carrier_id, link, ref) VALUES (?, ?, ?)",
                (carrier_id, receipt.link, orphan.ref),
            )

    def orphans(self, link: str, carrier_id: str) -> Sequence[Orphan]:
        rows = self._ask(
            "SELECT ref, doc, at FROM orphan_id JOIN orphan USING (ref)"
            " WHERE carrier_id = ? AND orphan_id.link = ? ORDER BY ref",
            (carrier_id, link),
        )
        return [Orphan(ref=ref, receipt=receipt_of(text), at=at) for ref, text, at in rows]

    def orphans_to(self, link: str, to: str) -> Sequence[Orphan]:
        rows = self._ask(
            "SELECT ref, doc, at FROM orphan WHERE link = ? AND digits = ? AND digits <> '' ORDER BY ref",
            (link, digits(to)),
        )
        return [Orphan(ref=ref, receipt=receipt_of(text), at=at) for ref, text, at in rows]

    def drop_orphan(self, ref: int) -> None:
        self._ask("DELETE FROM orphan WHERE ref = ?", (ref,))
        self._ask("DELETE FROM orphan_id WHERE ref = ?", (ref,))

    def drop_orphans_before(self, at: float) -> int:
        self._ask("DELETE FROM orphan_id WHERE ref IN (SELECT ref FROM orphan WHERE at < ?)", (at,))
        return self._ask("DELETE FROM orphan WHERE at < ?", (at,)).rowcount

    def orphan_count(self) -> int:
        count: int = self._ask("SELECT count(*) FROM orphan").fetchone()[0]
        return count

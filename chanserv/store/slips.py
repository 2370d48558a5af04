"""The outbox of the SQLite ledger: what is owed to the platform, and its dead letters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec.structs import astuple

from chanserv.store.ledger import Slip
from chanserv.store.rows import Ask, Seen

_COLUMNS = "ref, line, reply, due, head, tries, first, dead, reason"


class Slips:
    """Of each line one slip is head; dead ones are in no line."""

    def __init__(self, ask: Ask, seen: Seen[Slip | None]) -> None:
        self._ask = ask
        self._seen = seen

    def owe(self, slip: Slip) -> None:
        if self._seen.get(slip.ref) == slip:
            return
        self._ask(f"INSERT OR REPLACE INTO slip ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", astuple(slip))
        self._seen[slip.ref] = slip

    def slip(self, ref: int) -> Slip | None:
        if ref in self._seen:
            return self._seen[ref]
        row = self._ask(f"SELECT {_COLUMNS} FROM slip WHERE ref = ?", (ref,)).fetchone()
        slip = self._seen[ref] = _slip(row) if row else None
        return slip

    def paid(self, ref: int) -> None:
        self._ask("DELETE FROM slip WHERE ref = ?", (ref,))
        self._seen[ref] = None

    def in_slips(self, line: str) -> bool:
        return self._ask("SELECT 1 FROM slip WHERE line = ? AND dead = 0 LIMIT 1", (line,)).fetchone() is not None

    def next_slip(self, line: str) -> Slip | None:
        row = self._ask(
            f"SELECT {_COLUMNS} FROM slip WHERE line = ? AND head = 0 AND dead = 0 ORDER BY ref LIMIT 1", (line,)
        ).fetchone()
        return _slip(row) if row else None

    def due_slips(self, now: float, limit: int, holding: Collection[int]) -> Sequence[Slip]:
        rows = self._ask(
            f"SELECT {_COLUMNS} FROM slip WHERE head = 1 AND dead = 0 AND due <= ? ORDER BY due, ref LIMIT ?",
            (now, limit + len(holding)),
        )
        return [_slip(row) for row in rows if row[0] not in holding][:limit]

    def next_slip_due(self, now: float) -> float:
        row = self._ask(
            "SELECT due FROM slip WHERE head = 1 AND dead = 0 AND due > ? ORDER BY due LIMIT 1", (now,)
        ).fetchone()
        return row[0] if row else 0.0

    def dead_slips(self, after: int, limit: int) -> Sequence[Slip]:
        rows = self._ask(f"SELECT {_COLUMNS} FROM slip WHERE dead = 1 AND ref > ? ORDER BY ref LIMIT ?", (after, limit))
        return [_slip(row) for row in rows]

    def outbox(self) -> tuple[int, float, int]:
        owed, oldest = self._ask("SELECT count(*), coalesce(min(first), 0.0) FROM slip WHERE dead = 0").fetchone()
        (dead,) = self._ask("SELECT count(*) FROM slip WHERE dead = 1").fetchone()
        return owed, oldest, dead


def _slip(row: Any) -> Slip:
    ref, line, reply, due, head, tries, first, dead, reason = row
    return Slip(
        ref=ref,
        line=line,
        reply=reply == 1,
        due=due,
        head=head == 1,
        tries=tries,
        first=first,
        dead=dead == 1,
        reason=reason,
    )

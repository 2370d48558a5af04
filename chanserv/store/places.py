"""The queues of the links, in the SQLite ledger.

A claim must cost the same whether ten or a million pieces wait, and whether
or not most of them are held for later. So a head is either ripe (in the order
it is claimed in) or not (in the order it becomes due); a claim ripens what
has become due since, once for each hold, and then reads only ripe ones.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec.structs import astuple

from chanserv.store.ledger import Place
from chanserv.store.rows import Ask, Seen

_COLUMNS = "piece, message, link, line, reply, taken, due, release, head"


class Places:
    """Pieces that are not answered in whole; `count` says how many."""

    def __init__(self, ask: Ask, seen: Seen[Place | None]) -> None:
        self._ask = ask
        self._seen = seen
        self.count: int = ask("SELECT count(*) FROM place").fetchone()[0]

    def depth(self) -> int:
        return self.count

    def enqueue(self, place: Place) -> None:
        row = (*astuple(place), place.due <= 0)
        new = self._ask(
            f"INSERT OR IGNORE INTO place ({_COLUMNS}, ripe) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row
        ).rowcount
        self.count += new
        self._seen[place.piece] = place
        if not new:
            self._ask(f"INSERT OR REPLACE INTO place ({_COLUMNS}, ripe) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def dequeue(self, piece: int) -> None:
        self.count -= self._ask("DELETE FROM place WHERE piece = ?", (piece,)).rowcount
        self._seen[piece] = None

    def place(self, piece: int) -> Place | None:
        if piece in self._seen:
            return self._seen[piece]
        row = self._ask(f"SELECT {_COLUMNS} FROM place WHERE piece = ?", (piece,)).fetchone()
        place = self._seen[piece] = _place(row) if row else None
        return place

    def line(self, line: str) -> Sequence[Place]:
        rows = self._ask(f"SELECT {_COLUMNS} FROM place WHERE line = ? ORDER BY piece LIMIT 64", (line,))
        return [_place(row) for row in rows]

    def in_line(self, line: str) -> bool:
        return self._ask("SELECT 1 FROM place WHERE line = ? LIMIT 1", (line,)).fetchone() is not None

    def _ripen(self, link: str, now: float) -> None:
        self._ask("UPDATE place SET ripe = 1 WHERE link = ? AND head = 1 AND ripe = 0 AND due <= ?", (link, now))

    def heads(self, link: str, now: float, limit: int, holding: Collection[int]) -> Sequence[Place]:
        self._ripen(link, now)
        # `due` is asked again for a clock that was set back.
        rows = self._ask(
            f"SELECT {_COLUMNS} FROM place WHERE link = ? AND head = 1 AND ripe = 1 AND due <= ?"
            " ORDER BY reply DESC, piece LIMIT ?",
            (link, now, limit + len(holding)),
        )
        return [_place(row) for row in rows if row[0] not in holding][:limit]

    def stranded(self, link: str, now: float, reply: bool, after: int, limit: int) -> Sequence[Place]:
        self._ripen(link, now)
        rows = self._ask(
            f"SELECT {_COLUMNS} FROM place WHERE link = ? AND head = 1 AND ripe = 1 AND due <= ? AND reply = ?"
            " AND piece > ? ORDER BY piece LIMIT ?",
            (link, now, reply, after, limit),
        )
        return [_place(row) for row in rows]

    def next_due(self, link: str, now: float) -> float:
        row = self._ask(
            "SELECT due FROM place WHERE link = ? AND head = 1 AND ripe = 0 AND due > ? ORDER BY due LIMIT 1",
            (link, now),
        ).fetchone()
        return row[0] if row else 0.0

    def releasing(self, now: float, limit: int) -> Sequence[Place]:
        rows = self._ask(
            f"SELECT {_COLUMNS} FROM place WHERE head = 1 AND release > 0 AND release <= ? ORDER BY release LIMIT ?",
            (now, limit),
        )
        return [_place(row) for row in rows]

    def queues(self) -> dict[str, tuple[int, float]]:
        rows = self._ask("SELECT link, count(*), min(taken) FROM place GROUP BY link")
        return {link: (waiting, oldest) for link, waiting, oldest in rows}


def _place(row: Any) -> Place:
    piece, message, link, line, reply, taken, due, release, head = row
    return Place(
        piece=piece,
        message=message,
        link=link,
        line=line,
        reply=reply == 1,
        taken=taken,
        due=due,
        release=release,
        head=head == 1,
    )

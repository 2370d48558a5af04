"""Finished texts of the SQLite ledger: tables of their own for every day, dropped whole.

A day's tables are named after the UTC day in which their texts were finished.
Forgetting a day is one DROP, never a DELETE of a million rows, and indexes
with random keys grow no larger than a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import nlargest

import attrs

from chanserv.message import Inbound, Message
from chanserv.store.receipts import OURS
from chanserv.store.rows import Ask, doc, numbers_of_inbound, numbers_of_message
from chanserv.text.numbers import digits

DAY = 86400.0

BY_REF = "ref IN (:ref, :ref - 1)"
"""A message by its own ref or its first piece's, which is the next (`Intake`); one counter gives all refs."""


def _create(name: str) -> tuple[str, ...]:
    return (
        f"CREATE TABLE message_{name} (ref INTEGER PRIMARY KEY, id TEXT NOT NULL, doc TEXT NOT NULL) STRICT",
        f"CREATE INDEX message_{name}_id ON message_{name} (id)",
        f"CREATE TABLE inbound_{name} (ref INTEGER PRIMARY KEY, doc TEXT NOT NULL) STRICT",
        f"CREATE TABLE number_{name} (digits TEXT, ref INTEGER, PRIMARY KEY (digits, ref)) STRICT, WITHOUT ROWID",
        f"CREATE TABLE carrier_{name} (carrier_id TEXT, link TEXT, ref INTEGER,"
        " PRIMARY KEY (carrier_id, link, ref)) STRICT, WITHOUT ROWID",
    )


@attrs.frozen
class Shelf:
    """The SQL of one day's tables, each text made once."""

    day: int
    name: str
    keep_message: str
    keep_inbound: str
    keep_number: str
    keep_carrier: str
    carried: str
    last: dict[str, str]  # kind -> the newest (ref, doc)
    matching: dict[str, str]  # kind -> (ref, doc) that fit a term


def _shelf(day: int) -> Shelf:
    name = datetime.fromtimestamp(day * DAY, UTC).strftime("%Y%m%d")
    by_number = f"SELECT ref FROM number_{name} WHERE digits = :digits AND :digits <> ''"
    by_carrier = f"SELECT ref FROM carrier_{name} WHERE carrier_id = :term"
    by_id = f"SELECT ref FROM message_{name} WHERE id = :term"
    newest = "ORDER BY ref DESC LIMIT :limit"
    return Shelf(
        day=day,
        name=name,
        keep_message=f"INSERT OR REPLACE INTO message_{name} (ref, id, doc) VALUES (?, ?, ?)",
        keep_inbound=f"INSERT OR REPLACE INTO inbound_{name} (ref, doc) VALUES (?, ?)",
        keep_number=f"INSERT OR IGNORE INTO number_{name} (digits, ref) VALUES (?, ?)",
        keep_carrier=f"INSERT OR IGNORE INTO carrier_{name} (carrier_id, link, ref) VALUES (?, ?, ?)",
        carried=f"SELECT 1 FROM carrier_{name} WHERE carrier_id = ? AND link = ? LIMIT 1",
        last={kind: f"SELECT ref, doc FROM {kind}_{name} {newest}" for kind in ("message", "inbound")},
        matching={
            "message": f"SELECT ref, doc FROM message_{name} WHERE {BY_REF} OR ref IN ({by_id} UNION ALL {by_number}"
            f" UNION ALL {by_carrier}) {newest}",
            "inbound": f"SELECT ref, doc FROM inbound_{name} WHERE ref = :ref OR ref IN ({by_number}) {newest}",
        },
    )


class History:
    """Days of finished texts, oldest first in `shelves`; a rollback puts the former tuple back."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.shelves = tuple(_shelf(day) for (day,) in ask("SELECT day FROM day ORDER BY day").fetchall())

    def keep_message(self, message: Message, now: float) -> None:
        shelf = self._shelf_of(now)
        self._ask(shelf.keep_message, (message.ref, message.id, doc(message)))
        self._keep_numbers(shelf, message.ref, numbers_of_message(message))
        for piece in message.pieces:
            for part in piece.parts:
                if part.carrier_id:
                    self._ask(shelf.keep_carrier, (part.carrier_id, piece.link, message.ref))
        for piece in message.pieces[1:]:
            self._ask(shelf.keep_carrier, (str(piece.ref), OURS, message.ref))

    def keep_inbound(self, inbound: Inbound, now: float) -> None:
        shelf = self._shelf_of(now)
        self._ask(shelf.keep_inbound, (inbound.ref, doc(inbound)))
        self._keep_numbers(shelf, inbound.ref, numbers_of_inbound(inbound))

    def _keep_numbers(self, shelf: Shelf, ref: int, numbers: Iterable[str]) -> None:
        for number in filter(None, map(digits, numbers)):
            self._ask(shelf.keep_number, (number, ref))

    def _shelf_of(self, now: float) -> Shelf:
        day = int(now // DAY)
        for shelf in reversed(self.shelves):
            if shelf.day == day:
                return shelf
        return self._add(_shelf(day))

    def _add(self, shelf: Shelf) -> Shelf:
        for statement in _create(shelf.name):
            self._ask(statement)
        self._ask("INSERT INTO day (day) VALUES (?)", (shelf.day,))
        self.shelves = tuple(sorted((*self.shelves, shelf), key=lambda each: each.day))
        return shelf

    def carried(self, link: str, carrier_id: str) -> bool:
        """Newest day first, since receipts are mostly repeated soon."""
        return any(self._ask(shelf.carried, (carrier_id, link)).fetchone() for shelf in reversed(self.shelves))

    def last(self, kind: str, limit: int) -> Iterator[tuple[int, str]]:
        """(ref, JSON) of each day's newest `message` or `inbound` rows."""
        for shelf in self.shelves:
            yield from self._ask(shelf.last[kind], {"limit": limit})

    def matching(self, kind: str, question: dict[str, str | int]) -> Iterator[tuple[int, str]]:
        for shelf in self.shelves:
            yield from self._ask(shelf.matching[kind], question)

    def drop_history(self, before: float) -> int:
        old = [shelf for shelf in self.shelves if (shelf.day + 1) * DAY < before]
        for shelf in old:
            for table in ("message", "inbound", "number", "carrier"):
                self._ask(f"DROP TABLE {table}_{shelf.name}")
            self._ask("DELETE FROM day WHERE day = ?", (shelf.day,))
        if old:
            self.shelves = tuple(shelf for shelf in self.shelves if shelf not in old)
        return len(old)


class Reading:
    """Questions of people, over live rows and history at once."""

    def __init__(self, ask: Ask, history: History) -> None:
        self._ask = ask
        self._history = history

    def last(self, kind: str, limit: int) -> list[str]:
        live = self._ask(f"SELECT ref, doc FROM {kind} ORDER BY ref DESC LIMIT ?", (limit,))
        return _newest((*live, *self._history.last(kind, limit)), limit)

    def matching(self, kind: str, term: str, limit: int) -> list[str]:
        ref = int(term) if term.isascii() and term.isdigit() and len(term) < 19 else 0
        question: dict[str, str | int] = {"term": term, "digits": digits(term), "ref": ref, "limit": limit}
        return _newest((*self._ask(_LIVE[kind], question), *self._history.matching(kind, question)), limit)


_BY_NUMBER = "SELECT ref FROM number WHERE digits = :digits AND :digits <> ''"
_LIVE = {
    "message": f"SELECT ref, doc FROM message WHERE {BY_REF} OR ref IN (SELECT ref FROM message WHERE id = :term"
    f" UNION ALL {_BY_NUMBER} UNION ALL SELECT message FROM sent WHERE carrier_id = :term)"
    " ORDER BY ref DESC LIMIT :limit",
    "inbound": f"SELECT ref, doc FROM inbound WHERE ref = :ref OR ref IN ({_BY_NUMBER}) ORDER BY ref DESC LIMIT :limit",
}


def _newest(rows: Iterable[tuple[int, str]], limit: int) -> list[str]:
    return [text for _, text in nlargest(limit, rows)]

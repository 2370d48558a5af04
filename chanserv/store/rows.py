"""What every table of the SQLite ledger shares: JSON documents and numbers.

Values are kept as JSON so that an operator can read them in the sqlite3
shell; msgspec leaves defaults out. Nothing here knows a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from sqlite3 import Cursor
from typing import TypeVar

import msgspec

from chanserv.message import Inbound, Message, Receipt, Reply
from chanserv.text.numbers import digits

_encode = msgspec.json.Encoder().encode

message_of = msgspec.json.Decoder(Message).decode
inbound_of = msgspec.json.Decoder(Inbound).decode
receipt_of = msgspec.json.Decoder(Receipt).decode
reply_of = msgspec.json.Decoder(Reply).decode

T = TypeVar("T")
Ask = Callable[..., Cursor]


def doc(value: Message | Inbound | Receipt | Reply) -> str:
    """The value as JSON text. Raises UnicodeEncodeError for a lone surrogate (`message.clean` removes them)."""
    return _encode(value).decode()


class Seen(dict[int, T]):
    """Rows read or written lately, by key; None: known to be absent.

    One writer owns the file, so they are never stale; a rollback clears them.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def __setitem__(self, key: int, row: T) -> None:
        if len(self) >= self._limit:
            self.clear()
        if self._limit:
            super().__setitem__(key, row)


class Numbers:
    """Which digits take part in which live text."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def add(self, ref: int, numbers: Iterable[str]) -> None:
        for number in set(filter(None, map(digits, numbers))):
            self._ask("INSERT OR IGNORE INTO number (digits, ref) VALUES (?, ?)", (number, ref))

    def drop(self, ref: int, numbers: Iterable[str]) -> None:
        for number in set(filter(None, map(digits, numbers))):
            self._ask("DELETE FROM number WHERE digits = ? AND ref = ?", (number, ref))


def numbers_of_message(message: Message) -> set[str]:
    """Both sides of every piece, as they are written."""
    return {number for piece in message.pieces for number in (piece.to, piece.sender)}


def numbers_of_inbound(inbound: Inbound) -> set[str]:
    return {inbound.sender, inbound.to}

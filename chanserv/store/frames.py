"""What the gateway and its writer process say to each other: msgpack, each frame behind its length.

    gateway  Opening, then Batch after Batch, then end of file
    writer   Opened or Unopened, then Kept or Lost for every Batch, in order

Neither knows here how the octets travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct as Layout
from typing import cast

import msgspec
from msgspec import Struct

from chanserv.operations import Operation, Result
from chanserv.rules.terms import Terms

LENGTH = Layout(">I")


class Opening(Struct, frozen=True, tag=True, kw_only=True):
    """Open the store in `folder`. `began` and `former`: it was open before in this gateway (see Writer.start)."""

    folder: str
    terms: Terms
    now: float
    began: float | None = None
    former: float | None = None
    max_pages: int = 0


class Batch(Struct, frozen=True, tag=True):
    """Carry these out at `now`, in one commit."""

    now: float
    operations: tuple[Operation, ...]


class Opened(Struct, frozen=True, tag=True, kw_only=True):
    former: float
    notes: tuple[str, ...] = ()


class Unopened(Struct, frozen=True, tag=True):
    """`error` is the name of a StoreError class."""

    error: str
    reason: str


class Kept(Struct, frozen=True, tag=True):
    """It is on disk. `notes` are lines for the log."""

    results: list[Result]
    notes: tuple[str, ...] = ()


class Lost(Struct, frozen=True, tag=True):
    """It is not known to be on disk."""

    reason: str
    notes: tuple[str, ...] = ()


Asked = Opening | Batch
Answered = Opened | Unopened | Kept | Lost

_encode = msgspec.msgpack.Encoder().encode
_asked: Callable[[bytes], Asked] = msgspec.msgpack.Decoder(Asked).decode
_operation: Callable[[msgspec.Raw], Operation] = msgspec.msgpack.Decoder(Operation).decode
answered = msgspec.msgpack.Decoder(Answered).decode


def frame(value: Asked | Answered) -> bytes:
    body = _encode(value)
    return LENGTH.pack(len(body)) + body


class Unreadable(Struct, frozen=True):
    """Stands for an operation that does not fit its own type; whoever carries it out will say so."""

    why: str


class _Loose(Struct, frozen=True, tag="Batch"):
    """A batch whose operations are looked at one by one."""

    now: float
    operations: tuple[msgspec.Raw, ...]


_loose = msgspec.msgpack.Decoder(_Loose).decode


def asked(body: bytes) -> Asked:
    """What the gateway asks. One ill-typed operation becomes Unreadable and spoils no batch."""
    try:
        return _asked(body)
    except msgspec.ValidationError:
        loose = _loose(body)
        return Batch(loose.now, tuple(map(_read, loose.operations)))


def _read(raw: msgspec.Raw) -> Operation:
    try:
        return _operation(raw)
    except msgspec.ValidationError as error:
        return cast(Operation, Unreadable(str(error)))


def sendable(operation: Operation) -> bool:
    """Can it be written at all? A lone surrogate cannot; texts are cleaned before they come here."""
    try:
        _encode(operation)
    except (UnicodeError, TypeError, ValueError, OverflowError):
        return False
    return True


class Frames:
    """Cuts a stream into bodies, wherever the stream itself was cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def received(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while len(self._buffer) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[LENGTH.size : end])
            del self._buffer[:end]
            yield body

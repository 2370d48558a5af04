"""What the gateway and its writer process say to each other: msgpack, each frame behind its length.

    gateway  Opening, then Batch after Batch, then end of file
    writer   Opened or Unopened, then Kept or Lost for every Batch, in order

Neither knows here how the octets travel.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct as Layout

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
asked = msgspec.msgpack.Decoder(Asked).decode
answered = msgspec.msgpack.Decoder(Answered).decode


def frame(value: Asked | Answered) -> bytes:
    body = _encode(value)
    return LENGTH.pack(len(body)) + body


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

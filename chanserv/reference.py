"""Our id of one part, as it is given to carriers that take one: in a callback URL, as a client reference.

It says by itself which part is meant, so that nothing need be looked up: a UUID
of version 8 (RFC 9562, 5.8), as the field's other gateways give UUIDs and every
carrier takes them. 40 bits of message, 40 of piece, 10 of part, and 32 of a
digest over them and the recipient: a store that was begun anew counts from 1
again, and a late status of its former life must not fit a text to somebody else.
"""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

from msgspec import Struct

MOST_REF, MOST_PART = 1 << 40, 1 << 10


class Reference(Struct, frozen=True):
    """Which part; `check` is for `fits`."""

    message: int
    piece: int
    part: int
    check: int

    def fits(self, to: str) -> bool:
        """Is it a part to this number (digits)?"""
        return self.check == _check(self.message, self.piece, self.part, to)


def write(message: int, piece: int, part: int, to: str) -> str:
    """`to`: digits of the recipient. Raises ValueError beyond 2**40 refs or 1023 parts."""
    if not (0 < message < MOST_REF and 0 < piece < MOST_REF and 0 < part < MOST_PART):
        raise ValueError("too large for a reference")
    low = (message << 82) | (piece << 42) | (part << 32) | _check(message, piece, part, to)
    a, b, c = low >> 74, (low >> 62) & 0xFFF, low & ((1 << 62) - 1)  # 48, 12 and 62 bits: RFC 9562, 5.8
    return str(UUID(int=(a << 80) | (8 << 76) | (b << 64) | (2 << 62) | c))


def read(text: str) -> Reference | None:
    """None: it is none of ours."""
    try:
        value = UUID(text[:45])
    except ValueError:
        return None
    if value.version != 8:
        return None
    number = value.int
    low = (number >> 80) << 74 | ((number >> 64) & 0xFFF) << 62 | (number & ((1 << 62) - 1))
    found = Reference(low >> 82, (low >> 42) & (MOST_REF - 1), (low >> 32) & (MOST_PART - 1), low & 0xFFFFFFFF)
    return found if found.message and found.piece and found.part else None


def _check(message: int, piece: int, part: int, to: str) -> int:
    digest = blake2b(f"{message} {piece} {part} {to}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")

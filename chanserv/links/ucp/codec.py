"""UCP octets to operations and results and back (EMI-UCP 5.2, section 4.1).

STX TRN/LEN/O|R/OT/data/CK ETX, a slash behind every value. STX and ETX make a
frame; LEN and CK are checked, not trusted. Whether an operation may come now,
and what its text says, is not known here.
"""

from __future__ import annotations

import re

import attrs

from chanserv.errors import BadField
from chanserv.links.ucp import fields
from chanserv.links.ucp.operations import BY_OT, Operation, Unknown
from chanserv.links.ucp.results import Result

STX, ETX = b"\x02", b"\x03"
LONGEST = 4096  # octets of a frame
CHECKSUM, SYNTAX = 1, 2  # error codes
OVERHEAD = 17  # octets of LEN that are not data: TRN/LEN/O/OT/ and /CK

_HEAD = re.compile(rb"(\d\d)/([^/]*)/([OR])/(\d\d)/")
_CONTROL = re.compile(r"[\x00-\x1f]")
_LAYOUTS = {ot: fields.layout(cls) for ot, cls in BY_OT.items()}


class Malformed(BadField):
    """A frame with a readable head and a wrong rest: an operation is answered N with `status`, a result never."""

    def __init__(self, reason: str, status: int, trn: int, ot: str, result: bool) -> None:
        super().__init__(reason, status)
        self.trn = trn
        self.ot = ot
        self.result = result

    @property
    def operation(self) -> Operation:
        """What is to be answered."""
        return Unknown(trn=self.trn, number=self.ot)


def checksum(octets: bytes) -> bytes:
    """Two hexadecimal digits: the sum of all, modulo 256."""
    return b"%02X" % (sum(octets) % 256)


def encode(said: Operation | Result) -> bytes:
    """Its octets, from STX to ETX. Raises BadField if a value does not fit its field."""
    kind, letter, values = _written(said)
    data = "/".join(values)
    if len(values) != data.count("/") + 1 or _CONTROL.search(data):
        raise BadField("a slash or a control character in a field", SYNTAX)
    try:
        octets = data.encode("latin-1")
    except UnicodeEncodeError:
        raise BadField("a field with other than Latin letters", SYNTAX)
    body = b"%02d/%05d/%c/%b/%b/" % (said.trn, len(octets) + OVERHEAD, ord(letter), kind.encode(), octets)
    if len(body) + 4 > LONGEST or not 0 <= said.trn <= 99:
        raise BadField(f"a frame of {len(body) + 4} octets", SYNTAX)
    return STX + body + checksum(body) + ETX


def _written(said: Operation | Result) -> tuple[str, str, list[str]]:
    match said:
        case Result():
            return said.ot, "R", list(said.values)
        case Unknown():
            return said.number, "O", list(said.values)
    return said.ot, "O", fields.written(_LAYOUTS[said.ot], said)


def decode(frame: bytes) -> Operation | Result:
    """What a frame says, without its STX and ETX. Raises Malformed; BadField if nobody can be answered."""
    head = _HEAD.match(frame)
    if head is None:
        raise BadField("a head that cannot be read")
    trn, ot, result = int(head[1]), head[4].decode(), head[3] == b"R"
    try:
        return _decode(frame, head[2], frame[head.end() :], trn, ot, result)
    except BadField as fault:
        raise Malformed(str(fault), fault.status, trn, ot, result)


def _decode(frame: bytes, size: bytes, rest: bytes, trn: int, ot: str, result: bool) -> Operation | Result:
    data, slash, ck = rest.rpartition(b"/")
    if not slash or ck.upper() != checksum(frame[: len(frame) - len(ck)]):
        raise BadField("a wrong checksum", CHECKSUM)
    if not size.isdigit() or int(size[:9]) != len(frame):
        raise BadField("a wrong length", SYNTAX)
    text = data.decode("latin-1")
    if result:
        return Result(trn=trn, ot=ot, values=tuple(text.split("/")))
    if _CONTROL.search(text):
        raise BadField("a control character in a field", SYNTAX)
    if ot not in BY_OT:
        return Unknown(trn=trn, number=ot, values=tuple(text.split("/")))
    return BY_OT[ot](trn=trn, **fields.read(_LAYOUTS[ot], text.split("/")))


@attrs.define
class Frames:
    """Cuts a stream into frames. What is outside of them, too long or begun anew is skipped, and counted."""

    longest: int = LONGEST
    skipped: int = 0  # octets
    _held: bytes = b""  # from STX on

    def feed(self, data: bytes) -> list[bytes]:
        """Every whole frame there is now, without STX and ETX."""
        *whole, rest = (self._held + data).split(ETX)
        frames = []
        for octets in whole:
            noise, stx, frame = octets.rpartition(STX)
            if stx and 0 < len(frame) <= self.longest - 2:
                frames.append(frame)
                self.skipped += len(noise)
            else:
                self.skipped += len(octets) + 1
        begun = rest.rfind(STX)
        held = rest[begun:] if begun >= 0 else b""
        self._held = held if len(held) < self.longest else b""
        self.skipped += len(rest) - len(self._held)
        return frames

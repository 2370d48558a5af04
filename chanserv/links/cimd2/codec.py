"""CIMD2 octets to packets and back (CIMD Interface Specification).

STX operation:number TAB {parameter:value TAB} checksum ETX. Whether a packet
may come now, and what its values mean, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from chanserv.errors import BadField, BadFrame
from chanserv.links.cimd2.packets import GENERAL_ERROR, NACK, OPERATIONS, RESPONSE, SYNTAX, Packet, error_of

STX, ETX, TAB, NUL = b"\2", b"\3", b"\t", b"\0"
NAMELESS = 0  # operation of a packet whose header is unreadable
LONGEST = 4096  # octets of a packet, STX and ETX among them

_HEADER = re.compile("([0-9]{2}):([0-9]{3})")
_PARAMETER = re.compile("([0-9]{3}):([^\0]*)")


class BadPacket(BadField):
    """A packet to be answered by `answer`, an operation: NACK, GENERAL_ERROR, or its own response, with error `status`.

    `packet`: what of it was readable.
    """

    def __init__(self, reason: str, answer: int, packet: Packet, status: int = SYNTAX) -> None:
        super().__init__(reason, status)
        self.answer = answer
        self.packet = packet

    @property
    def answers(self) -> bool:
        """Is it a response itself?"""
        return self.packet.operation >= RESPONSE

    def reply(self, awaited: Callable[[int], int], expected: int) -> Packet | None:
        """What to say to it; None: a response is answered by nack or not at all, and what tells of an error, never.

        `awaited` gives the number a nack of a response names, `expected` is that of a request.
        """
        packet = self.packet
        if self.answer == NACK and packet.operation not in (GENERAL_ERROR, NACK):
            return Packet(NACK, awaited(packet.number) if self.answers else expected)
        return None if self.answers else Packet(self.answer, packet.number, error_of(self.status))


def encode(packet: Packet, checksum: bool = True) -> bytes:
    """Its octets. Raises BadField if a value holds what none may, or if all is too long."""
    text = f"\2{packet.operation:02d}:{packet.number:03d}\t"
    text += "".join([f"{code:03d}:{value}\t" for code, value in packet.parameters])
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:
        raise BadField("a value that is not Latin-1", SYNTAX)
    reserved = octets.count(STX) - 1 + octets.count(ETX) + octets.count(NUL)
    if reserved or octets.count(TAB) != 1 + len(packet.parameters):
        raise BadField("a value with NUL, STX, ETX or TAB", SYNTAX)
    octets += (b"%02X\3" % (sum(octets) & 0xFF)) if checksum else ETX
    if len(octets) > LONGEST:
        raise BadField(f"a packet of {len(octets)} octets", SYNTAX)
    return octets


def decode(frame: bytes) -> Packet:
    """The packet from STX to ETX; the TAB behind a header that stands alone may be missing. Raises BadPacket."""
    header, *rest = frame[1:-1].decode("latin-1").split("\t")
    tail = rest.pop() if rest else ""
    named = _HEADER.fullmatch(header)
    if tail and not _sums_up(frame, tail):
        operation, number = map(int, named.groups()) if named else (NAMELESS, 0)
        raise BadPacket("a wrong checksum", NACK, Packet(operation, number))
    if named is None:
        raise BadPacket("no operation and number", GENERAL_ERROR, Packet(NAMELESS))
    return _read(int(named[1]), int(named[2]), rest)


def _sums_up(frame: bytes, tail: str) -> bool:
    """All octets from STX to the last TAB, modulo 256, in two hexadecimal digits of either case."""
    if not re.fullmatch("[0-9A-Fa-f]{2}", tail):
        return False
    return int(tail, 16) == sum(frame[: frame.rindex(TAB) + 1]) & 0xFF


def _read(operation: int, number: int, fields: list[str]) -> Packet:
    found, bad = [], ""
    for field in fields:
        parameter = _PARAMETER.fullmatch(field)
        if parameter:
            found.append((int(parameter[1]), parameter[2]))
        else:
            bad = "a parameter without its code" if "\0" not in field else "a NUL"
    packet = Packet(operation, number, tuple(found))
    if bad:
        answer = operation + RESPONSE if operation in OPERATIONS else GENERAL_ERROR
        raise BadPacket(bad, answer, packet)
    return packet


@attrs.define
class Frames:
    """Cuts a stream into packets. Octets outside of them (a banner) are skipped; a STX inside begins anew."""

    longest: int = LONGEST
    _held: bytes = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Every whole packet there is now. Raises BadFrame after those before it, if one does not end."""
        data = self._held + data
        at = 0
        try:
            while True:
                start, end = self._next(data, at)
                at = start
                if (end or len(data)) - start > self.longest:
                    at = len(data)
                    raise BadFrame(f"a packet of more than {self.longest} octets")
                if not end:
                    return
                at = end
                yield data[start:end]
        finally:
            self._held = data[at:]

    def _next(self, data: bytes, at: int) -> tuple[int, int]:
        """Where the next packet begins and ends (0: not here). Without one, it begins where the data end."""
        start = data.find(STX, at)
        if start < 0:
            return len(data), 0
        end = data.find(ETX, start)
        return data.rfind(STX, start, end if end > 0 else len(data)), end + 1

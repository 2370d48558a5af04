"""SMPP octets to PDUs and back, by the table of `pdus` and `broadcasts` (SMPP 3.4, section 3.2).

Each class is compiled once, at import, from its fields: the everyday kinds
become plain slices and one %-format, since a walk over the table costs three
to six times as much (measured). Whether a PDU may come now, and what its
text says, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct
from struct import error as StructError
from typing import Any

import attrs

from chanserv.errors import BadField, BadFrame
from chanserv.links.smpp.broadcasts import BroadcastSm
from chanserv.links.smpp.fields import Counted, CString, Int, Kind
from chanserv.links.smpp.pdus import GenericNack, SubmitMulti, SubmitSm
from chanserv.links.smpp.table import BY_ID, RESPONSE, Pdu, Tlvs, Unknown

HEADER = Struct(">IIII")
TLV = Struct(">HH")
SHORTEST, LONGEST = 16, 70_000
RINVCMDLEN, RINVTLVSTREAM = 0x02, 0xC0
STRICT = (SubmitSm, SubmitMulti, BroadcastSm)  # what we read as a server: a TLV beyond its end is refused


class BadBody(BadField):
    """A PDU with a readable header and a wrong body: answer `status` under its `sequence`."""

    def __init__(self, fault: BadField, command_id: int, sequence: int, header_status: int) -> None:
        super().__init__(str(fault), fault.status)
        self.command_id = command_id
        self.sequence = sequence
        self._header_status = header_status

    def stand_in(self) -> Pdu:
        """For a response itself, without its body; for a request the refusal it earns."""
        status = self._header_status if self.command_id & RESPONSE else self.status
        cls = BY_ID.get(self.command_id | RESPONSE, GenericNack)
        return cls(sequence=self.sequence, status=status, bare=True)


def encode(pdu: Pdu) -> bytes:
    """Its octets. Raises BadField if a value does not fit its field."""
    try:
        if isinstance(pdu, Unknown):
            return HEADER.pack(SHORTEST + len(pdu.body), pdu.command, pdu.status, pdu.sequence) + pdu.body
        body = b"" if pdu.bare else _PUT[pdu.command_id](pdu)
        if pdu.tlvs:
            body += b"".join(TLV.pack(tag, len(value)) + value for tag, value in pdu.tlvs)
        return HEADER.pack(SHORTEST + len(body), pdu.command_id, pdu.status, pdu.sequence) + body
    except StructError as fault:  # a sequence, status, tag or length beyond its octets
        raise BadField(str(fault), RINVCMDLEN)


def decode(frame: bytes) -> Pdu:
    """The PDU of one whole frame. Raises BadBody (recoverable) or BadFrame."""
    if len(frame) < SHORTEST:
        raise BadFrame(f"a frame of {len(frame)} octets")
    _, command_id, status, sequence = HEADER.unpack_from(frame)
    take = _TAKE.get(command_id)
    if take is None:
        return Unknown(sequence=sequence, status=status, command=command_id, body=frame[SHORTEST:])
    try:
        return take(frame, SHORTEST, len(frame), sequence, status)
    except BadField as fault:
        raise BadBody(fault, command_id, sequence, status)


@attrs.define
class Frames:
    """Cuts a stream into frames. A length that cannot be ends it, as soon as its four octets are there."""

    longest: int = LONGEST
    _held: bytes = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Every whole frame there is now. Raises BadFrame after those before it."""
        data = self._held + data if self._held else data
        at, end = 0, len(data)
        try:
            while end - at >= 4:
                size = int.from_bytes(data[at : at + 4], "big")
                if not SHORTEST <= size <= self.longest:
                    at = end
                    raise BadFrame(_impossible(size))
                if end - at < size:
                    break
                at += size
                yield data[at - size : at]
        finally:
            self._held = data[at:]


def _impossible(size: int) -> str:
    tls = ": the peer speaks TLS" if size >> 16 == 0x1603 else ""
    return f"a PDU of {size} octets{tls}"


def _tlvs(data: bytes, at: int, end: int, strict: bool) -> Tlvs:
    """What is left after the fields; a remnant too short for a TLV, or a broken one from a carrier, is left out.

    So are NULs too many behind a string: four of them read as an empty TLV 0x0000, which nobody has.
    """
    found = []
    while end - at >= 4:
        tag, size = TLV.unpack_from(data, at)
        at += 4
        if at + size > end:
            if strict:
                raise BadField(f"TLV 0x{tag:04x} runs over the end", RINVTLVSTREAM)
            break
        if tag or size:
            found.append((tag, data[at : at + size]))
        at += size
    return tuple(found)


# the compiler: source for one class from its fields


def _fields(cls: type[Pdu]) -> list[tuple[str, Kind]]:
    return [(field.name, field.metadata[Kind]) for field in attrs.fields(cls) if Kind in field.metadata]


def _compile_put(cls: type[Pdu]) -> Callable[[Pdu], bytes]:
    """`b"%b\\0%c…" % (…)` behind the checks; whatever is not an everyday kind puts itself."""
    fmt, values, checks = "", [], []
    scope: dict[str, Any] = {"BadField": BadField}
    for number, (name, kind) in enumerate(_fields(cls)):
        scope[f"k{number}"] = kind
        match kind:
            case CString(limit):
                checks.append(f"if len(p.{name}) >= {limit} or 0 in p.{name}: k{number}.put(p.{name})")
                fmt, value = fmt + "%b\\0", f"p.{name}"
            case Int(1):
                fmt, value = fmt + "%c", f"p.{name}"
            case Counted(limit):
                checks.append(f"if len(p.{name}) > {limit}: k{number}.put(p.{name})")
                fmt, value = fmt + "%c%b", f"len(p.{name}), p.{name}"
            case _:
                fmt, value = fmt + "%b", f"k{number}.put(p.{name})"
        values.append(value)
    lines = [*checks, "try:", f" return b'{fmt}' % ({', '.join(values)}{',' if values else ''})"]
    lines += ["except OverflowError as e:", " raise BadField(str(e), 0x02)"]
    exec("def put(p):\n " + "\n ".join(lines), scope)
    compiled: Callable[[Pdu], bytes] = scope["put"]
    return compiled


def _compile_take(cls: type[Pdu]) -> Callable[[bytes, int, int, int, int], Pdu]:
    """Slices in a row. A response may lack its whole body, and any PDU of ours its TLVs."""
    scope: dict[str, Any] = {"cls": cls, "tlvs": _tlvs}
    fields = _fields(cls)
    strict = issubclass(cls, STRICT)
    lines = []
    if fields and cls.command_id & RESPONSE:
        lines.append("if at == end: return cls(sequence=sequence, status=status, bare=True)")
    for number, (name, kind) in enumerate(fields):
        scope[f"k{number}"] = kind
        general = f"v_{name}, at = k{number}.take(d, at, end)"
        match kind:
            case CString(limit):
                lines += [
                    f"n = d.find(0, at, {limit} + at)",
                    f"if 0 <= n < end: v_{name} = d[at:n]; at = n + 1",
                    f"else: {general}",
                ]
            case Int(1):
                lines += [f"if at < end: v_{name} = d[at]; at += 1", f"else: {general}"]
            case _:
                lines.append(general)
    named = "".join(f", {name}=v_{name}" for name, _ in fields)
    lines.append(
        f"return cls(sequence=sequence, status=status, tlvs=tlvs(d, at, end, {strict}) if at < end else (){named})"
    )
    exec("def take(d, at, end, sequence, status):\n " + "\n ".join(lines), scope)
    compiled: Callable[[bytes, int, int, int, int], Pdu] = scope["take"]
    return compiled


_PUT = {command_id: _compile_put(cls) for command_id, cls in BY_ID.items()}
_TAKE = {command_id: _compile_take(cls) for command_id, cls in BY_ID.items()}

"""strongSwan's control protocol, vici: octets to packets and messages, and back (pure).

A packet is a length of four octets, a type, for some types a name, and a message; a message is a tree of sections,
values and lists (src/libcharon/plugins/vici/README.md). Texts are decoded as UTF-8 with what is no such text
replaced: an identity is shown, never compared. What is asked, and when, is not known here.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import attrs

from chanserv.errors import BadFrame

LONGEST = 512 * 1024  # octets of a packet: VICI_MAX_MSGLEN
DEEPEST = 16  # sections in sections; list-sas has three

Message = dict[str, Any]


class Kind(IntEnum):
    """The first octet of a packet."""

    CMD_REQUEST = 0
    CMD_RESPONSE = 1
    CMD_UNKNOWN = 2
    EVENT_REGISTER = 3
    EVENT_UNREGISTER = 4
    EVENT_CONFIRM = 5
    EVENT_UNKNOWN = 6
    EVENT = 7


class Element(IntEnum):
    """The first octet of an element of a message."""

    SECTION_START = 1
    SECTION_END = 2
    KEY_VALUE = 3
    LIST_START = 4
    LIST_ITEM = 5
    LIST_END = 6


NAMED = (Kind.CMD_REQUEST, Kind.EVENT_REGISTER, Kind.EVENT_UNREGISTER, Kind.EVENT)


@attrs.frozen
class Packet:
    """One packet. `name` is empty for kinds that have none."""

    kind: Kind
    name: str = ""
    message: Message = attrs.field(factory=dict)


class Framer:
    """Octets in, packets out, however they are cut."""

    def __init__(self) -> None:
        self._octets = bytearray()

    def received(self, data: bytes) -> list[Packet]:
        """Raises BadFrame: the stream has lost its sense."""
        self._octets += data
        found = []
        while len(self._octets) >= 4:
            (length,) = struct.unpack_from(">I", self._octets)
            if not 0 < length <= LONGEST:
                raise BadFrame(f"a vici packet of {length} octets")
            if len(self._octets) < 4 + length:
                break
            found.append(_packet(bytes(self._octets[4 : 4 + length])))
            del self._octets[: 4 + length]
        return found


def encode(packet: Packet) -> bytes:
    """The octets of a packet, its length among them."""
    name = _name(packet.name) if packet.kind in NAMED else b""
    body = bytes([packet.kind]) + name + _encoded(packet.message)
    return struct.pack(">I", len(body)) + body


def _packet(body: bytes) -> Packet:
    reader = _Reader(body)
    try:
        kind = Kind(reader.octet())
    except ValueError:
        raise BadFrame(f"a vici packet of type {body[0]}") from None
    return Packet(kind, reader.name() if kind in NAMED else "", _decoded(reader))


@attrs.define
class _Reader:
    """Takes octets from the front. Raises BadFrame where there are too few."""

    _octets: bytes
    _at: int = 0

    @property
    def left(self) -> int:
        return len(self._octets) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise BadFrame("a vici message ends too early")
        self._at += count
        return self._octets[self._at - count : self._at]

    def octet(self) -> int:
        return self.take(1)[0]

    def name(self) -> str:
        return self.take(self.octet()).decode("utf-8", "replace")

    def value(self) -> str:
        (length,) = struct.unpack(">H", self.take(2))
        return self.take(length).decode("utf-8", "replace")


def _decoded(reader: _Reader) -> Message:
    stack: list[Message] = [{}]
    items: list[str] | None = None
    while reader.left:
        match reader.octet(), items:
            case Element.LIST_ITEM, list():
                items.append(reader.value())
            case Element.LIST_END, list():
                items = None
            case Element.KEY_VALUE, None:
                name = reader.name()
                stack[-1][name] = reader.value()
            case Element.LIST_START, None:
                items = stack[-1][reader.name()] = []
            case Element.SECTION_START, None if len(stack) <= DEEPEST:
                section = stack[-1].setdefault(reader.name(), {})
                stack.append(section if isinstance(section, dict) else {})
            case Element.SECTION_END, None if len(stack) > 1:
                stack.pop()
            case element, _:
                raise BadFrame(f"a vici message has element {element} where it cannot be")
    if items is not None or len(stack) > 1:
        raise BadFrame("a vici message ends within a section or a list")
    return stack[0]


def _encoded(message: Mapping[str, Any]) -> bytes:
    octets = b""
    for name, value in message.items():
        match value:
            case Mapping():
                octets += bytes([Element.SECTION_START]) + _name(name) + _encoded(value)
                octets += bytes([Element.SECTION_END])
            case list() | tuple():
                octets += bytes([Element.LIST_START]) + _name(name)
                octets += b"".join(bytes([Element.LIST_ITEM]) + _value(item) for item in value)
                octets += bytes([Element.LIST_END])
            case _:
                octets += bytes([Element.KEY_VALUE]) + _name(name) + _value(value)
    return octets


def _name(name: str) -> bytes:
    octets = name.encode()
    return bytes([len(octets)]) + octets


def _value(value: object) -> bytes:
    octets = str(value).encode()
    return struct.pack(">H", len(octets)) + octets

"""CIMD2 packets as a person writes them in a test: "03:005|021:251911000001|033:Hello"."""

from __future__ import annotations

from chanserv.links.cimd2 import codec, verdicts
from chanserv.links.cimd2.codec import Frames
from chanserv.links.cimd2.packets import Packet
from tests.transcript import Wire


def packet(written: str) -> Packet:
    """Its operation, number, and parameters."""
    header, *parameters = written.split("|")
    operation, _, number = header.partition(":")
    split = [parameter.partition(":") for parameter in parameters]
    return Packet(int(operation), int(number), tuple((int(code), value) for code, _, value in split))


def encode(written: str) -> bytes:
    """The same with its checksum."""
    return codec.encode(packet(written))


def decode(frame: bytes) -> str:
    """And back."""
    read = codec.decode(frame)
    fields = [f"{code:03d}:{value}" for code, value in read.parameters]
    return "|".join([f"{read.operation:02d}:{read.number:03d}", *fields])


WIRE = Wire({"p": packet, **vars(verdicts)}, Frames, decode, encode)

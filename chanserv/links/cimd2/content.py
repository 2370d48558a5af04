"""What a text is in a packet: data coding scheme, header, user data as text or as octets (030, 032, 033, 034).

The data coding scheme is GSM's (3GPP TS 23.038, section 4); 034 with a 7-bit
alphabet holds packed septets. Who writes to whom is not known here.
"""

from __future__ import annotations

import re

import attrs

from chanserv.links.cimd2 import text
from chanserv.links.cimd2.packets import BINARY, CODING, HEADER, TEXT, Packet, Parameters
from chanserv.message import Coding, Segment, Slice
from chanserv.text import gsm7
from chanserv.text.parts import decode, read_udh

SCHEMES = {Coding.GSM7: 0, Coding.UCS2: 8, Coding.OCTETS: 4}
UCS2, OCTETS = "utf-16-be", "latin-1"  # as texts name their encoding
_GENERAL = (Coding.GSM7, Coding.OCTETS, Coding.UCS2, Coding.GSM7)  # bits 3-2; reserved is the default alphabet
_CR = 0x0D


@attrs.frozen
class Content:
    """User data as it was read; `encoding` is "gsm7" or a Python codec's name."""

    body: bytes
    encoding: str
    header: bytes = b""
    segment: Segment | None = None

    @property
    def text(self) -> str:
        return decode(self.body, self.encoding)


def alphabet(scheme: int) -> Coding:
    """Of a data coding scheme; whatever is reserved is GSM 7-bit."""
    match scheme >> 4:
        case group if group < 8:
            return _GENERAL[scheme >> 2 & 3]
        case 0xE:
            return Coding.UCS2
        case 0xF if scheme & 4:
            return Coding.OCTETS
    return Coding.GSM7


def write(coding: Coding, part: Slice, latin: bool = False, scheme: int | None = None) -> Parameters:
    """The parameters of one part. `scheme`: another data coding scheme of the same alphabet."""
    scheme = SCHEMES[coding] if scheme is None else scheme
    found = [(CODING, str(scheme))] if scheme else []
    if part.udh:
        found.append((HEADER, part.udh.hex().upper()))
    if coding is Coding.GSM7:
        found.append((TEXT, text.write(part.body, latin)))
    else:
        found.append((BINARY, part.body.hex().upper()))
    return tuple(found)


def read(packet: Packet) -> Content:
    """Never fails: what is no hexadecimal is nothing, what is both text and octets is text."""
    header = octets(packet.get(HEADER))
    segment = read_udh(header)[0] if header else None
    value = packet.get(TEXT)
    if value is not None:
        body, encoding = _encoded(text.read(value))
    else:
        body, encoding = _decoded(octets(packet.get(BINARY)), packet.integer(CODING) or 0, len(header))
    return Content(body, encoding, header, segment)


def user_data(packet: Packet) -> bytes:
    """Header and body as octets, a septet as one: what is counted and recorded."""
    header, value = octets(packet.get(HEADER)), packet.get(TEXT)
    if value is not None:
        return header + text.septets(text.read(value))
    return header + octets(packet.get(BINARY))


def octets(value: str | None) -> bytes:
    """Of hexadecimal digits of either case."""
    return bytes.fromhex(value) if value and re.fullmatch("([0-9A-Fa-f]{2})*", value) else b""


def _encoded(read: str) -> tuple[bytes, str]:
    """Letters that Latin-1 has and GSM lacks do come: such a text is kept in an encoding that has them."""
    return (gsm7.encode(read), "gsm7") if gsm7.fits(read) else (read.encode("utf-8", "replace"), "utf-8")


def _decoded(body: bytes, scheme: int, header: int) -> tuple[bytes, str]:
    match alphabet(scheme & 0xFF):
        case Coding.UCS2:
            # U+FFFD for an odd octet, which would shift every later segment.
            return (body if len(body) % 2 == 0 else body[:-1] + b"\xff\xfd"), UCS2
        case Coding.OCTETS:
            return body, OCTETS
    return _unpacked(body, header), "gsm7"


def _unpacked(body: bytes, header: int) -> bytes:
    """How many septets there are nobody says: seven bits over are a pad, be they @ or CR (TS 23.038, 6.1.2.3.1)."""
    bits = 8 * len(body) - -8 * header % 7
    found = gsm7.unpack(body, bits // 7, header) if bits > 0 else b""
    return found[:-1] if bits % 7 == 0 and found and found[-1] in (0, _CR) else found

"""The GSM 7-bit default alphabet with its extension table (3GPP TS 23.038, 6.2.1), packed and unpacked.

One septet an octet everywhere but in `pack` and `unpack`. National language
tables, segmentation and any protocol are not known here.
"""

from __future__ import annotations

import codecs

ESC = 0x1B
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
# ESC is no character of its own: a text that holds U+001B is not GSM.
_ENCODE: dict[int, bytes] = {ord(char): bytes([code]) for code, char in enumerate(_BASIC) if code != ESC}
_ENCODE |= {ord(char): bytes([ESC, code]) for code, char in _EXTENSION.items()}
# Octets that are the same character in ASCII and here: most texts hold nothing else.
_SAFE = bytes(code for code in range(0x80) if code != ESC and _BASIC[code] == chr(code))
_DECODE = _BASIC + "�" * 0x80


def encode(text: str) -> bytes:
    """Septets, one an octet, ESC pairs for the extension. Raises UnicodeEncodeError if it is not GSM."""
    if text.isascii():
        octets = text.encode("ascii")
        if not octets.translate(None, _SAFE):
            return octets
    return codecs.charmap_encode(text, "strict", _ENCODE)[0]


def fits(text: str) -> bool:
    """Can every character be said in this alphabet?"""
    try:
        encode(text)
    except UnicodeEncodeError:
        return False
    return True


def decode(septets: bytes) -> str:
    """The text; never fails. ESC and a code without extension give the code's basic character, ESC ESC a space."""
    if ESC not in septets:
        return codecs.charmap_decode(septets, "strict", _DECODE)[0]
    first, *escaped = septets.split(bytes([ESC]))
    text, at = decode(first), 0
    while at < len(escaped):
        chunk = escaped[at]
        if chunk:
            text += _EXTENSION.get(chunk[0], _DECODE[chunk[0]]) + decode(chunk[1:])
        elif at + 1 < len(escaped):  # ESC ESC: reserved for a further table, shown as a space
            at += 1
            text += " " + decode(escaped[at])
        at += 1
    return text


def pack(septets: bytes, header_octets: int = 0) -> bytes:
    """Septets as on the air (TS 23.038, 6.1.2.1): lowest bits first, after the fill bits a header asks for."""
    fill = -8 * header_octets % 7
    bits = sum(septet << (7 * number) for number, septet in enumerate(septets)) << fill
    return bits.to_bytes((fill + 7 * len(septets) + 7) // 8, "little")


def unpack(octets: bytes, count: int, header_octets: int = 0) -> bytes:
    """`count` septets out of packed octets; fewer if they are not there."""
    fill = -8 * header_octets % 7
    count = min(count, (8 * len(octets) - fill) // 7)
    aligned = (int.from_bytes(octets, "little") >> fill).to_bytes(len(octets), "little")
    # Eight septets at a time: to shift all of 64 KiB (a message_payload) for each would take half a second.
    groups = (int.from_bytes(aligned[at : at + 7], "little") for at in range(0, len(aligned), 7))
    return bytes(group >> shift & 0x7F for group in groups for shift in range(0, 56, 7))[: max(count, 0)]


CR = 0x0D


def pack_padded(septets: bytes, header_octets: int = 0, room: int = 140) -> bytes:
    """Packed for a field that counts octets only: seven spare bits would read as @, so they hold CR (6.1.2.3.1).

    For the same reason a CR of the text that ends with an octet gets another, if that fits in `room` octets.
    """
    used = -8 * header_octets % 7 + 7 * len(septets)
    mistaken = septets.endswith(bytes([CR])) and used % 8 == 0 and used // 8 + header_octets < room
    return pack(septets + bytes([CR]) if used % 8 == 1 or mistaken else septets, header_octets)


def unpack_all(octets: bytes, header_octets: int = 0) -> bytes:
    """All the septets of a field that counts octets only; the last, if it may be padding (CR, or bits of 0), is not."""
    bits = max(8 * len(octets) - (-8 * header_octets % 7), 0)
    septets = unpack(octets, bits // 7, header_octets)
    return septets[:-1] if bits % 7 == 0 and septets[-1:] in (b"\r", b"\0") else septets

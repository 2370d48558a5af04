"""Texts into parts and parts into texts: alphabets, segmentation, the user data header (3GPP TS 23.040, 9.2.3.24).

140 octets a part on the air, whatever carries it: 160 septets, 70 UTF-16
units, fewer behind a concatenation header. Which link sends a part, and how
its protocol writes one, is not known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from chanserv.message import Coding, Segment, Slice
from chanserv.text import gsm7
from chanserv.text.cutting import Cutting

OCTETS = 140
MOST_PARTS = 255
NEAR = 5  # a part of text ends behind a space if that costs it no more than a fifth
ORDINARY = Cutting()
_SEPTETS = re.compile(rb"\x1b.|.", re.DOTALL)

# What GSM 7-bit lacks and typographers add; the rest of `plain` is the base letter of a decomposition.
_LIKE = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": "...", "•": "*", "\u00a0": " ", "\u202f": " ",
        "\u2009": " ", "\t": " ", "ª": "a", "º": "o", "×": "x", "™": "TM", "®": "(R)", "©": "(C)",
    }
)  # fmt: skip


def cut(text: str, encoding: str, reference: int, cutting: Cutting = ORDINARY) -> tuple[Coding, tuple[Slice, ...]]:
    """The parts of a text: GSM 7-bit if every character is (and the link can say it), else UTF-16BE.

    `encoding`: "exact", or "plain": what that lacks is replaced by its like if it makes the whole text GSM.
    `reference` marks the parts of one text. Raises ValueError beyond 255 parts.
    """
    if encoding == "plain":
        text = plain(text, _fits(cutting.says))
    coding, whole = _encode(text, cutting.says)
    if cutting.text is not None:
        room = cutting.text[coding is not Coding.GSM7]
        return coding, tuple(Slice(body=body) for body in _texts(coding, whole, room))
    if len(whole) <= _room(coding, 0):
        return coding, (Slice(body=whole),)
    bodies = _fill(_units(coding, whole), _room(coding, 7 if cutting.wide else 6))
    total = len(bodies)
    if total > MOST_PARTS:
        raise ValueError(f"{total} parts; a header can count {MOST_PARTS}")
    if cutting.whole:
        return coding, (Slice(body=whole),)
    return coding, tuple(
        Slice(body=body, udh=concatenation(Segment(reference, total, number, cutting.wide)))
        for number, body in enumerate(bodies, 1)
    )


def weight(coding: Coding, slices: Sequence[Slice]) -> int:
    """How many parts they make on the air: a slice without a header is cut by the carrier."""
    return sum(1 if each.udh else _weight(coding, each.body) for each in slices)


def _weight(coding: Coding, body: bytes) -> int:
    return 1 if len(body) <= _room(coding, 0) else len(_fill(_units(coding, body), _room(coding, 6)))


def _texts(coding: Coding, whole: bytes, room: int) -> list[bytes]:
    """In parts of up to `room` characters (septets, or units of UTF-16), behind a space where one is near the end.

    Raises ValueError beyond 255 of them.
    """
    size = 1 if coding is Coding.GSM7 else 2
    if not room or len(whole) <= room * size:
        return [whole]
    words = _words(_units(coding, whole), b" ".rjust(size, b"\0"), room * size // NEAR)
    bodies = _fill(words, room * size)
    if len(bodies) > MOST_PARTS:
        raise ValueError(f"{len(bodies)} parts; there may be {MOST_PARTS}")
    return bodies


def _words(units: Iterable[bytes], space: bytes, longest: int) -> Iterable[bytes]:
    """Units joined to words, each with its space, in pieces of up to `longest` octets."""
    word = b""
    for unit in units:
        if len(word) + len(unit) > longest:
            yield word
            word = b""
        word += unit
        if unit == space:
            yield word
            word = b""
    yield word


def plain(text: str, fits: Callable[[str], bool] = gsm7.fits) -> str:
    """The text with GSM characters only (those that `fits`), if replacing can make it so; else unchanged."""
    if fits(text):
        return text
    changed = "".join(char if fits(char) else _base(char) for char in text.translate(_LIKE))
    return changed if fits(changed) else text


def _base(char: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)) or char


@lru_cache
def _fits(says: str) -> Callable[[str], bool]:
    """Can every character be said in GSM 7-bit, and in the codec `says` as well?"""
    return (lambda text: _encodes(text, says) and gsm7.fits(text)) if says else gsm7.fits


def _encodes(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _encode(text: str, says: str) -> tuple[Coding, bytes]:
    try:
        if says:
            text.encode(says)
        return Coding.GSM7, gsm7.encode(text)
    except UnicodeEncodeError:
        return Coding.UCS2, text.encode("utf-16-be", "replace")


def _units(coding: Coding, whole: bytes) -> Iterable[bytes]:
    """The pieces no part may split: an ESC pair, a surrogate pair."""
    if coding is Coding.UCS2:
        return [char.encode("utf-16-be") for char in whole.decode("utf-16-be", "replace")]
    return _SEPTETS.findall(whole)


def _room(coding: Coding, header: int) -> int:
    """Octets of a body (septets for GSM) behind `header` octets of user data header (UDHL among them)."""
    if coding is Coding.GSM7:
        return (OCTETS - header) * 8 // 7
    return (OCTETS - header) // 2 * 2


def _fill(units: Iterable[bytes], room: int) -> list[bytes]:
    bodies, body = [], bytearray()
    for unit in units:
        if len(body) + len(unit) > room:
            bodies.append(bytes(body))
            body.clear()
        body += unit
    return [*bodies, bytes(body)]


def concatenation(segment: Segment) -> bytes:
    """The user data header of one part, UDHL first (TS 23.040, 9.2.3.24.1 and .8)."""
    if segment.wide:
        return b"\x06\x08\x04" + (segment.reference % 65536).to_bytes(2, "big") + bytes((segment.total, segment.number))
    return bytes((5, 0, 3, segment.reference % 256, segment.total, segment.number))


def read_udh(octets: bytes) -> tuple[Segment | None, bytes, bytes]:
    """(segment, header, rest) of user data that says it has a header. Tolerant: a header that cannot be is text.

    Broken elements end the reading; of several concatenation elements the last
    that makes sense counts (TS 23.040, 9.2.3.24).
    """
    if not octets or octets[0] + 1 > len(octets) or (octets[0] + 1 == len(octets) and octets[0] == 0):
        return None, b"", octets
    header, rest = octets[: octets[0] + 1], octets[octets[0] + 1 :]
    segment, at = None, 1
    while at + 2 <= len(header):
        kind, size = header[at], header[at + 1]
        data = header[at + 2 : at + 2 + size]
        if len(data) < size:
            break
        segment = _ELEMENTS.get((kind, size), _other)(data) or segment
        at += 2 + size
    return segment, header, rest


def _narrow(data: bytes) -> Segment | None:
    return _segment(data[0], data[1], data[2], False)


def _wide(data: bytes) -> Segment | None:
    return _segment(int.from_bytes(data[:2], "big"), data[2], data[3], True)


def _other(data: bytes) -> Segment | None:
    return None


_ELEMENTS: dict[tuple[int, int], Callable[[bytes], Segment | None]] = {(0x00, 3): _narrow, (0x08, 4): _wide}


def _segment(reference: int, total: int, number: int, wide: bool) -> Segment | None:
    return Segment(reference, total, number, wide) if 0 < number <= total else None


def decode(body: bytes, encoding: str) -> str:
    """The text of octets: `encoding` is "gsm7" or a Python codec name. Never fails; U+FFFD stands for what is none."""
    if encoding == "gsm7":
        return gsm7.decode(body)
    return body.decode(encoding, "replace")


def join(bodies: Iterable[bytes], encoding: str) -> str:
    """One text of several bodies: a surrogate pair may lie across two of them."""
    return decode(b"".join(bodies), encoding)

"""The alphabets an AMsg may be in: one octet a character, or two with an escape.

The specification says IRA and means the GSM default alphabet, unpacked; some
SMSCs want ASCII, or the German variant of ISO 646 (DIN 66003), as Kannel's
alt-charset knows it: GSM with eight letters in other places.
"""

from __future__ import annotations

from typing import Protocol

from chanserv.text import gsm7

# German letter -> its octet; the GSM characters that are there cannot be said then.
_GERMAN = {"§": 0x40, "Ä": 0x5B, "Ö": 0x5C, "Ü": 0x5D, "ä": 0x7B, "ö": 0x7C, "ü": 0x7D, "ß": 0x7E}
_LETTERS = {octet: letter for letter, octet in _GERMAN.items()}


class Alphabet(Protocol):
    """`codec`: what the octets of an AMsg are in a Reply; empty: they must be decoded first."""

    codec: str

    def encode(self, text: str) -> bytes:
        """Raises UnicodeEncodeError."""

    def decode(self, octets: bytes) -> str:
        """Never fails."""


class _Gsm7:
    codec = "gsm7"

    def encode(self, text: str) -> bytes:
        return gsm7.encode(text)

    def decode(self, octets: bytes) -> str:
        return gsm7.decode(octets)


class _Ascii:
    codec = "ascii"

    def encode(self, text: str) -> bytes:
        return text.encode("ascii")

    def decode(self, octets: bytes) -> str:
        return octets.decode("ascii", "replace")


class _German:
    codec = ""

    def encode(self, text: str) -> bytes:
        return b"".join(self._octets(text, at) for at in range(len(text)))

    def _octets(self, text: str, at: int) -> bytes:
        if text[at] in _GERMAN:
            return bytes([_GERMAN[text[at]]])
        octets = gsm7.encode(text[at])
        if octets[0] in _LETTERS:  # not behind an escape
            raise UnicodeEncodeError("german", text, at, at + 1, "a German letter is in its place")
        return octets

    def decode(self, octets: bytes) -> str:
        text, at = "", 0
        while at < len(octets):
            size = 2 if octets[at] == gsm7.ESC else 1
            text += _LETTERS.get(octets[at]) or gsm7.decode(octets[at : at + size])
            at += size
        return text


ALPHABETS: dict[str, Alphabet] = {"gsm7": _Gsm7(), "ascii": _Ascii(), "german": _German()}

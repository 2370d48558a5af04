"""What a data_coding says of a body's octets, and which one ours have (SMPP 3.4, section 5.2.19; TS 23.038, section 4).

The SMSC's default alphabet, data_coding 0, is whatever its owner says it is;
the other numbers are the standard's, unless a link has its own. A name is
that of a Python codec, or "gsm7": one septet an octet.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from chanserv.message import Coding
from chanserv.text import gsm7

GSM, PACKED, UCS2 = "gsm7", "gsm7-packed", "utf-16-be"
OCTETS = "latin-1"  # of what is no text: every octet is some character

NUMBERS = {Coding.GSM7: 0x00, Coding.UCS2: 0x08, Coding.OCTETS: 0x04}
_ENCODINGS = {
    0x00: GSM,
    0x01: "ascii",
    0x02: OCTETS,
    0x03: "latin-1",
    0x04: OCTETS,
    0x05: "shift_jis",
    0x06: "iso8859_5",
    0x07: "iso8859_8",
    0x08: UCS2,
    0x0A: "iso2022_jp",
    0x0D: "euc_jp",  # the only codec of Python's that says JIS X 0212 without escape sequences
    0x0E: "euc_kr",
}
_GENERAL = (GSM, OCTETS, UCS2, GSM)  # bits 3-2 of a GSM data coding scheme


def encoding(data_coding: int) -> str:
    """By the standard; GSM data coding schemes are passed through by many SMSCs."""
    if data_coding in _ENCODINGS:
        return _ENCODINGS[data_coding]
    match data_coding & 0xF0:
        case 0xF0:
            return OCTETS if data_coding & 4 else GSM
        case 0xE0:
            return UCS2
        case 0x10:
            return _GENERAL[data_coding >> 2 & 3]
    return GSM


@attrs.frozen
class Codings:
    """Of one link: its settings `alphabet` and `data_coding`."""

    alphabet: str = GSM
    own: Mapping[str, int] = attrs.field(factory=dict)

    def number(self, coding: Coding) -> int:
        """The data_coding of a part."""
        return self.own.get(coding.value, NUMBERS[coding])

    def encoding(self, data_coding: int) -> str:
        """What a body of the carrier's is; `gsm7-packed` is still to be unpacked."""
        for name, number in self.own.items():
            if number == data_coding:
                return {"gsm7": self.alphabet, "ucs2": UCS2, "octets": OCTETS}[name]
        return encoding(data_coding) if data_coding else self.alphabet

    def written(self, septets: bytes, header_octets: int) -> bytes:
        """A GSM text as this link's alphabet has it. Raises UnicodeEncodeError if it has not all its characters."""
        match self.alphabet:
            case "gsm7":
                return septets
            case "gsm7-packed":
                return gsm7.pack_padded(septets, header_octets)
        return gsm7.decode(septets).encode(self.alphabet)


STANDARD = Codings()

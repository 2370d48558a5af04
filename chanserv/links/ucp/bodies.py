"""What a text of a UCP operation says: MT, NB, the text itself, DCS and UDH in XSer (EMI-UCP 5.2, section 5.1).

Octets and the name of their coding come out; whose text it is, and whether it
may be sent, is not known here.
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadField
from chanserv.links.ucp.addresses import hexadecimal
from chanserv.links.ucp.alphabets import ALPHABETS
from chanserv.links.ucp.operations import (
    CallInput,
    Message,
    MultipleCallInput,
    SupplementaryCallInput,
    Transfer,
)
from chanserv.text import gsm7

SYNTAX, BAD_TYPE = 2, 23
NUMERIC, ALPHANUMERIC, TRANSPARENT = "2", "3", "4"  # MT
UDH, DCS, BILLING = 0x01, 0x02, 0x0C  # XSer
UCS2, GSM7 = "utf-16-be", "gsm7"

Text = CallInput | MultipleCallInput | SupplementaryCallInput | Transfer | Message
Services = tuple[tuple[int, bytes], ...]


@attrs.frozen(kw_only=True)
class Body:
    """`encoding`: "gsm7" or a Python codec name."""

    octets: bytes
    encoding: str
    udh: bytes = b""


def services(xser: str) -> Services:
    """Extra services: type and data of each. Raises BadField if one runs over the end."""
    octets, at, found = hexadecimal(xser), 0, []
    while at < len(octets):
        size = octets[at + 1] if at + 1 < len(octets) else len(octets)
        data = octets[at + 2 : at + 2 + size]
        if len(data) < size:
            raise BadField("XSer is shorter than it says", SYNTAX)
        found.append((octets[at], data))
        at += 2 + size
    return tuple(found)


def xser(found: Services) -> str:
    """The same, written."""
    return b"".join(bytes((kind, len(data))) + data for kind, data in found).hex().upper()


def readable(text: Text) -> Services:
    """Its extra services; none if they cannot be read: the text comes first."""
    if not isinstance(text, Message):
        return ()
    try:
        return services(text.xser)
    except BadField:
        return ()


def body(text: Text, alphabet: str = "gsm7") -> Body:
    """What it says. `alphabet`: of an AMsg. Raises BadField if that cannot be read."""
    found = dict(readable(text))
    kind = ALPHANUMERIC if isinstance(text, Transfer) else text.mt
    udh = found.get(UDH, b"")
    match kind:
        case "3":
            return _alphanumeric(hexadecimal(text.msg), alphabet, udh)
        case "4" if not isinstance(text, Transfer):
            octets = hexadecimal(text.msg)
            return _transparent(octets, text.nb, found.get(DCS, b""), udh)
        case "1" | "2":
            return Body(octets=text.msg.encode("latin-1", "replace"), encoding="latin-1", udh=udh)
    raise BadField(f"message type {kind or 'missing'}", BAD_TYPE)


def _alphanumeric(octets: bytes, alphabet: str, udh: bytes) -> Body:
    chosen = ALPHABETS[alphabet]
    if not octets.isascii():  # eight bits are in none of them: Latin letters, as SMSCs have them
        return Body(octets=octets, encoding="latin-1", udh=udh)
    if chosen.codec:
        return Body(octets=octets, encoding=chosen.codec, udh=udh)
    return Body(octets=chosen.decode(octets).encode("utf-8"), encoding="utf-8", udh=udh)


def _transparent(octets: bytes, nb: str, dcs: bytes, udh: bytes) -> Body:
    """NB counts bits; where it is missing or too many, all octets count."""
    bits = int(nb) if nb.isascii() and nb.isdigit() else 8 * len(octets)
    bits = min(bits, 8 * len(octets))
    encoding = coding(dcs[0]) if dcs else "latin-1"
    if encoding == GSM7 and bits % 8:
        return Body(octets=gsm7.unpack(octets, bits // 7), encoding=GSM7, udh=udh)
    octets = octets[: (bits + 7) // 8]
    if encoding == UCS2 and len(octets) % 2:
        octets = octets[:-1] + b"\xff\xfd"  # U+FFFD for the odd one, which would shift every later segment
    return Body(octets=octets, encoding=encoding, udh=udh)


def coding(dcs: int) -> str:
    """What a data coding scheme says of the octets (TS 23.038, section 4)."""
    match dcs >> 4:
        case 0xF:
            return "latin-1" if dcs & 4 else GSM7
        case 0xE:
            return UCS2
        case group if group < 8:
            return (GSM7, "latin-1", UCS2, GSM7)[dcs >> 2 & 3]
    return GSM7

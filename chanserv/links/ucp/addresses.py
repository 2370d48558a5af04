"""Numbers and names as UCP writes them: AdC and OAdC with OTOA (EMI-UCP 5.2, section 5.1).

How a number may be dialled, and what a channel is called, is not known here.
"""

from __future__ import annotations

from chanserv.errors import BadField
from chanserv.links.ucp.operations import ADDRESS
from chanserv.text import gsm7
from chanserv.text.numbers import INTERNATIONAL, TEXT, digits, from_ton, possible

SYNTAX, ADC_INVALID = 2, 6
NUMBER, NAME = "1139", "5039"  # OTOA: an international number, alphanumeric
_PREFIX = {"digits": "", "plus": "+", "00": "00"}


def recipient(number: str, international: str) -> str:
    """AdC of one of our texts; `international`: how +… is written. Raises BadField."""
    prefix = _PREFIX[international] if number.startswith("+") else ""
    written = prefix + digits(number)
    if len(written) > ADDRESS:
        raise BadField(f"a number of {len(written)} characters, AdC holds {ADDRESS}", ADC_INVALID)
    return written


def originator(sender: str) -> tuple[str, str]:
    """OAdC and OTOA of one of our texts: +digits 1139, a name 5039, a short code plain. Raises BadField."""
    if not possible(sender) and digits(sender) != sender:
        return packed(sender), NAME
    bare = digits(sender)
    if len(bare) > ADDRESS:
        raise BadField(f"a number of {len(bare)} digits, OAdC holds {ADDRESS}", SYNTAX)
    return bare, NUMBER if sender.startswith("+") else ""


def packed(name: str) -> str:
    """The count of its half octets, then septets packed, all hexadecimal: at most 11 septets; ? for what GSM lacks."""
    septets = b""
    for char in name:
        more = gsm7.encode(char) if gsm7.fits(char) else b"?"
        if len(septets) + len(more) > TEXT:
            break
        septets += more
    return f"{(7 * len(septets) + 3) // 4:02X}{gsm7.pack(septets).hex().upper()}"


def unpacked(oadc: str) -> str:
    """The name again. Of a count that cannot be, what octets there are; raises BadField if it is not hexadecimal."""
    octets = hexadecimal(oadc)
    count = min(octets[0] * 4 // 7, len(octets[1:]) * 8 // 7) if octets else 0
    septets = gsm7.unpack(octets[1:], count)
    if count and count % 8 == 0 and septets[-1] == 0:  # seven septets fill 49 of 56 bits: the rest looks like @
        septets = septets[:-1]
    return gsm7.decode(septets)


def address(number: str, otoa: str = "") -> str:
    """What a carrier wrote: `+digits` where it says so, a name, else as it came."""
    if otoa == NAME:
        try:
            return unpacked(number)
        except BadField:
            return number
    return from_ton(INTERNATIONAL if otoa == NUMBER else 0, 0, number.encode("latin-1", "replace"))


def hexadecimal(value: str) -> bytes:
    """Raises BadField."""
    try:
        if value.isalnum() or not value:  # fromhex skips blanks
            return bytes.fromhex(value)
    except ValueError:
        pass
    raise BadField("a field that is not hexadecimal", SYNTAX)

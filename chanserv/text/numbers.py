"""Phone numbers and other addresses: digits, E.164, and how SMSCs type them.

National rules come from the `phonenumbers` library. Whether a number may be
dialled on some link, or belongs to a channel, is not known here.
"""

from __future__ import annotations

import re

import phonenumbers

from chanserv.text import gsm7

SHORT = 6  # digits of the longest short code
LONGEST = 20  # digits an SMPP address field holds
TEXT = 11  # septets of the longest alphanumeric address
_NOT_DIGITS = re.compile(r"[^0-9]+")
_NUMBER = re.compile(r"\+?[0-9][0-9 ().\-/]*")

_PRINTED = 0x20  # the first octet that is no control character
INTERNATIONAL, NATIONAL, NETWORK, ALPHANUMERIC = 1, 2, 3, 5  # TON, SMPP 3.4 section 5.2.5
ISDN = 1  # NPI, section 5.2.6


def digits(address: str) -> str:
    """Its digits, nothing else: what two writings of a number are compared by."""
    return address if address.isascii() and address.isdigit() else _NOT_DIGITS.sub("", address)


def country_known(code: str) -> bool:
    """Are there national rules under this code (ISO 3166)?"""
    return code in phonenumbers.SUPPORTED_REGIONS


def e164(number: str, country: str | None) -> str:
    """`+digits` where that can be known, else the digits as given.

    A leading + is believed. Without it, `country` (ISO 3166) tells what a
    national number means; short codes, and whatever is no number there, stay.
    """
    number = number.strip()
    if number.startswith("+"):
        return "+" + digits(number)
    bare = digits(number)
    if country is None or not SHORT < len(bare) <= LONGEST:
        return bare
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return bare
    if not phonenumbers.is_possible_number(parsed):
        return bare
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def possible(number: str) -> bool:
    """Is there anything to dial?"""
    return bool(_NUMBER.fullmatch(number.strip())) and 1 < len(digits(number)) <= LONGEST


def ton_npi(address: str) -> tuple[int, int, bytes]:
    """TON, NPI and the address field for one of ours: +digits 1/1, short code 3/0, digits 0/1, text 5/0.

    An alphanumeric address is at most 11 septets (TS 23.040, 9.1.2.5), written one an octet; none at all is 0/0.
    """
    bare = digits(address)
    if _NUMBER.fullmatch(address):
        if address.startswith("+"):
            return INTERNATIONAL, ISDN, bare[:LONGEST].encode("ascii")
        if len(bare) <= SHORT:
            return NETWORK, 0, bare.encode("ascii")
        return 0, ISDN, bare[:LONGEST].encode("ascii")
    return (ALPHANUMERIC if address else 0), 0, _alphanumeric(address)


def _alphanumeric(address: str) -> bytes:
    """What GSM lacks becomes ?, and @, whose septet is NUL, an octet that can stand before one."""
    known = b""
    for char in address:
        septets = gsm7.encode(char) if gsm7.fits(char) else b"?"
        if len(known) + len(septets) > TEXT:
            break
        known += septets
    return known.replace(b"\0", b"@")


def from_ton(ton: int, npi: int, address: bytes) -> str:
    """An address as an SMSC wrote it: TON 1, + or 00 in front give `+digits`, text stays text.

    Control characters in a name are letters of GSM, as some SMSCs pass names on.
    """
    if ton == ALPHANUMERIC and min(address, default=_PRINTED) < _PRINTED:
        return gsm7.decode(address)
    text = address.decode("latin-1").strip()
    if ton == ALPHANUMERIC or not _NUMBER.fullmatch(text):
        return text
    bare = digits(text)
    if text.startswith("+"):
        return "+" + bare
    if text.startswith("00") and len(bare) > SHORT:
        return "+" + bare[2:]
    return "+" + bare if ton == INTERNATIONAL and len(bare) > SHORT else bare


def national(number: str, country: str) -> str:
    """The digits dialled within `country` (ISO 3166), without a trunk prefix; of a number elsewhere, all it has."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return digits(number)
    if country not in phonenumbers.region_codes_for_country_code(parsed.country_code or 0):
        return digits(number)
    return str(phonenumbers.national_significant_number(parsed))

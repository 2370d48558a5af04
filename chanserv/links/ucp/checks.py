"""What an SMSC finds wrong in a text whose frame is right (EMI-UCP 5.2, sections 5 and 6.1).

One table: a test and the error code it earns; the first hit answers. A client
reads the same things with more patience (`bodies`). Whether the text may come
now, and what becomes of it, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from chanserv.errors import BadField
from chanserv.links.ucp.addresses import NAME, hexadecimal
from chanserv.links.ucp.bodies import UDH, Text, services
from chanserv.links.ucp.operations import ADDRESS, Message, Transfer
from chanserv.text.parts import OCTETS

SYNTAX, ADC_INVALID, BAD_PERIOD, BAD_TYPE, TOO_LONG = 2, 6, 22, 23, 24
TYPES = "2", "3", "4"

_NUMBER = re.compile(r"\+?\d+")
# DDMMYYHHmm
_MOMENT = re.compile(r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d([01]\d|2[0-3])[0-5]\d")


def status(text: Text) -> int:
    """The error code this text earns by its values alone; 0 if nothing is wrong."""
    return next((code for wrong, code in _CHECKS if wrong(text)), 0)


def _kind(text: Text) -> str:
    return "3" if isinstance(text, Transfer) else text.mt


def _no_recipient(text: Text) -> bool:
    adc = getattr(text, "adc", "")
    return not _NUMBER.fullmatch(adc) or len(adc) > ADDRESS


def _no_type(text: Text) -> bool:
    return _kind(text) not in TYPES


def _no_octets(text: Text) -> bool:
    if _kind(text) == "2":
        return not text.msg.isdecimal()
    return not _is_hexadecimal(text.msg)


def _is_hexadecimal(value: str) -> bool:
    try:
        hexadecimal(value)
    except BadField:
        return False
    return True


def _wrong_bits(text: Text) -> bool:
    if isinstance(text, Transfer) or text.mt != "4":
        return False
    return not text.nb.isdecimal() or int(text.nb) > 4 * len(text.msg)


def _no_services(text: Text) -> bool:
    try:
        return isinstance(text, Message) and not services(text.xser) and bool(text.xser)
    except BadField:
        return True


def _no_name(text: Text) -> bool:
    """The count of half octets and the octets must agree."""
    if not isinstance(text, Message) or text.otoa != NAME:
        return False
    return not _is_hexadecimal(text.oadc) or not text.oadc or int(text.oadc[:2], 16) > len(text.oadc) - 2


def _too_long(text: Text) -> bool:
    if _kind(text) == "2":
        return len(text.msg) > 160
    header = len(dict(services(text.xser)).get(UDH, b"")) if isinstance(text, Message) else 0
    room = OCTETS - header
    return len(text.msg) // 2 > (room if _kind(text) == "4" else room * 8 // 7)


def _no_moment(text: Text) -> bool:
    if not isinstance(text, Message | Transfer):
        return False
    return any(moment and not _MOMENT.fullmatch(moment) for moment in (text.vp, text.ddt))


_CHECKS: tuple[tuple[Callable[[Text], bool], int], ...] = (
    (_no_recipient, ADC_INVALID),
    (_no_type, BAD_TYPE),
    (_no_octets, SYNTAX),
    (_wrong_bits, SYNTAX),
    (_no_services, SYNTAX),
    (_no_name, SYNTAX),
    (_too_long, TOO_LONG),
    (_no_moment, BAD_PERIOD),
)

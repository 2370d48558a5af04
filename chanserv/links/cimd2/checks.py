"""What an SMSC finds wrong in a request whose octets are right: the table of parameters, and a few rules on top.

Whether the request may come now, and what becomes of it, is not known here.
"""

from __future__ import annotations

from chanserv.links.cimd2 import content
from chanserv.links.cimd2.packets import (
    ALPHA_ORIGINATOR,
    BINARY,
    CANCEL,
    CANCEL_MODE,
    CODING,
    DELIVERY_REQUEST,
    DESTINATION,
    ENQUIRE,
    FIRST,
    FIRST_ABSOLUTE,
    GET,
    GET_NAME,
    HEADER,
    LOGIN,
    ORIGINATOR,
    PASSWORD,
    SET,
    STAMP,
    SUBMIT,
    SYNTAX,
    TEXT,
    USER,
    VALIDITY,
    VALIDITY_ABSOLUTE,
    Packet,
    fault,
)
from chanserv.message import Coding
from chanserv.text.parts import OCTETS

NO_DESTINATION, USER_DATA = 300, 302

# Error of a parameter that is missing.
_MANDATORY: dict[int, tuple[tuple[int, int], ...]] = {
    LOGIN: ((USER, 100), (PASSWORD, 100)),
    SUBMIT: ((DESTINATION, NO_DESTINATION),),
    ENQUIRE: ((DESTINATION, 400), (STAMP, 401)),
    CANCEL: ((CANCEL_MODE, 602),),
    SET: ((PASSWORD, 800),),
    GET: ((GET_NAME, 900),),
}
# Error of one that is wrong, where the operation has its own.
_OWN = {
    (ENQUIRE, DESTINATION): 400,
    (CANCEL, DESTINATION): 601,
    (CANCEL, STAMP): 600,
    (DELIVERY_REQUEST, STAMP): 500,
}
# Never both.
_EITHER = (
    (TEXT, BINARY, 303),
    (VALIDITY, VALIDITY_ABSOLUTE, 305),
    (FIRST, FIRST_ABSOLUTE, 308),
    (ORIGINATOR, ALPHA_ORIGINATOR, 306),
)


def error(packet: Packet) -> int:
    """The error code this request earns by its values alone; 0 if nothing is wrong."""
    for code, value in packet.parameters:
        if wrong := fault(code, value):
            return _OWN.get((packet.operation, code), wrong)
    codes = [code for code, _ in packet.parameters if code != DESTINATION]
    if len(codes) != len(set(codes)):
        return SYNTAX
    for code, missing in _MANDATORY.get(packet.operation, ()):
        if packet.get(code) is None:
            return missing
    return _submit(packet) if packet.operation == SUBMIT else 0


def _submit(packet: Packet) -> int:
    for one, other, both in _EITHER:
        if packet.get(one) is not None and packet.get(other) is not None:
            return both
    return 0 if _fits(packet) else USER_DATA


def _fits(packet: Packet) -> bool:
    """140 octets on the air, header and all; an unpacked septet is seven bits."""
    header = len(content.octets(packet.get(HEADER)))
    units = len(content.user_data(packet)) - header
    septets = packet.get(TEXT) is not None
    if not septets and content.alphabet(packet.integer(CODING) or 0) is Coding.UCS2 and units % 2:
        return False
    return units <= ((OCTETS - header) * 8 // 7 if septets else OCTETS - header)

"""What the SMSC's responses say to those who asked: values for `links.events`."""

from __future__ import annotations

from chanserv.links.cimd2 import verdicts
from chanserv.links.cimd2.packets import (
    DESTINATION,
    ENQUIRE,
    ERROR,
    ERROR_TEXT,
    GENERAL_ERROR,
    STAMP,
    STATUS,
    STATUS_ERROR,
    Packet,
)
from chanserv.links.cimd2.requests import Request, Sort
from chanserv.links.events import Answered, Replied
from chanserv.message import Status, line


def error(response: Packet) -> int:
    """Its error code; 0: none. A general error is one, whether it has a code or not."""
    if response.get(ERROR) is None and response.operation != GENERAL_ERROR:
        return 0
    code = response.integer(ERROR)
    return verdicts.GENERAL if code is None or (code == 0 and response.operation == GENERAL_ERROR) else code


def words(response: Packet) -> str:
    """What the SMSC said beside the code."""
    return line(response.get(ERROR_TEXT) or "")


def told(request: Request, response: Packet) -> Answered | Replied:
    """What an answer to a part or to a question tells."""
    return answered(request, response) if request.sort is Sort.PART else replied(request, response)


def answered(request: Request, response: Packet) -> Answered:
    """To a part. Its name is its number and second, as the SMSC wrote them."""
    stamp = response.get(STAMP)
    to = response.get(DESTINATION) or request.submit.packet.get(DESTINATION) or ""
    name = f"{to}:{stamp}".encode("latin-1") if stamp else b""
    return Answered(request.sequence, error(response), name, words(response))


def replied(request: Request, response: Packet) -> Replied:
    """To a question, or to a wish to cancel: that is granted, or refused with an error."""
    code = error(response)
    if code:
        return Replied(request.sequence, code, None, words(response) or verdicts.name(code))
    if request.operation != ENQUIRE:
        return Replied(request.sequence, 0)
    return Replied(request.sequence, 0, *fate(response))


def fate(packet: Packet) -> tuple[Status, str]:
    """How far a message has come (061), and why no further (062). A code that is in no table says nothing."""
    code = packet.integer(STATUS)
    said, status = verdicts.STATES.get(code if code is not None else 0, (f"status {code}", Status.SENT))
    cause = verdicts.cause(packet.integer(STATUS_ERROR) or 0)
    return status, f"{said}: {cause}" if cause else said

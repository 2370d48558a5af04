"""A part as operation 51 or 01 (EMI-UCP 5.2, sections 4.4 and 5.2). When it is sent, and what became of it, is not
known here.
"""

from __future__ import annotations

from chanserv.errors import BadField
from chanserv.links.ucp import stamps
from chanserv.links.ucp.addresses import NAME, originator, recipient
from chanserv.links.ucp.alphabets import ALPHABETS
from chanserv.links.ucp.bodies import ALPHANUMERIC, BILLING, DCS, TRANSPARENT, UDH, xser
from chanserv.links.ucp.operations import CallInput, Operation, Submit
from chanserv.links.ucp.terms import Submission
from chanserv.message import Coding, Part, Work
from chanserv.settings import UcpSettings
from chanserv.text import gsm7
from chanserv.text.parts import OCTETS, read_udh

SYNTAX, BAD_CHARACTERS = 2, 28
DCS_UCS2 = b"\x08"
BARE = 6, 7  # octets of a header that only says where a part belongs


def submission(work: Work, part: Part, settings: UcpSettings) -> Submission:
    """Raises BadField if UCP, or what the account allows of it, cannot say it."""
    make = _submit if settings.operation == "51" else _call_input
    return Submission(operation=make(work, part, settings), to=work.to, message=work.message)


def _submit(work: Work, part: Part, own: UcpSettings) -> Operation:
    oadc, otoa = originator(work.sender or own.account)
    mt, msg, dcs = _text(work.coding, part, own.alphabet)
    services = [(UDH, part.slice.udh)] if part.slice.udh else []
    services += [(DCS, dcs)] if dcs else []
    services += [(BILLING, own.billing.encode("latin-1", "replace"))] if own.billing else []
    transparent, notify = mt == TRANSPARENT, own.receipts != "none" and own.notify
    return Submit(
        adc=recipient(work.to, own.international),
        oadc=oadc,
        ac=own.authentication.reveal() if own.authentication else "",
        nrq="1" if notify else "",
        nt=str(own.notify) if notify else "",
        nadc=(own.notify_address or "") if notify else "",
        npid=(own.notify_pid or "") if notify else "",
        vp=stamps.minute(work.expires, own.zone) if own.validity_period == "absolute" else "",
        mt=mt,
        nb=f"{8 * len(msg):04d}" if transparent else "",
        msg=msg.hex().upper(),
        pr="" if own.priority is None else str(own.priority),
        mcls="1" if transparent and not dcs else "",  # one of the two must be there; Kannel says 1
        otoa=otoa,
        xser=xser(tuple(services)),
    )


def _call_input(work: Work, part: Part, own: UcpSettings) -> Operation:
    """01 has no XSer: a mere concatenation header is left out, the parts arrive as so many texts."""
    segment = read_udh(part.slice.udh)[0]
    if part.slice.udh and (segment is None or len(part.slice.udh) not in BARE):
        raise BadField("operation 01 cannot carry a user data header", SYNTAX)
    if work.coding is not Coding.GSM7:
        raise BadField(f"operation 01 cannot say {work.coding}", BAD_CHARACTERS)
    octets = _encoded(gsm7.decode(part.slice.body), own.alphabet)
    oadc, otoa = originator(work.sender or own.account)
    if otoa == NAME:
        raise BadField("operation 01 has no name for a sender", SYNTAX)
    return CallInput(
        adc=recipient(work.to, own.international),
        oadc=oadc,
        ac=own.authentication.reveal() if own.authentication else "",
        mt=ALPHANUMERIC,
        msg=octets.hex().upper(),
    )


def _text(coding: Coding, part: Part, alphabet: str) -> tuple[str, bytes, bytes]:
    """MT, octets and DCS. What the account's alphabet lacks goes as UCS-2 if it is one part and fits."""
    body = part.slice.body
    if coding is not Coding.GSM7:
        return TRANSPARENT, body, DCS_UCS2 if coding is Coding.UCS2 else b""
    if alphabet == "gsm7":
        return ALPHANUMERIC, body, b""
    text = gsm7.decode(body)
    wide = text.encode("utf-16-be")
    try:
        return ALPHANUMERIC, _encoded(text, alphabet), b""
    except BadField:
        if part.slice.udh or len(wide) > OCTETS:
            raise
    return TRANSPARENT, wide, DCS_UCS2


def _encoded(text: str, alphabet: str) -> bytes:
    try:
        return ALPHABETS[alphabet].encode(text)
    except UnicodeEncodeError as fault:
        raise BadField(f"{fault.object[fault.start]!r} is not in the alphabet {alphabet}", BAD_CHARACTERS)

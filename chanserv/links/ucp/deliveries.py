"""What an SMSC delivers: receipts (53) and texts from handsets (52, and 01, 02, 03, 30 of older ones).

Whose part a receipt speaks of, and whether a text came before, the store finds out.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any

import attrs

from chanserv.errors import BadField
from chanserv.links.spacing import alike
from chanserv.links.ucp import reasons, stamps
from chanserv.links.ucp.addresses import NAME, NUMBER, address
from chanserv.links.ucp.bodies import Text, body
from chanserv.links.ucp.operations import (
    CallInput,
    Deliver,
    MultipleCallInput,
    Notification,
    Operation,
    SupplementaryCallInput,
    Transfer,
)
from chanserv.message import Receipt, Reply, Status, clean, line
from chanserv.settings import UcpSettings
from chanserv.text.parts import read_udh

TEXTS = (Deliver, CallInput, MultipleCallInput, SupplementaryCallInput, Transfer)
FATES = {
    "0": (Status.DELIVERED, "delivered"),
    "1": (Status.SENT, "buffered"),
    "2": (Status.FAILED, "not delivered"),
}
# AdC:SCTS anywhere in a system message, or a stamp alone at its end.
_NAMED = re.compile(r"(?<!\d)(\d{1,20})\s*:\s*(\d{12})(?!\d)|(?<!\d)(\d{12})\s*$")


def named(sm: str, adc: str) -> str:
    """What a result calls a text that went to `adc`: AdC:SCTS; empty if it gives no stamp."""
    for found in _NAMED.finditer(sm):
        number, stamp = found[1] or adc, found[2] or found[3]
        if stamps.moment(stamp):
            return f"{number}:{stamp}"
    return ""


def carrier_id(name: str) -> str:
    """AdC:SCTS as it is kept. Of the number only what every writing of it has in common: one SMSC writes it as it
    came in its result, and with another prefix, or none, in its notification."""
    number, colon, stamp = name.rpartition(":")
    return f"{alike(number)}:{stamp}" if colon and len(stamp) == 12 and stamp.isascii() and stamp.isdigit() else ""


def read(pdu: Any, now: float, own: UcpSettings) -> Receipt | Reply | None:
    """None: neither."""
    if isinstance(pdu, Notification):
        return _receipt(pdu, own)
    try:
        return _reply(pdu, now, own) if isinstance(pdu, TEXTS) else None
    except BadField:
        return None


def _receipt(pdu: Notification, own: UcpSettings) -> Receipt:
    name = carrier_id(f"{pdu.oadc}:{pdu.scts}")
    status, word = FATES.get(pdu.dst, (Status.SENT, f"Dst {pdu.dst}"))
    return Receipt(
        link=own.name,
        carrier_ids=(name,) if name else (),
        status=status,
        reason=line(", ".join(filter(None, (word, reasons.words(pdu.rsn))))),
        to=clean(address(pdu.oadc, pdu.otoa if pdu.otoa == NUMBER else "")),
        sender=clean(address(pdu.adc, "" if pdu.adc.isdigit() and pdu.otoa != NAME else NAME)),
        at=stamps.moment(pdu.dscts, own.zone),
    )


def _reply(pdu: Text, now: float, own: UcpSettings) -> Reply:
    said = body(pdu, own.alphabet)
    scts, otoa = (pdu.scts, pdu.otoa) if isinstance(pdu, Deliver) else ("", "")
    stamped = stamps.moment(scts, own.zone)
    return Reply(
        link=own.name,
        sender=clean(address(pdu.oadc, otoa)),
        to=clean(address(_to(pdu))),
        body=said.octets,
        encoding=said.encoding,
        segment=read_udh(said.udh)[0],
        vendor_id=_digest(pdu) if stamped else "",
        digest="" if stamped else _digest(pdu),
        at=min(stamped, now) if stamped else now,
    )


def _to(pdu: Text) -> str:
    return pdu.radc[0] if isinstance(pdu, MultipleCallInput) and pdu.radc else getattr(pdu, "adc", "")


def _digest(pdu: Operation) -> str:
    """Of everything but its number: addresses, stamp and text are what an SMSC repeats, and all else with them."""
    values = repr(attrs.astuple(attrs.evolve(pdu, trn=0), recurse=False))
    return blake2b(values.encode("utf-8"), digest_size=16).hexdigest()

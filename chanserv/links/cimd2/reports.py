"""What an SMSC delivers: status reports (23) and texts from handsets (20), as values of the gateway.

Whose part a report speaks of, the store finds out.
"""

from __future__ import annotations

from hashlib import blake2b

from chanserv.links.cimd2 import answers, content, stamps
from chanserv.links.cimd2.packets import (
    BINARY,
    CODING,
    DESTINATION,
    DISCHARGED,
    HEADER,
    ORIGINATOR,
    STAMP,
    TEXT,
    Packet,
)
from chanserv.message import Receipt, Reply, clean
from chanserv.text.numbers import digits, from_ton

_SAID = (DESTINATION, ORIGINATOR, STAMP, CODING, HEADER, TEXT, BINARY)


def name(to: str, stamp: str) -> str:
    """How the SMSC's number and second are kept: the same whether it writes +, 00 or neither in front."""
    return f"{digits(to).removeprefix('00')}:{digits(stamp)}"


def canonical(named: str) -> str:
    """The same of the two as they stand in an answer, a colon between; empty if one of them is missing."""
    to, _, stamp = named.rpartition(":")
    return name(to, stamp) if digits(to) and digits(stamp) else ""


def report(packet: Packet, link: str, zone: float | None) -> Receipt:
    """Without number or second it is nobody's."""
    to, stamp = packet.get(DESTINATION) or "", packet.get(STAMP) or ""
    status, reason = answers.fate(packet)
    return Receipt(
        link=link,
        carrier_ids=(named,) if (named := canonical(f"{to}:{stamp}")) else (),
        status=status,
        reason=reason,
        to=address(to),
        sender=address(packet.get(ORIGINATOR) or ""),
        at=0.0 if zone is None else stamps.read(packet.get(DISCHARGED), zone),
    )


def text(packet: Packet, link: str, zone: float | None, now: float) -> Reply | None:
    """None without an originator: nobody to tell of. `now` is its time where the SMSC's is not known.

    The addresses, the second and the text tell a text from every other; where the SMSC gives no second, two equal
    texts of one person may be two.
    """
    sender, stamp = address(packet.get(ORIGINATOR) or ""), packet.get(STAMP)
    if not sender:
        return None
    read = content.read(packet)
    said = _fingerprint(packet)
    return Reply(
        link=link,
        sender=sender,
        to=address(packet.get(DESTINATION) or ""),
        body=read.body,
        encoding=read.encoding,
        segment=read.segment,
        vendor_id=said if stamp else "",
        digest="" if stamp else said,
        at=(0.0 if zone is None else stamps.read(stamp, zone)) or now,
    )


def address(written: str) -> str:
    """`+digits` where the SMSC says that it is international."""
    return clean(from_ton(0, 0, written.encode("latin-1")))


def _fingerprint(packet: Packet) -> str:
    said = "\t".join(f"{code}:{packet.get(code) or ''}" for code in _SAID)
    return blake2b(said.encode("utf-8"), digest_size=16).hexdigest()

"""A text from a handset (MO) out of a deliver_sm or data_sm: its octets, what they are, which segment it is.

A carrier's coding is taken at its word only where its octets bear it out.
Which channel a text is for, and when its segments are joined, is not known here.
"""

from __future__ import annotations

from hashlib import blake2b

import attrs

from chanserv.links.smpp import tlvs
from chanserv.links.smpp.coding import GSM, PACKED, STANDARD, UCS2, Codings
from chanserv.links.smpp.pdus import DataSm, DeliverSm
from chanserv.message import Reply, Segment, clean
from chanserv.text import gsm7
from chanserv.text.numbers import from_ton
from chanserv.text.parts import MOST_PARTS, read_udh

Delivered = DeliverSm | DataSm

UDHI = 0x40  # bit of esm_class: a user data header is in front (SMPP 3.4, section 5.2.12)


def mo(pdu: Delivered, link: str, at: float, codings: Codings = STANDARD) -> Reply:
    """A handset's text, or one segment of it; `at`: when it reached us (seconds since the epoch)."""
    body, segment, header = payload(pdu), _sar(pdu), b""
    if pdu.esm_class & UDHI:
        own, header, body = read_udh(body)
        segment = own or segment
    body, code = _actual(body, codings.encoding(pdu.data_coding), len(header))
    return Reply(
        link=link,
        sender=address(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr),
        to=address(pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr),
        body=body,
        encoding=code,
        segment=segment,
        digest=fingerprint(pdu),
        at=at,
    )


def payload(pdu: Delivered) -> bytes:
    """The user data: short_message, or message_payload where that is empty."""
    short = pdu.short_message if isinstance(pdu, DeliverSm) else b""
    return short or pdu.tlv(tlvs.MESSAGE_PAYLOAD) or b""


def address(ton: int, npi: int, octets: bytes) -> str:
    """One of the carrier's, as it is kept."""
    return clean(from_ton(ton, npi, octets))


def fingerprint(pdu: Delivered) -> str:
    """Of everything but its sequence number: what a carrier repeats octet for octet."""
    values = repr(attrs.astuple(attrs.evolve(pdu, sequence=0), recurse=False))
    return blake2b(values.encode("utf-8"), digest_size=16).hexdigest()


def _actual(body: bytes, code: str, header_octets: int) -> tuple[bytes, str]:
    """What carriers do to a coding: 8-bit text as GSM or ASCII, byte order marks, odd octets."""
    if code == PACKED:
        return gsm7.unpack_all(body, header_octets), GSM
    if code in (GSM, "ascii", "utf-8") and not body.isascii():
        return body, "utf-8" if _is_utf8(body) else "latin-1"
    if code != UCS2:
        return body, code
    if len(body) % 2:
        body = body[:-1] + b"\xff\xfd"  # U+FFFD for the odd one, which would shift every later segment
    marked = {b"\xfe\xff": UCS2, b"\xff\xfe": "utf-16-le"}.get(body[:2])
    return (body[2:], marked) if marked else (body, code)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _sar(pdu: Delivered) -> Segment | None:
    reference = pdu.number(tlvs.SAR_MSG_REF_NUM)
    total = pdu.number(tlvs.SAR_TOTAL_SEGMENTS)
    number = pdu.number(tlvs.SAR_SEGMENT_SEQNUM)
    if reference is None or total is None or number is None or not 0 < number <= total:
        return None
    if reference > 0xFFFF or total > MOST_PARTS:  # no header can say this
        return None
    return Segment(reference, total, number, True)

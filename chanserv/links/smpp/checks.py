"""What an SMSC finds wrong in a request whose octets are right (SMPP 3.4, sections 4.4, 4.8 and 5.2).

One table a command: a test and the command_status it earns; the first hit
answers. Whether the request may come now, and what becomes of it, is not
known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chanserv.links.smpp import moments, tlvs
from chanserv.links.smpp.coding import encoding
from chanserv.links.smpp.pdus import CancelSm, DataSm, Pdu, QuerySm, ReplaceSm, SubmitMulti, SubmitSm
from chanserv.links.smpp.texts import UDHI
from chanserv.links.smpp.verdicts import ESME_ROK

HIGHEST_PRIORITY = 3

Check = tuple[Callable[[Any], object], int]


def status(pdu: Pdu) -> int:
    """The command_status this request earns by its values alone; ESME_ROK if nothing is wrong."""
    for wrong, code in _CHECKS.get(type(pdu), ()):
        if wrong(pdu):
            return code
    return ESME_ROK


def user_data(pdu: SubmitSm) -> bytes:
    """short_message, or message_payload where that is empty."""
    return pdu.short_message or (pdu.tlv(tlvs.MESSAGE_PAYLOAD) or b"" if pdu.tlvs else b"")


def _no_moment(moment: bytes) -> bool:
    return bool(moment) and moments.FORM.fullmatch(moment) is None


def _two_texts(pdu: SubmitSm) -> bool:
    return bool(pdu.tlvs and pdu.short_message and pdu.tlv(tlvs.MESSAGE_PAYLOAD))


def _header_without_text(pdu: SubmitSm) -> bool:
    return bool(pdu.esm_class & UDHI) and not user_data(pdu)


def _header_too_long(pdu: SubmitSm) -> bool:
    if not pdu.esm_class & UDHI:
        return False
    octets = user_data(pdu)
    return octets[0] + 1 > len(octets)


def _half_a_character(pdu: SubmitSm) -> bool:
    if not pdu.data_coding or encoding(pdu.data_coding) != "utf-16-be":
        return False
    octets = user_data(pdu)
    header = octets[0] + 1 if pdu.esm_class & UDHI else 0
    return (len(octets) - header) % 2 == 1


def _segment_beyond_total(pdu: SubmitSm) -> bool:
    if not pdu.tlvs:
        return False
    number, total = pdu.number(tlvs.SAR_SEGMENT_SEQNUM), pdu.number(tlvs.SAR_TOTAL_SEGMENTS)
    return number is not None and total is not None and not 0 < number <= total


def _nameless(pdu: QuerySm | ReplaceSm) -> bool:
    return not pdu.message_id


_TIMES: tuple[Check, ...] = (
    (lambda pdu: _no_moment(pdu.schedule_delivery_time), 0x61),
    (lambda pdu: _no_moment(pdu.validity_period), 0x62),
)
_TEXT: tuple[Check, ...] = (
    *_TIMES,
    (lambda pdu: pdu.priority_flag > HIGHEST_PRIORITY, 0x06),
    (lambda pdu: pdu.replace_if_present_flag > 1, 0x54),
    (_two_texts, 0xC4),
    (_header_without_text, 0x43),
    (_header_too_long, 0x01),
    (_half_a_character, 0x01),
    (_segment_beyond_total, 0xC4),
)
_NO_DESTINATION: Check = (lambda pdu: not pdu.destination_addr, 0x0B)

_CHECKS: dict[type[Pdu], tuple[Check, ...]] = {
    SubmitSm: (_NO_DESTINATION, *_TEXT),
    SubmitMulti: ((lambda pdu: not pdu.dest_address, 0x33), *_TEXT),
    DataSm: (_NO_DESTINATION,),
    QuerySm: ((_nameless, 0x0C),),
    # By addresses alone it cancels all that match (section 4.9).
    CancelSm: ((lambda pdu: not pdu.message_id and not pdu.destination_addr, 0x0C),),
    ReplaceSm: ((_nameless, 0x0C), *_TIMES),
}

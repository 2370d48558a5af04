"""A part as a submit_sm or data_sm, by its link's settings (SMPP 3.4, sections 4.4.1 and 4.7.1).

When it is sent, and what became of it, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from chanserv.errors import BadField
from chanserv.links.smpp import moments, tlvs
from chanserv.links.smpp.coding import GSM, Codings
from chanserv.links.smpp.pdus import DataSm, SubmitSm, Tlvs
from chanserv.links.smpp.terms import V33, V50
from chanserv.links.smpp.texts import UDHI
from chanserv.message import Coding, Part, Work
from chanserv.settings import SmppSettings, TlvSettings
from chanserv.text.numbers import ton_npi
from chanserv.text.parts import read_udh, weight

FINAL_RECEIPT = 0x01  # registered_delivery: on success and on failure
RINVMSGLEN = 0x01

Address = tuple[int, int, bytes]
Extra = tuple[int, str | None, Callable[[Work], bytes]]  # tag, the only channel it is for, its value

_PLACES = re.compile(r"\{(id|channel|to|from)\}")


class Composer:
    """Of one link. What the peer speaks is told each time: it may be less than what we were set to."""

    def __init__(self, settings: SmppSettings) -> None:
        self._own = settings
        self._service_type = settings.service_type.encode("latin-1", "replace")
        self._codings = Codings(settings.alphabet, settings.data_coding)
        self._numbers = {coding: self._codings.number(coding) for coding in Coding}
        self._rewritten = settings.alphabet != GSM
        asked = 0 if settings.receipts == "none" else FINAL_RECEIPT
        self._registered = asked if settings.registered_delivery is None else settings.registered_delivery
        self._extras: tuple[Extra, ...] = tuple((each.tag, each.channel, _value(each)) for each in settings.tlvs)
        self.source = _addresses(settings.source_ton, settings.source_npi, settings.international)
        self.dest = _addresses(settings.dest_ton, settings.dest_npi, settings.international)

    def compose(self, work: Work, part: Part, now: float, version: int) -> SubmitSm | DataSm:
        """`now`: seconds since the epoch. Raises BadField if the link's alphabet, or SMPP 3.3, cannot say it."""
        optional, udh = self._tlvs(work, version), part.slice.udh
        if udh and self._own.long == "sar" and version > V33:
            optional, udh = optional + _sar(udh), b""
        octets = udh + self._body(work.coding, part.slice.body, len(udh))
        esm_class = self._own.esm_class | (UDHI if udh else 0)
        if version > V33:
            if self._own.submit == "data_sm":
                return self._data_sm(work, octets, esm_class, optional, now)
            if self._carrier_cuts(work.coding, part) or len(octets) > _longest(version):
                return self._submit_sm(work, b"", esm_class, ((tlvs.MESSAGE_PAYLOAD, octets), *optional), now)
        elif len(octets) > _longest(version):
            raise BadField(f"{len(octets)} octets, and the carrier speaks SMPP 3.3", RINVMSGLEN)
        return self._submit_sm(work, octets, esm_class, optional, now)

    def _submit_sm(self, work: Work, octets: bytes, esm_class: int, optional: Tlvs, now: float) -> SubmitSm:
        return SubmitSm(
            protocol_id=self._own.protocol_id,
            priority_flag=self._own.priority,
            validity_period=self._validity(work.expires, now),
            short_message=octets,
            tlvs=optional,
            **self._common(work, esm_class),
        )

    def _data_sm(self, work: Work, octets: bytes, esm_class: int, optional: Tlvs, now: float) -> DataSm:
        """It has neither protocol_id nor priority_flag, and for validity_period a TLV."""
        if self._own.validity_period != "none":
            left = min(max(int(work.expires - now), 1), 0xFFFF_FFFF)
            optional = ((tlvs.QOS_TIME_TO_LIVE, left.to_bytes(4, "big")), *optional)
        return DataSm(tlvs=((tlvs.MESSAGE_PAYLOAD, octets), *optional), **self._common(work, esm_class))

    def _common(self, work: Work, esm_class: int) -> dict[str, Any]:
        source_ton, source_npi, source = self.source(work.sender)
        dest_ton, dest_npi, dest = self.dest(work.to)
        return {
            "service_type": self._service_type,
            "source_addr_ton": source_ton,
            "source_addr_npi": source_npi,
            "source_addr": source,
            "dest_addr_ton": dest_ton,
            "dest_addr_npi": dest_npi,
            "destination_addr": dest,
            "esm_class": esm_class,
            "registered_delivery": self._registered,
            "data_coding": self._numbers[work.coding],
        }

    def _body(self, coding: Coding, body: bytes, header_octets: int) -> bytes:
        if not self._rewritten or coding is not Coding.GSM7:
            return body
        try:
            return self._codings.written(body, header_octets)
        except UnicodeEncodeError as fault:
            raise BadField(f"not a text in the alphabet of this link: {fault.reason}", RINVMSGLEN)

    def _carrier_cuts(self, coding: Coding, part: Part) -> bool:
        return self._own.long == "payload" and weight(coding, (part.slice,)) > 1

    def _validity(self, expires: float, now: float) -> bytes:
        match self._own.validity_period:
            case "relative":
                return moments.relative(expires - now)
            case "absolute":
                return moments.absolute(expires)
        return b""

    def _tlvs(self, work: Work, version: int) -> Tlvs:
        if not self._extras or version <= V33:
            return ()
        return tuple((tag, value(work)) for tag, channel, value in self._extras if channel in (None, work.channel))


def _longest(version: int) -> int:
    """Octets of a short_message (5.0 allows one more, section 4.7.12)."""
    return 255 if version >= V50 else 254


def _sar(udh: bytes) -> Tlvs:
    """The same as TLVs; no header of ours is without a concatenation element."""
    segment = read_udh(udh)[0]
    if segment is None:
        raise BadField("a header that is no concatenation cannot go as sar", RINVMSGLEN)
    return (
        (tlvs.SAR_MSG_REF_NUM, segment.reference.to_bytes(2, "big")),
        (tlvs.SAR_TOTAL_SEGMENTS, bytes((segment.total,))),
        (tlvs.SAR_SEGMENT_SEQNUM, bytes((segment.number,))),
    )


def _addresses(ton: int | None, npi: int | None, international: str) -> Callable[[str], Address]:
    """TON, NPI and octets of an address: by what it looks like, where the settings do not say."""
    front = {"digits": b"", "plus": b"+", "00": b"00"}[international]

    @lru_cache(maxsize=4096)
    def address(written: str) -> Address:
        own_ton, own_npi, octets = ton_npi(written)
        if own_ton == 1:
            octets = front + octets
        return own_ton if ton is None else ton, own_npi if npi is None else npi, octets

    return address


def _value(each: TlvSettings) -> Callable[[Work], bytes]:
    """What one of the link's `tlvs` holds for a text; only `text` depends on which."""
    if each.hex is not None:
        return _constant(bytes.fromhex(each.hex))
    if each.number is not None:
        return _constant(each.number.to_bytes(each.size, "big"))
    text, end = each.text or "", b"\0" if each.nul else b""
    if _PLACES.search(text) is None:
        return _constant(text.encode("ascii", "replace") + end)

    def filled(work: Work) -> bytes:
        known = {"id": work.id, "channel": work.channel, "to": work.to, "from": work.sender}
        return _PLACES.sub(lambda place: known[place[1]], text).encode("ascii", "replace") + end

    return filled


def _constant(octets: bytes) -> Callable[[Work], bytes]:
    return lambda work: octets

"""Every operation of SMPP 3.4 as a table: one class a PDU, one line a field (SMPP 3.4, section 4).

Octets stay octets: text is made of them later, from data_coding. A request
names its response. What may be sent when is the session's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import attrs

from chanserv.links.smpp.fields import Address, Addresses, Counted, CString, Int, Kind, Unsuccess, Unsuccesses

RESPONSE = 0x8000_0000
BY_ID: dict[int, type[Pdu]] = {}
Tlvs = tuple[tuple[int, bytes], ...]


@attrs.frozen(kw_only=True)
class Pdu:
    """What all have. `bare`: it came, or goes, without any body, as refusals often do."""

    command_id: ClassVar[int]
    sequence: int = 0
    status: int = 0
    tlvs: Tlvs = ()
    bare: bool = False

    def tlv(self, tag: int) -> bytes | None:
        """The first value of a tag: only broadcast areas may repeat one."""
        return next((value for key, value in self.tlvs if key == tag), None)

    def number(self, tag: int) -> int | None:
        """A TLV as an integer; None if it is absent or empty."""
        value = self.tlv(tag)
        return int.from_bytes(value, "big") if value else None

    def answer(self, status: int = 0, **fields: Any) -> Pdu:
        """Its response; a refusal goes without a body."""
        return BY_ID[self.command_id | RESPONSE](
            sequence=self.sequence, status=status, bare=bool(status) and not fields, **fields
        )


@attrs.frozen(kw_only=True)
class Unknown(Pdu):
    """A command we have no table for: its octets are kept as they came."""

    command: int = 0
    body: bytes = b""


C = TypeVar("C", bound=type[Pdu])


def command(command_id: int) -> Callable[[C], C]:
    """Enter a PDU class in the table under its command_id."""

    def enter(cls: C) -> C:
        cls.command_id = command_id
        BY_ID[command_id] = cls
        return cls

    return enter


def octet(default: int = 0) -> Any:
    return attrs.field(default=default, metadata={Kind: Int(1)})


def cstring(limit: int, bad: int = 0x02, last: bool = False) -> Any:
    return attrs.field(default=b"", metadata={Kind: CString(limit, bad, last)})


def counted(limit: int = 255) -> Any:
    return attrs.field(default=b"", metadata={Kind: Counted(limit)})


def moment(bad: int) -> Any:
    """Absolute or relative time, 16 characters, or nothing (section 7.1.1)."""
    return cstring(17, bad)


@attrs.frozen(kw_only=True)
class Bind(Pdu):
    """The body all binds share (section 4.1)."""

    system_id: bytes = cstring(16, 0x0F)
    password: bytes = cstring(9, 0x0E)
    system_type: bytes = cstring(13, 0x53)
    interface_version: int = octet(0x34)
    addr_ton: int = octet()
    addr_npi: int = octet()
    address_range: bytes = cstring(41)


@attrs.frozen(kw_only=True)
class BindResp(Pdu):
    system_id: bytes = cstring(16, last=True)


@command(0x01)
@attrs.frozen(kw_only=True)
class BindReceiver(Bind):
    pass


@command(0x02)
@attrs.frozen(kw_only=True)
class BindTransmitter(Bind):
    pass


@command(0x09)
@attrs.frozen(kw_only=True)
class BindTransceiver(Bind):
    pass


@command(RESPONSE | 0x01)
@attrs.frozen(kw_only=True)
class BindReceiverResp(BindResp):
    pass


@command(RESPONSE | 0x02)
@attrs.frozen(kw_only=True)
class BindTransmitterResp(BindResp):
    pass


@command(RESPONSE | 0x09)
@attrs.frozen(kw_only=True)
class BindTransceiverResp(BindResp):
    pass


@command(0x0B)
@attrs.frozen(kw_only=True)
class Outbind(Pdu):
    system_id: bytes = cstring(16, 0x0F)
    password: bytes = cstring(9, 0x0E)


@command(0x06)
@attrs.frozen(kw_only=True)
class Unbind(Pdu):
    pass


@command(RESPONSE | 0x06)
@attrs.frozen(kw_only=True)
class UnbindResp(Pdu):
    pass


@command(0x15)
@attrs.frozen(kw_only=True)
class EnquireLink(Pdu):
    pass


@command(RESPONSE | 0x15)
@attrs.frozen(kw_only=True)
class EnquireLinkResp(Pdu):
    pass


@command(RESPONSE)
@attrs.frozen(kw_only=True)
class GenericNack(Pdu):
    pass


@attrs.frozen(kw_only=True)
class ShortMessage(Pdu):
    """The body of submit_sm and deliver_sm (sections 4.4.1, 4.6.1)."""

    service_type: bytes = cstring(6, 0x15)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(21, 0x0A)
    dest_addr_ton: int = octet()
    dest_addr_npi: int = octet()
    destination_addr: bytes = cstring(21, 0x0B)
    esm_class: int = octet()
    protocol_id: int = octet()
    priority_flag: int = octet()
    schedule_delivery_time: bytes = moment(0x61)
    validity_period: bytes = moment(0x62)
    registered_delivery: int = octet()
    replace_if_present_flag: int = octet()
    data_coding: int = octet()
    sm_default_msg_id: int = octet()
    short_message: bytes = counted()


@attrs.frozen(kw_only=True)
class Identified(Pdu):
    """A response that names the message. 65 octets with NUL; the NUL is missing in the field."""

    message_id: bytes = cstring(65, last=True)


@command(0x04)
@attrs.frozen(kw_only=True)
class SubmitSm(ShortMessage):
    pass


@command(RESPONSE | 0x04)
@attrs.frozen(kw_only=True)
class SubmitSmResp(Identified):
    pass


@command(0x05)
@attrs.frozen(kw_only=True)
class DeliverSm(ShortMessage):
    pass


@command(RESPONSE | 0x05)
@attrs.frozen(kw_only=True)
class DeliverSmResp(Identified):
    pass


@command(0x103)
@attrs.frozen(kw_only=True)
class DataSm(Pdu):
    service_type: bytes = cstring(6, 0x15)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(65, 0x0A)
    dest_addr_ton: int = octet()
    dest_addr_npi: int = octet()
    destination_addr: bytes = cstring(65, 0x0B)
    esm_class: int = octet()
    registered_delivery: int = octet()
    data_coding: int = octet()


@command(RESPONSE | 0x103)
@attrs.frozen(kw_only=True)
class DataSmResp(Identified):
    pass


@command(0x21)
@attrs.frozen(kw_only=True)
class SubmitMulti(Pdu):
    service_type: bytes = cstring(6, 0x15)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(21, 0x0A)
    dest_address: tuple[Address, ...] = attrs.field(default=(), metadata={Kind: Addresses()})
    esm_class: int = octet()
    protocol_id: int = octet()
    priority_flag: int = octet()
    schedule_delivery_time: bytes = moment(0x61)
    validity_period: bytes = moment(0x62)
    registered_delivery: int = octet()
    replace_if_present_flag: int = octet()
    data_coding: int = octet()
    sm_default_msg_id: int = octet()
    short_message: bytes = counted()


@command(RESPONSE | 0x21)
@attrs.frozen(kw_only=True)
class SubmitMultiResp(Pdu):
    message_id: bytes = cstring(65, last=True)
    unsuccess_sme: tuple[Unsuccess, ...] = attrs.field(default=(), metadata={Kind: Unsuccesses()})


@command(0x03)
@attrs.frozen(kw_only=True)
class QuerySm(Pdu):
    message_id: bytes = cstring(65, 0x0C)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(21, 0x0A)


@command(RESPONSE | 0x03)
@attrs.frozen(kw_only=True)
class QuerySmResp(Pdu):
    message_id: bytes = cstring(65)
    final_date: bytes = moment(0x02)
    message_state: int = octet()
    error_code: int = octet()


@command(0x08)
@attrs.frozen(kw_only=True)
class CancelSm(Pdu):
    service_type: bytes = cstring(6, 0x15)
    message_id: bytes = cstring(65, 0x0C)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(21, 0x0A)
    dest_addr_ton: int = octet()
    dest_addr_npi: int = octet()
    destination_addr: bytes = cstring(21, 0x0B)


@command(RESPONSE | 0x08)
@attrs.frozen(kw_only=True)
class CancelSmResp(Pdu):
    pass


@command(0x07)
@attrs.frozen(kw_only=True)
class ReplaceSm(Pdu):
    message_id: bytes = cstring(65, 0x0C)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(21, 0x0A)
    schedule_delivery_time: bytes = moment(0x61)
    validity_period: bytes = moment(0x62)
    registered_delivery: int = octet()
    sm_default_msg_id: int = octet()
    short_message: bytes = counted()


@command(RESPONSE | 0x07)
@attrs.frozen(kw_only=True)
class ReplaceSmResp(Pdu):
    pass


@command(0x102)
@attrs.frozen(kw_only=True)
class AlertNotification(Pdu):
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(65)
    esme_addr_ton: int = octet()
    esme_addr_npi: int = octet()
    esme_addr: bytes = cstring(65)

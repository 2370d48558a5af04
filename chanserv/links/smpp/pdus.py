"""The operations of SMPP 3.4, which 5.0 has as well (SMPP 3.4, section 4; those of 5.0 alone are in `broadcasts`).

What may be sent when is the session's matter.
"""

from __future__ import annotations

import attrs

from chanserv.links.smpp.fields import Address, Addresses, Kind, Unsuccess, Unsuccesses
from chanserv.links.smpp.table import BY_ID as BY_ID
from chanserv.links.smpp.table import RESPONSE as RESPONSE
from chanserv.links.smpp.table import Pdu as Pdu
from chanserv.links.smpp.table import Tlvs as Tlvs
from chanserv.links.smpp.table import Unknown as Unknown
from chanserv.links.smpp.table import command, counted, cstring, moment, octet


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
    password: bytes = cstring(9, 0x0E, last=True)


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
    short_message: bytes = counted(tolerant=True)


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
    message_id: bytes = cstring(65, last=True)
    final_date: bytes = cstring(17, last=True)
    message_state: int = octet(last=True)
    error_code: int = octet(last=True)


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
    esme_addr: bytes = cstring(65, last=True)

"""The operations that SMPP 5.0 adds: cell broadcast (SMPP 5.0, section 4.4 to 4.6).

We neither send nor take any; whoever reads a stream of 5.0 reads them too. Their areas, content type, repetitions and
text are TLVs.
"""

from __future__ import annotations

import attrs

from chanserv.links.smpp.table import RESPONSE, Pdu, command, cstring, moment, octet


@command(0x111)
@attrs.frozen(kw_only=True)
class BroadcastSm(Pdu):
    service_type: bytes = cstring(6, 0x15)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(21, 0x0A)
    message_id: bytes = cstring(65, 0x0C)
    priority_flag: int = octet()
    schedule_delivery_time: bytes = moment(0x61)
    validity_period: bytes = moment(0x62)
    replace_if_present_flag: int = octet()
    data_coding: int = octet()
    sm_default_msg_id: int = octet()


@command(RESPONSE | 0x111)
@attrs.frozen(kw_only=True)
class BroadcastSmResp(Pdu):
    message_id: bytes = cstring(65, last=True)


@command(0x112)
@attrs.frozen(kw_only=True)
class QueryBroadcastSm(Pdu):
    message_id: bytes = cstring(65, 0x0C)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(21, 0x0A)


@command(RESPONSE | 0x112)
@attrs.frozen(kw_only=True)
class QueryBroadcastSmResp(Pdu):
    message_id: bytes = cstring(65, last=True)


@command(0x113)
@attrs.frozen(kw_only=True)
class CancelBroadcastSm(Pdu):
    service_type: bytes = cstring(6, 0x15)
    message_id: bytes = cstring(65, 0x0C)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: bytes = cstring(21, 0x0A)


@command(RESPONSE | 0x113)
@attrs.frozen(kw_only=True)
class CancelBroadcastSmResp(Pdu):
    pass

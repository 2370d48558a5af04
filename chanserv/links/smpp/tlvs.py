"""The optional parameters of SMPP 3.4 and 5.0 by tag: their names and what their octets are (3.4, section 5.3.2; 5.0,
section 4.8). Vendors' tags (0x1400 to 0x3FFF) stay raw, reserved ones are no TLV to us.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RECEIPTED_MESSAGE_ID = 0x001E
ADDITIONAL_STATUS_INFO_TEXT = 0x001D
QOS_TIME_TO_LIVE = 0x0017
SOURCE_PORT, DESTINATION_PORT = 0x020A, 0x020B
SAR_MSG_REF_NUM, SAR_TOTAL_SEGMENTS, SAR_SEGMENT_SEQNUM = 0x020C, 0x020E, 0x020F
SC_INTERFACE_VERSION = 0x0210
NETWORK_ERROR_CODE = 0x0423
MESSAGE_PAYLOAD = 0x0424
DELIVERY_FAILURE_REASON = 0x0425
MESSAGE_STATE = 0x0427
CONGESTION_STATE = 0x0428

WIDEST = 4  # octets of an integer

Reading = Callable[[bytes], Any]


def integer(octets: bytes) -> int | None:
    """Of whatever width it came with: carriers send one octet where the standard has two, and the other way round.

    None if there is none, or if it is wider than any (qos_time_to_live): nobody could mean, write or keep it.
    """
    return int.from_bytes(octets, "big") if 0 < len(octets) <= WIDEST else None


def text(octets: bytes) -> str:
    """A C-octet string, its NUL there or missing."""
    return octets.split(b"\0")[0].decode("latin-1")


def raw(octets: bytes) -> bytes:
    """Octets without a meaning to us."""
    return octets


def coded(octets: bytes) -> tuple[int, int] | None:
    """A network or unit, and a code or count (network_error_code, broadcast_frequency_interval, ...)."""
    return (octets[0], int.from_bytes(octets[1:3], "big")) if len(octets) == 3 else None


def led(octets: bytes) -> tuple[int, bytes] | None:
    """A format or coding, and octets that it is of (subaddresses, areas, callback_num_atag)."""
    return (octets[0], octets[1:]) if octets else None


def callback(octets: bytes) -> tuple[int, int, int, bytes] | None:
    """Digit mode, TON, NPI, digits (3.4, section 5.3.2.36)."""
    return (octets[0], octets[1], octets[2], octets[3:]) if len(octets) >= 3 else None


KINDS: dict[int, tuple[str, Reading]] = {
    0x0005: ("dest_addr_subunit", integer),
    0x0006: ("dest_network_type", integer),
    0x0007: ("dest_bearer_type", integer),
    0x0008: ("dest_telematics_id", integer),
    0x000D: ("source_addr_subunit", integer),
    0x000E: ("source_network_type", integer),
    0x000F: ("source_bearer_type", integer),
    0x0010: ("source_telematics_id", integer),
    0x0017: ("qos_time_to_live", integer),
    0x0019: ("payload_type", integer),
    0x001D: ("additional_status_info_text", text),
    0x001E: ("receipted_message_id", text),
    0x0030: ("ms_msg_wait_facilities", integer),
    0x0201: ("privacy_indicator", integer),
    0x0202: ("source_subaddress", led),
    0x0203: ("dest_subaddress", led),
    0x0204: ("user_message_reference", integer),
    0x0205: ("user_response_code", integer),
    0x020A: ("source_port", integer),
    0x020B: ("destination_port", integer),
    0x020C: ("sar_msg_ref_num", integer),
    0x020D: ("language_indicator", integer),
    0x020E: ("sar_total_segments", integer),
    0x020F: ("sar_segment_seqnum", integer),
    0x0210: ("sc_interface_version", integer),
    0x0302: ("callback_num_pres_ind", integer),
    0x0303: ("callback_num_atag", led),
    0x0304: ("number_of_messages", integer),
    0x0381: ("callback_num", callback),
    0x0420: ("dpf_result", integer),
    0x0421: ("set_dpf", integer),
    0x0422: ("ms_availability_status", integer),
    0x0423: ("network_error_code", coded),
    0x0424: ("message_payload", raw),
    0x0425: ("delivery_failure_reason", integer),
    0x0426: ("more_messages_to_send", integer),
    0x0427: ("message_state", integer),
    0x0428: ("congestion_state", integer),
    0x0501: ("ussd_service_op", integer),
    0x0600: ("broadcast_channel_indicator", integer),
    0x0601: ("broadcast_content_type", coded),
    0x0602: ("broadcast_content_type_info", raw),
    0x0603: ("broadcast_message_class", integer),
    0x0604: ("broadcast_rep_num", integer),
    0x0605: ("broadcast_frequency_interval", coded),
    0x0606: ("broadcast_area_identifier", led),
    0x0607: ("broadcast_error_status", integer),
    0x0608: ("broadcast_area_success", integer),
    0x0609: ("broadcast_end_time", text),
    0x060A: ("broadcast_service_group", raw),
    0x060B: ("billing_identification", led),
    0x060D: ("source_network_id", text),
    0x060E: ("dest_network_id", text),
    0x060F: ("source_node_id", raw),
    0x0610: ("dest_node_id", raw),
    0x0611: ("dest_addr_np_resolution", integer),
    0x0612: ("dest_addr_np_information", raw),
    0x0613: ("dest_addr_np_country", raw),
    0x1201: ("display_time", integer),
    0x1203: ("sms_signal", integer),
    0x1204: ("ms_validity", raw),
    0x130C: ("alert_on_message_delivery", integer),
    0x1380: ("its_reply_type", integer),
    0x1383: ("its_session_info", raw),
}


def name(tag: int) -> str:
    """The standard's name, or the number."""
    return KINDS[tag][0] if tag in KINDS else f"TLV 0x{tag:04X}"


def read(tag: int, octets: bytes) -> Any:
    """What the octets of a TLV say, by its kind; None if they say nothing, the octets themselves if it has no kind."""
    return KINDS[tag][1](octets) if tag in KINDS else octets

"""Why a text was not delivered, in words: Rsn of a 53 (EMI-UCP 5.2, section 6.3)."""

from __future__ import annotations

_REASONS = {
    9: "illegal error code",
    10: "network time-out",
    100: "facility not supported",
    101: "unknown subscriber",
    102: "facility not provided",
    103: "call barred",
    104: "operation barred",
    105: "SC congestion",
    106: "facility not supported",
    107: "absent subscriber",
    108: "delivery fail",
    109: "SC congestion",
    110: "protocol error",
    111: "MS not equipped",
    112: "unknown SC",
    113: "SC congestion",
    114: "illegal MS",
    115: "MS not a subscriber",
    116: "error in MS",
    117: "SMS lower layer not provisioned",
    118: "system fail",
    119: "PLMN system failure",
    120: "HLR system failure",
    121: "VLR system failure",
    122: "previous VLR system failure",
    123: "controlling MSC system failure",
    124: "VMSC system failure",
    125: "EIR system failure",
    126: "system failure",
    127: "unexpected data value",
    200: "error in address of the SC",
    201: "invalid absolute validity period",
    202: "short message exceeds maximum",
    203: "unable to unpack GSM message",
    204: "unable to convert to IRA alphabet",
    205: "invalid validity period format",
    206: "invalid destination address",
    207: "duplicate message submit",
    208: "invalid message type indicator",
    **dict.fromkeys(range(1, 9), "service temporarily not available"),
}


def words(rsn: str) -> str:
    """The code and what it says; 000 says nothing."""
    if not (rsn.isascii() and rsn.isdigit()):
        return rsn
    code = int(rsn)
    return f"{rsn} {_REASONS.get(code, '')}".strip() if code else ""

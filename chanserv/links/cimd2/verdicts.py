"""What an SMSC's codes mean: errors (900), states of a message (061), why it was not delivered (062).

One table each (CIMD Interface Specification, SMSC 8.0). An error that
is not in it gets a few tries. How long to wait after LATER is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping

from chanserv.links.meanings import Meanings
from chanserv.message import Status, Verdict

LATER, REFUSED = Verdict.LATER, Verdict.REFUSED
FEW = 3  # tries for codes that may mean anything

UNEXPECTED, GENERAL, NOT_FOUND, FAILED_OPERATION, CONGESTION = 1, 6, 7, 9, 10
INVALID_LOGIN, INVALID_WINDOW, NO_WINDOWS = 100, 104, 105
COMBINATION, NO_NEW_PASSWORD, UNSUPPORTED = 603, 801, 900
NOT_KEPT = {20: 710, 23: FAILED_OPERATION}  # our answer to a text or report that is to come again

_ERRORS: dict[int, tuple[str, Verdict]] = {
    0: ("no error", Verdict.TAKEN),
    1: ("unexpected operation", LATER),  # also what a session is told that was never, or is no more, signed in
    2: ("syntax error", REFUSED),
    3: ("unsupported parameter", REFUSED),
    4: ("connection to message centre lost", LATER),
    5: ("no response from message centre", LATER),
    6: ("general system error", LATER),
    7: ("cannot find information", REFUSED),
    8: ("parameter formatting error", REFUSED),
    9: ("requested operation failed", LATER),
    10: ("temporary congestion", LATER),
    100: ("invalid login", REFUSED),
    101: ("incorrect access type", REFUSED),
    102: ("too many users with this login", LATER),
    103: ("login refused by message centre", LATER),
    104: ("invalid window size", REFUSED),
    105: ("windowing disabled", REFUSED),
    106: ("virtual SMSC based barring", REFUSED),
    107: ("invalid sub-address", REFUSED),
    108: ("alias account, login refused", REFUSED),
    300: ("incorrect destination address", REFUSED),
    301: ("incorrect number of destination addresses", REFUSED),
    302: ("syntax error in user data", REFUSED),
    303: ("incorrect combination of user data", REFUSED),
    304: ("incorrect data coding scheme", REFUSED),
    305: ("incorrect validity period", REFUSED),
    306: ("incorrect originator address", REFUSED),
    307: ("incorrect protocol identifier", REFUSED),
    308: ("incorrect first delivery time", REFUSED),
    309: ("incorrect reply path", REFUSED),
    310: ("incorrect status report request", REFUSED),
    311: ("incorrect cancel enabled", REFUSED),
    312: ("incorrect priority", REFUSED),
    313: ("incorrect tariff class", REFUSED),
    314: ("incorrect service description", REFUSED),
    315: ("incorrect transport type", REFUSED),
    316: ("incorrect message type", REFUSED),
    318: ("incorrect more messages to send", REFUSED),
    319: ("incorrect operation timer", REFUSED),
    320: ("incorrect dialogue id", REFUSED),
    321: ("incorrect alphanumeric originator", REFUSED),
    322: ("invalid data for alphanumeric originator", REFUSED),
    323: ("closed user group", REFUSED),
    324: ("licence exceeded", LATER),
    400: ("incorrect address", REFUSED),
    401: ("incorrect time stamp", REFUSED),
    500: ("incorrect time stamp", REFUSED),
    501: ("incorrect mode", REFUSED),
    502: ("incorrect combination of parameters", REFUSED),
    600: ("incorrect time stamp", REFUSED),
    601: ("incorrect address", REFUSED),
    602: ("incorrect mode", REFUSED),
    603: ("incorrect combination of parameters", REFUSED),
    800: ("changing the password failed", REFUSED),
    801: ("changing the password is not allowed", REFUSED),
    900: ("unsupported item", REFUSED),
}
_TRIES = {UNEXPECTED: FEW, GENERAL: FEW, FAILED_OPERATION: FEW}
THROTTLED = 1.0  # seconds of rest
THROTTLES = {CONGESTION: THROTTLED, 324: THROTTLED}

# On a login: what only a person can mend, in these settings of the link, and seconds to wait before the next.
HOPELESS = {
    100: "user and password",
    101: "user and password",
    104: "window",
    105: "ask_window",
    106: "user",
    107: "sub_address",
    108: "user",
}
RESTS = {102: 60.0, 103: 300.0}  # a session that hangs frees its place by and by; a barred account, not so soon

STATES: dict[int, tuple[str, Status]] = {
    0: ("no status", Status.SENT),
    1: ("in process", Status.SENT),
    2: ("validity period expired", Status.FAILED),
    3: ("delivery failed", Status.FAILED),
    4: ("delivered", Status.DELIVERED),
    5: ("no response", Status.SENT),
    6: ("last no response", Status.FAILED),
    7: ("cancelled", Status.FAILED),
    8: ("deleted", Status.FAILED),
    9: ("deleted by cancel", Status.FAILED),
}

_CAUSES = {
    1: "unknown subscriber",
    9: "illegal subscriber",
    11: "teleservice not provisioned",
    13: "call barred",
    15: "closed user group reject",
    19: "no SMS support in handset",
    20: "error in handset",
    21: "facility not supported",
    22: "memory full",
    29: "absent subscriber",
    30: "handset busy",
    36: "network or protocol failure",
    44: "illegal equipment",
    60: "no paging response",
    61: "GMSC congestion",
    63: "HLR time-out",
    64: "MSC or SGSN time-out",
    70: "SMRSE or TCP error",
    72: "MT congestion",
    75: "GPRS suspended",
    80: "no paging response via MSC",
    81: "IMSI detached",
    82: "roaming restriction",
    83: "deregistered in HLR for GSM",
    84: "purged for GSM",
    85: "no paging response via SGSN",
    86: "GPRS detached",
    87: "deregistered in HLR for GPRS",
    88: "purged for GPRS",
    89: "unidentified subscriber via MSC",
    90: "unidentified subscriber via SGSN",
    112: "originator has no credit",
    113: "destination has no credit",
    114: "error in prepaid system",
}


def name(error: int) -> str:
    """The standard's words, or the number."""
    return _ERRORS[error][0] if error in _ERRORS else f"error {error}"


def label(error: int) -> str:
    """With the number, which is what the settings (`errors`) and the carrier's people call it."""
    return f"{error} {name(error)}" if error and error in _ERRORS else name(error)


def verdict(error: int, tries: int = 0) -> Verdict:
    """What `error` means for a part that was not taken `tries` times before."""
    found = _ERRORS[error][1] if error in _ERRORS else LATER
    limit = _TRIES.get(error, 0 if error in _ERRORS else FEW)
    return REFUSED if limit and tries + 1 >= limit else found


def cause(code: int) -> str:
    """Why a message was not delivered (062); empty for 0."""
    if 750 <= code <= 768:
        return f"USSD error {code}"
    return _CAUSES.get(code, f"error {code}" if code else "")


def meanings(errors: Mapping[str, str]) -> Meanings:
    """Codes as an operator writes them: decimal."""
    own = {int(code): meaning for code, meaning in errors.items()}
    return Meanings(own=own, rests=THROTTLES, rest=THROTTLED, stranger=UNEXPECTED)

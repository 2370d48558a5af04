"""What an SMSC's error code (EC) means for the part it answers (EMI-UCP 5.2, section 6.1).

One table. A code that is not in it (90 to 99 and three digits are the
vendors') is tried a few times, as is an N that names none. How long to wait
after LATER is decided here only where the carrier says slow down.
"""

from __future__ import annotations

from collections.abc import Mapping

from chanserv.links.meanings import Meanings
from chanserv.links.ucp.results import Result
from chanserv.message import Verdict

CHECKSUM, SYNTAX, UNSUPPORTED, NOT_ALLOWED = 1, 2, 3, 4
ADC_INVALID, AUTHENTICATION, BAD_TYPE, TOO_LONG = 6, 7, 23, 24
NOT_FOUND, ALREADY_LISTED, FORWARDED = 27, 33, 38
UNNAMED = -1  # an N without a readable code

TAKEN, LATER, REFUSED = Verdict.TAKEN, Verdict.LATER, Verdict.REFUSED
FEW = 3  # tries for codes that may mean anything
PAUSE = 1.0  # seconds without any part after 04: too many are open, or too many came in this second

_CODES: dict[int, tuple[str, Verdict]] = {
    1: ("checksum error", LATER),
    2: ("syntax error", REFUSED),
    3: ("operation not supported", REFUSED),
    4: ("operation not allowed", LATER),
    5: ("call barring active", REFUSED),
    6: ("AdC invalid", REFUSED),
    7: ("authentication failure", LATER),
    8: ("legitimisation code for all calls failure", REFUSED),
    9: ("GA not valid", REFUSED),
    10: ("repetition not allowed", REFUSED),
    11: ("legitimisation code for repetition failure", REFUSED),
    12: ("priority call not allowed", REFUSED),
    13: ("legitimisation code for priority call failure", REFUSED),
    14: ("urgent message not allowed", REFUSED),
    15: ("legitimisation code for urgent message failure", REFUSED),
    16: ("reverse charging not allowed", REFUSED),
    17: ("legitimisation code for reverse charging failure", REFUSED),
    18: ("deferred delivery not allowed", REFUSED),
    19: ("new AC not valid", REFUSED),
    20: ("new legitimisation code not valid", REFUSED),
    21: ("standard text not valid", REFUSED),
    22: ("time period not valid", REFUSED),
    23: ("message type not supported", REFUSED),
    24: ("message too long", REFUSED),
    25: ("requested standard text not valid", REFUSED),
    26: ("message type not valid for the pager type", REFUSED),
    27: ("message not found in SMSC", REFUSED),
    28: ("invalid character set", REFUSED),
    30: ("subscriber hang-up", LATER),
    31: ("fax group not supported", REFUSED),
    32: ("fax message type not supported", REFUSED),
    33: ("address already in list", REFUSED),
    34: ("address not in list", REFUSED),
    35: ("list full", REFUSED),
    36: ("RPID already in use", REFUSED),
    37: ("delivery in progress", LATER),
    38: ("message forwarded", REFUSED),
    50: ("low network status", LATER),
    51: ("legitimisation code for standard text failure", REFUSED),
    53: ("operation partially successful", REFUSED),
    54: ("operation not successful", REFUSED),
    55: ("system error", LATER),
    57: ("AdC already a member of the group", REFUSED),
    58: ("AdC is not a member of the group", REFUSED),
    59: ("invalid standard text number", REFUSED),
    61: ("GAdC already a member of the group", REFUSED),
    62: ("standard text not available", REFUSED),
    63: ("group list full", REFUSED),
    64: ("group not found", REFUSED),
    65: ("group not empty", REFUSED),
    66: ("only mobile subscribers", REFUSED),
    68: ("AdC type not allowed", REFUSED),
    69: ("cannot add AdC", REFUSED),
}
# A checksum may go wrong once. 07 to a part: signing in again helps, or the part's AC is wrong.
_TRIES = {CHECKSUM: 2, AUTHENTICATION: FEW}
# On signing in: only a person can mend it, in these settings of the link.
HOPELESS = {AUTHENTICATION: "account and password", ADC_INVALID: "account"}


def code(result: Result) -> int:
    """Of one that is no A; what is neither A nor N is a syntax error."""
    if result.values[:1] != ("N",):
        return SYNTAX
    return result.ec or UNNAMED


def name(ec: int) -> str:
    """The code and the specification's words for it."""
    if ec == UNNAMED:
        return "an error without a code"
    return f"EC {ec:02d} {_CODES[ec][0]}" if ec in _CODES else f"EC {ec:02d}"


def verdict(ec: int, tries: int = 0) -> Verdict:
    """What `ec` (0: it was taken) means for a part that was not taken `tries` times before."""
    if ec == 0:
        return TAKEN
    found = _CODES[ec][1] if ec in _CODES else LATER
    limit = _TRIES.get(ec) if ec in _CODES else FEW
    return REFUSED if limit is not None and tries + 1 >= limit else found


def meanings(errors: Mapping[str, str]) -> Meanings:
    """Codes as an operator writes them: "04" or "4"."""
    own = {int(each): meaning for each, meaning in errors.items()}
    return Meanings(own=own, rests={NOT_ALLOWED: PAUSE}, rest=PAUSE, stranger=AUTHENTICATION)

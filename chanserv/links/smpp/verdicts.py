"""What an SMSC's command_status means for the part it answers (SMPP 3.4, section 5.1.3; 5.0, section 4.7.6).

One table, and what a link's setting `errors` says otherwise. A code that is in
neither is REFUSED: the carrier said no in words we do not know. How long to
wait after LATER is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping

from chanserv.links.meanings import Meanings
from chanserv.message import Verdict

ESME_ROK = 0x00
ESME_RINVCMDID = 0x03
ESME_RINVBNDSTS = 0x04
ESME_RALYBND = 0x05
ESME_RSYSERR = 0x08
ESME_RBINDFAIL = 0x0D
ESME_RINVPASWD = 0x0E
ESME_RINVSYSID = 0x0F
ESME_RMSGQFUL = 0x14
ESME_RSUBMITFAIL = 0x45
ESME_RINVSYSTYP = 0x53
ESME_RTHROTTLED = 0x58
ESME_RX_T_APPN = 0x64
ESME_RDELIVERYFAILURE = 0xFE
ESME_RUNKNOWNERR = 0xFF

LATER, REFUSED = Verdict.LATER, Verdict.REFUSED
FEW = 3  # tries for codes that some SMSCs use for anything
FULL_PAUSE, THROTTLED_PAUSE = 2.0, 0.5  # seconds without any submit_sm after RMSGQFUL, RTHROTTLED

_STATUS: dict[int, tuple[str, Verdict]] = {
    0x00: ("ESME_ROK", Verdict.TAKEN),
    0x01: ("ESME_RINVMSGLEN", REFUSED),
    0x02: ("ESME_RINVCMDLEN", REFUSED),
    0x03: ("ESME_RINVCMDID", REFUSED),
    0x04: ("ESME_RINVBNDSTS", LATER),
    0x05: ("ESME_RALYBND", LATER),
    0x06: ("ESME_RINVPRTFLG", REFUSED),
    0x07: ("ESME_RINVREGDLVFLG", REFUSED),
    0x08: ("ESME_RSYSERR", LATER),
    0x0A: ("ESME_RINVSRCADR", REFUSED),
    0x0B: ("ESME_RINVDSTADR", REFUSED),
    0x0C: ("ESME_RINVMSGID", REFUSED),
    0x0D: ("ESME_RBINDFAIL", LATER),
    0x0E: ("ESME_RINVPASWD", LATER),
    0x0F: ("ESME_RINVSYSID", LATER),
    0x11: ("ESME_RCANCELFAIL", REFUSED),
    0x13: ("ESME_RREPLACEFAIL", REFUSED),
    0x14: ("ESME_RMSGQFUL", LATER),
    0x15: ("ESME_RINVSERTYP", REFUSED),
    0x33: ("ESME_RINVNUMDESTS", REFUSED),
    0x34: ("ESME_RINVDLNAME", REFUSED),
    0x40: ("ESME_RINVDESTFLAG", REFUSED),
    0x42: ("ESME_RINVSUBREP", REFUSED),
    0x43: ("ESME_RINVESMCLASS", REFUSED),
    0x44: ("ESME_RCNTSUBDL", REFUSED),
    0x45: ("ESME_RSUBMITFAIL", LATER),
    0x48: ("ESME_RINVSRCTON", REFUSED),
    0x49: ("ESME_RINVSRCNPI", REFUSED),
    0x50: ("ESME_RINVDSTTON", REFUSED),
    0x51: ("ESME_RINVDSTNPI", REFUSED),
    0x53: ("ESME_RINVSYSTYP", LATER),
    0x54: ("ESME_RINVREPFLAG", REFUSED),
    0x55: ("ESME_RINVNUMMSGS", REFUSED),
    0x58: ("ESME_RTHROTTLED", LATER),
    0x61: ("ESME_RINVSCHED", REFUSED),
    0x62: ("ESME_RINVEXPIRY", REFUSED),
    0x63: ("ESME_RINVDFTMSGID", REFUSED),
    0x64: ("ESME_RX_T_APPN", LATER),
    0x65: ("ESME_RX_P_APPN", REFUSED),
    0x66: ("ESME_RX_R_APPN", REFUSED),
    0x67: ("ESME_RQUERYFAIL", REFUSED),
    0xC0: ("ESME_RINVOPTPARSTREAM", REFUSED),
    0xC1: ("ESME_ROPTPARNOTALLWD", REFUSED),
    0xC2: ("ESME_RINVPARLEN", REFUSED),
    0xC3: ("ESME_RMISSINGOPTPARAM", REFUSED),
    0xC4: ("ESME_RINVOPTPARAMVAL", REFUSED),
    0xFE: ("ESME_RDELIVERYFAILURE", REFUSED),
    0xFF: ("ESME_RUNKNOWNERR", LATER),
    0x100: ("ESME_RSERTYPUNAUTH", REFUSED),
    0x101: ("ESME_RPROHIBITED", REFUSED),
    0x102: ("ESME_RSERTYPUNAVAIL", LATER),
    0x103: ("ESME_RSERTYPDENIED", REFUSED),
    0x104: ("ESME_RINVDCS", REFUSED),
    0x105: ("ESME_RINVSRCADDRSUBUNIT", REFUSED),
    0x106: ("ESME_RINVDSTADDRSUBUNIT", REFUSED),
    0x107: ("ESME_RINVBCASTFREQINT", REFUSED),
    0x108: ("ESME_RINVBCASTALIAS_NAME", REFUSED),
    0x109: ("ESME_RINVBCASTAREAFMT", REFUSED),
    0x10A: ("ESME_RINVNUMBCAST_AREAS", REFUSED),
    0x10B: ("ESME_RINVBCASTCNTTYPE", REFUSED),
    0x10C: ("ESME_RINVBCASTMSGCLASS", REFUSED),
    0x10D: ("ESME_RBCASTFAIL", REFUSED),
    0x10E: ("ESME_RBCASTQUERYFAIL", REFUSED),
    0x10F: ("ESME_RBCASTCANCELFAIL", REFUSED),
    0x110: ("ESME_RINVBCAST_REP", REFUSED),
    0x111: ("ESME_RINVBCASTSRVGRP", REFUSED),
    0x112: ("ESME_RINVBCASTCHANIND", REFUSED),
}
_TRIES = {ESME_RSUBMITFAIL: FEW, ESME_RUNKNOWNERR: FEW}
THROTTLES = {ESME_RTHROTTLED: THROTTLED_PAUSE, ESME_RMSGQFUL: FULL_PAUSE}  # status -> seconds of rest
# On a bind: only a person can mend it, in these settings of the link.
HOPELESS = {
    ESME_RINVCMDID: "bind and version",  # a server of 3.3 knows no transceiver
    ESME_RINVPASWD: "system_id and password",
    ESME_RINVSYSID: "system_id and password",
    ESME_RINVSYSTYP: "system_type",
}


def _vendor(status: int) -> bool:
    return 0x400 <= status <= 0x4FF


def name(status: int) -> str:
    """The standard's name, or the number."""
    return _STATUS[status][0] if status in _STATUS else f"status 0x{status:08X}"


def verdict(status: int, tries: int = 0, passing: bool = False) -> Verdict:
    """What `status` means for a part that was not taken `tries` times before.

    `passing`: the carrier adds that the reason will pass (delivery_failure_reason).
    """
    if status == ESME_RDELIVERYFAILURE and passing:
        return LATER
    found = _STATUS[status][1] if status in _STATUS else (LATER if _vendor(status) else REFUSED)
    limit = FEW if _vendor(status) else _TRIES.get(status)
    return REFUSED if limit is not None and tries + 1 >= limit else found


def meanings(errors: Mapping[str, str]) -> Meanings:
    """Codes as an operator writes them: "0x0400" or "1024"."""
    own = {int(code, 0): meaning for code, meaning in errors.items()}
    return Meanings(own=own, rests=THROTTLES, rest=THROTTLED_PAUSE, stranger=ESME_RINVBNDSTS)

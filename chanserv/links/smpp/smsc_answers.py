"""What an SMSC says to requests: the PDUs of its answers, by version. When one is due, is not known here.

SMPP 3.3 knows no optional parameters at all; 3.4 tells its version in the
answer to a bind; 5.0 may tell with every answer how busy it is.
"""

from __future__ import annotations

import time
from typing import Any

from chanserv.links.peer.behaviour import VERSIONS, Behaviour
from chanserv.links.peer.desk import Asked, Submit
from chanserv.links.smpp import deliveries, tlvs
from chanserv.links.smpp.fields import Unsuccess
from chanserv.links.smpp.pdus import (
    BY_ID,
    RESPONSE,
    Bind,
    CancelSm,
    Pdu,
    QuerySm,
    QuerySmResp,
    SubmitMulti,
    SubmitSmResp,
    Tlvs,
    Unknown,
)
from chanserv.links.smpp.verdicts import ESME_RINVPASWD, ESME_RINVSYSID, ESME_ROK

NAME = b"chanserv"
V33, V34, V50 = VERSIONS.values()
RINVDLNAME, RQUERYFAIL, RCANCELFAIL = 0x34, 0x67, 0x11

# Of the states in `deliveries.STATES`: final ones have a date.
_FINAL = frozenset({2, 3, 4, 5, 8, 9})
_WELL = frozenset({0, 1, 2, 6})


def version(asked: int, behaviour: Behaviour) -> int:
    """What is spoken: the lower of both. Whatever is below 3.4 is 3.3 (section 5.2.4)."""
    lower = min(asked, VERSIONS[behaviour.version])
    return V50 if lower >= V50 else V34 if lower >= V34 else V33


def admit(pdu: Bind, behaviour: Behaviour) -> int:
    """The command_status a bind earns by who it is."""
    if behaviour.bind_status:
        return behaviour.bind_status
    if behaviour.system_id and pdu.system_id != behaviour.system_id.encode():
        return ESME_RINVSYSID
    return ESME_RINVPASWD if behaviour.password and pdu.password != behaviour.password.encode() else ESME_ROK


def welcome(pdu: Bind, spoken: int, behaviour: Behaviour) -> Pdu:
    """The answer to a bind that is let in."""
    told = ((tlvs.SC_INTERFACE_VERSION, bytes((spoken,))),) if spoken >= V34 else ()
    return pdu.answer(system_id=NAME, tlvs=told + congestion(spoken, behaviour))


def congestion(spoken: int, behaviour: Behaviour) -> Tlvs:
    """What 5.0 adds to its answers."""
    if spoken < V50 or behaviour.congestion < 0:
        return ()
    return ((tlvs.CONGESTION_STATE, bytes((behaviour.congestion,))),)


def to_part(asked: Pdu | None, sequence: int, status: int, submit: Submit | None, more: Tlvs) -> Pdu:
    """The answer to a submit_sm (`asked` None), data_sm or submit_multi."""
    cls: Any = SubmitSmResp if asked is None else BY_ID[asked.command_id | RESPONSE]
    if submit is None:
        refused: Pdu = cls(sequence=sequence, status=status, tlvs=more, bare=not more)
        return refused
    missed = {"unsuccess_sme": _missed(asked)} if isinstance(asked, SubmitMulti) else {}
    taken: Pdu = cls(sequence=sequence, status=status, tlvs=more, message_id=submit.message_id.encode(), **missed)
    return taken


def _missed(pdu: SubmitMulti) -> tuple[Unsuccess, ...]:
    """Distribution lists: there are none here."""
    return tuple(Unsuccess(0, 0, one.number, RINVDLNAME) for one in pdu.dest_address if one.listed)


def to_question(asked: Asked, submit: Submit | None, state: str, now: float) -> Pdu:
    """The answer to a query_sm or cancel_sm (sections 4.8.2, 4.9.2)."""
    pdu = asked.pdu
    if isinstance(pdu, CancelSm):
        return pdu.answer(ESME_ROK if submit and state == "DELETED" else RCANCELFAIL)
    return _stated(pdu, submit.message_id.encode(), state, now) if submit else pdu.answer(RQUERYFAIL)


def _stated(pdu: QuerySm, message_id: bytes, state: str, now: float) -> QuerySmResp:
    number = deliveries.STATES.get(state, deliveries.STATES["UNKNOWN"])
    # When exactly it ended nobody kept: by now it has.
    date = time.strftime("%y%m%d%H%M%S000+", time.gmtime(now)).encode() if number in _FINAL else b""
    return QuerySmResp(
        sequence=pdu.sequence,
        message_id=message_id,
        final_date=date,
        message_state=number,
        error_code=int(number not in _WELL),
    )


def refusal(pdu: Pdu, status: int) -> Pdu:
    """The response that belongs to a request, table or none, with a status that says no."""
    if isinstance(pdu, Unknown):
        return Unknown(command=pdu.command | RESPONSE, sequence=pdu.sequence, status=status)
    return pdu.answer(status)

"""What an SMSC's answer to a submit, a query or a cancel says, as events (SMPP 3.4, sections 4.4.2, 4.8.2 and 4.9.2).

What that means for the part, `verdicts` and the store know.
"""

from __future__ import annotations

from typing import Final

from chanserv.links.events import Answered, Replied
from chanserv.links.smpp import tlvs, verdicts
from chanserv.links.smpp.pdus import CancelSmResp, DataSmResp, GenericNack, QuerySmResp, SubmitSmResp
from chanserv.links.smpp.receipts import STATES, status_of
from chanserv.links.smpp.table import Pdu
from chanserv.message import Status, line

TO_PARTS: Final = (SubmitSmResp, DataSmResp, GenericNack)
TO_QUESTIONS: Final = (QuerySmResp, CancelSmResp, GenericNack)
PASSING = (0, 3)  # delivery_failure_reason: the destination is unavailable, a temporary network error (5.3.2.33)
UNKNOWN = 7  # message_state: the SMSC does not know either
_TOLD = (tlvs.ADDITIONAL_STATUS_INFO_TEXT, tlvs.NETWORK_ERROR_CODE, tlvs.DELIVERY_FAILURE_REASON)


def answered(pdu: SubmitSmResp | DataSmResp | GenericNack) -> Answered:
    """A nack says no, whatever its status."""
    if isinstance(pdu, GenericNack):
        return Answered(pdu.sequence, pdu.status or verdicts.ESME_RUNKNOWNERR)
    if not pdu.tlvs:
        return Answered(pdu.sequence, pdu.status, pdu.message_id)
    passing = pdu.number(tlvs.DELIVERY_FAILURE_REASON) in PASSING
    return Answered(pdu.sequence, pdu.status, pdu.message_id, said(pdu), passing)


def said(pdu: Pdu) -> str:
    """What an answer's TLVs add to its status, for whoever looks for the reason."""
    words = []
    for tag in _TOLD:
        match tlvs.read(tag, pdu.tlv(tag) or b""):
            case str(text) if text:
                words.append(line(text))
            case int(number):
                words.append(f"{tlvs.name(tag)} {number}")
            case (int(network), int(code)):
                words.append(f"{tlvs.name(tag)} {network}/{code}")
    return ", ".join(words)


def replied(pdu: Pdu) -> Replied:
    """To a question the state is the answer, to a wish to cancel the status alone."""
    if pdu.status or isinstance(pdu, GenericNack):
        status = pdu.status or verdicts.ESME_RUNKNOWNERR
        return Replied(pdu.sequence, status, words=verdicts.name(status))
    if not isinstance(pdu, QuerySmResp) or pdu.bare:
        return Replied(pdu.sequence, 0)
    word = STATES.get(pdu.message_state, f"message_state {pdu.message_state}")
    known = pdu.message_state in STATES and pdu.message_state != UNKNOWN
    words = f"{word} err {pdu.error_code}" if pdu.error_code else word
    return Replied(pdu.sequence, 0, (status_of(word) or Status.SENT) if known else None, words)

"""What a simulated UCP SMSC knows beside its sessions: how it names and reads a text, writes texts and notifications.

It lives in UTC, and names a text by recipient and second: two to one number
within a second have the same name, as at real ones.
"""

from __future__ import annotations

from typing import Any

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Delivery, Desk, Submit
from chanserv.links.ucp import stamps, words
from chanserv.links.ucp.addresses import address
from chanserv.links.ucp.bodies import body
from chanserv.links.ucp.operations import Message, Transfer
from chanserv.links.ucp.operations import Submit as SubmitMessage
from chanserv.links.ucp.smsc import UcpDesk
from chanserv.links.ucp.transactions import MOST
from chanserv.links.ucp.verdicts import ADC_INVALID, NOT_ALLOWED
from chanserv.text.parts import decode


class UcpTrade:
    """`links.peer.desk.Trade` of UCP."""

    kind = "ucp"
    throttled = NOT_ALLOWED
    refused = ADC_INVALID
    numbers = MOST

    def desk(self, now: float, behaviour: Behaviour) -> Desk:
        return UcpDesk(now, behaviour)

    def called(self, now: float, behaviour: Behaviour) -> Desk:
        """Nobody signs in on a connection that we made."""
        return UcpDesk(now, behaviour, called=True)

    def taken(self, pdu: Any, number: int, at: float, behaviour: Behaviour) -> Submit:
        """The number counts for nothing: a text is AdC:SCTS."""
        said = body(pdu)
        return Submit(
            at=at,
            message_id=f"{pdu.adc}:{stamps.stamp(at)}",
            source=address(pdu.oadc, pdu.otoa if isinstance(pdu, Message) else ""),
            destination=address(pdu.adc),
            text=decode(said.octets, said.encoding),
            octets=said.udh + said.octets,
            pdu=pdu,
        )

    def texts(
        self, source: str, dest: str, text: str, coding: int | None, reference: int, at: float
    ) -> tuple[Delivery, ...]:
        """`coding`: a data coding scheme, as in XSer 02."""
        return words.texts(source, dest, text, coding, reference, at)

    def receipts(self, submit: Submit, number: int, done: float, behaviour: Behaviour) -> tuple[Delivery, ...]:
        part = submit.pdu
        if not isinstance(part, SubmitMessage | Transfer):
            return ()
        found = [words.receipt(part, word, submit.at, done) for word in behaviour.receipt_status.split()]
        return tuple(one for one in found if one is not None)

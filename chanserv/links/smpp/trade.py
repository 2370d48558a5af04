"""What a simulated SMSC knows beside its sessions: how it takes a text and writes ids, texts and receipts.

When, and what goes wrong on purpose, is the carrier's matter (`links.peer.carrier`).
"""

from __future__ import annotations

from typing import Any

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Delivery, Desk, Submit
from chanserv.links.smpp import deliveries, tlvs
from chanserv.links.smpp.coding import encoding
from chanserv.links.smpp.deliveries import Taken
from chanserv.links.smpp.smsc import SmppDesk
from chanserv.links.smpp.texts import UDHI
from chanserv.links.smpp.verdicts import ESME_RSYSERR, ESME_RTHROTTLED
from chanserv.text.numbers import from_ton
from chanserv.text.parts import decode, read_udh

ASKED = 3  # bits of registered_delivery that ask for any receipt
OLD_ID = 8  # digits of a message_id in SMPP 3.3, whose field has nine octets with its NUL


class SmppTrade:
    """SMPP 3.3, 3.4 and 5.0."""

    kind = "smpp"
    throttled = ESME_RTHROTTLED
    refused = ESME_RSYSERR
    numbers = 0x8000_0000

    def desk(self, now: float, behaviour: Behaviour) -> Desk:
        return SmppDesk(now, behaviour)

    def called(self, now: float, behaviour: Behaviour) -> Desk:
        """It has said outbind."""
        desk = SmppDesk(now, behaviour)
        desk.outbind()
        return desk

    def taken(self, pdu: Taken, number: int, at: float, behaviour: Behaviour) -> Submit:
        """A submit_multi is one part with several destinations: it has one id."""
        octets = user_data(pdu)
        body = read_udh(octets)[2] if pdu.esm_class & UDHI else octets
        return Submit(
            at=at,
            message_id=_fitted(behaviour.answered_id(number), behaviour),
            source=from_ton(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr),
            destination=", ".join(from_ton(one.ton, one.npi, one.number) for one in deliveries.addresses(pdu)),
            text=decode(body, encoding(pdu.data_coding)),
            octets=octets,
            pdu=pdu,
        )

    def texts(
        self, source: str, dest: str, text: str, coding: int | None, reference: int, at: float
    ) -> tuple[Delivery, ...]:
        """`coding`: a data_coding."""
        return deliveries.texts(source, dest, text, coding, reference)

    def receipts(self, submit: Submit, number: int, done: float, behaviour: Behaviour) -> tuple[Delivery, ...]:
        if not submit.pdu.registered_delivery & ASKED:
            return ()
        message_id = _fitted(behaviour.receipt_id(number), behaviour)
        return deliveries.receipts(submit.pdu, message_id, behaviour.receipt_status.split(), submit.at, done)


def user_data(pdu: Any) -> bytes:
    """short_message, which a data_sm has not, or message_payload where that is empty."""
    octets: bytes = getattr(pdu, "short_message", b"")
    return octets or (pdu.tlv(tlvs.MESSAGE_PAYLOAD) or b"" if pdu.tlvs else b"")


def _fitted(message_id: str, behaviour: Behaviour) -> str:
    """As the version has it: 3.3 knows ids of eight digits and no others."""
    return message_id[-OLD_ID:].zfill(OLD_ID) if behaviour.version == "3.3" else message_id

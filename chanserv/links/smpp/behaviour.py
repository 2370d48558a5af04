"""How a simulated SMSC behaves, and what it has seen: values only.

Every plain field is an option of `chanserv simulate smpp`. What follows from
them is not known here.
"""

from __future__ import annotations

import attrs

from chanserv.links.smpp.checks import user_data
from chanserv.links.smpp.pdus import SubmitSm
from chanserv.links.smpp.receipts import UDHI, encoding
from chanserv.links.smpp.verdicts import ESME_RSYSERR
from chanserv.text.numbers import from_ton
from chanserv.text.parts import decode, read_udh

BASES = {"hex": "{:x}", "decimal": "{:d}"}


@attrs.frozen(kw_only=True)
class Behaviour:
    """Times in seconds. A count or a time of 0 means never, or no limit; an empty name or password, any."""

    system_id: str = ""  # what an ESME must sign in with
    password: str = ""
    bind_status: int = 0  # other than 0: every bind is refused with it
    window: int = 0  # submit_sm unanswered a session; one more gets ESME_RTHROTTLED
    mo_window: int = attrs.field(default=10, validator=attrs.validators.ge(1))  # deliver_sm unanswered a session
    latency: float = 0.0  # from a submit_sm to its answer
    jitter: float = 0.0  # at most so much more, by chance
    silent: bool = False  # requests are read, and that is all
    refuse_every: int = 0  # every Nth submit_sm ...
    refuse_with: int = ESME_RSYSERR  # ... gets this command_status
    throttle_for: float = 0.0  # from when it is set, each submit_sm gets ESME_RTHROTTLED
    drop_every: int = 0  # every Nth submit_sm is taken, but the connection breaks instead of an answer
    id_start: int = 1
    id_base: str = attrs.field(default="hex", validator=attrs.validators.in_(BASES))  # of ids in answers
    receipts: bool = True  # for those who ask for them
    receipt_delay: float = 0.0  # after the answer
    receipt_ids: str = attrs.field(default="same", validator=attrs.validators.in_(("same", *BASES)))
    receipt_status: str = "DELIVRD"  # several words, between blanks: that many receipts, in that order
    twice: bool = False  # each receipt is sent two times
    early: bool = False  # receipts go out before the answer
    retry_after: float = 5.0  # a deliver_sm that was refused comes again
    enquire_after: float = 30.0  # of silence; as much again without an answer ends the session

    def answered_id(self, number: int) -> str:
        """The message_id of a submit_sm_resp."""
        return BASES[self.id_base].format(number)

    def receipt_id(self, number: int) -> str:
        """The same in a receipt."""
        return BASES[self.id_base if self.receipt_ids == "same" else self.receipt_ids].format(number)


@attrs.frozen
class Submit:
    """One submit_sm that was taken. `octets`: its user data, header and all; numbers as `+digits` where TON is 1."""

    at: float  # seconds since the epoch
    message_id: str  # as answered
    source: str
    destination: str
    data_coding: int
    esm_class: int
    octets: bytes

    @property
    def text(self) -> str:
        """Of this part, without its user data header."""
        body = read_udh(self.octets)[2] if self.esm_class & UDHI else self.octets
        return decode(body, encoding(self.data_coding))

    def told(self) -> dict[str, str]:
        """What a record says of it."""
        return {
            "id": self.message_id,
            "source": self.source,
            "destination": self.destination,
            "text": self.text,
            "octets": self.octets.hex(),
        }


def taken(pdu: SubmitSm, message_id: str, at: float) -> Submit:
    """A submit_sm as it is remembered."""
    return Submit(
        at=at,
        message_id=message_id,
        source=from_ton(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr),
        destination=from_ton(pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr),
        data_coding=pdu.data_coding,
        esm_class=pdu.esm_class,
        octets=user_data(pdu),
    )

"""What an SMPP account says and understands: how a part becomes a PDU, and what answers and deliveries mean.

It joins the tables of this folder by the account's settings. When a PDU goes
and what is done about an answer is not known here.
"""

from __future__ import annotations

from typing import Any

import attrs

from chanserv.links.base import Judgement, Question
from chanserv.links.events import Answered
from chanserv.links.smpp import receipts, verdicts
from chanserv.links.smpp.parts import submit_sm
from chanserv.links.smpp.pdus import SubmitSm
from chanserv.links.smpp.session import Session
from chanserv.links.smpp.terms import Credentials, Rules
from chanserv.message import Part, Receipt, Reply, Verdict, Work
from chanserv.settings import SmppSettings


@attrs.frozen
class SmppSpeech:
    """`links.base.Speech` of SMPP."""

    settings: SmppSettings
    roles: tuple[str, ...] = ("transceiver",)

    def sends(self, role: str) -> bool:
        return role != "receiver"

    def session(self, role: str) -> Session:
        own = self.settings
        rules = Rules(bind_within=own.bind_within, answer_within=own.answer_within, enquire_after=own.enquire_after)
        credentials = Credentials(
            system_id=own.system_id.encode("latin-1", "replace"),
            password=own.password.reveal().encode("latin-1", "replace"),
            system_type=own.system_type.encode("latin-1", "replace"),
        )
        return Session(rules, credentials)

    def compose(self, work: Work, part: Part) -> SubmitSm:
        return submit_sm(work, part, self.settings.receipts != "none")

    def judge(self, answered: Answered, tries: int) -> Judgement:
        status = answered.status
        verdict, name = verdicts.verdict(status, tries), verdicts.name(status)
        taken = verdict is Verdict.TAKEN
        carrier_id, raw = receipts.canonical(answered.message_id), answered.message_id.decode("latin-1")
        return Judgement(
            verdict=verdict,
            code=name,
            reason="" if taken else name,
            carrier_id=carrier_id if taken else "",
            raw_id=raw if taken and raw != carrier_id else "",
            pause=verdicts.THROTTLES.get(status, 0.0),
            lost=status == verdicts.ESME_RINVBNDSTS,
        )

    def read(self, pdu: Any, now: float) -> Receipt | Reply | None:
        receipt = receipts.read(pdu, self.settings.name, self.settings.message_id)
        return receipt if receipt is not None else receipts.mo(pdu, self.settings.name, now)

    def question(self, asked: Question) -> None:
        return None

    def cancellation(self, asked: Question) -> None:
        return None

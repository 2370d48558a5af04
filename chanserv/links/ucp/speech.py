"""What a UCP account says and understands: how a part becomes an operation, and what results and deliveries mean.

It joins the tables of this folder by the account's settings, and keeps what its
sessions share: which numbers were written to just now. UCP names a text by
recipient and second alone: with `same_second = "wait"` no two messages to one
number, from whatever sender, get the same name; with "share" the oldest of
them has the first receipt. When an operation goes, and what is done about a
result, is not known here.
"""

from __future__ import annotations

from typing import Any

import attrs

from chanserv.errors import BadField
from chanserv.links.base import Judgement, Question
from chanserv.links.events import Answered
from chanserv.links.meanings import Meanings
from chanserv.links.spacing import Spacing
from chanserv.links.terms import Rules
from chanserv.links.ucp import deliveries, verdicts
from chanserv.links.ucp.addresses import originator, recipient
from chanserv.links.ucp.operations import Delete, Inquiry, Message
from chanserv.links.ucp.parts import submission
from chanserv.links.ucp.session import Session
from chanserv.links.ucp.terms import Login, Submission
from chanserv.message import Part, Receipt, Reply, Verdict, Work
from chanserv.settings import UcpSettings

CALLER = "caller"


@attrs.frozen
class UcpSpeech:
    """`links.base.Speech` of UCP."""

    version = ""  # no operation tells one
    settings: UcpSettings
    spacing: Spacing | None = attrs.field(init=False)
    meanings: Meanings = attrs.field(init=False)

    @spacing.default
    def _(self) -> Spacing | None:
        return Spacing() if self.settings.same_second == "wait" else None

    @meanings.default
    def _of_settings(self) -> Meanings:
        return verdicts.meanings(self.settings.errors)

    @property
    def roles(self) -> tuple[str, ...]:
        """One connection, if there is anybody to dial."""
        return ("session",) if self.settings.hosts else ()

    def sends(self, role: str) -> bool:
        """SMSCs that connect to us do so for what they deliver: we submit there only if we have no other way."""
        return role != CALLER or not self.settings.hosts

    def session(self, role: str) -> Session:
        own = self.settings
        rules = Rules(
            bind_within=own.bind_within,
            answer_within=own.answer_within,
            # Who only delivers need not answer operations of ours, and comes again when there is something.
            enquire_after=own.enquire_after if self.sends(role) else 0.0,
        )
        login = Login(
            account=own.account,
            password=own.password.reveal() if own.password else None,
            oton=own.oton,
            onpi=own.onpi,
            subscribe=own.subscribe,
        )
        return Session(rules, login, self.spacing, called=role == CALLER)

    def compose(self, work: Work, part: Part) -> Submission:
        return submission(work, part, self.settings)

    def judge(self, answered: Answered, tries: int) -> Judgement:
        ec = answered.status
        verdict = self.meanings.verdict(ec) or verdicts.verdict(ec, tries)
        name = verdicts.name(ec) if ec else ""
        raw = answered.message_id.decode("latin-1")
        taken, carrier_id = verdict is Verdict.TAKEN, deliveries.carrier_id(raw)
        return Judgement(
            verdict=verdict,
            code=name or "A",
            reason="" if taken else ": ".join(filter(None, (name, answered.words))),
            carrier_id=carrier_id,
            raw_id=raw if raw != carrier_id else "",
            pause=self.meanings.pause(ec),
            lost=self.settings.password is not None and self.meanings.lost(ec),
        )

    def read(self, pdu: Any, now: float) -> Receipt | Reply | None:
        return deliveries.read(pdu, now, self.settings)

    def question(self, asked: Question) -> Message | None:
        """55."""
        return self._about(Inquiry, asked)

    def cancellation(self, asked: Question) -> Message | None:
        """56."""
        return self._about(Delete, asked)

    def _about(self, make: type[Message], asked: Question) -> Message | None:
        """Its addresses as they were written, and the stamp of its name."""
        scts = asked.carrier_id.rpartition(":")[2]
        if not deliveries.carrier_id(f":{scts}"):
            return None
        try:
            oadc, otoa = originator(asked.sender or self.settings.account)
            return make(adc=recipient(asked.to, self.settings.international), oadc=oadc, scts=scts, otoa=otoa)
        except BadField:
            return None

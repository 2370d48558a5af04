"""What an SMPP account says and understands: how a part becomes a PDU, and what answers and deliveries mean.

It joins the tables of this folder by the account's settings. When a PDU goes
and what is done about an answer is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chanserv.links.base import Judgement, Question
from chanserv.links.events import Answered
from chanserv.links.smpp import ids, receipts, texts, verdicts
from chanserv.links.smpp.coding import PACKED, Codings
from chanserv.links.smpp.parts import Composer
from chanserv.links.smpp.pdus import CancelSm, DataSm, QuerySm, SubmitSm
from chanserv.links.smpp.session import Session
from chanserv.links.smpp.signing import Credentials
from chanserv.links.smpp.terms import V33, V34, V50, Spoken
from chanserv.links.terms import Rules
from chanserv.message import Part, Receipt, Reply, Verdict, Work
from chanserv.settings import SmppSettings

VERSIONS = {"3.3": V33, "3.4": V34, "5.0": V50}
CALLER = "caller"  # the role of a connection that the carrier makes


class SmppSpeech:
    """`links.base.Speech` of SMPP. `clock`: seconds since the epoch."""

    kind = "smpp"

    def __init__(self, settings: SmppSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.roles = _roles(settings)
        self._clock = clock
        self._spoken = Spoken(VERSIONS[settings.version])
        self._composer = Composer(settings)
        self._codings = Codings(settings.alphabet, settings.data_coding)
        self._meanings = verdicts.meanings(settings.errors)

    @property
    def version(self) -> str:
        """Ours, or a lower one of the carrier's."""
        return next(name for name, number in VERSIONS.items() if number == self._spoken.version)

    def sends(self, role: str) -> bool:
        return self._mode(role) != "receiver"

    def _mode(self, role: str) -> str:
        """Whoever was called may bind as a receiver only; since 5.0 (section 2.2.1) as a transceiver too."""
        if role != CALLER:
            return role
        return "transceiver" if self.settings.version == "5.0" and self.settings.bind == "transceiver" else "receiver"

    def session(self, role: str) -> Session:
        own = self.settings
        return Session(
            Rules(bind_within=own.bind_within, answer_within=own.answer_within, enquire_after=own.enquire_after),
            Credentials(
                mode=self._mode(role),
                version=VERSIONS[own.version],
                system_id=_octets(own.system_id),
                password=_octets(own.password.reveal()),
                system_type=_octets(own.system_type),
                addr_ton=own.addr_ton,
                addr_npi=own.addr_npi,
                address_range=_octets(own.address_range),
                called=role == CALLER,
                outbind_id=None if own.outbind_id is None else _octets(own.outbind_id),
                outbind_password=None if own.outbind_password is None else _octets(own.outbind_password.reveal()),
            ),
            self._spoken,
        )

    def compose(self, work: Work, part: Part) -> SubmitSm | DataSm:
        return self._composer.compose(work, part, self._clock(), self._spoken.version)

    def judge(self, answered: Answered, tries: int) -> Judgement:
        status = answered.status
        verdict = self._meanings.verdict(status) or verdicts.verdict(status, tries, answered.passing)
        name = verdicts.name(status)
        if verdict is Verdict.TAKEN:
            carrier_id, raw = ids.canonical(answered.message_id), answered.message_id.decode("latin-1")
            return Judgement(verdict=verdict, code=name, carrier_id=carrier_id, raw_id=raw if raw != carrier_id else "")
        return Judgement(
            verdict=verdict,
            code=name,
            reason=f"{name}: {answered.words}" if answered.words else name,
            pause=self._meanings.pause(status),
            lost=self._meanings.lost(status),
        )

    def read(self, pdu: Any, now: float) -> Receipt | Reply | None:
        own = self.settings
        receipt = receipts.read(pdu, own.name, own.message_id, own.receipt, own.alphabet == PACKED)
        if receipt is not None or receipts.acknowledges(pdu):
            return receipt
        return texts.mo(pdu, own.name, now, self._codings)

    def question(self, asked: Question) -> QuerySm | None:
        if not self.settings.ask or not asked.carrier_id:
            return None
        ton, npi, source = self._composer.source(asked.sender)
        return QuerySm(
            message_id=_octets(asked.carrier_id), source_addr_ton=ton, source_addr_npi=npi, source_addr=source
        )

    def cancellation(self, asked: Question) -> CancelSm | None:
        """By its id: without one, cancel_sm drops every text between the two (SMPP 3.4, section 4.9.1)."""
        if not asked.carrier_id:
            return None
        source_ton, source_npi, source = self._composer.source(asked.sender)
        dest_ton, dest_npi, dest = self._composer.dest(asked.to)
        return CancelSm(
            service_type=_octets(self.settings.service_type),
            message_id=_octets(asked.carrier_id),
            source_addr_ton=source_ton,
            source_addr_npi=source_npi,
            source_addr=source,
            dest_addr_ton=dest_ton,
            dest_addr_npi=dest_npi,
            destination_addr=dest,
        )


def _roles(settings: SmppSettings) -> tuple[str, ...]:
    """One for each session; a transmitter and its receiver are two. Without hosts, we only wait for calls."""
    if not settings.hosts:
        return ()
    if settings.bind == "transmitter+receiver":
        return ("transmitter", "receiver") * max(1, settings.binds // 2)
    return (settings.bind,) * settings.binds


def _octets(text: str) -> bytes:
    return text.encode("latin-1", "replace")

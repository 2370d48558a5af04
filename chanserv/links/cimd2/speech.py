"""What a CIMD2 account says and understands: how a part becomes a packet, and what answers and deliveries mean.

It joins the tables of this folder by the account's settings. When a packet
goes and what is done about an answer is not known here.
"""

from __future__ import annotations

import re
from typing import Any

from chanserv.errors import BadField
from chanserv.links.base import Judgement, Question
from chanserv.links.cimd2 import content, reports, text, verdicts
from chanserv.links.cimd2.packets import (
    ALPHA_ORIGINATOR,
    CANCEL,
    CANCEL_MODE,
    CANCELLABLE,
    DESTINATION,
    ENQUIRE,
    ORIGINATOR,
    PARAMETERS,
    PRIORITY,
    REPORT,
    REPORTS_WANTED,
    SERVICE,
    STAMP,
    SUBMIT,
    TARIFF,
    Packet,
    Parameters,
    fault,
)
from chanserv.links.cimd2.session import Session
from chanserv.links.cimd2.terms import Credentials, Habits, Learnt, Submit
from chanserv.links.events import Answered
from chanserv.links.spacing import Spacing
from chanserv.links.terms import Rules
from chanserv.message import Part, Receipt, Reply, Verdict, Work
from chanserv.settings import Cimd2Settings
from chanserv.text import gsm7
from chanserv.text.numbers import TEXT as LONGEST_ALPHA
from chanserv.text.numbers import digits

MOST = 126  # of the window's 128 numbers two are left, for alive and logout
INTERNATIONAL = {"digits": "", "plus": "+", "00": "00"}
ONE = "2"  # cancel mode: one message
_NUMBER = re.compile(r"\+?[0-9][0-9 ().\-/]*")


class Cimd2Speech:
    """`links.base.Speech` of CIMD2."""

    version = ""  # no operation tells one

    def __init__(self, settings: Cimd2Settings) -> None:
        self.settings = settings
        self._learnt = Learnt(zone=settings.zone)
        self._spacing = Spacing() if settings.same_second == "wait" else None
        self._meanings = verdicts.meanings(settings.errors)
        self._always = self._parameters()

    @property
    def roles(self) -> tuple[str, ...]:
        if self.settings.binds == 1:
            return ("session",)
        return tuple(f"session {number}" for number in range(1, self.settings.binds + 1))

    def sends(self, role: str) -> bool:
        return True

    def session(self, role: str) -> Session:
        own = self.settings
        rules = Rules(bind_within=own.bind_within, answer_within=own.answer_within, enquire_after=own.enquire_after)
        habits = Habits(
            window=min(own.window, MOST) if own.ask_window else 0,
            checksum=own.checksum,
            ask_time=own.zone is None,
        )
        sub_address = own.sub_address
        if sub_address is not None and role in self.roles:
            sub_address = (sub_address + self.roles.index(role)) % 10  # each session has its own
        credentials = Credentials(own.user, own.password.reveal(), sub_address)
        return Session(rules, credentials, self._learnt, self._spacing, habits)

    def compose(self, work: Work, part: Part) -> Submit:
        """One destination a packet: each part has an answer of its own."""
        own = self.settings
        latin = own.alphabet == "latin-1"
        parameters = (
            (DESTINATION, self._number(work.to)),
            *self._originator(work.sender),
            *content.write(work.coding, part.slice, latin),
            *self._always,
        )
        _check(parameters)
        expires = work.expires if own.validity_period == "relative" else 0.0
        return Submit(Packet(SUBMIT, parameters=parameters), work.to, work.message, expires)

    def _parameters(self) -> Parameters:
        """What every submit carries."""
        own = self.settings
        reports_wanted = 0 if own.receipts == "none" else own.status_report
        more = ((TARIFF, own.tariff), (SERVICE, own.service), (PRIORITY, own.priority))
        given = tuple((code, str(value)) for code, value in more if value is not None)
        return ((REPORTS_WANTED, str(reports_wanted)), (CANCELLABLE, "1"), *given)

    def _number(self, address: str) -> str:
        return (INTERNATIONAL[self.settings.international] if address.startswith("+") else "") + digits(address)

    def _originator(self, sender: str) -> Parameters:
        """A number, a name of at most 11 septets, or nothing: then the SMSC puts the account's."""
        if not sender:
            return ()
        if _NUMBER.fullmatch(sender):
            return ((ORIGINATOR, self._number(sender)),)
        known = text.septets(sender)[:LONGEST_ALPHA]
        return ((ALPHA_ORIGINATOR, text.write(known.removesuffix(bytes([gsm7.ESC])))),)

    def judge(self, answered: Answered, tries: int) -> Judgement:
        error = answered.status
        verdict = self._meanings.verdict(error) or verdicts.verdict(error, tries)
        name = verdicts.label(error)
        said = name if answered.words.lower() in ("", verdicts.name(error)) else f"{name}: {answered.words}"
        taken = verdict is Verdict.TAKEN
        raw = answered.message_id.decode("latin-1") if taken else ""
        carrier_id = reports.canonical(raw)
        return Judgement(
            verdict=verdict,
            code=name,
            reason="" if taken else said,
            carrier_id=carrier_id,
            raw_id=raw if raw != carrier_id else "",
            pause=self._meanings.pause(error),
            lost=self._meanings.lost(error),
        )

    def read(self, pdu: Any, now: float) -> Receipt | Reply | None:
        name, zone = self.settings.name, self._learnt.zone
        if pdu.operation == REPORT:
            return reports.report(pdu, name, zone)
        return reports.text(pdu, name, zone, now)

    def question(self, asked: Question) -> Packet | None:
        named = self._named(asked) if self.settings.ask else ()
        return Packet(ENQUIRE, parameters=named) if named else None

    def cancellation(self, asked: Question) -> Packet | None:
        named = self._named(asked)
        return Packet(CANCEL, parameters=((CANCEL_MODE, ONE), *named)) if named else None

    def _named(self, asked: Question) -> Parameters:
        """How the SMSC knows a part: its number as it wrote it, and its second."""
        to, _, stamp = asked.carrier_id.rpartition(":")
        found = ((DESTINATION, to), (STAMP, stamp))
        return () if any(fault(code, value) for code, value in found) else found


def _check(parameters: Parameters) -> None:
    for code, value in parameters:
        if error := fault(code, value):
            raise BadField(f"{PARAMETERS[code][0]}: no packet can say this", error)

"""What one session has to say and waits for: parts, questions, and words of its own, each under its reference number.

When anything may be said is the session's matter.
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadField
from chanserv.links.events import Answered, Event, Unanswered
from chanserv.links.spacing import Spacing
from chanserv.links.ucp import verdicts
from chanserv.links.ucp.codec import encode
from chanserv.links.ucp.deliveries import named
from chanserv.links.ucp.inquiries import Inquiries
from chanserv.links.ucp.operations import Delete, Inquiry, Message, Operation
from chanserv.links.ucp.results import Result
from chanserv.links.ucp.submissions import Submissions
from chanserv.links.ucp.terms import Submission
from chanserv.links.ucp.transactions import Transactions
from chanserv.links.window import Outlet

MOST_ASKED = 50  # questions without a result, those given up among them: half the references stay for parts


class Outgoing:
    """`within`: seconds a result may take."""

    def __init__(self, spacing: Spacing | None, within: float) -> None:
        self.parts = Submissions(spacing)
        self.inquiries = Inquiries()
        self.outlet = Outlet()
        self._trns = Transactions()
        self._within = within
        self._number = 0

    def submit(self, pdu: Submission) -> int:
        """It is held until `release`. Raises BadField."""
        encode(pdu.operation)
        number = self._take()
        self.parts.put(number, pdu)
        return number

    def release(self, now: float) -> None:
        """What is held and may go goes."""
        for number, operation in self.parts.ready(now, self._trns.room, self._within):
            self._send(number, operation)

    def ask(self, now: float, pdu: Message) -> int:
        """Raises BadField, and sends nothing, if it cannot be said now."""
        asked = len(self._trns.of(Inquiry.ot)) + len(self._trns.of(Delete.ot))
        if asked >= MOST_ASKED or not self._trns.room:
            raise BadField("too many questions are open")
        encode(pdu)
        number = self._take()
        self.inquiries.add(number, pdu, now + self._within)
        self._send(number, pdu)
        return number

    def say(self, operation: Operation) -> None:
        """An operation of the session's own: one of its kind is waited for, and none is said if no reference is free.

        Raises BadField.
        """
        for trn in self._trns.of(operation.kind):
            self._trns.settle(trn, operation.kind)
        if self._trns.room:
            self.write(attrs.evolve(operation, trn=self._trns.take(operation.kind)))

    def write(self, said: Operation | Result) -> None:
        self.outlet.write(encode(said))

    def settle(self, result: Result) -> int | None:
        """The number its operation went under, 0 for one of the session's own; None: nobody waits for it."""
        return self._trns.settle(result.trn, result.ot)

    def answered(self, now: float, number: int, result: Result) -> list[Event] | None:
        """What the result of a part or a question tells; None: it was given up."""
        if result.ot in (Inquiry.ot, Delete.ot):
            if number not in self.inquiries.waiting:
                return None
            replied = self.inquiries.answered(number, result)
            return [replied] if replied else []
        operation = self.parts.answered(now, number)
        if result.well:
            return [Answered(number, 0, named(result.sm, getattr(operation, "adc", "")).encode())]
        return [Answered(number, verdicts.code(result), words=result.sm)]

    def due(self, deaf: bool) -> list[float | None]:
        """When something is to be done, at the latest. `deaf`: nothing is waited for."""
        held = self.parts.held.due() if self._trns.room else None
        return [held] if deaf else [held, self.parts.open.first_due, self.inquiries.waiting.first_due]

    def given_up(self, now: float, reason: str) -> list[Event]:
        """Questions that have no answer in time. Their references stay busy."""
        late = self.inquiries.waiting.overdue(now)
        for number in late:
            self.inquiries.pop(number)
        return [Unanswered(number, reason) for number in late]

    def longer(self, seconds: float) -> None:
        """All wait as much longer."""
        self.parts.open.longer(seconds)
        self.inquiries.waiting.longer(seconds)

    def end(self, reason: str) -> list[Event]:
        """Nothing will be answered any more; what was not written must not be, with the last words."""
        waiting = (*self.parts.open, *self.inquiries.waiting)
        told: list[Event] = [Unanswered(number, reason, self.outlet.written(number)) for number in waiting]
        told += [Unanswered(number, reason, False) for number in self.parts.held]
        self.outlet.take_back()
        self.parts.clear()
        self.inquiries.clear()
        return told

    def _send(self, number: int, operation: Operation) -> None:
        trn = self._trns.take(operation.kind, number)
        self.outlet.submit(number, encode(attrs.evolve(operation, trn=trn)))

    def _take(self) -> int:
        self._number += 1
        return self._number

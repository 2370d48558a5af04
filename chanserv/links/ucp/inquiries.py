"""Questions (55) and wishes to cancel (56) that wait for what the SMSC says to them.

An N is its answer to either, an A to a 56 as well; to a 55 it means that a 57
will come, an operation of its own, known by number and stamp. When a question
goes is the session's matter.
"""

from __future__ import annotations

import attrs

from chanserv.links.events import Replied
from chanserv.links.spacing import alike
from chanserv.links.ucp import reasons, verdicts
from chanserv.links.ucp.deliveries import FATES
from chanserv.links.ucp.operations import Inquiry, InquiryResponse, Message
from chanserv.links.ucp.results import Result
from chanserv.links.window import Window
from chanserv.message import line


@attrs.define(eq=False)
class Inquiries:
    """By the session's number."""

    waiting: Window = attrs.field(factory=Window)
    _asked: dict[int, Message] = attrs.field(factory=dict)

    def add(self, number: int, asked: Message, due: float) -> None:
        self.waiting.add(number, due)
        self._asked[number] = asked

    def pop(self, number: int) -> bool:
        """It waits no longer; False: it did not."""
        self._asked.pop(number, None)
        return self.waiting.pop(number)

    def answered(self, number: int, result: Result) -> Replied | None:
        """The result of the question itself; None: it says nothing yet, or nobody waits."""
        if number not in self.waiting or (result.well and isinstance(self._asked[number], Inquiry)):
            return None
        self.pop(number)
        if result.well:
            return Replied(number, 0, words=result.sm)
        ec = verdicts.code(result)
        return Replied(number, ec, words=" ".join(filter(None, (verdicts.name(ec), result.sm))))

    def told(self, pdu: InquiryResponse) -> Replied | None:
        """A 57: the first question it answers."""
        numbers = {alike(pdu.adc), alike(pdu.oadc)}
        for number, asked in self._asked.items():
            if isinstance(asked, Inquiry) and asked.scts == pdu.scts and alike(asked.adc) in numbers:
                self.pop(number)
                fate, word = FATES.get(pdu.dst, (None, f"Dst {pdu.dst}"))
                return Replied(number, 0, fate, line(", ".join(filter(None, (word, reasons.words(pdu.rsn))))))
        return None

    def clear(self) -> None:
        """Nobody will answer them."""
        self.waiting.clear()
        self._asked.clear()

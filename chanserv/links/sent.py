"""A part that was handed to a session, and what is told once something is known of it: values only."""

from __future__ import annotations

from typing import NamedTuple

from chanserv.message import UNSENT, Outcome, Part, Verdict, Work


class Sent(NamedTuple):
    """It waits for its answer."""

    message: int
    piece: int
    part: int
    link: str
    tries: int  # before this one

    @classmethod
    def of(cls, work: Work, part: Part) -> Sent:
        return cls(work.message, work.piece, part.number, work.link, part.tries)

    def outcome(self, verdict: Verdict, reason: str, carrier_id: str = "", raw_id: str = "") -> Outcome:
        """What became of it."""
        return Outcome(
            message=self.message,
            piece=self.piece,
            part=self.part,
            link=self.link,
            verdict=verdict,
            reason=reason,
            carrier_id=carrier_id,
            raw_id=raw_id,
        )

    def unsent(self) -> Outcome:
        """Its octets never left: no try counts."""
        return self.outcome(Verdict.LATER, UNSENT)

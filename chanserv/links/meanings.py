"""What single codes of a carrier mean where its operator knows better (`errors` of a link), and how long one rests.

A kind gives its table of rests and its code for who is not signed in; what the codes are called, and what they mean
where the operator says nothing, it knows itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from chanserv.message import Verdict

THROTTLED = "throttled"  # LATER, and nothing more for a while


@attrs.frozen(kw_only=True)
class Meanings:
    """`own`: the operator's words, by code; `rests`: seconds after codes that throttle; `rest`: after any other."""

    own: Mapping[int, str] = attrs.field(factory=dict)
    rests: Mapping[int, float]
    rest: float
    stranger: int  # the code that says we are not signed in

    def verdict(self, code: int) -> Verdict | None:
        """The operator's, for good, however often it was tried; None: nothing is said of this code."""
        meaning = self.own.get(code)
        if meaning is None:
            return None
        return Verdict.LATER if meaning == THROTTLED else Verdict(meaning)

    def pause(self, code: int) -> float:
        """Seconds in which nothing more is to be submitted."""
        meaning = self.own.get(code, THROTTLED if code in self.rests else "")
        return self.rests.get(code, self.rest) if meaning == THROTTLED else 0.0

    def lost(self, code: int) -> bool:
        """Does it say that we are not signed in?"""
        return code == self.stranger and code not in self.own

"""What an answer to a part, or none, means for its account: for the way, the lane, what is counted, and the part.

How a part leaves, and how often, the link knows; what words mean, the profile.
"""

from __future__ import annotations

from collections import Counter

from twisted.logger import Logger

from chanserv.errors import BadField
from chanserv.http import Broke
from chanserv.interfaces import ILane, IRouter
from chanserv.links.rest.calls import Failed
from chanserv.links.rest.speech import Speech, code, outcome
from chanserv.links.rest.stops import hear_stop
from chanserv.links.rest.tokens import NoToken
from chanserv.links.rest.way import Way, passed_over
from chanserv.message import Outcome, Part, Verdict, Work, masked, unsent
from chanserv.profiles.replies import Answered
from chanserv.seldom import Seldom

log = Logger()

THROTTLE = 1.0  # seconds of rest for a throttled account whose provider does not say how long
# Seconds before a part whose answer was lost goes again: its status may tell that it was taken, and three tries must
# outlast a provider's restart. Below order_hold (60), which then lets later texts to the same person pass.
AGAIN_AFTER = 45.0
ANSWERS = 100  # different reasons counted apart

Came = Answered | Failed | NoToken | BadField  # of a request; the last two: there was none


class Judge:
    """That of one account. `counts` are its link's; `answers` says how often which one came."""

    def __init__(
        self, speech: Speech, way: Way, lane: ILane, router: IRouter, counts: Counter[str], seldom: Seldom
    ) -> None:
        self._speech = speech
        self._way = way
        self._lane = lane
        self._router = router
        self._counts = counts
        self._seldom = seldom
        self.answers: Counter[str] = Counter()

    def denied(self, came: Came) -> bool:
        """Does the provider say that it does not know us?"""
        return isinstance(came, Answered) and self._speech.read(came).word == "denied"

    def outcome(self, work: Work, part: Part, came: Came, token: str = "") -> Outcome:
        """Once for each part. `token`: what must not stand in its words."""
        match came:
            case BadField():
                return outcome(work, part, Verdict.REFUSED, str(came))
            case NoToken(denied=True):
                return self._denies(work, part, came.why, of_this=False)
            case NoToken() | Failed(how=Broke.UNSENT):
                return self._misses_it(work, part, came.why)
            case Failed():
                return self._lost(work, part, came)
            case _:
                return self._answered(work, part, came, token)

    def surprised(self, work: Work, part: Part) -> Outcome:
        """A fault of ours, with which nobody knows how far the part came."""
        self._counts["surprises"] += 1
        return outcome(work, part, Verdict.UNKNOWN, "a fault of ours", after=AGAIN_AFTER)

    def _lost(self, work: Work, part: Part, failed: Failed) -> Outcome:
        self._counts["submits"] += 1
        self.answers["none"] += 1
        self._way.missed(failed.why)
        return outcome(work, part, Verdict.UNKNOWN, failed.why, after=AGAIN_AFTER)

    def _answered(self, work: Work, part: Part, answered: Answered, token: str) -> Outcome:
        self._counts["submits"] += 1
        said = self._speech.read(answered, token)
        if said.word == "denied":
            return self._denies(work, part, said.reason, of_this=True)
        self._way.found()
        self._count(code(said))
        if said.word == "throttled":
            self._lane.throttled(said.after or THROTTLE)
            if self._seldom.due():
                log.warn("{link}: its provider says slow down: {code}", link=work.link, code=masked(said.reason))
        if said.word == "stopped":
            self._counts["stops"] += 1
            hear_stop(self._router, work)
        return outcome(work, part, said.verdict, said.reason, said.id, said.after, said.more)

    def _count(self, answer: str) -> None:
        self.answers[answer if answer in self.answers or len(self.answers) < ANSWERS else "other"] += 1

    def _misses_it(self, work: Work, part: Part, why: str) -> Outcome:
        """Nobody was there: the part goes back in line."""
        self._way.missed(why)
        return unsent(work, part)

    def _denies(self, work: Work, part: Part, why: str, of_this: bool) -> Outcome:
        """So does one that a right key would have sent. If it is told so of this part, it may be the only one: the
        next to find out is another.
        """
        if self._way.refused(why) and of_this:
            return outcome(work, part, Verdict.LATER, why, after=passed_over(part.tries))
        return unsent(work, part)

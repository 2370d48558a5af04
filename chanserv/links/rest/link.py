"""One account at a REST aggregator: parts out as requests, at most `concurrency` of them unanswered.

There is no session to be up: `way` knows whether anybody is there. What a
request says, the profile tells; what an answer means, `judge`; what a status
means for its part, the store.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.errors import BadField
from chanserv.interfaces import IGate, ILane, ILink, IRouter
from chanserv.links.rest.calls import Calls, ICalls
from chanserv.links.rest.door import Door
from chanserv.links.rest.elsewhere import Elsewhere, place
from chanserv.links.rest.gated import GatedCalls
from chanserv.links.rest.judge import Came, Judge
from chanserv.links.rest.speech import Speech
from chanserv.links.rest.tokens import NoToken, Tokens
from chanserv.links.rest.turns import Turns
from chanserv.links.rest.way import Way
from chanserv.message import Answer, Outcome, Part, Question, Work, unsent
from chanserv.profiles.profile import Profile
from chanserv.seldom import Seldom
from chanserv.settings import ExternalSettings, RestSettings

log = Logger()

STOP_WITHIN = 7.0  # seconds for answers that are still to come
LAST_WITHIN = 1.0  # and for requests to end that were given up then


@implementer(ILink)
class RestLink:
    """`calls` are its requests' way out, by default over the network; `door` makes what hears its provider.

    With `turns` the parts of one text go one after the other, else side by side.
    """

    def __init__(
        self,
        settings: RestSettings | ExternalSettings,
        lane: ILane,
        router: IRouter,
        reactor: Any,
        gate: IGate | None = None,
        device: str | None = None,
        calls: ICalls | None = None,
        chance: Callable[[], float] = random.random,
        door: Callable[[ICalls, Counter[str]], Any] | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.settings = settings
        self.name = settings.name
        self.kind: str = settings.kind
        self.profile: Profile = settings.provider
        self._lane = lane
        self._router = router
        self._clock: IReactorTime = reactor
        self._gate = gate
        plain = calls or Calls(settings, settings.concurrency, reactor, device)
        there = plain if gate is None else GatedCalls(plain, gate)
        self._calls: ICalls = Elsewhere(there, settings.elsewhere)
        self._speech = Speech(settings)
        token = self.profile.token
        self._tokens = Tokens(token, self._calls, reactor, self._speech.ours) if token else None
        self._way = Way(settings.name, reactor, lane.changed, chance)
        self._turns = turns
        self._open = 0
        self._started = self._stopping = False
        self._idle: list[Deferred[None]] = []  # who waits for nothing to be open
        self._counts: Counter[str] = Counter()
        self._judge = Judge(self._speech, self._way, lane, router, self._counts, Seldom(reactor))
        self.door: Any = (door or self._usual_door)(there, self._counts)
        if gate is not None:
            gate.subscribe(lane.changed)

    def _usual_door(self, calls: ICalls, counts: Counter[str]) -> Door:
        assert isinstance(self.settings, RestSettings), "any other kind brings its own"
        return Door(settings=self.settings, router=self._router, calls=calls, clock=self._clock, counts=counts)

    # ILink

    @property
    def up(self) -> bool:
        return self._started and not (self._stopping or self._way.resting or self._gated)

    @property
    def trying(self) -> bool:
        """The last request found nobody: whoever is up for long enough to find out is not up yet (`detours`)."""
        return not self._way.proven

    @property
    def _gated(self) -> bool:
        return self._gate is not None and not self._gate.open

    @property
    def window(self) -> int:
        """After a miss one part finds out whether the way is good again."""
        if not self.up:
            return 0
        return self.settings.concurrency if self._way.proven else 1

    def start(self) -> None:
        """ILink: a rest is over, too."""
        self._started = True
        self._way.begin()

    def send(self, work: Work) -> None:
        """ILink."""
        for part in work.parts:
            self._open += 1
            delivered = Deferred.fromCoroutine(self._in_turn(work, part))
            delivered.addErrback(self._surprised, work, part)
            delivered.addCallback(self._ended).addBoth(self._next, work.piece)

    def ask(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """ILink: no profile has words for it."""
        return succeed([Answer(well=False, words=f"{self.name} cannot be asked this") for _ in questions])

    def cancel(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """ILink: nor for this."""
        return self.ask(questions)

    def stop(self) -> Deferred[None]:
        """ILink: bounded by STOP_WITHIN and LAST_WITHIN."""
        self._stopping = True
        self._way.stop()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        await self._nothing_open(STOP_WITHIN)
        await self._calls.close()
        await self._nothing_open(LAST_WITHIN)

    def _nothing_open(self, within: float) -> Deferred[None]:
        waiting: Deferred[None] = Deferred(lambda each: each.callback(None))
        if self._open:
            self._idle.append(waiting)
            return waiting.addTimeout(within, self._clock)
        return succeed(None)

    def status(self) -> dict[str, object]:
        """ILink: for the page."""
        return {
            "state": self._state,
            "since": self._way.since,
            "host": place(self.profile.about.title, self.settings.elsewhere),
            "last_error": self._way.last_error,
            "sessions": 0,
            "locked": self._way.denied,
            "again": self._way.again,
            "version": self.profile.name,
            "unanswered": self._open,
            "answers": dict(self._judge.answers),
            "late": 0,
            "strange": self._counts["unclear"] + self._counts["unreadable"],
            "flaps": self._way.rests,
            "hooks_refused": 0,
            **self._counts,
        }

    @property
    def _state(self) -> str:
        if self._stopping:
            return "stopped"
        if self._gated:
            return "gated"
        return "resting" if self._way.resting else "bound" if self._started else "down"

    # a part goes

    async def _in_turn(self, work: Work, part: Part) -> Outcome:
        """Behind the parts of its text that came before; if there is no way by then, it goes back in line."""
        if self._turns is not None:
            await self._turns.take(work.piece)
        return await self._deliver(work, part) if self.up or self._turns is None else unsent(work, part)

    async def _deliver(self, work: Work, part: Part) -> Outcome:
        """One part, once; but that one whose token turns out to be old goes with the next, as nobody has taken it."""
        token = await self._token()
        came = await self._call(work, part, token)
        if token and self._judge.denied(came):
            assert self._tokens is not None and isinstance(token, str)
            self._tokens.drop(token)
            came = await self._call(work, part, await self._token())
        return self._judge.outcome(work, part, came, self._tokens.value if self._tokens else "")

    async def _token(self) -> str | NoToken:
        return await self._tokens.get() if self._tokens is not None else ""

    async def _call(self, work: Work, part: Part, token: str | NoToken) -> Came:
        if isinstance(token, NoToken):
            return token
        try:
            request = self._speech.request(work, part, token, self._clock.seconds())
        except BadField as fault:
            return fault
        return await self._calls.call(request)

    # ends

    def _surprised(self, failure: Failure, work: Work, part: Part) -> Outcome:
        log.failure("{link}: a part of piece {piece}", failure, link=self.name, piece=work.piece)
        return self._judge.surprised(work, part)

    def _ended(self, outcome: Outcome) -> None:
        self._open -= 1
        self._lane.answered([outcome])
        if not self._open:
            for waiting in self._idle:
                if not waiting.called:
                    waiting.callback(None)

    def _next(self, ended: Any, piece: int) -> Any:
        if self._turns is not None:
            self._turns.end(piece)
        return ended


def make(settings: RestSettings, *rest: Any, **more: Any) -> RestLink:
    """See `links.KINDS`."""
    return RestLink(settings, *rest, **more)

"""One account at a REST aggregator: parts out as requests, at most `concurrency` of them unanswered.

There is no session to be up: `way` knows whether anybody is there. What a
request says and an answer means, the profile tells; what a status means for
its part, the store.
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

from chanserv import reference
from chanserv.errors import BadField
from chanserv.http import Broke
from chanserv.interfaces import IGate, ILane, ILink, IRouter
from chanserv.links.rest.calls import Calls, Elsewhere, Failed, ICalls
from chanserv.links.rest.door import Door
from chanserv.links.rest.tokens import NoToken, Tokens
from chanserv.links.rest.way import Way
from chanserv.message import UNSENT, Answer, Outcome, Part, Question, Reply, Verdict, Work, unsent
from chanserv.profiles.profile import Profile
from chanserv.profiles.replies import Answered, Said
from chanserv.profiles.trees import Tree
from chanserv.settings import RestSettings
from chanserv.text.numbers import digits
from chanserv.text.parts import decode

log = Logger()

STOP_WITHIN = 8.0  # seconds for answers that are still to come
THROTTLE = 1.0  # seconds of rest for a throttled account whose provider does not say how long
ANSWERS = 100  # different reasons counted apart


@implementer(ILink)
class RestLink:
    """`calls` are its requests' way out; by default over the network."""

    def __init__(
        self,
        settings: RestSettings,
        lane: ILane,
        router: IRouter,
        reactor: Any,
        gate: IGate | None = None,
        device: str | None = None,
        calls: ICalls | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.settings = settings
        self.name = settings.name
        self.kind: str = settings.kind
        self.profile: Profile = settings.provider
        self._lane = lane
        self._router = router
        self._clock: IReactorTime = reactor
        self._gate = gate
        there = calls or Calls(settings, settings.concurrency, reactor, device)
        self._calls: ICalls = Elsewhere(there, settings.base_url) if settings.base_url else there
        self._cfg = settings.cfg
        token = self.profile.token
        self._tokens = Tokens(token, self._calls, reactor, self._ours) if token else None
        self._way = Way(settings.name, reactor, lane.changed, chance)
        self._last_error = ""  # of a request that broke on its way
        self._open = 0
        self._started = self._stopping = False
        self._stopped: list[Deferred[None]] = []
        self._counts: Counter[str] = Counter()
        self.door = Door(settings=settings, router=router, calls=there, clock=reactor, counts=self._counts)
        self._answers: Counter[str] = Counter()
        if gate is not None:
            gate.subscribe(lane.changed)

    # ILink

    @property
    def up(self) -> bool:
        gated = self._gate is not None and not self._gate.open
        return self._started and not (self._stopping or self._way.resting or gated)

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
            self._counts["submits"] += 1
            delivered = Deferred.fromCoroutine(self._deliver(work, part))
            delivered.addErrback(self._surprised, work, part)
            delivered.addCallback(self._ended)

    def ask(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """ILink: no profile has words for it."""
        return succeed([Answer(well=False, words=f"{self.name} cannot be asked this") for _ in questions])

    def cancel(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """ILink: nor for this."""
        return self.ask(questions)

    def stop(self) -> Deferred[None]:
        """ILink: bounded by STOP_WITHIN."""
        self._stopping = True
        self._way.stop()
        gone: Deferred[None] = Deferred()
        if self._open:
            self._stopped.append(gone)
        else:
            gone.callback(None)
        gone.addTimeout(STOP_WITHIN, self._clock)
        gone.addErrback(lambda failure: log.warn("{link}: answers did not come in time", link=self.name))
        return gone.addCallback(lambda _: self._calls.close())

    def status(self) -> dict[str, object]:
        """ILink: for the page."""
        return {
            "state": self._state,
            "since": self._way.since,
            "host": self.profile.about.title,
            "last_error": self._way.last_error or self._last_error,
            "sessions": 0,
            "locked": self._way.denied,
            "again": 0.0,
            "version": self.profile.name,
            "unanswered": self._open,
            "answers": dict(self._answers),
            "late": 0,
            "strange": self._counts["unclear"] + self._counts["unreadable"],
            "flaps": self._way.rests,
            **self._counts,
        }

    @property
    def _state(self) -> str:
        if self._stopping:
            return "stopped"
        if self._gate is not None and not self._gate.open:
            return "gated"
        return "resting" if self._way.resting else "bound" if self._started else "down"

    # a part goes

    async def _deliver(self, work: Work, part: Part) -> Outcome:
        """One part, once; but that a token which turns out to be old is fetched anew."""
        token = await self._token()
        if isinstance(token, NoToken):
            return self._denies(work, part, token.why) if token.denied else self._misses_it(work, part, token.why)
        try:
            request = self._request(work, part, token)
        except BadField as fault:
            return _outcome(work, part, Verdict.REFUSED, str(fault))
        answered = await self._calls.call(request)
        if isinstance(answered, Failed):
            return self._failed(work, part, answered)
        if answered.status == 401 and token and self._tokens is not None:
            self._tokens.drop(token)
        return self._answered(work, part, answered)

    async def _token(self) -> str | NoToken:
        return await self._tokens.get() if self._tokens is not None else ""

    def _request(self, work: Work, part: Part, token: str) -> Any:
        assert self.profile.send is not None, "the loader has looked"
        coding = {"gsm7": "gsm7", "ucs2": "utf-16-be"}.get(work.coding.value, "utf-8")
        return self.profile.send.request(
            {
                **self._ours(),
                "text": decode(part.slice.body, coding),
                "to": work.to,
                "from": work.sender,
                "id": reference.write(work.message, work.piece, part.number, digits(work.to)),
                "message": work.id,
                "part": part.number,
                "gsm7": work.coding.value == "gsm7",
                "reply": work.reply,
                "channel": work.channel,
                "validity": max(0, round(work.expires - self._clock.seconds())),
                "token": token,
            }
        )

    def _ours(self) -> dict[str, Tree]:
        return {
            "cfg": self._cfg,
            "hook": self.settings.hook_urls(self.profile.paths),
            "now": self._clock.seconds(),
            "nonce": f"{random.getrandbits(128):032x}",
        }

    def _failed(self, work: Work, part: Part, failed: Failed) -> Outcome:
        self._answers["none"] += 1
        if failed.how is Broke.UNSENT:
            return self._misses_it(work, part, failed.why)
        self._last_error = failed.why
        return _outcome(work, part, Verdict.UNKNOWN, failed.why)

    def _answered(self, work: Work, part: Part, answered: Answered) -> Outcome:
        said = self.profile.replies.read(answered, self._cfg)
        if answered.status == 401 and said.word == "failed":
            return self._denies(work, part, said.reason)
        self._way.found()
        code = said.reason if said.reason and len(said.reason) < 20 else said.word
        self._answers[code if code in self._answers or len(self._answers) < ANSWERS else "other"] += 1
        return self._meant(work, part, said)

    def _meant(self, work: Work, part: Part, said: Said) -> Outcome:
        if said.word == "throttled":
            self._lane.throttled(said.after or THROTTLE)
        if said.word == "stopped":
            self._hear_stop(work)
        return _outcome(work, part, said.verdict, said.reason, said.id, said.after)

    def _hear_stop(self, work: Work) -> None:
        """The provider will not send to them any more: the platform is told, as it is of an opt-out by text."""
        self._counts["stops"] += 1
        reply = Reply(link=self.name, sender=work.to, to=work.sender, body=b"", encoding="utf-8", stop=True,
                      channel=work.channel, vendor_id=f"stop {work.piece}")  # fmt: skip
        self._router.reply([reply]).addErrback(lambda failure: log.failure("an opt-out was not kept", failure))

    def _misses_it(self, work: Work, part: Part, why: str) -> Outcome:
        """Nobody was there: the part goes back in line."""
        self._way.missed(why)
        return unsent(work, part)

    def _denies(self, work: Work, part: Part, why: str) -> Outcome:
        """So does one that a right key would have sent."""
        self._way.refused(why)
        return unsent(work, part)

    # ends

    def _surprised(self, failure: Failure, work: Work, part: Part) -> Outcome:
        """Nobody knows how far it came."""
        self._counts["surprises"] += 1
        log.failure("{link}: a part of piece {piece}", failure, link=self.name, piece=work.piece)
        return _outcome(work, part, Verdict.UNKNOWN, "a fault of ours")

    def _ended(self, outcome: Outcome) -> None:
        self._open -= 1
        self._lane.answered([outcome])
        if not self._open:
            for waiting in self._stopped:
                if not waiting.called:
                    waiting.callback(None)


def _outcome(work: Work, part: Part, verdict: Verdict, reason: str = "", id: str = "", after: float = 0.0) -> Outcome:
    if verdict is Verdict.LATER and reason == UNSENT:
        reason = "later"  # a provider's word must not be taken for ours
    return Outcome(
        message=work.message, piece=work.piece, part=part.number, link=work.link, verdict=verdict,
        carrier_id=id, reason=reason, retry_after=after,
    )  # fmt: skip


def make(settings: RestSettings, *rest: Any, **more: Any) -> RestLink:
    """See `links.KINDS`."""
    return RestLink(settings, *rest, **more)

"""An aggregator as a simulator, made of any profile: takes parts, answers as its cases say, calls webhooks, misbehaves.

    request -> token, or a part -> which answer -> (statuses) -> answer -> statuses

Any host and path is its own: a link reaches it by `base_url`. What a request
holds, what is answered and what a webhook says is made of the profile's [[test]]
cases (`chanserv.profiles.stub`). Who the other end is, it does not know.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from chanserv.links.peer.record import Record
from chanserv.links.rest import exchange
from chanserv.links.rest.behaviour import Behaviour
from chanserv.links.rest.messenger import Addresses, Errand, Messenger
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.profile import Profile
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from chanserv.profiles.stub import news
from chanserv.profiles.stub.account import account
from chanserv.profiles.stub.credentials import Credentials
from chanserv.profiles.stub.news import Mould
from chanserv.profiles.stub.replies import Given, Script
from chanserv.profiles.stub.requests import Hearing, Part
from chanserv.profiles.stub.spelling import fresh
from chanserv.profiles.stub.tokens import token

MOST_KEPT = 20_000  # parts; the oldest are forgotten


@attrs.frozen(kw_only=True)
class Taken:
    """One part that came: the request, what it holds as far as that can be found, and what it was answered."""

    at: float
    request: Request
    to: str
    sender: str
    text: str
    ours: str  # our id of it
    id: str  # the one it was given
    word: str  # accepted, throttled, failed …
    callbacks: Mapping[str, str] = attrs.field(repr=False)


class Aggregator(Resource):
    """`cfg`: what the account gives, and whoever asks must have; `hooks`, `public`: see `Addresses`.

    Raises LookupError for a key that the profile does not know, ValueError if it sends nothing.

    `record`: a file of JSON lines; `on_note` is called with each one's `what` and facts. `poster`: treq's HTTPClient.
    """

    isLeaf = True

    def __init__(
        self,
        profile: Profile,
        cfg: Mapping[str, str],
        *,
        poster: Any,
        clock: IReactorTime,
        hooks: str = "",
        public: str = "",
        behaviour: Behaviour | None = None,
        record: str | None = None,
        on_note: Callable[..., object] | None = None,
    ) -> None:
        super().__init__()
        if profile.send is None:
            raise ValueError(f"profile {profile.name} has no [send]: nothing comes to its provider")
        self.profile, self.cfg = profile, account(profile, cfg)
        self.behaviour = Behaviour()
        self.counts: Counter[str] = Counter()
        self.parts: deque[Taken] = deque(maxlen=MOST_KEPT)
        self.addresses = Addresses(hooks, public)
        self._clock = clock
        self._record, self._on_note = Record(record), on_note
        self._script = Script.of(profile, self.cfg)
        self._hearing = Hearing(profile, self.cfg)
        self._credentials = Credentials.of(profile, self.cfg, [key for key in cfg if cfg[key]])
        self._moulds = news.moulds(profile, self.cfg)
        self._seen = self._kept = 0
        self._number = int(clock.seconds() * 1000)  # so that a later one gives no id a second time
        self._throttled_until = 0.0
        self._due: set[Deferred[Any]] = set()
        self._messenger = Messenger(
            profile=profile, cfg=self.cfg, poster=poster, clock=clock, addresses=self.addresses, counts=self.counts,
            note=self._note, behaviour=self.behaviour,
        )  # fmt: skip
        self.set(**attrs.asdict(behaviour or self.behaviour))

    # what a test, or a person, may do

    def set(self, **changes: Any) -> None:
        """Behave otherwise from now on. Raises TypeError for what is no field of Behaviour, ValueError for a value."""
        behaviour = attrs.evolve(self.behaviour, **changes)
        if behaviour.answer:
            self._named(behaviour.answer)
        self.behaviour = self._messenger.behaviour = behaviour
        if "throttle_for" in changes:
            self._throttled_until = self._clock.seconds() + behaviour.throttle_for

    def send_mo(self, source: str, dest: str, text: str) -> None:
        """A handset sends a text. Raises ValueError if no case of the profile can say it, or nobody said where to."""
        moulds = news.texts(self._moulds)
        values = {"from": source, "to": dest, "text": text, "id": self._fresh(moulds)}
        self._messenger.carry(self._errand("mo", moulds, values))

    def send_status(self, taken: Taken, word: str) -> Deferred[None]:
        """What became of a part: sent, delivered, failed or ignored. Raises ValueError as `send_mo` does."""
        values = {name: value for name, value in (("id", taken.id), ("ours", taken.ours), ("to", taken.to)) if value}
        moulds = news.statuses(self._moulds, word)
        if not any(taken.ours and taken.ours in url for url in taken.callbacks.values()):
            moulds = [one for one in moulds if one.known_by(values)]  # or nobody could tell which part is meant
        return self._messenger.carry(self._errand(word, moulds, values, taken.callbacks))

    def answers(self) -> list[str]:
        """What `answer` may name."""
        return self._script.names()

    @property
    def waiting(self) -> int:
        """Webhooks that are not answered yet."""
        return self._messenger.unanswered

    def stop(self) -> None:
        """No webhook comes any more, no answer either."""
        for due in tuple(self._due):
            due.cancel()
        self._messenger.stop()
        self._record.close()

    # requests

    def render(self, request: Any) -> Any:
        """Twisted: answer the request."""
        asked = exchange.asked(request)
        if self._hearing.wants_token(asked):
            self._soon(self._write(request, self._token(asked)))
            return NOT_DONE_YET
        self._seen += 1
        part = self._hearing.part(asked)
        self.addresses.learn(part.callbacks)
        taken, given = self._take(asked, part)
        self._soon(self._settle(request, taken, given))
        return NOT_DONE_YET

    def _token(self, asked: Request) -> Answered:
        if self._credentials.borne(asked, token=True):
            self.counts["tokens"] += 1
            return token(self.profile)
        self._note("stranger", why="somebody with wrong credentials asks for a token")
        return Answered(status=401)

    def _take(self, asked: Request, part: Part) -> tuple[Taken, Given]:
        self._number += 1
        known = self._credentials.borne(asked)
        if not known:
            self._note("stranger", why="the next part comes with wrong credentials")
        case = self._case() if known else self._script.stranger()
        given = self._script.given(case, self._number, part.ours)
        taken = Taken(
            at=self._clock.seconds(), request=asked, to=part.to, sender=part.sender, text=part.text, ours=part.ours,
            id=given.said.id, word=given.said.word, callbacks=part.callbacks,
        )  # fmt: skip
        self.parts.append(taken)
        self.counts["submits" if taken.word == "accepted" else taken.word] += 1
        self._note("part", word=taken.word, id=taken.id, ours=taken.ours, to=taken.to, sender=taken.sender,
                   text=taken.text)  # fmt: skip
        return taken, given

    def _case(self) -> CaseTest:
        rules = self.behaviour
        if self._clock.seconds() < self._throttled_until:
            return self._script.like("throttled")
        if self._nth(rules.refuse_every):
            return self._script.like("failed")
        return self._named(rules.answer) if rules.answer else self._script.like("accepted")

    def _named(self, name: str) -> CaseTest:
        try:
            return self._script.named(name)
        except LookupError as unknown:
            raise ValueError(unknown.args[0]) from None

    def _nth(self, every: int) -> bool:
        return bool(every) and self._seen % every == 0

    async def _settle(self, request: Any, taken: Taken, given: Given) -> None:
        """The answer, and what comes before or after it."""
        rules = self.behaviour
        fates = self._fates(taken)
        dropped = self._nth(rules.drop_every)
        if rules.early:
            await self._tell(taken, fates)
        if dropped:
            self.counts["drops"] += 1
            request.channel.transport.abortConnection()
        else:
            await self._write(request, given.answered)
        if not rules.early:
            await self._tell(taken, fates)

    def _fates(self, taken: Taken) -> list[str]:
        rules = self.behaviour
        if taken.word != "accepted" or "statuses" not in self.profile.features:
            return []
        if not rules.statuses or rules.silent:
            return []
        self._kept += 1
        return rules.status.split() if not rules.status_every or self._kept % rules.status_every == 0 else []

    async def _tell(self, taken: Taken, fates: list[str]) -> None:
        for word in fates:
            await self._sleep(self.behaviour.status_delay)
            try:
                await self.send_status(taken, word)
            except ValueError as why:
                self.counts["unsayable"] += 1
                self._note("unsayable", word=word, why=why.args[0])

    async def _write(self, request: Any, answered: Answered) -> None:
        if self.behaviour.silent:
            return
        left: list[object] = []
        request.notifyFinish().addBoth(left.append)
        await self._sleep(self.behaviour.latency)
        if not left:  # or whoever asked has gone
            exchange.write(request, answered)

    # webhooks

    def _errand(
        self, what: str, moulds: list[Mould], values: dict[str, str], callbacks: Mapping[str, str] | None = None
    ) -> Errand:
        for mould in moulds:
            asked = mould.cast(values, self._clock.seconds())
            if asked is not None:
                return self._messenger.errand(what, asked, mould.path, (callbacks or {}).get(mould.path, ""))
        raise ValueError(f"no [[test]] case of profile {self.profile.name} can say this: {what}")

    def _fresh(self, moulds: list[Mould]) -> str:
        self._number += 1
        return fresh(next((mould.news.id for mould in moulds if mould.news.id), ""), self._number)

    # time

    def _sleep(self, seconds: float) -> Deferred[None]:
        return deferLater(self._clock, seconds) if seconds > 0 else succeed(None)

    def _soon(self, coroutine: Any) -> None:
        """Goes on by itself, until it is done or we stop."""
        due: Deferred[Any] = Deferred.fromCoroutine(coroutine)
        self._due.add(due)
        due.addBoth(self._done, due)

    def _done(self, result: Any, due: Deferred[Any]) -> Any:
        self._due.discard(due)
        return None if getattr(result, "check", lambda _: None)(CancelledError) else result

    def _note(self, what: str, **facts: object) -> None:
        self._record.write(what, **facts)
        if self._on_note is not None:
            self._on_note(what, **facts)

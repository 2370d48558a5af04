"""A provider's webhooks on their way to us: where they go, how they are signed, and again until they are answered.

What they say is made elsewhere (`chanserv.profiles.stub`); when they are due, the peer knows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers

from chanserv import http
from chanserv.links.rest.behaviour import Behaviour
from chanserv.profiles.profile import Profile
from chanserv.profiles.requests import Asked, with_query
from chanserv.profiles.stub.forging import forged
from chanserv.profiles.stub.leaves import pairs, written
from chanserv.profiles.verify.signing import signed

ANSWER_WITHIN = 15.0  # seconds
WRONG_SECRET = "not-the-secret-of-this-hook"
_PLACE_HOLDER = re.compile(r"%(?![0-9A-Fa-f]{2})|[{}]")  # what a provider fills in, such as Kannel's %d


@attrs.frozen
class Errand:
    """A webhook, and where it goes."""

    what: str  # mo, sent, delivered …
    asked: Asked
    url: str


@attrs.define(eq=False)
class Addresses:
    """Where webhooks go. `hooks`: …/hook/<link>/<secret> as we reach it; `public`: the same as it is signed.

    What is not given is learnt from the callback URLs in requests.
    """

    hooks: str = ""
    public: str = ""
    _seen: str = ""

    def learn(self, callbacks: Mapping[str, str]) -> None:
        """Of a request: path -> URL."""
        for path, url in callbacks.items():
            self._seen = url.partition("?")[0].removesuffix("/" + path)

    def address(self, path: str, callback: str = "") -> tuple[str, str]:
        """(where it goes, as what it is signed), without a query. Raises ValueError if nobody has told."""
        told = callback.partition("?")[0].removesuffix("/" + path) or self._seen
        hooks = (self.hooks or told).rstrip("/")
        public = (self.public or told or self.hooks).rstrip("/")
        if not hooks:
            raise ValueError("nobody has told yet where webhooks go: no request with a callback URL came; say --hooks")
        return f"{hooks}/{path}", f"{public}/{path}"


@attrs.define(eq=False, kw_only=True)
class Messenger:
    """`poster` is treq's HTTPClient, or looks like it; `note` is told of every answer."""

    profile: Profile
    cfg: Mapping[str, str]
    poster: Any
    clock: IReactorTime
    addresses: Addresses
    counts: Counter[str]
    note: Callable[..., object]
    behaviour: Behaviour
    _out: set[Deferred[Any]] = attrs.field(factory=set, init=False)
    _waiting: set[Any] = attrs.field(factory=set, init=False)
    _stopped: bool = attrs.field(default=False, init=False)

    def errand(self, what: str, asked: Asked, path: str, callback: str = "") -> Errand:
        """Addressed and signed. Raises ValueError if there is no address."""
        there, public = self.addresses.address(path, callback)
        if self.behaviour.wrong_secret:
            there, public = (_with_wrong_secret(url, path) for url in (there, public))
        query = _merged(urlsplit(asked.url).query, urlsplit(callback).query)
        asked = attrs.evolve(asked, url=with_query(public, query), query=query)
        sign = forged if self.behaviour.wrong_signature else signed
        asked = sign(self.profile.guard, asked, self.cfg, self.clock.seconds())
        return Errand(what, asked, with_query(there, asked.query))

    def carry(self, errand: Errand) -> Deferred[None]:
        """Fires when it was answered, or not, for the first time; it comes again by itself. Never fails."""
        first: Deferred[None] = Deferred()
        for _ in range(2 if self.behaviour.twice else 1):
            self._post(errand, first)
        return first

    def stop(self) -> None:
        """Nothing comes any more."""
        self._stopped = True
        for call in tuple(self._waiting):
            call.cancel()
        self._waiting.clear()
        for asked in tuple(self._out):
            asked.cancel()

    @property
    def unanswered(self) -> int:
        """Webhooks that are out, or wait to come again."""
        return len(self._out) + len(self._waiting)

    def _post(self, errand: Errand, first: Deferred[None]) -> None:
        asked: Deferred[Any] = Deferred.fromCoroutine(self._answer(errand))
        asked.addTimeout(ANSWER_WITHIN, self.clock)
        self._out.add(asked)
        asked.addBoth(self._answered, asked, errand, first)

    async def _answer(self, errand: Errand) -> int:
        headers = Headers({name: [value] for name, value in errand.asked.headers.items()})
        response = await self.poster.request(
            errand.asked.method, errand.url, headers=headers, data=errand.asked.body or None, allow_redirects=False,
            unbuffered=True,
        )  # fmt: skip
        await http.body(response)
        code: int = response.code
        return code

    def _answered(self, result: int | Failure, asked: Deferred[Any], errand: Errand, first: Deferred[None]) -> None:
        self._out.discard(asked)
        code = result if isinstance(result, int) else 0
        why = http.broke(result)[1] if isinstance(result, Failure) else ""
        self.counts[errand.what if 200 <= code < 300 else f"{errand.what}_refused"] += 1
        self.note("hook", kind=errand.what, code=code, why=why, url=errand.url)
        again = self.behaviour.retry_after if not code or code >= 500 or code == 429 else 0.0
        if again and not self._stopped:
            self._wait(again, errand, first)
        if not first.called:
            first.callback(None)

    def _wait(self, seconds: float, errand: Errand, first: Deferred[None]) -> None:
        def go() -> None:
            self._waiting.discard(call)
            self._post(errand, first)

        call = self.clock.callLater(seconds, go)
        self._waiting.add(call)


def _with_wrong_secret(url: str, path: str) -> str:
    base = url.removesuffix("/" + path)
    return f"{base.rpartition('/')[0]}/{WRONG_SECRET}/{path}"


def _merged(ours: str, callback: str) -> str:
    """A callback URL's own parameters stand as they are, but for those that its provider fills in."""
    fixed = [one for one in callback.split("&") if one and not _PLACE_HOLDER.search(one)]
    names = {name for name, _ in pairs("&".join(fixed))}
    rest = tuple(pair for pair in pairs(ours) if pair[0] not in names)
    return "&".join((*fixed, *((written(rest),) if rest else ())))

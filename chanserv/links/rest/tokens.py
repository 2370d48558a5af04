"""A token that has to be fetched (OAuth2 and its kin): kept until it is nearly old, one fetch at a time.

RFC 6749, 4.3 and 4.4, as loosely as providers keep to it: how it is asked for,
and where it stands in the answer, the profile says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chanserv.errors import BadField
from chanserv.links.rest.calls import Failed, ICalls
from chanserv.profiles.expressions import Scope
from chanserv.profiles.filters import number, text
from chanserv.profiles.profile import Token
from chanserv.profiles.replies import Answered
from chanserv.profiles.trees import Tree, sniff, tree

log = Logger()

EARLY = 0.1  # of its life is left when the next is fetched
LEAST_LIFE = 5.0  # seconds: one that says it lives shorter is asked for again no sooner


@attrs.frozen
class NoToken:
    """None was to be had: why. `denied`: the provider does not know us."""

    why: str
    denied: bool


def _gone(waiting: Deferred[str | NoToken]) -> None:
    """Who waited for one waits no more."""
    waiting.callback(NoToken("no token in time", denied=False))


@attrs.define(eq=False)
class Tokens:
    """Those of one account. `ours` is what the request may name, at an instant."""

    _token: Token
    _calls: ICalls
    _clock: IReactorTime
    _ours: Callable[[float], Mapping[str, Tree]]
    _value: str = attrs.field(default="", init=False)
    _until: float = attrs.field(default=0.0, init=False)
    _waiting: list[Deferred[str | NoToken]] | None = attrs.field(default=None, init=False)

    def get(self) -> Deferred[str | NoToken]:
        """One that is good now. Never fails; cancelling it leaves the fetch to the others."""
        if self._value and self._clock.seconds() < self._until:
            return succeed(self._value)
        waiting: Deferred[str | NoToken] = Deferred(_gone)
        if self._waiting is not None:
            self._waiting.append(waiting)
            return waiting
        self._waiting = [waiting]
        asking: Deferred[Answered | Failed] = maybeDeferred(self._fetch)
        fetched: Deferred[str | NoToken] = asking.addCallback(self._read)
        fetched.addErrback(self._surprised).addCallback(self._hand_out)
        return waiting

    @property
    def value(self) -> str:
        """The one that is kept, old or not; empty: none is."""
        return self._value

    def drop(self, value: str) -> None:
        """The provider will not have this one any more."""
        if value == self._value:
            self._value = ""

    def _fetch(self) -> Deferred[Answered | Failed]:
        return self._calls.call(self._token.sending.request(self._ours(self._clock.seconds())))

    def _hand_out(self, found: str | NoToken) -> None:
        waiting, self._waiting = self._waiting or [], None
        for each in waiting:
            if not each.called:
                each.callback(found)

    def _surprised(self, failure: Failure) -> NoToken:
        if failure.check(BadField):
            return NoToken(f"no token: {failure.value}", denied=False)
        log.failure("a token could not be fetched", failure)
        return NoToken("no token: a fault of ours", denied=False)

    def _read(self, answered: Answered | Failed) -> str | NoToken:
        if isinstance(answered, Failed):
            return NoToken(f"no token: {answered.why}", denied=False)
        if not 200 <= answered.status < 300:
            return NoToken(f"no token: HTTP {answered.status}", denied=answered.status in (400, 401, 403))
        content_type = answered.headers.get("content-type", "")
        try:
            scope = Scope({}, (tree(sniff(content_type, answered.body), answered.body, content_type=content_type),))
        except BadField as fault:
            return NoToken(f"no token: {fault}", denied=False)
        found = text(self._token.value(scope))
        self._value = found if found.isprintable() else ""  # one with a line break would be two headers
        life = number(self._token.ttl(scope)) or self._token.default_ttl
        self._until = self._clock.seconds() + max(LEAST_LIFE, life * (1 - EARLY))
        return self._value or NoToken("no token in the answer", denied=False)

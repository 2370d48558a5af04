"""Texts that wait for a link that stays down go by another that their channel or route lists, if one is up.

Not at once: a link is mostly back within seconds, and who waits for it keeps its
place. Never a text of which a carrier may have a part; nor one that the other
link would cut otherwise, since its parts are cut already; nor from or to a link
that is being tested: what it holds waits for its test to end. As many are moved as
the other links can send, so that the rest finds its own link should that come
back. It knows no protocol and no status.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chanserv import operations as op
from chanserv import routing
from chanserv.errors import StoreError
from chanserv.interfaces import ILink, IStore
from chanserv.lane import Lane
from chanserv.settings import Settings

log = Logger()

MOST = 500  # texts of a link and class looked at in one turn
LOOK = 4  # times as many are looked at as may be moved, should some have no other link


@attrs.define(eq=False)
class Detours:
    """`turn` is to be called about once a second. `links` and `lanes` are shared, and may grow."""

    _settings: Settings
    _store: IStore
    _links: Mapping[str, ILink]
    _lanes: Mapping[str, Lane]
    _clock: IReactorTime
    _down: dict[str, float] = attrs.field(factory=dict)  # link -> since when, as we have seen it
    _seen: dict[tuple[str, bool], int] = attrs.field(factory=dict)  # link and class -> the last piece looked at
    _busy: bool = False

    def turn(self) -> None:
        """Move what there is to move; nothing while the former turn is not over."""
        if self._busy:
            return
        self._busy = True
        turn = Deferred.fromCoroutine(self._turn())
        turn.addErrback(self._surprised).addCallback(self._over)

    async def _turn(self) -> None:
        now = self._clock.seconds()
        for name in tuple(self._links):  # they may grow meanwhile
            if self._good(name) or not self._live(name):
                self._down.pop(name, None)
            elif now - self._down.setdefault(name, now) >= self._settings.gateway.order_hold:
                await self._relieve(name)

    async def _relieve(self, name: str) -> None:
        others = {other for names in self._lists() if name in names for other in self._fit(name, names)}
        if not others:
            return
        room = ceil(sum(self._lanes[other].rate for other in others))
        for reply in (True, False):
            room -= await self._some(name, reply, room) if room else 0

    async def _some(self, name: str, reply: bool, room: int) -> int:
        """Move so many of a class, at the most, from where the former turn ended; how many there were."""
        limit, after = min(MOST, LOOK * room), self._seen.get((name, reply), 0)
        [found] = await self._store.apply([op.Strand(link=name, reply=reply, after=after, limit=limit)])
        if not isinstance(found, op.Stranded):
            return 0
        chosen = [(wait, other) for wait in found.waits if (other := self._other(name, wait))][:room]
        self._seen[name, reply] = chosen[-1][0].piece if len(chosen) == room else found.last
        await self._move(name, chosen)
        return len(chosen)

    async def _move(self, name: str, chosen: Sequence[tuple[op.Wait, str]]) -> None:
        """Its lane holds each back meanwhile: the link may come up before the commit."""
        lane = self._lanes[name]
        free = [(wait, other) for wait, other in chosen if not lane.hold_back(wait.piece)]
        try:
            if free:
                await self._store.apply(
                    [op.Move(message=wait.message, piece=wait.piece, link=other) for wait, other in free]
                )
        finally:
            for wait, _ in chosen:
                lane.go_on(wait.piece)
        for other, texts in Counter(other for _, other in free).items():
            log.info("{link} is down: {texts} of its texts go by {other}", texts=texts, link=name, other=other)
            self._lanes[other].claim()

    # which other link

    def _lists(self) -> list[tuple[str, ...]]:
        channels = (channel.links for channel in self._settings.channels.values())
        return [*channels, *(rule.links for rule in self._settings.routes)]

    def _other(self, name: str, wait: op.Wait) -> str:
        channel = self._settings.channels.get(wait.channel)
        if channel is None:
            return ""
        return next(iter(self._fit(name, routing.outbound(self._settings, channel, wait.to).names)), "")

    def _fit(self, name: str, names: Sequence[str]) -> list[str]:
        """Those that are up and cut alike, in their order."""
        cutting = self._settings.links[name].cutting
        fit = (other for other in names if self._good(other) and self._live(other))
        return [other for other in fit if self._settings.links[other].cutting == cutting]

    def _good(self, name: str) -> bool:
        """Up, and not by way of trial alone: a link without sessions is so for a moment after every rest."""
        return self._links[name].up and not self._links[name].trying

    def _live(self, name: str) -> bool:
        return self._settings.links[name].phase == "live"

    def _over(self, _: object) -> None:
        self._busy = False

    def _surprised(self, failure: Failure) -> None:
        if not failure.check(StoreError):
            log.failure("texts could not be moved to another link", failure)

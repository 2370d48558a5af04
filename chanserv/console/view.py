"""What there is to see of a gateway: its links, channels, queues and texts, asked of store and links when wanted.

Answers are rows and stories that page, JSON API and metrics share. It changes
nothing, knows no request and keeps no copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chanserv.console.metrics import age
from chanserv.console.story import Story, clock, stories
from chanserv.errors import StoreError
from chanserv.interfaces import ILink, IStore, ITunnel
from chanserv.operations import Census, Counted, Failed, Listing, Operation, Recent, Result, Trace
from chanserv.settings import ChannelSettings, Settings
from chanserv.trial import reaches

log = Logger()

TRACED = 50
"""Texts of each direction that one trace shows at most."""

SLOW = 0.9
"""Of the contracted rate: below, a text that waits says so."""

PAUSE = 2.0
"""Seconds that a carrier asks for: less is over before anybody looks."""

Row = dict[str, object]


@attrs.frozen
class View:
    """Reads; everything that asks the store fails with StoreError while it is failing, `census` excepted."""

    _settings: Settings
    _store: IStore
    _links: Mapping[str, ILink]
    _tunnels: Mapping[str, ITunnel]
    _clock: IReactorTime
    _rate: Callable[[str], float]  # of a link, at present
    _rest: Callable[[str], float]  # seconds for which it sends nothing, as its carrier asked

    async def newest(self, limit: int) -> list[Story]:
        """The last texts of both directions, newest first."""
        return stories(await self._listing(Recent(limit=limit)), self._hindered)[:limit]

    async def trace(self, term: str) -> list[Story]:
        """Everything kept about an id, a number or a ref, newest first."""
        return stories(await self._listing(Trace(term=term, limit=TRACED)), self._hindered)

    async def census(self) -> Counted | None:
        """None: the store is failing, which page and metrics say instead of going dark."""
        try:
            result = await self._ask(Census())
        except StoreError as error:
            log.warn("the store gave no census: {error}", error=error)
            return None
        assert isinstance(result, Counted)
        return result

    def links(self, census: Counted | None) -> list[Row]:
        """What each link says of itself, and its queue (depth None: not known)."""
        return [self._link(link, census) for link in self._links.values()]

    def rates(self) -> dict[str, float]:
        """Parts a second that each link may send at present."""
        return {name: self._rate(name) for name in self._links}

    def tunnels(self) -> list[Row]:
        """How each tunnel stands, and which links go through it."""
        return [self._tunnel(tunnel) for tunnel in self._tunnels.values()]

    def channels(self) -> list[Row]:
        """What the settings say of each channel, without secrets."""
        return [_channel(channel) for channel in self._settings.channels.values()]

    def _link(self, link: ILink, census: Counted | None) -> Row:
        queue = census.queues.get(link.name) if census else None
        return {
            "state": "up" if link.up else "down",
            **link.status(),
            "name": link.name,
            "kind": link.kind,
            "phase": self._settings.links[link.name].phase,
            "up": bool(link.up),
            "window": link.window,
            "rate": round(self._rate(link.name), 2),
            "contract": self._settings.links[link.name].rate,
            "goes_on": self._goes_on(link.name),
            "queue": queue.depth if queue else None if census is None else 0,
            "oldest": age(queue.oldest, self._clock.seconds()) if queue else 0.0,
        }

    def _tunnel(self, tunnel: ITunnel) -> Row:
        links = [
            one.name for one in self._settings.links.values() if tunnel.name in (one.tunnel, f"device {one.device}")
        ]
        return {**tunnel.status(), "name": tunnel.name, "kind": tunnel.kind, "up": bool(tunnel.up), "links": links}

    def _hindered(self, name: str, to: str) -> str:
        """Why a text to this number waits for a link; empty: nothing is wrong."""
        link = self._links.get(name)
        if link is None:
            return ""
        if not reaches(self._settings.links[name], to):
            return "held: the link is being tested, and this is none of its test_numbers"
        if not link.up:
            reason = str(link.status().get("last_error", "")).rstrip(".")
            return f"down: {reason}" if reason else "down"
        if goes_on := self._goes_on(link.name):
            return f"the carrier asked for a pause until {clock(goes_on)[:8]}"
        rate, contract = self._rate(link.name), self._settings.links[link.name].rate
        return f"slowed to {rate:.3g} of {contract:g} parts a second" if rate < SLOW * contract else ""

    def _goes_on(self, name: str) -> float:
        """When the pause that the carrier asked for is over; 0.0: there is none worth telling."""
        rest = self._rest(name)
        return self._clock.seconds() + rest if rest >= PAUSE else 0.0

    async def _listing(self, operation: Recent | Trace) -> Listing:
        result = await self._ask(operation)
        assert isinstance(result, Listing)
        return result

    async def _ask(self, operation: Operation) -> Result:
        [result] = await ask(self._store, [operation])
        return result


async def ask(store: IStore, operations: Sequence[Operation]) -> list[Result]:
    """Their results, in order. Raises StoreError if it fails or if one of them could not be carried out."""
    results = await store.apply(operations)
    for result in results:
        if isinstance(result, Failed):
            raise StoreError(result.reason)
    return results


def _channel(channel: ChannelSettings) -> Row:
    shown = ("name", "uuid", "address", "addresses", "platform", "workspace", "dialect", "links", "statuses")
    return {key: getattr(channel, key) for key in shown}

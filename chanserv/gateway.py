"""The gateway as a service: builds the parts, starts and stops them in order. The only module that knows all of them.

    start:  store -> what the last process left -> tunnels, looked at once -> links and the way back -> ports
    stop:   refuse (503) -> links drain and sign off -> posts that are out -> tunnels -> store

The constructor opens nothing: no thread, no file, no socket; a process that
becomes a daemon afterwards would lose it.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from typing import Any

import attrs
from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import IResource

from chanserv import operations as op
from chanserv.additions import Additions
from chanserv.console.app import Console
from chanserv.console.metrics import Metrics
from chanserv.detours import Detours
from chanserv.errors import StoreError
from chanserv.inquiry import Inquiry
from chanserv.interfaces import ILink
from chanserv.lane import Lane
from chanserv.links import KINDS
from chanserv.links.external import doors as external
from chanserv.links.rest import doors as rest
from chanserv.loading.adding import Adding
from chanserv.pace import Pace
from chanserv.platform.client import Client
from chanserv.platform.front import Front
from chanserv.platform.report import Reporter
from chanserv.platform.rounds import Rounds
from chanserv.router import Router
from chanserv.settings import Addition, LinkSettings, Settings
from chanserv.site import Fork, site
from chanserv.store.process import SqliteStore
from chanserv.store_terms import more, terms
from chanserv.sweep import Sweep
from chanserv.trial import Trial
from chanserv.tunnels.fleet import Fleet
from chanserv.web import Site

log = Logger()

STOP_LIMIT = 8.0  # seconds for links and posts that are out, side by side; the store's last commit follows


Made = dict[str, tuple[Lane, ILink]]


class Gateway(MultiService):
    """Everything between the platform and the carriers, on one reactor. Without `adding`, nothing can be added."""

    def __init__(self, settings: Settings, reactor: Any, adding: Adding | None = None) -> None:
        super().__init__()
        self._channels, self._links = dict(settings.channels), dict(settings.links)  # they grow: see `_begin`
        self.settings = settings = attrs.evolve(settings, channels=self._channels, links=self._links)
        self._reactor = reactor
        gateway = settings.gateway
        self.metrics = Metrics()
        self.store = SqliteStore(
            reactor, gateway.data, terms(settings), observe=self.metrics.committed, lost=self._lost
        )
        self.rounds = Rounds(window=gateway.further_piece_window, quiet=gateway.status_after)
        self.reporter = self._reporter()
        self.lanes: dict[str, Lane] = {}
        self.links: dict[str, ILink] = {}
        self.fleet = Fleet(settings.tunnels, settings.links, reactor)
        self.router = Router(settings, self.store, self.lanes, self.reporter, self.metrics)
        self.inquiry = Inquiry(self.store, self.router, self.links, self.lanes)
        self.front = self._front()
        self.doors = rest.Doors(
            links=self.links, public_url=gateway.public_url or "", trusted_proxies=gateway.trusted_proxies
        )
        self.devices = external.Devices(links=self.links, trusted_proxies=gateway.trusted_proxies)
        self.additions = self._adding(adding)
        self.console = self._console() if gateway.console else None
        for link in settings.links.values():
            self.lanes[link.name], self.links[link.name] = self._link(link)
        self._sweep = self._sweeping()
        self._ports: list[IListeningPort] = []
        self._sites: list[Site] = []
        self._opened: Deferred[None] | None = None

    def _reporter(self) -> Reporter:
        return Reporter(
            store=self.store,
            channels=self.settings.channels,
            dial=self._dial,
            rounds=self.rounds,
            clock=self._reactor,
            retry_for=self.settings.gateway.retry_for,
            meter=self.metrics,
        )

    def _front(self) -> Front:
        return Front(
            router=self.router,
            store=self.store,
            channels=self.settings.channels,
            rounds=self.rounds,
            clock=self._reactor,
            healthy=self.healthy,
            trusted_proxies=self.settings.gateway.trusted_proxies,
            closed="starting",
            meter=self.metrics,
        )

    def _lost(self) -> None:
        self.metrics.counted("commits_failed")

    def healthy(self) -> bool:
        """The store commits and the gateway takes texts."""
        return self.store.healthy and not self.front.closed

    def _dial(self) -> dict[str, Client]:
        return {name: Client.over_network(one, self._reactor) for name, one in self.settings.platforms.items()}

    def _console(self) -> Console:
        return Console(
            settings=self.settings,
            store=self.store,
            router=self.router,
            inquiry=self.inquiry,
            links=self.links,
            tunnels=self.fleet.watches,
            metrics=self.metrics,
            healthy=self.healthy,
            nudge=self.reporter.nudge,
            rate=lambda name: self.lanes[name].rate,
            rest=lambda name: self.lanes[name].rest,
            add=self.additions.add,
            clock=self._reactor,
        )

    def _sweeping(self) -> Sweep:
        return Sweep(
            store=self.store,
            links=self.links,
            lanes=self.lanes,
            inquiry=self.inquiry,
            platform=self.reporter,
            detours=Detours(self.settings, self.store, self.links, self.lanes, self._reactor),
            clock=self._reactor,
        )

    def _link(self, settings: LinkSettings) -> tuple[Lane, ILink]:
        careful = settings.on_unknown != "resend"
        trial = Trial(settings, self.settings.channels)
        lane = Lane(self.store, self.router, self._reactor, Pace(settings.rate), careful, self.metrics, trial)
        gate, device = self.fleet.gate(settings), self.fleet.device(settings)
        link = KINDS[settings.kind](settings, lane, self.router, self._reactor, gate=gate, device=device)
        lane.attach(link)
        return lane, link

    # additions

    def _adding(self, adding: Adding | None) -> Additions[Made]:
        return Additions(
            adding=adding,
            closed=lambda: self.front.closed,
            prepare=lambda addition: Deferred.fromCoroutine(self._prepare(addition)),
            begin=self._begin,
            apart=lambda *what: deferToThreadPool(self._reactor, self._reactor.getThreadPool(), *what),
        )

    async def _prepare(self, addition: Addition) -> Made:
        """All that takes time: tunnels are looked at, the store knows what to go by."""
        for link in addition.links.values():
            await self.fleet.join(link)
        made = {name: self._link(link) for name, link in addition.links.items()}
        await self.store.know(more(addition))
        await self._doubt_formers({name: link for name, (_, link) in made.items()})
        return made

    def _begin(self, addition: Addition, made: Made) -> None:
        """All look in the same places for channels, links and lanes; there they are, from this turn on."""
        try:
            for _, link in made.values():
                link.start()
        except Exception:
            for _, link in made.values():
                link.stop()
            raise
        self._links.update(addition.links)
        self._channels.update(addition.channels)
        self.lanes.update({name: lane for name, (lane, _) in made.items()})
        self.links.update({name: link for name, (_, link) in made.items()})
        for channel in addition.channels.values():
            self.front.join(channel)

    # start

    def startService(self) -> None:
        """IService: open everything, in order. A fault ends the process with exit status 1."""
        super().startService()
        self._opened = Deferred.fromCoroutine(self._open())
        self._opened.addErrback(self._unstartable)

    async def _open(self) -> None:
        await self.store.open()
        await self._doubt_formers(self.links)
        self.reporter.start()
        await self.fleet.start()  # or every link with a tunnel would begin by waiting for it
        for link in self.links.values():
            link.start()
        self._sweep.start()
        await self._listen()
        self.front.closed = ""
        log.info(
            "ready: {channels} channels, {links} links", channels=len(self.settings.channels), links=len(self.links)
        )

    async def _doubt_formers(self, links: Mapping[str, ILink]) -> None:
        """MO committed just before the last process ended may come again: their carrier may not have our answer."""
        for name, link in links.items():
            (digests,) = await self.store.apply([op.Formers(link=name)])
            doubt = getattr(link, "doubt", None)
            if doubt is not None and isinstance(digests, op.Digests):
                doubt(digests.digests)

    async def _listen(self) -> None:
        for endpoint in self.settings.gateway.listen:
            await self._serve(endpoint, site(self._root(), self._reactor))
        if self.console is not None and self.settings.gateway.console is not None:
            self.console.start()
            await self._serve(self.settings.gateway.console, self.console.site())

    def _root(self) -> IResource:
        """All that `listen` answers: the platform, aggregators, External-API devices."""
        hooked = Fork(self.front.resource(), rest.PREFIX, self.doors.resource())
        return Fork(hooked, external.PATHS, self.devices.resource())

    async def _serve(self, endpoint: str, factory: Site) -> None:
        self._sites.append(factory)
        self._ports.append(await serverFromString(self._reactor, endpoint).listen(factory))

    def _unstartable(self, failure: Failure) -> None:
        log.critical("cannot start: {reason}", reason=failure.getErrorMessage())
        if not failure.check(StoreError, OSError, CannotListenError):
            log.failure("cannot start", failure)
        atexit.register(os._exit, 1)  # twistd has no other way to tell its caller
        self._reactor.callWhenRunning(self._reactor.stop)  # it may not be running yet

    # stop

    def stopService(self) -> Deferred[Any]:
        """IService: take nothing more, let what is out come home, sign off; bounded by STOP_LIMIT."""
        self.front.closed = "shutting down"
        self.router.leaving = True
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        if self._opened is not None:
            self._opened.cancel()
        await self._bounded(self.additions.stop())  # what is half added is ended first, so that it is stopped below
        self._sweep.stop()
        for lane in self.lanes.values():
            lane.stop()
        leaving = [self.reporter.stop(), *(link.stop() for link in self.links.values())]
        await self._bounded(gatherResults(leaving, consumeErrors=True))
        self.fleet.stop()
        await gatherResults([Deferred.fromCoroutine(_closed(port)) for port in self._ports], consumeErrors=True)
        for one in self._sites:
            one.hang_up()  # whoever was refused has left its mark: after the store's close none could be kept
        if self.console is not None:
            self.console.stop()
        await self.store.close()
        super().stopService()

    async def _bounded(self, ending: Deferred[Any]) -> None:
        ending.addTimeout(STOP_LIMIT, self._reactor)
        try:
            await ending
        except Exception:  # whatever it was, the rest must end as well
            log.failure("did not end in order")


async def _closed(port: IListeningPort) -> None:
    stopped = port.stopListening()
    if stopped is not None:
        await stopped

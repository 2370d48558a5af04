"""`chanserv demo`: a gateway between two simulators, one text each way told as it happens, then yours to play with.

The simulators live here, on the addresses that the settings give the link and
the platform; the gateway is a real `twistd` child. Everything ends together,
by Ctrl-C or by kill -9.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.endpoints import TCP4ServerEndpoint, serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater, react
from twisted.internet.threads import deferToThread

from chanserv.cli import child, simulate, told
from chanserv.cli.reach import Gateway, Unreachable, address, gateway
from chanserv.console.story import Story, clock
from chanserv.errors import ChanservError
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.smpp.trade import SmppTrade
from chanserv.loading import read
from chanserv.platform.peer import Platform
from chanserv.settings import ChannelSettings, Settings, SmppSettings

HANDSET = "+5511987654321"
OUT = "Olá! Your appointment is tomorrow at 9. Reply 1 to confirm."
IN = "1"
PORTS_WITHIN = 10.0
UP_WITHIN = 30.0
TOLD_WITHIN = 60.0
PAUSE = 0.2


class Stuck(ChanservError):
    """The demo cannot go on; says why."""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", default="etc/demo.toml", help="settings (%(default)s)")


def run(options: Namespace) -> int:
    """0 after Ctrl-C; 1 if it could not go on."""
    demo = Demo(options.config, read(options.config).settings)
    try:
        react(demo.main)
    except SystemExit as ended:
        if demo.fault:
            print(f"chanserv demo: {demo.fault}", flush=True)
        return 1 if demo.fault else int(ended.code or 0)
    return 0


class Shut(Protocol):
    """For whoever calls while it is only tried whether a port is free."""

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.loseConnection()


@attrs.define(eq=False)
class Demo:
    """One run: what is started in `main` is stopped when the reactor stops, in the other order."""

    config: str
    settings: Settings
    fault: str = ""
    _reactor: Any = None  # until `main` gets it
    _ports: list[IListeningPort] = attrs.field(factory=list)
    _child: child.Child | None = None
    _events: int = 0  # of the platform's, told already
    _leaving: bool = False

    async def main(self, reactor: Any) -> None:
        """Everything; ends only with the reactor, or with `fault` set."""
        self._reactor = reactor
        reactor.addSystemEventTrigger("before", "shutdown", self._stop)
        try:
            smsc, platform = await self._simulators()
            reached = gateway(self.settings)
            await self._gateway(reached)
            await self._outward(reached, platform)
            await self._inward(reached, smsc)
            self._invite(reached)
            await self._running().ended()
            if self._leaving:
                return
            raise Stuck(f"the gateway ended:\n{self._running().tail()}")
        except ChanservError as error:
            self.fault = "" if self._leaving else str(error)

    # start and stop

    async def _simulators(self) -> tuple[Carrier, Platform]:
        gateway = self.settings.gateway
        for endpoint in (*gateway.listen, *filter(None, [gateway.console])):
            await _stopped(
                await self._listen(serverFromString(self._reactor, endpoint), Factory.forProtocol(Shut), endpoint)
            )
        link, channel = self._link(), self._channel()
        rules = Behaviour(latency=0.05, receipt_delay=1.0, id_start=int(time.time()))
        smsc = Carrier(self._reactor, SmppTrade(), rules)
        header = channel.authorization.reveal() if channel.authorization else ""
        platform = simulate.platform(self._reactor, address(gateway.listen[0]), header, address=channel.address)
        site = simulate.site(platform)
        for name, factory, place in (("SMSC", smsc, link.hosts[0]), ("platform", site, self._platform())):
            host, _, port = place.rpartition(":")
            here = TCP4ServerEndpoint(self._reactor, int(port), interface=host)
            self._ports.append(await self._listen(here, factory, place))
            print(f"{name} simulator at {place}", flush=True)
        return smsc, platform

    async def _listen(self, endpoint: Any, factory: Any, place: str) -> IListeningPort:
        """Try until the port is free: what a former demo left may need a moment to end."""
        end = time.monotonic() + PORTS_WITHIN
        while True:
            try:
                port: IListeningPort = await endpoint.listen(factory)
                return port
            except (OSError, CannotListenError) as error:
                if time.monotonic() >= end:
                    why = getattr(error, "socketError", error)
                    raise Stuck(f"{place} is taken ({why}); end what listens there or change {self.config}")
            await deferLater(self._reactor, PAUSE)

    async def _gateway(self, reached: Gateway) -> None:
        folder = Path(self.settings.gateway.data)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._child = child.spawn(self._reactor, self.config, folder / "gateway.log")
        print(f"gateway is process {self._child.pid}, its log {self._child.log}", flush=True)
        name, end = self._link().name, time.monotonic() + UP_WITHIN
        while not await self._up(reached, name):
            if not self._child.running:
                raise Stuck(f"the gateway did not start:\n{self._child.tail()}")
            if time.monotonic() >= end:
                raise Stuck(f"link {name} did not come up:\n{self._child.tail()}")
            await deferLater(self._reactor, PAUSE)
        print(f"{clock(time.time())}  link {name} is bound", flush=True)

    async def _up(self, reached: Gateway, name: str) -> bool:
        try:
            links = await deferToThread(reached.links)
        except Unreachable:
            return False
        return any(link["name"] == name and link["up"] for link in links)

    def _stop(self) -> Deferred[Any]:
        self._leaving = True
        ends: list[Deferred[Any]] = [] if self._child is None else [self._child.stop()]
        if self._child is not None and self._child.running:
            print("\nstopping the gateway", flush=True)
        return DeferredList(ends).addCallback(lambda _: DeferredList([_stopping(port) for port in self._ports]))

    # the two stories

    async def _outward(self, reached: Gateway, platform: Platform) -> None:
        channel, id = self._channel(), str(int(time.time()))
        print(f"\nA text goes out: the platform asks, as courier does, for {HANDSET} under id {id}", flush=True)
        asked = platform.send(channel.uuid, id, OUT, HANDSET)
        story = await self._follow(reached, id, "mt", platform, lambda: platform.messages[id].state in "DF")
        await asked
        view = simulate.STATES[platform.messages[id].state]
        print(f"  => {told.printable(story.verdict)} On the platform it is {view}.", flush=True)

    async def _inward(self, reached: Gateway, smsc: Carrier) -> None:
        print(f"\nA text comes in: {HANDSET} answers “{IN}”", flush=True)
        smsc.send_mo(HANDSET, self._channel().address, IN)
        story = await self._follow(reached, HANDSET, "mo", None, lambda: False)
        print(f"  => {told.printable(story.verdict)}", flush=True)

    async def _follow(self, reached: Gateway, term: str, kind: str, platform: Platform | None, over: Any) -> Story:
        """Print what the gateway notes and the platform sees, as it comes, until the platform knows it all."""
        end, seen, since = time.monotonic() + TOLD_WITHIN, 0, time.time() - 1
        while True:
            found = await deferToThread(reached.trace, term)
            story = next((one for one in found if one.kind == kind and one.at >= since), None)
            lines = [(step.at, told.step(step)) for step in story.steps[seen:]] if story else []
            seen = len(story.steps) if story else 0
            for _, line in sorted(lines + (self._noted(platform, term) if platform else []), key=itemgetter(0)):
                print(line, flush=True)
            if story and (over() or (kind == "mo" and story.final)):
                return story
            if time.monotonic() >= end or not self._running().running:
                raise Stuck(f"the {kind.upper()} did not end in time:\n{self._running().tail()}")
            await deferLater(self._reactor, PAUSE)

    def _noted(self, platform: Platform, id: str) -> list[tuple[float, str]]:
        new, self._events = platform.events[self._events :], len(platform.events)
        return [(event["at"], f"  {clock(event['at'])}  {simulate.noted(event)}") for event in new if id in _ids(event)]

    def _invite(self, reached: Gateway) -> None:
        channel, url = self._channel(), address(self.settings.gateway.listen[0])
        secret = channel.authorization
        header = f" -H 'Authorization: {secret.reveal()}'" if secret else ""
        print(f"\nThe page: {reached.url}/  (token: {reached.token.reveal()})")
        print("Send one yourself:\n")
        print(f"  curl{header} -H 'Content-Type: application/json' \\")
        print(f'    -d \'{{"id": "42", "to": "{HANDSET}", "text": "Hello"}}\' {url}/c/ex/{channel.uuid}/send\n')
        print(f"and ask where it is: chanserv trace --config {self.config} 42", flush=True)
        print("Ctrl-C ends everything.", flush=True)

    # what of the settings is shown

    def _channel(self) -> ChannelSettings:
        return next(iter(self.settings.channels.values()))

    def _link(self) -> SmppSettings:
        link = self.settings.links[self._channel().links[0]]
        assert isinstance(link, SmppSettings), "the demo's settings are ours"
        return link

    def _platform(self) -> str:
        return urlsplit(self.settings.platforms[self._channel().platform].url).netloc

    def _running(self) -> child.Child:
        assert self._child is not None
        return self._child


def _ids(event: Mapping[str, Any]) -> tuple[object, object]:
    """A former demo's texts may still be on their way: an event tells its message here, or in what was posted."""
    return event.get("id"), event.get("fields", {}).get("id")


def _stopping(port: IListeningPort) -> Deferred[Any]:
    return Deferred.fromCoroutine(_stopped(port))


async def _stopped(port: IListeningPort) -> None:
    stopping = port.stopListening()
    if stopping is not None:
        await stopping

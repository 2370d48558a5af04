"""A REST link and its aggregator, joined in memory: real HTTP both ways, octet by octet, time by a clock."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.test.iosim import FakeTransport, IOPump, connect
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site
from zope.interface import implementer

from chanserv.links.rest.calls import Calls
from chanserv.links.rest.doors import PREFIX, Doors
from chanserv.links.rest.link import RestLink
from chanserv.settings import RestSettings
from chanserv.site import Fork
from chanserv.site import Site as OurSite
from tests.platform.helpers import Caller

AGAIN = 10.0  # seconds until a webhook comes again that was not answered well


class Acme(Resource):
    """The aggregator's end: takes parts, and tells of them and of texts at our hooks. `how`: see `tests.contracts`."""

    isLeaf = True

    def __init__(self, clock: Clock, hooks: OurSite, hook: str) -> None:
        super().__init__()
        self.how = "well"
        self.taken: list[dict[str, Any]] = []
        self.early = False  # the status comes before the answer to the part does
        self.ids = True  # it has an id of its own for each part; else only ours is told
        self.cuts = 0  # further parts that it makes of one, each with an id of its own
        self.speaks: float | None = None  # seconds after which a part is told of, by our id, that was not answered
        self.broken: Counter[str] = Counter()  # by our id: read, but not answered
        self.heard: dict[str, float] = {}  # by our id: when a status by it was answered well
        self.most = self._open = 0  # requests that were unanswered at once
        self._clock = clock
        self._hooks = hooks
        self._hook = hook
        self._told: list[tuple[Caller, str, Any]] = []

    def render_POST(self, request: Any) -> Any:
        """Twisted: a part is handed over."""
        given = json.loads(request.content.read())
        self._open += 1
        self.most = max(self.most, self._open)
        request.notifyFinish().addBoth(self._over)
        match self.how:
            case "denying":
                return self._answer(request, 401, error="who are you?")
            case "choosy" if given["text"] == "bad":
                return self._answer(request, 401, error="not for you")
            case "refusing":
                return self._answer(request, 400, error="no such number")
            case "stopped":
                return self._answer(request, 400, code="21610")
            case "throttling":
                return self._answer(request, 429)
            case "silent":
                self.broken[given["ref"]] += 1
                return NOT_DONE_YET
        self.taken.append({**given, "at": self._clock.seconds()})
        if self.how == "breaking":
            return self._break(request, given["ref"])
        ids = [f"v{len(self.taken)}", *(f"v{len(self.taken)}.{nth}" for nth in range(self.cuts))] if self.ids else [""]
        for id in ids:
            told = {"id": id, **({"ref": given["ref"]} if self.cuts else {})} if id else {"ref": given["ref"]}
            self._clock.callLater(0.0 if self.early else 0.5, self.tell, "status", {**told, "status": "delivered"})
        if self.early:
            self._clock.callLater(0.5, self._late, request, ids, given["ref"])
            return NOT_DONE_YET
        return self._well(request, ids)

    def _break(self, request: Any, ref: str) -> Any:
        self.broken[ref] += 1
        if self.speaks is not None:
            self._clock.callLater(self.speaks, self.tell, "status", {"ref": ref, "status": "delivered"})
        request.transport.abortConnection()
        return NOT_DONE_YET

    def _well(self, request: Any, ids: list[str]) -> bytes:
        return self._answer(request, 200, status="queued", id=ids if len(ids) > 1 else ids[0])

    def moved(self, hooks: OurSite) -> Acme:
        """It calls another process from now on, which was told nothing that the former did not answer."""
        self._hooks = hooks
        for each in list(self._told):
            caller, path, body = each
            self._told.remove(each)
            caller.hang_up()
            self._clock.callLater(AGAIN, self.tell, path, body)
        return self

    def _over(self, _: Any) -> None:
        self._open -= 1

    def _late(self, request: Any, ids: list[str], ref: str) -> None:
        if request.channel is None:  # whoever asked has hung up
            self.broken[ref] += 1
            return
        request.write(self._well(request, ids))
        request.finish()

    def _answer(self, request: Any, status: int, /, **body: Any) -> bytes:
        request.setResponseCode(status)
        request.setHeader("content-type", "application/json")
        return json.dumps(body).encode()

    @property
    def unanswered(self) -> int:
        """Webhooks of which nothing was heard yet."""
        return len(self._told)

    def text(self, text: str) -> None:
        """A handset's."""
        id = f"m{len(self._told)}{text}"
        self.tell("receive", {"messages": [{"from": "+5511999990000", "to": "8000", "text": text, "id": id}]})

    def tell(self, path: str, body: Any) -> None:
        caller = Caller(self._hooks)
        self._told.append((caller, path, body))
        caller.ask(
            "POST", f"/hook/{self._hook}/{path}", {"Content-Type": "application/json"}, json.dumps(body).encode()
        )

    def hear(self) -> None:
        """What became of what was told: not answered well it comes again."""
        for each in list(self._told):
            caller, path, body = each
            heard = caller.heard()
            if heard is None:
                continue
            self._told.remove(each)
            caller.hang_up()
            if heard.code != 200:
                self._clock.callLater(AGAIN, self.tell, path, body)
            elif "ref" in body:
                self.heard.setdefault(body["ref"], self._clock.seconds())


@implementer(IAgentEndpointFactory, IStreamClientEndpoint)
class Joined:
    """`tests.contracts.Carrier`. `settings`: the link's own."""

    deaf = False  # connections do not come about, and nobody says so

    def __init__(
        self, settings: RestSettings, clock: Clock, lane: Any, router: Any, former: Joined | None = None
    ) -> None:
        """`former`: of the process that was killed, whose aggregator lives on."""
        self._clock = clock
        self._pumps: list[IOPump] = []
        self._away = False
        calls = Calls(settings, settings.concurrency, clock, endpoints=self)
        self.link = RestLink(settings, lane, router, clock, calls=calls, chance=lambda: 0.0)
        doors = Doors(links={settings.name: self.link}, public_url="https://gw.example")
        hooks = OurSite(Fork(Resource(), PREFIX, doors.resource()), clock)
        hook = f"{settings.name}/{settings.hook_secret[0].reveal()}"
        self.acme = former.acme.moved(hooks) if former else Acme(clock, hooks, hook)
        self._site = Site(self.acme, reactor=clock)
        self._site.log = lambda request: None  # type: ignore[method-assign]

    def endpointForURI(self, uri: URI) -> Joined:
        """IAgentEndpointFactory."""
        return self

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """IStreamClientEndpoint."""
        if self.deaf:
            return Deferred()
        if self._away:
            return fail(ConnectionRefusedError())
        server, client = self._site.buildProtocol(None), protocolFactory.buildProtocol(None)
        ends = FakeTransport(server, isServer=True), FakeTransport(client, isServer=False)
        self._pumps.append(connect(server, ends[0], client, ends[1]))
        return succeed(client)

    def turn(self, seconds: float = 0.0) -> None:
        self._clock.advance(seconds)
        moved = 1
        while moved:
            moved = self._pump()
            self._clock.advance(0)
            self.acme.hear()
            moved += self._pump()

    def _pump(self) -> int:
        return sum(bool(pump.pump()) for pump in list(self._pumps))

    def behave(self, how: str) -> None:
        self._away, self.acme.how = False, how

    def taken(self) -> list[str]:
        return [given["text"] for given in self.acme.taken]

    def text(self, text: str) -> None:
        self.acme.text(text)

    def drop(self) -> None:
        """Nobody is there any more."""
        self._away = True
        for pump in self._pumps:
            pump.serverIO.abortConnection()
        self.turn()

    def kill(self) -> None:
        """Our process is no more: its connections end, and nobody hears of it."""
        for pump in self._pumps:
            pump.clientIO.abortConnection()

    def sessions(self) -> int:
        """Connections that are open."""
        return sum(not (pump.clientIO.disconnected or pump.serverIO.disconnected) for pump in self._pumps)

"""The gateway's surroundings in a trial: a platform that posts like courier until it gets a 2xx, and a carrier.

Both stay up while the gateway dies, and keep what they saw for the oracle,
in the order they saw it. What is right or wrong, they do not know.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from treq.client import HTTPClient
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import deferLater
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.server import Site

from chanserv.platform import courier
from chanserv.platform.peer import Platform
from tests.faults.carriers import KINDS, ICarrier
from tests.faults.gateway import AUTHORIZATION, ROUND, Gateway, until
from tests.faults.oracle import Seen
from tests.faults.traffic import ADDRESS, CHANNEL, Handset, Text, Traffic

CONNECTIONS = 16
AGAIN_AFTER = 0.05  # seconds after an answer that was none
ANSWER_WITHIN = 10.0
REPLY_EVERY = 0.02  # seconds between texts of handsets


@attrs.define(eq=False)
class World:
    """Two simulators on ports of their own, and what they saw. `latency`: seconds from a part to its answer."""

    reactor: Any
    kind: str = "smpp"
    seed: int = 0
    latency: float = 0.0
    seen: Seen = attrs.field(factory=Seen)
    refusals: list[int] = attrs.field(factory=list)  # HTTP statuses that were no 2xx; 0: no answer
    carrier: ICarrier = attrs.field(init=False)
    platform: Platform = attrs.field(init=False)
    _ports: dict[str, Any] = attrs.field(factory=dict, init=False)
    _numbers: dict[str, int] = attrs.field(factory=dict, init=False)
    _tasks: list[Deferred[Any]] = attrs.field(factory=list, init=False)
    _pool: HTTPConnectionPool = attrs.field(init=False)
    _client: HTTPClient = attrs.field(init=False)
    _ending: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._pool = HTTPConnectionPool(self.reactor)
        self._pool.maxPersistentPerHost = CONNECTIONS
        self._client = HTTPClient(Agent(self.reactor, pool=self._pool))
        self.carrier = KINDS[self.kind](self.reactor, self.seed, self.latency, self._submitted, self._client)
        self.platform = Platform(clock=self.reactor, poster=self._client, send_url="", calling_code="55")
        self.platform.events = self.seen.callbacks  # one list: the oracle reads what the platform writes

    def _submitted(self, to: str, text: str) -> None:
        self.seen.submits.append((self.reactor.seconds(), to, text))

    # up and down

    def platform_up(self) -> int:
        return self._listen("platform", Site(self.platform.resource(), logFormatter=lambda timestamp, request: ""))

    def carrier_up(self) -> str:
        """The gateway's [link.…] to it."""
        return self.carrier.link(self._listen("carrier", self.carrier.factory))

    def _listen(self, name: str, factory: Any) -> int:
        """On the port it had before, if it had one."""
        port = self.reactor.listenTCP(self._numbers.get(name, 0), factory, interface="127.0.0.1")
        self._ports[name] = port
        self._numbers[name] = int(port.getHost().port)
        return self._numbers[name]

    async def down(self, name: str) -> None:
        """Nobody listens there any more; the port stays its."""
        port = self._ports.pop(name, None)
        if port is not None:
            await port.stopListening()

    async def end(self) -> None:
        """Nothing is left of it on the reactor."""
        self._ending = True
        for task in self._tasks:
            task.cancel()
        await DeferredList(self._tasks, consumeErrors=True)
        self.carrier.end()
        await self._pool.closeCachedConnections()
        for name in tuple(self._ports):
            await self.down(name)
        await until(self.reactor, lambda: not self.carrier.connections, 5.0, "the carrier's connections end")

    # what it says

    def burst(self, gateway: Gateway, traffic: Traffic) -> Deferred[Any]:
        """Everything, over so many connections; fires when all is accepted."""
        self.seen.traffic = traffic
        self.carrier.reach(gateway.url)
        waiting = iter(traffic.texts)
        posting = [Deferred.fromCoroutine(self._post_all(gateway, waiting)) for _ in range(CONNECTIONS)]
        speaking = Deferred.fromCoroutine(self._speak(traffic.replies))
        self._tasks += [*posting, speaking]
        return DeferredList([*posting, speaking], fireOnOneErrback=True)

    def say(self, reply: Handset) -> None:
        """One more of a handset, beside the burst."""
        self.seen.traffic = attrs.evolve(self.seen.traffic, replies=(*self.seen.traffic.replies, reply))
        self.carrier.send_mo(reply.sender, ADDRESS, reply.text)

    async def _speak(self, replies: Iterable[Handset]) -> None:
        for reply in replies:
            self.carrier.send_mo(reply.sender, ADDRESS, reply.text)
            await deferLater(self.reactor, REPLY_EVERY)

    async def _post_all(self, gateway: Gateway, waiting: Iterable[Text]) -> None:
        for text in waiting:
            while not (self._ending or await self._post_pieces(gateway, text)):
                pass

    async def _post_pieces(self, gateway: Gateway, text: Text) -> bool:
        """As courier does: in order, none after one that failed, and next time all of them again."""
        for index, piece in enumerate(text.pieces):
            key = (text.id, index)
            self.seen.posted.setdefault(key, self.reactor.seconds())
            code = await self.post(gateway, text, piece)
            if not 200 <= code < 300:
                self.refusals.append(code)
                # courier comes again after minutes: what was taken before belongs to another round by then.
                await deferLater(self.reactor, ROUND if code and index else AGAIN_AFTER)
                return False
            self.seen.accepted.setdefault(key, self.reactor.seconds())
        return True

    async def post(self, gateway: Gateway, text: Text, piece: str) -> int:
        """The HTTP status, 0 if no answer came."""
        template = courier.TEMPLATES["json"]
        values = {
            "id": text.id, "text": piece, "to": text.to, "to_no_plus": text.to.lstrip("+"), "from": ADDRESS,
            "from_no_plus": ADDRESS.lstrip("+"), "channel": CHANNEL, "session_status": "W" if text.reply else "",
        }  # fmt: skip
        _, body = courier.render(template, values)
        headers = {"Content-Type": template.content_type, "Authorization": AUTHORIZATION}
        url = f"{gateway.url}/c/ex/{CHANNEL}/send"
        try:
            response = await self._client.post(url, data=body, headers=headers, timeout=ANSWER_WITHIN)
            await response.content()
        except Exception:  # however the connection broke: no answer came
            return 0
        return int(response.code)

"""Where the stories play: the gateway over real sockets, between an SMSC and a platform that remember everything.

A story says what is asked, waits for what must come (`until`) and, where
nothing may come, lets a window pass (`quiet`). It knows HTTP and SMPP, and of
the gateway only how it is started.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from treq.client import HTTPClient
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent
from twisted.web.server import Site

from chanserv.gateway import Gateway
from chanserv.links.peer.behaviour import Behaviour
from chanserv.loading import load
from chanserv.platform.peer import Platform
from tests.stories.ends import Answer, Caller, Carrier, Recorded, free_port

UUID = "a86f686f-9168-4dd9-a03e-77f11b265b56"
TOKEN = "Token sekrit"
ADDRESS = "+5582999489287"
TO = "+250788123123"
FORM = "application/x-www-form-urlencoded"
WINDOW = 0.4  # further_piece_window of the stories, in seconds

CONFIG = """
[gateway]
data = "data"
listen = ['tcp:{gateway}:interface=127.0.0.1']
status_after = {waits[0]}
settle_after = {waits[1]}
{more_gateway}

[platform.main]
url = "http://127.0.0.1:{platform}"

[channel.claro]
uuid = "{uuid}"
address = "{address}"
authorization = "{token}"
links = ["smsc"]
country = "BR"
{more_channel}

[link.smsc]
kind = "{kind}"
hosts = ["127.0.0.1:{smsc}"]
{account}
password = "secret"
rate = 1000
{more_link}
"""


class Stage(TestCase):
    """Both simulators listen; `start` brings the gateway. Whatever was started ends with the test."""

    timeout = 40
    gateway_settings = f"further_piece_window = {WINDOW}"
    waits = (0.1, 0.1)  # status_after, settle_after
    channel_settings = ""
    kind, account = "smpp", 'system_id = "weni"'  # of the link
    link_settings = ""
    behaviour = Behaviour()
    ids = "int"

    async def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.port, self.smsc_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = HTTPClient(Agent(reactor))
        self.platform = Platform(
            clock=reactor,
            poster=self.http,
            send_url=self.url + "/c/ex/{uuid}/send",
            authorization=TOKEN,
            address=ADDRESS,
            ids=self.ids,
        )
        self.front = Recorded(self.platform.resource())
        self.platform_port = await self.listen(0, Site(self.front, logFormatter=lambda *_: ""))
        self.smsc = self.carrier()
        self.gateway: Any = None
        self._smsc_listening: Any = None
        self.config = self.configure()
        self.addCleanup(self.clean_up)

    async def clean_up(self) -> None:
        await self.stop()
        await self.smsc_down()
        await self.quiet(0)

    def configure(self) -> str:
        """Write the settings; the file's path."""
        path = self.folder.absolute() / "chanserv.toml"
        text = CONFIG.format(
            gateway=self.port,
            platform=self.platform_port,
            smsc=self.smsc_port,
            uuid=UUID,
            address=ADDRESS,
            token=TOKEN,
            waits=self.waits,
            kind=self.kind,
            account=self.account,
            more_gateway=self.gateway_settings,
            more_channel=self.channel_settings,
            more_link=self.link_settings,
        )
        path.write_text(text.replace('data = "data"', f'data = "{self.folder.absolute()}/data"'), "utf-8")
        path.chmod(0o600)
        return str(path)

    async def listen(self, port: int, factory: Factory) -> int:
        listening = await TCP4ServerEndpoint(reactor, port, interface="127.0.0.1").listen(factory)
        self.addCleanup(listening.stopListening)
        found: int = listening.getHost().port
        return found

    # the other ends

    def carrier(self) -> Any:
        return Carrier(self.behaviour)

    async def smsc_up(self) -> None:
        self._smsc_listening = await TCP4ServerEndpoint(reactor, self.smsc_port, interface="127.0.0.1").listen(
            self.smsc
        )

    async def smsc_down(self) -> None:
        """It listens no more, and drops whoever is connected."""
        listening, self._smsc_listening = self._smsc_listening, None
        if listening is not None:
            await listening.stopListening()
            self.smsc.drop()
            await self.until(lambda: not self.smsc.connections)

    # the gateway

    async def start(self, *, smsc: bool = True) -> None:
        """The gateway runs and takes texts; with `smsc`, it is bound."""
        if smsc and self._smsc_listening is None:
            await self.smsc_up()
        binds = self.smsc.counts["binds"]
        await self.run_gateway()
        if smsc:
            await self.until(lambda: self.smsc.counts["binds"] > binds)

    async def run_gateway(self) -> None:
        self.gateway = Gateway(load(self.config), reactor)
        self.gateway.startService()
        await self.until(lambda: self.gateway.healthy())

    async def stop(self) -> None:
        gateway, self.gateway = self.gateway, None
        if gateway is not None:
            await gateway.stopService()

    def stop_writer(self) -> Callable[[], None]:
        """Commits hang from now on, until what is returned is called."""
        writer = self.gateway.store._child.transport
        writer.signalProcess(signal.SIGSTOP)
        return lambda: writer.signalProcess(signal.SIGCONT)

    # waiting

    def soon(self, coroutine: Coroutine[Any, Any, Any]) -> Deferred[Any]:
        """Begun now, awaited later."""
        return Deferred.fromCoroutine(coroutine)

    async def until(self, true: Callable[[], object], within: float = 10.0) -> None:
        """Fails if it does not come true in time."""
        end = reactor.seconds() + within
        while not true():
            self.assertLess(reactor.seconds(), end, f"not in time; {self.seen()}")
            await deferLater(reactor, 0.01)

    async def quiet(self, seconds: float = 0.2) -> None:
        """Long enough for whatever must not come to come."""
        await deferLater(reactor, seconds)

    def seen(self) -> str:
        return f"submitted {self.texts()}, told {self.told()}"

    # what is asked

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"", token: str = TOKEN
    ) -> Answer:
        """One request on a connection of its own; redirects are not followed."""
        wanted = {**({"Authorization": token} if token else {}), **(headers or {})}
        response = await self.http.request(
            method, self.url + path, headers=wanted, data=body or None, allow_redirects=False
        )
        return Answer(response.code, await response.content(), response.headers)

    async def post(self, id: str, text: str, to: str = TO, **more: str) -> Answer:
        """One piece, as courier posts it with a form."""
        return await self.ask("POST", f"/c/ex/{UUID}/send", {"Content-Type": FORM}, form(id, text, to, **more))

    async def take(self, id: str, *texts: str, to: str = TO) -> None:
        """These pieces, one after the other, each answered 200."""
        for text in texts:
            answer = await self.post(id, text, to)
            self.assertEqual(200, answer.code, answer.body)

    async def call(self, data: bytes) -> Caller:
        """A connection, and these octets on it."""
        caller: Caller = await TCP4ClientEndpoint(reactor, "127.0.0.1", self.port).connect(Factory.forProtocol(Caller))
        caller.write(data)
        return caller

    # what came of it

    def texts(self) -> list[str]:
        """Of every submit_sm that the SMSC took."""
        return [submit.text for submit in self.smsc.submits]

    def told(self) -> list[tuple[str, str]]:
        """(kind, body) of every post to the platform."""
        return [(path.rpartition("/")[2], body) for path, body in self.front.requests]

    def kinds(self, id: str) -> list[str]:
        """The statuses of one message, in order."""
        return [kind for kind, body in self.told() if body == f"id={id}"]

    async def told_of(self, id: str, *kinds: str) -> None:
        """Exactly these statuses, and no more after them."""
        await self.until(lambda: self.kinds(id) == list(kinds))
        await self.quiet()
        self.assertEqual(list(kinds), self.kinds(id))


def form(id: str, text: str, to: str = TO, **more: str) -> bytes:
    """The body of one piece."""
    return urlencode({"id": id, "text": text, "to": to, "from": ADDRESS, "channel": UUID, **more}).encode("ascii")


def request(body: bytes, path: str = f"/c/ex/{UUID}/send", method: str = "POST") -> bytes:
    """A whole request to send, in octets."""
    head = f"{method} {path} HTTP/1.1\r\nHost: sms.example.org\r\nAuthorization: {TOKEN}\r\nContent-Type: {FORM}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body

"""What the tests of the platform side share: settings, a router and a store that only listen, and a caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from msgspec.structs import replace
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.interfaces import IRouter, IStore
from chanserv.message import Letter, Outcome, Post, Receipt, Reply
from chanserv.operations import Done, Fetch, Fetched, Operation, Posted, Result, Taken
from chanserv.platform.front import Front
from chanserv.platform.rounds import Rounds
from chanserv.settings import ChannelSettings, PlatformSettings, Secret
from chanserv.site import Site

UUID = "a86f686f-9168-4dd9-a03e-77f11b265b56"
SEND = f"/c/ex/{UUID}/send"
TOKEN = {"Authorization": "Token sekrit"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
XML = {"Content-Type": "text/xml; charset=utf-8"}
START = 1_700_000_000.0


def channel(**changes: Any) -> ChannelSettings:
    """A channel in Rwanda that asks for `Token sekrit`."""
    known = {
        "name": "rw",
        "uuid": UUID,
        "address": "+250788000111",
        "authorization": Secret("Token sekrit"),
        "country": "RW",
    }
    return ChannelSettings(**{**known, **changes})


def platform(**changes: Any) -> PlatformSettings:
    """A platform that is on nobody's network."""
    return PlatformSettings(**{"name": "main", "url": "http://courier.example", **changes})


def clock(at: float = START) -> Clock:
    """A clock that has been running for a while."""
    made = Clock()
    made.advance(at)
    return made


@implementer(IRouter)
@attrs.define(eq=False)
class DeafRouter:
    """Remembers posts. `patient`: answers only when told to; `fault`: fails with it; `bad`: raises it."""

    posts: list[Post] = attrs.field(factory=list)
    patient: bool = False
    fault: Exception | None = None
    bad: Exception | None = None
    waiting: list[Deferred[Taken]] = attrs.field(factory=list)
    cancelled: int = 0

    def submit(self, post: Post) -> Deferred[Taken]:
        if self.bad is not None:
            raise self.bad
        self.posts.append(post)
        if self.fault is not None:
            return fail(self.fault)
        if not self.patient:
            return succeed(self.taken())
        waiting: Deferred[Taken] = Deferred(self._count)
        self.waiting.append(waiting)
        return waiting

    def taken(self) -> Taken:
        return Taken(message=len(self.posts), piece=100 + len(self.posts))

    def _count(self, _: object) -> None:
        self.cancelled += 1

    def settled(self, outcomes: Sequence[Outcome]) -> Deferred[None]:
        raise NotImplementedError

    def receipt(self, receipts: Sequence[Receipt]) -> Deferred[list[bool]]:
        raise NotImplementedError

    def reply(self, replies: Sequence[Reply]) -> Deferred[list[bool]]:
        raise NotImplementedError


@implementer(IStore)
@attrs.define(eq=False, slots=False)
class OutboxStore:
    """An outbox in memory, one letter a line as the store promises; every operation is remembered."""

    clock: Clock = attrs.field(factory=clock)
    operations: list[Operation] = attrs.field(factory=list)
    letters: dict[int, tuple[float, Letter]] = attrs.field(factory=dict)  # ref -> (due, letter)
    dead: dict[int, str] = attrs.field(factory=dict)
    told: list[int] = attrs.field(factory=list)
    fault: Exception | None = None
    healthy: bool = True

    def owe(self, letter: Letter, due: float = 0.0) -> None:
        self.letters[letter.ref] = (due or self.clock.seconds(), letter)

    def open(self) -> Deferred[None]:
        return succeed(None)

    def close(self) -> Deferred[None]:
        return succeed(None)

    def apply(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        self.operations += operations
        if self.fault is not None:
            return fail(self.fault)
        return succeed([self._carry_out(operation) for operation in operations])

    def due(self, ref: int) -> float:
        return self.letters[ref][0]

    def _carry_out(self, operation: Operation) -> Result:
        match operation:
            case Fetch():
                return self._fetch(operation)
            case Posted():
                self._posted(operation)
        return Done()

    def _fetch(self, fetch: Fetch) -> Fetched:
        now = self.clock.seconds()
        heads: dict[str, tuple[float, Letter]] = {}
        for due, letter in self.letters.values():
            heads.setdefault(letter.sender or letter.id, (due, letter))
        due_now = [letter for due, letter in heads.values() if due <= now and letter.ref not in fetch.holding]
        later = [due for due, letter in heads.values() if due > now]
        return Fetched(letters=tuple(due_now[: fetch.limit]), due=min(later, default=0.0))

    def _posted(self, posted: Posted) -> None:
        _, letter = self.letters.pop(posted.letter)
        if posted.told:
            self.told.append(letter.ref)
        elif not posted.due:
            self.dead[letter.ref] = posted.reason
        else:
            before = self.letters
            self.letters = {letter.ref: (posted.due, replace(letter, tries=letter.tries + posted.tried)), **before}


@attrs.frozen
class Heard:
    """An HTTP answer."""

    code: int
    headers: dict[str, str]
    body: bytes


@attrs.define(eq=False)
class Caller:
    """One connection to a Site, in memory, octet by octet."""

    site: Site
    address: str = "192.0.2.7"
    protocol: Any = None
    transport: StringTransport = attrs.field(factory=StringTransport)

    def __attrs_post_init__(self) -> None:
        peer = IPv4Address("TCP", self.address, 40000)
        self.transport = StringTransport(hostAddress=IPv4Address("TCP", "192.0.2.1", 8080), peerAddress=peer)
        self.protocol = self.site.buildProtocol(peer)
        self.protocol.makeConnection(self.transport)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        """Write one whole request."""
        lines = [f"{method} {path} HTTP/1.1", "Host: sms.example.org"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body or method in ("POST", "PUT"):
            lines.append(f"Content-Length: {len(body)}")
        self.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def write(self, octets: bytes) -> None:
        self.protocol.dataReceived(octets)

    def heard(self) -> Heard | None:
        """The answer, if it came; taken off the wire."""
        octets = self.transport.value()
        if not octets:
            return None
        self.transport.clear()
        head, _, body = octets.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return Heard(int(status.split(" ")[1]), headers, body)

    def hang_up(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionLost()))


@attrs.define(eq=False)
class Stage:
    """A front before a router and a store that only listen."""

    channel: ChannelSettings = attrs.field(factory=channel)
    router: Any = attrs.field(factory=DeafRouter)
    clock: Clock = attrs.field(factory=clock)
    store: Any = None
    trusted_proxies: tuple[Any, ...] = ()
    front: Front = attrs.field(init=False)
    site: Site = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.store = self.store or OutboxStore(self.clock)
        self.front = Front(
            router=self.router,
            store=self.store,
            channels={self.channel.name: self.channel},
            rounds=Rounds(),
            clock=self.clock,
            healthy=lambda: self.store.healthy,
            trusted_proxies=self.trusted_proxies,
        )
        self.site = Site(self.front.resource(), self.clock)

    def ask(
        self, method: str = "POST", path: str = SEND, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Heard:
        """One request on a connection of its own, with the right token unless `headers` has another."""
        caller = Caller(self.site)
        caller.ask(method, path, {**TOKEN, **(headers or {})}, body)
        heard = caller.heard()
        caller.hang_up()
        assert heard is not None
        return heard

    def form(self, body: str, **headers: str) -> Heard:
        return self.ask(headers={**FORM, **headers}, body=body.encode("latin-1"))

    def json(self, body: str, **headers: str) -> Heard:
        return self.ask(headers={**JSON, **headers}, body=body.encode("utf-8", "surrogatepass"))

    @property
    def post(self) -> Post:
        """The last one the router was given."""
        found: Post = self.router.posts[-1]
        return found

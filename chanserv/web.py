"""What our HTTP endpoints listen with: Twisted's Site, bounded where a stranger could fill memory, disk or descriptors.

Everything here happens before anybody has shown a token. It bounds the open
connections, the time a request may take to arrive and the octets of its body,
and knows nothing of what is asked or answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import IResource
from twisted.web.server import Request
from twisted.web.server import Site as WebSite

BODY_LIMIT = 65536  # octets of a body
DRAIN_LIMIT = 1 << 20  # octets we still read of a larger one, so that its sender sees the answer
IDLE_LIMIT = 60  # seconds a connection may be silent, and seconds a request may take from its first octet to its last
CONNECTIONS = 800  # at once; with the usual 1024 descriptors a process enough is left for links, posts and the store


class BoundedRequest(Request):
    """Keeps no more than BODY_LIMIT octets of a body, however it comes; `oversize` tells."""

    oversize = False
    content: BytesIO
    _counted = 0
    _refused = False

    def gotLength(self, length: int | None) -> None:
        """Twisted: all headers are there; None: the length is not known before the end."""
        self.content = BytesIO()
        self._grow(length or 0)
        self._counted = 0

    def handleContentChunk(self, data: bytes) -> None:
        """Twisted: octets of the body."""
        self._grow(len(data))
        if not self.oversize:
            self.content.write(data)

    def process(self) -> None:
        """Twisted: the request is complete."""
        if not self._refused:
            super().process()

    def _grow(self, octets: int) -> None:
        self._counted += octets
        if self._counted > BODY_LIMIT:
            self.oversize = True
        if self._counted > DRAIN_LIMIT and not self._refused:
            self._refused = True
            self.channel.write(answer("413 Content Too Large", "too large", f"over {BODY_LIMIT} octets"))
            self.channel.loseConnection()


class BoundedChannel(HTTPChannel):
    """One connection. A request that drips is cut off like one that stops; one that waits for us never is."""

    site: Site
    _log = Logger(observer=LogPublisher())  # nobody reads it: a line for each connection that fell idle
    _begun = False

    def resetTimeout(self) -> None:
        """Twisted: octets came. Only the first of a request give it time."""
        if not self._begun:
            self._begun = True
            super().resetTimeout()

    def requestDone(self, request: Any) -> None:
        """Twisted: the answer is written."""
        self._begun = False
        super().requestDone(request)

    def connectionMade(self) -> None:
        """Twisted: somebody is there."""
        self.site.channels.add(self)
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted: it is over."""
        self.site.channels.discard(self)
        self.site.left()
        super().connectionLost(reason)


class Full(Protocol):
    """One connection too many: 503, on which the platform comes again."""

    def connectionMade(self) -> None:
        """Twisted: say so and close."""
        assert self.transport is not None
        self.transport.write(answer("503 Service Unavailable", "unavailable", "too many connections"))
        self.transport.loseConnection()


class Site(WebSite):
    """At most `connections` at once. Speaks HTTP/1.1 alone: our bounds are those of its channel."""

    protocol = BoundedChannel  # type: ignore[assignment]  # Twisted names its chooser between HTTP/1.1 and 2
    _log = Logger()

    def __init__(self, resource: IResource, connections: int = CONNECTIONS, **more: Any) -> None:
        super().__init__(resource, BoundedRequest, timeout=IDLE_LIMIT, **more)
        self.connections = connections
        self.channels: set[BoundedChannel] = set()
        self._open = 0
        self._alarmed = False

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Twisted: somebody connects."""
        if self._open >= self.connections:
            self._alarm()
            return Full()
        self._open += 1
        return super().buildProtocol(addr)

    def left(self) -> None:
        """A connection is over."""
        self._open -= 1
        if self._open < self.connections // 2:
            self._alarmed = False

    def hang_up(self) -> None:
        """Close every connection, once what is written on it has left."""
        for channel in list(self.channels):
            channel.loseConnection()

    def acceptableProtocols(self) -> list[bytes]:
        """Twisted: what TLS may agree on."""
        return [b"http/1.1"]

    def _alarm(self) -> None:
        """Once, until things have calmed down: a flood must not flood the log."""
        if not self._alarmed:
            self._alarmed = True
            self._log.error(
                "{limit} connections are open; more are refused", limit=self.connections, alarm="connections"
            )


def within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Does it lie in one of them? What is no address does not."""
    try:
        found = ip_address(address.removeprefix("::ffff:"))
    except ValueError:
        return False
    return any(found in network for network in networks)


def caller(request: Any, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """The peer's address; the one a proxy of ours names, if it is such a proxy that speaks."""
    peer: str = getattr(request.getClientAddress(), "host", "")
    named: list[bytes] = request.requestHeaders.getRawHeaders(b"x-forwarded-for") or []
    hops = [hop.strip() for hop in b",".join(named).decode("latin-1").split(",") if hop.strip()]
    while hops and within(peer, proxies):
        peer = hops.pop()
    return peer


def answer(status: str, error: str, reason: str) -> bytes:
    """A whole answer for whom no app of ours answers any more."""
    body = f'{{"error": "{error}", "field": "", "reason": "{reason}"}}'.encode("ascii")
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {len(body)}"
    return head.encode("ascii") + b"\r\n\r\n" + body

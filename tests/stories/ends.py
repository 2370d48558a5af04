"""Both ends of the gateway, with ears: an SMSC and a platform that keep what came octet by octet, and a raw client.

They are the simulators that ship with the gateway; what is kept here is read
off the wire a second time, so that a fault of theirs cannot hide one of ours.
"""

from __future__ import annotations

import json
import random
import socket
from typing import Any

import attrs
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.resource import Resource

from chanserv.links.peer import carrier
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.smpp.codec import Frames, decode
from chanserv.links.smpp.pdus import Pdu, SubmitSm
from chanserv.links.smpp.trade import SmppTrade


def free_port() -> int:
    """One that nobody listens on, and below those that connections are given: they must not take it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Carrier(carrier.Carrier):
    """An SMSC that keeps every PDU as it came, read off the wire a second time."""

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(reactor, SmppTrade(), behaviour)
        self.heard: list[Pdu] = []
        self._streams: dict[object, Frames] = {}

    def received(self, connection: Any, data: bytes) -> None:
        for frame in self._streams.setdefault(connection, Frames()).feed(data):
            self.heard.append(decode(frame))
        super().received(connection, data)

    @property
    def submitted(self) -> list[SubmitSm]:
        return [pdu for pdu in self.heard if isinstance(pdu, SubmitSm)]


class Recorded(Resource):
    """Stands before the platform: (path, body) of every request, in the order they came."""

    isLeaf = True

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self._inner = inner
        self.requests: list[tuple[str, str]] = []
        self.times: list[float] = []  # when each came

    def render(self, request: Any) -> Any:
        request.content.seek(0)
        self.times.append(reactor.seconds())
        self.requests.append((request.path.decode("ascii"), request.content.read().decode("ascii")))
        request.content.seek(0)
        return self._inner.render(request)


@attrs.frozen
class Answer:
    """What the gateway answered."""

    code: int
    body: bytes
    headers: Any = None

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Caller(Protocol):
    """A client that writes octets, and hangs up when told to."""

    def __init__(self) -> None:
        self.heard = b""
        self.gone: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone.callback(self.heard)

    def write(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def hang_up(self) -> Deferred[bytes]:
        """Without a word."""
        self.transport.abortConnection()  # type: ignore[union-attr] # it is TCP
        return self.gone

"""Connections in memory that can be cut at any octet: what neither end has heard yet is lost then."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.interfaces import ITransport
from twisted.python.failure import Failure
from zope.interface import implementer


@implementer(ITransport)
class End:
    """One end's transport."""

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.out: list[bytes] = []
        self.leaving = False
        self.paused = False

    def write(self, data: bytes) -> None:
        if not self.leaving:
            self.out.append(data)

    def writeSequence(self, data: Any) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        self.leaving = True

    def abortConnection(self) -> None:
        self.out.clear()
        self.leaving = True

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def getPeer(self) -> None: ...
    def getHost(self) -> None: ...


class Cable:
    """Joins two protocols, the dialling one last."""

    def __init__(self, server: Any, client: Any) -> None:
        self.ends = End(server), End(client)
        self.over = False
        for end in self.ends:
            end.protocol.makeConnection(end)

    def carry(self) -> bool:
        """Whatever was written, to the other end; did anything happen?"""
        moved = False
        for end, other in (self.ends, self.ends[::-1]):
            if end.out and not other.paused and not self.over:
                data, end.out = b"".join(end.out), []
                other.protocol.dataReceived(data)
                moved = True
        if not self.over and any(end.leaving and not end.out for end in self.ends):
            self._end(Failure(ConnectionDone()))
            return True
        return moved

    def cut(self) -> None:
        """Without a word, and without what is on its way."""
        if not self.over:
            self._end(Failure(ConnectionLost()))

    def _end(self, why: Failure) -> None:
        self.over = True
        for end in self.ends:
            end.leaving = True
            end.out.clear()
            end.protocol.connectionLost(why)


@attrs.define(eq=False)
class Network:
    """What a link dials through to its carrier. `up`: whether calls are taken."""

    carrier: Any
    up: bool = True
    cables: list[Cable] = attrs.field(factory=list)

    def __call__(self, host: str, port: int) -> Network:
        return self

    def connect(self, factory: Any) -> Deferred[Any]:
        """As an endpoint does."""
        if not self.up:
            return fail(ConnectionRefusedError())
        client = factory.buildProtocol(None)
        self.cables.append(Cable(self.carrier.buildProtocol(None), client))
        return succeed(client)

    def opened(self) -> None:
        self.up = True

    def carry(self) -> bool:
        moved = sum(cable.carry() for cable in self.cables) > 0  # each of them, not the first that moves
        self.cables = [cable for cable in self.cables if not cable.over]
        return moved

"""A TLS connection that counts as made when its handshake is over, not when TCP says so.

Twisted hands a connection to its protocol before the handshake; a session that begins then would have its own time
run while the certificates are still looked at, and would take a refused certificate for a carrier that hangs up.
Here a stand-in waits in its place. What is right or wrong with a certificate is `tls`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IAddress, IHandshakeListener, IProtocol, IProtocolFactory
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.errors import CannotDial
from chanserv.links.wire import tls
from chanserv.links.wire.tls import Terms


@implementer(IHandshakeListener)
class Handshake(Protocol):
    """Stands in for a protocol while TLS shakes hands. `over` gives that protocol, or fails with CannotDial."""

    def __init__(self, make: Callable[[], IProtocol | None], terms: Terms) -> None:
        self.over: Deferred[IProtocol] = Deferred(self._given_up)
        self._make = make
        self._terms = terms
        self._inner: IProtocol | None = None

    def handshakeCompleted(self) -> None:
        """IHandshakeListener: what follows is theirs."""
        self._inner = self._make()
        if self._inner is None:
            self.over.cancel()
            return
        self._inner.makeConnection(self.transport)  # type: ignore[arg-type] # it is connected
        self.over.callback(self._inner)

    def dataReceived(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """IProtocol: TLS 1.3 tells only here that our certificate was refused, when for us all was well."""
        why = tls.words(reason, self._terms)
        if self._inner is not None:
            fault = CannotDial(why) if tls.refuses_us(reason) else ConnectionLost(why)
            self._inner.connectionLost(Failure(fault) if why else reason)
        elif not self.over.called:
            self.over.errback(CannotDial(why or f"TLS: hung up in the handshake: {reason.getErrorMessage()}"))

    def _given_up(self, over: Deferred[IProtocol]) -> None:
        if self.transport is not None:
            self.transport.abortConnection()  # type: ignore[attr-defined] # of TLS over TCP


class HandshakeFactory(Factory):
    """Makes one `Handshake` a connection, each for a protocol of `factory`."""

    noisy = False

    def __init__(self, factory: IProtocolFactory, terms: Terms) -> None:
        self._factory = factory
        self._terms = terms

    def doStart(self) -> None:
        """IProtocolFactory: theirs starts with ours."""
        self._factory.doStart()

    def doStop(self) -> None:
        """IProtocolFactory: theirs stops with ours."""
        self._factory.doStop()

    def buildProtocol(self, addr: IAddress | None) -> Handshake:
        return Handshake(lambda: self._factory.buildProtocol(addr), self._terms)  # type: ignore[arg-type] # as it came

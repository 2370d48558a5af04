"""TCP connections whose sockets are made our way: from which address, through which device, given up when.

The only module that leans on what Twisted keeps to itself: `tcp.Client.createInternetSocket`, that `doWrite` may be
called by somebody else than the reactor, and `tcp.Connector._makeTransport`. What is set here counts from the first
SYN on; an option that cannot be set is a connection that is not made. Whom to dial, and what is said then, is not
known here.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

import attrs
from twisted.internet import tcp
from twisted.internet.interfaces import IDelayedCall, IReactorPluggableNameResolver
from twisted.internet.protocol import ClientFactory
from zope.interface import implementer

READ = 16 * 1024  # octets read in one turn: all the packets in it, whatever they ask, hold up the reactor together
PROBES_EVERY = 3  # seconds between two keepalive probes without an answer
PROBES = 3  # that many unanswered ones end a connection, unless `user_timeout` does it sooner
HINTS = {
    errno.EPERM: "not permitted: it takes Linux 5.7 or CAP_NET_RAW",
    errno.ENODEV: "there is no such device",
    errno.EADDRNOTAVAIL: "not an address of this machine",
}


@attrs.frozen(kw_only=True)
class SocketOptions:
    """What a socket is to be like. Seconds; 0: the system's way."""

    source: str | None = None
    device: str | None = None
    user_timeout: float = 0.0
    keepalive: float = 0.0


def tune(made: socket.socket, options: SocketOptions) -> None:
    """What holds for every connection, dialled or taken. Raises OSError, whose text names the option."""
    _bind_device(made, options.device)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # tcp(7): with TCP_USER_TIMEOUT set it, not TCP_KEEPCNT, decides when unanswered probes end a connection.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(options.user_timeout * 1000))
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1 if options.keepalive else 0)
    if options.keepalive:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, max(1, round(options.keepalive)))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBES_EVERY)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)


def _bind_device(made: socket.socket, device: str | None) -> None:
    if device is None:
        return
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\0")
    except OSError as fault:
        raise _worded(fault, f"device {device}") from None


def _bind_source(made: socket.socket, source: str | None) -> None:
    if source is None:
        return
    try:
        found = socket.getaddrinfo(source, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        family, *_, address = found[0]
        if family != made.family:
            raise OSError(errno.EAFNOSUPPORT, "not of the family of the address dialled")
        made.bind(address)
    except OSError as fault:
        raise _worded(fault, f"source {source}") from None


def _worded(fault: OSError, what: str) -> OSError:
    number = fault.errno or 0
    return OSError(number, f"{what}: {HINTS.get(number) or fault.strerror or os.strerror(number)}")


class _Client(tcp.Client):
    """A connection that tunes its socket before it dials; `tuned`: Twisted has asked for that."""

    tuned = False
    bufferSize = READ
    _broken: Exception | None = None  # found out by a write; the reactor is to hear of it

    def __init__(self, options: SocketOptions, *rest: Any) -> None:
        self._options = options
        super().__init__(*rest)

    def createInternetSocket(self) -> socket.socket:
        """Twisted: raises OSError, which becomes a ConnectBindError."""
        self.tuned = True
        made: socket.socket = super().createInternetSocket()
        try:
            tune(made, self._options)
            _bind_source(made, self._options.source)
        except OSError:
            made.close()
            raise
        return made

    def write(self, data: bytes) -> None:
        """ITransport: at once, what the kernel takes of it. A turn later, other work may be in front of it.

        Behind octets that the kernel would not take before, these wait as ever.
        """
        behind = bool(self.dataBuffer or self._tempDataBuffer)
        super().write(data)
        if self.connected and not behind and not self.disconnecting:
            self._broken = self.doWrite()

    def doRead(self) -> Any:
        """IReadDescriptor: the kernel tells a reset once, and that was the write; to a read it would be a mere end."""
        return self._broken or super().doRead()


class _Connector(tcp.Connector):
    """Makes `_Client`s."""

    def __init__(self, options: SocketOptions, *rest: Any) -> None:
        self._options = options
        super().__init__(*rest)

    def _makeTransport(self) -> _Client:
        """Raises RuntimeError if this Twisted makes its sockets in another way: nobody is dialled then."""
        made = _Client(self._options, self.host, self.port, self.bindAddress, self, self.reactor)
        if not made.tuned:
            del made.connector  # it would dial in the next turn: `doConnect` does nothing without
            raise RuntimeError("this Twisted makes its sockets in another way: no device, no source, no dial")
        return made


@implementer(IReactorPluggableNameResolver)
class Sockets:
    """As much of a reactor as client endpoints want of it, with sockets of our options."""

    def __init__(self, reactor: Any, options: SocketOptions) -> None:
        self._reactor = reactor
        self._options = options

    @property
    def nameResolver(self) -> Any:
        return self._reactor.nameResolver

    def installNameResolver(self, resolver: Any) -> Any:
        """IReactorPluggableNameResolver: not ours to change."""
        raise NotImplementedError("install it in the reactor")

    def seconds(self) -> float:
        return float(self._reactor.seconds())

    def callLater(self, delay: float, call: Any, *args: Any, **more: Any) -> IDelayedCall:
        made: IDelayedCall = self._reactor.callLater(delay, call, *args, **more)
        return made

    def connectTCP(
        self, host: str, port: int, factory: ClientFactory, timeout: float = 30, bindAddress: Any = None
    ) -> _Connector:
        """IReactorTCP."""
        connector = _Connector(self._options, host, port, factory, timeout, bindAddress, self._reactor)
        connector.connect()
        return connector

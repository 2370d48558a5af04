"""Where carriers call us: an endpoint that takes calls from `listen_from` only, so many at once, in TLS if told so.

Whoever else calls is hung up on before a word is said, counted, and logged at most once a minute, as is whoever
calls while the link's tunnel is not up. What is said on a connection that was taken is its factory's matter.
"""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address
from typing import Any, cast

from twisted.internet.defer import Deferred, TimeoutError, succeed
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IAddress, IListeningPort, IProtocol, IProtocolFactory, ITransport
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from chanserv.errors import CannotDial
from chanserv.interfaces import IGate
from chanserv.links.wire import tls
from chanserv.links.wire.dial import socket_options
from chanserv.links.wire.handshake import HandshakeFactory
from chanserv.links.wire.sockets import READ, tune
from chanserv.seldom import Seldom
from chanserv.settings import SmppSettings, UcpSettings
from chanserv.settings.common import Network

log = Logger()

CALLS = 16  # connections at once; carriers that call us open one or two
TUNNEL = "the tunnel is not up"

ListeningSettings = SmppSettings | UcpSettings


class _Call(ProtocolWrapper):
    """A call from where calls may come: its socket is tuned like one that we dialled, then somebody answers it."""

    wrappedProtocol: Any  # None until it is known that somebody will

    def makeConnection(self, transport: ITransport) -> None:
        """IProtocol: on a socket that cannot be tuned (its device is gone) not a word is said."""
        door, peer = cast(_Door, self.factory), transport.getPeer()
        try:
            door.tune(transport)
            self.wrappedProtocol = door.answerer(peer)
        except OSError as fault:
            door.refuse(host_of(peer), fault.strerror or str(fault))
        if self.wrappedProtocol is None:
            transport.abortConnection()  # type: ignore[attr-defined] # of TCP
        else:
            super().makeConnection(transport)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override] # as ProtocolWrapper has it
        """IProtocol."""
        if self.wrappedProtocol is not None:
            super().connectionLost(reason)


class _Door(WrappingFactory[Any]):
    """Asks who calls before anything is made for them. `refused`: how often, by reason."""

    noisy = False
    protocol = _Call

    def __init__(
        self,
        settings: ListeningSettings,
        reactor: Any,
        factory: IProtocolFactory,
        gate: IGate | None,
        device: str | None,
    ) -> None:
        super().__init__(factory)
        self.refused: Counter[str] = Counter()
        self._settings = settings
        self._options = socket_options(settings, device)
        self._clock = reactor
        self._gate = gate
        self._seldom = Seldom(reactor)

    def buildProtocol(self, addr: Any) -> Any:
        """IProtocolFactory: None hangs up at once."""
        reason = self._against(host_of(addr))
        if reason:
            self.refuse(host_of(addr), reason)
            return None
        return _Call(self, None)  # type: ignore[arg-type] # as yet nobody

    def answerer(self, addr: IAddress) -> IProtocol | None:
        """Who speaks with them; None: nobody will."""
        if self._settings.tls is None:
            return cast(IProtocol | None, self.wrappedFactory.buildProtocol(addr))
        return self._in_tls(addr, host_of(addr))

    def tune(self, transport: Any) -> None:
        """Raises OSError. At an ssl: endpoint TCP is underneath."""
        tcp: Any = transport.transport if isinstance(transport, TLSMemoryBIOProtocol) else transport
        tune(tcp.getHandle(), self._options)
        tcp.bufferSize = READ

    def refuse(self, host: str, reason: str) -> None:
        """Count it, and say so if nothing was said for a while."""
        self.refused[reason] += 1
        if self._seldom.due():
            log.warn(
                "{link}: a call from {host} is refused: {reason}", link=self._settings.name, host=host, reason=reason
            )

    def _against(self, host: str) -> str:
        """What speaks against a call; empty: nothing."""
        if not _within(host, self._settings.listen_from):
            return "not in listen_from"
        if self.shut:
            return TUNNEL
        return "too many calls at once" if len(self.protocols) >= CALLS else ""

    @property
    def shut(self) -> bool:
        """Nobody may speak, whoever calls."""
        return self._gate is not None and not self._gate.open

    def _in_tls(self, addr: IAddress, host: str) -> IProtocol | None:
        assert self._settings.tls is not None
        try:
            terms = tls.from_callers(self._settings.tls)
        except CannotDial as fault:
            self.refuse(host, str(fault))
            return None
        outer: Any = TLSMemoryBIOFactory(terms, False, HandshakeFactory(_Shaken(self), terms)).buildProtocol(addr)
        over = outer.wrappedProtocol.over.addTimeout(self._settings.connect_within, self._clock)
        over.addErrback(self._unshaken, host)
        return cast(IProtocol, outer)

    def _unshaken(self, failure: Failure, host: str) -> None:
        if failure.check(CannotDial):
            return self.refuse(host, failure.getErrorMessage())
        late = "TLS: no handshake in time" if failure.check(TimeoutError) else "nobody answers any more"
        self.refuse(host, TUNNEL if self.shut else late)


class _Shaken(Factory):
    """Who speaks with them after a handshake, during which the tunnel may have gone down."""

    def __init__(self, door: _Door) -> None:
        self._door = door

    def buildProtocol(self, addr: Any) -> Any:
        """IProtocolFactory: None hangs up at once."""
        return None if self._door.shut else self._door.wrappedFactory.buildProtocol(addr)


class Listener:
    """The `listen` of one link. `factory` makes the protocols of calls that are taken; `device`: see `dialler`."""

    def __init__(
        self,
        settings: ListeningSettings,
        reactor: Any,
        factory: IProtocolFactory,
        gate: IGate | None = None,
        device: str | None = None,
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._door = _Door(settings, reactor, factory, gate, device)
        self._port: IListeningPort | None = None

    @property
    def refused(self) -> dict[str, int]:
        """Calls that were not taken, by reason."""
        return dict(self._door.refused)

    def start(self) -> Deferred[IListeningPort]:
        """Begin to listen; fails with CannotListenError."""
        assert self._settings.listen is not None
        listening: Deferred[IListeningPort] = serverFromString(self._reactor, self._settings.listen).listen(self._door)
        return listening.addCallback(self._listening)

    def stop(self) -> Deferred[None]:
        """Listen no more; calls that were taken go on. Idempotent."""
        port, self._port = self._port, None
        stopped = port.stopListening() if port is not None else None
        return succeed(None) if stopped is None else stopped

    def _listening(self, port: IListeningPort) -> IListeningPort:
        self._port = port
        return port


def host_of(address: Any) -> str:
    """Of a TCP address; empty for others, which no network holds."""
    return str(getattr(address, "host", ""))


def _within(host: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # how a socket that listens on :: sees IPv4
    return any((mapped or address) in network for network in networks)

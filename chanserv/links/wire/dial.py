"""How a link's connections are dialled: address, device, time limits, keepalive, and TLS where it is wanted.

    dialler(settings, reactor) -> connect(host, port) -> an endpoint that knows all of it

A literal address is dialled as it is. A name is looked up by the reactor's resolver and its addresses are tried one
after another, the next when the one before has failed or been silent for ATTEMPT_DELAY (RFC 8305, with a longer
wait: an SMSC far behind a VPN answers late, and each connection it sees may count against the account). Every try is
bound to the same device and source. When to dial, and what is said on the connection, is the link's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from chanserv.errors import CannotDial
from chanserv.links.wire import tls
from chanserv.links.wire.handshake import HandshakeFactory
from chanserv.links.wire.sockets import SocketOptions, Sockets
from chanserv.settings import TlsSettings
from chanserv.settings.carrier import CarrierSettings

log = Logger()

ATTEMPT_DELAY = 2.0  # seconds before another address of the same name is tried as well

Connect = Callable[[str, int], IStreamClientEndpoint]


def socket_options(settings: CarrierSettings, device: str | None = None) -> SocketOptions:
    """What a link's settings say of its sockets; `device`: that of its tunnel, where it names none itself."""
    return SocketOptions(
        source=settings.source,
        device=settings.device or device,
        user_timeout=settings.user_timeout,
        keepalive=settings.keepalive,
    )


def dialler(settings: CarrierSettings, reactor: Any, device: str | None = None) -> Connect:
    """What a link dials with; `device`: that of its tunnel, where the link names none itself."""
    sockets = Sockets(reactor, socket_options(settings, device))
    if settings.tls is not None and not settings.tls.verify:
        log.warn("{link}: tls.verify is false: whoever answers is taken for the carrier", link=settings.name)

    def connect(host: str, port: int) -> IStreamClientEndpoint:
        plain = _plain(sockets, host, port, settings.connect_within)
        dialled = plain if settings.tls is None else TlsEndpoint(plain, settings.tls, host)
        return TimelyEndpoint(dialled, reactor, settings.connect_within)

    return connect


def _plain(sockets: Sockets, host: str, port: int, within: float) -> IStreamClientEndpoint:
    if isIPAddress(host):
        return TCP4ClientEndpoint(sockets, host, port, within)
    if isIPv6Address(host):
        return TCP6ClientEndpoint(sockets, host, port, within)
    return HostnameEndpoint(sockets, host, port, within, attemptDelay=ATTEMPT_DELAY)


@implementer(IStreamClientEndpoint)
@attrs.frozen
class TimelyEndpoint:
    """An endpoint that has so many seconds for everything: look-up, TCP, TLS."""

    _endpoint: IStreamClientEndpoint
    _clock: IReactorTime
    _within: float

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """IStreamClientEndpoint: fails with CannotDial when the time is over."""
        return self._endpoint.connect(protocolFactory).addTimeout(self._within, self._clock, self._late)

    def _late(self, result: object, within: float) -> Any:
        raise CannotDial(f"no connection within {within:g} s")


@implementer(IStreamClientEndpoint)
@attrs.frozen
class TlsEndpoint:
    """TLS over another endpoint; connected when the handshake is over. The files are read for every connection."""

    _endpoint: IStreamClientEndpoint
    _settings: TlsSettings
    _host: str

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """IStreamClientEndpoint: fails with CannotDial for what TLS has against it."""
        try:
            terms = tls.towards(self._settings, self._host)
        except CannotDial as fault:
            return fail(fault)
        shaking = HandshakeFactory(protocolFactory, terms)
        connecting: Deferred[Any] = self._endpoint.connect(TLSMemoryBIOFactory(terms, True, shaking))
        return connecting.addCallback(lambda outer: outer.wrappedProtocol.over)

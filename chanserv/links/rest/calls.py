"""One account's HTTP connections: a request goes out, an answer comes back, or it is known how far it came.

A pool of connections of its own, dialled as any link dials (source, device,
tunnel, TLS that is verified). Nothing leaves but what the request says: no
redirect is followed, no cookie kept, nothing sent twice. What a request says,
and what an answer means, is not known here.
"""

from __future__ import annotations

import zlib
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from typing import Protocol as Typing

import attrs
from hyperlink import EncodedURL
from treq.client import HTTPClient
from treq.cookies import IndexableCookieJar
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IAgentEndpointFactory
from zope.interface import implementer

from chanserv import __version__, http
from chanserv.errors import CannotDial
from chanserv.http import Broke
from chanserv.links.wire.dial import dialler
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from chanserv.settings import TlsSettings
from chanserv.settings.carrier import CarrierSettings

MOST_HEAD = 65536  # octets of an answer's headers
PACKED = "x-packed-as"  # where `_Plain` puts the Content-Encoding of an answer
# Seconds a connection is kept for the next request. Providers close theirs after 5 (Apache, Node) to 75, and a request
# that meets one as it closes is UNKNOWN.
IDLE_LIMIT = 4


@attrs.frozen
class Failed:
    """No answer came: how far the request did, and why."""

    how: Broke
    why: str


class ICalls(Typing):
    """What a link sends its requests with."""

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        """Never fails. The request's URLs are tried one after another as long as nobody can have read it."""

    def close(self) -> Deferred[None]:
        """End what is out, which fails as far as it came, and let the idle connections go; new calls may follow."""


@implementer(IAgentEndpointFactory)
class _Endpoints:
    """As links dial: https:// with TLS of the link's settings, or of the system's authorities."""

    def __init__(self, settings: CarrierSettings, reactor: Any, device: str | None) -> None:
        self._plain = dialler(attrs.evolve(settings, tls=None), reactor, device)
        self._tls = dialler(attrs.evolve(settings, tls=settings.tls or TlsSettings()), reactor, device)

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """IAgentEndpointFactory."""
        connect = self._tls if uri.scheme == b"https" else self._plain
        return connect(uri.host.decode("ascii"), uri.port)


class _Bounded(ProtocolWrapper):
    """Stands before the protocol of a connection: an answer whose headers have no end ends it.

    Whoever leaves, leaves at once: before TLS closes in good order its other end must answer, and one that hangs
    would keep the connection, and our stop, for as long as it likes.
    """

    wrappedProtocol: Any  # Twisted's, while the connection is there
    _octets = 0  # of the answer that is coming

    def dataReceived(self, data: bytes) -> None:
        self._octets += len(data)
        if self._octets > MOST_HEAD + http.ANSWER_LIMIT:
            self.loseConnection()
            return
        super().dataReceived(data)
        if self.wrappedProtocol is not None and self.wrappedProtocol.state == "QUIESCENT":
            self._octets = 0

    def loseConnection(self) -> None:
        self.disconnecting = 1
        if self.wrappedProtocol is not None:  # the pool lets go of those as well that are gone
            self.transport.abortConnection()  # type: ignore[union-attr] # of TCP, or of TLS over it


class _BoundedFactory(WrappingFactory[_Bounded]):
    noisy = False
    protocol = _Bounded

    def doStart(self) -> None:
        """Twisted: nothing to tell of it, connection by connection."""

    def doStop(self) -> None:
        """Twisted: nor of this."""


@implementer(IStreamClientEndpoint)
@attrs.frozen
class _Endpoint:
    """Another, whose connections are bounded; given up while it dials, it says that there was none."""

    _endpoint: IStreamClientEndpoint

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:
        """IStreamClientEndpoint."""
        connecting: Deferred[Any] = self._endpoint.connect(_BoundedFactory(protocolFactory))
        return connecting.addCallbacks(lambda outer: outer.wrappedProtocol, self._none)

    def _none(self, failure: Failure) -> Failure:
        return Failure(CannotDial("no connection in time")) if failure.check(CancelledError) else failure


@implementer(IAgentEndpointFactory)
@attrs.frozen
class _BoundedEndpoints:
    _endpoints: IAgentEndpointFactory

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """IAgentEndpointFactory."""
        return _Endpoint(self._endpoints.endpointForURI(uri))


@implementer(IAgent)
@attrs.frozen
class _Plain:
    """Neither asks for gzip, as treq does, nor lets it unpack what comes packed: 64 KiB of that may be 64 MiB."""

    _agent: Agent

    def request(self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None) -> Deferred[Any]:
        """IAgent."""
        headers.removeHeader(b"accept-encoding")
        return self._agent.request(method, uri, headers, bodyProducer).addCallback(self._as_it_came)

    def _as_it_came(self, response: Any) -> Any:
        packed = response.headers.getRawHeaders(b"content-encoding")
        response.headers.removeHeader(b"content-encoding")
        if packed:
            response.headers.setRawHeaders(PACKED, packed)
        return response


def _unpacked(octets: bytes) -> bytes:
    """Some pack whatever they are asked: as much of it as an answer may be; what cannot be unpacked as it is."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(octets, http.ANSWER_LIMIT)
    except zlib.error:
        return octets


class Calls:
    """ICalls over the network; `endpoints`, if given, instead of it."""

    def __init__(
        self,
        settings: CarrierSettings,
        window: int,
        reactor: Any,
        device: str | None = None,
        endpoints: IAgentEndpointFactory | None = None,
    ) -> None:
        self._clock: IReactorTime = reactor
        self._within = settings.answer_within
        self._out: set[Deferred[Any]] = set()
        self._closes = 0  # so far
        self._pool = HTTPConnectionPool(reactor, persistent=True)
        self._pool.maxPersistentPerHost = window
        self._pool.cachedConnectionTimeout = IDLE_LIMIT
        self._pool.retryAutomatically = False  # of a GET that hands over a text it would make two
        endpoints = _BoundedEndpoints(endpoints or _Endpoints(settings, reactor, device))
        agent = Agent.usingEndpointFactory(reactor, endpoints, self._pool)
        cookies = IndexableCookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = HTTPClient(_Plain(agent), cookies, data_to_body_producer=http.Octets)

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        """ICalls."""
        return Deferred.fromCoroutine(self._call(request))

    async def _call(self, request: Request) -> Answered | Failed:
        failed, closes = Failed(Broke.UNSENT, "there is no URL"), self._closes
        for url in request.urls:
            try:
                return await self._timely(self._asked(request, url))
            except Exception:  # whatever it was, `broke` knows how far the request came, and tells no URL
                failed = Failed(*http.broke(Failure(), shaken=True))
            if failed.how is not Broke.UNSENT or closes != self._closes:
                break
        return failed

    async def _timely(self, asked: Deferred[Answered]) -> Answered:
        self._out.add(asked)
        try:
            return await asked.addTimeout(self._within, self._clock)
        finally:
            self._out.discard(asked)

    def _asked(self, request: Request, url: str) -> Deferred[Answered]:
        headers = Headers({"User-Agent": [f"chanserv/{__version__}"]})
        for name, value in request.headers:
            headers.setRawHeaders(name, [value])
        sent: Deferred[Any] = self._client.request(
            request.method,
            http.ready(EncodedURL.from_text(url)),
            headers=headers,
            data=request.body or None,
            allow_redirects=False,
            unbuffered=True,
            browser_like_redirects=False,
        )
        answered: Deferred[Answered] = sent.addCallback(self._read)
        return answered

    def _read(self, response: Any) -> Deferred[Answered]:
        headers = {
            name.decode("latin-1").lower(): values[0].decode("latin-1")
            for name, values in response.headers.getAllRawHeaders()
        }
        packed = headers.pop(PACKED, "").lower() == "gzip"
        return http.whole(response).addCallback(
            lambda octets: Answered(status=response.code, headers=headers, body=_unpacked(octets) if packed else octets)
        )

    def close(self) -> Deferred[None]:
        """ICalls."""
        self._closes += 1
        for asked in list(self._out):
            asked.cancel()
        closed: Deferred[None] = Deferred()
        self._pool.closeCachedConnections().addBoth(lambda _: closed.callback(None))
        return closed

"""One account's HTTP connections: a request goes out, an answer comes back, or it is known how far it came.

A pool of connections of its own, dialled as any link dials (source, device,
tunnel, TLS that is verified); no redirect is followed and nothing is sent
twice. What a request says, and what an answer means, is not known here.
"""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlsplit

import attrs
from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from chanserv import __version__, http
from chanserv.http import Broke
from chanserv.links.wire.dial import dialler
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from chanserv.settings import TlsSettings
from chanserv.settings.carrier import CarrierSettings

IDLE_LIMIT = 10  # seconds a connection is kept for the next request: providers close theirs after 15 to 75


@attrs.frozen
class Failed:
    """No answer came: how far the request did, and why."""

    how: Broke
    why: str


class ICalls(Protocol):
    """What a link sends its requests with."""

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        """Never fails. The request's URLs are tried one after another as long as nobody can have read it."""

    def close(self) -> Deferred[None]:
        """Let the idle connections go."""


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


def moved(url: str, base: str) -> str:
    """The URL at another place: scheme, host and port are the base's, and its path stands in front."""
    there, parts = urlsplit(base), urlsplit(url)
    return parts._replace(
        scheme=there.scheme, netloc=there.netloc, path=there.path.rstrip("/") + (parts.path or "/")
    ).geturl()


@attrs.frozen
class Elsewhere:
    """ICalls of an account whose provider is at `base`. What was signed was signed for where its profile says it is."""

    _calls: ICalls
    _base: str

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        """ICalls: several URLs may be one there, which is tried once."""
        urls = dict.fromkeys(moved(url, self._base) for url in request.urls)
        return self._calls.call(attrs.evolve(request, urls=tuple(urls)))

    def close(self) -> Deferred[None]:
        """ICalls."""
        return self._calls.close()


class Calls:
    """ICalls over the network."""

    def __init__(self, settings: CarrierSettings, window: int, reactor: Any, device: str | None = None) -> None:
        self._clock: IReactorTime = reactor
        self._within = settings.answer_within
        self._pool = HTTPConnectionPool(reactor, persistent=True)
        self._pool.maxPersistentPerHost = window
        self._pool.cachedConnectionTimeout = IDLE_LIMIT
        self._pool.retryAutomatically = False  # of a GET that hands over a text it would make two
        agent = Agent.usingEndpointFactory(reactor, _Endpoints(settings, reactor, device), self._pool)
        self._client = HTTPClient(agent, data_to_body_producer=http.Octets)

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        """ICalls."""
        return Deferred.fromCoroutine(self._call(request))

    async def _call(self, request: Request) -> Answered | Failed:
        failed = Failed(Broke.UNSENT, "there is no URL")
        for url in request.urls:
            asked = self._asked(request, url)
            asked.addTimeout(self._within, self._clock)
            try:
                return await asked
            except Exception:  # whatever it was, `broke` knows how far the request came
                failed = Failed(*http.broke(Failure()))
            if failed.how is not Broke.UNSENT:
                break
        return failed

    def _asked(self, request: Request, url: str) -> Deferred[Answered]:
        headers = Headers({"User-Agent": [f"chanserv/{__version__}"]})
        for name, value in request.headers:
            headers.setRawHeaders(name, [value])
        sent: Deferred[Any] = self._client.request(
            request.method,
            url,
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
        return http.body(response).addCallback(
            lambda octets: Answered(status=response.code, headers=headers, body=octets)
        )

    def close(self) -> Deferred[None]:
        """ICalls."""
        closed: Deferred[None] = Deferred()
        self._pool.closeCachedConnections().addBoth(lambda _: closed.callback(None))
        return closed

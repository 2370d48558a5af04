"""One platform as an HTTP client sees it: POST a form, get an `Answer`, whatever happened.

Bounded in every direction: connections, time, octets of the answer. It
follows no redirect (a POST would become a GET) and knows no letter.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any
from typing import Protocol as Typing

import attrs
from hyperlink import DecodedURL
from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.ssl import Certificate, trustRootFromCertificates
from twisted.python.failure import Failure
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, HTTPConnectionPool, _HTTP11ClientFactory
from twisted.web.http_headers import Headers

from chanserv import __version__, http
from chanserv.http import Broke, Ready, ready
from chanserv.platform.answers import Answer
from chanserv.settings import PlatformSettings

CONNECT_LIMIT = 10.0  # seconds
# Go and nginx close idle connections after 15 to 75 s: ours are gone before, so that
# few posts meet a connection that is closing.
IDLE_LIMIT = 10  # seconds


class Poster(Typing):
    """What of treq is used: its HTTPClient, its testing StubTreq."""

    @property
    def post(self) -> Callable[..., Any]: ...
    @property
    def request(self) -> Callable[..., Any]: ...


class _Quiet(_HTTP11ClientFactory):
    """Twisted's, which tells the log of each connection."""

    noisy = False


@attrs.define(eq=False)
class Client:
    """How many posts are out at once is its user's to bound; the pool keeps `settings.concurrency` connections."""

    settings: PlatformSettings
    clock: IReactorTime
    poster: Poster
    pool: HTTPConnectionPool | None = None
    _base: DecodedURL = attrs.field(init=False)
    _headers: Headers = attrs.field(init=False)
    _urls: dict[tuple[str, ...], Ready] = attrs.field(factory=dict, init=False)  # as many as channels and kinds

    def __attrs_post_init__(self) -> None:
        self._base = DecodedURL.from_text(self.settings.url.rstrip("/"))
        self._headers = Headers()
        self._headers.addRawHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        self._headers.addRawHeader("User-Agent", f"chanserv/{__version__}")
        for name, value in self.settings.headers.items():
            self._headers.setRawHeaders(name, [value])

    @classmethod
    def over_network(cls, settings: PlatformSettings, reactor: Any) -> Client:
        """With a pool of connections of its own. Raises OSError or SSL's Error for an unusable `ca` file."""
        pool = HTTPConnectionPool(reactor, persistent=True)
        pool._factory = _Quiet
        pool.maxPersistentPerHost = settings.concurrency
        pool.cachedConnectionTimeout = IDLE_LIMIT
        policy = BrowserLikePolicyForHTTPS(trustRoot=_trust(settings.ca) if settings.ca else None)
        agent = Agent(reactor, policy, CONNECT_LIMIT, pool=pool)
        return cls(settings, reactor, HTTPClient(agent, data_to_body_producer=http.Octets), pool)

    def post(self, segments: tuple[str, ...], body: bytes) -> Deferred[Answer]:
        """Never fails. Cancelling gives an Answer too."""
        url = self._urls.get(segments) or self._known(segments)
        sent = self.poster.post(url, data=body, headers=self._headers, allow_redirects=False, unbuffered=True)
        answered: Deferred[Answer] = sent.addCallback(_read)
        answered.addTimeout(self.settings.timeout, self.clock)
        return answered.addErrback(_broken)

    def _known(self, segments: tuple[str, ...]) -> Ready:
        return self._urls.setdefault(segments, ready(self._base.child(*segments).encoded_url))

    def close(self) -> Deferred[None]:
        """Close what is idle."""
        closed: Deferred[None] = Deferred()
        if self.pool is None:
            closed.callback(None)
        else:
            self.pool.closeCachedConnections().addBoth(lambda _: closed.callback(None))
        return closed


def _read(response: Any) -> Deferred[Answer]:
    return http.body(response).addCallback(lambda octets: Answer(response.code, octets.decode("utf-8", "replace")))


def _broken(failure: Failure) -> Answer:
    """Which failures leave open whether the platform has stored what we sent."""
    how, name = http.broke(failure)
    return Answer(0, broke=name, lost=how is Broke.LOST, silent=how is Broke.SILENT)


def _trust(file: str) -> Any:
    with open(file, "rb") as opened:
        blocks = opened.read().decode("ascii", "replace").split(ssl.PEM_FOOTER)
    found = [ssl.PEM_HEADER + block.partition(ssl.PEM_HEADER)[2] + ssl.PEM_FOOTER for block in blocks[:-1]]
    return trustRootFromCertificates([Certificate.loadPEM(block.encode("ascii", "replace")) for block in found])

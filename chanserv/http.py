"""Requests we make over HTTP, as far as all who make them agree: bodies that are bounded, and what a failure means.

Whom to ask, and what is done about an answer, is not known here. Nothing here
follows a redirect or tries anything twice.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from hyperlink import EncodedURL
from OpenSSL.SSL import Error as TlsError
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ConnectError, ConnectingCancelledError, ConnectionClosed, DNSLookupError
from twisted.internet.interfaces import IConsumer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import (  # type: ignore[attr-defined] # RequestNotSent is documented, not in its __all__
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
)
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

from chanserv.errors import CannotDial

ANSWER_LIMIT = 65536  # octets of an answer


# What Twisted calls it, and an operator.
WORDS = {
    "ConnectionRefusedError": "connection refused",
    "ConnectionDone": "connection closed",
    "ConnectionLost": "connection lost",
    "DNSLookupError": "no such host",
    "NoRouteError": "no route to the host",
    "TCPTimedOutError": "no connection in time",
    "TimeoutError": "no connection in time",
}


class Ready(EncodedURL):
    """A URL that is encoded once: treq encodes any other at every request, host by IDNA twice, a third of its cost."""

    def to_uri(self) -> Ready:
        return self


def ready(url: EncodedURL) -> Ready:
    """Raises ValueError if its host can be none. Of IPv6 a literal address is one, though IDNA would not think so."""
    known = url if ":" in url.host else url.to_uri()
    return Ready(known.scheme, known.host, known.path, known.query, port=known.port, userinfo=known.userinfo)


class Broke(Enum):
    """How far a request came that got no answer."""

    UNSENT = "unsent"  # nobody can have read it
    LOST = "lost"  # it may have been read
    SILENT = "silent"  # it may have been read, and no answer came in time


@implementer(IBodyProducer)
class Octets:
    """A body that is written at once: a producer that reads a file is a task of its own for every post."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        """IBodyProducer: all of it."""
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """There is nothing left to pause."""

    def resumeProducing(self) -> None:
        """Nor to resume."""

    def stopProducing(self) -> None:
        """Nor to stop."""


class _Body(Protocol):
    """Gathers an answer. `whole`: one that breaks off is none; what is over the limit matters to nobody."""

    def __init__(self, limit: int, whole: bool) -> None:
        self._limit, self._whole, self._octets = limit, whole, bytearray()
        self.gathered: Deferred[bytes] = Deferred(self._given_up)

    def dataReceived(self, data: bytes) -> None:
        self._octets += data[: self._limit - len(self._octets)]
        if len(self._octets) == self._limit:
            self._enough()
            self._leave()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.gathered.called:
            return
        if self._whole and not reason.check(ResponseDone, PotentialDataLoss):
            self.gathered.errback(reason)
        else:
            self._enough()

    def _given_up(self, gathered: Deferred[bytes]) -> None:
        if not self._whole:
            self._enough()
        self._leave()

    def _enough(self) -> None:
        if not self.gathered.called:
            self.gathered.callback(bytes(self._octets))

    def _leave(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


def body(response: Any, limit: int = ANSWER_LIMIT) -> Deferred[bytes]:
    """The first `limit` octets of an answer's body. Never fails; cancelling gives what has come."""
    return _gathered(response, _Body(limit, whole=False))


def whole(response: Any, limit: int = ANSWER_LIMIT) -> Deferred[bytes]:
    """As `body`, but fails with what it broke off by: the half of an answer may say the contrary of it."""
    return _gathered(response, _Body(limit, whole=True))


def _gathered(response: Any, gathering: _Body) -> Deferred[bytes]:
    response.deliverBody(gathering)
    return gathering.gathered


def broke(failure: Failure, shaken: bool = False) -> tuple[Broke, str]:
    """How far the request came whose failure this is, and what to call it in a log.

    `shaken`: no connection counts as made before TLS has shaken hands, so that its faults come after that.
    """
    inner = _innermost(failure)
    name = str(inner.value) if inner.check(CannotDial) else _called(inner)
    if inner.check(DeferredTimeout, CancelledError):  # the Agent wraps what it was cancelled with
        return Broke.SILENT, "no answer in time"
    if inner.check(CannotDial) or failure.check(ConnectError, ConnectingCancelledError, DNSLookupError, RequestNotSent):
        return Broke.UNSENT, name
    if inner.check(TlsError) and not shaken:  # the handshake failed: nothing was sent
        return Broke.UNSENT, name
    lost = failure.check(ResponseNeverReceived, ResponseFailed, RequestTransmissionFailed, ConnectionClosed)
    return (Broke.LOST if lost is not None else Broke.UNSENT), name


def _called(failure: Failure) -> str:
    name = "TLS failed" if failure.check(TlsError) else type(failure.value).__name__
    return WORDS.get(name, name)


def _innermost(failure: Failure) -> Failure:
    reasons = getattr(failure.value, "reasons", None)
    inner = [reason for reason in reasons or () if not reason.check(ResponseDone)]
    return _innermost(inner[0]) if inner else failure

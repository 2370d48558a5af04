"""How HTTP reaches a Klein app of ours without the app's framework, or Twisted's, answering in our place.

Bounded bodies, no access log, no redirects, no HTML: whatever a framework
would say itself (404, 405, 500, a redirect for a slash) is said here as JSON.
It knows nothing of what the app is about.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.http import Request as HttpRequest
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request
from twisted.web.server import Site as WebSite
from werkzeug.exceptions import HTTPException, MethodNotAllowed

BODY_LIMIT = 65536  # octets of a body
DRAIN_LIMIT = 1 << 20  # octets we still read of a larger one, so that its sender sees the answer
IDLE_LIMIT = 60  # seconds a connection may be silent between requests or inside one

_log = Logger("chanserv.platform.site")


def write_json(request: IRequest, code: int, body: bytes, **headers: str) -> None:
    """A whole answer; header names are given with _ for -. The request must still be there."""
    request.write(prepare_json(request, code, body, **headers))
    request.finish()


def prepare_json(request: IRequest, code: int, body: bytes, **headers: str) -> bytes:
    """All of an answer but its body, which is given back for whoever writes it."""
    request.setResponseCode(code)
    request.setHeader(b"content-type", b"application/json; charset=utf-8")
    request.setHeader(b"content-length", str(len(body)).encode("ascii"))
    for name, value in headers.items():
        request.setHeader(name.replace("_", "-").encode("ascii"), value.encode("ascii"))
    return body


def error_json(error: str, field: str = "", reason: str = "") -> bytes:
    """What every refusal says: the platform shows it to its users."""
    return json.dumps({"error": error, "field": field, "reason": reason}).encode("ascii")


class BoundedRequest(Request):
    """Keeps no more than BODY_LIMIT octets of a body, however it comes; `oversize` tells."""

    oversize = False
    _counted = 0
    content: BytesIO
    _refused = False

    def gotLength(self, length: int | None) -> None:
        """Twisted: all headers are there; None: the length is not known before the end."""
        self.content = BytesIO()
        self._grow(length or 0)
        self._counted = 0

    def handleContentChunk(self, data: bytes) -> None:
        """Twisted: octets of the body."""
        self._grow(len(data))
        if not self.oversize:
            self.content.write(data)

    def process(self) -> None:
        """Twisted: the request is complete."""
        if not self._refused:
            super().process()

    def _grow(self, octets: int) -> None:
        self._counted += octets
        if self._counted > BODY_LIMIT:
            self.oversize = True
        if self._counted > DRAIN_LIMIT and not self._refused:
            self._refused = True
            body = error_json("too large", "body", f"over {BODY_LIMIT} octets")
            head = "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nConnection: close\r\n"
            self.channel.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body)
            self.channel.loseConnection()


class Site(WebSite):
    """Twisted's, without an access log, and without its own reading of forms (it costs more than all of ours)."""

    def __init__(self, resource: IResource, reactor: IReactorTime | None = None) -> None:
        super().__init__(resource, BoundedRequest, parsePOSTFormSubmission=False, timeout=IDLE_LIMIT, reactor=reactor)

    def log(self, request: HttpRequest) -> None:
        """Say nothing."""


def site(resource: IResource, reactor: Any = None) -> Site:
    """What an endpoint listens with."""
    return Site(resource, reactor)


class Guard(Resource):
    """Stands before a Klein app: what would make Klein or Werkzeug answer by itself stops here."""

    isLeaf = True

    def __init__(self, app: IResource) -> None:
        super().__init__()
        self._app = app

    def render(self, request: Any) -> Any:
        """Twisted: answer the request."""
        if getattr(request, "oversize", False):
            write_json(request, 413, error_json("too large", "body", f"over {BODY_LIMIT} octets"))
            return NOT_DONE_YET
        try:
            unquote_to_bytes(request.path).decode("utf-8")
            request.method.decode("ascii")
        except UnicodeDecodeError:
            write_json(request, 404, error_json("not found"))
            return NOT_DONE_YET
        try:
            return self._app.render(request)
        except HTTPException:  # Werkzeug cannot read the Host header
            write_json(request, 400, error_json("unreadable", "host", "not a host name"))
            return NOT_DONE_YET


def tame(app: Klein) -> Klein:
    """No redirects of Werkzeug's. Before the first route is added."""
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    return app


def answer_failure(request: IRequest, failure: Any) -> bytes:
    """For `app.handle_errors(Exception)`: every failure of routing and of ours, as JSON; never a 5xx but 503.

    Klein writes it: of a request it could not route it does not notice that it was finished.
    """
    if failure.check(MethodNotAllowed):
        allowed = ", ".join(sorted(failure.value.valid_methods or ()))
        return prepare_json(request, 405, error_json("method not allowed"), allow=allowed)
    if failure.check(HTTPException):  # not found, or a redirect Werkzeug would like
        return prepare_json(request, 404, error_json("not found"))
    _log.failure("a request could not be answered", failure=failure)
    return prepare_json(request, 503, error_json("unavailable"), retry_after="30")

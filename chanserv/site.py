"""How HTTP reaches a Klein app of ours without the app's framework, or Twisted's, answering in our place.

No access log, no redirects, no HTML: whatever a framework would say itself
(404, 405, 500, a redirect for a slash) is said here as JSON. It knows nothing
of what the app is about; bodies and connections are bounded in `chanserv.web`.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.http import Request as HttpRequest
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from chanserv.web import BODY_LIMIT
from chanserv.web import Site as WebSite

_log = Logger("chanserv.site")


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


class Site(WebSite):
    """Ours, without an access log, and without Twisted's own reading of forms (it costs more than all of ours)."""

    def __init__(self, resource: IResource, reactor: IReactorTime | None = None) -> None:
        super().__init__(resource, parsePOSTFormSubmission=False, reactor=reactor)

    def log(self, request: HttpRequest) -> None:
        """Say nothing."""


def site(resource: IResource, reactor: Any = None) -> Site:
    """What an endpoint listens with."""
    return Site(resource, reactor)


class Guard(Resource):
    """Stands before a Klein app: what would make Klein or Werkzeug answer by itself stops here."""

    isLeaf = True

    def __init__(self, app: IResource, oversize: bool = False) -> None:
        """`oversize`: the app says itself what it has against too large a body, of which it gets nothing."""
        super().__init__()
        self._app, self._oversize = app, oversize

    def render(self, request: Any) -> Any:
        """Twisted: answer the request."""
        if getattr(request, "oversize", False) and not self._oversize:
            write_json(request, 413, error_json("too large", "body", f"over {BODY_LIMIT} octets"))
            return NOT_DONE_YET
        try:
            unquote_to_bytes(request.path).decode("utf-8")
            request.method.decode("ascii")
            request.getRequestHostname().decode("utf-8")  # else Klein logs a traceback and answers by itself
        except UnicodeDecodeError:
            write_json(request, 404, error_json("not found"))
            return NOT_DONE_YET
        try:
            return self._app.render(request)
        except HTTPException:  # Werkzeug cannot read the Host header
            write_json(request, 400, error_json("unreadable", "host", "not a host name"))
            return NOT_DONE_YET


class Fork(Resource):
    """Requests whose path begins as `paths` says go to `there`, all others to `here`."""

    isLeaf = True

    def __init__(self, here: IResource, paths: re.Pattern[bytes], there: IResource) -> None:
        super().__init__()
        self._here, self._paths, self._there = here, paths, there

    def render(self, request: Any) -> Any:
        """Twisted: answer the request."""
        way = self._there if self._paths.match(request.path) else self._here
        return way.render(request)


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

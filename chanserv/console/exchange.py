"""What console requests are read with and answered by: bodies, arguments, JSON, pages; refusals; the access log.

It knows the shapes of requests and answers, no route and nothing of what is asked.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.http import Request
from twisted.web.iweb import IAccessLogFormatter, IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from twisted.web.template import Tag, flattenString
from zope.interface import provider

from chanserv.console import page
from chanserv.errors import BadRequest, ChanservError, Conflict, Leaving, QueueFull, SettingsError, StoreError
from chanserv.web import Site

Shape = TypeVar("Shape")

STATUSES: dict[type[ChanservError], int] = {
    BadRequest: 400,
    SettingsError: 400,
    Conflict: 409,
    QueueFull: 503,
    Leaving: 503,
    StoreError: 503,
}
"""Of answers to what we raise; 500 to all else."""


class Refused(Resource):
    """401: a form for people, JSON for programs; 413 and 400 for what nobody inside can read."""

    isLeaf = True

    def render(self, request: Any) -> bytes | int:
        """Twisted: answer the request, whose status is set already."""
        if request.code != 401:
            return as_json(request, {"error": f"status {request.code}"})
        if request.path.startswith((b"/api", b"/metrics")):
            return as_json(request, {"error": "the console token is missing or wrong"})
        as_html(request, page.login()).addCallback(request.write).addCallback(lambda _: request.finish())
        return NOT_DONE_YET


class Terse(Site):
    """Logs what was sent or refused; not what a page that asks every few seconds was shown."""

    def log(self, request: Request) -> None:
        if request.method not in (b"GET", b"HEAD") or request.code >= 400:
            super().log(request)


@provider(IAccessLogFormatter)
def access(timestamp: str, request: Request) -> str:
    """One line of the access log: who, what, with which answer; no query, since numbers are searched by it."""
    method, path = request.method.decode("ascii", "replace"), request.path.decode("ascii", "replace")
    return f'{peer(request)} "{method} {path}" {request.code} {request.sentLength}'


def peer(request: IRequest | Request) -> str:
    """Who is at the other end."""
    return str(getattr(request.getClientAddress(), "host", "a local socket"))


def argument(request: IRequest, name: bytes) -> str:
    """The first of that name, of query or form; empty if there is none."""
    values: list[bytes] = request.args.get(name, [b""])
    return values[0].decode("utf-8", "replace").strip()


def body(request: IRequest, shape: type[Shape]) -> Shape:
    """The JSON body, of exactly this shape. Raises BadRequest."""
    try:
        return msgspec.json.decode(request.content.read(), type=shape)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise BadRequest("body", str(error))
    except RecursionError:
        raise BadRequest("body", "nested too deep")


def cookie_refused(request: IRequest) -> bytes:
    """What costs money or reaches others is for whoever has the token, not for a page that a browser was led to."""
    request.setResponseCode(403)
    return as_json(request, {"error": "this wants the token itself, not a browser's cookie"})


def as_json(request: IRequest, value: object) -> bytes:
    """What a program is answered."""
    request.setHeader(b"Content-Type", b"application/json")
    return msgspec.json.encode(value)


def as_html(request: IRequest, tag: Tag) -> Deferred[bytes]:
    """What a person is shown, with the rules for its browser."""
    request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
    request.setHeader(b"Content-Security-Policy", page.POLICY)
    return flattenString(request, tag).addCallback(b"<!doctype html>\n".__add__)


def elsewhere(request: IRequest, path: bytes) -> bytes:
    """Send a browser there after its POST."""
    request.setResponseCode(303)
    request.setHeader(b"Location", path)
    return b""

"""The console endpoint: the operator's page, the JSON API, metrics and health.

It turns requests into questions to the `view`, and hands texts an operator
sends to the router like anybody else's; it decides nothing about them. Who
may come in is `door`'s, what there is to see `view`'s, how it looks `page`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs
import msgspec
from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import Request
from twisted.web.iweb import IAccessLogFormatter, IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from twisted.web.template import Tag, flattenString
from werkzeug.exceptions import HTTPException
from zope.interface import provider

from chanserv.console import page
from chanserv.console.dead import Chosen, DeadLetterOffice
from chanserv.console.door import Door, Keys, cookie, set_cookie
from chanserv.console.metrics import CONTENT_TYPE, Lag, Metrics
from chanserv.console.view import View
from chanserv.errors import BadRequest, ChanservError, Leaving, QueueFull, StoreError
from chanserv.interfaces import ILink, IRouter, IStore
from chanserv.message import Piece, Post, clean
from chanserv.settings import Settings
from chanserv.text.numbers import e164, possible
from chanserv.web import Site

log = Logger()
Shape = TypeVar("Shape")

CONNECTIONS = 100
"""Open at once: a few browsers, commands and a Prometheus."""
SHOWN = 50
MOST = 500
"""Texts listed unless asked otherwise, and at most."""


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /api/messages."""

    channel: str
    to: str
    text: str


@attrs.define(kw_only=True, eq=False)
class Console:
    """What the operator sees of one gateway. `settings.gateway.console_token` must be there."""

    settings: Settings
    store: IStore
    router: IRouter
    links: Mapping[str, ILink]
    metrics: Metrics
    healthy: Callable[[], bool]
    nudge: Callable[[], None]  # something is owed to the platform
    clock: IReactorTime
    _keys: Keys = attrs.field(init=False)
    _lag: Lag = attrs.field(init=False)
    _view: View = attrs.field(init=False)
    _dead: DeadLetterOffice = attrs.field(init=False)

    app = Klein()
    app.url_map.merge_slashes = False  # no redirects

    def __attrs_post_init__(self) -> None:
        token = self.settings.gateway.console_token
        if token is None:
            raise ValueError("a console without a token would be open to everybody")
        self._keys = Keys(token, self.clock)
        self._lag = Lag(self.clock, self.metrics.lagged)
        self._view = View(self.settings, self.store, self.links, self.clock)
        self._dead = DeadLetterOffice(self.store, self.nudge)

    def start(self) -> None:
        """Begin to watch the reactor."""
        self._lag.start()

    def stop(self) -> None:
        """Leave no timer behind. Idempotent."""
        self._lag.stop()

    def resource(self) -> Door:
        """Everything, behind the door."""
        return Door(self.app.resource(), Refused(), self._keys)

    def site(self) -> Site:
        """What the console's endpoint listens with."""
        return Terse(self.resource(), CONNECTIONS, reactor=self.clock, logFormatter=access)

    # for people

    @app.route("/", methods=["GET"])
    async def overview(self, request: IRequest) -> bytes:
        view = self._view
        told = await view.newest(SHOWN)
        links = view.links(await view.census())
        return await _html(request, page.overview(links, view.channels(), told, self.clock.seconds()))

    @app.route("/trace", methods=["GET", "POST"], strict_slashes=False)
    async def trace(self, request: IRequest) -> bytes:
        term = _argument(request, b"q")
        told = await self._view.trace(term) if term else []
        return await _html(request, page.trace(term, told, self.clock.seconds()))

    @app.route("/login", methods=["GET"], strict_slashes=False)
    async def ask(self, request: IRequest) -> bytes:
        return await _html(request, page.login())

    @app.route("/login", methods=["POST"], strict_slashes=False)
    async def sign_in(self, request: IRequest) -> bytes:
        if not self._keys.fits(_argument(request, b"token").encode("utf-8")):
            log.warn("wrong console token from {peer}", peer=_peer(request))
            request.setResponseCode(401)
            return await _html(request, page.login(wrong=True))
        set_cookie(request, self._keys.open())
        return _elsewhere(request, b"/")

    @app.route("/logout", methods=["POST"], strict_slashes=False)
    def sign_out(self, request: IRequest) -> bytes:
        self._keys.close(cookie(request))
        set_cookie(request, b"")
        return _elsewhere(request, b"/login")

    # for programs

    @app.route("/api/links", methods=["GET"], strict_slashes=False)
    async def api_links(self, request: IRequest) -> bytes:
        return _json(request, {"links": self._view.links(await self._view.census())})

    @app.route("/api/channels", methods=["GET"], strict_slashes=False)
    def api_channels(self, request: IRequest) -> bytes:
        return _json(request, {"channels": self._view.channels()})

    @app.route("/api/messages", methods=["GET"], strict_slashes=False)
    async def api_messages(self, request: IRequest) -> bytes:
        limit = _argument(request, b"limit") or str(SHOWN)
        if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and 0 < int(limit) <= MOST):
            raise BadRequest("limit", f"a number from 1 to {MOST}")
        return _json(request, {"messages": await self._view.newest(int(limit))})

    @app.route("/api/trace", methods=["GET"], strict_slashes=False)
    async def api_trace(self, request: IRequest) -> bytes:
        term = _argument(request, b"q")
        if not term:
            raise BadRequest("q", "missing: an id, a number or a ref")
        return _json(request, {"messages": await self._view.trace(term)})

    @app.route("/api/messages", methods=["POST"], strict_slashes=False)
    async def api_send(self, request: IRequest) -> bytes:
        if not self._keys.bears(request):
            return _cookie_refused(request)
        taken = await self.router.submit(self._post(_body(request, Wanted)))
        return _json(request, {"status": "queued", "ref": taken.message})

    @app.route("/api/dead", methods=["GET"], strict_slashes=False)
    async def api_dead(self, request: IRequest) -> bytes:
        after = _argument(request, b"after") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise BadRequest("after", "a ref")
        listed = await self._dead.listed(int(after))
        return _json(request, {"letters": listed.letters, "more": listed.more})

    @app.route("/api/replay", methods=["POST"], strict_slashes=False)
    async def api_replay(self, request: IRequest) -> bytes:
        if not self._keys.bears(request):
            return _cookie_refused(request)
        return _json(request, await self._dead.replay(_body(request, Chosen)))

    @app.route("/metrics", methods=["GET"], strict_slashes=False)
    async def api_metrics(self, request: IRequest) -> bytes:
        census = await self._view.census()
        request.setHeader(b"Content-Type", CONTENT_TYPE)
        return self.metrics.text(census, self.links.values(), self.clock.seconds())

    @app.route("/health", methods=["GET"], strict_slashes=False)
    def health(self, request: IRequest) -> bytes:
        well = self.healthy()
        request.setResponseCode(200 if well else 503)
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        return b"ok\n" if well else b"not well\n"

    # what goes wrong

    @app.handle_errors(HTTPException)
    def unknown(self, request: IRequest, failure: Failure) -> bytes:
        code = getattr(failure.value, "code", None) or 500
        request.setResponseCode(code)
        return _json(request, {"error": "no such page" if code == 404 else f"status {code}"})

    @app.handle_errors(ChanservError)
    def wrong(self, request: IRequest, failure: Failure) -> bytes | Deferred[bytes]:
        code = 400 if failure.check(BadRequest) else 503 if failure.check(QueueFull, Leaving, StoreError) else 500
        request.setResponseCode(code)
        words = str(failure.value) or type(failure.value).__name__
        if request.path.startswith(b"/api"):
            return _json(request, {"error": words})
        return _html(request, page.fault(words))

    @app.handle_errors(Exception)
    def surprised(self, request: IRequest, failure: Failure) -> bytes:
        log.failure("a request to the console could not be answered", failure)
        request.setResponseCode(500)
        return _json(request, {"error": "internal fault; the log tells more"})

    # texts of the operator's own

    def _post(self, wanted: Wanted) -> Post:
        channel = self.settings.channels.get(wanted.channel)
        if channel is None:
            raise BadRequest("channel", "not known here")
        number = e164(clean(wanted.to).strip(), channel.country)
        if not possible(number):
            raise BadRequest("to", "not a possible number")
        text = clean(wanted.text)
        if not text:
            raise BadRequest("text", "empty")
        return Post(
            channel=channel.name,
            id="",
            piece=Piece(to=number, sender=channel.address, text=text),
            reply=True,
            by="the operator",
        )


class Refused(Resource):
    """401: a form for people, JSON for programs; 413 and 400 for what nobody inside can read."""

    isLeaf = True

    def render(self, request: Any) -> bytes | int:
        """Twisted: answer the request, whose status is set already."""
        if request.code != 401:
            return _json(request, {"error": f"status {request.code}"})
        if request.path.startswith((b"/api", b"/metrics")):
            return _json(request, {"error": "the console token is missing or wrong"})
        _html(request, page.login()).addCallback(request.write).addCallback(lambda _: request.finish())
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
    return f'{_peer(request)} "{method} {path}" {request.code} {request.sentLength}'


def _peer(request: IRequest | Request) -> str:
    return str(getattr(request.getClientAddress(), "host", "a local socket"))


def _argument(request: IRequest, name: bytes) -> str:
    values: list[bytes] = request.args.get(name, [b""])
    return values[0].decode("utf-8", "replace").strip()


def _body(request: IRequest, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(request.content.read(), type=shape)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise BadRequest("body", str(error))


def _cookie_refused(request: IRequest) -> bytes:
    """What costs money or reaches others is for whoever has the token, not for a page that a browser was led to."""
    request.setResponseCode(403)
    return _json(request, {"error": "this wants the token itself, not a browser's cookie"})


def _json(request: IRequest, value: object) -> bytes:
    request.setHeader(b"Content-Type", b"application/json")
    return msgspec.json.encode(value)


def _html(request: IRequest, tag: Tag) -> Deferred[bytes]:
    request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
    request.setHeader(b"Content-Security-Policy", page.POLICY)
    return flattenString(request, tag).addCallback(b"<!doctype html>\n".__add__)


def _elsewhere(request: IRequest, path: bytes) -> bytes:
    request.setResponseCode(303)
    request.setHeader(b"Location", path)
    return b""

"""The console endpoint: the operator's page, the JSON API, metrics and health.

It turns requests into questions to the `view`, and hands texts an operator
sends to the router like anybody else's; it decides nothing about them. Who
may come in is `door`'s, what there is to see `view`'s, how it looks `page`'s,
what a text must be like `sending`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import msgspec
from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from chanserv.console import page
from chanserv.console.adding import Add, Asked, Both, Keyed, one, told
from chanserv.console.dead import Chosen, DeadLetterOffice
from chanserv.console.door import Door, Keys, cookie, set_cookie
from chanserv.console.exchange import (
    STATUSES,
    Refused,
    Terse,
    access,
    argument,
    as_html,
    as_json,
    body,
    cookie_refused,
    elsewhere,
    peer,
)
from chanserv.console.metrics import CONTENT_TYPE, Lag, Metrics
from chanserv.console.sending import Wanted, post
from chanserv.console.view import View
from chanserv.console.wishes import Meant, Wishes
from chanserv.errors import BadRequest, ChanservError, SettingsError
from chanserv.interfaces import IInquiry, ILink, IRouter, IStore, ITunnel
from chanserv.settings import Settings
from chanserv.web import Site

log = Logger()

CONNECTIONS = 100
"""Open at once: a few browsers, commands and a Prometheus."""
SHOWN = 50
MOST = 500
"""Texts listed unless asked otherwise, and at most."""


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /api/start: a link."""

    link: str


@attrs.define(kw_only=True, eq=False)
class Console:
    """What the operator sees of one gateway. `settings.gateway.console_token` must be there."""

    settings: Settings
    store: IStore
    router: IRouter
    inquiry: IInquiry
    links: Mapping[str, ILink]
    tunnels: Mapping[str, ITunnel] = attrs.field(factory=dict)
    metrics: Metrics
    healthy: Callable[[], bool]
    nudge: Callable[[], None]  # something is owed to the platform
    rate: Callable[[str], float]  # parts a second that a link may send at present
    rest: Callable[[str], float]  # seconds for which it sends nothing, as its carrier asked
    add: Add  # channels and links
    clock: IReactorTime
    _keys: Keys = attrs.field(init=False)
    _lag: Lag = attrs.field(init=False)
    _view: View = attrs.field(init=False)
    _dead: DeadLetterOffice = attrs.field(init=False)
    _wishes: Wishes = attrs.field(init=False)

    app = Klein()
    app.url_map.merge_slashes = False  # no redirects

    def __attrs_post_init__(self) -> None:
        token = self.settings.gateway.console_token
        if token is None:
            raise ValueError("a console without a token would be open to everybody")
        self._keys = Keys(token, self.clock)
        self._lag = Lag(self.clock, self.metrics.lagged)
        self._view = View(self.settings, self.store, self.links, self.tunnels, self.clock, self.rate, self.rest)
        self._wishes = Wishes(self.store, self.inquiry)
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
        shown = page.overview(links, view.tunnels(), view.channels(), told, self.clock.seconds())
        return await as_html(request, shown)

    @app.route("/trace", methods=["GET", "POST"], strict_slashes=False)
    async def trace(self, request: IRequest) -> bytes:
        term = argument(request, b"q")
        told = await self._view.trace(term) if term else []
        return await as_html(request, page.trace(term, told, self.clock.seconds()))

    @app.route("/login", methods=["GET"], strict_slashes=False)
    async def ask(self, request: IRequest) -> bytes:
        return await as_html(request, page.login())

    @app.route("/login", methods=["POST"], strict_slashes=False)
    async def sign_in(self, request: IRequest) -> bytes:
        if not self._keys.fits(argument(request, b"token").encode("utf-8")):
            log.warn("wrong console token from {peer}", peer=peer(request))
            request.setResponseCode(401)
            return await as_html(request, page.login(wrong=True))
        set_cookie(request, self._keys.open())
        return elsewhere(request, b"/")

    @app.route("/logout", methods=["POST"], strict_slashes=False)
    def sign_out(self, request: IRequest) -> bytes:
        self._keys.close(cookie(request))
        set_cookie(request, b"")
        return elsewhere(request, b"/login")

    # for programs

    @app.route("/api/links", methods=["GET"], strict_slashes=False)
    async def api_links(self, request: IRequest) -> bytes:
        return as_json(request, {"links": self._view.links(await self._view.census())})

    @app.route("/api/tunnels", methods=["GET"], strict_slashes=False)
    def api_tunnels(self, request: IRequest) -> bytes:
        return as_json(request, {"tunnels": self._view.tunnels()})

    @app.route("/api/channels", methods=["GET"], strict_slashes=False)
    def api_channels(self, request: IRequest) -> bytes:
        return as_json(request, {"channels": self._view.channels()})

    @app.route("/api/messages", methods=["GET"], strict_slashes=False)
    async def api_messages(self, request: IRequest) -> bytes:
        limit = argument(request, b"limit") or str(SHOWN)
        if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and 0 < int(limit) <= MOST):
            raise BadRequest("limit", f"a number from 1 to {MOST}")
        return as_json(request, {"messages": await self._view.newest(int(limit))})

    @app.route("/api/trace", methods=["GET"], strict_slashes=False)
    async def api_trace(self, request: IRequest) -> bytes:
        term = argument(request, b"q")
        if not term:
            raise BadRequest("q", "missing: an id, a number or a ref")
        return as_json(request, {"messages": await self._view.trace(term)})

    @app.route("/api/messages", methods=["POST"], strict_slashes=False)
    async def api_send(self, request: IRequest) -> bytes:
        if not self._keys.bears(request):
            return cookie_refused(request)
        taken = await self.router.submit(post(body(request, Wanted), self.settings.channels))
        return as_json(request, {"status": "queued", "ref": taken.message})

    @app.route("/api/dead", methods=["GET"], strict_slashes=False)
    async def api_dead(self, request: IRequest) -> bytes:
        after = argument(request, b"after") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise BadRequest("after", "a ref")
        listed = await self._dead.listed(int(after))
        return as_json(request, {"letters": listed.letters, "more": listed.more})

    @app.route("/api/replay", methods=["POST"], strict_slashes=False)
    async def api_replay(self, request: IRequest) -> bytes:
        if not self._keys.bears(request):
            return cookie_refused(request)
        return as_json(request, await self._dead.replay(body(request, Chosen)))

    @app.route("/api/ask", methods=["POST"], strict_slashes=False)
    async def api_ask(self, request: IRequest) -> bytes:
        if not self._keys.bears(request):
            return cookie_refused(request)
        return as_json(request, await self._wishes.ask(body(request, Meant)))

    @app.route("/api/cancel", methods=["POST"], strict_slashes=False)
    async def api_cancel(self, request: IRequest) -> bytes:
        if not self._keys.bears(request):
            return cookie_refused(request)
        return as_json(request, await self._wishes.cancel(body(request, Meant)))

    @app.route("/api/start", methods=["POST"], strict_slashes=False)
    def api_start(self, request: IRequest) -> bytes:
        if not self._keys.bears(request):
            return cookie_refused(request)
        link = self.links.get(body(request, Named).link)
        if link is None:
            raise BadRequest("link", "not known here")
        link.start()
        return as_json(request, {"link": link.name, "state": link.status()["state"]})

    @app.route("/api/links", methods=["POST"], strict_slashes=False)
    async def api_add_link(self, request: IRequest) -> bytes:
        return await self._added(request, lambda: one("link", body(request, Keyed)))

    @app.route("/api/channels", methods=["POST"], strict_slashes=False)
    async def api_add_channel(self, request: IRequest) -> bytes:
        return await self._added(request, lambda: one("channel", body(request, Keyed)))

    @app.route("/api/add", methods=["POST"], strict_slashes=False)
    async def api_add(self, request: IRequest) -> bytes:
        return await self._added(request, lambda: body(request, Both).named)

    async def _added(self, request: IRequest, asked: Callable[[], Asked]) -> bytes:
        if not self._keys.bears(request):
            return cookie_refused(request)
        addition = await self.add(*asked())
        request.setResponseCode(201)
        return as_json(request, told(addition))

    @app.route("/metrics", methods=["GET"], strict_slashes=False)
    async def api_metrics(self, request: IRequest) -> bytes:
        census = await self._view.census()
        request.setHeader(b"Content-Type", CONTENT_TYPE)
        view = self._view
        return self.metrics.text(census, self.links.values(), self.clock.seconds(), view.rates(), self.tunnels.values())

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
        return as_json(request, {"error": "no such page" if code == 404 else f"status {code}"})

    @app.handle_errors(ChanservError)
    def wrong(self, request: IRequest, failure: Failure) -> bytes | Deferred[bytes]:
        kind = failure.check(*STATUSES)
        request.setResponseCode(STATUSES[kind] if kind else 500)
        if isinstance(failure.value, SettingsError):
            return as_json(request, {"error": "the settings have faults", "faults": failure.value.faults})
        words = str(failure.value) or type(failure.value).__name__
        if request.path.startswith(b"/api"):
            return as_json(request, {"error": words})
        return as_html(request, page.fault(words))

    @app.handle_errors(Exception)
    def surprised(self, request: IRequest, failure: Failure) -> bytes:
        log.failure("a request to the console could not be answered", failure)
        request.setResponseCode(500)
        return as_json(request, {"error": "internal fault; the log tells more"})

"""The platform's way in: one request to send becomes one answer, after the commit.

    request -> dialect reads -> Rounds.begin -> Router.submit -> commit -> answer -> Rounds.end

The commit's callback writes the answer, never the request's own Deferred:
Klein cancels that one when the client hangs up, and a commit is not called
back. Nothing here knows a carrier, a queue or what a repeat is.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from klein import Klein
from msgspec.structs import replace
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET

from chanserv.errors import BadRequest, ChanservError, Leaving, QueueFull, StoreError
from chanserv.interfaces import IRouter, IStore
from chanserv.meter import SILENT, IMeter
from chanserv.operations import Operation, Refuse, Reject, Taken
from chanserv.platform.dialects import Asked, external
from chanserv.platform.rounds import Rounds, Ticket
from chanserv.seldom import Seldom
from chanserv.settings import ChannelSettings, Network
from chanserv.site import Guard, answer_failure, error_json, tame, write_json
from chanserv.web import caller, within

METHODS = ["POST", "PUT", "GET"]
_SEND = re.compile(rb"/c/ex/([0-9A-Za-z-]+)/send/?")
REFUSALS = {QueueFull: "queue full", Leaving: "shutting down", StoreError: "store failing"}


@attrs.define(eq=False, kw_only=True)
class Front:
    """What listens for the platform. `healthy` decides what /health says; `closed` (a reason) what a send is told."""

    router: IRouter
    store: IStore
    channels: Mapping[str, ChannelSettings]
    rounds: Rounds
    clock: IReactorTime
    healthy: Callable[[], bool]
    trusted_proxies: tuple[Network, ...] = ()
    closed: str = ""
    meter: IMeter = SILENT
    _alarmed: set[str] = attrs.field(factory=set, init=False)
    _seldom: Seldom = attrs.field(init=False, default=attrs.Factory(lambda self: Seldom(self.clock), takes_self=True))
    _by_uuid: dict[str, ChannelSettings] = attrs.field(init=False)

    app = tame(Klein())
    log = Logger()

    def __attrs_post_init__(self) -> None:
        self._by_uuid = {}
        for channel in self.channels.values():
            self.join(channel)

    def join(self, channel: ChannelSettings) -> None:
        """Take texts for this channel from now on; it is among `channels`."""
        self._by_uuid[channel.uuid.lower()] = channel

    def resource(self) -> IResource:
        """The root, for `site.Site`."""
        return Guard(_Shortcut(self, self.app.resource()))

    @app.route("/health")
    def health(self, request: IRequest) -> None:
        well = self.healthy()
        write_json(request, 200 if well else 503, b'{"status":"ok"}' if well else b'{"status":"unwell"}')

    @app.route("/c/ex/<uuid>/send", methods=METHODS)
    @app.route("/c/ex/<uuid>/send/<secret>", methods=METHODS)
    def send(self, request: IRequest, uuid: str, secret: str = "") -> Deferred[None] | None:
        """The External API's send request."""
        channel = self._by_uuid.get(uuid.lower())
        if request.method.decode("ascii") not in METHODS:  # Werkzeug lets HEAD and "get" pass, too
            write_json(request, 405, error_json("method not allowed"), allow=", ".join(METHODS))
        elif channel is None:
            write_json(request, 404, error_json("not found", "channel", "no channel has this uuid"))
        elif not self._authorized(request, channel, secret):
            self._refuse_stranger(request, channel)
        else:
            return _Exchange(self, channel, request).begin()
        return None

    @app.handle_errors(Exception)
    def unanswerable(self, request: IRequest, failure: Failure) -> bytes:
        return answer_failure(request, failure)

    def alarm_once(self, channel: str) -> None:
        """The platform sends no ids on this channel: neither repeats nor statuses can be known."""
        if channel not in self._alarmed:
            self._alarmed.add(channel)
            self.log.error("{channel}: send requests carry no id", channel=channel, alarm="no-id")

    def note(self, operation: Operation) -> None:
        """Keep a mark about a message in the store. The store does not give it up; we need not wait."""
        marked = maybeDeferred(self.store.apply, [operation])
        marked.addErrback(lambda failure: self.log.failure("a mark could not be kept", failure=failure))

    def _authorized(self, request: IRequest, channel: ChannelSettings, secret: str) -> bool:
        """Any one of the ways the settings name; a channel that names none lets nobody in."""
        given = request.getHeader(b"authorization") or b""
        if channel.authorization is not None and _same(given, channel.authorization.reveal()):
            return True
        if channel.url_secret is not None and _same(secret.encode("utf-8"), channel.url_secret.reveal()):
            return True
        return bool(channel.allow_from) and within(self._caller(request), channel.allow_from)

    def _caller(self, request: IRequest) -> str:
        return caller(request, self.trusted_proxies)

    def _refuse_stranger(self, request: IRequest, channel: ChannelSettings) -> None:
        self.meter.unauthorized(channel.name)
        if self._seldom.due(channel.name):
            self.log.error(
                "{channel}: wrong authorization from {peer} (said once a minute; chanserv_bad_tokens counts all)",
                channel=channel.name,
                peer=self._caller(request) or "a local socket",
                alarm="bad-token",
            )
        if channel.bad_token == 503:
            write_json(request, 503, error_json("unavailable"), retry_after="60")
        else:
            write_json(request, 401, error_json("unauthorized"), www_authenticate="Token")


class _Shortcut(Resource):
    """The one request that comes all day goes straight to its route; Klein finds the way for all others.

    Klein's and Werkzeug's routing is a third of what a send costs (measured: 130 us of 400).
    """

    isLeaf = True

    def __init__(self, front: Front, others: IResource) -> None:
        super().__init__()
        self._front = front
        self._others = others

    def render(self, request: Any) -> Any:
        """Twisted: answer the request."""
        found = _SEND.fullmatch(request.path) if request.method == b"POST" else None
        if found is None:
            return self._others.render(request)
        try:
            self._front.send(request, found[1].decode("ascii"))
        except Exception:  # as Klein would: answered, logged once
            request.write(answer_failure(request, Failure()))
            request.finish()
        return NOT_DONE_YET


@attrs.define(eq=False)
class _Exchange:
    """One authorized request, until its answer is written or its caller is gone."""

    _front: Front
    _channel: ChannelSettings
    _request: Any
    _here: bool = True
    _form: external.Form | None = None
    _ticket: Ticket | None = None
    _cancelled: Deferred[None] = attrs.field(factory=Deferred)

    def begin(self) -> Deferred[None]:
        """The Deferred is for Klein to cancel; nothing else hangs on it."""
        self._request.notifyFinish().addErrback(self._gone)
        done = maybeDeferred(self._submit)
        done.addCallbacks(self._taken, self._refused)
        done.addErrback(self._surprised)
        return self._cancelled

    def _submit(self) -> Deferred[Any]:
        self._form = external.read(self._asked())
        reading = external.post(self._form, self._channel)
        name, front = self._channel.name, self._front
        if reading.sender_replaced:
            front.meter.foreign(name)
        if not reading.post.id:
            front.alarm_once(name)
        self._ticket = front.rounds.begin(reading.post, front.clock.seconds())
        if front.closed:
            raise Leaving(front.closed)
        if reading.empty:
            front.meter.emptied(name)
            return succeed(None)
        return front.router.submit(replace(reading.post, n=self._ticket.n))  # raises BadRequest, too

    def _asked(self) -> Asked:
        def header(name: bytes) -> str:
            return (self._request.getHeader(name) or b"").decode("latin-1")

        return Asked(
            query=self._request.uri.partition(b"?")[2],
            content_type=header(b"content-type"),
            body=self._request.content.read(),
            agent=header(b"user-agent")[:80],
        )

    def _taken(self, taken: Taken | None) -> None:
        if taken is not None and taken.full:
            raise QueueFull("the queue is at its limit")
        assert self._form is not None
        tail = f'"ref":{taken.piece}' if taken else '"ref":0,"dropped":"empty text"'
        self._answer(200, f'{{"status":"queued","id":{self._form.id_json},{tail}}}'.encode())

    def _refused(self, failure: Failure) -> None:
        if isinstance(failure.value, BadRequest):
            self._reject(failure.value)
        else:
            self._surprised(failure)

    def _reject(self, fault: BadRequest) -> None:
        """It can never work; the message, if pieces of it were taken, ends here."""
        if self._form is not None and self._form.id:
            self._front.note(Reject(channel=self._channel.name, id=self._form.id, reason=str(fault)))
        self._answer(400, error_json("bad request", fault.field, fault.reason))

    def _surprised(self, failure: Failure) -> None:
        """It did not work this time: the platform shall come again."""
        kind = failure.check(*REFUSALS)
        reason = REFUSALS[kind] if kind else "internal fault"
        if not failure.check(ChanservError):
            log_id = self._form.id if self._form else ""
            self._front.meter.counted("surprises", where="front")
            self._front.log.failure("{channel}: {id} not taken", failure, channel=self._channel.name, id=log_id)
        self._answer(503, error_json("unavailable", reason=reason), reason, retry_after="30")

    def _answer(self, code: int, body: bytes, why: str = "", **headers: str) -> None:
        """The one place where an answer leaves; `why` and a caller who is gone leave a mark in the store."""
        here, ticket = self._here, self._ticket
        if code != 200:
            self._front.meter.declined(self._channel.name, code)
        if here:
            write_json(self._request, code, body, **headers)
        if ticket is not None:
            self._ticket = None
            again = self._front.rounds.came_again(ticket)
            self._front.rounds.end(ticket, self._front.clock.seconds(), taken=here and code == 200)
            if code != 400 and ticket.id and (code != 200 or not here):
                self._front.note(_refuse(ticket, why or "the caller hung up", lost=code == 200, again=again))
        if here:
            self._cancelled.callback(None)

    def _gone(self, failure: Failure) -> None:
        self._here = False


def _refuse(ticket: Ticket, why: str, lost: bool, again: bool) -> Refuse:
    return Refuse(
        channel=ticket.channel, id=ticket.id, to=ticket.to, digest=ticket.digest, n=ticket.n, why=why, lost=lost,
        again=again,
    )  # fmt: skip


def _same(given: bytes, wanted: str) -> bool:
    return hmac.compare_digest(given.strip(), wanted.encode("utf-8"))

"""The platform's end, as a simulator: sends like courier, answers like courier, remembers everything.

What it may not know is the gateway: it speaks HTTP to an address. The rules
are in `platform.courier`; here are the server, the client, states and time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any, Literal
from uuid import uuid4

import attrs
from klein import Klein
from msgspec import Struct
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource

from chanserv.platform import courier
from chanserv.platform.client import Poster
from chanserv.site import Guard, answer_failure, tame, write_json

RETRY_PAUSES = (300.0, 600.0)  # seconds after the first and the second error; the third is final
SAME_WITHIN = 3.0  # seconds in which a repeated MO is taken for the last one


class Fault(Struct, frozen=True):
    """What goes wrong with callbacks, `times` of them (-1: until told otherwise).

    down: the connection breaks, nothing is kept. reset: it is kept, then the
    connection breaks. status: `code` and nothing kept. delay: answered after `seconds`.
    """

    kind: Literal["down", "reset", "status", "delay"]
    code: int = 503
    seconds: float = 0.0
    times: int = -1


@attrs.define
class Sending:
    """A message of the platform. States: Q queued, W wired, E errored, then what the gateway says: S, D, F."""

    channel: str
    id: str
    text: str
    to: str
    session_status: str
    quick_replies: tuple[str, ...]
    state: str = "Q"
    errors: int = 0
    tries: int = 0
    answers: list[tuple[int, str]] = attrs.field(factory=list)  # HTTP status (0: none) and body of every piece


@attrs.define(eq=False, kw_only=True)
class Platform:
    """`send_url` holds {uuid}. `poster` is treq's HTTPClient or alike. `factor` scales the retry pauses.

    `old` is courier up to 8.x and Weni's: it retries 4xx too, and after a
    failed later piece counts the message as sent.
    """

    clock: IReactorTime
    poster: Poster
    send_url: str
    authorization: str = ""
    address: str = "+250788000111"
    channels: frozenset[str] = frozenset()  # uuids it knows; none: every one
    ids: courier.Ids = "int"
    template: str = "json"
    max_length: int = 160
    timeout: float = 30.0
    factor: float = 1.0
    old: bool = False
    calling_code: str = "250"
    record: IO[str] | None = None
    fault: Fault | None = None
    messages: dict[str, Sending] = attrs.field(factory=dict)
    events: list[dict[str, Any]] = attrs.field(factory=list)
    _last: dict[tuple[str, str], tuple[str, float, str]] = attrs.field(factory=dict, init=False)

    app = tame(Klein())
    log = Logger()

    def resource(self) -> IResource:
        """The root; its Site must read forms (Twisted's default)."""
        return Guard(self.app.resource())

    # ---- sending, as courier does

    def send(
        self, channel: str, id: str, text: str, to: str, session_status: str = "", quick_replies: Sequence[str] = ()
    ) -> Deferred[Sending]:
        """Queue and try once; fires with the message after that try. Later tries follow by themselves.

        An id that was sent before is a person's resend: same id, same text, once more.
        """
        message = Sending(channel, id, text, to, session_status, tuple(quick_replies))
        self.messages[id] = message
        return self._try(message)

    @inlineCallbacks
    def _try(self, message: Sending) -> Any:
        message.tries += 1
        pieces = courier.split(message.text, self.max_length)
        for number, piece in enumerate(pieces, 1):
            code, body = yield self._post(message, piece, last=number == len(pieces))
            message.answers.append((code, body))
            self._note("answer", channel=message.channel, id=message.id, piece=number, code=code, body=body[:500])
            if not 200 <= code < 300:
                self._failed(message, code, wired=self.old and number > 1)
                return message
        self._enter(message, "W")
        return message

    def _failed(self, message: Sending, code: int, wired: bool) -> None:
        if wired:
            return self._enter(message, "W")
        message.errors += 1
        if (400 <= code < 500 and not self.old) or message.errors > len(RETRY_PAUSES):
            return self._enter(message, "F")
        self._enter(message, "E")
        self.clock.callLater(RETRY_PAUSES[message.errors - 1] * self.factor, self._try, message)
        return None

    def _post(self, message: Sending, piece: str, last: bool) -> Deferred[tuple[int, str]]:
        """One request; fires with HTTP status and body, (0, why) if there was no answer."""
        template = courier.TEMPLATES[self.template]
        values = self._values(message, piece)
        query, body = courier.render(template, values, message.quick_replies if last else ())
        url = self.send_url.replace("{uuid}", message.channel) + (f"?{query}" if query else "")
        headers = {"Content-Type": template.content_type, "User-Agent": "Courier/v9.2.0"}
        if self.authorization:
            headers["Authorization"] = self.authorization
        self._note("send", channel=message.channel, id=message.id, text=piece)
        answered: Deferred[Any] = self.poster.request(template.method, url, headers=headers, data=body)
        answered.addCallback(self._read)
        answered.addTimeout(self.timeout, self.clock)
        return answered.addErrback(lambda failure: (0, type(failure.value).__name__))

    def _values(self, message: Sending, piece: str) -> dict[str, str]:
        return {
            "id": message.id,
            "text": piece,
            "to": message.to,
            "to_no_plus": message.to.lstrip("+"),
            "from": self.address,
            "from_no_plus": self.address.lstrip("+"),
            "channel": message.channel,
            "session_status": message.session_status,
        }

    def _read(self, response: Any) -> Deferred[tuple[int, str]]:
        body: Deferred[bytes] = response.content()
        return body.addCallback(lambda octets: (response.code, octets.decode("utf-8", "replace")))

    def _enter(self, message: Sending, state: str) -> None:
        message.state = state
        self._note("state", channel=message.channel, id=message.id, state=state)

    # ---- callbacks, as courier answers them

    @app.route("/c/ex/<uuid>/<kind>", methods=["GET", "POST"])
    @inlineCallbacks
    def callback(self, request: IRequest, uuid: str, kind: str) -> Any:
        """receive, sent, delivered, failed, stopped."""
        fault = self._fault()
        if fault is not None and fault.kind == "delay":
            yield deferLater(self.clock, fault.seconds)
        if fault is not None and fault.kind == "status":
            return write_json(request, fault.code, b"simulated")
        if fault is not None and fault.kind == "down":
            yield _abort(request)
        code, said = self._callback(uuid, kind, _fields(request))
        if fault is not None and fault.kind == "reset":
            yield _abort(request)
        return write_json(request, code, json.dumps(said).encode("utf-8"))

    @app.handle_errors(Exception)
    def unanswerable(self, request: IRequest, failure: Failure) -> bytes:
        return answer_failure(request, failure)

    def _fault(self) -> Fault | None:
        fault = self.fault
        if fault is not None and fault.times > 0:
            left = fault.times - 1
            self.fault = Fault(fault.kind, fault.code, fault.seconds, left) if left else None
        return fault

    def _callback(self, uuid: str, kind: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        try:
            if kind not in courier.KINDS:
                return 404, {"message": "Not Found"}
            if self.channels and uuid not in self.channels:
                raise courier.Invalid("channel not found")
            code, message, data = 200, *self._accept(uuid, kind, fields)
        except courier.Invalid as fault:
            code, message, data = 400, "Error", {"type": "error", "error": str(fault)}
        self._note(kind, channel=uuid, code=code, fields=fields)
        return code, {"message": message, "data": [data]}

    def _accept(self, uuid: str, kind: str, fields: dict[str, str]) -> tuple[str, dict[str, Any]]:
        if kind == "receive":
            return "Message Accepted", self._receive(uuid, fields)
        if kind == "stopped":
            if not fields.get("from"):
                raise courier.Invalid("field 'from' required")
            return "Event Accepted", {"type": "event", "channel_uuid": uuid, "event_type": "stop_contact"}
        id = courier.status_id(fields, self.ids)
        if id in self.messages and self.messages[id].channel == uuid:
            self._enter(self.messages[id], courier.STATUSES[kind])  # blindly, as courier does
        return "Status Update Accepted", {"type": "status", "channel_uuid": uuid, "status": courier.STATUSES[kind]}

    def _receive(self, uuid: str, fields: dict[str, str]) -> dict[str, Any]:
        urn, text, stamp = courier.received(fields, self.calling_code)
        now = self.clock.seconds()
        last_text, at, msg_uuid = self._last.get((uuid, urn), ("", -SAME_WITHIN, ""))
        if last_text != text or now - at >= SAME_WITHIN:
            msg_uuid, at = str(uuid4()), now
            self._note("stored", channel=uuid, urn=urn, text=text, date=stamp)
        self._last[uuid, urn] = (text, at, msg_uuid)
        return {"type": "msg", "channel_uuid": uuid, "msg_uuid": msg_uuid, "text": text, "urn": urn}

    def _note(self, what: str, **details: Any) -> None:
        event = {"at": self.clock.seconds(), "what": what, **details}
        self.events.append(event)
        if self.record is not None:
            self.record.write(json.dumps(event, ensure_ascii=False) + "\n")
            self.record.flush()


def _abort(request: Any) -> Deferred[None]:
    """Break the connection; Klein cancels the Deferred, and with it whatever would have been answered."""
    request.channel.transport.abortConnection()
    return Deferred()


def _fields(request: IRequest) -> dict[str, str]:
    """Query and form; the first of a repeated name. JSON bodies are not read, neither by courier."""
    found = {name.decode("utf-8", "replace"): values[0] for name, values in request.args.items()}
    return {name: value.decode("utf-8", "replace") for name, value in found.items()}

"""A stub of an aggregator under a clock: no socket, and its webhooks are kept until the test answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
from treq.testing import StubTreq
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError as NobodyThere
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseDone

from chanserv import reference
from chanserv.links.rest.behaviour import Behaviour
from chanserv.links.rest.peer import Aggregator
from chanserv.profiles.requests import Asked
from tests.profiles.stub.shelf import shipped

OURS = reference.write(1, 1, 1, "5511999990000")
HOOK = "https://gw.example/hook/acme/0123456789abcdef"
FORM = "application/x-www-form-urlencoded"
EPOCH = 1_795_750_000.0


@attrs.define(eq=False)
class Post:
    """One webhook that the stub posts, until the test answers it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    answered: Deferred[Any]

    def asked(self) -> Asked:
        return Asked(
            method=self.method, url=self.url, query=urlsplit(self.url).query, headers=self.headers, body=self.body
        )

    @property
    def fields(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    def answer(self, code: int) -> None:
        self.answered.callback(_Response(code))

    def refuse(self) -> None:
        """Nobody listens."""
        self.answered.errback(NobodyThere())


@attrs.frozen
class _Response:
    code: int

    def deliverBody(self, protocol: Any) -> None:
        protocol.connectionLost(Failure(ResponseDone()))


class Poster:
    """Looks like treq's HTTPClient."""

    def __init__(self) -> None:
        self.posts: list[Post] = []

    def request(self, method: str, url: str, headers: Any, data: bytes | None, **more: Any) -> Deferred[Any]:
        plain = {name.decode().lower(): values[0].decode() for name, values in headers.getAllRawHeaders()}
        self.posts.append(Post(method, url, plain, data or b"", Deferred()))
        return self.posts[-1].answered


class StubCase(SynchronousTestCase):
    """The stub of one profile."""

    profile = "twilio"
    hooks = ""
    public = ""
    credentials: Mapping[str, str] = {}  # that somebody gave

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(EPOCH)
        self.poster = Poster()
        self.notes: list[tuple[str, dict[str, object]]] = []
        self.stub = self.make()
        self.addCleanup(lambda: self.assertEqual([], self.clock.getDelayedCalls(), "nothing is left behind"))
        self.addCleanup(self.stub.stop)

    def make(self, behaviour: Behaviour | None = None, **more: Any) -> Aggregator:
        given: dict[str, Any] = {"hooks": self.hooks, "public": self.public, **more}
        return Aggregator(
            shipped(self.profile), self.credentials, poster=self.poster, clock=self.clock, behaviour=behaviour,
            on_note=lambda what, **facts: self.notes.append((what, facts)), **given,
        )  # fmt: skip

    def ask(self, text: str = "Hi", **more: str) -> Any:
        """A part as Twilio takes it; `settled` gives its answer."""
        fields = {"To": "+5511999990000", "Body": text, "From": "8000", "StatusCallback": f"{HOOK}/status?id={OURS}"}
        self.treq: Any = StubTreq(self.stub)
        return self.treq.request(
            "POST", "http://127.0.0.1/2010-04-01/Accounts/AC1/Messages.json",
            data=urlencode({**fields, **more}).encode(), headers={"Content-Type": FORM},
        )  # fmt: skip

    def settled(self, asking: Any) -> tuple[int, str]:
        """Code and body of an answer that is there."""
        self.treq.flush()
        response = self.successResultOf(asking)
        return response.code, self.successResultOf(self.treq.text_content(response))

    @property
    def posts(self) -> list[Post]:
        return self.poster.posts

"""What tests of REST links share: a made-up aggregator, its account, calls that a test answers, and connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from chanserv.http import Broke
from chanserv.links.rest.calls import Failed
from chanserv.profiles.profile import Profile
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Asked, Request
from chanserv.profiles.shelf import Shelf
from chanserv.settings import RestSettings, Secret
from chanserv.toml.faults import Faults, Place
from tests.links.fakes import Wire

KEY = "s3cr3t-of-acme"
SECRET = "0123456789abcdefghij"
SHELF = Shelf([str(Path(__file__).parent / "profiles")])


def profile(name: str = "acme") -> Profile:
    """One of ours here, or a shipped one."""
    faults = Faults()
    found = SHELF.get(name, faults, Place("test"))
    assert found is not None, faults.found
    return found


def account(name: str = "acme", /, **more: Any) -> RestSettings:
    """Link `a`."""
    given: dict[str, Any] = {
        "name": "a", "profile": name, "provider": profile(name), "credentials": {"key": Secret(KEY)},
        "hook_secret": (Secret(SECRET),), "public_url": "https://gw.example", "concurrency": 4,
    }  # fmt: skip
    return RestSettings(**{**given, **more})


def answered(status: int = 200, /, **body: Any) -> Answered:
    """In JSON; by default well, with an id."""
    told = body or ({"status": "queued", "id": "v1"} if status == 200 else {})
    return Answered(status=status, headers={"content-type": "application/json"}, body=json.dumps(told).encode())


UNSENT = Failed(Broke.UNSENT, "connection refused")
LOST = Failed(Broke.LOST, "connection lost")


@attrs.define(eq=False)
class FakeCalls:
    """ICalls: each waits for the test's answer, or has the one of `always`."""

    always: Callable[[Request], Answered | Failed] | None = None
    requests: list[Request] = attrs.field(factory=list)
    waiting: list[Deferred[Answered | Failed]] = attrs.field(factory=list)
    closed: int = 0
    stubborn: bool = False  # what is out does not end when it is told to

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        self.requests.append(request)
        if self.always is not None:
            return succeed(self.always(request))
        waits: Deferred[Answered | Failed] = Deferred(lambda d: d.callback(Failed(Broke.SILENT, "no answer in time")))
        self.waiting.append(waits)
        return waits

    def answer(self, what: Answered | Failed, place: int = 0) -> None:
        self.waiting.pop(place).callback(what)

    def close(self) -> Deferred[None]:
        self.closed += 1
        waiting, self.waiting = ([], self.waiting) if self.stubborn else (self.waiting, [])
        for each in waiting:
            each.cancel()
        return succeed(None)

    @property
    def urls(self) -> list[str]:
        return [request.urls[0] for request in self.requests]


@implementer(IAgentEndpointFactory, IStreamClientEndpoint)
class Network:
    """Where an account's connections go: each to a wire of the test's, or to nobody (`refusal`, by host)."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, str, int]] = []
        self.wires: list[Wire] = []
        self.ends: list[Any] = []  # our protocol on each
        self.refusal: dict[str, Exception] = {}
        self.held: list[Deferred[Any]] | None = None  # not None: connections do not come about

    def endpointForURI(self, uri: URI) -> Network:
        self.dialled.append((uri.scheme.decode(), uri.host.decode(), uri.port))
        return self

    def connect(self, factory: Any) -> Deferred[Any]:
        _, host, port = self.dialled[-1]
        if port > 65535:
            return fail(OverflowError("port must be 0-65535"))
        if host in self.refusal:
            return fail(self.refusal[host])
        if self.held is not None:
            self.held.append(Deferred())
            return self.held[-1]
        wire, end = Wire(), factory.buildProtocol(None)
        self.wires.append(wire)
        self.ends.append(end)
        end.makeConnection(wire)
        return succeed(end)

    def say(self, octets: bytes, wire: int = -1) -> None:
        """The provider's octets."""
        self.ends[wire].dataReceived(octets)

    @property
    def heard(self) -> bytes:
        """What the last wire was told."""
        octets: bytes = self.wires[-1].value()
        return octets


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def hook(body: Any, path: str = "status", **more: Any) -> Asked:
    """A webhook of Acme's, in JSON."""
    given: dict[str, Any] = {
        "url": f"https://gw.example/hook/a/{SECRET}/{path}", "headers": {"content-type": "application/json"},
        "body": json.dumps(body).encode(), "ip": "192.0.2.1",
    }  # fmt: skip
    return Asked(**{**given, **more})

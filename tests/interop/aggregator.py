"""Every aggregator at once, on loopback: it remembers what it was asked, and answers what it was told to.

What the answers mean, and which provider it plays, is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import attrs
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource

from chanserv.links.rest.calls import Failed, ICalls
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request

TYPES = {b"{": b"application/json", b"[": b"application/json", b"<": b"text/xml"}


@attrs.frozen
class Seen:
    """A request as it came. `url`: what the profile made of it, before it was led here."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Aggregator(Resource):
    """Answers in the order it was told to; what it was not told of is 404."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Seen] = []
        self.answers: list[tuple[int, bytes]] = []
        self.led: list[str] = []  # URLs, by whoever leads requests here

    def render(self, request: Any) -> bytes:
        """Twisted: answer the request."""
        target = request.uri.decode("ascii")
        led = next((url for url in self.led if _target(url) == target), target)
        headers = {
            name.decode("latin-1").lower(): values[0].decode("latin-1")
            for name, values in request.requestHeaders.getAllRawHeaders()
        }
        self.seen.append(Seen(request.method.decode("ascii"), led, headers, request.content.read()))
        status, body = self.answers.pop(0) if self.answers else (404, b"nobody told me")
        request.setResponseCode(status)
        request.setHeader(b"content-type", TYPES.get(body[:1], b"text/plain"))
        return body


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@attrs.frozen
class Detour:
    """ICalls that leads every request to the aggregator on this port, whatever host the profile names."""

    calls: ICalls
    aggregator: Aggregator
    port: int

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        """ICalls."""
        self.aggregator.led += request.urls
        here = tuple(f"http://127.0.0.1:{self.port}{_target(url)}" for url in request.urls)
        return self.calls.call(attrs.evolve(request, urls=here))

    def close(self) -> Deferred[None]:
        """ICalls."""
        return self.calls.close()


def strays(seen: Seen, asks: str, wanted: Mapping[str, Any]) -> Iterator[str]:
    """What of a request is not as it must be: `asks` is its method and URL, `wanted` its parts, by kind."""
    parts = urlsplit(seen.url)
    if (found := f"{seen.method} {parts._replace(query='').geturl()}") != asks:
        yield f"it asks {found}, not {asks}"
    for kind, value in wanted.items():
        if kind == "query" and isinstance(value, str):
            if value not in parts.query:
                yield f"the query {parts.query} lacks {value}"
            continue
        yield from differences(kind, _plain(kind, value), _READ[kind](seen, parts.query))


def _plain(kind: str, value: Any) -> Any:
    if kind == "headers":
        return {name.lower(): each for name, each in value.items()}
    return ElementTree.canonicalize(value, strip_text=True) if kind == "xml" else value


_READ: dict[str, Callable[[Seen, str], Any]] = {
    "query": lambda seen, query: dict(parse_qsl(query, keep_blank_values=True)),
    "form": lambda seen, query: dict(parse_qsl(seen.body.decode(), keep_blank_values=True)),
    "json": lambda seen, query: json.loads(seen.body),
    "xml": lambda seen, query: ElementTree.canonicalize(seen.body.decode(), strip_text=True),
    "headers": lambda seen, query: seen.headers,
}


def differences(what: str, wanted: Any, found: Any) -> Iterator[str]:
    """Of a tree that must have these things, and may have others. None: not there; a table where a text is: JSON."""
    match wanted:
        case dict() if isinstance(found, str):
            yield from differences(what, wanted, json.loads(found))
        case dict() if isinstance(found, Mapping):
            for key, value in wanted.items():
                yield from differences(f"{what}.{key}", value, found.get(key))
        case list() if isinstance(found, list) and len(found) == len(wanted):
            for number, each in enumerate(wanted):
                yield from differences(f"{what}.{number}", each, found[number])
        case _:
            if wanted != found:
                yield f"{what} is {found!r}, not {wanted!r}"

"""All webhooks of the gateway, on Klein: which link's door, and its answer written.

GET POST /hook/<link>/<secret>/<path>
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from klein import Klein
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource

from chanserv.interfaces import ILink
from chanserv.links.rest.door import NOT_FOUND, Door, Response
from chanserv.links.rest.link import RestLink
from chanserv.profiles.requests import Asked
from chanserv.settings import Network
from chanserv.site import Guard, answer_failure, tame
from chanserv.web import caller

METHODS = ["GET", "POST", "HEAD", "PUT"]
PREFIX = re.compile(rb"/hook/")


@attrs.define(eq=False, kw_only=True)
class Doors:
    """`links` is shared, and may grow; `public_url`: what stands before /hook/, as the world knows it."""

    links: Mapping[str, ILink]
    public_url: str
    trusted_proxies: tuple[Network, ...] = ()

    app = tame(Klein())
    log = Logger()

    def resource(self) -> IResource:
        """For `site.Fork`, with PREFIX."""
        return Guard(self.app.resource(), oversize=True)

    @app.route("/hook/<link>/<secret>", methods=METHODS)
    @app.route("/hook/<link>/<secret>/<path:path>", methods=METHODS)
    def hook(self, request: IRequest, link: str, secret: str, path: str = "") -> Deferred[None]:
        """Klein cancels what it is given when the caller hangs up; what was begun goes on."""
        found = self.links.get(link)
        door = found.door if isinstance(found, RestLink) else None
        here = Here(request)
        if not isinstance(door, Door) or not door.opens(secret):
            here.write(NOT_FOUND)
            if isinstance(door, Door):  # behind the answer, which must not take longer for a link that is there
                door.stranger()
            return here.cancelled
        if getattr(request, "oversize", False):
            here.write(door.too_large())
            return here.cancelled
        told = asked(request, self.public_url, self.trusted_proxies)
        heard = Deferred.fromCoroutine(door.hear(path.strip("/"), told))
        heard.addErrback(self._surprised, link, door)
        heard.addCallback(here.write)
        return here.cancelled

    @app.handle_errors(Exception)
    def unanswerable(self, request: IRequest, failure: Failure) -> bytes:
        """Klein: without a word, for some providers send whatever they are answered to the handset."""
        answer_failure(request, failure)
        request.setHeader(b"content-type", NOT_FOUND.type.encode())
        request.setHeader(b"content-length", b"0")
        return NOT_FOUND.body

    def _surprised(self, failure: Failure, link: str, door: Door) -> Response:
        """It did not work this time: the provider shall come again."""
        self.log.failure("{link}: a webhook could not be answered", failure, link=link)
        return door.sorry(503)


def asked(request: Any, public_url: str, proxies: Sequence[Network]) -> Asked:
    """A request as a value; `public_url`: what stands before its path, as the world knows it."""
    headers = {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    target = request.uri.decode("latin-1")
    return Asked(
        method=request.method.decode("latin-1"),
        url=public_url.rstrip("/") + target,
        query=target.partition("?")[2],
        headers=headers,
        body=request.content.read(),
        ip=caller(request, proxies),
    )


class Here:
    """One request, until its answer is written or its caller is gone."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._gone = False
        self.cancelled: Deferred[None] = Deferred()
        request.notifyFinish().addErrback(self._left)

    def _left(self, failure: Failure) -> None:
        self._gone = True

    def write(self, response: Response) -> None:
        """The one place where an answer leaves."""
        if self._gone:
            return
        self._request.setResponseCode(response.status)
        self._request.setHeader(b"content-type", response.type.encode("latin-1", "replace"))
        self._request.setHeader(b"content-length", str(len(response.body)).encode())
        if response.status == 503:
            self._request.setHeader(b"retry-after", b"30")
        self._request.write(response.body)
        self._request.finish()
        self.cancelled.callback(None)

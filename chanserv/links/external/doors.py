"""All External-API devices' way in, on Klein: which link's door, and its answer written.

GET POST /c/ex/<link's uuid>/{receive,sent,delivered,failed,stopped}, and each with a secret behind it

The platform's own path stands beside these (`platform.front`): it ends in send.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs
from klein import Klein
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource

from chanserv.interfaces import ILink
from chanserv.links.external import codec
from chanserv.links.external.door import Door, error
from chanserv.links.rest.door import Response
from chanserv.links.rest.doors import Here, asked
from chanserv.links.rest.link import RestLink
from chanserv.settings import Network
from chanserv.site import Guard, answer_failure, error_json, tame, write_json

METHODS = ["GET", "POST"]
ROUTE = f"/c/ex/<uuid>/<any({', '.join(codec.KINDS)}):kind>"
PATHS = re.compile(rb"/c/ex/[^/]+/(?:%s)(?:/|\Z)" % "|".join(codec.KINDS).encode())


@attrs.define(eq=False, kw_only=True)
class Devices:
    """`links` is shared, and may grow."""

    links: Mapping[str, ILink]
    trusted_proxies: tuple[Network, ...] = ()

    app = tame(Klein())
    log = Logger()

    def resource(self) -> IResource:
        """For `site.Fork`, with PATHS."""
        return Guard(self.app.resource())

    @app.route(ROUTE, methods=METHODS)
    @app.route(ROUTE + "/<secret>", methods=METHODS)
    def tell(self, request: IRequest, uuid: str, kind: str, secret: str = "") -> Deferred[None] | None:
        """Klein cancels what it is given when the caller hangs up; what was begun goes on."""
        if request.method.decode("ascii") not in METHODS:  # Werkzeug lets HEAD and "get" pass, too
            write_json(request, 405, error_json("method not allowed"), allow=", ".join(METHODS))
            return None
        here, door = Here(request), self._door(uuid.lower())
        if door is None:
            here.write(error(400, "channel not found"))  # as courier: its callers know that it is not for ever
            return here.cancelled
        heard = Deferred.fromCoroutine(door.hear(kind, secret, asked(request, "", self.trusted_proxies)))
        heard.addErrback(self._surprised, door.settings.name)
        heard.addCallback(here.write)
        return here.cancelled

    @app.handle_errors(Exception)
    def unanswerable(self, request: IRequest, failure: Failure) -> bytes:
        return answer_failure(request, failure)

    def _door(self, uuid: str) -> Door | None:
        doors = (link.door for link in self.links.values() if isinstance(link, RestLink))
        return next((door for door in doors if isinstance(door, Door) and door.settings.uuid == uuid), None)

    def _surprised(self, failure: Failure, link: str) -> Response:
        """It did not work this time: the device shall come again."""
        self.log.failure("{link}: a device could not be answered", failure, link=link)
        return error(503, "unavailable")

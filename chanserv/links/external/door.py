"""One device's way in: who it is, what it tells, and an answer once that is on disk.

    request -> is it the device? -> codec reads -> Router -> commit -> courier's answer

What a status means for its text, and whose a text is, is not known here.
"""

from __future__ import annotations

import hmac
from collections import Counter
from uuid import uuid4

import attrs
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chanserv.errors import BadField
from chanserv.interfaces import IRouter
from chanserv.links.external import codec
from chanserv.links.rest import news
from chanserv.links.rest.door import Response
from chanserv.links.rest.news import Sorted
from chanserv.profiles.hooks import News
from chanserv.profiles.requests import Asked
from chanserv.seldom import Seldom
from chanserv.settings import ExternalSettings
from chanserv.settings.common import Secret
from chanserv.web import within

log = Logger()

JSON = "application/json"


def error(status: int, why: str) -> Response:
    """In courier's form."""
    return Response(status, codec.error(why), JSON)


@attrs.define(eq=False, kw_only=True)
class Door:
    """That of one link; `counts` are the link's."""

    settings: ExternalSettings
    router: IRouter
    clock: IReactorTime
    counts: Counter[str]
    _seldom: Seldom = attrs.field(init=False, default=attrs.Factory(lambda self: Seldom(self.clock), takes_self=True))

    async def hear(self, kind: str, secret: str, asked: Asked) -> Response:
        """`kind`: one of codec.KINDS; `secret`: what stands behind it in the path."""
        if not self._knows(asked, secret):
            return self._stranger(asked)
        try:
            told = codec.read(kind, asked, self.settings, str(uuid4()))
        except BadField as fault:
            self.counts["unreadable"] += 1
            return error(400, str(fault))
        found = news.sort(self.settings.name, (told,), self.settings.country)
        if not await self._kept(found):
            return error(503, "unavailable")
        self._count(found)
        return self._well(kind, told)

    def _knows(self, asked: Asked, secret: str) -> bool:
        """Any one of the ways the settings name; where they name none, it is nobody."""
        known = _same(asked.headers.get("authorization", "").strip(), self.settings.authorization)
        known |= _same(secret, self.settings.url_secret)
        return known or within(asked.ip, self.settings.allow_from)

    def _stranger(self, asked: Asked) -> Response:
        """Logged once a minute: a stranger must not fill the disk."""
        self.counts["hooks_refused"] += 1
        if self._seldom.due():
            name, peer = self.settings.name, asked.ip or "a local socket"
            log.error("{link}: wrong authorization from {peer}", link=name, peer=peer, alarm="bad-token")
        return error(401, "unauthorized")

    def _count(self, found: Sorted) -> None:
        """A status of a text that is none of ours is answered well, and changes nothing."""
        self.counts["mo"] += len(found.replies)
        self.counts["receipts"] += len(found.receipts)
        self.counts["unclear"] += not (found.replies or found.receipts)

    async def _kept(self, found: Sorted) -> bool:
        if found.receipts:
            return all(await self.router.receipt(found.receipts))
        return not found.replies or all(await self.router.reply(found.replies))

    def _well(self, kind: str, told: News) -> Response:
        settings = self.settings
        if kind == "receive" and settings.mo_response is not None:
            return Response(200, settings.mo_response.encode(), settings.mo_response_content_type)
        return Response(200, codec.answer(kind, told, settings.uuid, self.clock.seconds()), JSON)


def _same(given: str, wanted: Secret | None) -> bool:
    """In constant time."""
    return wanted is not None and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.reveal().encode())

"""The webhooks' way in: `/hook/<link>/<secret>/<path>`, answered once what it tells is on disk.

    request -> secret -> whence -> signature -> profile reads -> Router -> commit -> the answer the profile wants

Whoever cannot show the secret learns nothing, not even which links there are.
What is said, and what it means, the link's profile knows.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import attrs
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chanserv.errors import BadField
from chanserv.interfaces import IRouter
from chanserv.links.rest import news
from chanserv.links.rest.calls import Failed, ICalls
from chanserv.links.rest.news import Sorted
from chanserv.message import line, masked
from chanserv.profiles.hooks import Hook, listen
from chanserv.profiles.profile import Profile
from chanserv.profiles.requests import Asked, Request
from chanserv.profiles.trees import Tree
from chanserv.profiles.verify.sns import Need, confirmation, is_certificate
from chanserv.seldom import Seldom
from chanserv.settings import RestSettings
from chanserv.web import BODY_LIMIT, within

log = Logger()

MOST_FETCHED = 20  # certificates kept


@attrs.frozen
class Response:
    """What leaves: an HTTP response of ours. (`replies.Answered` is a provider's.)"""

    status: int
    body: bytes = b""
    type: str = "text/plain"


NOT_FOUND = Response(404)  # whoever has no secret; no word of ours, which might go to a handset


@attrs.define(eq=False, kw_only=True)
class Door:
    """That of one link."""

    settings: RestSettings
    router: IRouter
    calls: ICalls
    clock: IReactorTime
    counts: Counter[str]
    _fetched: MutableMapping[str, bytes] = attrs.field(factory=dict, init=False)
    _seldom: Seldom = attrs.field(init=False, default=attrs.Factory(lambda self: Seldom(self.clock), takes_self=True))

    @property
    def _profile(self) -> Profile:
        profile: Profile = self.settings.provider
        return profile

    def opens(self, secret: str) -> bool:
        """Is it one of ours? All are compared, in constant time."""
        given, found = secret.encode("utf-8", "replace"), False
        for each in self.settings.hook_secret:
            found |= hmac.compare_digest(given, each.reveal().encode())
        return found

    def sorry(self, status: int) -> Response:
        """An error in the provider's own words, if it has some: a body of ours might go to a handset."""
        return Response(status, self._profile.answer.error.encode(), self._profile.answer.type)

    def stranger(self) -> None:
        """Somebody has another secret: a scanner, or a provider who was told an old one. No word of it to them."""
        self._wrong(404, "secret", "another one stands in its path")

    def too_large(self) -> Response:
        """What is over the limit is not read."""
        return self._wrong(413, "size", f"more than {BODY_LIMIT // 1024} KiB")

    async def hear(self, path: str, asked: Asked) -> Response:
        """What is wrong is answered. It fails only by a fault of ours."""
        hooks = self._profile.at(path)
        if not hooks:
            return self._wrong(404, "path", f"nothing is heard at {self._shown(path)!r}")
        if self.settings.hook_from and not within(asked.ip, self.settings.hook_from):
            return self._wrong(403, "address", "it is not in hook_from")
        if asked.method == "HEAD":  # a probe, which tells nothing and bears no signature
            return Response(200)
        if any(hook.verify for hook in hooks) and (refused := await self._forged(asked)):
            return refused
        try:
            return await self._keep(hooks, asked)
        except BadField as fault:
            return self._wrong(400, "unreadable", str(fault))

    def _shown(self, path: str) -> str:
        """For the log: whoever set the provider up may have put the secret there once more."""
        for each in self.settings.hook_secret:
            path = path.replace(each.reveal(), "…")
        return path[:40]

    async def _forged(self, asked: Asked) -> Response | None:
        """What it is answered if it is not the provider's. 503 where that cannot be known now: it shall come again."""
        judged = self._judged(asked)
        if isinstance(judged, Need):
            await self._fetch(judged.url)
            judged = self._judged(asked)
        if isinstance(judged, Need):
            return self._wrong(503, "signature", "its certificate could not be fetched")
        if judged:
            return self._wrong(403, "signature", judged)
        if (url := self._to_confirm(asked)) and await self._got(url) is None:
            return self._wrong(503, "confirmation", "Amazon did not answer it")
        return None

    def _judged(self, asked: Asked) -> str | Need:
        return self._profile.guard.judge(asked, self.settings.cfg, self.clock.seconds(), self._fetched)

    def _to_confirm(self, asked: Asked) -> str:
        schemes = [scheme for scheme, _ in self._profile.guard.checks]
        return confirmation(asked.body) if "sns" in schemes else ""

    async def _fetch(self, url: str) -> None:
        """What is no certificate is not kept: whatever was wrong there may be well by the next time."""
        body = await self._got(url)
        if body is None or not is_certificate(body):
            return
        while len(self._fetched) >= MOST_FETCHED:
            del self._fetched[next(iter(self._fetched))]
        self._fetched[url] = body

    async def _got(self, url: str) -> bytes | None:
        """What is there; only hosts of Amazon's come here (`verify.sns`)."""
        answered = await self.calls.call(Request("GET", (url,), (), b""))
        return None if isinstance(answered, Failed) or answered.status != 200 else answered.body

    async def _keep(self, hooks: Sequence[Hook], asked: Asked) -> Response:
        """All that is told, or nothing of it is answered well: the provider comes again then."""
        cfg = self.settings.cfg
        told = listen(hooks, asked, cfg)
        found = news.sort(self.settings.name, told, self.settings.country)
        if not all(await _both(self.router, found)):
            return self._wrong(503, "store", "it is not kept")
        self._count(found)
        return self._well(hooks, asked, cfg, found)

    def _count(self, found: Sorted) -> None:
        self.counts["mo"] += len(found.replies)
        self.counts["receipts"] += len(found.receipts)
        for why in found.unclear:
            self.counts["unclear"] += 1
            self._tell("unclear", why)

    def _well(self, hooks: Sequence[Hook], asked: Asked, cfg: Mapping[str, Tree], found: Sorted) -> Response:
        answer = self._profile.answered_by(hooks)
        hold = next((hook.hold for hook in hooks if hook.hold), "")
        body = hold.encode() if found.waits and hold else answer.written(asked, cfg)
        return Response(answer.status, body, answer.type)

    def _wrong(self, status: int, what: str, why: str) -> Response:
        self.counts["hooks_refused"] += 1
        self._tell(what, why)
        return self.sorry(status)

    def _tell(self, what: str, why: str) -> None:
        if self._seldom.due(what):
            log.warn("{link}: a webhook: {what}: {why}", link=self.settings.name, what=what, why=masked(line(why)))


async def _both(router: IRouter, found: Sorted) -> list[bool]:
    """What was kept, receipts and replies side by side: one commit as a rule."""
    waiting: list[Deferred[Any]] = []
    if found.receipts:
        waiting.append(router.receipt(found.receipts))
    if found.replies:
        waiting.append(router.reply(found.replies))
    return [well for kept in await gatherResults(waiting, consumeErrors=True) for well in kept]

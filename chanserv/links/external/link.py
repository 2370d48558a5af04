"""A link whose carrier speaks RapidPro's External API: one of `links.rest`, with courier's requests and courier's door,
and the parts of a text one after the other, as courier sends them.

Its parts of a link are those of the kind rest: connections, ways, windows and verdicts are not known here.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import attrs

from chanserv.interfaces import ILane, IRouter
from chanserv.links.external.door import Door
from chanserv.links.rest.calls import ICalls
from chanserv.links.rest.link import RestLink
from chanserv.links.rest.turns import Turns
from chanserv.profiles import replies
from chanserv.profiles.conditions import Condition
from chanserv.profiles.expressions import Names, Scope
from chanserv.profiles.external import BODIES, External
from chanserv.profiles.filters import octets
from chanserv.profiles.hooks import Answer
from chanserv.profiles.profile import Profile
from chanserv.profiles.replies import Replies
from chanserv.profiles.shape import About, ReplyTable
from chanserv.profiles.verify.guard import Guard
from chanserv.settings import ExternalSettings

# What is shown of a refusal; a body that is no JSON may hold the text, which is not for logs.
_REPLY = ReplyTable(reason="reason or error or message or data.0.error")


def make(settings: ExternalSettings, lane: ILane, router: IRouter, reactor: Any, **more: Any) -> RestLink:
    """See `links.KINDS`."""

    def door(calls: ICalls, counts: Counter[str]) -> Door:
        return Door(settings=settings, router=router, clock=reactor, counts=counts)

    given = attrs.evolve(settings, provider=provider(settings))
    return RestLink(given, lane, router, reactor, door=door, turns=Turns(), **more)


def provider(settings: ExternalSettings) -> Profile:
    """What a profile would say of this one device."""
    return Profile(
        name="external",
        about=About(title=urlsplit(settings.send_url).netloc),
        send=sending(settings),
        split=(settings.max_length, settings.max_length),
        token=None,
        replies=reading(settings.mt_response_check),
        guard=Guard(()),
        hooks=(),
        answer=Answer(status=200, type="application/json", body=lambda scope: "", error=""),
        tests=(),
    )


def sending(settings: ExternalSettings) -> External:
    """How the device is asked to send."""
    return External(
        method=settings.send_method,
        url=settings.send_url,
        type=settings.content_type,
        body=settings.body if settings.body is not None else BODIES.get(settings.content_type, ""),
        headers=settings.headers,
        authorization=settings.send_authorization.reveal() if settings.send_authorization else "",
        channel=settings.uuid,
        country=(settings.country or "") if settings.use_national else "",
    )


def reading(check: str | None) -> Replies:
    """Its answers: as everybody's, but that a 2xx without `check` in its body is none. It tells no id."""

    def fault(why: str, *keys: str) -> None:
        raise ValueError(why)

    names = Names({"cfg": (), "http": None, "header": None, "body": None}, tree=True)
    compiled = replies.compiled(_REPLY, names, fault)
    return attrs.evolve(compiled, ok=_holding(check.encode())) if check else compiled


def _holding(words: bytes) -> Condition:
    def holds(scope: Scope) -> bool:
        return words in octets(scope.ours["body"])

    return holds

"""Profiles as a page of documentation: `docs/providers.rst`, a row for each, made of what it says and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from chanserv.profiles.profile import Profile
from chanserv.profiles.shape import SendTable

NONE = "—"
_DIGEST = re.compile(r"\|(hmac|md5|sha\d+)\b")
_MARKS = re.compile(r"([*`|_\\])")  # of reStructuredText

PAGE = """\
Providers
=========

The aggregators whose profiles come with chanserv. ``chanserv profile show NAME`` tells all of one, with the account it
needs and where its webhooks go; :doc:`aggregators` is the way to an account, or to a profile that is missing here. The
table is made by ``chanserv profile list --rst``; with ``--profiles FOLDER`` it has your own as well.

Authentication
   How a request shows whose it is. *token*: one is fetched first. *signature*: a digest over the request, made anew for
   each. *header*, *field*, *URL*: where the account's keys stand.
Statuses
   Whether it tells what became of a text. *URL told*: each text brings the URL they go to. *URL set there*: you enter
   it at the provider. *our id*, *its id*: what names the text.
Texts in
   Whether texts of handsets come; *parts*: long ones come in parts, and are joined.
Cut at
   Characters of one request (of one in another alphabet than GSM's); a longer text is cut by us, each part a request of
   its own. *whole*: the provider cuts.
Opt-outs
   Where it tells that a person wants no more texts: in its *answer* to one, in a *status*, in a *text* that comes in.
Webhooks shown by
   How its webhooks show that they are the provider's, as :doc:`profiles` names it; in brackets: where the account
   switches it on. Where there is nothing, the secret in the URL is what protects them.
Confidence
   How sure the facts are; ``chanserv profile show`` names their sources. Whatever it says, an account's first texts go
   to a test number (``phase = "test"``).
"""


def page(profiles: Sequence[Profile]) -> Iterator[str]:
    """Its lines."""
    yield from PAGE.splitlines()
    yield ""
    yield from table([HEAD, *map(row, profiles)])


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A simple table of reStructuredText; the first row is its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    head, *body = ("  ".join(map(str.ljust, each, widths)).rstrip() for each in rows)
    yield from (rule, head, rule, *body, rule)


def row(profile: Profile) -> tuple[str, ...]:
    return tuple(_MARKS.sub(r"\\\1", say(profile)) or NONE for say in COLUMNS.values())


def authentication(profile: Profile) -> str:
    send = profile.written.send
    return next((word for word, holds in AUTHENTICATIONS.items() if send and holds(send)), "")


def statuses(profile: Profile) -> str:
    hooks = [hook for hook in profile.written.hooks if hook.kind == "status"]
    if not hooks:
        return ""
    ids = [word for word, one in (("our id", "ours"), ("its id", "id")) if any(getattr(hook, one) for hook in hooks)]
    told = profile.written.send and named("hook", attrs.asdict(profile.written.send))
    return f"URL {'told' if told else 'set there'}, {' or '.join(ids)}"


def inbound(profile: Profile) -> str:
    hooks = [hook for hook in profile.written.hooks if hook.kind == "mo"]
    return "parts" if any(hook.concat for hook in hooks) else "yes" if hooks else ""


def cut(profile: Profile) -> str:
    gsm, other = profile.split
    return "whole" if not gsm else f"{gsm}" if gsm == other else f"{gsm} ({other})"


def opt_outs(profile: Profile) -> str:
    send, hooks = profile.written.send, profile.written.hooks
    told = {
        "answer": send is not None and any(case.then == "stopped" for case in send.reply.case),
        "status": any(hook.stop for hook in hooks if hook.kind == "status"),
        "text": any(hook.stop for hook in hooks if hook.kind == "mo"),
    }
    return ", ".join(word for word, is_so in told.items() if is_so)


def verification(profile: Profile) -> str:
    checks = profile.written.verify
    found = dict.fromkeys(f"({check.scheme})" if named("cfg", check.when) else check.scheme for check in checks)
    return ", ".join(found)


COLUMNS: dict[str, Callable[[Profile], str]] = {
    "Provider": lambda profile: profile.about.title,
    "Name": lambda profile: profile.name,
    "Regions": lambda profile: ", ".join(profile.about.regions),
    "Authentication": authentication,
    "Statuses": statuses,
    "Texts in": inbound,
    "Cut at": cut,
    "Opt-outs": opt_outs,
    "Webhooks shown by": verification,
    "Confidence": lambda profile: profile.about.confidence,
}
HEAD = tuple(COLUMNS)

# What shows whose a request is; of several that hold, the first is what counts, the others are names.
AUTHENTICATIONS: dict[str, Callable[[SendTable], bool]] = {
    "token": lambda send: send.token is not None,
    "SigV4": lambda send: send.sign is not None and send.sign.scheme == "sigv4",
    "signature": lambda send: any(map(_DIGEST.search, _texts(attrs.asdict(send)))),
    "basic": lambda send: bool(send.basic),
    "bearer": lambda send: send.bearer is not None,
    "header": lambda send: named("cfg", send.headers) or "Authorization" in send.headers,
    "field": lambda send: named("cfg", _fields(send)),
    "URL": lambda send: named("cfg", [send.url, *send.urls]),
}


def _fields(send: SendTable) -> list[Any]:
    return [send.query, send.form, send.json, send.xml, send.body]


def named(root: str, written: Any) -> bool:
    """Whether an expression in it, as deep as it goes, names `root.…`."""
    return any(re.search(rf"\b{root}\.", each) for each in _texts(written))


def _texts(written: Any) -> Iterator[str]:
    match written:
        case str():
            yield written
        case dict():
            yield from (text for each in written.values() for text in _texts(each))
        case list() | tuple():
            yield from (text for each in written for text in _texts(each))

"""Runs a profile's [[test]] cases against it: each difference in words, for whoever writes one.

Nothing is sent anywhere. A request is made, an answer read, a webhook heard, as
the gateway would; credentials a case does not give are made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from chanserv.errors import BadField
from chanserv.message import Coding
from chanserv.profiles import requests
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.hooks import Heard, Hook, News, Told, listen
from chanserv.profiles.profile import Profile
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Asked, Request
from chanserv.profiles.trees import Tree, fields, tree
from chanserv.profiles.verify.signing import PUBLIC, signed
from chanserv.text.cutting import Cutting
from chanserv.text.parts import cut

HOOKS = "https://gw.example/hook/link/secret/"
CHECKED = ("query", "form", "json")


def tried(profile: Profile, case: CaseTest) -> list[str]:
    """What is not as the case says; empty: all is."""
    try:
        return list(_sent(profile, case) if case.kind == "send" else _heard(profile, case))
    except BadField as fault:
        return [str(fault)]


def cfg(profile: Profile, case: CaseTest) -> dict[str, str]:
    """The account's: what the case gives, and for what is lacking then, the key itself in capitals."""
    return profile.cfg({**{key: key.upper() for key in profile.lacks(case.cfg)}, **case.cfg})


def ours(profile: Profile, case: CaseTest) -> dict[str, Tree]:
    """What [send] may name, for the part of a case."""
    return {
        "text": case.text, "to": case.to, "from": case.sender, "id": case.id, "message": "1", "part": 1,
        "gsm7": cut(case.text, "exact", 1)[0] is Coding.GSM7,
        "reply": False, "channel": "channel", "validity": 86400, "now": case.now,
        "nonce": case.nonce, "token": "TOKEN", "cfg": cfg(profile, case),
        "hook": {path: HOOKS + path for path in profile.paths},
    }  # fmt: skip


def _sent(profile: Profile, case: CaseTest) -> Iterator[str]:
    if profile.send is None:
        yield "the profile sends nothing"
        return
    yield from request_differs(profile.send.request(ours(profile, case)), case)
    _, slices = cut(case.text, "exact", 1, Cutting(text=profile.split))
    if case.parts is not None and len(slices) != case.parts:
        yield f"it is {len(slices)} requests, not {case.parts}"
    if case.status is not None:
        headers = {"content-type": case.type} if case.type else {}
        answered = Answered(status=case.status, headers=headers, body=(case.reply or "").encode())
        said = profile.replies.read(answered, cfg(profile, case))
        id = [said.id, *said.more] if said.more else said.id
        found = {"then": said.word, "id": id, "reason": said.reason, "after": said.after}
        yield from differs("the answer's", case.means or {}, found)


def request_differs(request: Request, case: CaseTest) -> Iterator[str]:
    """What of a request is not as the case says. What the case does not name may be anything."""
    parts = urlsplit(request.urls[0])
    if case.method and request.method != case.method:
        yield f"the method is {request.method}, not {case.method}"
    if case.url and (bare := parts._replace(query="").geturl()) != case.url:
        yield f"the URL is {bare}, not {case.url}"
    headers = {name.lower(): value for name, value in request.headers}
    yield from differs("header", {name.lower(): value for name, value in case.headers.items()}, headers)
    for key in CHECKED:
        wanted = getattr(case, key)
        if wanted is not None:
            found = parts.query if key == "query" else request.body
            yield from _tree_differs(key, wanted, found)
    for key in ("xml", "body"):
        wanted = getattr(case, key)
        if wanted is not None and request.body != wanted.encode():
            yield f"the body is {request.body.decode('utf-8', 'replace')}, not {wanted}"


def _tree_differs(key: str, wanted: Any, found: str | bytes) -> Iterator[str]:
    if isinstance(wanted, str):
        text = found if isinstance(found, str) else found.decode("utf-8", "replace")
        if text != wanted:
            yield f"{key} is {text}, not {wanted}"
        return
    try:
        is_tree = fields(found) if isinstance(found, str) else tree(key, found)
    except BadField as fault:
        yield f"{key}: {fault}"
        return
    if isinstance(wanted, dict) and isinstance(is_tree, dict):
        yield from differs(key, wanted, is_tree)
    elif wanted != is_tree:
        yield f"{key} is {is_tree!r}, not {wanted!r}"


def differs(what: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """Each key that is wanted; an empty text: it must not be there, or be empty."""
    for name, value in wanted.items():
        is_value = found.get(name)
        if is_value != value and not (value == "" and is_value is None):
            yield f"{what} {name} is {is_value!r}, not {value!r}"


def asked(case: CaseTest, url: str = HOOKS) -> Asked:
    """The webhook of a case. `url`: what stands before its path."""
    query = case.query.encode().decode("latin-1") if isinstance(case.query, str) else requests.form(case.query or {})
    body, content_type = _body(case)
    headers = {name.lower(): value for name, value in case.headers.items()}
    if content_type:
        headers.setdefault("content-type", content_type)
    method, url = case.method or ("POST" if body else "GET"), requests.with_query(url + case.hook_path, query)
    return Asked(method=method, url=url, query=query, headers=headers, body=body)


def _body(case: CaseTest) -> tuple[bytes, str]:
    for kind in ("form", "json", "xml", "body"):
        value = getattr(case, kind)
        if value is not None:
            octets = value.encode() if isinstance(value, str) else requests.body(kind, value)
            return octets, case.type or requests.TYPES[kind]
    return b"", ""


def _heard(profile: Profile, case: CaseTest) -> Iterator[str]:
    one, given = asked(case), cfg(profile, case)
    hooks = profile.at(case.hook_path)
    if case.signed:
        given = {**given, **{key: PUBLIC for key in given if key == "public_key"}}
        one = signed(profile.guard, one, given, case.now)
    if case.signed or case.refused:
        why = profile.guard.judge(one, given, case.now)
        if bool(why) != bool(case.refused) or case.refused not in str(why):
            yield f"its signature is told {str(why) or 'good'!r}, not {case.refused or 'good'!r}"
        if why:
            return
    news = listen(hooks, one, given)
    yield from _answer_differs(profile, hooks, one, given, case)
    wanted = case.means if isinstance(case.means, list) else [case.means or {}]
    told = [_told(each) for each in news]
    if len(told) != len(wanted) and wanted != [{}]:
        yield f"{len(told)} things are told, not {len(wanted)}: {told}"
    for number, (each, is_told) in enumerate(zip(wanted, told, strict=False), 1):
        yield from differs(f"news {number}:", each, is_told)


def _answer_differs(
    profile: Profile, hooks: Sequence[Hook], one: Asked, given: Mapping[str, str], case: CaseTest
) -> Iterator[str]:
    answer = profile.answered_by(hooks)
    found = {"status": answer.status, "type": answer.type, "reply": answer.written(one, given).decode()}
    for key, value in found.items():
        wanted = getattr(case, key)
        if wanted is not None and not (key == "type" and case.reply is None) and wanted != value:
            yield f"the answer's {key} is {value!r}, not {wanted!r}"


def _told(news: News) -> dict[str, Any]:
    match news:
        case Heard():
            return {
                "from": news.sender, "to": news.to, "text": news.text, "id": news.id, "at": news.at,
                "stop": news.stop, "part": list(news.segment) if news.segment else None,
            }  # fmt: skip
        case Told():
            status = news.status.value if news.status else "ignored"
            return {
                "ours": news.ours, "id": news.id, "status": status, "reason": news.reason, "to": news.to,
                "at": news.at, "stop": news.stop,
            }  # fmt: skip
        case _:
            return {"ignored": news.why}

"""A profile of what `chanserv profile new` was told, as TOML, with [[test]] cases that say the same in examples."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from chanserv.profiles.filters import text
from chanserv.profiles.paths import look, put, steps
from chanserv.profiles.trees import sniff, tree
from chanserv.toml.writing import written as _toml

NO = "no"
TO, SENDER, TEXT, ID = "+12065550111", "+12065550100", "Hi", "abc1"


@attrs.frozen(kw_only=True)
class StatusFields:
    """Of its status webhook: names of fields, and words."""

    kind: str
    id: str
    status: str
    delivered: tuple[str, ...]
    failed: tuple[str, ...]
    sent: tuple[str, ...]
    ours: str  # "no": there is no such field


@attrs.frozen(kw_only=True)
class MoFields:
    """Of its webhook for texts of handsets; "no": there is no such field."""

    kind: str
    sender: str
    to: str
    text: str
    id: str


@attrs.frozen(kw_only=True)
class Given:
    """What a person has told. Fields that are "no" are none."""

    name: str
    title: str
    regions: tuple[str, ...]
    url: str
    kind: str  # json, form, query
    auth: str  # basic, bearer, header, field, none
    auth_name: str
    to: str
    text: str
    sender: str
    plus: bool
    ours: str
    callback: str
    reply: str
    reply_id: str
    status: StatusFields | None
    mo: MoFields | None

    def toml(self) -> str:
        """The whole file."""
        return "\n".join((*self._about(), *self._send(), *self._hooks(), *self._cases())) + "\n"

    def _about(self) -> Iterator[str]:
        needs = _NEEDS[self.auth]
        yield "[profile]"
        yield f"title = {_toml(self.title)}"
        yield f"regions = {_toml(list(self.regions))}"
        yield 'source = ["chanserv profile new; name the pages of the documentation here"]'
        yield 'confidence = "low"'
        if needs:
            yield f"needs = {_toml(needs)}"
        if self.status is None:
            yield 'receipts = "none"'

    def _send(self) -> Iterator[str]:
        plain = "{to}" if self.plus else "{to|noplus}"
        sender = "{from}" if self.plus else "{from|noplus}"
        yield ""
        yield "[send]"
        yield f"url = {_toml(self.url)}"
        yield from _AUTH[self.auth](self.auth_name)
        fields = self._fields(plain, sender, "{text}", "{id}", "{hook.status}", "{cfg.api_key}")
        yield f"{self.kind} = {_toml(fields)}"
        if self.reply_id:
            yield ""
            yield "[send.reply]"
            yield f"id = {_toml(self.reply_id)}"

    def _fields(self, to: str, sender: str, text: str, ours: str, callback: str, key: str) -> dict[str, Any]:
        pairs = [(self.to, to), (self.sender, sender), (self.text, text), (self.ours, ours)]
        pairs += [(self.callback, callback)] if self.status else []
        pairs += [(self.auth_name, key)] if self.auth == "field" else []
        return _tree(self.kind, {name: value for name, value in pairs if name != NO})

    def _hooks(self) -> Iterator[str]:
        plus = "" if self.plus else "|plus"
        if self.status:
            keys = {"id": self.status.id, "status": self.status.status}
            if self.status.ours != NO:
                keys["ours"] = self.status.ours
            yield from ("", "[[hook]]", 'kind = "status"', f"when = {_toml(self.status.status)}")
            yield from (f"{name} = {_toml(field)}" for name, field in keys.items())
            words = {name: list(getattr(self.status, name)) for name in ("sent", "delivered", "failed")}
            yield f"map = {_toml({name: each for name, each in words.items() if each})}"
        if self.mo:
            named = {"from": self.mo.sender + plus, "to": self.mo.to, "text": self.mo.text, "id": self.mo.id}
            yield from ("", "[[hook]]", 'kind = "mo"', f"when = {_toml(self.mo.sender)}")
            yield from (f"{name} = {_toml(field)}" for name, field in named.items() if field != NO)

    def _cases(self) -> Iterator[str]:
        number = TO if self.plus else TO[1:]
        yield from self._send_case(number, SENDER if self.plus else SENDER[1:])
        if self.status:
            for word in ("delivered", "failed", "sent"):
                for told in getattr(self.status, word)[:1]:
                    yield from self._status_case(self.status, word, told)
        if self.mo:
            values = {self.mo.sender: number, self.mo.to: "2020", self.mo.text: "Yes", self.mo.id: "in1"}
            means = {"from": TO, "to": "2020", "text": "Yes", "id": "in1"}
            for key in ("to", "id"):
                if getattr(self.mo, key) == NO:
                    del means[key]
            fields = _tree(self.mo.kind, {name: value for name, value in values.items() if name != NO})
            yield from _case("a text of a handset", "mo", self.mo.kind, fields, means)

    def _send_case(self, to: str, sender: str) -> Iterator[str]:
        hook = "https://gw.example/hook/link/secret/status"
        fields = self._fields(to, sender, TEXT, "<id>", hook, "K")
        cfg = {key: _MADE_UP[key] for key in _NEEDS[self.auth]}
        yield from ("", "[[test]]", 'what = "a text"', f"cfg = {_toml(cfg)}")
        yield from (f"to = {_toml(TO)}", f"from = {_toml(SENDER)}", f"text = {_toml(TEXT)}")
        yield from ('method = "POST"', f"url = {_toml(self.url)}")
        if headers := _HEADERS[self.auth](self.auth_name):
            yield f"headers = {_toml(headers)}"
        yield f"{self.kind} = {_toml(fields)}"
        yield from ("status = 200", f"reply = {_toml(self.reply)}")
        yield f"means = {_toml({'then': 'accepted', 'id': _found(self.reply, self.reply_id)})}"

    def _status_case(self, status: StatusFields, word: str, told: str) -> Iterator[str]:
        values, means = {status.id: ID, status.status: told}, {"id": ID, "status": word}
        if status.ours != NO:
            values[status.ours] = means["ours"] = "<id>"
        yield from _case(word, "status", status.kind, _tree(status.kind, values), means)


_NEEDS: Mapping[str, dict[str, str]] = {
    "basic": {"username": "User name", "password": "Password"},
    "bearer": {"token": "Token of its API"},
    "header": {"api_key": "Key of its API"},
    "field": {"api_key": "Key of its API"},
    "none": {},
}
_MADE_UP = {"username": "u", "password": "p", "token": "T", "api_key": "K"}
_AUTH = {
    "basic": lambda name: ['basic = ["{cfg.username}", "{cfg.password}"]'],
    "bearer": lambda name: ['bearer = "{cfg.token}"'],
    "header": lambda name: [f"headers = {_toml({name: '{cfg.api_key}'})}"],
    "field": lambda name: [],
    "none": lambda name: [],
}
_HEADERS = {
    "basic": lambda name: {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()},
    "bearer": lambda name: {"Authorization": "Bearer T"},
    "header": lambda name: {name: "K"},
    "field": lambda name: {},
    "none": lambda name: {},
}


def _case(what: str, kind: str, body: str, fields: Mapping[str, Any], means: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "[[test]]", f"what = {_toml(what)}", f'kind = "{kind}"')
    yield f"{body} = {_toml(fields)}"
    yield f"means = {_toml(means)}"


def _tree(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """`messages.0.to` of JSON as what it names; a form's names are what they are."""
    if kind != "json":
        return dict(fields)
    root: dict[str, Any] = {}
    for path, value in fields.items():
        put(root, steps(path), value)
    return _listed(root)  # type: ignore[no-any-return] # its root has names


def _listed(tree: Any, root: bool = True) -> Any:
    """Tables whose keys are numbers are lists."""
    if not isinstance(tree, dict):
        return tree
    values = {key: _listed(value, False) for key, value in tree.items()}
    return list(values.values()) if not root and all(key.isdecimal() for key in values) else values


def _found(reply: str, path: str) -> str:
    """What the profile will find in the example."""
    return text(look(tree(sniff("", reply.encode()), reply.encode()), steps(path))).strip() if path else ""

"""A part into the request that hands it over, as [send] of a profile says.

Everything is compiled once; what cannot be is a fault of the profile. The same
makes the request for a token. Answers, accounts and connections are not known
here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import attrs

from chanserv.errors import BadField
from chanserv.profiles import requests, sigv4, templates
from chanserv.profiles.expressions import Names, Scope, roots
from chanserv.profiles.filters import octets, text
from chanserv.profiles.requests import Request
from chanserv.profiles.shape import SendTable, SignTable, TokenTable
from chanserv.profiles.templates import OUT, Made
from chanserv.profiles.trees import Tree

BODIES = ("form", "json", "xml", "body")
CONNECTIONS = ("connection", "content-length", "host", "transfer-encoding")  # headers that are not a profile's
SIGNED = ("method", "url", "uri", "host", "port", "body")

Fault = Callable[..., None]  # fault(error, *keys): what is wrong with the key


def in_url(expression: str) -> templates.Escape:
    """What the operator or we have written, and nobody else, is part of the URL as it stands."""
    named = roots(expression)
    return text if named and named <= {"cfg", "hook"} else _percent


def _percent(value: Tree) -> str:
    return quote(octets(value), safe="")


def in_xml(expression: str) -> templates.Escape:
    return _entities


def _entities(value: Tree) -> str:
    return escape(requests.fit_for_xml(text(value)), {'"': "&quot;", "'": "&apos;"})


@attrs.frozen
class Sending:
    """Makes requests of scopes."""

    method: str
    urls: tuple[Made, ...]
    lets: Mapping[str, Made]
    query: Made
    kind: str  # of the body; empty: none
    body: Made
    type: str
    headers: Mapping[str, Made]
    signs: Mapping[str, Made]
    signed_headers: Mapping[str, Made]
    scheme: sigv4.Scheme | None

    def request(self, ours: Mapping[str, Tree]) -> Request:
        """Raises BadField if no request can be made of these values."""
        scope = _with(Scope(ours), self.lets)
        query = requests.form(self.query(scope) or {}, space="%20")
        urls = tuple(requests.with_query(_url(made(scope)), query) for made in self.urls)
        content = self.body(scope) if self.kind else OUT
        headers = _headers(self.headers, scope)
        if content is not OUT and not any(name.lower() == "content-type" for name, _ in headers):
            headers.insert(0, ("Content-Type", self.type))
        body = b"" if content is OUT else requests.body(self.kind, content)
        return self._signed(scope, Request(self.method, urls, tuple(headers), body))

    def _signed(self, scope: Scope, request: Request) -> Request:
        if not self.signs and not self.signed_headers and self.scheme is None:
            return request
        url = request.urls[0]
        over = {"method": request.method, "url": url, "body": request.body, **requests.target(url)}
        scope = _with(Scope({**scope.ours, **over}), self.signs)
        headers = (*request.headers, *_headers(self.signed_headers, scope))
        if self.scheme is not None:
            headers = (*headers, *self.scheme.headers(scope, attrs.evolve(request, headers=headers)))
        return attrs.evolve(request, headers=headers)


def _with(scope: Scope, lets: Mapping[str, Made]) -> Scope:
    ours = dict(scope.ours)
    for name, made in lets.items():
        value = made(Scope(ours))
        ours[name] = None if value is OUT else value
    return Scope(ours)


def _url(made: Any) -> str:
    url = text(made)
    if not requests.sound(url):
        raise BadField("what came out is no URL")
    return url


def _headers(made: Mapping[str, Made], scope: Scope) -> list[tuple[str, str]]:
    values = ((name, one(scope)) for name, one in made.items())
    return [requests.header(name, value) for name, value in values if value is not OUT]


class Compiler:
    """Reads [send] or [send.token]; `fault` is told what is wrong, and where."""

    def __init__(self, names: Names, fault: Fault) -> None:
        self._names = names
        self._fault = fault

    def sending(self, table: SendTable | TokenTable) -> Sending:
        lets = self._lets(getattr(table, "let", {}), "let")
        kind, body = self._body(table)
        sign = getattr(table, "sign", None) or SignTable()
        if not _token(table.method):
            self._fault("is no method", "method")
        return Sending(
            method=table.method.upper(),
            urls=self._urls(table),
            lets=lets,
            query=self._entries(table.query or {}, "query"),
            kind=kind,
            body=body,
            type=getattr(table, "type", None) or requests.TYPES.get(kind, ""),
            headers={**self._authorization(table), **self._templates(table.headers, "headers")},
            **self._signing(sign),
        )

    def _urls(self, table: SendTable | TokenTable) -> tuple[Made, ...]:
        several = getattr(table, "urls", ())
        if bool(table.url) == bool(several):
            self._fault("there must be url or urls", "url")
            return ()
        given = [(table.url, ("url",))] if table.url else [(url, ("urls",)) for url in several]
        return tuple(self._made(url or "", *keys, escaping=in_url) for url, keys in given)

    def _body(self, table: SendTable | TokenTable) -> tuple[str, Made]:
        given = [kind for kind in BODIES if getattr(table, kind, None) is not None]
        if len(given) > 1:
            self._fault(f"there is {given[0]} already", given[1])
        if not given:
            return "", _nothing
        raw = getattr(table, given[0])
        if given[0] == "form":
            return "form", self._entries(raw, "form")
        if given[0] == "xml":
            return "xml", self._made(raw, "xml", escaping=in_xml)
        return given[0], self._structure(raw, given[0])

    def _authorization(self, table: SendTable | TokenTable) -> dict[str, Made]:
        bearer = getattr(table, "bearer", None)
        if bearer is not None:
            if table.basic:
                self._fault("there is bearer already", "basic")
            return {"Authorization": self._made("Bearer " + bearer, "bearer")}
        if not table.basic:
            return {}
        if len(table.basic) != 2:
            self._fault("must be a user and a password", "basic")
            return {}
        user, password = (self._made(each, "basic") for each in table.basic)
        return {"Authorization": lambda scope: basic(text(user(scope)), text(password(scope)))}

    def _signing(self, sign: SignTable) -> dict[str, Any]:
        within = Compiler(
            Names({**self._names.ours, **dict.fromkeys(SIGNED)}), lambda why, *keys: self._fault(why, "sign", *keys)
        )
        signs = within._lets(sign.let, "let")
        scheme = None
        for key in sigv4.KEYS:
            if bool(getattr(sign, key)) != (sign.scheme == "sigv4"):
                within._fault("sigv4 needs it" if sign.scheme else "is sigv4's alone", key)
        if sign.scheme == "sigv4":
            given = {key: within._made(getattr(sign, key), key) for key in sigv4.KEYS}
            scheme = sigv4.Scheme(**given)
        return {"signs": signs, "signed_headers": within._templates(sign.headers, "headers"), "scheme": scheme}

    def _lets(self, lets: Mapping[str, str], key: str) -> dict[str, Made]:
        """Each may name those before it, and all that follows may."""
        found = dict[str, Made]()
        for name, written in lets.items():
            if name in self._names.ours:
                self._fault("is a name already", key, name)
            found[name] = self._made(written, key, name)
            self._names = Names({**self._names.ours, name: None})
        return found

    def _templates(self, written: Mapping[str, str], key: str) -> dict[str, Made]:
        """Headers."""
        for name in written:
            if not _token(name):
                self._fault(f"{name!r} is no name of a header", key)
            elif name.lower() in CONNECTIONS:
                self._fault("is the connection's own", key, name)
        return {name: self._made(each, key, name) for name, each in written.items()}

    def _made(self, written: str, *keys: str, escaping: templates.Escaping = templates.unescaped) -> Made:
        try:
            return templates.compiled(written, self._names, escaping)
        except ValueError as fault:
            self._fault(str(fault), *keys)
            return _nothing

    def _entries(self, raw: Any, key: str) -> Made:
        if _tabular(raw):
            return self._structure(raw, key)
        self._fault("must be a table", key)
        return _nothing

    def _structure(self, raw: Any, *keys: str) -> Made:
        try:
            return templates.structure(raw, self._names)
        except ValueError as fault:
            self._fault(str(fault), *keys)
            return _nothing


def _nothing(scope: Scope) -> Any:
    return {}


def _tabular(raw: Any) -> bool:
    """A table, or a choice of tables."""
    if not isinstance(raw, dict) or not templates.choice(raw):
        return isinstance(raw, dict)
    return all(_tabular(raw[key]) for key in raw if key != "when")


def _token(name: str) -> bool:
    return bool(name) and all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in name) and name.isascii()


def basic(user: str, password: str) -> str:
    """RFC 7617."""
    return "Basic " + base64.b64encode(octets(f"{user}:{password}")).decode("ascii")

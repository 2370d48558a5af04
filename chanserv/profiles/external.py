"""Requests told as courier's External channels tell them: a URL and a body with {{variables}}, copied from one.

Every variable is written for the place it stands in: percent-encoded in a URL
and in a form, a whole string with its quotes in JSON, with entities in XML. One
pass, unlike courier's: a text that holds {{to}} goes out as it is. Which
variables there are, the settings know; what an answer means, `replies`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import attrs

from chanserv.errors import BadField
from chanserv.profiles import requests
from chanserv.profiles.filters import text
from chanserv.profiles.requests import Request
from chanserv.profiles.trees import Tree
from chanserv.text.numbers import national

TYPES = {"urlencoded": requests.FORM, "json": "application/json", "xml": "text/xml; charset=utf-8"}
_ALL = ("id", "text", "to", "to_no_plus", "from", "from_no_plus", "channel")
BODIES = {  # where an account tells none
    "urlencoded": "&".join(f"{name}={{{{{name}}}}}" for name in _ALL),
    "json": "{" + ",".join(f'"{name}":{{{{{name}}}}}' for name in _ALL) + "}",
}

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_REPLIES = "{{quick_replies}}"  # a text here has none; as courier writes that
_IN_JSON = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_IN_XML = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)  # Go's xml.EscapeText, which courier writes with

Escape = Callable[[str], str]


def variables(template: str) -> set[str]:
    """Those it names."""
    return set(_VARIABLE.findall(template))


def filled(template: str, values: Mapping[str, str], escape: Escape) -> str:
    """The template with its variables written in. Raises KeyError for one that there is not."""
    return _VARIABLE.sub(lambda found: escape(values[found[1]]), template)


def _in_path(value: str) -> str:
    return quote(value, safe="", errors="replace")


def _in_query(value: str) -> str:
    return quote_plus(value, errors="replace")


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_IN_JSON)


def _in_xml(value: str) -> str:
    return requests.fit_for_xml(value).translate(_IN_XML)


def _as_it_is(value: str) -> str:
    return value


ESCAPES: Mapping[str, Escape] = {"urlencoded": _in_query, "json": _in_json, "xml": _in_xml}


@attrs.frozen(kw_only=True)
class External:
    """How one account is asked to send a part."""

    method: str
    url: str
    type: str  # urlencoded, json, xml, or the Content-Type itself
    body: str
    headers: Mapping[str, str]  # templates
    authorization: str = ""  # the whole of that header, unless `headers` has one
    channel: str  # what the other end knows us as
    country: str = ""  # ISO 3166: recipients are written as they are dialled there; empty: in full

    def request(self, ours: Mapping[str, Tree]) -> Request:
        """`ours` as for [send] of a profile. Raises BadField if a header would be two lines, or the URL led up."""
        values = {**self._values(ours), **ours["cfg"]}
        told = {name: filled(value, values, _as_it_is) for name, value in self.headers.items()}
        known = {name.lower() for name in told}
        told |= {name: value for name, value in self._own().items() if value and name.lower() not in known}
        headers = tuple(requests.header(name, value) for name, value in told.items())
        return Request(self.method, (self._url(values),), headers, self.octets(values))

    def _own(self) -> dict[str, str]:
        return {"Content-Type": TYPES.get(self.type, self.type), "Authorization": self.authorization}

    def octets(self, values: Mapping[str, str]) -> bytes:
        """The body's; a GET has none."""
        if self.method == "GET":
            return b""
        template = self.body.replace(_REPLIES, "[]" if self.type == "json" else "")
        return filled(template, values, ESCAPES.get(self.type, _as_it_is)).encode("utf-8", "replace")

    def _url(self, values: Mapping[str, str]) -> str:
        path, mark, query = self.url.replace(_REPLIES, "").partition("?")
        path = filled(path, values, _in_path)
        if requests.climbs(path):
            raise BadField("what came out is no URL")
        return path + mark + filled(query, values, _in_query)

    def _values(self, ours: Mapping[str, Any]) -> dict[str, str]:
        to, sender, id = text(ours["to"]), text(ours["from"]), text(ours["id"])
        to = national(to, self.country) if self.country else to
        return {
            "id": id, "uuid": id, "text": text(ours["text"]), "to": to, "to_no_plus": to.removeprefix("+"),
            "from": sender, "from_no_plus": sender.removeprefix("+"), "channel": self.channel,
            "session_status": "W" if ours["reply"] else "",
        }  # fmt: skip

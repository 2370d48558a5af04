"""Requests as values, and the octets of their bodies: what a profile makes, and what it is asked.

Whoever sends them, and over what, is not known here. A header in which a
profile has put a line break is refused: it would be two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import attrs

from chanserv.errors import BadField
from chanserv.profiles.filters import octets, text

FORM = "application/x-www-form-urlencoded"
TYPES = {"form": FORM, "json": "application/json", "xml": "application/xml; charset=utf-8", "body": "text/plain"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


@attrs.frozen
class Request:
    """One that leaves us. Of several `urls` the next is tried where no connection comes about."""

    method: str
    urls: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes


@attrs.frozen(kw_only=True)
class Asked:
    """One that reaches us. Names of headers are in lower case; `url` is ours as the world knows it, with the query."""

    method: str = "POST"
    url: str = ""
    query: str = ""  # behind the ?, as received, each octet a character
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    ip: str = ""  # who asks


def form(entries: Mapping[str, Any], space: str = "+") -> str:
    """`name=value&…`; a list is its name several times over, octets are written as they are. `space`: how one is."""
    written = quote_plus if space == "+" else _quoted
    pairs = [
        (name, each) for name, value in entries.items() for each in (value if isinstance(value, list) else [value])
    ]
    return "&".join(f"{quote(name, safe='')}={written(octets(value))}" for name, value in pairs)


def _quoted(value: bytes | str) -> str:
    return quote(value, safe="")


def body(kind: str, value: Any) -> bytes:
    """The octets of a body: of form, json, xml or body."""
    match kind:
        case "form":
            return form(value).encode("ascii")
        case "json":
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=text).encode("utf-8", "replace")
        case _:
            return octets(value)


def fit_for_xml(value: str) -> str:
    """With U+FFFD for each character that no XML can hold, however it is written."""
    return _NOT_XML.sub("\ufffd", value)


def with_query(url: str, query: str) -> str:
    """The URL may have a query already."""
    if not query:
        return url
    return url + ("" if url.endswith(("?", "&")) else "&" if "?" in url else "?") + query


def header(name: str, value: Any) -> tuple[str, str]:
    """Raises BadField if it would not be one line, or has what no header may have (RFC 9110, 5.5)."""
    written = octets(value).decode("utf-8", "replace").strip()
    if _CONTROL.search(written):
        raise BadField(f"header {name} would have a line break")
    return name, written


def sound(url: str) -> bool:
    """Is it one of http or https, with a host, that does not climb?"""
    try:
        parts = urlsplit(url)
        there = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    fit = url.startswith(("http://", "https://")) and all(" " < char < "\x7f" for char in url)
    return there and fit and not climbs(parts.path)


def climbs(path: str) -> bool:
    """Is there a step that leads up, or nowhere? Those cannot be escaped."""
    return not {".", ".."}.isdisjoint(path.split("/"))


def target(url: str) -> dict[str, str]:
    """What a signature may be over: uri (path and query), host, port."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return {"uri": uri, "host": parts.hostname or "", "port": str(port)}

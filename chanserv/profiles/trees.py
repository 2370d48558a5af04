"""Bodies of HTTP as trees: dicts, lists and scalars, whatever they were written in.

A form's fields are texts, or lists of texts where a name came more than once.
An element of XML is a dict of its children, of its attributes as "@name" and
of its text as "#"; with neither it is its text alone. Nobody's document type is
read: a DOCTYPE is refused by the parser, so that its entities cannot be used
(https://owasp.org/www-community/vulnerabilities/XML_External_Entity_(XXE)_Processing).
What the fields mean is not known here.
"""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.parsers import expat

from chanserv.errors import BadField
from chanserv.profiles import multipart

Tree = Any  # dict[str, Tree] | list[Tree] | str | int | float | bool | None

DEEPEST = 40  # levels of JSON and XML
MOST_FIELDS = 1_000  # of a form

_ESCAPES = re.compile("(?:%[0-9A-Fa-f]{2}|[^\x00-\x7f])+")


def tree(kind: str, body: bytes, charset: str = "utf-8", content_type: str = "") -> Tree:
    """The tree of a body that is of this kind: json, form, multipart, xml or text. Raises BadField if it is not."""
    return _READERS[kind](body, charset, content_type)


def sniff(content_type: str, body: bytes) -> str:
    """The kind of a body by its Content-Type; senders that are wrong there are wrong in few ways."""
    told = content_type.partition(";")[0].strip().lower()
    if told in _TYPES:
        return _TYPES[told]
    if told.endswith(("+json", "+xml")):
        return told.rpartition("+")[2]
    start = body.removeprefix(BOM_UTF8).lstrip()[:1]
    return {b"{": "json", b"[": "json", b"<": "xml"}.get(start, "text")


def fields(text: str, charset: str = "utf-8") -> dict[str, Tree]:
    """`name=value&…` as a tree, of a body or behind the ? of a URL, each octet a character. Raises BadField."""
    if text.count("&") >= MOST_FIELDS:
        raise BadField(f"more than {MOST_FIELDS} fields")
    pairs = [each.replace("+", " ").partition("=") for each in text.split("&") if each]
    return _gathered([(_unescaped(name, charset), _unescaped(value, charset)) for name, _, value in pairs])


def _unescaped(text: str, charset: str) -> str:
    """What is written as an escape, or is no ASCII, is octets of the charset; a % that begins no escape is a %."""
    return _ESCAPES.sub(lambda found: unquote_to_bytes(_octets(found[0])).decode(charset, "replace"), text)


def _octets(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")  # no octets, but somebody's text


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, Tree]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _json(body: bytes, charset: str, content_type: str) -> Tree:
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_float)
    except (ValueError, RecursionError) as fault:
        raise BadField(f"not JSON: {type(fault).__name__}") from None
    if _deep(found):
        raise BadField("JSON too deep")
    return found


def _no_number(name: str) -> Tree:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's (RFC 8259, 6)


def _float(written: str) -> float | None:
    found = float(written)
    return found if math.isfinite(found) else None


def _deep(found: Tree) -> bool:
    """So much that to write it again could fail?"""
    level = [found]
    for _ in range(DEEPEST + 1):
        nested = [node for node in level if isinstance(node, dict | list)]
        if not nested:
            return False
        level = [inner for node in nested for inner in (node.values() if isinstance(node, dict) else node)]
    return True


def _form(body: bytes, charset: str, content_type: str) -> Tree:
    return fields(body.decode("latin-1"), charset)


def _multipart(body: bytes, charset: str, content_type: str) -> Tree:
    """What looks like a file is a text all the same."""
    pairs = multipart.pairs(body, content_type, MOST_FIELDS)
    return _gathered([(name.decode("utf-8", "replace"), value.decode(charset, "replace")) for name, value in pairs])


def _text(body: bytes, charset: str, content_type: str) -> Tree:
    return body.decode(charset, "replace")


class _Element:
    """One that is open."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = _local(name)
        self.content: dict[str, Tree] = {"@" + _local(key): value for key, value in attributes.items()}
        self.text: list[str] = []

    def add(self, name: str, value: Tree) -> None:
        if name not in self.content:
            self.content[name] = value
        elif isinstance(self.content[name], list):
            self.content[name].append(value)
        else:
            self.content[name] = [self.content[name], value]

    def closed(self) -> Tree:
        text = "".join(self.text).strip()
        return {**self.content, "#": text} if self.content else text


def _local(name: str) -> str:
    """Without its prefix: which one a sender chose says nothing."""
    return name.rpartition(":")[2]


def _xml(body: bytes, charset: str, content_type: str) -> Tree:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    stack = [_Element("", {})]

    def opened(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > DEEPEST:
            raise BadField("XML too deep")
        stack.append(_Element(name, attributes))

    def closed(name: str) -> None:
        element = stack.pop()
        stack[-1].add(element.name, element.closed())

    def doctype(*whatever: object) -> None:
        raise BadField("XML with a document type")

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.CharacterDataHandler = lambda text: stack[-1].text.append(text)
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as fault:
        raise BadField(f"not XML: {type(fault).__name__}") from None
    return stack[0].content


_READERS: dict[str, Callable[[bytes, str, str], Tree]] = {
    "json": _json,
    "form": _form,
    "multipart": _multipart,
    "xml": _xml,
    "text": _text,
}
_TYPES = {
    "application/json": "json",
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
    "application/xml": "xml",
    "text/xml": "xml",
}

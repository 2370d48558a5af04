"""What an HTTP request or answer holds, as single values, each of which can be put in another's stead.

Values are octets as they were before they were quoted. Where a value stands is
a `Place`; which one means what, is not known here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit
from xml.sax.saxutils import escape, unescape

import attrs

from chanserv.profiles.requests import Request
from chanserv.profiles.trees import sniff

Place = tuple[str | int, ...]  # such as ("form", "To", 0), ("json", "messages", 0, "to")
Pairs = tuple[tuple[str, bytes], ...]

# Values of a body that is no form and no JSON: between tags and in attributes; between boundaries; all of it.
_SPANS = {
    "xml": re.compile(rb'(?<=>)[^<>]+(?=<)|(?<==")[^"<>]*(?=")'),
    "multipart": re.compile(rb"(?<=\r\n\r\n).*?(?=\r\n--)|(?<=\n\n).*?(?=\n--)", re.DOTALL),
    "text": re.compile(rb".+", re.DOTALL),
}


@attrs.frozen(kw_only=True)
class Sheet:
    """A query, and a body of one kind."""

    segments: tuple[str, ...] = ()  # of the path, quoted
    query: Pairs = ()
    kind: str = "text"
    form: Pairs = ()
    json: Any = None
    octets: bytes = b""

    def leaves(self) -> dict[Place, bytes]:
        """Every value, by its place. Segments of a path are counted from its end."""
        found: dict[Place, bytes] = {}
        for number, segment in enumerate(reversed(self.segments), 1):
            found["path", number] = unquote_to_bytes(segment)
        found.update({("query", *seat): value for seat, value in _seats(self.query)})
        found.update({("form", *seat): value for seat, value in _seats(self.form)})
        found.update(_tree_leaves(self.json, ("json",)) if self.kind == "json" else ())
        found.update({(self.kind, number): value for number, value in enumerate(self._spans())})
        return found

    def put(self, place: Place, value: bytes) -> Sheet:
        """With this value there. Raises UnicodeDecodeError where only text can stand."""
        match place:
            case ("query", *seat):
                return attrs.evolve(self, query=_put_pair(self.query, tuple(seat), value))
            case ("form", *seat):
                return attrs.evolve(self, form=_put_pair(self.form, tuple(seat), value))
            case ("json", *way):
                return attrs.evolve(self, json=_put(self.json, way, value.decode()))
            case (str(kind), int(number)) if kind in _SPANS:
                return attrs.evolve(self, octets=self._put_span(number, value))
        raise KeyError(place)

    def body(self) -> bytes:
        """As octets again."""
        match self.kind:
            case "form":
                return written(self.form).encode()
            case "json":
                return json.dumps(self.json, ensure_ascii=False, separators=(",", ":")).encode()
            case _:
                return self.octets

    def _spans(self) -> Iterator[bytes]:
        if self.kind in _SPANS:
            values = (match[0] for match in _SPANS[self.kind].finditer(self.octets))
            yield from (_unescaped(value) if self.kind == "xml" else value for value in values)

    def _put_span(self, number: int, value: bytes) -> bytes:
        match = list(_SPANS[self.kind].finditer(self.octets))[number]
        new = escape(value.decode(), {'"': "&quot;"}).encode() if self.kind == "xml" else value
        return self.octets[: match.start()] + new + self.octets[match.end() :]


def sheet(url: str, body: bytes, headers: Mapping[str, str], parse: str | None = None) -> Sheet:
    """Of a request; of an answer, with an empty URL. `parse`: its kind, where it does not tell. Never fails."""
    parts = urlsplit(url)
    kind = parse or sniff(headers.get("content-type", ""), body)
    content: dict[str, Any] = {"octets": body}
    if kind == "form":
        content = {"form": pairs(body.decode("latin-1"))}
    elif kind == "json":
        try:
            content = {"json": json.loads(body)}
        except (ValueError, RecursionError):
            kind = "text"
    segments = tuple(segment for segment in parts.path.split("/") if segment)
    return Sheet(segments=segments, query=pairs(parts.query), kind=kind, **content)


def page(request: Request) -> Sheet:
    """Of a request of ours, its first URL."""
    return sheet(request.urls[0], request.body, {name.lower(): value for name, value in request.headers})


def pairs(text: str) -> Pairs:
    """`name=value&…`, values unquoted."""
    found = (each.partition("=") for each in text.split("&") if each)
    return tuple(
        (unquote_to_bytes(name.replace("+", " ")).decode("utf-8", "replace"), unquote_to_bytes(value.replace("+", " ")))
        for name, _, value in found
    )


def written(given: Pairs) -> str:
    """The same as text."""
    return "&".join(f"{_quoted(name.encode())}={_quoted(value)}" for name, value in given)


def _seats(given: Pairs) -> Iterator[tuple[Place, bytes]]:
    """By name, whatever their order; and of one name several."""
    counted: Counter[str] = Counter()
    for name, value in given:
        yield (name, counted[name]), value
        counted[name] += 1


def _put_pair(given: Pairs, seat: Place, value: bytes) -> Pairs:
    seats = zip(given, _seats(given), strict=True)
    return tuple((name, value if each == seat else old) for (name, old), (each, _) in seats)


def _quoted(octets: bytes) -> str:
    return quote_from_bytes(octets, safe=" ").replace(" ", "+")


def _unescaped(value: bytes) -> bytes:
    return unescape(value.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"}).encode()


def _tree_leaves(tree: Any, place: Place) -> Iterator[tuple[Place, bytes]]:
    match tree:
        case dict():
            for key, value in tree.items():
                yield from _tree_leaves(value, (*place, key))
        case list():
            for number, value in enumerate(tree):
                yield from _tree_leaves(value, (*place, number))
        case None | bool():
            pass
        case _:
            yield place, str(tree).encode("utf-8", "replace")


def _put(tree: Any, way: list[str | int], value: str) -> Any:
    """A number stays one, if it can."""
    if not way:
        return int(value) if isinstance(tree, int) and value.isascii() and value.isdecimal() else value
    copy = tree.copy()
    copy[way[0]] = _put(tree[way[0]], way[1:], value)
    return copy

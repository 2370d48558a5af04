"""multipart/form-data (RFC 7578) as names and values, in one pass: no part has parts of its own, none is in base64.

The email package reads everything mail may be, and for 64 KiB of semicolons
takes five seconds. What the fields mean is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chanserv.errors import BadField

_PARAMETER = re.compile(rb'[^;]*?;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))', re.DOTALL)
_HEAD = re.compile(rb"(?:\A|\n)\r?\n")


def pairs(body: bytes, content_type: str, most: int) -> list[tuple[bytes, bytes]]:
    """name and value of each field. Raises BadField if there is none, or more than `most`."""
    boundary = _parameters(content_type.encode("utf-8", "replace")).get(b"boundary")
    if not boundary:
        raise BadField("multipart without a boundary")
    lines = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(?=--|[ \t]*(?:\r?\n|\Z))")
    parts = lines.split(body, most + 2)[1:]
    if len(parts) > most + 1:
        raise BadField(f"more than {most} fields")
    found = list(_fields(parts))
    if not found:
        raise BadField("not multipart/form-data")
    return found


def _fields(parts: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for part in parts:
        if part.startswith(b"--"):
            return
        inner = part.partition(b"\n")[2]
        end = _HEAD.search(inner)
        name = _name(inner[: end.start()]) if end else b""
        if end and name:
            yield name, inner[end.end() :]


def _name(head: bytes) -> bytes:
    for line in head.split(b"\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == b"content-disposition":
            return _parameters(value).get(b"name", b"")
    return b""


def _parameters(value: bytes) -> dict[bytes, bytes]:
    """Those of a header, as far as it can be read."""
    found, at = dict[bytes, bytes](), 0
    while match := _PARAMETER.match(value, at):
        name, quoted, bare = match.groups()
        found.setdefault(name.lower(), bare if quoted is None else re.sub(rb'\\(["\\])', rb"\1", quoted))
        at = match.end()
    return found

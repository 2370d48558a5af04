"""How senders may have written a value: candidates, of which the profile that reads them shows the right one.

A text may be in another charset, in base64 or in hexadecimal; a number without
its + or without its country; an instant in any of the field's formats. An id
that is fresh looks like the one that it replaces.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

DATES = (
    "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
    "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d%m%Y%H%M%S",
)  # fmt: skip
NUMBERS = ("from", "to")

Write = Callable[[str], bytes]
Read = Callable[[bytes], str]

_WRITERS: tuple[Write, ...] = (
    str.encode,
    lambda text: text.encode("latin-1"),
    lambda text: text.encode("utf-16-be"),
    lambda text: base64.b64encode(text.encode()),
    lambda text: text.encode("utf-16-be").hex().encode(),
    lambda text: text.encode("utf-16-be").hex().upper().encode(),
    lambda text: text.encode().hex().encode(),
    lambda text: quote(text).encode(),
    lambda text: quote(text, encoding="latin-1", errors="strict").encode(),
    lambda text: quote(text.encode("utf-16-be")).encode(),
    lambda text: json.dumps(text)[1:-1].encode(),
)
READERS: tuple[Read, ...] = (
    lambda octets: octets.decode(),
    lambda octets: octets.decode("utf-16-be"),
    lambda octets: octets.decode("latin-1"),
    lambda octets: bytes.fromhex(octets.decode()).decode("utf-16-be"),
    lambda octets: bytes.fromhex(octets.decode()).decode(),
    lambda octets: base64.b64decode(octets, validate=True).decode(),
    lambda octets: base64.b64decode(octets + b"=" * (-len(octets) % 4), b"-_", validate=True).decode(),
)
"""Octets to texts; each raises ValueError where it does not fit."""


def _date(form: str) -> Callable[[float], bytes]:
    return lambda at: datetime.fromtimestamp(at, UTC).strftime(form).encode()


INSTANTS: tuple[Callable[[float], bytes], ...] = (
    lambda at: str(int(at)).encode(),
    lambda at: str(int(at * 1000)).encode(),
    *map(_date, DATES),
)
"""Seconds since the epoch, in all formats."""


def spelled(name: str, value: str) -> Iterator[bytes]:
    """Each way, the likeliest first. `name`: from, to, text, id, ours."""
    for written in dict.fromkeys((value, *_numbers(value))) if name in NUMBERS else (value,):
        for write in _WRITERS:
            try:
                yield write(written)
            except UnicodeEncodeError:
                continue


def respelled(name: str, old: str, new: str) -> Iterator[tuple[bytes, bytes]]:
    """The old value and the new, each time written alike."""
    olds, news = (dict.fromkeys((value, *_numbers(value))) if name in NUMBERS else [value] for value in (old, new))
    for one, other in zip(olds, news, strict=False):
        for write in _WRITERS:
            try:
                yield write(one), write(other)
            except UnicodeEncodeError:
                continue


def same(name: str, found: str, wanted: str) -> bool:
    """Is it that value? A number is, with its + or without."""
    if name in NUMBERS:
        return found.lstrip("+") == wanted.lstrip("+")
    return found.strip() == wanted.strip()


def fresh(like: str, number: int) -> str:
    """An id that was not there before: its last digits are this number's."""
    match = re.search(r"\d+(?=\D*$)", like)
    if match is None:
        return f"{like}{number}"
    return f"{like[: match.start()]}{number}{like[match.end() :]}"


def _numbers(value: str) -> Iterator[str]:
    """Without the +, and without the country's digits: one, two or three."""
    if value.startswith("+"):
        yield from (value[cut:] for cut in (1, 2, 3, 4))

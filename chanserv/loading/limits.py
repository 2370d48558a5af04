"""What can be wrong with a single value beyond its type: the sentences that `bounds` and `link_bounds` choose from.

A bound takes a value of the right type and returns what is wrong with it, or
nothing. It never repeats the value, which may be a secret in the wrong line.
Knows no table and no key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.endpoints import serverFromString

from chanserv.settings import Secret
from chanserv.text.numbers import country_known

Bound = Callable[[Any], str]

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset({"host", "connection", "content-length", "content-type", "transfer-encoding"})
_HOST = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^\s:\[\]/]+):([0-9]{1,5})")

TEN_YEARS = 10 * 365 * 86400


def above_zero(value: float) -> str:
    return "" if value > 0 else "must be above 0"


def not_negative(value: float) -> str:
    return "" if value >= 0 else "must not be negative"


def validity(value: float) -> str:
    """What carriers are told as a date: one beyond the calendar would be an error with every part of every text."""
    return "" if 0 < value <= TEN_YEARS else f"must be above 0 and at most {TEN_YEARS}, ten years"


def between(low: float, high: float) -> Bound:
    return lambda value: "" if low <= value <= high else f"must be from {low} to {high}"


def not_empty(value: str | tuple[object, ...]) -> str:
    return "" if value else "is empty"


def uuid(value: str) -> str:
    return "" if _UUID.fullmatch(value) else "is not a UUID"


def country(value: str) -> str:
    if not re.fullmatch("[A-Z]{2}", value):
        return 'must be an ISO 3166 code of two capitals, such as "BR"'
    return "" if country_known(value) else "is no country whose numbers are known (ISO 3166)"


def readable(path: str) -> bool:
    """Is it a file that we may read? A device or a pipe has no end, and what has a NUL in its name is nowhere."""
    return os.path.isfile(path) and os.access(path, os.R_OK)


def url(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        return "must be a URL that begins with http:// or https://"
    if "@" in parts.netloc:
        return "must hold no user and password: it is shown to whoever checks these settings"
    return "must end before ? and #" if parts.query or parts.fragment else ""


def template_url(value: str) -> str:
    """A URL whose host no text can choose: variables stand behind it."""
    host = re.match(r"https?://[^/?#]*", value)
    if host is None or "{{" in host[0]:
        return "must begin with http:// or https:// and a host without variables"
    if any(char.isspace() for char in value) or "#" in value:
        return "must hold no blank and no #"
    return url(host[0])


def variable_names(value: dict[str, Secret]) -> str:
    return "" if all(re.fullmatch(r"\w+", name) for name in value) else "holds a name that is none of a variable"


def header_value(value: str) -> str:
    return "" if value and value.isprintable() else "is nothing that a header can say"


def headers(value: dict[str, str]) -> str:
    """What every post can carry (RFC 9110, 5.5 and 5.6.2); the rest would make each of them fail."""
    if not all(_TOKEN.fullmatch(name) for name in value):
        return "holds a name that no header can have"
    if not all(text.isprintable() for text in value.values()):
        return "holds a value with a line end or another control character"
    ours = sorted(_OURS.intersection(name.lower() for name in value))
    return f"must leave {', '.join(ours)} to us" if ours else ""


def host(value: str) -> str:
    match = _HOST.fullmatch(value)
    return "" if match and 0 < int(match[2]) < 65536 else 'must be "host:port"'


def endpoint(value: str) -> str:
    try:
        serverFromString(None, value)
    except Exception as error:  # each kind of endpoint has its own parser, plugins among them
        return f"is no endpoint Twisted can listen on: {type(error).__name__}: {error}"
    port = _port(value)
    return "" if not port or 0 < int(port) < 65536 else "must have a port from 1 to 65535"


def _port(endpoint: str) -> str:
    """Of one that Twisted has read already, `tcp:8080` or `tcp:port=8080`; empty: that kind has none."""
    kind, *fields = re.split(r"(?<!\\):", endpoint)
    named = dict(field.split("=", 1) for field in fields if "=" in field)
    first = next((field for field in fields if "=" not in field), "")
    return named.get("port") or first if kind in ("tcp", "tcp6", "ssl") else ""


def url_word(value: Secret) -> str:
    """Goes into a URL as it is (RFC 3986, 2.3)."""
    return "" if re.fullmatch(r"[A-Za-z0-9._~-]+", value.reveal()) else "may have letters, digits and . _ ~ - only"


def ascii(most: int, standard: str, least: int = 0) -> Bound:
    """ASCII without control characters, of so many characters; `standard` is who says so."""

    def bound(value: str | Secret) -> str:
        text = value.reveal() if isinstance(value, Secret) else value
        if not text.isascii() or not text.isprintable():
            return "must be ASCII"
        if len(text) < least:
            return f"must have at least {least} characters ({standard})"
        return "" if len(text) <= most else f"must have at most {most} characters ({standard})"

    return bound


def digits(least: int, most: int) -> Bound:
    """Decimal digits, so many."""
    count = str(most) if least == most else f"{least} to {most}"
    return lambda value: "" if re.fullmatch(f"[0-9]{{{least},{most}}}", value) else f"must be {count} digits"


def address(value: str) -> str:
    """Of IP: a name would have to be looked up each time, and might not be ours any more."""
    try:
        ip_address(value)
    except ValueError:
        return 'must be an IP address such as "10.1.1.1"'
    return ""


def device(value: str) -> str:
    """What Linux takes for the name of a network device (IFNAMSIZ is 16, with its NUL)."""
    sound = re.fullmatch(r"[!-~]{1,15}", value) and "/" not in value and value not in (".", "..")
    return "" if sound else "is no name of a network device: 1 to 15 characters, no blank and no /"


def path(value: str) -> str:
    return "" if value.startswith("/") else "must be a path that begins with /"


def codes(bound: Bound, number: Callable[[str], int]) -> Bound:
    """Every key of a table fits `bound`, and none is another's `number`; the first that is wrong speaks."""

    def all_fit(table: dict[str, object]) -> str:
        first = dict[int, int]()
        for place, key in enumerate(table, 1):
            what = bound(key)
            if not what and first.setdefault(number(key), place) != place:
                what = f"is that of number {first[number(key)]} too"
            if what:
                return f"key number {place} {what}"
        return ""

    return all_fit


def each(bound: Bound) -> Bound:
    """Not empty, and every one fits `bound`; the first that does not speaks, with its number."""

    def all_fit(values: tuple[object, ...]) -> str:
        wrong = ((number, bound(value)) for number, value in enumerate(values, 1))
        said = next((f"number {number} {what}" for number, what in wrong if what), "")
        return said if values else "is empty"

    return all_fit

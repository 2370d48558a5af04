"""What a single value must be like beyond its type: one table, a line a key.

A bound takes a value of the right type and returns what is wrong with it, or
nothing. It never repeats the value, which may be a secret in the wrong line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.endpoints import serverFromString

from chanserv.settings import (
    ChannelSettings,
    GatewaySettings,
    InboundRule,
    PlatformSettings,
    RouteRule,
    Secret,
    SmppSettings,
)

Bound = Callable[[Any], str]

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset({"host", "connection", "content-length", "content-type", "transfer-encoding"})
_HOST = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^\s:\[\]/]+):([0-9]{1,5})")


def above_zero(value: float) -> str:
    return "" if value > 0 else "must be above 0"


def not_negative(value: float) -> str:
    return "" if value >= 0 else "must not be negative"


def between(low: int, high: int) -> Bound:
    return lambda value: "" if low <= value <= high else f"must be from {low} to {high}"


def not_empty(value: str | tuple[object, ...]) -> str:
    return "" if value else "is empty"


def uuid(value: str) -> str:
    return "" if _UUID.fullmatch(value) else "is not a UUID"


def country(value: str) -> str:
    return "" if re.fullmatch("[A-Z]{2}", value) else 'must be an ISO 3166 code of two capitals, such as "BR"'


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


def octets(most: int) -> Bound:
    """An SMPP C-Octet String of at most `most` octets besides its NUL (SMPP 3.4, 5.2.1 to 5.2.3)."""

    def bound(value: str | Secret) -> str:
        text = value.reveal() if isinstance(value, Secret) else value
        if not text.isascii() or "\0" in text:
            return "must be ASCII"
        return "" if len(text) <= most else f"must have at most {most} characters (SMPP 3.4)"

    return bound


def each(bound: Bound) -> Bound:
    """Not empty, and every one fits `bound`; the first that does not speaks, with its number."""

    def all_fit(values: tuple[object, ...]) -> str:
        wrong = ((number, bound(value)) for number, value in enumerate(values, 1))
        said = next((f"number {number} {what}" for number, what in wrong if what), "")
        return said if values else "is empty"

    return all_fit


BOUNDS: dict[tuple[type, str], Bound] = {
    (GatewaySettings, "data"): not_empty,
    (GatewaySettings, "listen"): each(endpoint),
    (GatewaySettings, "console"): endpoint,
    (GatewaySettings, "repeat_window"): above_zero,
    (GatewaySettings, "further_piece_window"): above_zero,
    (GatewaySettings, "status_after"): not_negative,
    (GatewaySettings, "settle_after"): not_negative,
    (GatewaySettings, "order_hold"): not_negative,
    (GatewaySettings, "join_wait"): above_zero,
    (GatewaySettings, "receipt_wait"): above_zero,
    (GatewaySettings, "orphan_wait"): above_zero,
    (GatewaySettings, "retry_for"): above_zero,
    (GatewaySettings, "queue_limit"): above_zero,
    (GatewaySettings, "retention"): above_zero,
    (PlatformSettings, "url"): url,
    (PlatformSettings, "headers"): headers,
    (PlatformSettings, "timeout"): above_zero,
    (PlatformSettings, "concurrency"): between(1, 1000),
    (ChannelSettings, "uuid"): uuid,
    (ChannelSettings, "address"): not_empty,
    (ChannelSettings, "links"): not_empty,
    (ChannelSettings, "url_secret"): url_word,
    (ChannelSettings, "allow_from"): not_empty,
    (ChannelSettings, "validity"): above_zero,
    (ChannelSettings, "max_parts"): between(1, 255),
    (ChannelSettings, "country"): country,
    (SmppSettings, "hosts"): each(host),
    (SmppSettings, "system_id"): octets(15),
    (SmppSettings, "password"): octets(8),
    (SmppSettings, "system_type"): octets(12),
    (SmppSettings, "window"): between(1, 1000),
    (SmppSettings, "rate"): above_zero,
    (SmppSettings, "enquire_after"): above_zero,
    (SmppSettings, "answer_within"): above_zero,
    (SmppSettings, "bind_within"): above_zero,
    (InboundRule, "keyword"): not_empty,
    (RouteRule, "links"): not_empty,
}

# What is refused for a reason that the list of choices does not tell.
WHY_NOT: dict[tuple[type, str, str], str] = {
    (SmppSettings, "on_unknown", "query"): (
        "an SMSC cannot be asked what became of a submit_sm it never answered, since query_sm wants the id "
        'of that answer (SMPP 3.4, 4.8); use "resend" or "fail"'
    ),
}

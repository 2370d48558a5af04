"""What each key must be like beyond its type: one table, a line a key; those of links and tunnels are in `link_bounds`.

What a class inherits it inherits with its bounds; a bound of its own goes before.
"""

from __future__ import annotations

from chanserv.loading.limits import (
    Bound,
    above_zero,
    between,
    country,
    each,
    endpoint,
    headers,
    not_empty,
    not_negative,
    url,
    url_word,
    uuid,
    validity,
)
from chanserv.loading.link_bounds import LINK_BOUNDS, LINK_WHY_NOT
from chanserv.settings import ChannelSettings, GatewaySettings, InboundRule, PlatformSettings, RouteRule

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
    (GatewaySettings, "public_url"): url,
    (GatewaySettings, "profiles"): not_empty,
    (PlatformSettings, "url"): url,
    (PlatformSettings, "headers"): headers,
    (PlatformSettings, "timeout"): above_zero,
    (PlatformSettings, "concurrency"): between(1, 1000),
    (ChannelSettings, "uuid"): uuid,
    (ChannelSettings, "address"): not_empty,
    (ChannelSettings, "links"): not_empty,
    (ChannelSettings, "url_secret"): url_word,
    (ChannelSettings, "allow_from"): not_empty,
    (ChannelSettings, "validity"): validity,
    (ChannelSettings, "max_parts"): between(1, 255),
    (ChannelSettings, "country"): country,
    (InboundRule, "keyword"): not_empty,
    (RouteRule, "links"): not_empty,
    **LINK_BOUNDS,
}


def bound(cls: type, key: str) -> Bound:
    """What `key` of `cls` must fit; anything will do where nothing is said."""
    return next((BOUNDS[base, key] for base in cls.__mro__ if (base, key) in BOUNDS), _any)


def why_not(cls: type, key: str, value: str) -> str:
    """The reason why a choice is refused, where the list of choices does not tell it; else empty."""
    return LINK_WHY_NOT.get((cls, key, value), "")


def _any(_value: object) -> str:
    return ""

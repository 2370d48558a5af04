"""What the operator can say, as frozen values: one attribute a key, its comment is its documentation.

Links have modules of their own (`carrier` for what all have, `links`, `rest`),
and what everything shares another (`common`). Nothing here reads a file or asks
the environment; `loading` does, and reports every fault at once. Seconds, unless
a comment says otherwise.
Names of channels, links and platforms are the keys of their tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from chanserv.settings.common import Network, Secret, TlsSettings
from chanserv.settings.links import (
    Cimd2Settings,
    ExternalSettings,
    LinkSettings,
    ReceiptSettings,
    RestSettings,
    SmppSettings,
    SmscSettings,
    TlvSettings,
    TunnelSettings,
    UcpSettings,
)

__all__ = [
    "Addition",
    "ChannelSettings",
    "Cimd2Settings",
    "ExternalSettings",
    "GatewaySettings",
    "InboundRule",
    "LinkSettings",
    "Network",
    "PlatformSettings",
    "ReceiptSettings",
    "RestSettings",
    "RouteMatch",
    "RouteRule",
    "Secret",
    "Settings",
    "SmppSettings",
    "SmscSettings",
    "TlsSettings",
    "TlvSettings",
    "TunnelSettings",
    "UcpSettings",
]


@attrs.frozen(kw_only=True)
class GatewaySettings:
    """[gateway]"""

    data: str = "var"  # folder of the SQLite file and its lock
    store: Literal["sqlite"] = "sqlite"
    listen: tuple[str, ...] = ("tcp:8080:interface=127.0.0.1",)  # Twisted endpoints for the platform
    console: str | None = None  # Twisted endpoint of the operator's page; absent: no page
    console_token: Secret | None = None  # asked of whoever opens the page; mandatory with `console`
    trusted_proxies: tuple[Network, ...] = ()  # whose X-Forwarded-For is believed
    repeat_window: float = 1800.0  # a repeat of the same piece is a retry for so long
    further_piece_window: float = 60.0  # equal pieces closer than this are one round
    status_after: float = 2.0  # no status sooner after our answer
    settle_after: float = 5.0  # no final status sooner after the last piece
    order_hold: float = 60.0  # how long one hindered text holds up the next to the same number
    join_wait: float = 600.0  # how long an MO waits for its missing segments
    receipt_wait: float = 604800.0  # then a text without receipt ends as sent
    orphan_wait: float = 604800.0  # how long a receipt waits for its text
    retry_for: float = 259200.0  # how long a post to the platform is tried
    queue_limit: int = 1_000_000  # pieces waiting; more are answered 503
    retention: float = 90.0  # days of history
    public_url: str | None = None  # how the world reaches `listen`: what providers are told, what they sign
    profiles: str | None = None  # folder of profiles of one's own, which go before those that ship


@attrs.frozen(kw_only=True)
class PlatformSettings:
    """[platform.<name>]"""

    name: str
    url: str  # base of /c/ex/<uuid>/…
    ca: str | None = None  # file of certificates to trust instead of the system's
    headers: dict[str, str] = attrs.field(factory=dict)  # sent with every post
    timeout: float = 50.0
    concurrency: int = 16  # posts at once


@attrs.frozen(kw_only=True)
class ChannelSettings:
    """[channel.<name>]"""

    name: str
    uuid: str  # in the URL of both directions
    address: str  # number or short code
    addresses: tuple[str, ...] = ()  # further numbers whose MO belong here
    senders: tuple[str, ...] = ()  # what the platform may use as `from` (default: address)
    platform: str = "main"
    workspace: str = ""  # label for search and metrics
    dialect: Literal["external"] = "external"
    authorization: Secret | None = None  # the whole Authorization header the platform sends
    url_secret: Secret | None = None  # …/send/<secret> for platforms that send none
    allow_from: tuple[Network, ...] = ()  # or: who may post, by address
    bad_token: Literal[401, 503] = 401  # 503: a mis-set token loses nothing on new courier
    links: tuple[str, ...] = ()  # preference order
    encoding: Literal["exact", "plain"] = "exact"  # plain: what GSM 7-bit lacks is replaced by its like
    statuses: tuple[Literal["sent", "delivered", "failed"], ...] = (
        "sent",
        "delivered",
        "failed",
    )  # what is posted back
    validity: float = 86400.0
    max_parts: int = 30  # more is a 400; never truncated
    country: str | None = None  # ISO 3166 code for numbers without +


@attrs.frozen(kw_only=True)
class InboundRule:
    """[[inbound]]: an MO that fits every given key goes to `channel`; first rule wins."""

    channel: str
    link: str | None = None
    to: str | None = None
    keyword: str | None = None  # first word of the text, any case
    prefix: tuple[str, ...] = ()  # of the sender


@attrs.frozen(kw_only=True)
class RouteMatch:
    """Every key that is given must fit."""

    channel: str | None = None
    prefix: tuple[str, ...] = ()  # of the recipient


@attrs.frozen(kw_only=True)
class RouteRule:
    """[[route]]: a message that fits `match` uses `links`; first rule wins, else the channel's links."""

    match: RouteMatch
    links: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Settings:
    """Everything, checked. Nothing in it changes; `channels` and `links` of a gateway that runs may grow."""

    gateway: GatewaySettings = attrs.field(factory=GatewaySettings)
    platforms: dict[str, PlatformSettings] = attrs.field(factory=dict)
    channels: Mapping[str, ChannelSettings] = attrs.field(factory=dict)
    links: Mapping[str, LinkSettings] = attrs.field(factory=dict)
    tunnels: dict[str, TunnelSettings] = attrs.field(factory=dict)
    inbound: tuple[InboundRule, ...] = ()
    routes: tuple[RouteRule, ...] = ()


@attrs.frozen(kw_only=True)
class Addition:
    """Channels and links that come after the start, checked, and the file that is to hold them."""

    file: str
    text: str = attrs.field(repr=False)  # secrets among it
    channels: Mapping[str, ChannelSettings] = attrs.field(factory=dict)
    links: Mapping[str, LinkSettings] = attrs.field(factory=dict)
    warnings: tuple[str, ...] = ()

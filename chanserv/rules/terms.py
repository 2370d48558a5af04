"""The numbers and choices the rules of the store go by. Seconds, unless it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class ChannelTerms(Struct, frozen=True, kw_only=True):
    """What a channel's settings mean for its messages."""

    statuses: tuple[str, ...] = ("sent", "delivered", "failed")


class LinkTerms(Struct, frozen=True, kw_only=True):
    """What a link's settings mean for its parts."""

    receipts: str = "part"  # part | message | none
    on_unknown: str = "resend"  # resend | fail
    asks: bool = False  # its carrier can be asked what became of a part
    ours: bool = False  # its statuses come by our reference of a part
    by_second: bool = False  # its ids are a number and a second: parts of one text may share theirs


class Terms(Struct, frozen=True, kw_only=True):
    """Settings of [gateway], and of every channel and link, that the store must know.

    `channels` and `links` may grow: whoever goes by these terms goes by what was added, too.
    """

    repeat_window: float = 1800.0
    status_after: float = 2.0
    settle_after: float = 5.0
    order_hold: float = 60.0
    join_wait: float = 600.0
    receipt_wait: float = 604800.0
    orphan_wait: float = 604800.0
    retry_for: float = 259200.0
    retention: float = 90.0  # days
    queue_limit: int = 1_000_000
    channels: dict[str, ChannelTerms] = {}
    links: dict[str, LinkTerms] = {}

    def grow(self, channels: Mapping[str, ChannelTerms], links: Mapping[str, LinkTerms]) -> None:
        """What was added to the settings."""
        self.channels.update(channels)
        self.links.update(links)

    def link(self, name: str) -> LinkTerms:
        """Those of a link that is gone from the settings: the defaults."""
        return self.links.get(name, LinkTerms())

    def channel(self, name: str) -> ChannelTerms:
        """Those of a channel that is gone from the settings: the defaults."""
        return self.channels.get(name, ChannelTerms())

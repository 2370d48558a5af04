"""What of the settings the store goes by. What it does with that is not known here."""

from __future__ import annotations

from collections.abc import Mapping

from chanserv.operations import Know
from chanserv.rules.terms import ChannelTerms, LinkTerms, Terms
from chanserv.settings import (
    Addition,
    ChannelSettings,
    Cimd2Settings,
    LinkSettings,
    Settings,
    UcpSettings,
)
from chanserv.settings.rest import HttpSettings


def terms(settings: Settings) -> Terms:
    """All of it."""
    gateway = settings.gateway
    return Terms(
        repeat_window=gateway.repeat_window,
        status_after=gateway.status_after,
        settle_after=gateway.settle_after,
        order_hold=gateway.order_hold,
        join_wait=gateway.join_wait,
        receipt_wait=gateway.receipt_wait,
        orphan_wait=gateway.orphan_wait,
        retry_for=gateway.retry_for,
        retention=gateway.retention,
        queue_limit=gateway.queue_limit,
        channels=_channels(settings.channels),
        links=_links(settings.links),
    )


def more(addition: Addition) -> Know:
    """What was added to it."""
    return Know(channels=_channels(addition.channels), links=_links(addition.links))


def _channels(channels: Mapping[str, ChannelSettings]) -> dict[str, ChannelTerms]:
    return {name: ChannelTerms(statuses=channel.statuses) for name, channel in channels.items()}


def _links(links: Mapping[str, LinkSettings]) -> dict[str, LinkTerms]:
    return {name: _link(link) for name, link in links.items()}


def _link(link: LinkSettings) -> LinkTerms:
    return LinkTerms(
        receipts=link.receipts,
        on_unknown=link.on_unknown,
        asks=link.ask,
        ours=isinstance(link, HttpSettings),
        by_second=isinstance(link, UcpSettings | Cimd2Settings),  # neither has a message id
    )

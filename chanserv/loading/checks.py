"""What must hold between tables: names that are known, doors that are locked, MO that find one channel.

Works on drafts, faulty ones among them, and looks at sound keys only: what is
already told is not told again in other words.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from chanserv.loading.external_checks import check_external
from chanserv.loading.limits import readable
from chanserv.loading.link_checks import check_link, check_tunnel, sends
from chanserv.loading.rest_checks import check_rest, in_clear
from chanserv.profiles.shelf import Shelf
from chanserv.settings import (
    ChannelSettings,
    ExternalSettings,
    GatewaySettings,
    InboundRule,
    LinkSettings,
    PlatformSettings,
    RouteRule,
    SmppSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.toml.faults import Faults, Place
from chanserv.toml.shapes import Draft


@attrs.frozen(kw_only=True)
class Drafts:
    """All tables, read. `named` holds every name per section, those of unreadable tables too."""

    gateway: Draft[GatewaySettings]
    platforms: dict[str, Draft[PlatformSettings]]
    channels: dict[str, Draft[ChannelSettings]]
    links: dict[str, Draft[LinkSettings]]
    tunnels: dict[str, Draft[TunnelSettings]]
    inbound: tuple[Draft[InboundRule], ...]
    routes: tuple[Draft[RouteRule], ...]
    named: dict[str, frozenset[str]]
    shelf: Shelf


def check(drafts: Drafts, faults: Faults) -> None:
    """Tell `faults` of all that does not fit together."""
    _console_is_locked(drafts.gateway, faults)
    _profiles_are_there(drafts.gateway, faults)
    _clear_text_is_told(drafts, faults)
    for channel in drafts.channels.values():
        _channel_is_locked(channel, faults)
    _uuids_differ(drafts, faults)
    for draft, key, section in _references(drafts):
        _is_known(draft, key, section, drafts.named[section], faults)
    _authorities_are_readable(drafts.platforms.values(), faults)
    for link in drafts.links.values():
        check_link(link, drafts.named["channel"], faults)
        check_rest(link, drafts.gateway, drafts.shelf, faults)
        check_external(link, faults)
    for tunnel in drafts.tunnels.values():
        check_tunnel(tunnel, faults)
    _endpoints_differ(drafts, faults)
    _somebody_sends(drafts, faults)
    _addresses_are_clear(drafts, faults)


def _console_is_locked(gateway: Draft[GatewaySettings], faults: Faults) -> None:
    if gateway.sound("console", "console_token") and gateway.value.console and not gateway.value.console_token:
        faults.add(gateway.place("console_token"), "is missing: the page at `console` must ask for one")


def _profiles_are_there(gateway: Draft[GatewaySettings], faults: Faults) -> None:
    """Else a link would go by the shipped profile that one of the site's own was to stand for."""
    folder = gateway.value.profiles if gateway.sound("profiles") else None
    if folder and not os.path.isdir(gateway.near(folder, "profiles")):
        faults.add(gateway.place("profiles"), f"there is no folder {gateway.near(folder, 'profiles')}")


def _clear_text_is_told(drafts: Drafts, faults: Faults) -> None:
    """A tunnel may make up for it, which we cannot see: warnings."""
    gateway = drafts.gateway
    if gateway.sound("console") and _everywhere(gateway.value.console or ""):
        faults.warn(gateway.place("console"), "listens on every interface, and shows texts and numbers in clear text")
    for platform in drafts.platforms.values():
        if platform.sound("url") and in_clear(platform.value.url):
            faults.warn(platform.place("url"), "texts and numbers go there in clear text; https:// would hide them")


def _everywhere(endpoint: str) -> bool:
    kind, *rest = re.split(r"(?<!\\):", endpoint)
    named = [field.partition("=")[2].replace("\\", "") for field in rest if field.startswith("interface=")]
    return kind == "tcp" and (not named or named[0] in ("", "0.0.0.0", "::"))


def _channel_is_locked(channel: Draft[ChannelSettings], faults: Faults) -> None:
    value, keys = channel.value, ("authorization", "url_secret", "allow_from")
    if channel.sound(*keys) and not (value.authorization or value.url_secret or value.allow_from):
        faults.add(channel.table.place, "one of authorization, url_secret and allow_from is needed: who may post?")


def _uuids_differ(drafts: Drafts, faults: Faults) -> None:
    """Channels' and External-API devices' paths stand side by side."""
    owner: dict[str, Place] = {}
    owned: tuple[Draft[Any], ...] = (*drafts.channels.values(), *drafts.links.values())
    for draft in owned:
        if isinstance(draft.value, ChannelSettings | ExternalSettings) and draft.sound("uuid"):
            place = draft.place("uuid")
            if (first := owner.setdefault(draft.value.uuid.lower(), place)) is not place:
                faults.add(place, f"is that of {first.path} in {first.file} too")


def _references(drafts: Drafts) -> Iterator[tuple[Draft[Any], str, str]]:
    """Every key that names another table: its draft, itself, and the section it points to."""
    for channel in drafts.channels.values():
        yield channel, "platform", "platform"
        yield channel, "links", "link"
    for link in drafts.links.values():
        yield link, "fallback", "channel"
        yield link, "tunnel", "tunnel"
    for rule in drafts.inbound:
        yield rule, "channel", "channel"
        yield rule, "link", "link"
    for route in drafts.routes:
        yield route, "match.channel", "channel"
        yield route, "links", "link"


def _is_known(draft: Draft[Any], key: str, section: str, names: frozenset[str], faults: Faults) -> None:
    top, _, inner = key.partition(".")
    if not draft.sound(top):
        return
    value = getattr(getattr(draft.value, top), inner) if inner else getattr(draft.value, top)
    place = draft.place(top) / inner if inner else draft.place(top)
    for name in (value,) if isinstance(value, str) else value or ():
        if name not in names:
            faults.add(place, f"there is no [{section}.{name}]")


def _authorities_are_readable(platforms: Iterable[Draft[PlatformSettings]], faults: Faults) -> None:
    for platform in platforms:
        if platform.sound("ca") and platform.value.ca and not readable(platform.near(platform.value.ca, "ca")):
            faults.add(platform.place("ca"), "this file cannot be read")


def _endpoints_differ(drafts: Drafts, faults: Faults) -> None:
    """Only one can listen there."""
    owner: dict[str, Place] = {}
    for place, endpoint in _endpoints(drafts):
        if (first := owner.setdefault(endpoint, place)) is not place:
            faults.add(place, f"is that of {first.path} in {first.file} too")


def _endpoints(drafts: Drafts) -> Iterator[tuple[Place, str]]:
    gateway = drafts.gateway
    if gateway.sound("listen"):
        yield from ((gateway.place("listen"), endpoint) for endpoint in dict.fromkeys(gateway.value.listen))
    if gateway.sound("console") and gateway.value.console:
        yield gateway.place("console"), gateway.value.console
    for link in drafts.links.values():
        if isinstance(link.value, SmppSettings | UcpSettings) and link.sound("listen") and link.value.listen:
            yield link.place("listen"), link.value.listen


def _somebody_sends(drafts: Drafts, faults: Faults) -> None:
    """A channel's texts, and a route's, need a link that can take them."""
    users: tuple[Draft[Any], ...] = (*drafts.channels.values(), *drafts.routes)
    for user in users:
        links = [drafts.links.get(name) for name in user.value.links] if user.sound("links") else []
        if links and not any(link is None or sends(link) for link in links):
            faults.add(user.place("links"), 'only hear (bind = "receiver"): none can send')


def _addresses_are_clear(drafts: Drafts, faults: Faults) -> None:
    """An MO finds its channel by link and address: two with both alike need a rule that tells them apart."""
    owner: dict[tuple[str, str], str] = {}
    for name, channel in drafts.channels.items():
        if not channel.sound("links", "address", "addresses"):
            continue
        numbers = {_bare(number) for number in (channel.value.address, *channel.value.addresses)}
        for link in channel.value.links:
            rivals = {owner.setdefault((link, number), name) for number in numbers if not _ruled(drafts, link, number)}
            for rival in sorted(rivals - {name}):
                faults.add(
                    channel.place("address"),
                    f"channel.{rival} has this number on link.{link} too: an [[inbound]] rule must tell them apart",
                )


def _ruled(drafts: Drafts, link: str, number: str) -> bool:
    return any(
        rule.value.link in (None, link) and (rule.value.to is None or _bare(rule.value.to) == number)
        for rule in drafts.inbound
    )


def _bare(number: str) -> str:
    return number.removeprefix("+")

"""Settings files -> `settings.Settings`, or every fault at once. Nothing here runs, listens or connects.

How TOML is read, `toml` knows; which tables there are, the classes of `settings`.

kinds    which of those classes reads a link
bounds   what a value must be, key by key; link_bounds, those of links; limits, in which words
checks   what must hold between tables; link_checks and clashes, between the keys of a link or a tunnel;
         rest_checks and external_checks, of those that go over HTTP
adding   channels and links that come after the start, judged by the same
"""

from __future__ import annotations

from typing import Any

import attrs
from twisted.logger import Logger

from chanserv.errors import SettingsError
from chanserv.loading import kinds
from chanserv.loading.bounds import bound, why_not
from chanserv.loading.checks import Drafts, check
from chanserv.loading.link_checks import TLS_FILES
from chanserv.profiles.shelf import Shelf
from chanserv.settings import (
    ChannelSettings,
    ExternalSettings,
    GatewaySettings,
    InboundRule,
    LinkSettings,
    PlatformSettings,
    RestSettings,
    RouteRule,
    Settings,
    TunnelSettings,
)
from chanserv.toml import files
from chanserv.toml.faults import Faults
from chanserv.toml.files import Table
from chanserv.toml.shapes import Draft, Reader

NAMED = ("platform", "channel", "link", "tunnel")
NO_KEYS: dict[Any, dict[str, Any]] = {
    RestSettings: {"provider": None, "public_url": ""},
    ExternalSettings: {"provider": None},
}
SECTIONS = ("gateway", *NAMED, "inbound", "route")

log = Logger()


@attrs.frozen
class Loaded:
    """Sound settings, and what about them is sound but unwise: lines of `file: key: what`."""

    settings: Settings
    warnings: tuple[str, ...]
    drafts: Drafts = attrs.field(repr=False)

    def warn(self) -> None:
        """Have the log tell the warnings."""
        for warning in self.warnings:
            log.warn("{advice}", advice=warning)


def load(path: str) -> Settings:
    """The settings in the file `path` and what it includes; warnings go to the log.

    Raises SettingsError with every fault there is, each `file: key: what is wrong`.
    """
    loaded = read(path)
    loaded.warn()
    return loaded.settings


def read(path: str) -> Loaded:
    """Like `load`, with the warnings for the caller to show."""
    faults = Faults()
    tree = files.read(path, faults)
    whole = not faults.found  # with a file missing, names would seem unknown that are not
    drafts = drafted(tree, faults)
    if whole:
        check(drafts, faults)
    if faults.found:
        raise SettingsError(faults.found)
    return Loaded(_settings(drafts), tuple(faults.warnings), drafts)


def profile_folder(path: str) -> str | None:
    """The site's own profiles that the settings in this file name, whatever else they say. Raises SettingsError."""
    faults = Faults()
    tree = files.read(path, faults)
    gateway = Reader(Faults(), bound, why_not).draft(GatewaySettings, files.section(tree, "gateway", faults))
    if faults.found:
        raise SettingsError(faults.found)
    folder = gateway.value.profiles if gateway.sound("profiles") else None
    return gateway.near(folder, "profiles") if folder else None


def drafted(tree: Table, faults: Faults) -> Drafts:
    """The tables of a tree, read; what they are to each other is not looked at."""
    reader = Reader(faults, bound, why_not)
    files.refuse_others(tree, SECTIONS, faults)
    named = {section: _named(tree, section, faults) for section in NAMED}
    links = {name: kinds.link(table, faults) for name, table in named["link"].items()}
    gateway = reader.draft(GatewaySettings, files.section(tree, "gateway", faults))
    return Drafts(
        gateway=gateway,
        platforms={name: reader.draft(PlatformSettings, table, name=name) for name, table in named["platform"].items()},
        channels={name: reader.draft(ChannelSettings, table, name=name) for name, table in named["channel"].items()},
        links={name: _link(reader, name, cls, table) for name, (cls, table) in links.items() if cls},
        shelf=_shelf(gateway),
        tunnels={name: reader.draft(TunnelSettings, table, name=name) for name, table in named["tunnel"].items()},
        inbound=tuple(reader.draft(InboundRule, row) for row in files.rows(tree, "inbound", faults)),
        routes=tuple(reader.draft(RouteRule, row) for row in files.rows(tree, "route", faults)),
        named={section: frozenset(tables) for section, tables in named.items()},
    )


def _link(reader: Reader, name: str, cls: type[LinkSettings], table: Table) -> Draft[LinkSettings]:
    """What is found by others is no key: a profile, and what the gateway says."""
    return reader.draft(cls, table, name=name, **NO_KEYS.get(cls, {}))


def _shelf(gateway: Draft[GatewaySettings]) -> Shelf:
    folder = gateway.value.profiles if gateway.sound("profiles") else None
    return Shelf([gateway.near(folder, "profiles")] if folder else [])


def _named(tree: Table, section: str, faults: Faults) -> dict[str, Table]:
    """The tables [section.<name>]."""
    tables = dict[str, Table]()
    match tree.entries.get(section):
        case None:
            pass
        case Table(entries=entries):
            for name, node in entries.items():
                if isinstance(node, Table):
                    tables[name] = node
                else:
                    faults.add(node.place, f"must be a table [{section}.<name>]")
        case other:
            faults.add(other.place, f"must be tables [{section}.<name>]")
    return tables


def _settings(drafts: Drafts) -> Settings:
    return Settings(
        gateway=drafts.gateway.value,
        platforms={name: _platform(draft) for name, draft in drafts.platforms.items()},
        channels=channels(drafts),
        links=links(drafts),
        tunnels={name: draft.value for name, draft in drafts.tunnels.items()},
        inbound=tuple(draft.value for draft in drafts.inbound),
        routes=tuple(draft.value for draft in drafts.routes),
    )


def channels(drafts: Drafts) -> dict[str, ChannelSettings]:
    """Of drafts that were checked."""
    return {name: attrs.evolve(draft.value, uuid=draft.value.uuid.lower()) for name, draft in drafts.channels.items()}


def links(drafts: Drafts) -> dict[str, LinkSettings]:
    """Of drafts that were checked."""
    return {name: _link_settings(draft, drafts) for name, draft in drafts.links.items()}


def _platform(draft: Draft[PlatformSettings]) -> PlatformSettings:
    ca = draft.value.ca
    return attrs.evolve(draft.value, ca=draft.near(ca, "ca")) if ca else draft.value


def _with_tls(draft: Draft[LinkSettings]) -> LinkSettings:
    """The link, its files named from the root: twistd changes the folder it runs in."""
    if draft.value.tls is None:
        return draft.value
    given = {key: getattr(draft.value.tls, key) for key in TLS_FILES}
    near: dict[str, Any] = {key: draft.near(name, "tls", key) for key, name in given.items() if name}
    return attrs.evolve(draft.value, tls=attrs.evolve(draft.value.tls, **near))


def _link_settings(draft: Draft[LinkSettings], drafts: Drafts) -> LinkSettings:
    link = _with_tls(draft)
    if isinstance(link, ExternalSettings):
        return attrs.evolve(link, uuid=link.uuid.lower())
    return _with_profile(draft, link, drafts)


def _with_profile(draft: Draft[LinkSettings], link: LinkSettings, drafts: Drafts) -> LinkSettings:
    """The checks have found it sound, or nobody would come here. What it has no statuses for is not waited for."""
    if not isinstance(link, RestSettings):
        return link
    profile = drafts.shelf.known(link.profile)
    receipts = link.receipts if "receipts" in draft.table.entries else profile.about.receipts
    return attrs.evolve(link, provider=profile, receipts=receipts, public_url=drafts.gateway.value.public_url or "")

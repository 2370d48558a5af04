"""Settings files -> `settings.Settings`, or every fault at once. Nothing here runs, listens or connects.

files    TOML and `include` -> one tree that knows where each key was written
shapes   one table of it -> a frozen value, by the classes of `settings`; bounds, secrets help
checks   what must hold between tables
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs
from twisted.logger import Logger

from chanserv.errors import SettingsError
from chanserv.loading import files
from chanserv.loading.checks import Drafts, check
from chanserv.loading.faults import Faults
from chanserv.loading.files import Leaf, Table, Tables
from chanserv.loading.shapes import Draft, Reader
from chanserv.settings import (
    ChannelSettings,
    GatewaySettings,
    InboundRule,
    LinkSettings,
    PlatformSettings,
    RouteRule,
    Settings,
    SmppSettings,
)

T = TypeVar("T", bound=attrs.AttrsInstance)

LINK_KINDS: dict[str, type[LinkSettings]] = {"smpp": SmppSettings}
SECTIONS = ("gateway", "platform", "channel", "link", "inbound", "route")

log = Logger()


@attrs.frozen
class Loaded:
    """Sound settings, and what about them is sound but unwise: lines of `file: key: what`."""

    settings: Settings
    warnings: tuple[str, ...]


def load(path: str) -> Settings:
    """The settings in the file `path` and what it includes; warnings go to the log.

    Raises SettingsError with every fault there is, each `file: key: what is wrong`.
    """
    loaded = read(path)
    for warning in loaded.warnings:
        log.warn("{advice}", advice=warning)
    return loaded.settings


def read(path: str) -> Loaded:
    """Like `load`, with the warnings for the caller to show."""
    faults = Faults()
    tree = files.read(path, faults)
    whole = not faults.found  # with a file missing, names would seem unknown that are not
    drafts = _drafts(tree, faults)
    if whole:
        check(drafts, faults)
    if faults.found:
        raise SettingsError(faults.found)
    return Loaded(_settings(drafts), tuple(faults.warnings))


def _drafts(tree: Table, faults: Faults) -> Drafts:
    reader = Reader(faults)
    for key, node in tree.entries.items():
        if key not in SECTIONS:
            faults.add(node.place, "is not known here; there are " + ", ".join(SECTIONS))
    named = {section: _named(tree, section, faults) for section in ("platform", "channel", "link")}
    links = {name: _link(table, faults) for name, table in named["link"].items()}
    return Drafts(
        gateway=reader.draft(GatewaySettings, _gateway(tree, faults)),
        platforms={name: reader.draft(PlatformSettings, table, name=name) for name, table in named["platform"].items()},
        channels={name: reader.draft(ChannelSettings, table, name=name) for name, table in named["channel"].items()},
        links={name: reader.draft(cls, table, name=name) for name, (cls, table) in links.items() if cls},
        inbound=_rows(tree, "inbound", lambda row: reader.draft(InboundRule, row), faults),
        routes=_rows(tree, "route", lambda row: reader.draft(RouteRule, row), faults),
        named={section: frozenset(tables) for section, tables in named.items()},
    )


def _gateway(tree: Table, faults: Faults) -> Table:
    match tree.entries.get("gateway"):
        case None:
            return Table(tree.place / "gateway")
        case Table() as table:
            return table
        case other:
            faults.add(other.place, "must be a table")
            return Table(other.place)


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


def _rows(tree: Table, section: str, draft: Callable[[Table], Draft[T]], faults: Faults) -> tuple[Draft[T], ...]:
    """The tables [[section]], in order."""
    match tree.entries.get(section):
        case None:
            return ()
        case Tables(rows=rows):
            return tuple(draft(row) for row in rows)
        case other:
            faults.add(other.place, f"must be tables [[{section}]]")
            return ()


def _link(table: Table, faults: Faults) -> tuple[type[LinkSettings] | None, Table]:
    """The class of a link's kind, and its table with `host` and `port` written as `hosts`."""
    known = " or ".join(f'"{kind}"' for kind in LINK_KINDS)
    match table.entries.get("kind"):
        case Leaf(value=str(kind)) if kind in LINK_KINDS:
            return LINK_KINDS[kind], _with_hosts(table, faults)
        case None:
            faults.add(table.place / "kind", f"is missing; it must be {known}")
        case other:
            faults.add(other.place, f"must be {known}")
    return None, table


def _with_hosts(table: Table, faults: Faults) -> Table:
    host, port = table.entries.get("host"), table.entries.get("port")
    if host is None and port is None:
        return table
    rest = {key: node for key, node in table.entries.items() if key not in ("host", "port")}
    match host, port:
        case Leaf(value=str(name)), Leaf(value=int(number)) if "hosts" not in rest and 0 < number < 65536:
            address = f"[{name}]" if ":" in name else name
            return Table(table.place, rest | {"hosts": Leaf(host.place, [f"{address}:{number}"])})
        case _:
            faults.add(
                (host or port or table).place, "host is a text, port from 1 to 65535, together or not at all; or hosts"
            )
    # Already told: the rest is read as if the hosts were sound.
    return Table(table.place, rest | {"hosts": Leaf(table.place / "hosts", ["told.invalid:1"])})


def _settings(drafts: Drafts) -> Settings:
    return Settings(
        gateway=drafts.gateway.value,
        platforms={name: _platform(draft) for name, draft in drafts.platforms.items()},
        channels={
            name: attrs.evolve(draft.value, uuid=draft.value.uuid.lower()) for name, draft in drafts.channels.items()
        },
        links={name: draft.value for name, draft in drafts.links.items()},
        inbound=tuple(draft.value for draft in drafts.inbound),
        routes=tuple(draft.value for draft in drafts.routes),
    )


def _platform(draft: Draft[PlatformSettings]) -> PlatformSettings:
    ca = draft.value.ca
    return attrs.evolve(draft.value, ca=draft.near("ca", ca)) if ca else draft.value

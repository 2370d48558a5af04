"""Which class reads a [link.<name>]: by its `kind`; and other ways to write a key: `host` with `port` for `hosts`, one
`hook_secret` for a list of them."""

from __future__ import annotations

from chanserv.settings import Cimd2Settings, ExternalSettings, LinkSettings, RestSettings, SmppSettings, UcpSettings
from chanserv.toml.faults import Faults
from chanserv.toml.files import Leaf, Table, Tables

LINK_KINDS: dict[str, type[LinkSettings]] = {
    "smpp": SmppSettings,
    "ucp": UcpSettings,
    "cimd2": Cimd2Settings,
    "cimd3": Cimd2Settings,
    "rest": RestSettings,
    "external": ExternalSettings,
}


def link(table: Table, faults: Faults) -> tuple[type[LinkSettings] | None, Table]:
    """The class of a link's kind, and its table with what may be written otherwise written as the class has it."""
    known = " or ".join(f'"{kind}"' for kind in LINK_KINDS)
    match table.entries.get("kind"):
        case Leaf(place=place, value=str(kind)) if kind in LINK_KINDS:
            if kind == "cimd3":
                faults.warn(place, "cimd3 is taken as CIMD2: no public document of a CIMD3 exists")
            return LINK_KINDS[kind], _WRITTEN.get(kind, _with_hosts)(table, faults)
        case None:
            faults.add(table.place / "kind", f"is missing; it must be {known}")
        case other:
            faults.add(other.place, f"must be {known}")
    return None, table


def _with_secrets(table: Table, faults: Faults) -> Table:
    match table.entries.get("hook_secret"):
        case Table() as secret:
            return Table(table.place, table.entries | {"hook_secret": Tables(secret.place, (secret,))})
        case Leaf(place=place, value=str(secret)):
            return Table(table.place, table.entries | {"hook_secret": Leaf(place, [secret])})
        case _:
            return table


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


def _as_it_is(table: Table, faults: Faults) -> Table:
    return table


_WRITTEN = {"rest": _with_secrets, "external": _as_it_is}

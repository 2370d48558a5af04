"""What strongSwan's list of security associations means for one CHILD_SA (pure).

The list is what `list-sas` streams: a section an IKE_SA, in it "child-sas", a section a CHILD_SA with its name and
state (src/libcharon/plugins/vici/README.md). While a CHILD_SA is renewed there are two of a name; the old one carries
octets until the new one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chanserv.tunnels.state import Finding

CARRYING = ("INSTALLED", "UPDATING", "REKEYING")  # child_sa_state_t of libcharon; REKEYED: only the other end may send
COUNTS = ("bytes-in", "bytes-out", "packets-in", "packets-out", "use-in", "use-out", "rekey-time", "install-time")

Section = Mapping[str, Any]


def finding(sas: Iterable[Section], child: str | None) -> Finding:
    """`child`: the name of the CHILD_SA (None: any)."""
    wanted = "a CHILD_SA" if child is None else f"CHILD_SA {child}"
    ikes = [(name, ike) for sa in sas for name, ike in sa.items() if isinstance(ike, Mapping)]
    children = list(_children(ikes, child))
    for name, found in children:
        if found.get("state") in CARRYING:
            return Finding("up", "", {"ike": name, **_details(found)})
    if children:
        states = ", ".join(sorted({str(found.get("state", "?")) for _, found in children}))
        return Finding("down", f"{wanted} is {states}, not INSTALLED")
    if ikes:
        states = ", ".join(sorted({f"{name} {ike.get('state', '?')}" for name, ike in ikes}))
        return Finding("down", f"there is no {wanted.removeprefix('a ')} (IKE_SA: {states})")
    return Finding(
        "down", f"there is no {wanted.removeprefix('a ')}, and no IKE_SA (swanctl --initiate would tell why)"
    )


def _children(ikes: Iterable[tuple[str, Section]], child: str | None) -> Iterator[tuple[str, Section]]:
    for name, ike in ikes:
        found = ike.get("child-sas", {})
        for key, one in found.items() if isinstance(found, Mapping) else ():
            if isinstance(one, Mapping) and child in (None, one.get("name", key)):
                yield name, one


def _details(child: Section) -> dict[str, object]:
    told: dict[str, object] = {"child": str(child.get("name", "")), "child_state": str(child.get("state", ""))}
    for key in COUNTS:
        if str(child.get(key, "")).isdigit():
            told[key.replace("-", "_")] = int(child[key])
    return told

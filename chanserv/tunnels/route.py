"""What `ip -j route get <address>` means (pure): which device the kernel would send by, if any."""

from __future__ import annotations

import json

from chanserv.tunnels.state import Finding


def finding(output: str, to: str, device: str | None) -> Finding:
    """`output`: a JSON list with one route; `device`: the one it must leave by (None: any will do)."""
    try:
        (route,) = json.loads(output)
        leaves = str(route.get("dev", ""))
        kind = str(route.get("type", "unicast"))
    except (ValueError, TypeError, AttributeError):
        return Finding("unknown", f"ip says of the route to {to} what cannot be read")
    details = {"device": leaves, "source": str(route.get("prefsrc", "")), "via": str(route.get("gateway", ""))}
    if kind != "unicast":  # local, blackhole, unreachable, prohibit
        return Finding("down", f"the route to {to} is {kind}", details)
    if device is not None and leaves != device:
        return Finding("down", f"the route to {to} leaves by {leaves or 'no device'}, not by {device}", details)
    return Finding("up", "", details)


def failed(errors: str, to: str) -> Finding:
    """What it means that `ip` ended badly; `errors`: what it wrote, of the kernel "RTNETLINK answers: …"."""
    said = " ".join(errors.split())
    if "rtnetlink answers" in said.lower():
        return Finding("down", f"there is no route to {to} ({said.partition(':')[2].strip()})")
    return Finding("unknown", f"ip cannot tell the route to {to}: {said or 'it does not say why'}")

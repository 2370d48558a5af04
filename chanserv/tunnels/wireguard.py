"""What `wg show <device> latest-handshakes` means (pure). WireGuard has no sessions: a handshake that is young enough
is all there is to go by.

A peer renews its handshake every 120 s while octets flow (WireGuard paper, 6.1: REKEY-AFTER-TIME) and never without;
so the limit is above that, and the peer needs PersistentKeepalive, or a link that waits for its tunnel and a tunnel
that waits for traffic would wait for each other.
"""

from __future__ import annotations

from chanserv.tunnels.state import Finding

HINT = "PersistentKeepalive must be set for it, or nothing renews it"
REFUSED = "permission denied", "not permitted"
NEITHER = "not supported"  # no WireGuard in the kernel, and no socket of wireguard-go that this user may open


def finding(output: str, device: str, peer: str | None, limit: float, now: float) -> Finding:
    """`output`: a line a peer, its public key, a tab, seconds since the epoch (0: never). `now` likewise."""
    try:
        seen = {key: int(at) for key, at in (line.split() for line in output.splitlines() if line.strip())}
    except ValueError:
        return Finding("unknown", f"wg says of {device} what cannot be read")
    counted = seen if peer is None else {key: at for key, at in seen.items() if key == peer}
    if not counted:
        return Finding("down", f"{device} has no peer" if peer is None else f"{device} has no peer {peer}")
    key, at = max(counted.items(), key=lambda item: item[1])
    if not at:
        return Finding("down", f"no handshake with {short(key)} yet; {HINT}", {"peer": key})
    age = max(0.0, now - at)
    details = {"peer": key, "handshake_age": round(age, 1)}
    if age > limit:
        return Finding("down", f"the last handshake with {short(key)} is {age:.0f} s old; {HINT}", details)
    return Finding("up", "", details)


def failed(errors: str, device: str) -> Finding:
    """What it means that `wg` ended badly; `errors`: what it wrote."""
    said = " ".join(errors.split())
    if any(words in said.lower() for words in REFUSED):
        return Finding("unknown", f"wg may not look at {device}: it needs CAP_NET_ADMIN (see docs/vpn.rst)")
    if NEITHER in said.lower():
        return Finding("unknown", f"{device} is no WireGuard device, or its wireguard-go is not open to this user")
    if "no such device" in said.lower():
        return Finding("down", f"there is no device {device}")
    return Finding("unknown", f"wg cannot look at {device}: {said or 'it does not say why'}")


def short(key: str) -> str:
    """A public key as an operator tells it from others."""
    return f"{key[:8]}…" if len(key) > 8 else key

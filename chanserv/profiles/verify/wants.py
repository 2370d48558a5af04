"""What each scheme of [[verify]] cannot do without: told when a profile is read, since a webhook is too late for it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from chanserv.profiles.shape import VerifyTable

# Schemes' keys. An empty one would let everybody in, or nobody.
WANTS: dict[str, tuple[str, ...]] = {
    "hmac": ("given", "key", "over"),
    "params": ("given", "key"),
    "token": ("given", "key"),
    "basic": ("basic",),
    "jwt": ("given", "key"),
    "ed25519": ("given", "key", "over"),
    "ip": ("networks",),
    "sns": ("key",),
}


def lacks(table: VerifyTable) -> Iterator[tuple[str, str]]:
    """Each key that its scheme needs, and what is wrong with it."""
    for key in WANTS.get(table.scheme, ()):
        if not getattr(table, key):
            yield key, f"is missing: {table.scheme} needs it"
    if table.basic and len(table.basic) != 2:
        yield "basic", "must be a user and a password"
    for network in table.networks:
        try:
            ip_network(network)
        except ValueError:
            yield "networks", f"{network!r} is no network such as 10.0.0.0/8"

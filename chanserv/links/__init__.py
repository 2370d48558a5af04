"""Ways to carriers, one folder a protocol. A kind is what `kind = "…"` in a [link.…] table names."""

from __future__ import annotations

from collections.abc import Callable

from chanserv.interfaces import ILink
from chanserv.links.smpp import link as smpp

KINDS: dict[str, Callable[..., ILink]] = {
    "smpp": smpp.make,
}
"""kind -> make(settings, lane, router, reactor, gate=None, device=None); for both see `account`."""

"""Ways to carriers, one folder a protocol. A kind is what `kind = "…"` in a [link.…] table names."""

from __future__ import annotations

from collections.abc import Callable

from chanserv.interfaces import ILink
from chanserv.links.cimd2 import link as cimd2
from chanserv.links.external import link as external
from chanserv.links.rest import link as rest
from chanserv.links.smpp import link as smpp
from chanserv.links.ucp import link as ucp

KINDS: dict[str, Callable[..., ILink]] = {
    "smpp": smpp.make,
    "ucp": ucp.make,
    "cimd2": cimd2.make,
    "cimd3": cimd2.make,
    "rest": rest.make,
    "external": external.make,
}
"""kind -> make(settings, lane, router, reactor, gate=None, device=None); for both see `account`."""

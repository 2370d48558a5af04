"""Ways to carriers, one folder a protocol. A kind is what `kind = "…"` in a [link.…] table names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chanserv.interfaces import ILane, ILink, IRouter
from chanserv.links.cimd2 import link as cimd2
from chanserv.links.smpp import link as smpp

KINDS: dict[str, Callable[[Any, ILane, IRouter, Any], ILink]] = {
    "smpp": smpp.make,
    "cimd2": cimd2.make,
    "cimd3": cimd2.make,
}
"""kind -> make(settings, lane, router, reactor)."""

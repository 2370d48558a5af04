"""What the platform's channel types put on the wire, both ways, one module each.

A dialect turns the octets of a request into values and letters into octets.
It knows no server, no client, no store and no clock.
"""

from __future__ import annotations

from msgspec import Struct


class Asked(Struct, frozen=True, kw_only=True):
    """One HTTP request as a dialect sees it: `query` as it stood in the URL, `body` undecoded."""

    query: bytes = b""
    content_type: str = ""
    body: bytes = b""
    agent: str = ""

"""Every kind of link against its own simulated carrier: what `tests.contracts` asks of each."""

from __future__ import annotations

from functools import partial

from chanserv.links.peer.behaviour import Behaviour
from tests.contracts import link_contract
from tests.fakes import cimd2, smpp, ucp
from tests.links.joined import Joined

PLAIN = partial(Joined, smpp("a"), Behaviour())
NEWEST = partial(
    Joined,
    smpp("a", version="5.0", submit="data_sm", validity_period="relative"),
    Behaviour(version="5.0", congestion=50),
)
SIGNED_IN = partial(Joined, ucp("a"), Behaviour(system_id="8000", password="secret"))
WINDOWED = partial(Joined, cimd2("a"), Behaviour())
BARE = partial(Joined, cimd2("a", ask_window=False, checksum=False, zone=2.0), Behaviour())


class SmppLinkTests(link_contract(PLAIN)):  # type: ignore[misc]
    """SMPP 3.4."""


class NewestLinkTests(link_contract(NEWEST)):  # type: ignore[misc]
    """SMPP 5.0 on both sides, every text as data_sm."""


class UcpLinkTests(link_contract(SIGNED_IN, ids=2)):  # type: ignore[misc]
    """UCP with a sign-in."""


class Cimd2LinkTests(link_contract(WINDOWED, ids=2)):  # type: ignore[misc]
    """CIMD2 with a window."""


class BareLinkTests(link_contract(BARE, ids=2)):  # type: ignore[misc]
    """CIMD2 one request at a time, without checksums, in a zone that is told."""

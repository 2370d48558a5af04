"""The carriers that can be simulated, by kind: for `chanserv simulate`, and for tests that run against each."""

from __future__ import annotations

from collections.abc import Callable

from chanserv.links.cimd2.trade import Cimd2Trade
from chanserv.links.peer.desk import Trade
from chanserv.links.smpp.trade import SmppTrade
from chanserv.links.ucp.trade import UcpTrade

TRADES: dict[str, Callable[[], Trade]] = {
    "smpp": SmppTrade,
    "ucp": UcpTrade,
    "cimd2": Cimd2Trade,
}
"""kind -> what `links.peer.carrier.Carrier` takes."""

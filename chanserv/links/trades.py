"""Which carriers can be simulated. A kind is what follows `chanserv simulate`, and `kind = "…"` in a [link.…] table."""

from __future__ import annotations

from collections.abc import Callable

from chanserv.links.desk import Trade
from chanserv.links.smpp.trade import SmppTrade

TRADES: dict[str, Callable[[], Trade]] = {
    "smpp": SmppTrade,
}
"""kind -> its trade."""

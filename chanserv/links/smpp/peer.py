"""The SMSC as a simulator: `links.peer.carrier` in SMPP. Here is only its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.desk import Submit
from chanserv.links.smpp.trade import SmppTrade

__all__ = ["Behaviour", "Smsc", "Submit"]


class Smsc(Carrier):
    """A Carrier that speaks SMPP; what the arguments are is said there."""

    def __init__(
        self,
        reactor: Any,
        behaviour: Behaviour | None = None,
        record: str | None = None,
        on_submit: Callable[[Submit], object] | None = None,
    ) -> None:
        super().__init__(reactor, SmppTrade(), behaviour, record, on_submit)

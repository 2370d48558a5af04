"""The CIMD2 kind of link: an account that speaks CIMD2. For the table of kinds."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from chanserv.interfaces import ILane, IRouter
from chanserv.links.account import Account
from chanserv.links.cimd2.speech import Cimd2Speech
from chanserv.settings import Cimd2Settings

log = Logger()


def make(settings: Cimd2Settings, lane: ILane, router: IRouter, reactor: Any, **more: Any) -> Account:
    """`more`: what `Account` takes beside. No document knows a CIMD3: what is sold as one, speaks CIMD2."""
    if settings.kind == "cimd3":
        log.info("{link}: kind cimd3 is taken as CIMD2", link=settings.name)
    return Account(settings, Cimd2Speech(settings), lane, router, reactor, **more)

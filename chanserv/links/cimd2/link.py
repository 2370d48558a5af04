"""The CIMD2 kind of link: an account that speaks CIMD2. For the table of kinds, under the name cimd3 as well.

No document knows a CIMD3: what is sold as one, speaks CIMD2. Who writes cimd3 is told so when settings are read.
"""

from __future__ import annotations

from typing import Any

from chanserv.interfaces import ILane, IRouter
from chanserv.links.account import Account
from chanserv.links.cimd2.speech import Cimd2Speech
from chanserv.settings import Cimd2Settings


def make(settings: Cimd2Settings, lane: ILane, router: IRouter, reactor: Any, **more: Any) -> Account:
    """`more`: what `Account` takes beside."""
    return Account(settings, Cimd2Speech(settings), lane, router, reactor, **more)

"""The UCP kind of link: an account that speaks UCP/EMI. For the table of kinds."""

from __future__ import annotations

from typing import Any

from chanserv.interfaces import ILane, IRouter
from chanserv.links.account import Account
from chanserv.links.ucp.speech import UcpSpeech
from chanserv.settings import UcpSettings


def make(settings: UcpSettings, lane: ILane, router: IRouter, reactor: Any, **more: Any) -> Account:
    """`more`: what `Account` takes beside."""
    return Account(settings, UcpSpeech(settings), lane, router, reactor, **more)

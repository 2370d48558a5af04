"""The SMPP kind of link: an account that speaks SMPP. For the table of kinds."""

from __future__ import annotations

from typing import Any

from chanserv.interfaces import ILane, IRouter
from chanserv.links.account import Account
from chanserv.links.smpp.speech import SmppSpeech
from chanserv.settings import SmppSettings


def make(settings: SmppSettings, lane: ILane, router: IRouter, reactor: Any, **more: Any) -> Account:
    """`more`: what `Account` takes beside."""
    return Account(settings, SmppSpeech(settings, reactor.seconds), lane, router, reactor, **more)

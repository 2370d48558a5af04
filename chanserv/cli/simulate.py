"""`chanserv simulate smpp|platform`: the other end of a link, or of the gateway, until Ctrl-C.

The simulators are the ones the tests use; here they only get a port, their
options and a voice. What they do is theirs (`links.smpp.peer`, `platform.peer`).
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any

import attrs
from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.task import react
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.server import Site

from chanserv.cli.told import printable
from chanserv.errors import ChanservError
from chanserv.links.smpp.peer import Behaviour, Smsc
from chanserv.platform.peer import Platform

ABOUT = "run a simulator of an SMSC or of the platform"


class Unable(ChanservError):
    """The simulator cannot listen there; says why."""


def arguments(parser: ArgumentParser) -> None:
    kinds = parser.add_subparsers(metavar="KIND", required=True)
    smpp = kinds.add_parser("smpp", help="an SMSC that speaks SMPP 3.4")
    _listen(smpp, "tcp:2775:interface=127.0.0.1")
    for field in offered():
        smpp.add_argument(_flag(field), type=_reader(field), default=field.default, help="%(default)r unless given")
    smpp.set_defaults(simulated=run_smpp)
    platform = kinds.add_parser("platform", help="a platform with External API channels, like courier")
    _listen(platform, "tcp:18090:interface=127.0.0.1")
    platform.add_argument("--gateway", metavar="URL", default="http://127.0.0.1:8080", help="it posts to (%(default)s)")
    platform.add_argument("--authorization", metavar="HEADER", default="", help='such as "Token demo"')
    platform.add_argument("--channel", metavar="UUID", help="the channel that --send uses")
    platform.add_argument("--send", nargs=3, metavar=("ID", "TO", "TEXT"), help="send this once it listens")
    platform.set_defaults(simulated=run_platform)


def run(options: Namespace) -> int:
    """0 after Ctrl-C; 1 if it cannot listen."""
    if getattr(options, "send", None) and not options.channel:
        print("chanserv simulate: --send wants --channel", file=sys.stderr)
        return 2
    fault: list[ChanservError] = []
    with suppress(SystemExit):  # how `react` ends, always
        react(_serve, (options, fault))
    if fault:
        raise fault[0]
    return 0


def run_smpp(reactor: Any, options: Namespace) -> IProtocolFactory:
    """The factory of an SMSC that behaves as the options say."""
    return smsc(reactor, Behaviour(**{field.name: getattr(options, field.name) for field in offered()}))


def run_platform(reactor: Any, options: Namespace) -> IProtocolFactory:
    """The site of a platform that tells what happens on standard output; perhaps it sends a text at once."""
    simulated = platform(reactor, options.gateway, options.authorization, record=sys.stdout)
    if options.send:
        id, to, text = options.send
        reactor.callLater(0, simulated.send, options.channel, id, text, to)
    return site(simulated)


def smsc(reactor: Any, behaviour: Behaviour) -> Smsc:
    """An SMSC: a protocol factory."""
    return Smsc(behaviour, reactor)


def platform(reactor: Any, gateway: str, authorization: str, record: IO[str] | None = None, **more: Any) -> Platform:
    """A platform that posts to the gateway at this URL."""
    poster = HTTPClient(Agent(reactor, pool=HTTPConnectionPool(reactor)))
    send_url = gateway.rstrip("/") + "/c/ex/{uuid}/send"
    return Platform(clock=reactor, poster=poster, send_url=send_url, authorization=authorization, record=record, **more)


def site(platform: Platform) -> Site:
    """What a platform listens with."""
    return Site(platform.resource(), logFormatter=lambda timestamp, request: "")


def noted(event: Mapping[str, Any]) -> str:
    """One event of the platform, in words."""
    match event["what"]:
        case "send":
            words = f"platform asks      id {event['id']}: “{event['text']}”"
        case "answer":
            words = f"platform was told  HTTP {event['code']} {event['body']}"
        case "state":
            words = f"platform notes     {STATES.get(event['state'], event['state'])}"
        case "stored":
            words = f"platform stored    “{event['text']}” of {event['urn']}"
        case what:
            words = f"platform got       {what}, answered {event['code']}"
    return printable(words)


STATES = {"Q": "queued", "W": "wired", "E": "errored, to be tried again", "S": "sent", "D": "delivered", "F": "failed"}


def offered() -> list[Any]:
    """Those of the SMSC's quirks that one word on a command line can say."""
    return [field for field in attrs.fields(Behaviour) if isinstance(field.default, bool | int | float | str | bytes)]


def _reader(field: Any) -> Callable[[str], object]:
    readers: dict[type, Callable[[str], object]] = {bool: _truth, bytes: str.encode}
    kind = type(field.default)
    return readers.get(kind, kind)


def _truth(word: str) -> bool:
    return {"yes": True, "no": False}[word]


def _flag(field: Any) -> str:
    return "--" + field.name.replace("_", "-")


def _listen(parser: ArgumentParser, default: str) -> None:
    parser.add_argument("--listen", metavar="ENDPOINT", default=default, help="where (%(default)s)")


def _serve(reactor: Any, options: Namespace, fault: list[ChanservError]) -> Deferred[Any]:
    return Deferred.fromCoroutine(_forever(reactor, options, fault))


async def _forever(reactor: Any, options: Namespace, fault: list[ChanservError]) -> None:
    try:
        await serverFromString(reactor, options.listen).listen(options.simulated(reactor, options))
    except (OSError, ValueError) as error:
        fault.append(Unable(f"cannot listen at {options.listen}: {error}"))
        return
    print(f"listening at {options.listen}; Ctrl-C ends it", flush=True)
    await Deferred()

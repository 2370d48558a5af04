"""`chanserv simulate smpp|…|rest|platform`: the other end of a link, or of the gateway, until Ctrl-C.

The simulators are the ones the tests use; here they only get a port, their
options, a voice and (carriers) an ear. What they do is theirs (`links.peer.carrier`, `platform.peer`); the one of
aggregators is in `aggregator`.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import IO, Any

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.task import react
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.server import Site

from chanserv.cli import aggregator
from chanserv.cli.ear import Obedience, attend
from chanserv.cli.orders import plain
from chanserv.cli.quirks import Unable as Unable
from chanserv.cli.quirks import quirks
from chanserv.cli.told import printable
from chanserv.console.story import clock
from chanserv.errors import ChanservError
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.desk import Submit
from chanserv.links.peer.trades import TRADES
from chanserv.platform.peer import Platform

PORTS = {"smpp": 2775, "ucp": 5000, "cimd2": 9971}
PORT = 2775


def arguments(parser: ArgumentParser) -> None:
    kinds = parser.add_subparsers(metavar="KIND", required=True)
    for kind in TRADES:
        _carrier(kinds.add_parser(kind, help=f"an SMSC that speaks {kind.upper()}"), kind)
    platform = kinds.add_parser("platform", help="a platform with External API channels, like courier")
    _listen(platform, "tcp:18090:interface=127.0.0.1")
    platform.add_argument("--gateway", metavar="URL", default="http://127.0.0.1:8080", help="it posts to (%(default)s)")
    platform.add_argument("--authorization", metavar="HEADER", default="", help='such as "Token demo"')
    platform.add_argument("--channel", metavar="UUID", help="the channel that --send uses")
    platform.add_argument("--send", nargs=3, metavar=("ID", "TO", "TEXT"), help="send this once it listens")
    platform.set_defaults(simulated=run_platform)
    rest = kinds.add_parser("rest", help="an aggregator, of any profile")
    _listen(rest, "tcp:8083:interface=127.0.0.1")
    aggregator.arguments(rest)


def _carrier(parser: ArgumentParser, kind: str) -> None:
    _listen(parser, f"tcp:{PORTS.get(kind, PORT)}:interface=127.0.0.1")
    quirks(parser, plain())
    parser.add_argument("--record", metavar="FILE", help="append what happens, a JSON object a line")
    parser.add_argument(
        "--send", nargs=3, metavar=("FROM", "TO", "TEXT"), help="a handset sends this once one is bound"
    )
    parser.set_defaults(simulated=run_carrier, kind=kind)


def run(options: Namespace) -> int:
    """0 after Ctrl-C; 1 if it cannot listen."""
    if options.send and not getattr(options, "channel", True):
        print("chanserv simulate: --send wants --channel", file=sys.stderr)
        return 2
    fault: list[ChanservError] = []
    with suppress(SystemExit):  # how `react` ends, always
        react(_serve, (options, fault))
    if fault:
        raise fault[0]
    return 0


def run_carrier(reactor: Any, options: Namespace) -> Carrier:
    """A carrier that behaves as the options say and tells what it takes on standard output; perhaps it sends a text."""
    try:
        behaviour = Behaviour(**{name: getattr(options, name) for name in plain()})
    except ValueError as error:
        raise Unable(str(error.args[0]))
    simulated = Carrier(reactor, TRADES[options.kind](), behaviour, record=options.record, on_submit=_show)
    if options.send:
        simulated.send_mo(*options.send)
    return simulated


def run_platform(reactor: Any, options: Namespace) -> IProtocolFactory:
    """The site of a platform that tells what happens on standard output; perhaps it sends a text at once."""
    simulated = platform(reactor, options.gateway, options.authorization, record=sys.stdout)
    if options.send:
        id, to, text = options.send
        reactor.callLater(0, simulated.send, options.channel, id, text, to)
    return site(simulated)


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
            words = f"gateway answers    HTTP {event['code']} {event['body']}"
        case "state":
            words = f"platform notes     {STATES.get(event['state'], event['state'])}"
        case "stored":
            words = f"platform stored    “{event['text']}” of {event['urn']}"
        case what:
            words = f"platform got       {what}, answered {event['code']}"
    return printable(words)


STATES = {"Q": "queued", "W": "wired", "E": "errored, to be tried again", "S": "sent", "D": "delivered", "F": "failed"}


def _show(submit: Submit) -> None:
    words = f"{submit.source} to {submit.destination}: “{submit.text}”"
    print(f"{clock(submit.at)}  id {submit.message_id}  {printable(words)}", flush=True)


def _listen(parser: ArgumentParser, default: str) -> None:
    parser.add_argument("--listen", metavar="ENDPOINT", default=default, help="where (%(default)s)")


def _serve(reactor: Any, options: Namespace, fault: list[ChanservError]) -> Deferred[Any]:
    return Deferred.fromCoroutine(_forever(reactor, options, fault))


async def _forever(reactor: Any, options: Namespace, fault: list[ChanservError]) -> None:
    try:
        simulated = options.simulated(reactor, options)
        await serverFromString(reactor, options.listen).listen(simulated)
    except (OSError, CannotListenError, ValueError, ChanservError) as error:
        fault.append(Unable(str(error)))
        return
    print(f"listening at {options.listen}; Ctrl-C ends it", flush=True)
    say = partial(print, flush=True)
    if isinstance(simulated, Carrier):
        attend(reactor, Obedience(reactor, simulated, say).hear)
    elif isinstance(simulated, aggregator.AggregatorSite):
        say(simulated.introduction())
        attend(reactor, aggregator.Obedience(simulated.aggregator, say).hear)
    await Deferred()

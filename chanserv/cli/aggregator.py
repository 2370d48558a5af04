"""`chanserv simulate rest`: the simulator of an aggregator gets its profile, its options, a voice and an ear.

What it does is its own (`links.rest.peer`).
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs
from treq.client import HTTPClient
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.server import Site

from chanserv.cli.orders import AGGREGATOR, Change, Help, List, Mo, Order, Show, Tell, Unclear, parse
from chanserv.cli.profiles import find, shelf, where
from chanserv.cli.quirks import Unable, quirks
from chanserv.cli.told import printable
from chanserv.console.story import clock
from chanserv.links.rest.behaviour import Behaviour
from chanserv.links.rest.peer import Aggregator, Taken
from chanserv.profiles.stub.account import PUBLIC_KEY


def arguments(parser: ArgumentParser) -> None:
    """Beside the place where it listens."""
    parser.add_argument("--profile", metavar="NAME", required=True, help="whose: see `chanserv profile list`")
    where(parser)
    parser.add_argument(
        "--credential", metavar="KEY=VALUE", action="append", default=[], help="of the account, as the link has it"
    )
    parser.add_argument(
        "--hooks", metavar="URL", default="", help="webhooks go to: http://127.0.0.1:8080/hook/<link>/<secret>"
    )
    parser.add_argument("--public", metavar="URL", default="", help="the same, as public_url has it: it is signed so")
    quirks(parser, AGGREGATOR.plain)
    parser.add_argument("--record", metavar="FILE", help="append what happens, a JSON object a line")
    parser.add_argument("--send", nargs=3, metavar=("FROM", "TO", "TEXT"), help="a handset sends this at once")
    parser.set_defaults(simulated=simulated)


class AggregatorSite(Site):
    """What it listens with; when that ends, its webhooks do."""

    def __init__(self, aggregator: Aggregator, given: Collection[str]) -> None:
        super().__init__(aggregator, logFormatter=lambda timestamp, request: "", parsePOSTFormSubmission=False)
        self.aggregator = aggregator
        self._given = given

    def stopFactory(self) -> None:
        """Twisted: nobody listens any more."""
        super().stopFactory()
        self.aggregator.stop()

    def introduction(self) -> str:
        """What of its account was made up, for the gateway's link. What was given is a secret."""
        cfg = self.aggregator.cfg
        keys = [key for key in (*self.aggregator.profile.about.needs, PUBLIC_KEY) if cfg.get(key)]
        made_up = dict.fromkeys(key for key in keys if key not in self._given)
        told = ", ".join(f"{key} = {cfg[key]!r}" for key in made_up) or "nothing"
        return printable(f"{self.aggregator.profile.about.title}; made up of its account: {told}")


def simulated(reactor: Any, options: Namespace) -> AggregatorSite:
    """One that behaves as the options say, and tells on standard output. Raises Unable; SettingsError for a profile."""
    given = credentials(options.credential)
    try:
        aggregator = Aggregator(
            find(shelf(options), options.profile),
            given,
            poster=HTTPClient(Agent(reactor, pool=HTTPConnectionPool(reactor))),
            clock=reactor,
            hooks=options.hooks,
            public=options.public,
            behaviour=Behaviour(**{name: getattr(options, name) for name in AGGREGATOR.plain}),
            record=options.record,
            on_note=lambda what, **facts: print(noted(reactor.seconds(), what, facts), flush=True),
        )
    except (ValueError, LookupError) as error:
        raise Unable(str(error.args[0]))
    if options.send:
        reactor.callWhenRunning(Obedience(aggregator, print).hear, "mo " + " ".join(options.send))
    return AggregatorSite(aggregator, given)


def credentials(given: list[str]) -> dict[str, str]:
    """KEY=VALUE, each. Raises Unable."""
    pairs = [each.partition("=") for each in given]
    if wrong := [key for key, equals, _ in pairs if not (key and equals)]:
        raise Unable(f"--credential wants KEY=VALUE, not {wrong[0]}")
    return {key: value for key, _, value in pairs}


def noted(at: float, what: str, facts: Mapping[str, Any]) -> str:
    """What happened, in words."""
    match what:
        case "part":
            words = f"{facts['word']}  id {facts['id'] or '-'}  {facts['sender']} to {facts['to']}: “{facts['text']}”"
        case "hook":
            words = f"{facts['kind']}: " + (f"answered {facts['code']}" if facts["code"] else f"no: {facts['why']}")
        case _:
            words = f"{what}: {facts.get('why', '')}"
    return f"{clock(at)}  {printable(words)}"


class Obedience:
    """Does what a line says, and tells it; a line that says nothing is told, and nothing else."""

    def __init__(self, aggregator: Aggregator, say: Callable[[str], object]) -> None:
        self._aggregator, self._say = aggregator, say

    def hear(self, line: str) -> None:
        """Raises nothing: a person may mistype."""
        if not line.strip():
            return
        try:
            self._do(parse(line, AGGREGATOR))
        except (Unclear, ValueError) as error:
            self._say(printable(f"no: {error.args[0]}"))

    def _do(self, order: Order) -> None:
        match order:
            case Change(name, value):
                self._aggregator.set(**{name: value})
                self._say(printable(f"{name} is {value!r} now"))
            case Mo(source, dest, text):
                self._aggregator.send_mo(source, dest, text)
                self._say("sent")
            case Tell(word, id):
                self._aggregator.send_status(self._part(id), word)
                self._say("sent")
            case List():
                self._say("\n".join(map(printable, self._aggregator.answers())))
            case Show():
                self._show()
            case Help():
                self._say("\n".join(AGGREGATOR.words))
                self._say("  " + " ".join(AGGREGATOR.plain))
            case other:
                raise Unclear(f"an aggregator does not know {other}")

    def _part(self, id: str) -> Taken:
        """That one, or the newest."""
        for taken in reversed(self._aggregator.parts):
            if not id or id in (taken.id, taken.ours):
                return taken
        raise Unclear(f"no part has the id {id}" if id else "no part has come yet")

    def _show(self) -> None:
        counted = {"waiting": self._aggregator.waiting, **self._aggregator.counts}
        self._say("  ".join(f"{name} {count}" for name, count in counted.items()))
        said = attrs.asdict(self._aggregator.behaviour)
        unusual = {name: said[name] for name, usual in AGGREGATOR.plain.items() if said[name] != usual}
        if unusual:
            self._say(printable("  ".join(f"{name} {found!r}" for name, found in unusual.items())))

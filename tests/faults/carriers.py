"""The far end of the gateway's link in a trial: what the world does with it, and how the gateway's settings name it.

An SMSC keeps sessions; an aggregator answers requests and calls webhooks. Both
take every part and deliver it. What is right or wrong, they do not know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from twisted.protocols.policies import WrappingFactory
from twisted.web.server import Site

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.trades import TRADES
from chanserv.links.rest import behaviour as rest
from chanserv.links.rest.peer import Aggregator
from chanserv.profiles.shelf import Shelf
from chanserv.profiles.stub.account import account
from chanserv.text.numbers import digits
from chanserv.toml.faults import Faults, Place
from tests.faults.traffic import CONCATENATED

LINK = "smsc"
WINDOW = 10
RETRY_AFTER = 0.3  # seconds until a delivery that was not taken comes again
SECRET = "0123456789abcdef"  # in the path of webhooks

# They differ in what a status is known by: our id in the URL it comes to, theirs, ours in a batch, ours as nothing else
# is given. The first two sign.
PROFILES: Mapping[str, Mapping[str, str]] = {
    "twilio": {},
    "vonage": {"signature_secret": "trial"},
    "infobip": {},
    "kannel": {},
}

Take = Callable[[str, str], object]  # (destination, text) of a part that was taken


class ICarrier(Protocol):
    """`counts` are the simulator's own."""

    name: str
    factory: Any  # what listens
    counts: Counter[str]

    def link(self, port: int) -> str:
        """The gateway's [link.…] to it, where it listens on that port."""

    def reach(self, url: str) -> None:
        """The gateway is there."""

    def send_mo(self, source: str, dest: str, text: str) -> object:
        """A handset sends a text; the gateway gets it again until it takes it."""

    def drop(self) -> None:
        """Break every connection, without a word."""

    def end(self) -> None:
        """Nothing is left of it on the reactor, but for connections that end."""

    @property
    def connections(self) -> int:
        """Those there are."""

    @property
    def proven(self) -> int:
        """How often the gateway showed that it has found it."""

    def broken(self, starts: int) -> int:
        """How often a window of parts may have been left in doubt, if the gateway was started so often."""


class Smsc:
    """ICarrier: its link is of this `kind`, and its [link.…] has this beside what all have."""

    def __init__(self, kind: str, own: str, reactor: Any, seed: int, latency: float, take: Take, poster: Any) -> None:
        self.name, self._own = kind, own
        self.factory = Carrier(
            reactor,
            TRADES[kind](),
            Behaviour(latency=latency, retry_after=RETRY_AFTER),
            # Not every kind says that a number is international.
            on_submit=lambda submit: take(f"+{digits(submit.destination)}", submit.text),
        )
        self.counts = self.factory.counts
        self.send_mo, self.drop, self.end = self.factory.send_mo, self.factory.drop, self.factory.drop

    def link(self, port: int) -> str:
        """ICarrier."""
        return f"""
[link.{LINK}]
kind = "{self.name}"
hosts = ["127.0.0.1:{port}"]
{self._own}
password = "trial"
window = {WINDOW}
rate = 10000
"""

    def reach(self, url: str) -> None:
        """ICarrier: it is called."""

    @property
    def connections(self) -> int:
        """ICarrier."""
        return len(self.factory.connections)

    @property
    def proven(self) -> int:
        """ICarrier: it signed in."""
        return self.counts["binds"]

    def broken(self, starts: int) -> int:
        """ICarrier: every session but the last."""
        return max(0, self.counts["binds"] - 1)


class Provider:
    """ICarrier: whose profile it is, the seed decides."""

    def __init__(self, reactor: Any, seed: int, latency: float, take: Take, poster: Any) -> None:
        self.name = tuple(PROFILES)[seed // len(KINDS) % len(PROFILES)]
        profile = Shelf().get(self.name, faults := Faults(), Place("the trial"))
        assert profile is not None, faults.found
        self._needs, self._cfg = profile.about.needs, account(profile, PROFILES[self.name])
        self._take = take
        self._stub = Aggregator(
            profile,
            PROFILES[self.name],
            poster=poster,
            clock=reactor,
            behaviour=rest.Behaviour(latency=latency, retry_after=RETRY_AFTER),
            on_note=self._note,
        )
        site = Site(self._stub, logFormatter=lambda timestamp, request: "", parsePOSTFormSubmission=False)
        self.factory = WrappingFactory(site)
        self.counts = self._stub.counts
        self.send_mo = self._stub.send_mo

    def _note(self, what: str, **facts: Any) -> None:
        if what == "part":
            self._take(facts["to"], facts["text"])

    def link(self, port: int) -> str:
        """ICarrier: cut where an SMSC's parts end, since the aggregator would send a long text whole."""
        given = [(key, value) for key, value in self._cfg.items() if value]
        return f"""
[link.{LINK}]
kind = "rest"
profile = "{self.name}"
base_url = "http://127.0.0.1:{port}"
credentials = {{ {", ".join(f'{key} = "{value}"' for key, value in given if key in self._needs)} }}
options = {{ {", ".join(f'{key} = "{value}"' for key, value in given if key not in self._needs)} }}
hook_secret = "{SECRET}"
split = {CONCATENATED}
concurrency = {WINDOW}
rate = 10000
"""

    def reach(self, url: str) -> None:
        """ICarrier: it calls it."""
        self._stub.addresses.hooks = self._stub.addresses.public = f"{url}/hook/{LINK}/{SECRET}"

    def drop(self) -> None:
        """ICarrier."""
        for connection in tuple(self.factory.protocols):
            connection.abortConnection()

    def end(self) -> None:
        """ICarrier: nor does it call any more."""
        self._stub.stop()
        self.drop()

    @property
    def connections(self) -> int:
        """ICarrier."""
        return len(self.factory.protocols)

    @property
    def proven(self) -> int:
        """ICarrier: a part came."""
        return self.counts["submits"]

    def broken(self, starts: int) -> int:
        """ICarrier: there is no session; each gateway but the last died with requests out."""
        return max(0, starts - 1)


KINDS: Mapping[str, Callable[..., ICarrier]] = {
    "smpp": partial(Smsc, "smpp", 'system_id = "trial"'),
    "ucp": partial(Smsc, "ucp", 'account = "8000"'),
    "cimd2": partial(Smsc, "cimd2", 'user = "trial"'),
    "rest": Provider,
}
"""kind of link -> its carrier, made of (reactor, seed, seconds of latency, who is told of parts, treq's HTTPClient)."""

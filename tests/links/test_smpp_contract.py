"""The SMPP link against the simulated SMSC: octets in memory, time by a clock."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.test.iosim import FakeTransport, IOPump, connect

from chanserv.links.smpp.link import make
from chanserv.links.smpp.peer import Behaviour, Smsc
from chanserv.settings import SmppSettings
from tests.contracts import link_contract
from tests.fakes import smpp

WAYS: dict[str, dict[str, Any]] = {
    "well": {},
    "refusing": {"refuse_every": 1, "refuse_with": 0x0B},
    "throttling": {"throttle_for": 60.0},
    "silent": {"silent": True},
    "breaking": {"drop_every": 1},
}


USUAL = Behaviour()
PLAIN, NEWEST = smpp("a"), smpp("a", version="5.0", submit="data_sm", validity_period="relative")


class SmppCarrier:
    """An SMSC that is dialled by iosim."""

    def __init__(
        self, clock: Clock, lane: Any, router: Any, settings: SmppSettings = PLAIN, rules: Behaviour = USUAL
    ) -> None:
        self._clock = clock
        self._pumps: list[IOPump] = []
        self.smsc = Smsc(clock, rules)
        self.link = make(settings, lane, router, clock, connect=lambda host, port: self, chance=lambda: 0.0)

    def connect(self, factory: Any) -> Deferred[Any]:
        """The link's endpoint."""
        server, client = self.smsc.buildProtocol(None), factory.buildProtocol(None)
        ends = FakeTransport(server, isServer=True), FakeTransport(client, isServer=False)
        self._pumps.append(connect(server, ends[0], client, ends[1]))
        return succeed(client)

    def turn(self, seconds: float = 0.0) -> None:
        self._clock.advance(seconds)
        moved = 1
        while moved:
            moved = self._pump()
            self._clock.advance(0)
            moved += self._pump()

    def _pump(self) -> int:
        """How many connections had something to carry; every one was asked."""
        return sum(bool(pump.pump()) for pump in list(self._pumps))

    def behave(self, how: str) -> None:
        self.smsc.set(**{"refuse_every": 0, "throttle_for": 0.0, "silent": False, "drop_every": 0, **WAYS[how]})

    def taken(self) -> list[str]:
        return [submit.text for submit in self.smsc.submits]

    def text(self, text: str) -> None:
        self.smsc.send_mo("+5511999990000", "8000", text)

    def drop(self) -> None:
        self.smsc.drop()

    def sessions(self) -> int:
        return len(self.smsc.connections)


class SmppLinkTests(link_contract(SmppCarrier)):  # type: ignore[misc]
    """The link contract."""


def newest(clock: Clock, lane: Any, router: Any) -> SmppCarrier:
    """SMPP 5.0 on both sides, every text as data_sm."""
    return SmppCarrier(clock, lane, router, NEWEST, Behaviour(version="5.0", congestion=50))


class NewestLinkTests(link_contract(newest)):  # type: ignore[misc]
    """The same in other words."""

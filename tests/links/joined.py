"""A link and its simulated carrier, joined in memory: no socket, time by a clock. What they speak is an argument."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.test.iosim import FakeTransport, IOPump, connect

from chanserv.links import KINDS
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.trades import TRADES
from chanserv.settings import LinkSettings

WAYS: dict[str, dict[str, Any]] = {
    "well": {},
    "refusing": {"refuse_every": 1},
    "throttling": {"throttle_for": 60.0},
    "silent": {"silent": True},
    "breaking": {"drop_every": 1},
}


class Joined:
    """`tests.contracts.Carrier` of any kind; `settings`: the link's own."""

    def __init__(self, settings: LinkSettings, behaviour: Behaviour, clock: Clock, lane: Any, router: Any) -> None:
        self._clock = clock
        self._pumps: list[IOPump] = []
        self.smsc = Carrier(clock, TRADES[settings.kind.replace("cimd3", "cimd2")](), behaviour)
        self.link = KINDS[settings.kind](
            settings, lane, router, clock, connect=lambda host, port: self, chance=lambda: 0.0
        )

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
        if how == "refusing" and self.link.kind == "smpp":
            self.smsc.set(
                refuse_with=0x0B
            )  # ESME_RINVDSTADR: its simulator's own, ESME_RSYSERR, is no refusal for good

    def taken(self) -> list[str]:
        return [submit.text for submit in self.smsc.submits]

    def text(self, text: str) -> None:
        self.smsc.send_mo("+5511999990000", "8000", text)

    def drop(self) -> None:
        self.smsc.drop()

    def sessions(self) -> int:
        return len(self.smsc.connections)

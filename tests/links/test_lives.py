"""Every kind's account with carriers that say anything, tunnels that come and go, and an operator who asks.

Whatever happens: each part that was handed over ends in one outcome, each question in one answer; the account stops
in time, and leaves no timer behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import attrs
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, DNSLookupError
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.account import Account
from chanserv.links.ucp.results import Result
from chanserv.message import Question
from tests.links.fakes import FakeGate, FakeLane, Wire, work
from tests.links.test_sessions import EPOCH, KINDS, Kind

LIVES, STEPS = 60, 150


class LateRouter:
    """Keeps what it is given when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Deferred[list[bool]], int]] = []

    def receipt(self, receipts: Sequence[Any]) -> Deferred[list[bool]]:
        return self._later(len(receipts))

    def reply(self, replies: Sequence[Any]) -> Deferred[list[bool]]:
        return self._later(len(replies))

    def _later(self, count: int) -> Deferred[list[bool]]:
        self.waiting.append((Deferred(), count))
        return self.waiting[-1][0]


class Carrier:
    """The other end of one connection."""

    def __init__(self, kind: Kind, protocol: Any) -> None:
        self.kind, self.protocol, self.wire = kind, protocol, Wire()
        self.frames, self.heard = kind.frames(), list[Any]()
        protocol.makeConnection(self.wire)

    @property
    def left(self) -> bool:
        return self.wire.aborted or self.wire.disconnecting

    def say(self, random: Random) -> None:
        data = self.wire.value()
        self.wire.clear()
        self.heard += map(self.kind.decode, self.frames.feed(data))
        first = len(self.heard) == 1 and not isinstance(self.heard[0], Result) and random.random() < 0.8
        count = random.choice((1, 1, 4))
        told = [self.kind.says(random, self.heard[-12:]) for _ in range(0 if first else count)]
        self.protocol.dataReceived(self.kind.well(self.heard[0]) if first else b"".join(told))

    def lose(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionDone()))


class Life:
    """One account from start to stop."""

    def __init__(self, kind: Kind, seed: int) -> None:
        self.kind, self.random, self.clock = kind, Random(seed), Clock()
        self.clock.advance(EPOCH)
        self.lane, self.router, self.gate = FakeLane(), LateRouter(), FakeGate(open=True)
        self.carriers, self.asked, self.sent = list[Carrier](), list[Deferred[Any]](), list[tuple[int, int]]()
        settings = attrs.evolve(kind.settings(self.random), hosts=("a.invalid:1", "b.invalid:1"))
        self.account = Account(
            settings, kind.speech(settings), self.lane, self.router, self.clock,  # type: ignore[arg-type]
            gate=self.gate, connect=lambda host, port: self, chance=self.random.random,  # type: ignore[arg-type]
        )  # fmt: skip

    def live(self) -> Deferred[None]:
        """Its stop."""
        self.account.start()
        for _ in range(STEPS):
            self.random.choices(*zip(*self.acts, strict=True))[0]()
            self.account.status()
        stopped = self.account.stop()
        for _ in range(10):
            self.lose_all()
            self.clock.advance(1.0)
        return stopped

    @property
    def acts(self) -> list[tuple[Callable[[], None], int]]:
        return [
            (self.send, 25),
            (self.hear, 40),
            (lambda: self.clock.advance(self.random.choice((0.0, 0.1, 1.0, 5.0))), 10),
            (self.ring, 3),
            (self.lose, 2),
            (lambda: self.gate.change(not self.gate.open), 2),
            (self.keep, 8),
            (self.ask, 3),
            (self.account.start, 1),
        ]

    def send(self) -> None:
        if self.account.up:
            piece, parts = len(self.sent) + 1, self.random.choice((1, 1, 3))
            self.sent += [(piece, number) for number in range(1, parts + 1)]
            to = f"+551199999{self.random.randrange(4):04}"
            self.account.send(work(piece, parts, to=to, expires=EPOCH + 900.0))

    def hear(self) -> None:
        """Of one of those that are there; who was hung up on goes."""
        if self.carriers:
            carrier = self.random.choice(self.carriers)
            if carrier.left:
                self.carriers.remove(carrier)
                carrier.lose()
            else:
                carrier.say(self.random)

    def ring(self) -> None:
        """The next timer, whatever it is."""
        calls = self.clock.getDelayedCalls()
        self.clock.advance(max(0.0, min((call.getTime() for call in calls), default=EPOCH) - self.clock.seconds()))

    def lose(self) -> None:
        if self.carriers:
            self.carriers.pop(self.random.randrange(len(self.carriers))).lose()

    def lose_all(self) -> None:
        while self.carriers:
            self.lose()

    def keep(self) -> None:
        if self.router.waiting:
            waiting, count = self.router.waiting.pop(self.random.randrange(len(self.router.waiting)))
            waiting.callback([self.random.random() < 0.8 for _ in range(count)])

    def ask(self) -> None:
        asked = Question(carrier_id=self.kind.name, to="+5511999990000", sender="8000")
        self.asked.append(self.random.choice((self.account.ask, self.account.cancel))([asked, asked]))

    def connect(self, factory: Any) -> Deferred[Any]:
        """The account's endpoint: mostly somebody answers."""
        if self.random.random() < 0.2:
            return fail(DNSLookupError("no such SMSC"))
        protocol = factory.buildProtocol(None)
        self.carriers.append(Carrier(self.kind, protocol))
        return succeed(protocol)


class AccountTests(SynchronousTestCase):
    """Lives of each kind, from seeds: the same every time."""

    def live(self, kind: str) -> None:
        for seed in range(LIVES):
            life = Life(KINDS[kind], seed)
            stopped = life.live()
            ends = Counter((outcome.piece, outcome.part) for outcome in life.lane.outcomes)
            self.assertEqual(Counter(life.sent), ends, f"seed {seed}")
            self.assertTrue(stopped.called and all(asked.called for asked in life.asked), f"seed {seed}")
            self.assertEqual([], life.clock.getDelayedCalls(), f"seed {seed}")

    def test_smpp(self) -> None:
        """SMPP."""
        self.live("smpp")

    def test_ucp(self) -> None:
        """UCP."""
        self.live("ucp")

    def test_cimd2(self) -> None:
        """CIMD2."""
        self.live("cimd2")

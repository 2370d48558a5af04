"""One trial: a burst of texts, a gateway killed in the middle of it, another started at once, and the oracle.

The seed decides what is said and where the gateway dies. The same seed does
not give the same trial to the microsecond: two processes and a kernel take
part. It gives the same operation to die at.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import attrs
from twisted.internet.task import deferLater

from tests.faults import oracle
from tests.faults.carriers import KINDS, WINDOW
from tests.faults.gateway import PAUSE, Gateway, Stuck
from tests.faults.sabotage import Fault
from tests.faults.traffic import traffic
from tests.faults.world import World

# Carriers without message ids get one text a second to a number: more recipients, or a trial is mostly waiting.
EACH = {"smpp": 2.5, "ucp": 0.1, "cimd2": 0.1, "rest": 2.5}
SESSIONS, REQUESTS = {"store": 240, "socket": 2_800}, {"store": 500, "socket": 4_500}
# Operations among which the last is chosen: a burst takes about as many.
LAST = {"smpp": SESSIONS, "ucp": SESSIONS, "cimd2": SESSIONS, "rest": REQUESTS}
STALLED = 3.0  # seconds in which nothing happened: what is missing now is lost
LAST_WORDS = 0.2  # seconds in which posts of the dead may still be read; another gateway needs longer to start
AFTERMATH = 0.15  # seconds for what should not come any more
LIMIT = 30.0
SHOWN = 8  # complaints


@attrs.frozen
class Report:
    """A trial in figures. `kill`: "store", "socket", or "idle" when the burst was over before."""

    seed: int
    kind: str
    carrier: str
    kill: str
    at: int
    messages: int
    lost: int
    doubled: int
    mo_doubled: int
    repeated: int
    complaints: tuple[str, ...]
    seconds: float

    @property
    def told(self) -> str:
        """One line, and one for each complaint."""
        line = f"seed {self.seed}, {self.carrier}: killed at {self.kill} operation {self.at}, {self.seconds:.1f} s"
        more = len(self.complaints) - SHOWN
        return "\n  ".join((line, *self.complaints[:SHOWN], *([f"and {more} more"] if more > 0 else [])))


def fault(seed: int, kind: str, bug: str = "") -> Fault:
    """Where the gateway of this seed dies, with a link of that kind."""
    chance = Random(f"kill {seed}")
    side = chance.choice(("store", "socket"))
    return Fault(side=side, at=chance.randint(1, LAST[kind][side]), bug=bug)


def kind(seed: int) -> str:
    """Of the link in the trial of this seed, unless somebody chooses."""
    return tuple(KINDS)[seed % len(KINDS)]


async def run(reactor: Any, seed: int, folder: Path, fault: Fault, kind: str) -> Report:
    """Raises Stuck if no gateway can be started."""
    began = reactor.seconds()
    world = World(reactor, kind, seed)
    gateway = Gateway(reactor, folder, platform=world.platform_up(), link=world.carrier_up())
    one = _Trial(reactor, world, gateway, fault, began)
    try:
        return await one.run(seed)
    finally:
        one.over = True
        gateway.kill()
        await gateway.ended()
        await world.end()


@attrs.define(eq=False)
class _Trial:
    reactor: Any
    world: World
    gateway: Gateway
    fault: Fault
    began: float
    killed: float | None = None
    idle: bool = False
    over: bool = False
    misfired: str = ""  # last words of a gateway that ended before it was killed

    async def run(self, seed: int) -> Report:
        world, gateway = self.world, self.gateway
        gateway.start(self.fault)
        gateway.ended().addCallback(self.die)
        plan = traffic(seed, each=EACH[world.kind])
        world.burst(gateway, plan).addErrback(lambda failure: None)  # the oracle sees what is missing
        await self.settle()
        if self.misfired:
            raise Stuck(f"the gateway ended by itself:\n{self.misfired}")
        judged = oracle.judge(world.seen, world.carrier.broken(gateway.starts), WINDOW, self.killed)
        return Report(
            seed=seed,
            kind=world.kind,
            carrier=world.carrier.name,
            kill="idle" if self.idle else self.fault.side,
            at=self.fault.at,
            messages=len(plan.texts),
            lost=len(judged.lost),
            doubled=judged.doubled,
            mo_doubled=judged.mo_doubled,
            repeated=judged.repeated,
            complaints=judged.complaints,
            seconds=self.reactor.seconds() - self.began,
        )

    def die(self, _: object = None) -> None:
        """The gateway is gone: another one, in full health."""
        if self.over:
            return
        if not self.gateway.was_killed:
            self.misfired = self.gateway.words()
        self.killed = self.reactor.seconds() + LAST_WORDS
        self.gateway.start()

    async def settle(self) -> None:
        """Until nothing is missing, or nothing happens any more."""
        seen, last, since, proven = self.world.seen, -1, self.reactor.seconds(), 0
        while not (seen.settled() and self.killed is not None):
            now = self.reactor.seconds()
            if seen.happened != last:
                last, since = seen.happened, now
            if now - self.began > LIMIT:
                break
            if now - since > STALLED:
                if proven == self.gateway.starts:
                    break
                await self.gateway.ready()  # a busy machine may need longer than that to start one
                proven, since = self.gateway.starts, self.reactor.seconds()
            if seen.settled() and self.killed is None:
                self.idle = True
                self.gateway.kill()
            await deferLater(self.reactor, PAUSE)
        await self.gateway.ready()
        await deferLater(self.reactor, AFTERMATH)

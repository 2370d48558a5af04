"""`python -m tests.faults.flaps`: links that break again and again under load; exit status 1 if one kept no promise.

The carrier takes parts with some latency, so that a window is always open
when its connections break, without a word, a moment after the gateway has found
it: signed in, or, where there are only requests, handed over a part. What is
right or wrong, the oracle knows.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater, react
from twisted.logger import globalLogBeginner

from tests.faults import oracle
from tests.faults.carriers import KINDS, WINDOW
from tests.faults.gateway import Gateway, until
from tests.faults.traffic import traffic
from tests.faults.trial import EACH
from tests.faults.world import World

FLAPS = 200  # of each kind
# So that a window is answered before the next break, whatever the machine, and no more than TEXTS go out between two.
LATENCY = 0.04  # seconds from a part to its answer
BOUND = (0.15, 0.4)  # seconds a session lives, or requests go well
TEXTS = 60  # posted for each flap
SETTLED_WITHIN = 120.0  # seconds after the last one
BOUND_WITHIN = 20.0


@attrs.frozen
class Report:
    """`rebound`: seconds from each break until the carrier was found again."""

    kind: str
    flaps: int
    messages: int
    judged: oracle.Judgement
    rebound: tuple[float, ...]
    seconds: float

    @property
    def told(self) -> str:
        """One line, and one for each complaint."""
        ordered = sorted(self.rebound)
        line = (
            f"{self.kind}: {self.flaps} flaps, {self.messages} messages: {len(self.judged.lost)} lost, "
            f"{self.judged.doubled} submits doubled within the stated bound, {self.judged.mo_doubled} MO doubled, "
            f"found again after {ordered[len(ordered) // 2]:.2f} s (median), {ordered[-1]:.2f} s at the most; "
            f"{self.seconds:.0f} s"
        )
        return "\n  ".join((line, *self.judged.complaints[:8]))


async def run(reactor: Any, seed: int, folder: Path, flaps: int, kind: str) -> Report:
    """Raises Stuck if no gateway can be started, or none finds its carrier again."""
    began, chance = reactor.seconds(), Random(seed)
    world = World(reactor, kind, seed, LATENCY)
    gateway = Gateway(reactor, folder, platform=world.platform_up(), link=world.carrier_up())
    gateway.start()
    try:
        await gateway.ready()
        plan = traffic(seed, texts=TEXTS * flaps, replies=flaps, each=EACH[kind])
        accepted = world.burst(gateway, plan)
        rebound = [await _flap(reactor, world, chance.uniform(*BOUND)) for _ in range(flaps)]
        await accepted
        await until(reactor, world.seen.settled, SETTLED_WITHIN, "all settled")
        judged = oracle.judge(world.seen, flaps, WINDOW)
        return Report(kind, flaps, len(plan.texts), judged, tuple(rebound), reactor.seconds() - began)
    finally:
        gateway.kill()
        await gateway.ended()
        await world.end()


def _flap(reactor: Any, world: World, after: float) -> Deferred[float]:
    return Deferred.fromCoroutine(_broken(reactor, world, after))


async def _broken(reactor: Any, world: World, after: float) -> float:
    """Seconds until the gateway has found its carrier again, or needs it no more: with all told nobody asks."""
    await deferLater(reactor, after)
    before, broke = world.carrier.proven, reactor.seconds()
    world.carrier.drop()

    def found() -> bool:
        return world.carrier.proven > before or world.seen.settled()

    await until(reactor, found, BOUND_WITHIN, "the carrier is found again")
    return float(reactor.seconds() - broke)


async def _prove(reactor: Any, flaps: int, seed: int, reports: list[Report]) -> None:
    for kind in KINDS:
        folder = Path(mkdtemp(prefix="chanserv-flaps-"))
        reports.append(report := await run(reactor, seed, folder, flaps, kind))
        print(report.told, flush=True)
        if report.judged.complaints:
            print(f"settings, logs and data are in {folder}", file=sys.stderr, flush=True)
        else:
            rmtree(folder)


def main(argv: list[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.faults.flaps", description=__doc__)
    parser.add_argument("--flaps", type=int, default=FLAPS, metavar="N", help="of each kind (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of traffic and breaks (%(default)s)")
    options = parser.parse_args(argv)
    reports: list[Report] = []
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False, discardBuffer=True)
    with suppress(SystemExit):  # how `react` ends, always
        react(lambda reactor: Deferred.fromCoroutine(_prove(reactor, options.flaps, options.seed, reports)))
    return int(len(reports) < len(KINDS) or any(report.judged.complaints for report in reports))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

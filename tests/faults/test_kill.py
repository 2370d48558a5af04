"""SIGKILL in the middle of a burst: nothing accepted is lost, nothing is doubled beyond what is stated.

A trial that fails names its seed and the line that repeats it. `make prove`
runs a thousand of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from tests.faults import trial
from tests.faults.trial import Report

TRIALS = 60
GROUP = 5  # trials a test: `trial -j` shares tests out, not trials

# Seeds whose gateway dies where the bug shows, most of the time; then whichever.
CATCHING = {
    "answer-before-commit": (7, 13, 14, 17),
    "settle-skipped": (6, 7, 4, 5),
    "outbox-apart": (6, 7, 10, 17),
}
CHANCES = 12


class Trials(TestCase):
    """What both kinds of tests do."""

    timeout = 200

    async def run_one(self, seed: int, bug: str = "") -> Report:
        return await trial.run(reactor, seed, Path(self.mktemp()), bug)


class KillTests(Trials):
    """Every promise holds, wherever the gateway dies."""

    async def hold(self, seeds: range) -> None:
        for seed in seeds:
            report = await self.run_one(seed)
            if report.complaints:
                self.fail(f"{report.told}\nagain: python -m tests.faults --seed {seed}")


def _group(seeds: range) -> Callable[[KillTests], Deferred[Any]]:
    def test(case: KillTests) -> Deferred[Any]:
        return Deferred.fromCoroutine(case.hold(seeds))

    test.__doc__ = f"Seeds {seeds[0]} to {seeds[-1]}."
    return test


for _first in range(1, TRIALS + 1, GROUP):
    setattr(KillTests, f"test_seeds_from_{_first:02d}", _group(range(_first, _first + GROUP)))


class PlantedBugTests(Trials):
    """An oracle that finds nothing is worth nothing: it must find these."""

    async def catch(self, bug: str) -> None:
        favourites = CATCHING[bug]
        others = (seed for seed in range(1, TRIALS) if seed not in favourites)
        for seed in (*favourites, *(next(others) for _ in range(CHANCES - len(favourites)))):
            if (await self.run_one(seed, bug)).complaints:
                return
        self.fail(f"{bug} went unnoticed in {CHANCES} trials")

    def test_an_answer_before_the_commit_is_caught(self) -> Deferred[None]:
        """The platform is told 200 and the text is not on disk yet."""
        return Deferred.fromCoroutine(self.catch("answer-before-commit"))

    def test_a_settle_that_is_skipped_is_caught(self) -> Deferred[None]:
        """A carrier's answer frees its window slot and is not kept."""
        return Deferred.fromCoroutine(self.catch("settle-skipped"))

    def test_an_outbox_in_a_second_transaction_is_caught(self) -> Deferred[None]:
        """A status is kept, and that the platform is owed it only later."""
        return Deferred.fromCoroutine(self.catch("outbox-apart"))

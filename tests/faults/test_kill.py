"""SIGKILL in the middle of a burst: nothing accepted is lost, nothing is doubled beyond what is stated.

A trial that fails names its seed and the line that repeats it. Seeds are dealt
over the kinds of links; `make prove` runs a thousand of each.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from tests.faults import trial
from tests.faults.sabotage import Fault
from tests.faults.trial import Report

TRIALS = 60
GROUP = 5  # trials a test: `trial -j` shares tests out, not trials

# Where each bug shows most often: of the three operations of a batch the second is before, the third after its commit.
CATCHING = {
    ("answer-before-commit", "smpp"): range(32, 68, 3),
    ("settle-skipped", "smpp"): range(60, 96, 3),
    ("settle-skipped", "rest"): range(240, 276, 3),
    ("outbox-apart", "smpp"): range(60, 96, 3),
}


class Trials(TestCase):
    """What both kinds of tests do."""

    timeout = 200

    async def run_one(self, seed: int, fault: Fault, kind: str) -> Report:
        return await trial.run(reactor, seed, Path(self.mktemp()), fault, kind)


class KillTests(Trials):
    """Every promise holds, wherever the gateway dies."""

    async def hold(self, seeds: range) -> None:
        for seed in seeds:
            kind = trial.kind(seed)
            report = await self.run_one(seed, trial.fault(seed, kind), kind)
            if report.complaints:
                self.fail(f"{report.told}\nagain: python -m tests.faults --seed {seed} --kind {report.kind}")


def _group(seeds: range) -> Callable[[KillTests], Deferred[Any]]:
    def test(case: KillTests) -> Deferred[Any]:
        return Deferred.fromCoroutine(case.hold(seeds))

    test.__doc__ = f"Seeds {seeds[0]} to {seeds[-1]}."
    return test


for _first in range(1, TRIALS + 1, GROUP):
    setattr(KillTests, f"test_seeds_from_{_first:02d}", _group(range(_first, _first + GROUP)))


class PlantedBugTests(Trials):
    """An oracle that finds nothing is worth nothing: it must find these."""

    async def catch(self, bug: str, kind: str = "smpp") -> None:
        places = CATCHING[bug, kind]
        for seed, at in enumerate(places):
            if (await self.run_one(seed, Fault(at=at, bug=bug), kind)).complaints:
                return
        self.fail(f"{bug} went unnoticed in {len(places)} trials")

    def test_an_answer_before_the_commit_is_caught(self) -> Deferred[None]:
        """The platform is told 200 and the text is not on disk yet."""
        return Deferred.fromCoroutine(self.catch("answer-before-commit"))

    def test_a_settle_that_is_skipped_is_caught(self) -> Deferred[None]:
        """A carrier's answer frees its window slot and is not kept."""
        return Deferred.fromCoroutine(self.catch("settle-skipped"))

    def test_a_settle_that_is_skipped_is_caught_over_http(self) -> Deferred[None]:
        """So is an aggregator's: it has no session, and the bound is that of a death."""
        return Deferred.fromCoroutine(self.catch("settle-skipped", "rest"))

    def test_an_outbox_in_a_second_transaction_is_caught(self) -> Deferred[None]:
        """A status is kept, and that the platform is owed it only later."""
        return Deferred.fromCoroutine(self.catch("outbox-apart"))

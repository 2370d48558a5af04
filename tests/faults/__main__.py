"""`python -m tests.faults`: kill gateways until the figures mean something, two side by side, kind after kind.

One trial a seed; `--seed` alone repeats one. Exit status 1 if any promise was
broken, each with the line that repeats it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.logger import globalLogBeginner

from tests.faults import trial
from tests.faults.carriers import KINDS
from tests.faults.sabotage import BUGS
from tests.faults.trial import Report

TRIALS = 1_000
SIDES = 2  # processes: a trial keeps one core busy
EVERY = 50  # trials between two lines of progress


def main(argv: list[str]) -> int:
    options = _read(argv)
    if options.worker:
        _work(_seeds(options), options.bug, options.kind)
        return 0
    kinds = tuple(KINDS) if options.kind == "all" else (options.kind,)
    return max(_prove(options, kind) for kind in kinds)


def _prove(options: Namespace, kind: str) -> int:
    """The trials of one kind of link; 1 if one of them found something."""
    began, totals = time.monotonic(), Totals()
    for report in _side_by_side(options, kind):
        totals.add(report)
        if report.complaints or options.trials == 1:
            print(report.told, flush=True)
        elif totals.trials % EVERY == 0:
            print(f"{kind}: {totals.told(time.monotonic() - began)}", flush=True)
        if report.complaints:
            again = f"python -m tests.faults --kind {kind} --seed {report.seed} --bug={options.bug}"
            print(f"  again: {again.removesuffix(' --bug=')}")
    print(f"{kind}: {totals.told(time.monotonic() - began)}", flush=True)
    return 1 if totals.complaints else 0


def _read(argv: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kind", choices=(*KINDS, "all"), default="all", help="of the link; each in turn (all)")
    parser.add_argument("--trials", type=int, metavar="N", help=f"how many of a kind ({TRIALS}; 1 with --seed)")
    parser.add_argument("--seed", type=int, metavar="S", help="of the first (1)")
    parser.add_argument("--bug", choices=BUGS, default="", help="plant this bug; the oracle must find it")
    parser.add_argument("--step", type=int, default=1, metavar="N", help="from seed to seed (1)")
    parser.add_argument("--worker", action="store_true", help="one after the other, a line of JSON each")
    options = parser.parse_args(argv)
    if options.trials is None:
        options.trials = TRIALS if options.seed is None else 1
    options.seed = 1 if options.seed is None else options.seed
    return options


def _seeds(options: Namespace) -> range:
    return range(options.seed, options.seed + options.trials * options.step, options.step)


@attrs.define
class Totals:
    """Sums over trials."""

    trials: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    mo_doubled: int = 0
    repeated: int = 0
    complaints: int = 0
    longest: float = 0.0
    kills: Counter[str] = attrs.field(factory=Counter)

    def add(self, report: Report) -> None:
        self.trials += 1
        for name in ("messages", "lost", "doubled", "mo_doubled", "repeated"):
            setattr(self, name, getattr(self, name) + getattr(report, name))
        self.complaints += len(report.complaints)
        self.longest = max(self.longest, report.seconds)
        self.kills[report.kill] += 1

    def told(self, seconds: float) -> str:
        kills = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        return (
            f"{self.trials} trials ({kills}), {self.messages} messages: {self.lost} lost, "
            f"{self.doubled} submits doubled within the stated bound, {self.mo_doubled} MO doubled, "
            f"{self.repeated} statuses told twice, {self.complaints} complaints; "
            f"{seconds:.0f} s, the longest trial {self.longest:.1f} s"
        )


# side by side


def _side_by_side(options: Namespace, kind: str) -> Iterator[Report]:
    """Reports as they come, from processes that share the seeds out among them."""
    seeds, reports = _seeds(options), SimpleQueue[Report | None]()
    shares = [share for side in range(SIDES) if (share := seeds[side::SIDES])]
    with ThreadPoolExecutor(len(shares)) as pool:
        working = [pool.submit(_share, share, options.bug, kind, reports) for share in shares]
        left = len(shares)
        while left:
            report = reports.get()
            if report is None:
                left -= 1
            else:
                yield report
        for one in working:
            one.result()


def _share(seeds: range, bug: str, kind: str, reports: SimpleQueue[Report | None]) -> None:
    """Raises CalledProcessError if that process ended before its last trial."""
    command = [sys.executable, "-m", "tests.faults", "--worker", f"--seed={seeds[0]}", f"--trials={len(seeds)}"]
    command += [f"--step={seeds.step}", f"--kind={kind}", *([f"--bug={bug}"] if bug else [])]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                reports.put(_report(json.loads(line)))
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
    finally:
        reports.put(None)


def _report(told: dict[str, Any]) -> Report:
    return Report(**{**told, "complaints": tuple(told["complaints"])})


def _work(seeds: Iterable[int], bug: str, kind: str) -> None:
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False, discardBuffer=True)
    with suppress(SystemExit):  # how `react` ends, always
        react(lambda reactor: Deferred.fromCoroutine(_each(reactor, seeds, bug, kind)))


async def _each(reactor: Any, seeds: Iterable[int], bug: str, kind: str) -> None:
    for seed in seeds:
        folder = Path(mkdtemp(prefix="chanserv-trial-"))
        report = await trial.run(reactor, seed, folder, trial.fault(seed, kind, bug), kind)
        print(json.dumps(attrs.asdict(report)), flush=True)
        if report.complaints:
            print(f"seed {seed}: settings, logs and data are in {folder}", file=sys.stderr, flush=True)
        else:
            rmtree(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m benchmarks.links`: how well a window is filled, on an SMSC that answers each submit_sm after 20 ms.

A slot is free when its answer is committed, so no more than
window / (20 ms + a commit) can leave; that bound, with the median commit of the
same run, is printed beside what left. Texts are accepted before the SMSC gives
its first answer, so that only the link is measured. Kannel, where it is
installed, empties the same backlog into the same SMSC: it commits nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from benchmarks.tools import free_port, listens, now, post, request, usage

LATENCY = 0.020
WINDOWS = ((10, 2_000), (100, 8_000))  # window, texts
CHANNEL = "00000000-0000-4000-8000-000000000001"
BEARERBOX, SMSBOX = (shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("bearerbox", "smsbox"))
ENVIRONMENT = {**os.environ, "BENCH_TOKEN": "Token bench", "PYTHONPATH": os.getcwd()}

GATEWAY = """
[gateway]
data = "{folder}/var"
listen = ['tcp:{http}:interface=127.0.0.1']
console = 'tcp:{console}:interface=127.0.0.1'
console_token = {{ env = "BENCH_TOKEN" }}
[platform.main]
url = "http://127.0.0.1:9"
[channel.quiet]
uuid = "{channel}"
address = "+5582999489286"
authorization = {{ env = "BENCH_TOKEN" }}
links = ["smsc"]
statuses = []
[link.smsc]
kind = "smpp"
hosts = ["127.0.0.1:{smpp}"]
system_id = "bench"
password = "bench"
window = {window}
rate = 100000.0
receipts = "none"
"""

KANNEL = """
group = core
admin-port = {console}
admin-interface = 127.0.0.1
admin-password = bench
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
log-level = 2

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
sendsms-interface = 127.0.0.1
log-level = 2

group = smsc
smsc = smpp
smsc-id = smpp
host = 127.0.0.1
port = {smpp}
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = ""
max-pending-submits = {window}

group = sendsms-user
username = us
password = bench

group = sms-service
keyword = default
text = ""
"""


@attrs.frozen
class Run:
    """What one emptying of a backlog came to."""

    rate: float  # submit_sm answered a second
    cpu: float  # seconds per 1,000
    peak: int  # most that were unanswered
    commit: float = 0.0  # median, seconds


class Sender:
    """A program that takes texts by HTTP and sends them over SMPP: how it is started, asked and looked at."""

    def __init__(self, folder: Path, window: int) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("http", "console", "boxes", "smpp")}
        self.config = folder / "config"
        self.config.write_text(self.template.format(folder=folder, window=window, channel=CHANNEL, **self.ports))
        self.children: list[subprocess.Popen[bytes]] = []

    template: str

    async def start(self) -> None:
        raise NotImplementedError

    def requests(self, total: int) -> Iterator[bytes]:
        raise NotImplementedError

    def commits(self) -> dict[float, float]:
        """How many commits took at most so many seconds, so far."""
        return {}

    def run(self, *words: str | Path) -> None:
        with (self.folder / "log").open("ab") as log:
            self.children.append(subprocess.Popen(words, env=ENVIRONMENT, stdout=log, stderr=log, cwd=self.folder))

    def stop(self) -> None:
        for child in reversed(self.children):
            child.terminate()
            child.wait(30)

    async def until(self, reached: Callable[[], bool], limit: float = 30.0) -> None:
        deadline = now() + limit
        while not reached():
            if now() > deadline:
                raise RuntimeError(f"not within {limit:g} s:\n{(self.folder / 'log').read_text()[-2000:]}")
            await asyncio.sleep(0.01)


class Gateway(Sender):
    template = GATEWAY

    async def start(self) -> None:
        self.config.chmod(0o600)
        twistd = Path(sys.executable).with_name("twistd")
        self.run(twistd, "-n", "--pidfile=", "chanserv", "--config", self.config)
        await self.until(lambda: listens(self.ports["http"]))

    def requests(self, total: int) -> Iterator[bytes]:
        return (request(CHANNEL, number) for number in range(total))

    def commits(self) -> dict[float, float]:
        asked = urllib.request.Request(f"http://127.0.0.1:{self.ports['console']}/metrics")
        asked.add_header("Authorization", "Bearer Token bench")
        with urllib.request.urlopen(asked) as answer:
            text = answer.read().decode()
        found = re.findall(r'^chanserv_commit_seconds_bucket\{le="([^"]+)"\} (\S+)', text, re.MULTILINE)
        return {float(bound): float(count) for bound, count in found}


class Kannel(Sender):
    template = KANNEL

    async def start(self) -> None:
        self.run(str(BEARERBOX), self.config)
        await self.until(lambda: listens(self.ports["boxes"]))
        self.run(str(SMSBOX), self.config)
        await self.until(lambda: listens(self.ports["http"]))

    def requests(self, total: int) -> Iterator[bytes]:
        words = "username=us&password=bench&from=8500&text=Your+code+is+{0:06d}.+Never+tell+it.&to=2507{0:08d}"
        line = "GET /cgi-bin/sendsms?" + words + " HTTP/1.1\r\nHost: kannel\r\n\r\n"
        return (line.format(number).encode() for number in range(total))


async def measure(sender: Sender, total: int) -> Run:
    """One backlog, emptied."""
    words = ("-m", "benchmarks.smsc", str(sender.ports["smpp"]), str(total), str(LATENCY))
    pipe = asyncio.subprocess.PIPE
    smsc = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=pipe, stdout=pipe)
    assert smsc.stdin is not None and smsc.stdout is not None
    try:
        await sender.until(lambda: listens(sender.ports["smpp"]))
        await sender.start()
        await asyncio.wait_for(smsc.stdout.readline(), 30)  # bound
        await post(sender.ports["http"], sender.requests(total), total, 32)
        pids = [child.pid for child in sender.children]
        before, (cpu, _) = sender.commits(), usage(*pids)
        smsc.stdin.write(b"go\n")
        told = json.loads(await asyncio.wait_for(smsc.stdout.readline(), 120))
        spent = usage(*pids)[0] - cpu
        after = sender.commits()
        commits = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
        return Run(total / told["seconds"], spent / total * 1000, told["peak"], median(commits))
    finally:
        sender.stop()
        smsc.stdin.close()
        await smsc.wait()


def median(counts: dict[float, float]) -> float:
    """Of a histogram, {bound: how many up to it}: between two bounds as if all were spread evenly."""
    half, low, below = max(counts.values(), default=0.0) / 2, 0.0, 0.0
    for bound, count in sorted(counts.items()):
        if count >= half > 0:
            return low + (bound - low) * (half - below) / (count - below)
        low, below = bound, count
    return 0.0


def told(name: str, window: int, runs: list[Run], mark: float) -> float:
    """Print one line; the median rate. `mark`: what the last column is a percentage of."""
    rates = [run.rate for run in runs]
    rate, cpu = statistics.median(rates), statistics.median(run.cpu for run in runs)
    print(
        f"{name:8} window {window:3}  {rate:7.0f} /s [{min(rates):.0f} .. {max(rates):.0f}]"
        f"  {rate / mark:5.0%} of {mark:.0f}  CPU {cpu:.2f} s per 1,000  at most {max(run.peak for run in runs)} open"
    )
    return rate


def runs_of(kind: type[Sender], window: int, total: int, count: int) -> list[Run]:
    found = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            found.append(asyncio.run(measure(kind(Path(folder), window), total)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.links", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, SQLite with fsync, answers after 20 ms, one bind"
    )
    for window, total in WINDOWS:
        runs = runs_of(Gateway, window, total, options.runs)
        commit = statistics.median(run.commit for run in runs)
        ours = told("chanserv", window, runs, window / (LATENCY + commit))
        print(f"         a commit {commit * 1000:.1f} ms in the median: {window} / (20 ms + that) is the bound")
        if BEARERBOX and SMSBOX:
            theirs = told("Kannel", window, runs_of(Kannel, window, total, options.runs), window / LATENCY)
            print(f"         chanserv / Kannel: {ours / theirs:.2f}")
        else:
            print("         no Kannel here to compare with: install kannel")


if __name__ == "__main__":
    main()

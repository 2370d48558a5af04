"""`python -m benchmarks`: what one gateway does on this machine, as the README quotes it.

Starts the real `twistd` gateway on SQLite with fsync, an SMSC, a platform and
its posters around it, and prints medians of RUNS:

    accepted and submitted   posts until the last submit_sm, no statuses posted back
    final status posted      posts until the last `delivered`, sent and delivered posted
    inbound                  MO until the last `receive`
    CPU and memory           gateway and its store process together, per 1,000; RSS at the end
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.tools import Carrier, Told, free_port, listens, now, post, request, usage

QUIET, FULL = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"

CONFIG = """
[gateway]
data = "{folder}"
listen = ['tcp:{http}:interface=127.0.0.1']
status_after = 0.1
settle_after = 0.1
[platform.main]
url = "http://127.0.0.1:{told}"
[channel.quiet]
uuid = "{quiet}"
address = "+5582999489286"
authorization = {{ env = "BENCH_TOKEN" }}
links = ["smsc"]
statuses = []
[channel.full]
uuid = "{full}"
address = "+5582999489287"
authorization = {{ env = "BENCH_TOKEN" }}
links = ["smsc"]
[link.smsc]
kind = "smpp"
hosts = ["127.0.0.1:{smpp}"]
system_id = "bench"
password = "bench"
window = {window}
rate = 100000.0
"""


class Stage:
    """A gateway and the world around it, for one run."""

    def __init__(self, folder: Path, window: int, connections: int) -> None:
        self.carrier = Carrier()
        self.counts: dict[bytes, int] = {}
        self.last: dict[bytes, float] = {}
        self.http, self._told, self._smpp = free_port(), free_port(), free_port()
        self._connections = connections
        self._config = folder / "bench.toml"
        self._config.write_text(
            CONFIG.format(
                folder=folder / "var",
                http=self.http,
                told=self._told,
                smpp=self._smpp,
                window=window,
                quiet=QUIET,
                full=FULL,
            )
        )
        self._log = folder / "gateway.log"
        self._child: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(lambda: self.carrier, "127.0.0.1", self._smpp)
        await loop.create_server(lambda: Told(self.counts, self.last), "127.0.0.1", self._told)
        twistd = Path(sys.executable).with_name("twistd")
        words = [twistd, "-n", "--pidfile=", "chanserv", "--config", self._config]
        environment = {**os.environ, "BENCH_TOKEN": "Token bench", "PYTHONPATH": os.getcwd()}
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        await self.until(lambda: self.carrier.bound.is_set() and listens(self.http), 15.0)

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.wait(15)

    async def post(self, uuid: str, numbers: range) -> None:
        """All of these."""
        try:
            await post(self.http, (request(uuid, number) for number in numbers), len(numbers), self._connections)
        except RuntimeError as fault:
            raise RuntimeError(f"{fault}:\n{self._log.read_text()[-2000:]}") from fault

    async def until(self, reached: Callable[[], bool], limit: float = 120.0) -> None:
        deadline = now() + limit
        while not reached():
            if now() > deadline:
                raise RuntimeError(f"not finished within {limit:g} s:\n{self._log.read_text()[-2000:]}")
            await asyncio.sleep(0.01)

    def usage(self) -> tuple[float, int]:
        """CPU seconds and resident bytes of the gateway and its children."""
        assert self._child is not None
        return usage(self._child.pid)


async def measure(folder: Path, options: argparse.Namespace) -> dict[str, float]:
    stage = Stage(folder, options.window, options.connections)
    total: int = options.messages
    await stage.start()
    try:
        found: dict[str, float] = {}
        began, (cpu, _) = now(), stage.usage()
        await stage.post(QUIET, range(total))
        await stage.until(lambda: stage.carrier.submits >= total)
        found["accepted and submitted /s"] = total / (stage.carrier.last_submit - began)
        await stage.until(lambda: stage.carrier.heard >= total)
        found["  CPU seconds per 1,000"] = (stage.usage()[0] - cpu) / total * 1000

        began, (cpu, _) = now(), stage.usage()
        await stage.post(FULL, range(total, 2 * total))
        await stage.until(lambda: stage.counts.get(b"delivered", 0) >= total)
        found["final status posted /s"] = total / (stage.last[b"delivered"] - began)
        found["  CPU seconds per 1,000 with both statuses"] = (stage.usage()[0] - cpu) / total * 1000

        began, (cpu, _) = now(), stage.usage()
        stage.carrier.send_mo(total)
        await stage.until(lambda: stage.counts.get(b"receive", 0) >= total)
        found["inbound posted /s"] = total / (stage.last[b"receive"] - began)
        seconds, resident = stage.usage()
        found["  CPU seconds per 1,000 inbound"] = (seconds - cpu) / total * 1000
        found["RSS, MB"] = resident / 1e6
        return found
    finally:
        stage.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=32, help="of the platform that posts")
    parser.add_argument("--window", type=int, default=100, help="of the SMPP link")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    runs = []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(asyncio.run(measure(Path(folder), options)))
    print(
        f"{options.messages} messages, {options.connections} connections, window {options.window}, "
        f"{options.runs} runs; "
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, SQLite with fsync, all on one machine"
    )
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"{name:45} {statistics.median(values):10,.2f}   [{min(values):,.2f} .. {max(values):,.2f}]")


if __name__ == "__main__":
    main()

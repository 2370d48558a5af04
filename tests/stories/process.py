"""The gateway as `twistd chanserv` runs it: a process group of its own, to be killed and started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.web.client import Agent, readBody

from chanserv.cli.child import Child, spawn
from tests.stories.stage import Stage


class ProcessStage(Stage):
    """`self.gateway` is a process. Its log is `self.log`."""

    runs = 0
    gateway: Child | None

    @property
    def log(self) -> Path:
        return self.folder / f"log-{self.runs}"

    async def run_gateway(self) -> None:
        """Returns once it takes texts."""
        self.spawn()
        end = reactor.seconds() + 15
        while not await self._healthy():
            self.assertTrue(self.gateway is not None and self.gateway.running, self.log.read_text())
            self.assertLess(reactor.seconds(), end, self.log.read_text())
            await self.quiet(0.02)

    def spawn(self) -> Child:
        self.runs += 1
        self.gateway = spawn(reactor, self.config, self.log)
        return self.gateway

    async def _healthy(self) -> bool:
        try:
            response = await Agent(reactor).request(b"GET", f"{self.url}/health".encode())
            await readBody(response)
        except Exception:  # whatever it is, it is not well
            return False
        return bool(response.code == 200)

    async def stop(self) -> None:
        gateway, self.gateway = self.gateway, None
        if gateway is not None:
            await gateway.stop()

    async def kill(self) -> None:
        """kill -9, the gateway and its writer; its port is free afterwards."""
        gateway, self.gateway = self.gateway, None
        assert gateway is not None
        os.killpg(gateway.pid, signal.SIGKILL)
        await gateway.ended()
        await self.until(lambda: not self.smsc.connections)

    def stop_writer(self) -> Callable[[], None]:
        """Commits hang from now on; only `kill` ends that."""
        assert self.gateway is not None
        (writer,) = children(self.gateway.pid)
        os.kill(writer, signal.SIGSTOP)
        return lambda: os.kill(writer, signal.SIGCONT)


def children(pid: int) -> list[int]:
    """Of a process, by Linux's word."""
    found: list[Any] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]

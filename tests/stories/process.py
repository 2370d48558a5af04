"""The gateway as `twistd chanserv` runs it: a process group of its own, to be killed and started again."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from chanserv.cli.child import command, environment
from tests.stories.stage import Stage


class Run(ProcessProtocol):
    """One process: what it said, and the exit status it ended with (None: by a signal, or not yet)."""

    def __init__(self) -> None:
        self.output = b""
        self.status: int | None = None
        self.ended: Deferred[None] = Deferred()

    @property
    def pid(self) -> int:
        found: int = self.transport.pid  # type: ignore[union-attr] # it was started
        return found

    def signal(self, name: str) -> None:
        self.transport.signalProcess(name)  # type: ignore[union-attr] # it was started

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self.output += data

    def processEnded(self, reason: Failure) -> None:
        self.status = reason.value.exitCode  # type: ignore[union-attr] # ProcessDone or ProcessTerminated
        self.ended.callback(None)


class ProcessStage(Stage):
    """`self.gateway` is a Run."""

    gateway: Run | None

    async def run_gateway(self) -> None:
        """Returns once it takes texts."""
        self.gateway = run = self.run_command(command(self.config))
        await self.healthy(run)

    def run_command(self, words: Sequence[str], folder: Path | None = None) -> Run:
        """Killed at the end of the test, if it is still there."""
        run = Run()
        reactor.spawnProcess(run, words[0], words, env=environment(), path=None if folder is None else str(folder))
        self.addCleanup(self.end, run)
        return run

    async def end(self, run: Run) -> None:
        if run.ended.called:
            return
        os.killpg(run.pid, signal.SIGKILL)
        await run.ended

    async def healthy(self, run: Run | None = None) -> None:
        """It answers; fails if it ends instead."""
        end = reactor.seconds() + 20
        while not await self._well():
            if run is not None:
                self.assertFalse(run.ended.called, run.output.decode())
            self.assertLess(reactor.seconds(), end, run and run.output.decode())
            await self.quiet(0.02)

    async def _well(self) -> bool:
        try:
            return bool((await self.ask("GET", "/health")).code == 200)
        except (ConnectError, ResponseFailed):
            return False

    async def stop(self) -> None:
        gateway, self.gateway = self.gateway, None
        if gateway is not None and not gateway.ended.called:
            gateway.signal("TERM")
            await gateway.ended

    async def kill(self) -> None:
        """kill -9, the gateway and its writer."""
        gateway, self.gateway = self.gateway, None
        assert gateway is not None
        os.killpg(gateway.pid, signal.SIGKILL)
        await gateway.ended
        await self.until(lambda: not self.smsc.connections)

    async def restart(self, **more: Any) -> None:
        await self.kill()
        await self.start(**more)

    def stop_writer(self) -> Callable[[], None]:
        """Commits hang until what is returned is called."""
        assert self.gateway is not None
        (writer,) = children(self.gateway.pid)
        os.kill(writer, signal.SIGSTOP)
        return lambda: os.kill(writer, signal.SIGCONT)

    def kill_writer(self) -> None:
        """The gateway starts another."""
        assert self.gateway is not None
        (writer,) = children(self.gateway.pid)
        os.kill(writer, signal.SIGKILL)


def children(pid: int) -> list[int]:
    """Of a process, by Linux's word."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def twistd_command(*words: str) -> list[str]:
    """A `twistd` that is on no leash: for those who become a daemon."""
    found = command("")
    return [sys.executable, *found[found.index("-n") - 1 : found.index("-n")], *words]

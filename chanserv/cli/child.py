"""A gateway run by `twistd` as a child that never outlives us: asked to end in order, killed if we are.

It knows how to start and end that process and where its log is, nothing of
what the gateway does.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProcessTransport
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

import chanserv
from chanserv.errors import ChanservError

PATIENCE = 20.0
"""Seconds a gateway has to end in order before it is killed."""
TAIL = 15
"""Lines of its log that are shown when it ends unasked."""


class NoTwistd(ChanservError):
    """There is no `twistd` beside this Python or on the path."""


@attrs.define(eq=False)
class Child(ProcessProtocol):
    """One run of the gateway. `log` is where its output goes."""

    reactor: Any
    log: Path
    running: bool = True
    pid: int = 0
    signal: int | None = None  # what killed it, if anything did
    _waiting: list[Deferred[None]] = attrs.field(factory=list)

    def connectionMade(self) -> None:
        self.pid = self._process().pid

    def processEnded(self, reason: Failure) -> None:
        self.running = False
        self.signal = getattr(reason.value, "signal", None)
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.callback(None)

    def ended(self) -> Deferred[None]:
        """Fires once the process is gone."""
        waiter: Deferred[None] = Deferred()
        if self.running:
            self._waiting.append(waiter)
        else:
            waiter.callback(None)
        return waiter

    def stop(self) -> Deferred[None]:
        """SIGTERM, and SIGKILL if that does not help in time; fires once it is gone. Idempotent."""
        ended = self.ended()
        if self.running:
            self._process().signalProcess("TERM")
            killing = self.reactor.callLater(PATIENCE, self._kill)
            ended.addBoth(lambda result: killing.cancel() if killing.active() else None)
        return ended

    def tail(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-TAIL:])

    def _kill(self) -> None:
        if self.running:
            self._process().signalProcess("KILL")

    def _process(self) -> IProcessTransport:
        assert self.transport is not None
        return IProcessTransport(self.transport)


def spawn(reactor: Any, config: str, log: Path) -> Child:
    """Start `twistd -n --pidfile= chanserv --config <config>`; its output goes to `log`. Raises NoTwistd."""
    child = Child(reactor, log)
    with log.open("wb") as output, open(os.devnull, "rb") as nothing:
        fds: dict[int, Any] = {0: nothing.fileno(), 1: output.fileno(), 2: output.fileno()}
        reactor.spawnProcess(child, sys.executable, command(config), env=environment(), childFDs=fds)
    return child


def command(config: str) -> Sequence[str]:
    """The words of the child's command line, leash first."""
    leash = (sys.executable, "-m", "chanserv.cli.leash", str(os.getpid()))
    return (*leash, twistd(), "-n", "--pidfile=", "chanserv", "--config", config)


def twistd() -> str:
    """The `twistd` of this Python's environment, or of the path."""
    beside = Path(sys.executable).with_name("twistd")
    found = str(beside) if beside.exists() else shutil.which("twistd")
    if found is None:
        raise NoTwistd("twistd is not installed beside this Python")
    return found


def environment() -> dict[str, str]:
    """Ours, with this very package first on the path: what is shown is what was called."""
    root = str(Path(chanserv.__file__).parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}

"""Runs a program, without a shell, and gives what it wrote; bounded in time and in octets. It reads none of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import attrs
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

PLACES = os.pathsep.join(("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"))
MOST = 1 << 20  # octets of output that are kept


class NoSuchProgram(Exception):
    """It is not installed; the argument is its name."""


@attrs.frozen
class Ran:
    """How a program ended. `code` None: by a signal."""

    code: int | None
    output: str
    errors: str


class _Running(ProcessProtocol):
    """One run; `ended` fires with Ran. Cancelled, it is killed."""

    def __init__(self) -> None:
        self.ended: Deferred[Ran] = Deferred(self._kill)
        self._written = {1: bytearray(), 2: bytearray()}

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """ProcessProtocol: what is too much is dropped."""
        kept = self._written[childFD]
        kept += data[: MOST - len(kept)]

    def processEnded(self, reason: Failure) -> None:
        """ProcessProtocol."""
        if self.ended.called:  # killed
            return
        code = 0 if reason.check(ProcessDone) else getattr(reason.value, "exitCode", None)
        output, errors = (bytes(self._written[fd]).decode("utf-8", "replace") for fd in (1, 2))
        self.ended.callback(Ran(code, output, errors))

    def _kill(self, ended: Deferred[Ran]) -> None:
        with suppress(ProcessExitedAlready):  # its end is already on its way to us
            self.transport.signalProcess("KILL")  # type: ignore[union-attr] # it was started


def run(reactor: Any, argv: Sequence[str]) -> Deferred[Ran]:
    """Fails with NoSuchProgram, or OSError if it cannot be started. Cancel it to kill it."""
    program = shutil.which(argv[0], path=PLACES)
    if program is None:
        return fail(NoSuchProgram(argv[0]))
    running = _Running()
    try:
        reactor.spawnProcess(running, program, [program, *argv[1:]], env={"PATH": PLACES, "LC_ALL": "C"})
    except OSError as fault:
        return fail(fault)
    return running.ended

"""The demo's gateway ends with the demo, however that ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from unittest import skipUnless

from twisted.internet.error import ProcessDone
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactor
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import child

WAITER = "import sys; print('here', flush=True); sys.stdin.read()"
PARENT = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-m", "chanserv.cli.leash", str(os.getpid()), sys.executable, "-c", sys.argv[1]])
sys.stdin.read()
"""


class FakeProcess:
    pid = 4711

    def __init__(self) -> None:
        self.signals: list[str] = []

    def signalProcess(self, name: str) -> None:
        self.signals.append(name)


class ChildTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.child = child.Child(self.clock, Path(self.mktemp()))
        self.process = FakeProcess()
        self.patch(child.Child, "_process", lambda _: self.process)
        self.child.makeConnection(self.process)  # type: ignore[arg-type]  # as much of a transport as it uses

    def test_it_is_asked_to_end_and_waited_for(self) -> None:
        """One SIGTERM; once it is gone nothing is left to be done."""
        stopped = self.child.stop()
        self.assertEqual(["TERM"], self.process.signals)
        self.assertNoResult(stopped)
        self.child.processEnded(Failure(ProcessDone(0)))
        self.successResultOf(stopped)
        self.assertEqual([], self.clock.getDelayedCalls())
        self.successResultOf(self.child.stop())
        self.assertEqual(["TERM"], self.process.signals)

    def test_what_does_not_end_is_killed(self) -> None:
        """After a time that is long enough for an orderly end."""
        stopped = self.child.stop()
        self.clock.advance(child.PATIENCE)
        self.assertEqual(["TERM", "KILL"], self.process.signals)
        self.child.processEnded(Failure(ProcessDone(0)))
        self.successResultOf(stopped)

    def test_the_end_of_its_log_is_shown(self) -> None:
        """Only the last lines."""
        self.child.log.write_text("".join(f"line {number}\n" for number in range(100)), "utf-8")
        self.assertEqual(child.TAIL, len(self.child.tail().splitlines()))
        self.assertTrue(self.child.tail().endswith("line 99"))


class CommandTests(SynchronousTestCase):
    def test_it_is_a_real_twistd_on_a_leash(self) -> None:
        """No pid file, in the foreground, with the settings asked for."""
        words = child.command("etc/demo.toml")
        self.assertEqual(("-m", "chanserv.cli.leash", str(os.getpid())), tuple(words[1:4]))
        self.assertEqual(("-n", "--pidfile=", "chanserv", "--config", "etc/demo.toml"), tuple(words[5:]))
        self.assertTrue(os.access(words[4], os.X_OK))

    def test_its_output_goes_to_the_log(self) -> None:
        """And this package is the one it imports."""
        spawned: list[tuple[object, ...]] = []
        reactor = MemoryReactor()
        reactor.spawnProcess = lambda *args, **more: spawned.append((args, more))  # type: ignore[attr-defined]
        log = Path(self.mktemp())
        child.spawn(reactor, "etc/demo.toml", log)
        self.assertTrue(log.exists())
        [(_, more)] = spawned
        assert isinstance(more, dict)
        self.assertEqual({0, 1, 2}, set(more["childFDs"]))
        root = str(Path(child.__file__).parents[2])
        self.assertEqual(root, more["env"]["PYTHONPATH"].split(os.pathsep)[0])


class LeashTests(SynchronousTestCase):
    @skipUnless(sys.platform == "linux", "only Linux ends a child with its parent")
    def test_a_kill_of_the_parent_ends_the_child(self) -> None:
        """For real: the pipe that only the child still holds comes to its end."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, WAITER], stdin=subprocess.PIPE, stdout=writing, env=child.environment()
        )
        self.addCleanup(parent.wait)
        os.close(writing)
        self.addCleanup(parent.stdin.close)  # type: ignore[union-attr]  # it is a pipe
        self.assertEqual(b"here\n", self.read(reading))
        parent.send_signal(signal.SIGKILL)
        self.assertEqual(b"", self.read(reading))

    def read(self, pipe: int) -> bytes:
        """A line, however it comes, or what there is before the end."""
        line = b""
        while not line.endswith(b"\n"):
            self.assertTrue(select.select([pipe], [], [], 10)[0], "nothing came")
            got = os.read(pipe, 100)
            if not got:
                break
            line += got
        return line

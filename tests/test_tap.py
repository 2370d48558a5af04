"""twistd's door: options, faults as plain lines, and a service that has opened nothing."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.internet.utils import getProcessOutputAndValue
from twisted.python.usage import UsageError
from twisted.scripts.twistd import ServerOptions
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.gateway import Gateway
from chanserv.tap import Options, makeService

DEMO = Path(__file__).parent.parent / "etc" / "demo.toml"


def options(*given: str) -> Options:
    chosen = Options()
    chosen.parseOptions(given)
    return chosen


def opened() -> tuple[int, list[str]]:
    """Threads and open files of this process (files only where there is a /proc)."""
    files = Path("/proc/self/fd")
    return threading.active_count(), sorted(os.listdir(files)) if files.exists() else []


class OptionTests(SynchronousTestCase):
    """What twistd accepts, alone and with its own options."""

    def test_a_config_is_needed(self) -> None:
        """There is no file we could guess."""
        self.assertRaises(UsageError, options)

    def test_only_known_formats(self) -> None:
        """text or json."""
        self.assertRaises(UsageError, options, "--config", "x", "--log-format", "xml")

    def twistd(self, *own: str) -> str | None:
        """What twistd would log by, given these options of its own and ours for JSON."""
        twistd = ServerOptions()
        chosen = Options()
        chosen.parent = twistd
        twistd.parseOptions(own)
        chosen.parseOptions(["--config", "x", "--log-format", "json"])
        logger: str | None = twistd["logger"]
        return logger

    def test_json_is_handed_to_twistd(self) -> None:
        """As the name of an observer, which is how twistd takes one."""
        self.assertEqual("chanserv.logs.json_lines", self.twistd("--nodaemon"))
        self.assertEqual("chanserv.logs.json_lines", self.twistd("--nodaemon", "--logfile", "-"))

    def test_json_goes_to_standard_output_only(self) -> None:
        """What contradicts that is refused, not ignored."""
        for own in (
            ["--nodaemon", "--logfile", "x"],
            ["--nodaemon", "--syslog"],
            ["--nodaemon", "--logger", "x.y"],
            [],
        ):
            self.assertRaises(UsageError, self.twistd, *own)


class ServiceTests(SynchronousTestCase):
    """makeService."""

    def test_faults_are_lines(self) -> None:
        """All of them, and exit status 1: a SystemExit with a text is printed and counts as 1."""
        path = Path(self.mktemp())
        path.write_text("x = 1\ny = 2\n", encoding="utf-8")
        leaving = self.assertRaises(SystemExit, makeService, options("--config", str(path)))
        self.assertEqual(2, len(str(leaving.code).splitlines()))

    def test_nothing_is_open(self) -> None:
        """No thread, no file, no folder: twistd forks after this."""
        folder = Path(self.mktemp())
        folder.mkdir()
        text = DEMO.read_text(encoding="utf-8").replace('"var/demo"', f'"{folder}/data"')
        (folder / "a.toml").write_text(text, encoding="utf-8")
        makeService(options("--config", str(folder / "a.toml")))  # whatever imports bring, they bring here
        before = opened()
        gateway = makeService(options("--config", str(folder / "a.toml")))
        self.assertEqual(before, opened())
        self.assertEqual(["a.toml"], os.listdir(folder))
        self.assertIsInstance(gateway, Gateway)
        self.assertTrue(IService.providedBy(gateway))


class TwistdTests(TestCase):
    """For real, in a process of its own."""

    def run_twistd(self, *arguments: str) -> Deferred[tuple[bytes, bytes, int]]:
        environment = {**os.environ, "PYTHONPATH": str(DEMO.parent.parent)}
        command = ["-c", TWISTD, "--pidfile=", *arguments]
        finished: Deferred[tuple[bytes, bytes, int]] = getProcessOutputAndValue(sys.executable, command, environment)
        return finished

    async def test_twistd_knows_chanserv(self) -> None:
        """The plugin is found, and asks for its settings."""
        out, _, status = await self.run_twistd("-n", "chanserv")
        self.assertIn(b"--config FILE is needed", out)
        self.assertEqual(1, status)

    async def test_a_fault_is_no_traceback(self) -> None:
        """One line on standard error and exit status 1."""
        out, err, status = await self.run_twistd("-n", "chanserv", "--config", "none.toml")
        self.assertEqual((b"", b"none.toml: cannot be read: No such file or directory\n", 1), (out, err, status))


TWISTD = "import sys; sys.argv[0] = 'twistd'; from twisted.scripts.twistd import run; run()"

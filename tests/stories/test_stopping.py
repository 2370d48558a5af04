"""SIGTERM, a second process on the same folder, and twistd's daemon form."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.error import ConnectionRefusedError

from chanserv.cli.child import command
from chanserv.links.smpp.pdus import Unbind
from chanserv.platform.peer import Fault
from tests.stories.process import ProcessStage, twistd_command

WITHIN = 10.0  # seconds from SIGTERM to the end


class StoppingTests(ProcessStage):
    """What is out comes home."""

    async def test_sigterm(self) -> None:
        """A text that waits for its answer gets it; new ones are refused; unbind; exit status 0; nothing is doubled."""
        self.smsc.set(latency=1.0, receipts=False)
        await self.start()
        run = self.gateway
        await self.take("1", "hi")
        await self.until(self.texts)
        began = reactor.seconds()
        run.signal("TERM")
        await self.until_refused()
        if not run.ended.called:
            run.signal("TERM")  # an impatient operator changes nothing
        await run.ended
        self.assertLess(reactor.seconds() - began, WITHIN)
        self.assertEqual(0, run.status, run.output.decode())
        self.assertEqual(1, len([pdu for pdu in self.smsc.heard if isinstance(pdu, Unbind)]))
        await self.start()
        await self.told_of("1", "sent")
        self.assertEqual(1, self.texts().count("hi"))

    async def until_refused(self) -> None:
        """Every post from now on is 200, 503 or refused; at last one is no 200."""
        for number in range(100):
            try:
                answer = await self.post(f"late-{number}", "late", to="+250788000999")
            except ConnectionRefusedError:
                return
            if answer.code == 503:
                return
            self.assertEqual(200, answer.code)
        self.fail("it goes on")

    async def test_sigterm_when_nobody_answers(self) -> None:
        """The SMSC owes an answer, the platform another: the end comes all the same, in time."""
        await self.start()
        self.platform.fault = Fault("delay", seconds=30.0)
        await self.take("1", "hi")
        await self.until(self.told)
        self.smsc.set(silent=True)
        await self.take("2", "unanswered")
        await self.until(lambda: len(self.smsc.submitted) == 2)
        run = self.gateway
        began = reactor.seconds()
        run.signal("TERM")
        await run.ended
        self.assertLess(reactor.seconds() - began, WITHIN)
        self.assertEqual(0, run.status, run.output.decode())

    async def test_a_second_process_is_refused(self) -> None:
        """One line says which folder, the exit status is 1, and the first goes on."""
        await self.start()
        second = self.run_command(command(self.config))
        await second.ended
        self.assertEqual(1, second.status)
        said = [line for line in second.output.decode().splitlines() if "cannot start" in line]
        self.assertEqual(1, len(said), second.output.decode())
        self.assertIn("another chanserv is using the data folder", said[0])
        self.assertNotIn("Traceback", second.output.decode())
        await self.take("1", "hi")
        await self.told_of("1", "sent", "delivered")


class DaemonTests(ProcessStage):
    """twistd without -n."""

    async def test_the_daemon_form(self) -> None:
        """It goes into the background, works there, and SIGTERM ends it and takes its pid file away."""
        await self.smsc_up()
        pidfile = self.folder.absolute() / "chanserv.pid"
        self.addCleanup(kill_daemon, pidfile)
        words = twistd_command("--pidfile", str(pidfile), "--logfile", str(self.folder.absolute() / "log"))
        run = self.run_command([*words, "chanserv", "--config", self.config], self.folder)
        await run.ended
        self.assertEqual(0, run.status, run.output.decode())
        await self.healthy()
        await self.take("1", "hi")
        await self.told_of("1", "sent", "delivered")
        os.kill(int(pidfile.read_text()), signal.SIGTERM)
        await self.until(lambda: not pidfile.exists())
        await self.until(lambda: not self.smsc.connections)

    async def test_a_stale_pid_file(self) -> None:
        """With --pidfile= it is not looked at, whoever has that number now."""
        stale = self.folder / "twistd.pid"
        stale.write_text(str(os.getpid()))
        self.gateway = self.run_command(command(self.config), self.folder)
        await self.healthy(self.gateway)
        self.assertEqual(str(os.getpid()), stale.read_text())


def kill_daemon(pidfile: Path) -> None:
    """What a failed test left behind."""
    if pidfile.exists():
        os.kill(int(pidfile.read_text()), signal.SIGKILL)

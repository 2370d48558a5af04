"""Programs that are run: real ones, that every machine has."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import CancelledError
from twisted.internet.process import reapProcessHandlers
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from chanserv.tunnels import command
from chanserv.tunnels.command import NoSuchProgram, Ran, run


class RunTests(TestCase):
    """`sh` is run only because it does what a test wants: `run` itself uses no shell."""

    async def sh(self, script: str) -> Ran:
        return await run(reactor, ("sh", "-c", script))

    async def test_what_it_wrote(self) -> None:
        """Both ways, and how it ended."""
        self.assertEqual(Ran(3, "out\n", "err\n"), await self.sh("echo out; echo err >&2; exit 3"))
        self.assertEqual(Ran(0, "", ""), await run(reactor, ("true",)))

    async def test_by_a_signal(self) -> None:
        """That is no exit status."""
        self.assertEqual(Ran(None, "", ""), await self.sh("kill -KILL $$"))

    async def test_no_shell(self) -> None:
        """A word is a word."""
        self.assertEqual("$HOME; `id`\n", (await run(reactor, ("echo", "$HOME; `id`"))).output)

    async def test_no_such_program(self) -> None:
        """Its name is told."""
        fault = await self.assertFailure(run(reactor, ("no-such-program", "x")), NoSuchProgram)
        self.assertEqual("no-such-program", str(fault))

    async def test_the_language(self) -> None:
        """What it says must be what we know, whatever the operator speaks."""
        self.assertEqual("C\n", (await self.sh("echo $LC_ALL")).output)

    async def test_too_much(self) -> None:
        """Is dropped, and does not stop it."""
        self.patch(command, "MOST", 10)
        self.assertEqual(Ran(0, "y\n" * 5, ""), await self.sh("yes | head -c 100000"))

    async def test_no_text(self) -> None:
        """Is no fault of ours."""
        self.assertEqual("\ufffd", (await self.sh(r"printf '\377'")).output)

    async def test_given_up(self) -> None:
        """Cancelled, it is killed; trial would complain of a process that stays."""
        running = run(reactor, ("sleep", "60"))
        running.cancel()
        await self.assertFailure(running, CancelledError)
        while reapProcessHandlers:
            await deferLater(reactor, 0.005)

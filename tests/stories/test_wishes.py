"""An operator takes texts back, by the command, from a gateway that runs."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from chanserv.cli import parser
from chanserv.links.smpp.peer import Behaviour
from tests.stories.ends import free_port
from tests.stories.stage import Stage

CANCELLED = "cancelled by the operator"


class WishStage(Stage):
    """With a console, that the `chanserv` command reaches."""

    more = ""

    def configure(self) -> str:
        console = f"console = 'tcp:{free_port()}:interface=127.0.0.1'\nconsole_token = 'hush'"
        self.gateway_settings = f"{Stage.gateway_settings}\n{console}\n{self.more}"
        return super().configure()

    def command(self, words: str) -> Deferred[tuple[int, str]]:
        """The exit status of `chanserv` with these words, and what it printed."""
        name, _, rest = words.partition(" ")
        return deferToThread(self._carry_out, [name, "--config", self.config, *rest.split()])

    def _carry_out(self, words: list[str]) -> tuple[int, str]:
        options = parser(words[0]).parse_args(words)
        with redirect_stdout(io.StringIO()) as shown:
            code = options.run(options)
        return code, shown.getvalue()


class CancelTests(WishStage):
    link_settings = "window = 1"
    behaviour = Behaviour(latency=0.5)

    async def test_what_waits_is_never_sent(self) -> None:
        """Though its lane holds it claimed; the platform is told once, and the others go."""
        await self.start()
        for id in ("1", "2", "3"):
            await self.take(id, f"text {id}", to=f"+25078812312{id}")
        await self.until(lambda: self.smsc.submitted)
        code, shown = await self.command("cancel --id 2")
        self.assertEqual(0, code, shown)
        self.assertIn("never was sent", shown)
        await self.told_of("2", "failed")
        await self.told_of("1", "sent", "delivered")
        await self.told_of("3", "sent", "delivered")
        self.assertEqual(["text 1", "text 3"], self.texts())
        code, shown = await self.command("trace 2")
        self.assertIn(f"=> Failed: {CANCELLED}. The platform was told: failed.", shown)

    async def test_what_is_out_is_told_as_such(self) -> None:
        """Its octets have left: it goes its way, and nothing is told but what becomes of it."""
        await self.start()
        await self.take("1", "text 1")
        await self.until(lambda: self.smsc.submitted)
        code, shown = await self.command("cancel --id 1")
        self.assertEqual(1, code)
        self.assertIn("is being sent, its octets may have left", shown)
        await self.told_of("1", "sent", "delivered")

    async def test_while_the_carrier_is_away(self) -> None:
        """What waits for a link that is down is cancelled as well; a restart brings nothing back."""
        await self.start(smsc=False)
        await self.take("1", "text 1")
        code, shown = await self.command("cancel --id 1")
        self.assertEqual(0, code, shown)
        await self.stop()
        await self.start()
        await self.told_of("1", "failed")
        self.assertEqual([], self.texts())

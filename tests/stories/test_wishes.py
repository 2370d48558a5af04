"""An operator asks about texts and takes them back, by the command, at a gateway that runs; and it asks by itself."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from chanserv.cli import parser
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.smpp.pdus import CancelSm, QuerySm
from tests.stories.ends import Carrier, free_port
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
        _, shown = await self.command("trace 2")
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


class CarrierTests(WishStage):
    """The SMSC has the texts, and their receipts are late or lost."""

    behaviour = Behaviour(receipt_delay=3600.0)

    async def test_a_carrier_drops_what_it_has(self) -> None:
        """By the id it gave; the platform, that knew it as sent, is told once more, and only once."""
        await self.start()
        await self.take("1", "text 1")
        await self.until(lambda: self.kinds("1") == ["sent"])
        code, shown = await self.command("cancel --id 1")
        self.assertEqual(0, code, shown)
        self.assertIn("was dropped by its carrier", shown)
        await self.told_of("1", "sent", "failed")
        [pdu] = [pdu for pdu in self.smsc.heard if isinstance(pdu, CancelSm)]
        [submit] = self.smsc.submits
        self.assertEqual(submit.message_id.encode(), pdu.message_id)
        self.assertEqual(1, self.smsc.counts["cancels"])
        _, shown = await self.command("trace 1")
        self.assertIn(f"=> Failed: {CANCELLED}. The platform was told: failed.", shown)

    async def test_a_carrier_is_asked(self) -> None:
        """On its way is only noted; that stands in the text's timeline."""
        await self.start()
        await self.take("1", "text 1")
        await self.until(lambda: self.kinds("1") == ["sent"])
        code, shown = await self.command("trace --ask 1")
        self.assertEqual(0, code, shown)
        self.assertIn("smsc says it is on its way (ENROUTE)", shown)
        self.assertIn("asked", shown.partition("accepted")[2])
        self.assertEqual(["sent"], self.kinds("1"))

    async def test_what_it_never_had(self) -> None:
        """Its answer is told in its words, and nothing changes."""
        await self.start()
        await self.take("1", "text 1")
        await self.until(lambda: self.kinds("1") == ["sent"])
        await self.smsc_down()
        self.smsc = Carrier(self.behaviour)
        await self.smsc_up()
        await self.until(lambda: self.smsc.counts["binds"])
        _, shown = await self.command("trace --ask 1")
        self.assertIn("smsc does not say (ESME_RQUERYFAIL", shown)
        code, shown = await self.command("cancel --id 1")
        self.assertEqual(1, code)
        self.assertIn("is with its carrier, which did not drop it: ESME_RCANCELFAIL", shown)
        self.assertEqual(["sent"], self.kinds("1"))


class LostTests(WishStage):
    """Receipts get lost on their way to us."""

    more = "receipt_wait = 1"
    behaviour = Behaviour(receipt_every=1_000)

    async def test_what_became_of_it_is_asked(self) -> None:
        """After receipt_wait, by itself; the answer is a receipt."""
        await self.start()
        await self.take("1", "text 1")
        await self.told_of("1", "sent", "delivered")
        [pdu] = [pdu for pdu in self.smsc.heard if isinstance(pdu, QuerySm)]
        self.assertEqual(self.smsc.submits[0].message_id.encode(), pdu.message_id)
        _, shown = await self.command("trace 1")
        self.assertIn("=> Delivered to the handset", shown)

    async def test_a_carrier_that_may_not_be_asked(self) -> None:
        """The text ends as sent."""
        self.link_settings = "ask = false"
        self.config = self.configure()
        await self.start()
        await self.take("1", "text 1")
        await self.told_of("1", "sent")
        await self.quiet(2.5)
        self.assertEqual((["sent"], 0), (self.kinds("1"), self.smsc.counts["queries"]))
        _, shown = await self.command("trace 1")
        self.assertIn("=> Sent; no receipt came or was to be had.", shown)

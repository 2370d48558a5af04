"""kill -9 between two requests: the process group is gone, and another starts on the same folder."""

from __future__ import annotations

from twisted.internet.defer import gatherResults
from twisted.internet.error import ConnectionRefusedError

from chanserv.platform.peer import Fault
from tests.stories.process import ProcessStage
from tests.stories.stage import ADDRESS, TO, WINDOW, form, request


class DifferentTests(ProcessStage):
    """Rows 14, 16 and 19; what the platform had heard when the process died is known to nobody afterwards."""

    pieces = ("one", "two")

    def each_once(self) -> None:
        self.assertEqual(list(self.pieces), self.texts())

    async def test_row_14_killed_after_the_commit(self) -> None:
        """Taken, not yet sent, killed, asked again: each piece once, told after the retry."""
        await self.start(smsc=False)
        await self.take("14", *self.pieces)
        await self.restart(smsc=False)
        await self.take("14", *self.pieces)
        await self.smsc_up()
        await self.told_of("14", "sent", "delivered")
        self.each_once()

    async def test_row_14_killed_before_the_commit(self) -> None:
        """The last piece's octets had come, and that was all: it was not taken, and is taken now."""
        await self.start(smsc=False)
        first, last = self.pieces
        await self.take("14", first)
        self.stop_writer()
        caller = await self.call(request(form("14", last)))
        await self.quiet(0.1)
        await self.kill()
        self.assertEqual(b"", await caller.gone)
        await self.start()
        await self.take("14", *self.pieces)
        await self.until(lambda: self.kinds("14")[-1:] == ["delivered"])
        await self.quiet()
        self.assertEqual(sorted(self.pieces), sorted(self.texts()))
        self.assertNotIn("failed", self.kinds("14"))

    async def test_row_16_killed_between_the_pieces(self) -> None:
        """The second is refused a connection; then both come again: the first is known, the second is sent."""
        await self.start(smsc=False)
        first, last = self.pieces
        await self.take("16", first)
        await self.kill()
        await self.assertFailure(self.soon(self.post("16", last)), ConnectionRefusedError)
        await self.start(smsc=False)
        await self.take("16", *self.pieces)
        await self.smsc_up()
        await self.told_of("16", "sent", "delivered")
        self.each_once()

    async def test_row_16_killed_after_the_refusal(self) -> None:
        """The second was answered 503; the next process still knows, and tells nothing until both came again."""
        await self.start(smsc=False)
        first, last = self.pieces
        await self.take("16", first)
        self.stop_writer()
        caller = await self.call(request(form("16", last)))
        await self.quiet(0.1)
        self.kill_writer()
        await self.until(lambda: caller.heard)
        self.assertIn(b"HTTP/1.1 503 ", caller.heard)
        await self.healthy(self.gateway)  # the mark is kept
        await self.restart()
        await self.until(self.texts)
        await self.quiet()
        self.assertEqual(([first], []), (self.texts(), self.told()))
        await self.take("16", *self.pieces)
        await self.told_of("16", "sent", "delivered")
        self.each_once()
        await caller.hang_up()

    async def test_row_16_killed_after_the_first_was_delivered(self) -> None:
        """Its end is told already: the second is sent late, and what was told stands, once more for the retry."""
        await self.start()
        await self.take("16", self.pieces[0])
        await self.told_of("16", "sent", "delivered")
        await self.restart()
        await self.take("16", *self.pieces)
        await self.told_of("16", "sent", "delivered", "delivered")
        self.each_once()

    async def test_row_19_killed_before_the_resend(self) -> None:
        """Within repeat_window it may be a retry, so nothing is sent; after it, it is wanted."""
        await self.start()
        await self.take("19", *self.pieces)
        await self.told_of("19", "sent", "delivered")
        await self.restart()
        await self.take("19", *self.pieces)
        await self.told_of("19", "sent", "delivered", "delivered")
        self.each_once()
        self.gateway_settings = f"further_piece_window = {WINDOW}\nrepeat_window = 0.1"
        self.configure()
        await self.restart()
        await self.quiet(0.2)
        await self.take("19", *self.pieces)
        await self.told_of("19", "sent", "delivered", "delivered", "sent", "delivered")
        self.assertEqual(list(self.pieces) * 2, self.texts())


class EqualTests(DifferentTests):
    """The same with equal pieces."""

    pieces = ("same", "same")


class BacklogTests(ProcessStage):
    """What was accepted is sent, and sent once."""

    async def test_a_backlog_outlives_the_process(self) -> None:
        """50 texts without an SMSC, kill -9, then an SMSC: each is submitted exactly once, and told."""
        await self.start(smsc=False)
        numbers = [f"+25078800{number:04d}" for number in range(50)]
        await gatherResults([self.soon(self.take(str(id), f"text {id}", to=to)) for id, to in enumerate(numbers)])
        await self.restart()
        await self.until(lambda: len(self.told()) == 100)
        await self.quiet()
        self.assertEqual(sorted(f"text {id}" for id in range(50)), sorted(self.texts()))
        self.assertEqual(100, len(self.told()))
        for id in range(50):
            self.assertEqual(["sent", "delivered"], self.kinds(str(id)))

    async def test_an_mo_that_was_not_answered_comes_again(self) -> None:
        """Killed before the commit: the SMSC has no answer, delivers once more, and the platform gets it once."""
        await self.start()
        self.stop_writer()
        self.smsc.send_mo(TO, ADDRESS, "yes")
        await self.quiet(0.1)
        await self.restart()
        await self.until(self.told)
        await self.quiet()
        self.assertEqual((1, ["receive"]), (self.smsc.counts["mo"], [kind for kind, _ in self.told()]))

    async def test_what_was_owed_to_the_platform_outlives_the_process(self) -> None:
        """A status that could not be told, and an MO, are told by the next process."""
        await self.start()
        self.platform.fault = Fault("down")
        await self.take("1", "hi")
        self.smsc.send_mo(TO, ADDRESS, "yes")
        await self.until(lambda: {"receive", "sent"} <= {kind for kind, _ in self.told()})
        await self.until(lambda: self.smsc.counts["mo"])
        await self.kill()
        self.platform.fault = None
        self.front.requests.clear()
        await self.start()
        await self.until(lambda: "receive" in {kind for kind, _ in self.told()} and "delivered" in self.kinds("1"))
        self.assertEqual(["yes"], [event["text"] for event in self.platform.events if event["what"] == "stored"])
        self.assertEqual(["hi"], self.texts())

"""courier asks again: the same sequences with different pieces, with equal ones, and with kill -9 between requests.

What the platform does is nowhere visible in a request; what we answered, and
whether it was heard, decides. So each sequence says which answer was heard.
"""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from chanserv.operations import Trace
from tests.stories.stage import UUID, WINDOW, Stage, form, request

DIFFERENT = ("one", "two")
EQUAL = ("same", "same")


class Sequences(Stage):
    """Told once for two different pieces, once for two with one text."""

    pieces = DIFFERENT

    async def hang_up(self, id: str, text: str) -> None:
        """Post it, and hang up while the commit is under way."""
        go_on = self.stop_writer()
        caller = await self.call(request(form(id, text)))
        await self.until(lambda: self.gateway.rounds.answering)
        await caller.hang_up()
        go_on()
        await self.until(lambda: not self.gateway.rounds.answering)

    async def refused(self, id: str, text: str) -> None:
        """Post it to a gateway that cannot take it now."""
        self.gateway.front.closed = "the story wants it"
        answer = await self.post(id, text)
        self.assertEqual(503, answer.code)
        self.gateway.front.closed = ""

    async def generations(self, id: str) -> list[int]:
        """As the store has them."""
        (traced,) = await self.gateway.store.apply([Trace(term=id)])
        return sorted(message.generation for message in traced.messages)

    async def round_over(self) -> None:
        """A platform comes again after minutes: what follows is another round."""
        await self.quiet(WINDOW + 0.05)


class DifferentTests(Sequences):
    """Rows 14, 16, 17 and 19 as they are."""

    async def test_row_14_answered_too_late(self) -> None:
        """The caller of the last piece is gone before the commit: sent once, told once, after it came again."""
        await self.start()
        first, last = self.pieces
        await self.take("14", first)
        await self.hang_up("14", last)
        await self.until(lambda: self.texts() == list(self.pieces))
        await self.quiet()
        self.assertEqual([], self.told())
        await self.round_over()
        await self.take("14", *self.pieces)
        await self.told_of("14", "sent", "delivered")
        self.assertEqual(list(self.pieces), self.texts())

    async def test_row_16_the_second_piece_is_refused(self) -> None:
        """503 to it: nothing is told until both came again, and each is sent once."""
        await self.start()
        first, last = self.pieces
        await self.take("16", first)
        await self.refused("16", last)
        await self.until(self.texts)
        await self.quiet()
        self.assertEqual([], self.told())
        await self.round_over()
        await self.take("16", first)
        await self.quiet()
        self.assertEqual(([first], []), (self.texts(), self.told()))
        await self.take("16", last)
        await self.told_of("16", "sent", "delivered")
        self.assertEqual(list(self.pieces), self.texts())

    async def test_row_16_twice(self) -> None:
        """The retry fails at the second piece as well."""
        await self.start()
        first, last = self.pieces
        for _ in range(2):
            await self.take("16", first)
            await self.refused("16", last)
            await self.round_over()
        await self.take("16", *self.pieces)
        await self.told_of("16", "sent", "delivered")
        self.assertEqual(list(self.pieces), self.texts())

    async def test_row_19_a_wanted_resend(self) -> None:
        """Delivered and told; then it goes out once more, and is told once more."""
        await self.start()
        for time in (1, 2):
            await self.take("19", *self.pieces)
            await self.told_of("19", *("sent", "delivered") * time)
            self.assertEqual(list(self.pieces) * time, self.texts())
            self.assertEqual(list(range(1, time + 1)), await self.generations("19"))
            await self.round_over()

    async def test_row_19_a_refused_resend(self) -> None:
        """503 to the resend: when it comes again it goes out, once."""
        await self.start()
        await self.take("19", *self.pieces)
        await self.told_of("19", "sent", "delivered")
        await self.round_over()
        await self.refused("19", self.pieces[0])
        await self.round_over()
        await self.take("19", *self.pieces)
        await self.told_of("19", *("sent", "delivered") * 2)
        self.assertEqual(list(self.pieces) * 2, self.texts())

    async def test_a_store_that_fails_between_the_pieces(self) -> None:
        """Its writer is killed with the second piece in hand: 503, and nothing more is told before both came again."""
        self.smsc.set(receipts=False)
        await self.start()
        first, last = self.pieces
        await self.take("16", first)
        await self.until(lambda: self.kinds("16") == ["sent"])
        self.stop_writer()
        asked = self.ask(
            "POST", f"/c/ex/{UUID}/send", {"Content-Type": "application/x-www-form-urlencoded"}, form("16", last)
        )
        answer = self.soon(asked)
        await self.until(lambda: self.gateway.rounds.answering)
        self.gateway.store._child.kill()
        self.assertEqual(503, (await answer).code)
        await self.until(lambda: self.gateway.store.healthy)  # or the retry waits for it longer than a round lasts
        await self.round_over()
        await self.quiet()
        self.assertEqual(["sent"], self.kinds("16"))
        await self.take("16", *self.pieces)
        await self.until(lambda: self.texts()[1:])
        await self.told_of("16", "sent", "sent")
        self.assertEqual(sorted(self.pieces), sorted(self.texts()))


class EqualTests(DifferentTests):
    """The same with equal pieces: occurrences are counted, not texts."""

    pieces = EQUAL


class SingleTests(Sequences):
    """Rows that need no second form."""

    async def test_row_14_every_answer_too_late(self) -> None:
        """Three times in a row; the fourth is heard."""
        await self.start()
        for _ in range(3):
            await self.hang_up("14", "hi")
            await self.round_over()
        await self.take("14", "hi")
        await self.told_of("14", "sent", "delivered")
        self.assertEqual(["hi"], self.texts())

    async def test_row_17_the_second_piece_can_never_work(self) -> None:
        """400: the platform gives the message up; what was sent is sent, and the message is told failed."""
        await self.start()
        await self.take("17", "one")
        answer = await self.post("17", "two", to="nobody")
        self.assertEqual((400, "to"), (answer.code, answer.json["field"]))
        await self.until(lambda: self.kinds("17")[-1:] == ["failed"])
        await self.quiet()
        self.assertIn(self.kinds("17"), (["failed"], ["sent", "failed"]))
        self.assertEqual(["one"], self.texts())

    async def test_a_piece_of_its_own_that_comes_a_second_time_in_a_round(self) -> None:
        """Two 2xx heard for one text within further_piece_window: the message holds it twice."""
        await self.start()
        await self.take("1", "na", "na", "na", "hey")
        await self.told_of("1", "sent", "delivered")
        self.assertEqual(["na", "na", "na", "hey"], self.texts())

    async def test_two_at_once_are_one(self) -> None:
        """The same request on two connections before either is answered."""
        await self.start()
        go_on = self.stop_writer()
        callers = [await self.call(request(form("1", "hi"))) for _ in range(2)]
        await self.until(lambda: self.gateway.rounds.answering == 2)
        go_on()
        await self.until(lambda: all(b'"queued"' in caller.heard for caller in callers))
        for caller in callers:
            await caller.hang_up()
        await self.told_of("1", "sent", "delivered")
        self.assertEqual(["hi"], self.texts())

    async def test_a_retry_that_waits_for_the_same_commit_is_heard_for_both(self) -> None:
        """The first caller is gone before the commit, the second is answered: nothing is open, all is told at once."""
        await self.start()
        go_on = self.stop_writer()
        gone, heard = [await self.call(request(form("1", "hi"))) for _ in range(2)]
        await self.until(lambda: self.gateway.rounds.answering == 2)
        await gone.hang_up()
        await self.quiet(0.1)
        go_on()
        await self.until(lambda: b'"queued"' in heard.heard)
        await self.told_of("1", "sent", "delivered")
        self.assertEqual(["hi"], self.texts())

    async def test_a_resend_while_nothing_was_delivered_is_none(self) -> None:
        """`sent` is not the end: the platform's repeat gets the same answer, and `sent` once more."""
        self.smsc.set(receipts=False)
        await self.start()
        await self.take("1", "hi")
        await self.told_of("1", "sent")
        await self.round_over()
        await self.take("1", "hi")
        await self.told_of("1", "sent", "sent")
        self.assertEqual(["hi"], self.texts())

    async def test_a_failed_text_goes_out_again(self) -> None:
        """Nothing reached anybody, so a repeat can only be wanted."""
        self.smsc.set(receipt_status="UNDELIV")
        await self.start()
        await self.take("1", "hi")
        await self.told_of("1", "sent", "failed")
        self.smsc.set(receipt_status="DELIVRD")
        await self.round_over()
        await self.take("1", "hi")
        await self.told_of("1", "sent", "failed", "sent", "delivered")
        self.assertEqual(["hi", "hi"], self.texts())

    async def test_the_platform_itself_asks_again(self) -> None:
        """courier's own split and retry, with a gateway that is closed for a moment."""
        self.platform.factor = 0.002
        await self.start()
        self.gateway.front.closed = "for a moment"
        sending = await self.platform.send(UUID, "1", "a" * 200, "+250788123123")
        self.assertEqual("E", sending.state)
        self.gateway.front.closed = ""
        await self.told_of("1", "sent", "delivered")
        self.assertEqual((["a" * 160, "a" * 40], "D"), (self.texts(), sending.state))


class SettledTests(Sequences):
    """A status that overtakes our answer is lost: the platform stays at Wired for ever."""

    waits = (0.5, 1.0)

    async def test_nothing_is_told_before_the_answer_has_settled(self) -> None:
        """`sent` waits for status_after, `delivered` for settle_after; a further piece puts both off."""
        await self.start()
        for pieces in (1, 2):
            id = str(pieces)
            await self.take(id, *["one", "two"][: pieces - 1])
            began = reactor.seconds()
            await self.take(id, "last")
            await self.told_of(id, "sent", "delivered")
            sent, delivered = (at - began for at in self.front.times[-2:])
            self.assertGreaterEqual(sent, self.waits[0])
            self.assertGreaterEqual(delivered, self.waits[1])

    async def test_nothing_is_told_while_a_request_is_answered(self) -> None:
        """The second piece hangs in the router: the first one's statuses wait for its answer, and longer."""
        await self.start()
        submit, held = self.gateway.router.submit, Deferred()
        await self.take("1", "one")
        self.patch(self.gateway.router, "submit", lambda post: held.addCallback(lambda _: submit(post)))
        answer = self.soon(self.post("1", "two"))
        await self.quiet(self.waits[1] + 0.3)
        self.assertEqual(([], ["one"]), (self.told(), self.texts()))
        began = reactor.seconds()
        held.callback(None)
        self.assertEqual(200, (await answer).code)
        await self.told_of("1", "sent", "delivered")
        self.assertGreaterEqual(self.front.times[0] - began, self.waits[0])

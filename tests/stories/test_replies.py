"""What handsets send: from the SMSC's deliver_sm to the platform's /receive."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from chanserv.links.peer.behaviour import Behaviour
from chanserv.platform.peer import Fault
from tests.stories.stage import ADDRESS, TO, UUID, Stage

LONG = "Olá, é uma mensagem longa. " * 12


class ReplyTests(Stage):
    """MO, end to end."""

    def received(self) -> list[str]:
        """Texts the platform has stored, in order."""
        return [event["text"] for event in self.platform.events if event["what"] == "stored"]

    async def test_a_text_arrives(self) -> None:
        """As a form: sender with its plus escaped, the text, and the time with milliseconds and Z."""
        await self.start()
        self.smsc.send_mo(TO, ADDRESS, "Love is patient.")
        await self.until(self.received)
        ((path, body),) = self.front.requests
        self.assertEqual(f"/c/ex/{UUID}/receive", path)
        date = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
        self.assertTrue(re.fullmatch(rf"from=%2B250788123123&text=Love\+is\+patient\.&date={date}", body), body)
        await self.until(lambda: self.smsc.counts["mo"] == 1)

    async def test_a_long_text_arrives_whole(self) -> None:
        """In segments with a header, UTF-16; one post."""
        await self.start()
        self.smsc.send_mo(TO, ADDRESS, LONG)
        await self.until(self.received)
        self.assertEqual([LONG], self.received())
        await self.quiet()
        self.assertEqual(1, len(self.told()))
        self.assertGreater(self.smsc.counts["mo"], 2)

    async def test_special_characters_arrive(self) -> None:
        """& and = and + are the text's own; an emoji is a surrogate pair on the way."""
        await self.start()
        for text in ("a&b=c+d %41", "😀 ok", "@£$ {€}"):
            self.smsc.send_mo(TO, ADDRESS, text)
        await self.until(lambda: len(self.received()) == 3)
        self.assertEqual(["a&b=c+d %41", "😀 ok", "@£$ {€}"], self.received())
        self.assertEqual(["😀 ok"], parse_qs(self.told()[1][1])["text"])

    async def test_the_platform_is_down_at_first(self) -> None:
        """The carrier is answered all the same; the text is posted until it is taken, in order of the sender."""
        await self.start()
        self.platform.fault = Fault("status", code=502, times=1)
        self.smsc.send_mo(TO, ADDRESS, "one")
        self.smsc.send_mo(TO, ADDRESS, "two")
        await self.until(lambda: self.smsc.counts["mo"] == 2)
        self.assertEqual([], self.received())
        await self.until(lambda: len(self.received()) == 2)
        self.assertEqual(["one", "two"], self.received())

    async def test_a_lost_answer_makes_no_double(self) -> None:
        """Stored, then the connection broke: posted again at once, while the platform still knows it."""
        await self.start()
        self.platform.fault = Fault("reset", times=1)
        self.smsc.send_mo(TO, ADDRESS, "once")
        await self.until(lambda: len(self.told()) == 2)
        await self.quiet()
        self.assertEqual(["once"], self.received())

    async def test_a_session_that_breaks_makes_no_double(self) -> None:
        """Kept, and the SMSC gone before our answer: it delivers again, and we know it."""
        await self.start()
        go_on = self.stop_writer()
        self.smsc.send_mo(TO, ADDRESS, "once")
        await self.quiet(0.1)
        self.smsc.drop()
        go_on()
        await self.until(lambda: self.smsc.counts["mo"] == 1)
        await self.quiet()
        self.assertEqual(["once"], self.received())

    async def test_two_equal_texts_of_one_person_are_two(self) -> None:
        """Both reach the platform, apart, so that it does not take the second for the first."""
        await self.start()
        self.smsc.send_mo(TO, ADDRESS, "1")
        await self.until(lambda: self.smsc.counts["mo"] == 1)
        self.smsc.send_mo(TO, ADDRESS, "1")
        await self.until(lambda: len(self.received()) == 2)
        self.assertEqual(["1", "1"], self.received())

    async def test_statuses_and_texts_do_not_wait_for_each_other(self) -> None:
        """An answer of ours that hangs at the platform for one message holds up nobody else."""
        await self.start()
        self.platform.fault = Fault("delay", seconds=2.0, times=1)
        self.smsc.send_mo(TO, ADDRESS, "slow")
        await self.until(lambda: self.told())
        await self.take("1", "hi")
        await self.until(lambda: self.kinds("1") == ["sent", "delivered"])
        self.assertEqual([], self.received())
        await self.until(self.received)


class EarlyTests(Stage):
    """An SMSC whose receipts overtake its answers, and come twice."""

    behaviour = Behaviour(early=True, twice=True, latency=0.2, receipt_ids="decimal")

    async def test_receipts_before_their_answer(self) -> None:
        """Kept until the answer brings the id; each status is told once, in order."""
        await self.start()
        await self.take("1", "one")
        await self.take("2", "two")
        await self.told_of("1", "sent", "delivered")
        await self.told_of("2", "sent", "delivered")

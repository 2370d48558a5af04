"""What is odd about some providers, over real HTTP; their usual rounds are `test_rest_rounds`."""

from __future__ import annotations

import attrs

from tests.stories.rest_stage import RestStage


class TwilioTests(RestStage):
    """Statuses by our id in the callback URL, webhooks signed with the account's token."""

    credentials = {"account_sid": "AC77", "auth_token": "t0ken"}

    async def test_a_status_before_the_answer(self) -> None:
        """Is not lost, and counts once."""
        self.stub.set(early=True, twice=True)
        await self.start()
        await self.take("1", "Hi")
        await self.told_of("1", "sent", "delivered")
        await self.until(lambda: self.stub.counts["delivered"] == 2)

    async def test_a_throttled_account_comes_again(self) -> None:
        """What was throttled is sent once the account may."""
        await self.start()
        self.stub.set(throttle_for=0.3)
        await self.take("1", "Hi")
        await self.told_of("1", "sent", "delivered")
        self.assertEqual("throttled", self.parts()[0].word)
        self.assertEqual("accepted", self.parts()[-1].word)


class TokenTests(RestStage):
    """A profile whose token must be fetched first."""

    profile = "hormuud"

    async def test_a_round(self) -> None:
        """The stub gives one; no status ever comes."""
        await self.round()
        self.assertEqual(1, self.stub.counts["tokens"])


class KannelTests(RestStage):
    """No id of theirs: statuses by our id in a URL that the provider fills in."""

    profile = "kannel"

    async def test_a_round(self) -> None:
        """By GET, both ways."""
        await self.round()
        (part,) = self.parts()
        self.assertEqual(("", "GET"), (part.id, part.request.method))


class SplitTests(RestStage):
    """A profile that has us cut texts: each part is a request, with an id of its own."""

    profile = "bongolive"

    async def test_delivered_is_what_all_parts_are(self) -> None:
        """In whatever order it is told of them."""
        self.stub.set(statuses=False)
        await self.start()
        await self.take("1", "cut me " * 60)
        await self.told_of("1", "sent")
        one, two, three = self.parts()
        self.assertEqual("cut me " * 60, "".join(self.texts()))
        for part in (three, one, three):
            await self.stub.send_status(part, "delivered")
        await self.told_of("1", "sent")
        await self.stub.send_status(two, "delivered")
        await self.told_of("1", "sent", "delivered")


class CutTests(RestStage):
    """A provider that cuts them itself, and says so by a list of ids."""

    profile = "vonage"

    async def test_delivered_is_what_all_parts_are(self) -> None:
        """Not what the first of them is."""
        self.stub.set(answer="a text that Vonage has cut", statuses=False)
        await self.start()
        await self.take("1", "cut me " * 30)
        await self.told_of("1", "sent")
        (part,) = self.parts()
        await self.stub.send_status(part, "delivered")
        await self.told_of("1", "sent")
        await self.stub.send_status(attrs.evolve(part, id="v2"), "delivered")
        await self.told_of("1", "sent", "delivered")

"""Rounds with an aggregator over real HTTP: the platform's text goes out, its status comes back; a handset answers."""

from __future__ import annotations

from chanserv.links.rest.behaviour import Behaviour
from tests.stories.rest_stage import RestStage


class TwilioTests(RestStage):
    """Statuses by our id in the callback URL, webhooks signed with the account's token."""

    credentials = {"account_sid": "AC77", "auth_token": "t0ken"}

    async def test_a_round(self) -> None:
        """Our id is in the callback URL, and theirs is told with the status."""
        await self.round()
        (part,) = self.parts()
        self.assertIn(part.ours, part.callbacks["status"])
        self.assertTrue(part.request.urls[0].endswith("/2010-04-01/Accounts/AC77/Messages.json"))
        self.assertEqual({"submits": 1, "delivered": 1, "mo": 1}, dict(self.stub.counts))

    async def test_a_failure(self) -> None:
        """The provider took it, and says later that nobody was there."""
        self.stub.set(status="sent failed", status_delay=0.05)
        await self.start()
        await self.take("1", "Hi")
        await self.told_of("1", "sent", "failed")

    async def test_a_status_before_the_answer(self) -> None:
        """Is not lost, and counts once."""
        self.stub.set(early=True, twice=True)
        await self.start()
        await self.take("1", "Hi")
        await self.told_of("1", "sent", "delivered")
        await self.until(lambda: self.stub.counts["delivered"] == 2)

    async def test_strangers_change_nothing(self) -> None:
        """A wrong signature is refused, a wrong secret finds nobody; the right one is heard afterwards."""
        self.stub.set(wrong_signature=True)
        await self.start()
        await self.take("1", "Hi")
        await self.until(lambda: self.stub.counts["delivered_refused"] == 1)
        self.stub.set(wrong_signature=False, wrong_secret=True)
        await self.stub.send_status(self.parts()[0], "delivered")
        self.assertEqual(2, self.stub.counts["delivered_refused"])
        self.stub.set(wrong_secret=False)
        await self.told_of("1", "sent")
        await self.stub.send_status(self.parts()[0], "delivered")
        await self.told_of("1", "sent", "delivered")

    async def test_a_throttled_account_comes_again(self) -> None:
        """What was throttled is sent once the account may."""
        await self.start()
        self.stub.set(throttle_for=0.3)
        await self.take("1", "Hi")
        await self.told_of("1", "sent", "delivered")
        self.assertEqual("throttled", self.parts()[0].word)
        self.assertEqual("accepted", self.parts()[-1].word)


class VonageTests(RestStage):
    """Statuses by the provider's id, signed parameters."""

    profile = "vonage"
    credentials = {"api_key": "k", "api_secret": "s", "signature_secret": "sig", "signature_method": "sha256"}

    async def test_a_round(self) -> None:
        """The signature is in the query, or in the form."""
        await self.round()


class TelnyxTests(RestStage):
    """Ed25519: the account holds the stub's public key."""

    profile = "telnyx"

    async def test_a_round(self) -> None:
        """And a wrong signature is one of something else."""
        await self.round()
        self.stub.set(wrong_signature=True)
        await self.stub.send_status(self.parts()[0], "failed")
        self.assertEqual(1, self.stub.counts["failed_refused"])


class TokenTests(RestStage):
    """A profile whose token must be fetched first."""

    profile = "hormuud"
    quirks = Behaviour(statuses=False)
    statuses = ("sent",)

    async def test_a_round(self) -> None:
        """The stub gives one; no status ever comes."""
        await self.round()
        self.assertEqual(1, self.stub.counts["tokens"])


class InfobipTests(RestStage):
    """Our id is theirs; the account has one of two sets of credentials."""

    profile = "infobip"

    async def test_a_round(self) -> None:
        """The answer repeats the id, and the status names it."""
        await self.round()
        (part,) = self.parts()
        self.assertEqual(part.ours, part.id)


class KannelTests(RestStage):
    """No id of theirs: statuses by our id in a URL that the provider fills in."""

    profile = "kannel"

    async def test_a_round(self) -> None:
        """By GET, both ways."""
        await self.round()
        (part,) = self.parts()
        self.assertEqual(("", "GET"), (part.id, part.request.method))

"""A provider that nobody has heard of, added with one TOML file: `madeup`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.web.server import Site

from chanserv.links.rest import tokens
from chanserv.loading import load
from chanserv.profiles.trying import tried
from tests.stories.madeup import CLIENT, PROFILE, SECRET, SIGNING, MadeUp, status, text
from tests.stories.stage import ADDRESS, TO, Stage

LONG = "This is longer than what Made Up takes at once, so that it makes parts of it. " * 2  # three of them


class MadeUpTests(Stage):
    """Its profile lies in the site's folder; the account stands in the settings."""

    def carrier(self) -> Any:
        self.provider = MadeUp(self.http)
        return Site(self.provider, logFormatter=lambda *_: "")

    def configure(self) -> str:
        (self.folder / "profiles").mkdir()
        (self.folder / "profiles" / "madeup.toml").write_text(PROFILE, "utf-8")
        path = Path(super().configure())
        text, _, _ = path.read_text("utf-8").partition("[link.smsc]")
        text = text.replace("[gateway]", f'[gateway]\npublic_url = "{self.url}"\nprofiles = "profiles"')
        account = {"base": f"http://127.0.0.1:{self.smsc_port}", "client": CLIENT, "secret": SECRET, "signing": SIGNING}
        credentials = ", ".join(f'{key} = "{value}"' for key, value in account.items())
        link = '[link.smsc]\nkind = "rest"\nprofile = "madeup"\nhook_secret = "0123456789abcdef"\nrate = 1000\n'
        path.write_text(f"{text}{link}credentials = {{ {credentials} }}\n", "utf-8")
        return str(path)

    async def start(self, *, smsc: bool = True) -> None:
        """It listens, and the gateway runs."""
        if self._smsc_listening is None:
            await self.smsc_up()
        await self.run_gateway()

    async def smsc_down(self) -> None:
        listening, self._smsc_listening = self._smsc_listening, None
        if listening is not None:
            await listening.stopListening()

    def texts(self) -> list[str]:
        return [taken.body["text"] for taken in self.provider.taken]

    async def sent(self, id: str, said: str) -> list[str]:
        """Told as sent; the ids of its parts."""
        before = len(self.provider.taken)
        await self.take(id, said)
        await self.until(lambda: self.kinds(id) == ["sent"])
        (taken,) = self.provider.taken[before:]
        self.assertEqual((said, TO.lstrip("+"), ADDRESS), tuple(taken.body[key] for key in ("text", "to", "from")))
        return taken.parts

    async def hears(self, *events: dict[str, object], **more: Any) -> None:
        self.assertEqual(200, await self.provider.tell(*events, **more))

    def test_its_cases(self) -> None:
        """As `chanserv profile test madeup` tries them."""
        profile = load(self.config).links["smsc"].provider
        self.assertEqual([[], []], [tried(profile, case) for case in profile.tests])

    async def test_parts(self) -> None:
        """Delivered is told when the last of them is, in whatever order, after a restart as well, and once."""
        await self.start()
        one, two, three = await self.sent("1", LONG)
        await self.hears(status(three), status(one), status(two, "BUFFERED"))
        await self.told_of("1", "sent")
        await self.stop()
        await self.start()
        await self.hears(status(two), status(one))
        await self.told_of("1", "sent", "delivered")

    async def test_a_part_that_failed(self) -> None:
        """Fails the text, once."""
        await self.start()
        one, two, three = await self.sent("1", LONG)
        await self.hears(status(one), status(two, "FAILED", cause="absent"), status(three))
        await self.told_of("1", "sent", "failed")

    async def test_a_batch(self) -> None:
        """Statuses and replies in one request; what it says twice, and what we do not know, changes nothing."""
        await self.start()
        (one,), (two,) = await self.sent("1", "Hi"), await self.sent("2", "Hello")
        handset = TO.lstrip("+")
        news = (
            text("m1", handset, ADDRESS, "Yes"), status(one), {"type": "weather"}, status(two, "FAILED"),
            text("m2", handset, ADDRESS, "No"), status(one, "FAILED"),
        )  # fmt: skip
        await self.hears(*news)
        await self.hears(*news)
        await self.told_of("1", "sent", "delivered")
        await self.told_of("2", "sent", "failed")
        await self.until(lambda: len(self.received()) == 2)
        self.assertEqual(["Yes", "No"], self.received())

    def received(self) -> list[str]:
        return [event["text"] for event in self.platform.events if event["what"] == "stored"]

    async def test_false_ones(self) -> None:
        """Signed with another key, not at all, too long ago, or changed on their way: refused, and nothing is kept."""
        await self.start()
        (part,) = await self.sent("1", "Hi")
        failed = status(part, "FAILED")
        for false in ({"key": "another"}, {"key": ""}, {"ago": 301}, {"changed": True}):
            self.assertEqual(403, await self.provider.tell(failed, **false), false)  # type: ignore[arg-type]
        await self.told_of("1", "sent")
        await self.hears(failed)
        await self.told_of("1", "sent", "failed")

    async def test_tokens(self) -> None:
        """One serves many texts; one that is refused, or old, is fetched anew; no text fails for that."""
        self.patch(tokens, "LEAST_LIFE", 0.0)
        await self.start()
        await self.sent("1", "one")
        await self.sent("2", "two")
        self.assertEqual(["token-1"], self.provider.given)
        self.provider.tokens.clear()
        self.provider.life = 1
        await self.sent("3", "three")
        self.assertEqual((["token-1", "token-2"], ["token-1"]), (self.provider.given, self.provider.refused))
        await self.quiet(1)
        await self.sent("4", "four")
        self.assertEqual((["token-1", "token-2", "token-3"], ["token-1"]), (self.provider.given, self.provider.refused))
        self.assertEqual(["token-1", "token-1", "token-2", "token-3"], [each.token for each in self.provider.taken])

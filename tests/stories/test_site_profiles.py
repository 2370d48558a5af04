"""A site's own profiles at work: one that stands for a shipped one, one that extends it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

from tests.stories.rest_stage import RestStage

EXAMPLE = Path(__file__).parent.parent.parent / "etc" / "profiles" / "twilio-smart.toml"


class SiteProfileTests(RestStage):
    """`profiles` of [gateway]; the stub is Twilio as it ships."""

    def configure(self) -> str:
        path = super().configure()
        (self.folder / "profiles").mkdir()
        self.change("[gateway]", '[gateway]\nprofiles = "profiles"')
        return path

    def change(self, old: str, new: str) -> None:
        settings = self.folder / "chanserv.toml"
        settings.write_text(settings.read_text("utf-8").replace(old, new), "utf-8")

    async def sent(self) -> list[str] | None:
        """What a text said in the field that the site's own profile adds."""
        await self.start()
        await self.take("1", "Hi")
        await self.told_of("1", "sent", "delivered")
        (part,) = self.parts()
        return parse_qs(part.request.body.decode()).get("SmartEncoded")

    async def test_one_stands_for_a_shipped_one(self) -> None:
        """By its name; no link is changed, and all else is as it ships: signed statuses are heard."""
        (self.folder / "profiles" / "twilio.toml").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
        self.assertEqual(["true"], await self.sent())

    async def test_one_extends_a_shipped_one(self) -> None:
        """A link names it; it is the example of etc/profiles."""
        (self.folder / "profiles" / EXAMPLE.name).write_text(EXAMPLE.read_text("utf-8"), "utf-8")
        self.change('profile = "twilio"', 'profile = "twilio-smart"')
        self.assertEqual(["true"], await self.sent())

    async def test_without_one_nothing_is_added(self) -> None:
        """An empty folder changes nothing."""
        self.assertIsNone(await self.sent())

"""A gateway between the simulated platform and the stub of an aggregator, made of any profile; all over real HTTP."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.web.server import Site

from chanserv.links.rest.behaviour import Behaviour
from chanserv.links.rest.peer import Aggregator, Taken
from chanserv.profiles.shelf import Shelf
from chanserv.profiles.stub.account import account
from chanserv.toml.faults import Faults, Place
from tests.stories.stage import ADDRESS, TO, Stage

SECRET = "0123456789abcdef"


class RestStage(Stage):
    """The stub answers for the account that the gateway has there, and calls its webhooks."""

    profile = "twilio"
    credentials: dict[str, str] = {}  # what is not here is as in the profile's cases
    quirks = Behaviour()

    def carrier(self) -> Any:
        faults = Faults()
        found = Shelf().get(self.profile, faults, Place("profile"))
        assert found is not None, faults.found
        self.about, self.cfg = found, account(found, self.credentials)
        base = f"{self.url}/hook/smsc/{SECRET}"
        self.stub = Aggregator(
            found, self.credentials, poster=self.http, clock=reactor, hooks=base, public=base, behaviour=self.quirks
        )
        return Site(self.stub, logFormatter=lambda *_: "", parsePOSTFormSubmission=False)

    def configure(self) -> str:
        path = super().configure()
        text, _, _ = (self.folder / "chanserv.toml").read_text("utf-8").partition("[link.smsc]")
        text = text.replace("[gateway]", f'[gateway]\npublic_url = "{self.url}"')
        (self.folder / "chanserv.toml").write_text(text + self.link(), "utf-8")
        return path

    def link(self) -> str:
        """The table of the only link."""
        needs = self.about.about.needs
        credentials = ", ".join(f'{key} = "{self.cfg[key]}"' for key in needs if self.cfg.get(key))
        options = ", ".join(f'{key} = "{value}"' for key, value in self.cfg.items() if value and key not in needs)
        return f"""
[link.smsc]
kind = "rest"
profile = "{self.profile}"
base_url = "http://127.0.0.1:{self.smsc_port}"
credentials = {{ {credentials} }}
options = {{ {options} }}
hook_secret = "{SECRET}"
rate = 1000
{self.link_settings}
"""

    async def start(self, *, smsc: bool = True) -> None:
        """The gateway runs and takes texts; with `smsc`, the stub listens."""
        if smsc and self._smsc_listening is None:
            await self.smsc_up()
        await self.run_gateway()

    async def smsc_down(self) -> None:
        self.stub.stop()
        listening, self._smsc_listening = self._smsc_listening, None
        if listening is not None:
            await listening.stopListening()

    def parts(self) -> list[Taken]:
        """What the stub was handed."""
        return list(self.stub.parts)

    def texts(self) -> list[str]:
        return [part.text for part in self.stub.parts]

    def stored(self) -> list[dict[str, Any]]:
        """Texts that the platform has."""
        return [event for event in self.platform.events if event["what"] == "stored"]

    async def round(self) -> None:
        """A text out, its status back; a text in."""
        await self.start()
        await self.take("1", "Olá {€}", to=TO)
        await self.told_of("1", *self.statuses)
        (part,) = self.parts()
        self.assertEqual(("Olá {€}", TO), (part.text, part.to))
        self.stub.send_mo(TO, ADDRESS, "Sim!")
        await self.until(lambda: self.stored())
        await self.until(lambda: self.stub.counts["mo"] == 1)
        (stored,) = self.stored()
        self.assertEqual(("Sim!", f"tel:{TO}"), (stored["text"], stored["urn"]))

    statuses = ("sent", "delivered")  # what the platform is told of a text

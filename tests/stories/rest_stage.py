"""A gateway between the simulated platform and the stub of an aggregator, made of any profile; all over real HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import attrs
from twisted.internet import reactor
from twisted.web.server import Site

from chanserv.links.rest.behaviour import Behaviour
from chanserv.links.rest.peer import Aggregator, Taken
from chanserv.profiles.shelf import Shelf
from chanserv.profiles.stub.account import account
from chanserv.text.numbers import digits
from chanserv.toml.faults import Faults, Place
from tests.stories.stage import ADDRESS, TO, Stage

SECRET = "0123456789abcdef"


@attrs.define
class Poster:
    """Carries webhooks, and keeps them: method and path of each, and what it said."""

    inner: Any
    kept: list[tuple[str, str]] = attrs.field(factory=list)

    def request(self, method: str, url: str, **more: Any) -> Any:
        """As treq's."""
        path, _, query = url.partition("?")
        said = unquote(query) + (more.get("data") or b"").decode()
        self.kept.append((f"{method} {path.rpartition(SECRET)[2]}", said))
        return self.inner.request(method, url, **more)


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
        self.hooks = Poster(self.http)
        base = f"{self.url}/hook/smsc/{SECRET}"
        self.stub = Aggregator(
            found, self.credentials, poster=self.hooks, clock=reactor, hooks=base, public=base, behaviour=self.quirks
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
        """A text out, its status back, a text in: as far as the provider has them, and its stub can sign them."""
        has = self.about.features if self.called else ("sends",)
        await self.start()
        await self.take("1", self.text, to=self.to)
        await self.told_of("1", "sent", *(("delivered",) if "statuses" in has else ()))
        (part,) = self.parts()
        self.assertEqual((self.text, self.dialled or digits(self.to)), (part.text, digits(part.to)))
        if "receives" not in has:
            return
        self.stub.send_mo(self.to, ADDRESS, "Sim!")
        await self.until(lambda: self.stored())
        await self.until(lambda: self.stub.counts["mo"] == 1)
        (stored,) = self.stored()
        self.assertEqual(("Sim!", f"tel:{self.to}"), (stored["text"], stored["urn"]))

    text, to = "Olá {€}", TO
    dialled = ""  # how the provider is told `to`, if not in full
    called = True  # can the stub call webhooks as its provider would?

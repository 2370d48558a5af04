"""An External-API link and its device, joined in memory as `tests.links.rest.joined` joins an aggregator."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from twisted.internet.task import Clock
from twisted.web.resource import Resource
from twisted.web.server import Site

from chanserv.links.external import link
from chanserv.links.external.doors import PATHS, Devices
from chanserv.links.rest.calls import Calls
from chanserv.settings import ExternalSettings, Secret
from chanserv.site import Fork
from chanserv.site import Site as OurSite
from tests.links.rest.joined import Acme
from tests.links.rest.joined import Joined as RestJoined
from tests.platform.helpers import FORM, Caller

UUID = "6b3f9f0e-3c4e-4a0e-9d4c-0b8a0f0a7d11"
DATE = "2027-01-15T08:00:00Z"


def device(**more: Any) -> ExternalSettings:
    """What the device of `Joined` wants."""
    known = {
        "name": "a", "uuid": UUID, "send_url": "http://device.example/send", "content_type": "json", "concurrency": 4,
        "body": '{"to":{{to}},"text":{{text}},"ref":{{id}}}', "authorization": Secret("Token device"),
    }  # fmt: skip
    return ExternalSettings(**{**known, **more})


class Device(Acme):
    """It knows no id but ours, and calls us as it would call courier."""

    def __init__(self, clock: Clock, hooks: OurSite, uuid: str) -> None:
        super().__init__(clock, hooks, uuid)
        self.ids = False

    def tell(self, path: str, body: Any) -> None:
        """Of a part, or of a text; what is not answered well comes again."""
        if path == "status":
            kind, form = body["status"], {"id": body["ref"]}
        else:
            (message,) = body["messages"]
            kind, form = "receive", {"from": message["from"], "text": message["text"], "date": DATE}
        caller = Caller(self._hooks)
        self._told.append((caller, path, body))
        headers = {"Authorization": "Token device", **FORM}
        caller.ask("POST", f"/c/ex/{self._hook}/{kind}", headers, urlencode(form).encode())


class Joined(RestJoined):
    """`tests.contracts.Carrier`."""

    def __init__(self, settings: ExternalSettings, clock: Clock, lane: Any, router: Any) -> None:
        self._clock = clock
        self._pumps = []
        self._away = False
        calls = Calls(settings, settings.concurrency, clock, endpoints=self)
        self.link = link.make(settings, lane, router, clock, calls=calls, chance=lambda: 0.0)
        devices = Devices(links={settings.name: self.link})
        self.acme = Device(clock, OurSite(Fork(Resource(), PATHS, devices.resource()), clock), settings.uuid)
        self._site = Site(self.acme, reactor=clock)
        self._site.log = lambda request: None  # type: ignore[method-assign]

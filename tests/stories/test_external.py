"""Chanserv talks to chanserv by the External API, both ways: one is the device, the other plays its platform.

simulated platform <-> near gateway <-- kind "external" --> far gateway <-> simulated SMSC
"""

from __future__ import annotations

import signal
from itertools import permutations
from typing import Any

from twisted.internet import reactor

from chanserv.gateway import Gateway
from chanserv.links.rest import judge
from chanserv.loading import load
from chanserv.text.numbers import digits
from tests.stories.ends import free_port
from tests.stories.stage import ADDRESS, TO, TOKEN, UUID, Stage

FAR_UUID = "6b3f9f0e-3c4e-4a0e-9d4c-0b8a0f0a7d11"
LONG = " ".join(f"Passo {number}: leve o documento à sala {number}." for number in range(1, 9))
WIDE = "Сообщение о здоровье {{to}} & <b>😀</b>\nконец" * 4

NEAR = """
[gateway]
data = "{folder}/near"
listen = ['tcp:{near}:interface=127.0.0.1']
status_after = 0.1
settle_after = 0.1

[platform.main]
url = "http://127.0.0.1:{platform}"

[channel.claro]
uuid = "{uuid}"
address = "{address}"
authorization = "{token}"
links = ["far"]

[link.far]
kind = "external"
uuid = "{far_uuid}"
send_url = "http://127.0.0.1:{far}/c/ex/{{{{channel}}}}/send{query}"
send_authorization = "Token far"
authorization = "Token near"
rate = 1000
{more}
"""

FAR = """
[gateway]
data = "{folder}/far"
listen = ['tcp:{far}:interface=127.0.0.1']
status_after = 0.1
settle_after = 0.1

[platform.main]
url = "http://127.0.0.1:{near}"
headers = {{ Authorization = "{far_token}" }}

[channel.device]
uuid = "{far_uuid}"
address = "{address}"
authorization = "Token far"
links = ["smsc"]

[link.smsc]
kind = "smpp"
hosts = ["127.0.0.1:{smsc}"]
system_id = "weni"
password = "secret"
rate = 1000
"""


class ExternalStage(Stage):
    """`far` is the device; the stage's own gateway is the near one, whose platform is the stage's."""

    query = ""  # of send_url
    far_token = "Token near"

    def configure(self) -> str:
        self.far_port = free_port()
        self.far: Any = None
        given = {
            "folder": self.folder.absolute(), "near": self.port, "far": self.far_port, "platform": self.platform_port,
            "smsc": self.smsc_port, "uuid": UUID, "far_uuid": FAR_UUID, "address": ADDRESS, "token": TOKEN,
            "far_token": self.far_token, "query": self.query, "more": self.link_settings,
        }  # fmt: skip
        for name, text in (("near", NEAR), ("far", FAR)):
            path = self.folder.absolute() / f"{name}.toml"
            path.write_text(text.format(**given), "utf-8")
            path.chmod(0o600)
        return str(self.folder.absolute() / "near.toml")

    async def far_up(self) -> None:
        self.far = Gateway(load(str(self.folder.absolute() / "far.toml")), reactor)
        self.far.startService()
        await self.until(lambda: self.far.healthy() and self.far.links["smsc"].up)

    async def far_down(self) -> None:
        far, self.far = self.far, None
        if far is not None:
            await far.stopService()

    async def clean_up(self) -> None:
        await self.far_down()
        await super().clean_up()

    async def begin(self) -> None:
        """All are there, the SMSC bound."""
        await self.smsc_up()
        await self.far_up()
        await self.run_gateway()

    def stored(self) -> list[tuple[str, str]]:
        return [(event["urn"], event["text"]) for event in self.platform.events if event["what"] == "stored"]

    def heard_by(self, to: str) -> list[str]:
        return [one.text for one in self.smsc.submits if digits(one.destination) == digits(to)]

    def submits(self) -> object:
        """Requests that the near gateway has made."""
        return self.gateway.links["far"].status()["submits"]

    async def story(self) -> None:
        """Texts of all sorts go out and are told; one fails; one comes back."""
        await self.begin()
        for id, text, to in (("1", "Olá {€} @", TO), ("2", LONG, "+250788123124"), ("3", WIDE, "+250788123125")):
            await self.take(id, text, to=to)
            await self.told_of(id, "sent", "delivered")
            parts = self.heard_by(to)
            self.assertIn(text, {"".join(order) for order in permutations(parts)})  # requests side by side: no order
        self.smsc.set(receipt_status="UNDELIV")
        await self.take("4", "nobody there", to="+250788123126")
        await self.told_of("4", "sent", "failed")
        self.smsc.send_mo(TO, ADDRESS, WIDE)
        await self.until(self.stored)
        self.assertEqual([(f"tel:{TO}", WIDE)], self.stored())


class FormTests(ExternalStage):
    async def test_a_form(self) -> None:
        """As courier sends by default; what is longer than 160 characters is several requests."""
        await self.story()
        self.assertEqual(1 + 2 + 2 + 1, self.submits())


class JsonTests(ExternalStage):
    link_settings = 'content_type = "json"\nmax_length = 1600'

    async def test_json(self) -> None:
        """Texts go whole, and the far end cuts them."""
        await self.story()
        self.assertEqual(4, self.submits())


class XmlTests(ExternalStage):
    link_settings = """send_method = "PUT"
content_type = "xml"
max_length = 0
body = "<sms><id>{{id}}</id><to>{{to}}</to><text>{{text}}</text></sms>"
"""

    async def test_xml(self) -> None:
        """By PUT."""
        await self.story()


class GetTests(ExternalStage):
    query = "?id={{uuid}}&to={{to_no_plus}}&text={{text}}&from={{from}}"
    link_settings = 'send_method = "GET"\nmax_length = 1600'

    async def test_a_query(self) -> None:
        """All of it in the URL."""
        await self.story()


class TroubleTests(ExternalStage):
    async def test_who_is_not_there_is_waited_for(self) -> None:
        """Nobody listens: the text waits, and goes when the far end is there."""
        await self.smsc_up()
        await self.run_gateway()
        await self.take("1", "Olá")
        await self.until(lambda: self.gateway.links["far"].status()["state"] == "resting")
        await self.far_up()
        await self.told_of("1", "sent", "delivered")
        self.assertEqual(["Olá"], self.heard_by(TO))


class PhaseTests(ExternalStage):
    link_settings = f'phase = "test"\ntest_numbers = ["{TO}"]'

    async def test_a_link_that_is_tried_sends_to_its_numbers(self) -> None:
        """Others wait, and nobody is told that they were sent."""
        await self.begin()
        await self.take("1", "nobody yet", to="+250788123124")
        await self.take("2", "Olá")
        await self.told_of("2", "sent", "delivered")
        self.assertEqual((1, []), (self.submits(), self.kinds("1")))


class SilenceTests(ExternalStage):
    link_settings = "answer_within = 0.3"

    async def test_an_answer_that_never_came_is_no_second_text(self) -> None:
        """The far end takes it when nobody waits for its answer any more, and knows our id when it comes again."""
        self.patch(judge, "AGAIN_AFTER", 1.0)  # between the two requests
        await self.begin()
        writer = self.far.store._child.transport
        writer.signalProcess(signal.SIGSTOP)
        await self.take("1", "Olá")
        await self.until(lambda: self.gateway.links["far"].status()["answers"] == {"none": 1})
        writer.signalProcess(signal.SIGCONT)
        await self.told_of("1", "sent", "delivered")
        self.assertEqual((2, ["Olá"]), (self.submits(), self.heard_by(TO)))


class StrangerTests(ExternalStage):
    far_token = "Token stranger"

    async def test_who_has_not_the_token_tells_nothing(self) -> None:
        """Its text waits with it, and reaches nobody."""
        await self.begin()
        self.smsc.send_mo(TO, ADDRESS, "Sim")
        await self.until(lambda: self.gateway.links["far"].status().get("hooks_refused"))
        self.assertEqual([], self.stored())

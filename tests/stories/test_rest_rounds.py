"""Whole rounds with providers, over real HTTP: texts out, what became of them, a reply; and webhooks that are false.

The stub of each is made of its profile. What is told here is told a second time and by hand: where a text goes, how
the account is shown, whose id its status names, and which webhooks are signed.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from chanserv import reference
from chanserv.links.rest.peer import Taken
from chanserv.text.numbers import digits
from tests.stories.rest_stage import RestStage
from tests.stories.stage import ADDRESS, TO

OURS = reference.write(1, 2, 1, digits(TO))  # our id of the only part of the first text: message 1, piece 2


class RoundTests(RestStage):
    """A test has its profile's name."""

    accounts: ClassVar[dict[str, dict[str, str]]] = {
        "twilio": {"account_sid": "AC77", "auth_token": "t0ken"},
        "vonage": {"signature_secret": "sig", "signature_method": "sha256"},
        "infobip": {"username": "us", "password": "sekrit"},
        "bandwidth": {"callback_user": "us", "callback_password": "sekrit"},
        "clickatell": {"hook_username": "us", "hook_password": "sekrit"},
    }

    async def setUp(self) -> None:
        self.profile = self._testMethodName.removeprefix("test_")
        self.credentials = self.accounts.get(self.profile, {})
        await super().setUp()

    async def rounds(self, asked: str, told: str, names: str, signed: str = "") -> Taken:
        """`asked`, `told`: method and path of our request, and of its status, which `names` ours, theirs, or both."""
        await self.round()
        (part,) = self.parts()
        (how, said), *_ = self.hooks.kept
        self.assertEqual(asked, f"{part.request.method} {urlsplit(part.request.urls[0]).path}")
        self.assertEqual(told, how)
        ids = {"ours": OURS, "theirs": part.id}
        self.assertEqual(names.split(), [whose for whose, id in ids.items() if id and id in said])
        await self.false_webhooks(signed)
        return part

    async def false_webhooks(self, signed: str) -> None:
        """With a signature that is wrong, or a secret where none is signed, they change nothing; the right ones do."""
        self.stub.set(statuses=False)
        await self.take("2", "Hi")
        await self.until(lambda: self.kinds("2") == ["sent"])
        self.lie("status", signed)
        await self.stub.send_status(self.parts()[1], "delivered")
        self.lie("mo", signed)
        self.stub.send_mo(TO, ADDRESS, "No!")
        await self.until(lambda: self.stub.counts["mo_refused"] or self.stub.counts["mo"] > 1)
        self.stub.set(wrong_signature=False, wrong_secret=False)
        await self.stub.send_status(self.parts()[1], "failed")
        await self.told_of("2", "sent", "failed")
        self.assertEqual(["Sim!"], [each["text"] for each in self.stored()])
        counts = {"submits": 2, "delivered": 1, "delivered_refused": 1, "mo": 1, "mo_refused": 1, "failed": 1}
        self.assertEqual(counts, dict(self.stub.counts))

    def lie(self, kind: str, signed: str) -> None:
        self.stub.set(wrong_signature=kind in signed.split(), wrong_secret=kind not in signed.split())

    def shows(self, part: Taken, **headers: str) -> None:
        """The request has these."""
        found = {name.lower().replace("-", "_"): value for name, value in part.request.headers}
        self.assertEqual(headers, {name: found.get(name) for name in headers})

    def form(self, part: Taken) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(part.request.body.decode()).items()}

    def hook(self, path: str) -> str:
        """Its URL, as the provider is told."""
        return f"{self.stub.addresses.hooks}/{path}"

    async def test_twilio(self) -> None:
        """Our id is in the callback URL; all is signed with the account's token."""
        path = "/2010-04-01/Accounts/AC77/Messages.json"
        part = await self.rounds(f"POST {path}", "POST /status", "ours theirs", "status mo")
        self.shows(part, authorization=basic("AC77", "t0ken"))
        self.assertEqual(f"{self.hook('status')}?id={OURS}", self.form(part)["StatusCallback"])

    async def test_vonage(self) -> None:
        """Their id; parameters signed under a secret of its own, with the hash that the account has chosen."""
        part = await self.rounds("POST /sms/json", "POST /status", "theirs", "status mo")
        form = self.form(part)
        self.assertEqual(("unicode", self.hook("status")), (form["type"], form["callback"]))
        self.assertEqual(TO.lstrip("+"), form["to"])

    async def test_infobip(self) -> None:
        """Our id is theirs; nothing is signed; this account has a password, and no key."""
        part = await self.rounds("POST /sms/3/messages", "POST /status", "ours theirs")
        self.shows(part, authorization=basic("us", "sekrit"))
        self.assertEqual(OURS, self.message(part)["destinations"][0]["messageId"])

    def message(self, part: Taken) -> Any:
        (found,) = json.loads(part.request.body)["messages"]
        return found

    async def test_africastalking(self) -> None:
        """Their id; no callback URL is told, as it is set on their page."""
        part = await self.rounds("POST /version1/messaging", "POST /status", "theirs")
        self.assertEqual({"username", "to", "message", "from"}, set(self.form(part)))
        self.shows(part, apikey=self.cfg["api_key"])

    async def test_zenvia(self) -> None:
        """Their id."""
        part = await self.rounds("POST /v2/channels/sms/messages", "POST /status", "theirs")
        self.assertEqual([{"type": "text", "text": "Olá {€}"}], json.loads(part.request.body)["contents"])
        self.shows(part, x_api_token=self.cfg["api_key"])

    async def test_wavy(self) -> None:
        """Our id comes back as the correlationId; what was sent and what was delivered have a path each."""
        part = await self.rounds("POST /v1/send-sms", "POST /delivered", "ours theirs")
        self.assertEqual(["POST /delivered", "POST /receive"], [how for how, _ in self.hooks.kept[:2]])
        self.assertEqual(OURS, json.loads(part.request.body)["correlationId"])
        self.shows(part, username=self.cfg["username"], authenticationtoken=self.cfg["auth_token"])

    async def test_clickatell(self) -> None:
        """Everything is in the URL; webhooks show user and password."""
        part = await self.rounds("GET /messages/http/send", "POST /status", "theirs", "status mo")
        self.assertEqual(b"", part.request.body)
        self.assertIn(f"apiKey={self.cfg['api_key']}&", part.request.urls[0])

    async def test_messagebird(self) -> None:
        """Either id, as the reference may be left out. Statuses come by GET and are not signed, texts are by a JWT."""
        part = await self.rounds("POST /messages", "GET /status", "theirs", "mo")
        self.assertIn("reference=0", self.hooks.kept[-1][1])
        sent = json.loads(part.request.body)
        self.assertEqual((OURS, "unicode"), (sent["reference"], sent["datacoding"]))
        self.assertEqual(self.hook("status"), sent["reportUrl"])
        self.shows(part, authorization=f"AccessKey {self.cfg['auth_token']}")

    async def test_plivo(self) -> None:
        """Their id, the first of a list; the signature is over the URL."""
        part = await self.rounds("POST /v1/Account/MA1/Message/", "POST /status", "theirs", "status mo")
        self.shows(part, authorization=basic(self.cfg["auth_id"], self.cfg["auth_token"]))
        self.assertEqual(self.hook("status"), json.loads(part.request.body)["url"])

    async def test_telnyx(self) -> None:
        """Their id; signed with a key of which the account has the public half."""
        part = await self.rounds("POST /v2/messages", "POST /status", "theirs", "status mo")
        self.shows(part, authorization=f"Bearer {self.cfg['api_key']}")
        self.assertEqual(self.hook("status"), json.loads(part.request.body)["webhook_url"])

    async def test_bandwidth(self) -> None:
        """Their id, in a list of one; webhooks show user and password."""
        part = await self.rounds("POST /api/v2/users/5/messages", "POST /status", "theirs", "status mo")
        self.shows(part, authorization=basic(self.cfg["username"], self.cfg["password"]))
        self.assertTrue(all(said.startswith("[{") for _, said in self.hooks.kept))


def basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"

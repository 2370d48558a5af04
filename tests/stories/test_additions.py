"""Workspaces come to a gateway that runs: their accounts at one aggregator, and their channels, without a restart."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import attrs
from twisted.internet.error import ConnectionLost
from twisted.internet.threads import deferToThread
from twisted.web.client import ResponseFailed
from twisted.web.resource import Resource
from twisted.web.server import Site

from chanserv.cli import parser
from chanserv.cli.reach import Declined
from chanserv.toml.writing import write
from tests.stories.ends import Answer, free_port
from tests.stories.process import ProcessStage
from tests.stories.stage import FORM, TO, Stage, form

# A made-up aggregator: a request and its answer, statuses and texts as JSON.
PROFILE = """
[profile]
title = "Stub"
regions = ["here"]
source = ["tests/stories/test_additions.py"]
confidence = "high"
needs = { base = "where it is", user = "account", password = "its password" }

[send]
url = "{cfg.base}/send"
basic = ["{cfg.user}", "{cfg.password}"]
json = { to = "{to}", from = "{from}", text = "{text}", status_url = "{hook.status}", text_url = "{hook.receive}" }

[send.reply]
id = "id"

[[hook]]
kind = "status"
path = "status"
id = "id"
status = "status"
map = { delivered = ["ok"], failed = ["no"] }

[[hook]]
kind = "mo"
path = "receive"
from = "from|plus"
to = "to"
text = "text"
id = "id"

[[test]]
what = "a text"
cfg = { base = "https://stub.example", user = "u", password = "p" }
to = "+250788123123"
from = "8000"
text = "Hi"
method = "POST"
url = "https://stub.example/send"
status = 200
reply = '{"id": "1"}'
means = { then = "accepted", id = "1" }
"""

ONE, TWO = "11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"
UUIDS = {"acme": ONE, "umbrella": TWO}
NUMBERS = {"acme": "+250788000001", "umbrella": "+250788000002"}


@attrs.define
class Sent:
    """One request of the gateway's."""

    user: str
    id: str
    body: dict[str, str]


class Aggregator(Resource):
    """Takes every text of an account whose password is its name backwards."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []

    def render_POST(self, request: Any) -> bytes:
        user, _, password = b64decode(request.getHeader(b"authorization").split()[1]).decode().partition(":")
        if password != user[::-1]:
            request.setResponseCode(401)
            return b"{}"
        sent = Sent(user, f"{user}-{len(self.sent)}", json.loads(request.content.read()))
        self.sent.append(sent)
        return json.dumps({"id": sent.id}).encode()

    def of(self, user: str) -> list[str]:
        return [sent.body["text"] for sent in self.sent if sent.user == user]


class AdditionTests(ProcessStage):
    """`twistd chanserv`, killed and started again."""

    async def setUp(self) -> None:
        await super().setUp()
        self.aggregator = Aggregator()
        self.base = f"http://127.0.0.1:{await self.listen(0, Site(self.aggregator, logFormatter=lambda *_: ''))}"
        self.ids = iter(range(1000, 2000))

    def configure(self) -> str:
        """With a console, a public_url, a profile of our own, and room for what is added."""
        self.console = f"http://127.0.0.1:{(port := free_port())}"
        self.gateway_settings = (
            f"{Stage.gateway_settings}\nconsole = 'tcp:{port}:interface=127.0.0.1'\nconsole_token = 'hush'\n"
            f'public_url = "{self.url}"\nprofiles = "profiles"\n'
        )
        (self.folder / "profiles").mkdir()
        (self.folder / "profiles" / "stub.toml").write_text(PROFILE, "utf-8")
        path = Path(super().configure())
        path.write_text('include = ["conf.d/*.toml"]\n' + path.read_text("utf-8"), "utf-8")
        return str(path)

    async def api(self, path: str, body: Mapping[str, object]) -> Answer:
        response = await self.http.request(
            "POST", self.console + path, headers={"Authorization": "Bearer hush"}, data=json.dumps(body).encode()
        )
        return Answer(response.code, await response.content(), response.headers)

    def link(self, user: str) -> dict[str, object]:
        credentials = {"user": user, "password": user[::-1], "base": self.base}
        return {"kind": "rest", "profile": "stub", "credentials": credentials, "hook_secret": f"s3cret-of-{user}"}

    def channel(self, user: str) -> dict[str, object]:
        return {
            "uuid": UUIDS[user],
            "address": NUMBERS[user],
            "authorization": f"Token {user}",
            "links": [user],
            "workspace": user,
        }

    async def hooked(self, url: str, **body: str) -> None:
        response = await self.http.post(url, json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        self.assertEqual(200, response.code, await response.content())

    async def round(self, user: str) -> None:
        """A text out, its status back; a text in. Nobody else's channel hears of it."""
        id, before = str(next(self.ids)), len(self.aggregator.sent)
        path, body = f"/c/ex/{UUIDS[user]}/send", form(id, f"to {id}", channel=UUIDS[user])
        answer = await self.ask("POST", path, {"Content-Type": FORM}, body, f"Token {user}")
        self.assertEqual(200, answer.code, answer.body)
        await self.until(lambda: len(self.aggregator.sent) > before)
        (sent,) = self.aggregator.sent[before:]
        self.assertEqual((user, f"to {id}", NUMBERS[user]), (sent.user, sent.body["text"], sent.body["from"]))
        await self.hooked(sent.body["status_url"], id=sent.id, status="ok")
        await self.told_of(id, "sent", "delivered")
        await self.hooked(sent.body["text_url"], id=f"mo-{id}", **{"from": TO[1:], "to": NUMBERS[user], "text": id})
        await self.until(lambda: self.received(id))
        self.assertEqual([UUIDS[user]], self.received(id))
        self.assertEqual({UUIDS[user]}, {path.split("/")[3] for path, body in self.front.requests if f"={id}" in body})

    def received(self, text: str) -> list[str]:
        """Channels that were posted it."""
        return [path.split("/")[3] for path, body in self.front.requests if f"&text={text}&" in body]

    async def test_two_workspaces(self) -> None:
        """One profile, two accounts: one workspace in one request, the other's link and channel one by one."""
        await self.start(smsc=False)
        together = {"name": "acme", "link": {"acme": self.link("acme")}, "channel": {"acme": self.channel("acme")}}
        answer = await self.api("/api/add", together)
        self.assertEqual(201, answer.code, answer.body)
        self.assertEqual((["acme"], ["acme"]), tuple(answer.json[key] for key in ("links", "channels")))
        await self.round("acme")
        for path, given in (("/api/links", self.link), ("/api/channels", self.channel)):
            answer = await self.api(path, {"name": "umbrella", **given("umbrella")})
            self.assertEqual(201, answer.code, answer.body)
        for user in ("umbrella", "acme"):
            await self.round(user)
        await self.kill()
        await self.start(smsc=False)
        for user in ("acme", "umbrella"):
            await self.round(user)
        self.assertEqual((3, 2), (len(self.aggregator.of("acme")), len(self.aggregator.of("umbrella"))))

    async def test_by_the_command(self) -> None:
        """A file of an operator's; told twice, it says why not."""
        await self.start(smsc=False)
        sections = {"link": {"acme": self.link("acme")}, "channel": {"acme": self.channel("acme")}}
        (self.folder / "new.toml").write_text(write(sections), "utf-8")
        code, shown = await deferToThread(self.command, "add", str(self.folder / "new.toml"))
        self.assertEqual(0, code)
        self.assertEqual(f"added channel acme, link acme; kept in {self.folder.absolute()}/conf.d/new.toml\n", shown)
        await self.round("acme")
        fault = await self.assertFailure(deferToThread(self.command, "add", str(self.folder / "new.toml")), Declined)
        self.assertIn("[link.acme] already", str(fault))

    def command(self, *words: str) -> tuple[int, str]:
        """The exit status of `chanserv`, and what it printed."""
        options = parser(words[0]).parse_args([words[0], "--config", self.config, *words[1:]])
        with redirect_stdout(io.StringIO()) as shown, redirect_stderr(io.StringIO()):
            code = options.run(options)
        return code, shown.getvalue()

    async def test_the_writer_is_killed(self) -> None:
        """The one that is started next goes by what was added: a text of a link without receipts ends as sent."""
        await self.start(smsc=False)
        link = {**self.link("acme"), "receipts": "none"}
        answer = await self.api(
            "/api/add", {"name": "a", "link": {"acme": link}, "channel": {"acme": self.channel("acme")}}
        )
        self.assertEqual(201, answer.code, answer.body)
        self.kill_writer()
        body = form("7", "one", channel=ONE)
        answer = await self.ask("POST", f"/c/ex/{ONE}/send", {"Content-Type": FORM}, body, "Token acme")
        if answer.code == 503:  # it was in the hands of the one that was killed
            answer = await self.ask("POST", f"/c/ex/{ONE}/send", {"Content-Type": FORM}, body, "Token acme")
        self.assertEqual(200, answer.code, answer.body)
        await self.told_of("7", "sent")
        await self.hooked(self.aggregator.sent[0].body["status_url"], id=self.aggregator.sent[0].id, status="ok")
        await self.told_of("7", "sent")

    async def test_killed_amid(self) -> None:
        """Before the file is written: after the restart there is nothing of it, and the name is free."""
        await self.start(smsc=False)
        sections = {"name": "acme", "link": {"acme": self.link("acme")}, "channel": {"acme": self.channel("acme")}}
        self.stop_writer()
        asked = self.soon(self.api("/api/add", sections))
        await self.quiet(0.3)
        await self.kill()
        await self.assertFailure(asked, ResponseFailed, ConnectionLost)
        self.assertFalse((self.folder / "conf.d").exists())
        await self.start(smsc=False)
        answer = await self.api("/api/add", sections)
        self.assertEqual(201, answer.code, answer.body)
        await self.round("acme")

    async def test_faults_change_nothing(self) -> None:
        """All of them are told; there is no file, no link, and the name is free."""
        await self.start(smsc=False)
        wrong = {**self.link("acme"), "profile": "nobody", "rate": "fast"}
        answer = await self.api("/api/links", {"name": "acme", **wrong})
        self.assertEqual(400, answer.code, answer.body)
        told = " ".join(answer.json["faults"])
        for key in ("link.acme.profile", "link.acme.rate"):
            self.assertIn(f"conf.d/acme.toml: {key}: ", told)
        self.assertFalse((self.folder / "conf.d").exists())
        answer = await self.api("/api/links", {"name": "acme", **self.link("acme")})
        self.assertEqual(201, answer.code, answer.body)
        answer = await self.api("/api/links", {"name": "acme", **self.link("acme")})
        self.assertEqual(409, answer.code, answer.body)
        self.assertEqual(0o600, (self.folder / "conf.d" / "acme.toml").stat().st_mode & 0o777)

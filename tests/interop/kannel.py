"""Debian's Kannel as child processes: bearerbox and smsbox in a folder of ours, their links told in Kannel's own words.

It is the ESME here: it dials our simulated carriers, takes texts by HTTP
(`sendsms`) and tells receipts and replies to a `Sink`. What must come of them
is told by the tests.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import quote_plus, urlencode

import treq
from twisted.internet import reactor
from twisted.internet.error import ConnectError
from twisted.internet.task import deferLater
from twisted.web.client import Agent, ResponseFailed
from twisted.web.resource import Resource

from tests.stories.ends import free_port
from tests.stories.process import Run

BEARERBOX, SMSBOX = (shutil.which(name, path="/usr/sbin:/usr/bin") or "" for name in ("bearerbox", "smsbox"))
STARTS, ENDS = 15.0, 10.0  # seconds within which they must
PASSWORD = "sekrit"
ACCEPTED = "0: Accepted for delivery"

# An empty line ends a group, so that there is none inside; no smsbox-id, or replies would wait for an smsbox-route.
BOXES = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
dlr-storage = internal
sms-resend-freq = 1
log-file = "{folder}/bearerbox.log"
log-level = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
mo-recode = true
http-request-retry = 30
http-queue-delay = 1
log-file = "{folder}/smsbox.log"
log-level = 1

group = sendsms-user
username = us
password = {password}
max-messages = 9
concatenation = true

group = sms-service
keyword = default
{replies}
max-messages = 0
"""


def missing() -> str:
    """Why there is no Kannel here; empty if there is."""
    return "" if BEARERBOX and SMSBOX else "no Kannel to talk to: install kannel"


class Sink(Resource):
    """Where Kannel tells: `heard` is every request in the order they came, its query read."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[dict[str, str]] = []

    def render_GET(self, request: object) -> bytes:
        what = request.path.decode("ascii").strip("/")  # type: ignore[attr-defined] # a twisted.web Request
        words = {name.decode(): values[0].decode("utf-8") for name, values in request.args.items()}  # type: ignore[attr-defined]
        self.heard.append({"what": what, **words})
        return b""

    def of(self, what: str, **more: str) -> list[dict[str, str]]:
        """What was told under this name, with these words."""
        return [one for one in self.heard if one["what"] == what and more.items() <= one.items()]


TO_THE_SINK = 'get-url = "{sink}/mo?link=%i&from=%p&to=%P&charset=%C&coding=%c&text=%b"'


class Kannel:
    """`links`: its smsc groups, each without an empty line. `sink`: the port of a Sink. `replies`: where they go."""

    def __init__(self, folder: Path, sink: int, *links: str, replies: str = TO_THE_SINK) -> None:
        self.folder = folder.absolute()
        self.admin, self.sendsms = free_port(), free_port()
        self._sink = f"http://127.0.0.1:{sink}"
        boxes = BOXES.format(
            admin=self.admin, boxes=free_port(), sendsms=self.sendsms, folder=self.folder, password=PASSWORD,
            replies=replies.format(sink=self._sink),
        )  # fmt: skip
        self._config = self.folder / "kannel.conf"
        self._config.write_text("\n".join([boxes, *(f"group = smsc\n{link.strip()}\n" for link in links)]), "utf-8")
        self._runs: list[Run] = []
        self._agent = Agent(reactor)  # without a pool: no connection outlives its request

    async def start(self) -> None:
        """Returns once both boxes run and know each other; its links dial by themselves. Raises AssertionError."""
        self._run(BEARERBOX)
        await self._until("<gateway>")
        self._run(SMSBOX)
        await self._until("<box>")

    async def stop(self) -> None:
        """As an operator stops it: SIGTERM. It signs off where its drivers do."""
        while self._runs:
            run = self._runs.pop()
            if run.ended.called:
                continue
            run.signal("TERM")
            late = reactor.callLater(ENDS, run.signal, "KILL")
            await run.ended
            if late.active():
                late.cancel()

    async def send(self, to: str, text: str, *, sender: str = "", dlr: str = "", **more: str) -> str:
        """One text by sendsms, in UTF-8; the answer. `dlr`: reports of every sort reach the Sink under this id."""
        words = {"username": "us", "password": PASSWORD, "from": sender, "to": to, "text": text, **more}
        words["charset"] = "UTF-8"
        if dlr:
            words["dlr-mask"] = "31"
            words["dlr-url"] = f"{self._sink}/dlr?id={dlr}&state=%d&said=%A&number=%F"
        return await self._ask(self.sendsms, f"cgi-bin/sendsms?{urlencode(words, quote_via=quote_plus)}")

    async def status(self) -> str:
        """Its own word on everything, in XML; empty while it does not listen."""
        try:
            return await self._ask(self.admin, f"status.xml?password={PASSWORD}")
        except (ConnectError, ResponseFailed):
            return ""

    def complaints(self) -> list[str]:
        """What bearerbox, which holds the links, does not like so far."""
        lines = (self.folder / "bearerbox.log").read_text("latin-1").splitlines()
        return [line for line in lines if re.search("WARNING|ERROR|PANIC", line)]

    def log(self) -> str:
        """The last of what the boxes wrote, for whoever reads a failure."""
        return "".join(path.read_text("latin-1")[-4000:] for path in sorted(self.folder.glob("*box.log")))

    def _run(self, program: str) -> None:
        run = Run()
        words = [program, str(self._config)]
        reactor.spawnProcess(run, program, words, env=None, path=str(self.folder))
        self._runs.append(run)

    async def _until(self, shown: str) -> None:
        end = reactor.seconds() + STARTS
        while shown not in await self.status():
            ended = any(run.ended.called for run in self._runs)
            assert not ended and reactor.seconds() < end, self.log()
            await deferLater(reactor, 0.02)

    async def _ask(self, port: int, path: str) -> str:
        answer = await treq.get(f"http://127.0.0.1:{port}/{path}", agent=self._agent)
        found: str = await answer.text()
        return found

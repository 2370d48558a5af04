"""Debian's Kannel as the provider of a REST link: texts by sendsms, what became of them by dlr-url, replies by get-url.

    platform -- gateway -- link of profile kannel -- smsbox, bearerbox -- SMPP -- our simulated carrier

The answers, escapes and codes are Kannel's own; those of the profile's cases are what we believe of it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from chanserv.links.peer.behaviour import Behaviour
from tests.interop.kannel import PASSWORD, Kannel, missing
from tests.interop.texts import GSM_ALL, THREE_PARTS, TWO_PARTS, UCS2_TEXT
from tests.stories.stage import ADDRESS, TO, Stage

SECRET = "0123456789abcdef"
HEADER = 6  # octets of a header with an 8-bit reference
NEVER = 0x0B  # ESME_RINVDSTADR

SMPP_GROUP = """\
smsc = smpp
smsc-id = smpp
host = 127.0.0.1
port = {port}
smsc-username = us
smsc-password = secret
system-type = ""
transceiver-mode = true
reconnect-delay = 1
"""
BY_GET = 'get-url = "{hook}?sender=%p&message=%b&ts=%T&id=%I&to=%P"'
BY_POST = 'post-url = "{hook}?sender=%p&message=%b&ts=%T&id=%I&to=%P"'


class KannelStage(Stage):
    """`self.smsc` is the carrier that Kannel is signed in at."""

    skip = missing() or None
    timeout = 90
    behaviour = Behaviour(system_id="us", password="secret", enquire_after=0)
    password = PASSWORD
    replies = BY_GET

    def configure(self) -> str:
        path = super().configure()
        hook = f"{self.url}/hook/smsc/{SECRET}/receive"
        links = SMPP_GROUP.format(port=self.smsc_port)
        self.kannel = Kannel(self.folder, 0, links, replies=self.replies.format(hook=hook))
        text, _, _ = (self.folder / "chanserv.toml").read_text("utf-8").partition("[link.smsc]")
        text = text.replace("[gateway]", f'[gateway]\npublic_url = "{self.url}"')
        (self.folder / "chanserv.toml").write_text(text + self.link(), "utf-8")
        return path

    def link(self) -> str:
        url = f"http://127.0.0.1:{self.kannel.sendsms}/cgi-bin/sendsms"
        return f"""
[link.smsc]
kind = "rest"
profile = "kannel"
credentials = {{ send_url = "{url}", username = "us", password = "{self.password}" }}
hook_secret = "{SECRET}"
rate = 1000
"""

    async def start(self, *, smsc: bool = True) -> None:
        """Kannel runs, and is signed in; so does the gateway."""
        if self._smsc_listening is None:
            await self.smsc_up()
            await self.kannel.start()
            await self.until(lambda: self.smsc.counts["binds"])
        await self.run_gateway()

    async def clean_up(self) -> None:
        await self.kannel.stop()
        await super().clean_up()

    def seen(self) -> str:
        return f"{super().seen()}, {self.smsc.counts}, {self.kannel.log()}"

    def parts(self, to: str) -> list[str]:
        return [submit.text for submit in self.smsc.submits if submit.destination == to]

    async def heard(self, *texts: str) -> None:
        """The platform has exactly these texts of the handset, in any order."""
        await self.until(lambda: len(self.stored()) == len(texts))
        self.assertEqual(Counter(texts), Counter(event["text"] for event in self.stored()))
        self.assertEqual({f"tel:{TO}"}, {event["urn"] for event in self.stored()})

    def stored(self) -> list[dict[str, str]]:
        return [event for event in self.platform.events if event["what"] == "stored"]


class KannelTests(KannelStage):
    """As its user's guide has it."""

    async def test_texts(self) -> None:
        """Every letter of GSM, UCS-2, and several parts of both, which Kannel cuts; each is told delivered, once."""
        await self.start()
        texts = {"1": GSM_ALL, "2": UCS2_TEXT, "3": THREE_PARTS, "4": TWO_PARTS}
        for id, text in texts.items():
            await self.take(id, text, to=f"{TO[:-1]}{id}")
        for id in texts:
            await self.told_of(id, "sent", "delivered")
        found = {id: self.parts(f"{TO[:-1]}{id}") for id in texts}
        self.assertEqual({"1": 1, "2": 1, "3": 3, "4": 2}, {id: len(parts) for id, parts in found.items()})
        self.assertEqual(GSM_ALL + UCS2_TEXT + THREE_PARTS, "".join("".join(found[id]) for id in ("1", "2", "3")))
        octets = b"".join(part.octets[HEADER:] for part in self.smsc.submits if part.destination == f"{TO[:-1]}4")
        self.assertEqual(TWO_PARTS, octets.decode("utf-16-be"))  # whose emoji Kannel tears
        self.assertEqual({ADDRESS}, {submit.source for submit in self.smsc.submits})
        self.assertEqual([], self.kannel.complaints())

    async def test_fates(self) -> None:
        """Not delivered, and refused at once: Kannel had taken it either way."""
        await self.start()
        self.smsc.set(receipt_status="UNDELIV")
        await self.take("1", "in vain")
        await self.told_of("1", "sent", "failed")
        self.smsc.set(refuse_every=1, refuse_with=NEVER)
        await self.take("2", "refused")
        await self.told_of("2", "sent", "failed")

    async def test_replies(self) -> None:
        """In the default alphabet, in UCS-2 and in parts of both: the platform has each, whole, and once."""
        await self.start()
        for text in (texts := (GSM_ALL, "Olá 😀", THREE_PARTS, TWO_PARTS)):
            self.smsc.send_mo(TO, ADDRESS, text)
        await self.heard(*texts)
        await self.quiet()
        await self.heard(*texts)

    async def test_kannel_comes_back(self) -> None:
        """What is sent while it is away waits for it; the way is good again by itself."""
        await self.start()
        await self.kannel.stop()
        await self.take("1", "wait for me")
        await self.quiet(0.5)
        self.assertEqual([], self.kinds("1"))
        await self.kannel.start()
        await self.told_of("1", "sent", "delivered")
        self.assertEqual(["wait for me"], self.texts())

    async def test_the_gateway_comes_back(self) -> None:
        """What Kannel has for us meanwhile comes as soon as we are there."""
        await self.start()
        self.smsc.set(receipt_delay=1.0)
        await self.take("1", "Hi")
        await self.until(self.texts)
        await self.stop()
        self.smsc.send_mo(TO, ADDRESS, "anybody there?")
        await self.quiet(1.5)
        await self.start()
        await self.heard("anybody there?")
        await self.told_of("1", "sent", "delivered")


class PostTests(KannelStage):
    """Replies by post-url: the text is the body, in its own charset."""

    replies = BY_POST
    test_replies = KannelTests.test_replies


class StrangerTests(KannelStage):
    """With a password that is not Kannel's."""

    password = "wrong"

    async def test_a_wrong_password(self) -> None:
        """Nothing is lost by it: the text waits until the password is right."""
        await self.start()
        await self.take("1", "Hi")
        await self.until(lambda: self.status()["last_error"] == "Authorization failed for sendsms")
        self.assertEqual("resting", self.status()["state"])
        self.assertEqual(([], []), (self.told(), self.texts()))
        await self.stop()
        path = Path(self.config)
        path.write_text(path.read_text("utf-8").replace(f'"{self.password}"', f'"{PASSWORD}"'), "utf-8")
        await self.start()
        await self.told_of("1", "sent", "delivered")

    def status(self) -> dict[str, object]:
        """As the page tells it."""
        return self.gateway.links["smsc"].status()

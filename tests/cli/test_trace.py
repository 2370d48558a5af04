"""`chanserv trace` and `send`: a story as lines, from the gateway if it is up, else from its file."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stdout
from email.message import Message as Headers
from urllib.error import HTTPError, URLError
from urllib.request import Request

import msgspec
from msgspec.structs import replace
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import kept, reach, send, told, trace
from chanserv.console.story import Story, hear, stories, tell
from chanserv.errors import StoreError
from chanserv.operations import Listing
from chanserv.settings import GatewaySettings, Secret, Settings
from chanserv.store.folder import store_path
from chanserv.store.sqlite import SqliteLedger
from tests.console.fakes import NOW, inbound, message


def settings(data: str = "var") -> Settings:
    console = "tcp:8081:interface=127.0.0.1"
    return Settings(gateway=GatewaySettings(data=data, console=console, console_token=Secret("hush")))


class FakeWeb:
    """urllib's opener: gives the answers in turn, or raises them."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def open(self, request: Request, timeout: float) -> io.BytesIO:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(msgspec.json.encode(answer))


class LinesTests(SynchronousTestCase):
    def test_a_story_reads_from_heading_to_verdict(self) -> None:
        """Who and which ids first, then the steps in order, the verdict last."""
        lines = list(told.lines(tell(message())))
        self.assertIn("to +5511987654321  claro by smsc  (ref 7, id 4711)", lines[0])
        self.assertIn("Join", lines[1])
        self.assertIn("accepted", lines[2])
        self.assertIn("submitted          piece 8 part 1 id ab12", lines[3])
        self.assertTrue(lines[-1].startswith("  => The carrier has it (id ab12)"))

    def test_a_reply_says_from_whom(self) -> None:
        """The other direction."""
        self.assertIn("from +5511987654321", next(told.lines(hear(inbound()))))

    def test_a_text_commands_no_terminal(self) -> None:
        """Escape sequences and line breaks of others are shown as escapes."""
        shown = "\n".join(told.lines(tell(message("\x1b[2Jgone\r\nfake", id="\x07"))))
        self.assertNotIn("\x1b", shown)
        self.assertNotIn("\x07", shown)
        self.assertIn("\\x1b[2Jgone\\r\\nfake", shown)


class AddressTests(SynchronousTestCase):
    CASES = (
        ("tcp:8081:interface=127.0.0.1", "http://127.0.0.1:8081"),
        ("tcp:8081", "http://127.0.0.1:8081"),
        ("tcp:port=8081:interface=0.0.0.0", "http://127.0.0.1:8081"),
        (r"tcp:8081:interface=\:\:1", "http://[::1]:8081"),
        ("tcp6:8081", "http://127.0.0.1:8081"),
        ("ssl:8443:privateKey=k.pem:interface=10.0.0.1", "https://10.0.0.1:8443"),
    )

    def test_an_endpoint_is_asked_where_it_listens(self) -> None:
        """Everywhere means loopback; IPv6 gets its brackets."""
        for endpoint, url in self.CASES:
            self.assertEqual(url, reach.address(endpoint), endpoint)

    def test_what_has_no_address_says_so(self) -> None:
        """A socket in the file system, a port that is none, no console at all."""
        for endpoint in ("unix:/run/chanserv", "tcp:http"):
            self.assertRaises(reach.Unreachable, reach.address, endpoint)
        self.assertRaises(reach.Unreachable, reach.gateway, Settings(gateway=GatewaySettings(console=None)))


class ReachTests(SynchronousTestCase):
    def web(self, *answers: object) -> FakeWeb:
        web = FakeWeb(*answers)
        self.patch(reach, "_direct", web)
        return web

    def test_a_running_gateway_is_asked(self) -> None:
        """With the token in the header and the term quoted; stories come back as they were told."""
        web = self.web({"messages": stories(Listing(messages=(message(),)))})
        self.assertEqual([tell(message())], trace.look(settings(), "+55 11"))
        self.assertEqual("http://127.0.0.1:8081/api/trace?q=%2B55+11", web.asked[0].full_url)
        self.assertEqual("Bearer hush", web.asked[0].get_header("Authorization"))

    def test_a_refusal_is_told_in_the_gateways_words(self) -> None:
        """And without words by its status."""
        for body, words in ((b'{"error": "to: missing"}', "to: missing (HTTP 400)"), (b"<html>", "HTTP 400")):
            self.web(HTTPError("http://x", 400, "", Headers(), io.BytesIO(body)))
            error = self.assertRaises(reach.Declined, reach.gateway(settings()).send, "claro", "", "")
            self.assertEqual(words, str(error))

    def test_sending_goes_through_the_api(self) -> None:
        """The ref comes back once the text is on disk."""
        web = self.web({"status": "queued", "ref": 41})
        self.assertEqual(41, reach.gateway(settings()).send("claro", "+55", "Olá"))
        self.assertEqual({"channel": "claro", "to": "+55", "text": "Olá"}, json.loads(bytes(web.asked[0].data or b"")))

    def test_a_text_is_followed_until_it_is_final(self) -> None:
        """Every step is printed once, as it comes."""
        whole = tell(message())
        self.web(
            {"messages": []},
            {"messages": [replace(whole, steps=whole.steps[:1])]},
            {"messages": [replace(whole, final=True, status="delivered")]},
        )
        last, shown = self.follow(60.0)
        self.assertEqual("delivered", last.status if last else "")
        self.assertEqual([1, 1], [shown.count("accepted"), shown.count("submitted")])

    def test_following_ends_with_the_time(self) -> None:
        """The story as last seen, or none."""
        self.web(*[{"messages": [tell(message())]}] * 20)
        self.assertFalse(getattr(self.follow(1.0)[0], "final", True))
        self.web(*[{"messages": []}] * 20)
        self.assertIsNone(self.follow(1.0)[0])

    def follow(self, timeout: float) -> tuple[Story | None, str]:
        clock, out = Clock(), io.StringIO()
        with redirect_stdout(out):
            last = send.follow(reach.gateway(settings()), 7, timeout, clock.seconds, clock.advance)
        return last, out.getvalue()


class KeptTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = self.mktemp()
        self.patch(reach, "_direct", FakeWeb(URLError("refused")))

    def test_without_a_gateway_its_file_is_read(self) -> None:
        """Live and finished texts alike; the file is left as it was."""
        self.write()
        with redirect_stdout(io.StringIO()) as out:
            found = trace.look(settings(self.folder), "+5511987654321")
            trace.show("+5511987654321", found)
        self.assertEqual({("mt", 7), ("mo", 9), ("mt", 12)}, {(story.kind, story.ref) for story in found})
        self.assertLess(out.getvalue().index("ref 7"), out.getvalue().index("ref 12"))

    def test_nothing_kept_is_said(self) -> None:
        """The term is shown as it was given, made harmless."""
        with redirect_stdout(io.StringIO()) as out:
            trace.show("x\x1b", [])
        self.assertEqual("Nothing is kept about x\\x1b.\n", out.getvalue())

    def test_a_missing_or_foreign_file_is_an_error_in_words(self) -> None:
        """Not a traceback, and no new file appears."""
        self.assertRaises(StoreError, kept.find, self.folder, "1")
        self.write()
        with open(store_path(self.folder), "wb") as file:
            file.write(b"no database at all, but long enough" * 10)
        self.assertRaises(StoreError, kept.find, self.folder, "1")

    def write(self) -> None:
        os.makedirs(self.folder)
        ledger = SqliteLedger(store_path(self.folder))
        ledger.begin()
        ledger.put(message(ref=12, born=NOW + 9))
        ledger.put_inbound(inbound())
        ledger.archive(message(), NOW)
        ledger.commit(NOW)
        ledger.close()

"""The console over HTTP: who comes in, what is shown, what is answered when things go wrong."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chanserv.console.app import Console
from chanserv.console.dead import PAGE
from chanserv.console.door import LIFE
from chanserv.console.exchange import access
from chanserv.console.story import clock
from chanserv.errors import Conflict, Leaving, QueueFull, SettingsError, StoreError
from chanserv.message import Message, Part, Question, Slice, State, Status
from chanserv.operations import Listing, Recent, Trace
from chanserv.settings import Settings
from tests.console.fakes import BEARER, NOW, TOKEN, FakeTunnel, Gateway, dead, inbound, message

HERE = "http://127.0.0.1:8081"
GUARDED = (
    "/",
    "/trace",
    "/api/links",
    "/api/tunnels",
    "/api/channels",
    "/api/messages",
    "/api/trace?q=1",
    "/api/dead",
    "/metrics",
    "/nowhere",
)


class Case(SynchronousTestCase):
    def setUp(self) -> None:
        self.gateway = Gateway(message(), inbound=[inbound()])

    def ask(self, method: str, path: str, headers: dict[str, str] | None = BEARER, **more: Any) -> Any:
        if method in ("GET", "HEAD"):
            more.setdefault("allow_redirects", False)
        return self.successResultOf(
            self.gateway.web.request(method, HERE + path, headers=headers or {}, **{"allow_redirects": False, **more})
        )

    def get(self, path: str, headers: dict[str, str] | None = BEARER) -> tuple[int, str]:
        answer = self.ask("GET", path, headers)
        return answer.code, self.body(answer)

    def body(self, answer: Any) -> str:
        return self.successResultOf(answer.content()).decode("utf-8")

    def header(self, answer: Any, name: str) -> str:
        return ", ".join(answer.headers.getRawHeaders(name, []))


class DoorTests(Case):
    def test_nothing_is_seen_without_the_token(self) -> None:
        """Every route, also one that is not there, asks first; the store is not troubled."""
        for headers in (None, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
            for path in GUARDED:
                code, body = self.get(path, headers)
                self.assertEqual(401, code, path)
                self.assertNotIn("4711", body)
        self.assertEqual([], self.gateway.store.asked)

    def test_a_token_in_the_address_opens_nothing(self) -> None:
        """It would stand in logs and histories."""
        self.assertEqual(401, self.get(f"/?token={TOKEN}", None)[0])

    def test_a_program_is_told_in_json_how_to_come_in(self) -> None:
        """401 with the scheme and an error to read."""
        answer = self.ask("GET", "/api/links", None)
        self.assertEqual('Bearer realm="chanserv"', self.header(answer, "WWW-Authenticate"))
        self.assertIn("token", json.loads(self.body(answer))["error"])

    def test_a_browser_signs_in_and_out(self) -> None:
        """The cookie is a session of its own, hidden from scripts and other sites, and ends with the sign-out."""
        answer = self.ask("POST", "/login", None, data={"token": TOKEN})
        self.assertEqual((303, "/"), (answer.code, self.header(answer, "Location")))
        cookie = self.header(answer, "Set-Cookie")
        for word in ("HttpOnly", "SameSite=strict", "Path=/"):
            self.assertIn(word.lower(), cookie.lower())
        self.assertNotIn(TOKEN, cookie)
        session = {"Cookie": cookie.split(";")[0]}
        self.assertEqual(200, self.get("/", session)[0])
        self.assertEqual(303, self.ask("POST", "/logout", session).code)
        self.assertEqual(401, self.get("/", session)[0])

    def test_a_session_ends_by_itself(self) -> None:
        """After half a day the token is asked for again."""
        answer = self.ask("POST", "/login", None, data={"token": TOKEN})
        session = {"Cookie": self.header(answer, "Set-Cookie").split(";")[0]}
        self.gateway.clock.advance(LIFE + 1)
        self.assertEqual(401, self.get("/", session)[0])

    def test_a_wrong_token_signs_nobody_in(self) -> None:
        """401, the form again, no cookie."""
        answer = self.ask("POST", "/login", None, data={"token": "wrong"})
        self.assertEqual((401, ""), (answer.code, self.header(answer, "Set-Cookie")))
        self.assertIn("not the token", self.body(answer))

    def test_a_console_without_a_token_is_not_built(self) -> None:
        """It would be open to everybody."""
        g = self.gateway
        with self.assertRaises(ValueError):
            Console(
                settings=Settings(),
                store=g.store,
                router=g.router,
                inquiry=g.inquiry,
                links={},
                metrics=g.console.metrics,
                healthy=lambda: True,
                nudge=lambda: None,
                rate=lambda name: 1.0,
                rest=lambda name: 0.0,
                add=lambda name, sections: Deferred(),
                clock=g.clock,
            )

    def test_every_answer_carries_the_guarding_headers(self) -> None:
        """Pages, JSON and refusals alike: nothing may be run, framed or kept."""
        for path, headers in (("/", BEARER), ("/api/links", BEARER), ("/", None), ("/health", None)):
            answer = self.ask("GET", path, headers)
            self.assertTrue(self.header(answer, "Content-Security-Policy").startswith("default-src 'none'"), path)
            self.assertEqual("no-store", self.header(answer, "Cache-Control"))
            self.assertEqual("DENY", self.header(answer, "X-Frame-Options"))
            self.assertEqual("nosniff", self.header(answer, "X-Content-Type-Options"))


class PageTests(Case):
    def test_tunnels_have_their_own_table(self) -> None:
        """Where there are any; what is wrong is shown as text."""
        self.assertNotIn("Tunnels", self.get("/")[1])
        self.gateway.tunnels["vpn"] = FakeTunnel()
        body = self.get("/")[1]
        for words in ("Tunnels", "wireguard", "200 s ago", "&lt;b&gt;old&lt;/b&gt;", '<b class="bad">down</b>'):
            self.assertIn(words, body)

    def test_the_overview_shows_links_channels_and_texts(self) -> None:
        """State, window, queue, age; the newest texts of both directions with their steps and ids."""
        code, body = self.get("/")
        self.assertEqual(200, code)
        for words in (
            "smsc",
            "bound",
            "4 of 10",
            "22.5 of 50 /s",
            "12 s",
            "claro",
            "+5511987654321",
            "Join",
            "Yes",
            "id 4711",
            "ab12",
        ):
            self.assertIn(words, body)
        self.assertIn('http-equiv="refresh"', body)
        self.assertEqual(1, len([asked for asked in self.gateway.store.asked if isinstance(asked, Recent)]))

    def test_each_seat_has_a_line(self) -> None:
        """Where it is, what it does, and when one that rests dials again."""
        seat = {"role": "receiver", "state": "resting", "since": NOW, "host": "10.20.1.2:2775", "again": NOW + 7}
        self.gateway.link.seats = [{**seat, "last_error": "refused", "unanswered": 0}]
        body = self.get("/")[1]
        for words in (
            "receiver",
            '<b class="bad">resting</b>',
            "10.20.1.2:2775",
            f"refused; dials again at {clock(NOW + 7)[:8]}",
        ):
            self.assertIn(words, body)
        self.assertNotIn("reset", body)

    def test_what_links_counted_is_shown(self) -> None:
        """Answers by their codes too."""
        body = self.get("/")[1]
        for words in ("<th>late answers</th>", "<td>3</td>", "<th>webhooks refused</th>", "<td>6</td>", "ESME_ROK 9"):
            self.assertIn(words, body)

    def test_a_link_that_only_hears_is_not_shown_as_broken(self) -> None:
        """Up means that it may send; a receiver never does."""
        for state, colour in (("bound", "busy"), ("listening", "busy"), ("resting", "bad")):
            self.gateway.link.up, self.gateway.link.state = False, state
            self.assertIn(f'<b class="{colour}">{state}</b>', self.get("/")[1])

    def test_a_hostile_text_is_only_shown(self) -> None:
        """From handset, platform or carrier: it never becomes markup, in text, attribute or link state."""
        hostile = "<script>alert(1)</script>\"'>&"
        self.gateway.store.listing = type(self.gateway.store.listing)(
            messages=(message(hostile, id=hostile, reason=hostile),), inbound=(inbound(hostile),)
        )
        pages = [self.get("/")[1], self.body(self.ask("POST", "/trace", data={"q": hostile}))]
        for body in pages:
            self.assertNotIn("<script", body)
            self.assertIn("&lt;script&gt;", body)
            self.assertNotIn("<b>reset", body)

    def test_a_search_shows_the_trace_and_stays_still(self) -> None:
        """The term goes in the body, not the address, and reaches the store; no refresh disturbs reading."""
        answer = self.ask("POST", "/trace", data={"q": " +5511987654321 "})
        body = self.body(answer)
        self.assertEqual(Trace(term="+5511987654321"), self.gateway.store.asked[-1])
        self.assertIn("its receipt has not come yet", body)
        self.assertNotIn("http-equiv", body)

    def test_a_trace_knows_that_a_link_is_down(self) -> None:
        """What waits says why."""
        waiting = message(status=Status.QUEUED, told=None, pieces=(replace(message().pieces[0], parts=()),))
        self.gateway.store.listing = type(self.gateway.store.listing)(messages=(waiting,))
        for up, words in (
            (True, "Waiting for smsc (slowed to 22.5 of 50 parts a second)."),
            (False, "Waiting for smsc (down: <b>reset</b>)."),
        ):
            self.gateway.link.up = up
            self.assertEqual(words, json.loads(self.get("/api/trace?q=4711")[1])["messages"][0]["verdict"])

    def test_a_pause_that_the_carrier_asked_for(self) -> None:
        """Of minutes or an hour (Retry-After) is told with its end, by trace, page and API: the rate alone misleads."""
        waiting = message(status=Status.QUEUED, told=None, pieces=(replace(message().pieces[0], parts=()),))
        self.gateway.store.listing = type(self.gateway.store.listing)(messages=(waiting,))
        for rest, verdict in ((3600.0, "asked for a pause until "), (1.0, "slowed to ")):
            self.gateway.rest = rest
            self.assertIn(verdict, json.loads(self.get("/api/trace?q=4711")[1])["messages"][0]["verdict"])
            [link] = json.loads(self.get("/api/links")[1])["links"]
            self.assertEqual(self.gateway.clock.seconds() + 3600.0 if rest > 1.0 else 0.0, link["goes_on"])
            self.assertEqual(rest > 1.0, ", none until " in self.body(self.ask("GET", "/")))

    def test_a_link_that_is_being_tested(self) -> None:
        """Says so, and why it holds a text that is not for a test number."""
        waiting = message(status=Status.QUEUED, told=None, pieces=(replace(message().pieces[0], parts=()),))
        for number, words in (("+46701", "held: the link is being tested"), (message().pieces[0].to, "slowed to")):
            self.gateway = Gateway(waiting, phase="test", test_numbers=(number,))
            self.assertIn(words, json.loads(self.get("/api/trace?q=4711")[1])["messages"][0]["verdict"])
            self.assertIn(", in test", self.body(self.ask("GET", "/")))

    def test_a_search_without_a_find_says_so(self) -> None:
        """Nothing is an answer too."""
        self.gateway.store.listing = type(self.gateway.store.listing)()
        self.assertIn("Nothing is kept about", self.body(self.ask("POST", "/trace", data={"q": "nobody"})))

    def test_a_failing_store_is_said_on_the_page(self) -> None:
        """503 and words, no traceback."""
        self.gateway.store.healthy = False
        code, body = self.get("/")
        self.assertEqual(503, code)
        self.assertIn("the disk is gone", body)


class ApiTests(Case):
    def json(self, path: str) -> Any:
        code, body = self.get(path)
        self.assertEqual(200, code, body)
        return json.loads(body)

    def test_links(self) -> None:
        """What the link says of itself, with its queue and the age of the oldest."""
        [link] = self.json("/api/links")["links"]
        self.assertEqual(
            ("smsc", "smpp", "bound", True, 10, 4, 3, 12.0, 22.5, 50.0),
            tuple(
                link[key]
                for key in (
                    "name",
                    "kind",
                    "state",
                    "up",
                    "window",
                    "unanswered",
                    "queue",
                    "oldest",
                    "rate",
                    "contract",
                )
            ),
        )

    def test_tunnels(self) -> None:
        """Each as it stands, with the links that go through it: those who mend it are others than the SMSC's."""
        self.assertEqual([], self.json("/api/tunnels")["tunnels"])
        self.gateway.tunnels["vpn"] = FakeTunnel()
        [tunnel] = self.json("/api/tunnels")["tunnels"]
        wanted = {
            "name": "vpn", "kind": "wireguard", "up": False, "state": "down", "since": NOW - 60, "looked": NOW,
            "reason": "the last handshake is <b>old</b>", "handshake_age": 200.0, "links": ["smsc"],
        }  # fmt: skip
        self.assertEqual(wanted, tunnel)

    def test_channels_tell_no_secret(self) -> None:
        """Names, addresses and links, but no token."""
        body = self.get("/api/channels")[1]
        self.assertEqual("+5582999489287", json.loads(body)["channels"][0]["address"])
        self.assertNotIn("s3", body)

    def test_messages(self) -> None:
        """Newest first, each with steps, parts and a verdict."""
        told = self.json("/api/messages?limit=50")["messages"]
        self.assertEqual([("mo", 9), ("mt", 7)], [(story["kind"], story["ref"]) for story in told])
        self.assertEqual(["accepted", "submitted"], [step["what"] for step in told[1]["steps"]])
        self.assertEqual("ab12", told[1]["legs"][0]["carrier_id"])

    def test_trace(self) -> None:
        """By any term; a missing one is a 400 that says so."""
        self.assertEqual(2, len(self.json("/api/trace?q=4711")["messages"]))
        self.assertEqual(400, self.get("/api/trace")[0])

    def test_limits_are_checked(self) -> None:
        """Only a sensible number is one."""
        for limit in ("0", "501", "-1", "many", "²"):
            self.assertEqual(400, self.get(f"/api/messages?limit={limit}")[0], limit)

    def test_a_slash_at_the_end_is_no_other_page(self) -> None:
        """And no redirect."""
        self.assertEqual(200, self.get("/api/links/")[0])
        self.assertEqual(200, self.get("/health/", None)[0])

    def test_an_unknown_page_is_a_404(self) -> None:
        """In JSON, with the guarding headers."""
        self.assertEqual((404, '{"error":"no such page"}'), self.get("/nowhere"))


class AddTests(Case):
    def add(self, path: str, body: object, headers: dict[str, str] = BEARER) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.ask("POST", path, headers, data=data)
        return answer.code, json.loads(self.body(answer))

    def test_a_link_or_a_channel(self) -> None:
        """The keys of its table, and its name; the answer names it and its file, and repeats no key of it."""
        for section in ("link", "channel"):
            code, answer = self.add(f"/api/{section}s", {"name": "acme", "password": "hush-hush", "rate": 2})
            self.assertEqual(201, code)
            wanted: dict[str, object] = {"links": [], "channels": []}
            wanted |= {f"{section}s": ["acme"], "file": "conf.d/acme.toml", "warnings": ["a warning"]}
            self.assertEqual(wanted, answer)
            tables = {"acme": {"password": "hush-hush", "rate": 2}}
            self.assertEqual(("acme", {section: tables}), self.gateway.added.pop())

    def test_both(self) -> None:
        """Tables as they stand in a file."""
        body = {"name": "acme", "link": {"a": {"kind": "rest"}, "b": {}}, "channel": {"c": {"links": ["a", "b"]}}}
        code, answer = self.add("/api/add", body)
        self.assertEqual((201, ["a", "b"], ["c"]), (code, answer["links"], answer["channels"]))
        self.assertEqual([("acme", {"link": body["link"], "channel": body["channel"]})], self.gateway.added)

    def test_what_is_no_table(self) -> None:
        """400 with the reason; nothing is added."""
        for path, body in (
            ("/api/links", b"{"),
            ("/api/links", b"[]"),
            ("/api/links", b'{"name":' * 8_000),
            ("/api/links", b'{"name": "a", "b":' + b"[" * 60_000),
            ("/api/links", {"kind": "rest"}),
            ("/api/channels", {"name": 7}),
            ("/api/add", {"link": {}}),
            ("/api/add", {"name": "a", "link": {"a": 7}}),
            ("/api/add", {"name": "a", "gateway": {}}),
        ):
            code, answer = self.add(path, body)
            self.assertEqual(400, code, body)
            self.assertTrue(answer["error"].startswith(("body", "name")), answer)
        self.assertEqual([], self.gateway.added)

    def test_only_with_the_token_itself(self) -> None:
        """A page that a browser was led to could say where texts go."""
        paths = ("/api/links", "/api/channels", "/api/add")
        self.assertEqual([401] * 3, [self.add(path, {"name": "a"}, {})[0] for path in paths])
        answer = self.ask("POST", "/login", None, data={"token": TOKEN})
        session = {"Cookie": self.header(answer, "Set-Cookie").split(";")[0]}
        self.assertEqual([403] * 3, [self.add(path, {"name": "a"}, session)[0] for path in paths])
        self.assertEqual([], self.gateway.added)

    def test_what_goes_wrong(self) -> None:
        """Every fault there is, as a list; what is there already; what passes by."""
        for fault, code in (
            (SettingsError(["a: b", "c: d"]), 400),
            (Conflict("there is a [link.a] already"), 409),
            (Leaving("shutting down"), 503),
            (StoreError("no disk"), 503),
        ):
            self.gateway.fault = fault
            given, answer = self.add("/api/links", {"name": "a"})
            self.assertEqual(code, given)
            self.assertEqual(list(getattr(fault, "faults", ())), answer.get("faults", []))
            if code != 400:
                self.assertEqual(str(fault), answer["error"])


class SendTests(Case):
    def send(self, body: bytes, headers: dict[str, str] = BEARER) -> tuple[int, Any]:
        answer = self.ask("POST", "/api/messages", headers, data=body)
        return answer.code, json.loads(self.body(answer))

    def test_a_text_goes_to_the_router_like_the_platforms(self) -> None:
        """Without an id, from the channel's address, its number made international."""
        code, answer = self.send(b'{"channel": "claro", "to": "+5511987654321", "text": "Hi"}')
        self.assertEqual((200, {"status": "queued", "ref": 41}), (code, answer))
        [post] = self.gateway.router.posts
        self.assertEqual(("claro", "", "Hi"), (post.channel, post.id, post.piece.text))
        self.assertEqual(("+5511987654321", "+5582999489287"), (post.piece.to, post.piece.sender))

    def test_what_can_never_be_sent_is_a_400_naming_the_field(self) -> None:
        """And nothing reaches the router."""
        for body, field in (
            (b"{", "body"),
            (b'{"channel": "claro", "to": "+5511987654321"}', "body"),
            (b'{"channel": "claro", "to": "+5511987654321", "text": "Hi", "form": "me"}', "body"),
            (b'{"channel": "vivo", "to": "+5511987654321", "text": "Hi"}', "channel"),
            (b'{"channel": "claro", "to": "me", "text": "Hi"}', "to"),
            (b'{"channel": "claro", "to": "+5511987654321", "text": ""}', "text"),
        ):
            code, answer = self.send(body)
            self.assertEqual(400, code, body)
            self.assertTrue(answer["error"].startswith(field), answer)
        self.assertEqual([], self.gateway.router.posts)

    def test_a_full_queue_is_a_503(self) -> None:
        """Said with its reason."""
        self.gateway.router.fault = QueueFull("1000000 pieces are waiting")
        code, answer = self.send(b'{"channel": "claro", "to": "+5511987654321", "text": "Hi"}')
        self.assertEqual((503, "1000000 pieces are waiting"), (code, answer["error"]))

    def test_a_cookie_alone_sends_nothing(self) -> None:
        """What costs money wants the token itself."""
        answer = self.ask("POST", "/login", None, data={"token": TOKEN})
        session = {"Cookie": self.header(answer, "Set-Cookie").split(";")[0]}
        code, _ = self.send(b'{"channel": "claro", "to": "+5511987654321", "text": "Hi"}', session)
        self.assertEqual((403, []), (code, self.gateway.router.posts))


class DeadLetterTests(Case):
    """What the platform was never told, and telling it again."""

    def setUp(self) -> None:
        super().setUp()
        self.gateway.store.dead = [dead(3), dead(5, channel=""), dead(9)]

    def replay(self, body: bytes, headers: dict[str, str] = BEARER) -> tuple[int, Any]:
        answer = self.ask("POST", "/api/replay", headers, data=body)
        return answer.code, json.loads(self.body(answer))

    def left(self) -> list[int]:
        return [letter.ref for letter in self.gateway.store.dead]

    def test_they_are_listed_from_any_ref_on(self) -> None:
        """Who, why and since when."""
        answer = json.loads(self.get("/api/dead?after=5")[1])
        letter = {"ref": 9, "kind": "reply", "channel": "claro", "who": "+5511987654321", "reason": "400 no"}
        self.assertEqual({"letters": [{**letter, "since": NOW, "status": ""}], "more": False}, answer)
        self.assertEqual(400, self.get("/api/dead?after=-1")[0])

    def test_one_is_owed_again_at_once(self) -> None:
        """By its ref; the way back is nudged."""
        self.assertEqual((200, {"replayed": 1, "left": 0}), self.replay(b'{"letter": 3}'))
        self.assertEqual(([5, 9], 1), (self.left(), self.gateway.nudges))

    def test_all_are_owed_again_but_those_of_no_channel(self) -> None:
        """No platform could be told; more than one page of them is gone through."""
        self.gateway.store.dead += [dead(ref) for ref in range(10, 10 + 2 * PAGE)]
        self.assertEqual((200, {"replayed": 2 + 2 * PAGE, "left": 1}), self.replay(b'{"all": true}'))
        self.assertEqual([5], self.left())

    def test_what_cannot_be_replayed_says_why(self) -> None:
        """No dead letter, no channel, neither or both asked for."""
        for body, why in (
            (b'{"letter": 4}', "4 is no dead letter"),
            (b'{"letter": 5}', "came for no channel"),
            (b"{}", "either"),
            (b'{"letter": 3, "all": true}', "either"),
            (b'{"letter": "3"}', "body"),
            (b'{"letter": 9223372036854775808}', "body"),
        ):
            code, answer = self.replay(body)
            self.assertEqual(400, code, body)
            self.assertIn(why, answer["error"])
        self.assertEqual(([3, 5, 9], 0), (self.left(), self.gateway.nudges))

    def test_a_cookie_alone_replays_nothing(self) -> None:
        """The platform would be told twice by a page somebody was led to."""
        answer = self.ask("POST", "/login", None, data={"token": TOKEN})
        session = {"Cookie": self.header(answer, "Set-Cookie").split(";")[0]}
        self.assertEqual(403, self.replay(b'{"all": true}', session)[0])
        self.assertEqual([3, 5, 9], self.left())


class WishTests(Case):
    """Asking a carrier now, and cancelling, of the one text that is meant."""

    def wish(self, what: str, body: bytes, headers: dict[str, str] = BEARER) -> tuple[int, Any]:
        answer = self.ask("POST", f"/api/{what}", headers, data=body)
        return answer.code, json.loads(self.body(answer))

    def hold(self, *messages: Message) -> None:
        self.gateway.store.listing = Listing(messages=messages)

    def test_a_carrier_is_asked(self) -> None:
        """By our ref, the platform's id or the carrier's own; of each part that has one."""
        unsent = replace(message().pieces[0], ref=9, parts=(Part(number=1, slice=Slice(b"")),))
        self.hold(message(pieces=(*message().pieces, unsent)))
        for term in ("7", "4711", "ab12"):
            code, answer = self.wish("ask", b'{"term": "%s"}' % term.encode())
            word = {"piece": 8, "part": 1, "link": "smsc", "carrier_id": "ab12", "fate": "sent", "words": "ENROUTE"}
            self.assertEqual((200, {"ref": 7, "parts": [word]}), (code, answer))
        enquiry = self.gateway.inquiry.enquiries[0]
        self.assertEqual(
            (7, 8, 1, "smsc", True), (enquiry.message, enquiry.piece, enquiry.part, enquiry.link, enquiry.awaited)
        )
        self.assertEqual(Question(carrier_id="ab12", to="+5511987654321", sender="+5582999489287"), enquiry.question)

    def test_of_what_is_over_a_word_is_only_news(self) -> None:
        """Its part waits for no receipt."""
        piece = message().pieces[0]
        silent = replace(piece, parts=(replace(piece.parts[0], state=State.SILENT),))
        self.hold(message(pieces=(silent,)))
        self.wish("ask", b'{"term": "7"}')
        self.assertFalse(self.gateway.inquiry.enquiries[0].awaited)

    def test_a_text_is_cancelled(self) -> None:
        """The newest generation of it; each part tells what came of it."""
        self.hold(message(ref=12, generation=2), message())
        code, answer = self.wish("cancel", b'{"term": "4711"}')
        parts = [{"piece": 8, "part": 1, "done": True, "words": "never was sent"}]
        self.assertEqual((200, {"ref": 12, "parts": parts}), (code, answer))
        self.assertEqual([12], self.gateway.inquiry.cancelled)

    def test_one_text_must_be_meant(self) -> None:
        """A number, a carrier's id to cancel by, and what names two texts are a 400 that says so."""
        self.hold(message(), message(ref=4711, id="x"))
        for what, body, words in (
            ("cancel", b'{"term": "+5511987654321"}', "no text"),
            ("cancel", b'{"term": "ab12"}', "no text"),
            ("cancel", b'{"term": ""}', "no text"),
            ("cancel", b'{"term": "4711"}', "2 texts have it: name one by its ref (7, 4711)"),
            ("ask", b'{"term": "ab12"}', "2 texts have it"),
            ("cancel", b'{"term": "7", "by": "number"}', "body"),
            ("cancel", b'{"term": 7}', "body"),
        ):
            code, answer = self.wish(what, body)
            self.assertEqual(400, code, body)
            self.assertIn(words, answer["error"])
        self.assertEqual(([], []), (self.gateway.inquiry.cancelled, self.gateway.inquiry.enquiries))

    def test_a_ref_that_is_an_id_as_well(self) -> None:
        """Is told apart by `by`."""
        self.hold(message(), message(ref=4711, id="x"))
        for by, ref in ((b"ref", 4711), (b"id", 7)):
            self.assertEqual(ref, self.wish("cancel", b'{"term": "4711", "by": "%s"}' % by)[1]["ref"])

    def test_the_ref_that_the_platform_was_answered(self) -> None:
        """Is a piece's, and names its text as well; it is no id."""
        self.hold(message())
        self.assertEqual(7, self.wish("cancel", b'{"term": "8"}')[1]["ref"])
        self.assertEqual(400, self.wish("cancel", b'{"term": "8", "by": "id"}')[0])

    def test_a_cookie_alone_does_neither(self) -> None:
        """They reach others."""
        answer = self.ask("POST", "/login", None, data={"token": TOKEN})
        session = {"Cookie": self.header(answer, "Set-Cookie").split(";")[0]}
        for what in ("ask", "cancel"):
            self.assertEqual(403, self.wish(what, b'{"term": "7"}', session)[0])
        self.assertEqual(([], []), (self.gateway.inquiry.cancelled, self.gateway.inquiry.enquiries))

    def test_a_store_that_fails(self) -> None:
        """503; nothing was cancelled."""
        self.hold(message())
        self.gateway.inquiry.fault = StoreError("the disk is gone")
        self.assertEqual((503, {"error": "the disk is gone"}), self.wish("cancel", b'{"term": "7"}'))


class StartTests(Case):
    """POST /api/start: a link that gave up dials again."""

    def start(self, body: bytes, headers: dict[str, str] = BEARER) -> tuple[int, Any]:
        answer = self.ask("POST", "/api/start", headers, data=body)
        return answer.code, self.successResultOf(answer.json())

    def test_a_link_by_its_name(self) -> None:
        """It is told to start, and its state comes back."""
        self.assertEqual((200, {"link": "smsc", "state": "bound"}), self.start(b'{"link": "smsc"}'))
        self.assertEqual(1, self.gateway.link.starts)

    def test_none_of_ours(self) -> None:
        """400, and none is started."""
        self.assertEqual((400, {"error": "link: not known here"}), self.start(b'{"link": "other"}'))
        self.assertEqual(0, self.gateway.link.starts)

    def test_a_cookie_alone_starts_nothing(self) -> None:
        """As with all that reaches others."""
        answer = self.ask("POST", "/login", None, data={"token": TOKEN})
        session = {"Cookie": self.header(answer, "Set-Cookie").split(";")[0]}
        self.assertEqual((403, 0), (self.start(b'{"link": "smsc"}', session)[0], self.gateway.link.starts))


class HealthTests(Case):
    def test_health_is_for_everybody_and_tells_no_detail(self) -> None:
        """200 or 503."""
        self.assertEqual((200, "ok\n"), self.get("/health", None))
        self.gateway.well = False
        self.assertEqual((503, "not well\n"), self.get("/health", None))

    def test_metrics_are_prometheus_text(self) -> None:
        """With the content type scrapers look for, also while the store fails."""
        answer = self.ask("GET", "/metrics")
        self.assertTrue(self.header(answer, "Content-Type").startswith("text/plain; version="))
        self.assertIn('chanserv_link_queue{link="smsc"} 3.0', self.body(answer))
        self.gateway.store.healthy = False
        code, body = self.get("/metrics")
        self.assertEqual(200, code)
        self.assertIn("chanserv_store_up 0.0", body)
        self.flushLoggedErrors()


class AccessTests(Case):
    def test_the_access_log_has_no_numbers(self) -> None:
        """What was searched for stays out of it."""

        class Asked:
            method, path, uri = b"GET", b"/api/trace", b"/api/trace?q=%2B5511987654321"
            code, sentLength = 200, 12

            def getClientAddress(self) -> object:
                return None

        line = access("now", Asked())  # type: ignore[arg-type]  # as much of a request as it looks at
        self.assertEqual('a local socket "GET /api/trace" 200 12', line)

    def test_the_reactor_is_watched_while_it_runs(self) -> None:
        """start and stop leave no timer behind."""
        self.gateway.console.start()
        self.gateway.clock.advance(1)
        self.gateway.console.stop()
        self.assertEqual([], self.gateway.clock.getDelayedCalls())

"""What the platform's requests to send get for an answer, over real HTTP on a connection in memory."""

from __future__ import annotations

import json
from ipaddress import ip_network
from itertools import product

from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadRequest, Leaving, QueueFull, StoreError
from chanserv.message import digest
from chanserv.meter import Silent
from chanserv.operations import Refuse, Reject, Taken
from chanserv.settings import Secret
from tests.platform.helpers import FORM, JSON, SEND, TOKEN, UUID, XML, Caller, DeafRouter, Stage, channel

GOOD = "id=1001&text=hi&to=%2B250788383383"


class AnswerTests(SynchronousTestCase):
    """The table of answers, line by line."""

    def setUp(self) -> None:
        self.stage = Stage()

    def assertError(self, heard, code: int, field: str = "") -> None:
        self.assertEqual((code, field), (heard.code, json.loads(heard.body)["field"]))
        self.assertEqual("application/json; charset=utf-8", heard.headers["content-type"])

    def test_a_taken_text_is_answered_with_both_ids(self) -> None:
        """200, the platform's id as it came, and ours."""
        heard = self.stage.form(GOOD)
        self.assertEqual((200, b'{"status":"queued","id":"1001","ref":101}'), (heard.code, heard.body))
        self.assertEqual("1001", self.stage.post.id)

    def test_an_id_keeps_its_json_type(self) -> None:
        """A number stays a number, to the last character; a string stays a string."""
        for raw, text in [("1241244", "1241244"), ("1e3", "1e3"), ('"0017"', "0017"), ('"a\\"b"', 'a"b')]:
            heard = self.stage.json(f'{{"id":{raw},"text":"hi","to":"+250788383383"}}')
            self.assertIn(f'"id":{raw},'.encode(), heard.body)
            self.assertEqual(text, self.stage.post.id)

    def test_a_missing_or_impossible_recipient_is_a_400_that_names_the_field(self) -> None:
        """It can never work, and the message it belongs to ends."""
        for to in ("", "&to=", "&to=x1", "&to=abc788383383"):
            self.assertError(self.stage.form("id=7&text=hi" + to), 400, "to")
            (reject,) = self.stage.store.operations[-1:]
            self.assertEqual(("rw", "7"), (reject.channel, reject.id))
            self.assertIsInstance(reject, Reject)

    def test_what_nobody_can_read_is_a_400_that_names_the_body(self) -> None:
        """Broken JSON and XML; nothing is known of any message, so none is touched."""
        bodies = [
            '{"id":"1003","text":"my "+250788383383" and "1003"","to":"+250788383383"}',
            "[" * 50000,
            "<a><b></a>",
        ]
        for body in bodies:
            heard = self.stage.json(body)
            self.assertError(heard, 400, "body")
        self.assertEqual([], self.stage.store.operations)

    def test_the_router_may_refuse_for_good(self) -> None:
        """Too many parts: 400 with its field and reason, and the message ends."""
        self.stage.router.bad = BadRequest("text", "31 parts, and this channel allows 30")
        self.assertError(self.stage.form(GOOD), 400, "text")
        self.assertEqual([Reject], [type(operation) for operation in self.stage.store.operations])
        self.assertEqual(0, self.stage.front.rounds.answering)

    def test_a_wrong_token_changes_nothing(self) -> None:
        """401, or 503 where the channel wants that; no message is touched."""
        for code, given in product((401, 503), ("Token wrong", "", "Token sekri", "Token sekrit2")):
            stage = Stage(channel(bad_token=code))
            self.assertError(stage.form(GOOD, Authorization=given), code)
            self.assertEqual(([], []), (stage.router.posts, stage.store.operations))

    def test_an_unknown_uuid_is_a_404(self) -> None:
        """Whatever its token."""
        heard = self.stage.ask(path="/c/ex/b86f686f-9168-4dd9-a03e-77f11b265b56/send", body=GOOD.encode())
        self.assertError(heard, 404, "channel")

    def test_503_asks_the_platform_to_come_again(self) -> None:
        """Full, leaving, a failing store and a fault of ours; each leaves its mark with the message."""
        for fault in (QueueFull("full"), Leaving("leaving"), StoreError("disk"), ZeroDivisionError()):
            self.stage.router.fault = fault
            heard = self.stage.form(GOOD)
            self.assertError(heard, 503)
            self.assertIn("retry-after", heard.headers)
            refuse = self.stage.store.operations[-1]
            self.assertEqual(("rw", "1001", digest("hi"), 1), (refuse.channel, refuse.id, refuse.digest, refuse.n))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_full_may_also_come_as_a_result(self) -> None:
        """Whatever way the queue says it is full."""
        self.stage.router.patient = True
        caller = Caller(self.stage.site)
        caller.ask("POST", SEND, {**TOKEN, **FORM}, GOOD.encode())
        self.stage.router.waiting[0].callback(Taken(message=0, piece=0, full=True))
        self.assertEqual(503, caller.heard().code)

    def test_a_closed_front_is_a_503_with_a_mark(self) -> None:
        """While it starts, reloads or leaves."""
        self.stage.front.closed = "starting"
        self.assertError(self.stage.form(GOOD), 503)
        self.assertEqual([Refuse], [type(operation) for operation in self.stage.store.operations])
        self.assertEqual([], self.stage.router.posts)

    def test_an_empty_text_is_answered_and_dropped(self) -> None:
        """The empty last piece of a split; a lone newline is as empty."""
        for text in ("", "%0A", "%0D%0A", "%00"):
            heard = self.stage.form(f"id=1001&to=%2B250788383383&text={text}")
            self.assertEqual(
                (200, "queued", "1001"), (heard.code, *[json.loads(heard.body)[k] for k in ("status", "id")])
            )
        self.assertEqual([], self.stage.router.posts)

    def test_no_id_is_taken_and_said_once(self) -> None:
        """No repeat rule, no statuses; the operator hears of it once."""
        for _ in range(3):
            self.assertEqual(200, self.stage.form("text=hi&to=%2B250788383383").code)
        self.assertEqual([("", 1)] * 3, [(post.id, post.n) for post in self.stage.router.posts])
        self.assertEqual({"rw"}, self.stage.front._alarmed)

    def test_a_large_body_is_a_413_however_it_comes(self) -> None:
        """By its length, by counting, or at once when it is huge."""
        text = b"text=" + b"x" * 65536
        self.assertError(self.stage.ask(headers=FORM, body=text), 413, "body")
        caller = Caller(self.stage.site)
        head = f"POST {SEND} HTTP/1.1\r\nHost: x\r\nAuthorization: Token sekrit\r\nTransfer-Encoding: chunked\r\n\r\n"
        caller.write(head.encode() + b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        caller.write(b"8001\r\n" + b"x" * 0x8001 + b"\r\n0\r\n\r\n")
        self.assertError(caller.heard(), 413, "body")
        caller = Caller(self.stage.site)
        caller.write(f"POST {SEND} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n".encode())
        self.assertEqual(413, caller.heard().code)
        self.assertTrue(caller.transport.disconnecting)

    def test_exactly_the_limit_is_read(self) -> None:
        """64 KiB is not over 64 KiB; chunks are counted the same."""
        body = (GOOD + "&x=").encode()
        self.assertEqual(200, self.stage.ask(headers=FORM, body=body + b"x" * (65536 - len(body))).code)

    def test_health_says_no_more_than_well_or_not(self) -> None:
        """200 or 503, for whoever asks."""
        for path in ("/health", "/health/"):
            self.stage.store.healthy = True
            self.assertEqual(200, self.stage.ask("GET", path).code)
            self.stage.store.healthy = False
            self.assertEqual(503, self.stage.ask("GET", path).code)

    def test_no_request_gets_an_answer_the_platform_would_misread(self) -> None:
        """Never 3xx, 408 or 429; 4xx only from the table; 405 names what is allowed."""
        paths = {
            SEND: {200, 400}, SEND + "/": {200, 400}, SEND + "/secret": {200, 400},
            f"/c/ex/{UUID.upper()}/send": {200, 400},
            "/": {404}, "//": {404}, "/c/ex": {404}, f"/c/ex/{UUID}": {404}, f"/c/ex/{UUID}/": {404},
            f"//c/ex/{UUID}/receive": {404}, "/c/ex//send": {404}, "/c/ex/x/send": {404}, SEND + "/a/b": {404},
            "/c/ex/%ff/send": {404}, f"/c/EX/{UUID}/send": {404}, "/favicon.ico": {404},
        }  # fmt: skip
        bodies = [
            (FORM, GOOD.encode()),
            (JSON, b"{}"),
            (XML, b"<a/>"),
            ({}, b""),
            (JSON, b"\xff\xfe"),
            (FORM, b"%%%=&&"),
        ]
        methods = ["POST", "PUT", "GET", "HEAD", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"]
        for (path, codes), method, (headers, body) in product(paths.items(), methods, bodies):
            heard = self.stage.ask(method, path, headers, body)
            wanted = codes if method in ("POST", "PUT", "GET") else {405, 404}
            self.assertIn(heard.code, wanted, (method, path, body))
            self.assertNotIn("location", heard.headers)
            if heard.code == 405:
                self.assertEqual({"GET", "POST", "PUT"}, set(heard.headers["allow"].split(", ")) - {"HEAD"})

    def test_a_host_header_nobody_can_read_is_a_400(self) -> None:
        """Werkzeug raises over it outside of any handler of an app."""
        caller = Caller(self.stage.site)
        caller.write(f"GET {SEND} HTTP/1.1\r\nHost: {'a' * 70}..b\r\n\r\n".encode())
        self.assertEqual(400, caller.heard().code)


class Counting(Silent):
    """A meter that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def emptied(self, channel: str) -> None:
        self.told.append(("emptied", channel))

    def foreign(self, channel: str) -> None:
        self.told.append(("foreign", channel))

    def unauthorized(self, channel: str) -> None:
        self.told.append(("unauthorized", channel))

    def declined(self, channel: str, code: int) -> None:
        self.told.append(("declined", channel, code))


class MeterTests(SynchronousTestCase):
    """What the operator sees of it."""

    def test_what_is_out_of_the_ordinary_is_counted(self) -> None:
        """Empty texts, foreign senders, wrong tokens, refusals; a plain 200 is the router's to count."""
        stage = Stage()
        stage.front.meter = meter = Counting()
        stage.form(GOOD)
        stage.form("id=1&text=&to=%2B250788383383")
        stage.form(GOOD + "&from=Other")
        stage.form(GOOD, Authorization="x")
        stage.form("id=1&text=hi")
        stage.router.fault = QueueFull("full")
        stage.form(GOOD)
        names = [("emptied",), ("foreign",), ("unauthorized",), ("declined", 400), ("declined", 503)]
        self.assertEqual([(name, "rw", *rest) for name, *rest in names], meter.told)


class AuthorizationTests(SynchronousTestCase):
    """Any one of the ways the settings name, and no other."""

    def test_strangers_do_not_fill_the_log(self) -> None:
        """One line a minute for each channel, with the address; what they offered is not in it."""
        events: list[LogEvent] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        stage = Stage()
        for _ in range(20):
            stage.form(GOOD, Authorization="Token guessed")
            stage.clock.advance(4)
        lines = [formatEvent(event) for event in events if event.get("alarm") == "bad-token"]
        self.assertEqual(2, len(lines))
        self.assertIn("192.0.2.7", lines[0])
        self.assertNotIn("guessed", lines[0])

    def test_a_secret_in_the_url(self) -> None:
        """For platforms that send no header."""
        stage = Stage(channel(authorization=None, url_secret=Secret("s3")))
        codes = [stage.ask("GET", f"{SEND}{tail}?{GOOD}").code for tail in ("/s3", "/s3/", "/s4", "", "/")]
        self.assertEqual([200, 200, 401, 401, 401], codes)

    def test_an_address(self) -> None:
        """The peer's own; a header is believed only from a proxy of ours, and only its last hop."""
        networks = (ip_network("198.51.100.0/24"),)
        stage = Stage(channel(authorization=None, allow_from=networks), trusted_proxies=(ip_network("10.0.0.1/32"),))
        cases = [
            ("198.51.100.7", "", 200),
            ("192.0.2.7", "", 401),
            ("192.0.2.7", "198.51.100.7", 401),
            ("10.0.0.1", "198.51.100.7", 200),
            ("10.0.0.1", "198.51.100.7, 192.0.2.7", 401),
            ("10.0.0.1", "192.0.2.7, 198.51.100.7", 200),
            ("10.0.0.1", "rubbish", 401),
            ("10.0.0.1", "", 401),
        ]
        for address, forwarded, code in cases:
            caller = Caller(stage.site, address)
            caller.ask("GET", f"{SEND}?{GOOD}", {"X-Forwarded-For": forwarded} if forwarded else {})
            self.assertEqual(code, caller.heard().code, (address, forwarded))

    def test_a_channel_that_names_no_way_lets_nobody_in(self) -> None:
        """The settings refuse such a channel; the front does, too."""
        stage = Stage(channel(authorization=None))
        self.assertEqual([401, 401], [stage.ask("GET", f"{path}?{GOOD}").code for path in (SEND, SEND + "/x")])


class CommitTests(SynchronousTestCase):
    """The answer hangs on the commit, and the commit on nobody."""

    def setUp(self) -> None:
        self.stage = Stage(router=DeafRouter(patient=True))
        self.caller = Caller(self.stage.site)

    def ask(self) -> None:
        self.caller.ask("POST", SEND, {**TOKEN, **FORM}, GOOD.encode())

    def test_no_answer_before_the_commit(self) -> None:
        """Accepted means on disk."""
        self.ask()
        self.assertIsNone(self.caller.heard())
        self.assertEqual(1, self.stage.front.rounds.answering)
        self.stage.router.waiting[0].callback(self.stage.router.taken())
        self.assertEqual(200, self.caller.heard().code)
        self.assertEqual(0, self.stage.front.rounds.answering)

    def test_a_hang_up_cancels_nothing_and_leaves_a_mark(self) -> None:
        """The piece is taken; the platform cannot know it and will send it again."""
        self.ask()
        self.caller.hang_up()
        self.assertEqual((0, []), (self.stage.router.cancelled, self.stage.store.operations))
        self.stage.router.waiting[0].callback(self.stage.router.taken())
        (refuse,) = self.stage.store.operations
        self.assertEqual(("1001", 1, True, False), (refuse.id, refuse.n, refuse.lost, refuse.again))
        self.assertEqual(0, self.stage.front.rounds.answering)
        self.caller = Caller(self.stage.site)
        self.ask()
        self.assertEqual(1, self.stage.post.n)

    def test_a_hang_up_whose_retry_is_here_already_says_so(self) -> None:
        """The retry asks the store before the mark comes: what was heard, its own answer tells."""
        self.ask()
        self.caller.hang_up()
        retry = self.caller = Caller(self.stage.site)
        self.ask()
        for waiting in self.stage.router.waiting:
            waiting.callback(self.stage.router.taken())
        self.assertEqual(200, retry.heard().code)
        (refuse,) = self.stage.store.operations
        self.assertEqual((True, True), (refuse.lost, refuse.again))

    def test_a_retry_that_is_not_heard_either_leaves_a_mark_of_its_own(self) -> None:
        """The last of them decides, in whichever order they end."""
        callers = []
        for _ in range(2):
            self.ask()
            callers.append(self.caller)
            self.caller = Caller(self.stage.site)
        for caller in callers:
            caller.hang_up()
        for waiting in reversed(self.stage.router.waiting):
            waiting.callback(self.stage.router.taken())
        self.assertEqual([False, True], [refuse.again for refuse in self.stage.store.operations])

    def test_a_hang_up_before_a_failure_leaves_one_mark(self) -> None:
        """A refusal is a refusal, read or not."""
        self.ask()
        self.caller.hang_up()
        self.stage.router.waiting[0].errback(StoreError("disk"))
        (refuse,) = self.stage.store.operations
        self.assertFalse(refuse.lost)

    def test_a_store_that_cannot_keep_the_mark_harms_nobody(self) -> None:
        """The answer has gone out all the same."""
        self.stage.store.fault = StoreError("disk")
        self.ask()
        self.stage.router.waiting[0].errback(StoreError("disk"))
        self.assertEqual(503, self.caller.heard().code)
        self.assertEqual(1, len(self.flushLoggedErrors(StoreError)))

    def test_equal_pieces_of_one_message_are_counted(self) -> None:
        """The second comes after the first was answered: it is a further piece."""
        for number in range(2):
            self.ask()
            self.stage.router.waiting[number].callback(self.stage.router.taken())
        self.assertEqual([1, 2], [post.n for post in self.stage.router.posts])

    def test_no_timeout_while_the_commit_is_awaited(self) -> None:
        """A silent connection is closed after a minute; a complete request is never answered 408."""
        self.ask()
        self.stage.clock.advance(600)
        self.assertFalse(self.caller.transport.disconnecting)
        self.stage.router.waiting[0].callback(self.stage.router.taken())
        self.assertEqual(200, self.caller.heard().code)
        slow = Caller(self.stage.site)
        slow.write(b"POST /c/ex/")
        self.stage.clock.advance(61)
        self.assertEqual((True, None), (slow.transport.disconnecting, slow.heard()))

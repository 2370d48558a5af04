"""What the send endpoint may say: a platform gives a message up for a 4xx, and a redirect loses its body."""

from __future__ import annotations

import json

from chanserv.errors import StoreError
from tests.stories.stage import ADDRESS, FORM, TO, TOKEN, UUID, Stage, form, request

SEND = f"/c/ex/{UUID}/send"
JSON = "application/json"
GOOD = form("1", "hi")
LONG = form("1", "x" * 5000)  # 33 parts

# Everything else of a platform that is configured well, or by somebody in a hurry: answer, method, path, type, body.
CASES = [
    (200, "POST", SEND, FORM, GOOD),
    (200, "POST", SEND + "/", FORM, GOOD),
    (200, "POST", SEND.upper().replace("/C/EX", "/c/ex").replace("SEND", "send"), FORM, GOOD),
    (200, "PUT", SEND, FORM, GOOD),
    (200, "GET", f"{SEND}?{GOOD.decode()}", FORM, b""),
    (200, "GET", f"{SEND}/?{GOOD.decode()}", FORM, b""),
    (200, "POST", SEND, "text/plain", GOOD),
    (200, "POST", SEND, "nonsense", GOOD),
    (200, "POST", SEND, FORM, form("", "no id")),
    (200, "POST", SEND, FORM, form("1", "")),
    (200, "POST", SEND, FORM, form("1", "hi", session_status="W").replace(b"%2B5582999489287", b"2020")),
    (200, "POST", SEND, JSON, json.dumps({"id": 1, "to": TO, "text": "x" * 300}).encode()),
    (400, "POST", SEND, FORM, b""),
    (400, "POST", SEND, JSON, b"{"),
    (400, "POST", SEND, JSON, b"[]"),
    (400, "POST", SEND, JSON, b"[" * 60_000),
    (400, "POST", SEND, JSON, json.dumps({"id": 1, "to": {}, "text": "hi"}).encode()),
    (400, "PUT", SEND, "text/xml", b"<a"),
    (400, "PUT", SEND, "text/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    (400, "POST", SEND, FORM, form("1", "hi", to="MTN")),
    (400, "POST", SEND, FORM, form("1", "hi", to="1")),
    (400, "POST", SEND, FORM, LONG),
    (404, "POST", SEND.replace("a86f", "b86f"), FORM, GOOD),
    (404, "POST", "/c/ex/%ff/send", FORM, GOOD),
    (404, "POST", SEND.replace("/send", "/received"), FORM, GOOD),
    (404, "POST", "/", FORM, GOOD),
    (405, "DELETE", SEND, FORM, GOOD),
    (405, "HEAD", SEND, FORM, b""),
    (413, "POST", SEND, FORM, form("1", "x" * 70_000)),
]


class AnswerTests(Stage):
    """One gateway, everything that can be asked of it."""

    async def test_every_answer_is_one_of_the_table(self) -> None:
        """Never 3xx, 408 or 429; 4xx for what can never work, each with its reason as JSON."""
        await self.start()
        for code, method, path, kind, body in CASES:
            answer = await self.ask(method, path, {"Content-Type": kind}, body)
            self.assertEqual(code, answer.code, (method, path, body[:80], answer.body))
            if method != "HEAD":
                self.assertIn("status" if code == 200 else "error", answer.json)
            if code == 400:
                self.assertTrue(answer.json["field"] and answer.json["reason"], answer.body)

    async def test_a_stranger_is_401_whatever_is_asked(self) -> None:
        """Before anything is read of the body; without the `no such channel` a stranger could learn from."""
        await self.start()
        for token in ("", "Token", TOKEN.lower(), TOKEN + " "):
            answer = await self.ask("POST", SEND, {"Content-Type": FORM}, b"\xff", token=token)
            self.assertEqual(400 if token.strip() == TOKEN else 401, answer.code)

    async def test_what_is_wrong_for_now_is_503(self) -> None:
        """Closed, leaving, a store that fails, a fault of ours: each the platform shall try again."""
        await self.start()
        self.gateway.front.closed = "reloading"
        answer = await self.post("1", "hi")
        self.assertEqual((503, ["30"]), (answer.code, answer.headers.getRawHeaders("retry-after")))
        self.gateway.front.closed = ""
        self.gateway.router.leaving = True
        self.assertEqual(503, (await self.post("1", "hi")).code)
        self.gateway.router.leaving = False
        for fault in (StoreError("full disk"), KeyError("a fault of ours")):
            patched = self.patch(self.gateway.router, "submit", raising(fault))
            self.assertEqual(503, (await self.post("1", "hi")).code)
            patched.restore()
        self.assertEqual(1, len(self.flushLoggedErrors(KeyError)))
        await self.take("1", "hi")
        await self.told_of("1", "sent", "delivered")
        self.assertEqual(["hi"], self.texts())

    async def test_a_request_in_small_bits(self) -> None:
        """Header by header, then the body octet by octet."""
        await self.start()
        octets = request(GOOD)
        caller = await self.call(b"")
        for at in range(0, len(octets), 7):
            caller.write(octets[at : at + 7])
            await self.quiet(0)
        await self.until(lambda: caller.heard)
        self.assertTrue(caller.heard.startswith(b"HTTP/1.1 200 "), caller.heard)
        await caller.hang_up()
        await self.told_of("1", "sent", "delivered")

    async def test_two_requests_on_one_connection(self) -> None:
        """Pipelined: two answers, in order."""
        await self.start()
        caller = await self.call(request(form("1", "one")) + request(form("2", "two")))
        await self.until(lambda: caller.heard.count(b"HTTP/1.1 200 ") == 2)
        self.assertLess(caller.heard.index(b'"id":"1"'), caller.heard.index(b'"id":"2"'))
        await caller.hang_up()
        await self.told_of("2", "sent", "delivered")

    async def test_half_a_request_is_nothing(self) -> None:
        """A client that hangs up inside its body asked for nothing."""
        await self.start()
        caller = await self.call(request(GOOD)[:-3])
        await self.quiet(0.1)
        await caller.hang_up()
        await self.quiet(0.1)
        self.assertEqual(([], 0), (self.texts(), self.gateway.rounds.answering))

    async def test_the_answer_names_the_id_as_it_came(self) -> None:
        """A number stays a number, text stays text."""
        await self.start()
        for id in ('"0012"', "12", "1.50", '"a b\\u00e9"'):
            body = f'{{"id":{id},"to":"{TO}","text":"hi","from":"{ADDRESS}"}}'.encode()
            answer = await self.ask("POST", SEND, {"Content-Type": JSON}, body)
            self.assertIn(f'"id":{id},'.encode(), answer.body)


def raising(fault: Exception):
    def submit(post: object) -> None:
        raise fault

    return submit

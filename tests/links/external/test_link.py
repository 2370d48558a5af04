"""Parts out to an External-API device: the link with a device that is not there, and a clock that is told."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv import reference
from chanserv.http import Broke
from chanserv.links.external import link
from chanserv.links.rest.calls import Failed
from chanserv.message import UNSENT, Coding, Part, Slice
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from chanserv.profiles.trees import fields
from chanserv.settings import ExternalSettings, Secret
from chanserv.text.cutting import Cutting
from tests.links.fakes import FakeLane, FakeRouter, work

FAR = "6b3f9f0e-3c4e-4a0e-9d4c-0b8a0f0a7d11"
NO_JSON, JSON = {"content-type": "text/plain"}, {"content-type": "application/json"}


class FakeCalls:
    """A device that answers when it is told to."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.waiting: list[Deferred[Answered | Failed]] = []

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        self.requests.append(request)
        self.waiting.append(Deferred())
        return self.waiting[-1]

    def close(self) -> Deferred[None]:
        return succeed(None)


class LinkTests(SynchronousTestCase):
    """One device."""

    def open(self, **more: Any) -> None:
        known: dict[str, Any] = {"name": "far", "uuid": FAR, "send_url": "http://far.example/send"}
        self.lane, self.calls, self.clock = FakeLane(), FakeCalls(), Clock()
        self.settings = ExternalSettings(**{**known, **more})
        self.link = link.make(self.settings, self.lane, FakeRouter(), self.clock, calls=self.calls, chance=lambda: 0.5)
        self.link.start()

    def tell(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, **more: Any) -> Any:
        """One part, answered so; its outcome."""
        self.open(**more)
        self.link.send(work(link="far"))
        self.calls.waiting[0].callback(Answered(status=status, headers=headers or NO_JSON, body=body))
        (outcome,) = self.lane.outcomes
        return outcome

    def test_each_part_goes_by_our_reference(self) -> None:
        """Texts whatever their coding, an id for each part, and who they are from."""
        self.open()
        parts = (Part(number=1, slice=Slice("olá".encode("utf-16-be"))), Part(number=2, slice=Slice(b"\0!")))
        self.link.send(work(3, parts, coding=Coding.UCS2, link="far", reply=True))
        self.calls.waiting[0].callback(Answered(status=200))
        sent = [fields(request.body.decode()) for request in self.calls.requests]
        self.assertEqual(["olá", "!"], [each["text"] for each in sent])
        self.assertEqual(
            [reference.write(103, 3, number, "5511999990000") for number in (1, 2)], [each["id"] for each in sent]
        )
        self.assertEqual(("8000", FAR), (sent[0]["from"], sent[0]["channel"]))
        self.assertEqual(("external", "far.example"), (self.link.kind, self.link.status()["host"]))

    def test_parts_of_a_text_go_one_after_the_other(self) -> None:
        """Whatever the answer to the one before; other texts do not wait for it."""
        self.open()
        self.link.send(work(1, 3, link="far"))
        self.link.send(work(2, link="far"))
        self.assertEqual([(1, "text 1"), (2, "text 1")], self.sent())
        self.calls.waiting[0].callback(Answered(status=503))
        self.assertEqual((1, "text 2"), self.sent()[-1])
        self.link.send(work(1, (Part(number=4, slice=Slice(b"text 4")),), link="far"))
        self.calls.waiting[2].callback(Answered(status=200))
        self.calls.waiting[3].callback(Answered(status=200))
        self.assertEqual([(1, "text 3"), (1, "text 4")], self.sent()[-2:])
        self.calls.waiting[4].callback(Answered(status=200))
        self.link.send(work(1, link="far"))
        self.assertEqual(6, len(self.sent()))

    def test_who_waits_for_its_turn_needs_a_way(self) -> None:
        """Nobody is there, or the link stops: the rest of the text was not sent."""
        for end in (lambda: self.calls.waiting[0].callback(Failed(Broke.UNSENT, "refused")), self.stop):
            self.open()
            self.link.send(work(1, 2, link="far"))
            end()
            self.assertEqual(1, len(self.calls.requests))
            self.assertEqual((2, "later", UNSENT), self.lane.verdicts[-1])

    def stop(self) -> None:
        self.link.stop()
        self.calls.waiting[0].callback(Answered(status=200))

    def sent(self) -> list[tuple[int, str]]:
        """(piece, text) of each request, in order."""
        given = [fields(request.body.decode()) for request in self.calls.requests]
        found = [(reference.read(each["id"]), each["text"]) for each in given]
        return [(ref.piece, text) for ref, text in found if ref]

    def test_why_nothing_secret_is_told(self) -> None:
        """What the device repeats of its keys is not in the reason."""
        body = b'{"error":"who is Token hush?"}'
        self.assertEqual("who is …?", self.tell(400, body, JSON, send_authorization=Secret("Token hush")).reason)

    def test_what_answers_mean(self) -> None:
        """9 to 13 and 15 of courier's cases; 429 waits, as the newest courier does."""
        for status, verdict in (
            (200, "taken"), (201, "taken"), (204, "taken"), (302, "refused"), (400, "refused"), (403, "refused"),
            (404, "refused"), (409, "refused"), (422, "refused"), (429, "later"), (500, "later"), (502, "later"),
            (503, "later"),
        ):  # fmt: skip
            self.assertEqual(verdict, self.tell(status).verdict.value, status)

    def test_a_wrong_key_refuses_no_text(self) -> None:
        """401: the part goes back in line, and the link rests."""
        outcome = self.tell(401)
        self.assertEqual(("later", UNSENT), (outcome.verdict.value, outcome.reason))
        self.assertFalse(self.link.up)

    def test_a_very_long_text_whose_device_is_gone(self) -> None:
        """Every part behind the first goes back in line, however many there are."""
        self.open(concurrency=255)
        self.link.send(work(1, 255, link="far"))
        self.calls.waiting[0].callback(Failed(Broke.UNSENT, "ConnectionRefusedError"))
        self.assertEqual([UNSENT] * 255, [outcome.reason for outcome in self.lane.outcomes])
        self.assertEqual((1, 0), (len(self.calls.requests), self.link.status()["unanswered"]))

    def test_a_2xx_may_have_to_say_something(self) -> None:
        """10: without those words the text was refused; and nothing need be said where none are wanted."""
        self.assertEqual("taken", self.tell(200, b"1: OK accepted", mt_response_check="OK").verdict.value)
        self.assertEqual("refused", self.tell(200, b"ERR", mt_response_check="OK").verdict.value)
        self.assertEqual("refused", self.tell(200, b'{"status":"no"}', JSON, mt_response_check="OK").verdict.value)
        self.assertEqual("later", self.tell(503, b"OK", mt_response_check="OK").verdict.value)
        self.assertEqual("taken", self.tell(200, b"ERR").verdict.value)

    def test_why_a_text_was_refused(self) -> None:
        """In the words of JSON's usual fields; any other body may hold the text, and is not repeated."""
        for body, headers, why in (
            (b'{"error":"bad request","field":"to","reason":"not a possible number"}', JSON, "not a possible number"),
            (b'{"message":"Error","data":[]}', JSON, "Error"),
            (b'{"broken', JSON, "HTTP 400"),
            (b"no: +5511999990000", NO_JSON, "HTTP 400"),
        ):
            self.assertEqual(why, self.tell(400, body, headers).reason)

    def test_a_throttled_device_is_let_alone(self) -> None:
        """As long as it says."""
        outcome = self.tell(429, b"", {"retry-after": "7"})
        self.assertEqual(([7.0], 7.0), (self.lane.throttles, outcome.retry_after))

    def test_nobody_there(self) -> None:
        """The part goes back in line; an answer that never came leaves it unknown."""
        for how, verdict, reason in ((Broke.UNSENT, "later", UNSENT), (Broke.LOST, "unknown", "ConnectionLost")):
            self.open()
            self.link.send(work(link="far"))
            self.calls.waiting[0].callback(Failed(how, "ConnectionLost"))
            self.assertEqual([(1, verdict, reason)], self.lane.verdicts)

    def test_secrets_are_in_requests_alone(self) -> None:
        """Authorization and variables of one's own; the settings do not show them."""
        self.open(
            send_url="http://far.example/send?key={{key}}",
            credentials={"key": Secret("se&cret")},
            send_authorization=Secret("Token hush{{"),
        )
        self.link.send(work(link="far"))
        (request,) = self.calls.requests
        self.assertEqual(("http://far.example/send?key=se%26cret",), request.urls)
        self.assertEqual("Token hush{{", dict(request.headers)["Authorization"])
        self.assertNotIn("se&cret", repr(self.settings))
        self.assertNotIn("hush", repr(self.settings) + str(self.link.status()))

    def test_cutting(self) -> None:
        """By characters, as many as `max_length` says; 0: not at all."""
        for length in (160, 1600, 0):
            self.open(max_length=length)
            self.assertEqual(Cutting(text=(length, length)), self.settings.cutting)

    def test_national_numbers(self) -> None:
        """Where they are wanted; a country alone is for numbers that come."""
        for national, to in ((True, "11999990000"), (False, "+5511999990000")):
            self.open(country="BR", use_national=national)
            self.link.send(work(link="far"))
            self.assertEqual(to, fields(self.calls.requests[0].body.decode())["to"])

    def test_a_body_that_is_told(self) -> None:
        """Goes before the usual one; of a type that has none there is none."""
        self.open(body="t={{text}}")
        self.link.send(work(link="far"))
        self.assertEqual(b"t=text+1", self.calls.requests[0].body)
        self.open(content_type="json")
        self.link.send(work(link="far"))
        self.assertIn(b'"text":"text 1"', self.calls.requests[0].body)

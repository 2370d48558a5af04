"""What External-API devices tell, and what they are answered: courier's cases, by their numbers in its fact sheet."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv import reference
from chanserv.errors import BadField
from chanserv.links.external import codec
from chanserv.message import Status
from chanserv.profiles.hooks import Heard, Told
from chanserv.profiles.requests import Asked
from chanserv.settings import ExternalSettings

FORM = "application/x-www-form-urlencoded"
UUID = "6b3f9f0e-3c4e-4a0e-9d4c-0b8a0f0a7d11"
FRESH = "11111111-1111-4111-8111-111111111111"
OURS = reference.write(7, 8, 1, "250788383383")


def settings(**more: Any) -> ExternalSettings:
    return ExternalSettings(**{"name": "far", "uuid": UUID, "send_url": "http://far.example/", **more})


def told(kind: str, form: str = "", query: str = "", type: str = FORM, **more: Any) -> Any:
    """What a request tells; a form is posted, else it is a GET."""
    headers = {"content-type": type} if form else {}
    asked = Asked(method="POST" if form else "GET", query=query, headers=headers, body=form.encode())
    return codec.read(kind, asked, settings(**more), FRESH)


class TextTests(SynchronousTestCase):
    """receive"""

    def test_a_form(self) -> None:
        """36: sender, text and date."""
        heard = told("receive", "from=%2B250788123123&text=Love+is+patient.&date=2012-04-23T18:25:43.511Z")
        at = datetime(2012, 4, 23, 18, 25, 43, 511000, UTC).timestamp()
        self.assertEqual(("+250788123123", "Love is patient.", at, "", False),
                         (heard.sender, heard.text, heard.at, heard.to, heard.stop))  # fmt: skip

    def test_other_names(self) -> None:
        """37 and 38: sender, time; in a query as well, a zone that is escaped."""
        self.assertEqual("+250788123123", told("receive", "sender=%2B250788123123&text=b").sender)
        heard = told("receive", query="from=%2B250788123123&text=b&time=2012-04-23T18:25:43%2B02:00")
        self.assertEqual(datetime(2012, 4, 23, 16, 25, 43, 0, UTC).timestamp(), heard.at)

    def test_senders(self) -> None:
        """39 and 40: as they come, since a link has a country for that; a raw + is a blank; short codes stay."""
        for raw, sender in (
            ("0788123126", "0788123126"),
            ("250788123127", "250788123127"),
            ("+250788123128", "+250788123128"),
            ("12345", "12345"),
        ):
            self.assertEqual(sender, told("receive", f"from={raw}&text=b").sender, raw)
        for raw in ("MTN", "12", "+", "%20%20", "1" * 21):
            self.assertWrong("not a possible number", "receive", f"from={raw}&text=b")

    def test_no_text(self) -> None:
        """41: an empty one is a text."""
        self.assertEqual("", told("receive", "from=250788123123").text)

    def test_no_sender(self) -> None:
        """42 and 44: neither in the form, nor in a body that is none."""
        why = "must have one of 'sender' or 'from' set"
        self.assertWrong(why, "receive")
        self.assertWrong(why, "receive", "text=b")
        self.assertWrong(why, "receive", '{"from":"250788123123"}', type="application/json")
        self.assertWrong(why, "receive", "from=250788123123", type="text/plain")

    def test_dates(self) -> None:
        """43: RFC 3339 and nothing else; nine digits of a fraction are some of those."""
        for date in (
            "2012-04-23 18:25:43Z", "2012-04-23T18:25:43", "2012-04-23T18:25:43+02:00", "2012-13-01T00:00:00Z", "0",
            "2012-04-23T18:25:43Z\n",
        ):  # fmt: skip
            self.assertWrong("invalid date format, must be RFC 3339", "receive", f"from=250788123123&date={date}")
        heard = told("receive", "from=250788123123&date=2024-01-01T00:00:00.123456789Z")
        self.assertEqual(datetime(2024, 1, 1, 0, 0, 0, 123456, UTC).timestamp(), heard.at)
        for date in ("1999-12-31T23:59:59Z", "2100-01-01T00:00:01Z", "9999-12-31T23:59:59-23:59"):
            heard = told("receive", f"from=250788123123&date={date}")
            self.assertEqual(0.0, heard.at, date)
            self.assertIn(b"2023-11-14T22:13:20", codec.answer("receive", heard, "", 1_700_000_000.0))

    def test_multipart(self) -> None:
        """45"""
        body = '--x\r\nContent-Disposition: form-data; name="from"\r\n\r\n+250788123123\r\n'
        body += '--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nolá\r\n--x--\r\n'
        heard = told("receive", body, type="multipart/form-data; boundary=x")
        self.assertEqual(("+250788123123", "olá"), (heard.sender, heard.text))

    def test_what_no_store_can_hold_falls_out(self) -> None:
        """Octets that are no UTF-8, and NUL."""
        self.assertEqual("a\ufffdb", told("receive", "from=250788123123&text=a%ff%00b").text)

    def test_names_of_ones_own(self) -> None:
        """They go before the usual ones, which are still known."""
        own = {"mo_from_field": "msisdn", "mo_text_field": "body", "mo_date_field": "at"}
        heard = told("receive", "msisdn=250788123123&from=1&body=b&text=x&at=2024-01-01T00:00:00Z", **own)
        self.assertEqual(("250788123123", "b"), (heard.sender, heard.text))
        self.assertEqual(datetime(2024, 1, 1, tzinfo=UTC).timestamp(), heard.at)
        self.assertEqual("12345", told("receive", "from=12345&text=x", **own).sender)

    def test_one_date_makes_one_text(self) -> None:
        """A repeat has the same id; another text, sender or date another; without a date each is new."""
        dated = "from=250788123123&text=1&date=2024-01-01T00:00:00.1Z"
        first = told("receive", dated)
        self.assertEqual(first, told("receive", query=dated))
        for other in (dated.replace("=1&", "=2&"), dated.replace("3123&", "3124&"), dated.replace(".1Z", ".2Z")):
            self.assertNotEqual(first.id, told("receive", other).id)
        self.assertEqual(FRESH, told("receive", "from=250788123123&text=1").id)

    def test_the_form_goes_before_the_query(self) -> None:
        """And of a repeated name the first, as in Go's reading of forms."""
        self.assertEqual("a", told("receive", "from=12345&text=a&text=b", query="text=c").text)

    def assertWrong(self, why: str, kind: str, form: str = "", **more: Any) -> None:
        with self.assertRaises(BadField) as raised:
            told(kind, form, **more)
        self.assertEqual(why, str(raised.exception))


class StatusTests(SynchronousTestCase):
    """sent, delivered, failed, stopped"""

    def test_by_our_id(self) -> None:
        """25 to 28: by id or uuid, POST or GET, whatever its case."""
        for kind, status in (("sent", Status.SENT), ("delivered", Status.DELIVERED), ("failed", Status.FAILED)):
            for said in ({"form": f"id={OURS}"}, {"query": f"id={OURS}"}, {"form": f"uuid={OURS.upper()}"}):
                self.assertEqual(Told(ours=OURS, id="", status=status, word=kind, reason=kind), told(kind, **said))

    def test_ids_that_are_none(self) -> None:
        """29 and 32: numbers and nothing; the good one of two counts."""
        for form, why in (
            ("id=1065", "parsing failed: id '1065' and uuid '' are not valid UUIDs"),
            ("x=1", "parameters id or uuid should not be empty"),
            ("id=", "parameters id or uuid should not be empty"),
        ):
            with self.assertRaises(BadField) as raised:
                told("sent", form)
            self.assertEqual(why, str(raised.exception))
        self.assertEqual(OURS, told("sent", f"id=1065&uuid={OURS}").ours)

    def test_stopped(self) -> None:
        """35: `from` and no other name."""
        self.assertEqual(Heard(sender="+250788123123", stop=True), told("stopped", "from=%2B250788123123"))
        with self.assertRaises(BadField) as raised:
            told("stopped", "sender=%2B250788123123")
        self.assertEqual("field 'from' required", str(raised.exception))


class AnswerTests(SynchronousTestCase):
    """Courier's, field by field."""

    def test_each(self) -> None:
        """A text, a status, an opt-out, and what is wrong."""
        heard = Heard(sender="+250788123123", text="olá", id=FRESH, at=1_335_205_543.511)
        self.assertEqual(
            {"message": "Message Accepted",
             "data": [{"type": "msg", "channel_uuid": UUID, "msg_uuid": FRESH, "text": "olá",
                       "urn": "tel:+250788123123", "received_on": "2012-04-23T18:25:43.511Z"}]},
            json.loads(codec.answer("receive", heard, UUID, 0.0)),
        )  # fmt: skip
        for kind, letter in (("sent", "S"), ("delivered", "D"), ("failed", "F")):
            self.assertEqual(
                {"message": "Status Update Accepted",
                 "data": [{"type": "status", "channel_uuid": UUID, "status": letter}]},
                json.loads(codec.answer(kind, told(kind, f"id={OURS}"), UUID, 0.0)),
            )  # fmt: skip
        self.assertEqual(
            {"message": "Event Accepted",
             "data": [{"type": "event", "channel_uuid": UUID, "event_type": "stop_contact", "urn": "tel:12345",
                       "received_on": "1970-01-01T00:00:01.000Z"}]},
            json.loads(codec.answer("stopped", Heard(sender="12345", stop=True), UUID, 1.0)),
        )  # fmt: skip
        self.assertEqual(
            {"message": "Error", "data": [{"type": "error", "error": "field 'from' required"}]},
            json.loads(codec.error("field 'from' required")),
        )


class MutationTests(SynchronousTestCase):
    """A stranger's octets."""

    @given(
        st.sampled_from(codec.KINDS), st.binary(max_size=200), st.text(max_size=80),
        st.sampled_from([FORM, "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "\xff"]),
    )  # fmt: skip
    def test_nothing_else_is_raised(self, kind: str, body: bytes, query: str, type: str) -> None:
        """What is read is news, with an answer; what is not is told in words."""
        asked = Asked(query=query, headers={"content-type": type}, body=body)
        try:
            news = codec.read(kind, asked, settings(), FRESH)
        except BadField as fault:
            json.loads(codec.error(str(fault)))
        else:
            json.loads(codec.answer(kind, news, UUID, 0.0))

    @given(st.dictionaries(st.sampled_from(["from", "sender", "text", "date", "time", "id", "uuid"]), st.text()))
    def test_nor_by_fields(self, fields: dict[str, str]) -> None:
        """Of the names that are known."""

        for kind in codec.KINDS:
            asked = Asked(query=urlencode(fields, errors="replace"))
            try:
                codec.answer(kind, codec.read(kind, asked, settings(), FRESH), UUID, 0.0)
            except BadField as fault:
                self.assertTrue(str(fault))

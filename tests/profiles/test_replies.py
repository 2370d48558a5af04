"""What a provider's answer means: by the profile's cases, else by its HTTP status; never an exception."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import Verdict
from chanserv.profiles import replies
from chanserv.profiles.expressions import Names
from chanserv.profiles.replies import Answered, Replies, Said
from chanserv.profiles.shape import CaseTable, ReplyTable
from tests.profiles.test_trees import OCTETS

NAMES = Names({"cfg": ("key",), "http": None, "header": None, "body": None}, tree=True)


def compiled(**keys: object) -> Replies:
    def fault(why: str, *where: object) -> None:
        raise AssertionError(why, where)

    return replies.compiled(ReplyTable(**keys), NAMES, fault)  # type: ignore[arg-type]


def said(read: Replies, status: int, body: str | bytes = b"", **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    octets = body if isinstance(body, bytes) else body.encode()
    return read.read(Answered(status=status, headers=named, body=octets), {"key": "K"})


CASES = (
    CaseTable(when=["$http = 400", "code = 21610"], then="stopped", reason="{code}"),
    CaseTable(when="error ~ 'wait'", then="throttled", after="seconds"),
    CaseTable(when="$header.X-Busy", then="retry", reason="busy {$header.x-busy}"),
    CaseTable(when="$body ~ '^BAD'", then="failed"),
)


class UsualTests(SynchronousTestCase):
    def test_a_mark_in_front(self) -> None:
        """A script that was saved with a mark of its octets' order says it before every answer: it says nothing."""
        for body, parse in (('{"ok": 1}', None), ("OK=1", "form"), ("<ok>1</ok>", None)):
            read = compiled(ok="ok = 1", parse=parse)
            self.assertEqual("accepted", said(read, 200, "\ufeff" + body, content_type="text/html").word, body)
        self.assertEqual("accepted", said(compiled(ok="$body ~ '^000'"), 200, "\ufeff000").word)

    """Where a profile says nothing."""

    def test_statuses(self) -> None:
        """2xx accepted, 429 throttled, 401 denied, 408 and 5xx to be tried again, all else failed."""
        cases = [
            (200, "accepted", Verdict.TAKEN), (204, "accepted", Verdict.TAKEN), (299, "accepted", Verdict.TAKEN),
            (401, "denied", Verdict.LATER), (408, "retry", Verdict.LATER),
            (429, "throttled", Verdict.LATER), (500, "retry", Verdict.LATER), (503, "retry", Verdict.LATER),
            (400, "failed", Verdict.REFUSED), (404, "failed", Verdict.REFUSED), (301, "failed", Verdict.REFUSED),
            (100, "failed", Verdict.REFUSED),
        ]  # fmt: skip
        for status, word, verdict in cases:
            found = said(compiled(), status)
            self.assertEqual((word, verdict), (found.word, found.verdict), status)
            self.assertEqual("" if word == "accepted" else f"HTTP {status}", found.reason)

    def test_retry_after(self) -> None:
        """Seconds, an hour at most; a date, or nonsense, is ours to choose (RFC 9110, 10.2.3)."""
        for written, expected in (
            ("30", 30.0), ("1.5", 1.5), ("-5", 0.0), ("999999", 3600.0), ("nan", 0.0), ("inf", 0.0), ("1e999", 0.0),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0), ("", 0.0),
        ):  # fmt: skip
            self.assertEqual(expected, said(compiled(), 429, retry_after=written).after, written)
        self.assertEqual(0.0, said(compiled(), 503).after)


class ReadingTests(SynchronousTestCase):
    READ = compiled(id="messages.0.id or id", reason="error or code", case=CASES)

    def test_ids(self) -> None:
        """As the provider writes it: a number too; one line, of 256 characters, as webhooks bring it back."""
        cases: list[tuple[str, str]] = [
            ('{"messages": [{"id": 17}]}', "17"),
            ('{"messages": {"id": "a"}}', "a"),
            ('{"id": " x\\u0000y\\n"}', "xy"),
            ('{"id": {"a": 1}}', ""),
            ('{"id": []}', ""),
            ('{"id": [{"a": 1}, null]}', ""),
            ("[]", ""),
            ("null", ""),
            ("no json", ""),
            ("", ""),
            ('{"id": "' + "x" * 300 + '"}', "x" * 256),
        ]
        for body, expected in cases:
            found = said(self.READ, 200, body)
            self.assertEqual(("accepted", expected), (found.word, found.id), body)

    def test_several_ids(self) -> None:
        """Of a provider that has cut the text: one a part, each once, and no more than a text can have parts."""
        for body, expected in (
            ('{"id": ["a"]}', ("a", ())),
            ('{"id": ["a", 17, "a", null, "b"]}', ("a", ("17", "b"))),
            (json.dumps({"id": list(range(1000))}), ("0", tuple(str(number) for number in range(1, 255)))),
        ):
            found = said(self.READ, 200, body)
            self.assertEqual(expected, (found.id, found.more), body)
        several = compiled(id="messages|every:'message-id'")
        body = '{"messages": [{"message-id": "a"}, {"status": "9"}, {"message-id": "b"}]}'
        self.assertEqual(("a", ("b",)), (said(several, 200, body).id, said(several, 200, body).more))

    def test_cases(self) -> None:
        """The first that holds decides, before the status does."""
        cases = [
            (400, '{"code": 21610}', Said(word="stopped", reason="21610")),
            (400, '{"code": 1}', Said(word="failed", reason="1")),
            (200, '{"code": 21610, "id": "x"}', Said(word="accepted", id="x")),
            (200, '{"error": "please wait", "seconds": "7"}', Said(word="throttled", reason="please wait", after=7.0)),
            (200, '{"error": "wait", "seconds": "soon"}', Said(word="throttled", reason="wait")),
            (200, '{"error": "wait", "seconds": 1e9}', Said(word="throttled", reason="wait", after=3600.0)),
            (200, '{"error": "wait", "seconds": -1}', Said(word="throttled", reason="wait")),
            (200, "BAD number", Said(word="failed", reason="HTTP 200")),
        ]
        for status, body, expected in cases:
            self.assertEqual(expected, said(self.READ, status, body), body)
        self.assertEqual(Said(word="retry", reason="busy yes"), said(self.READ, 400, x_busy="yes"))

    def test_ok(self) -> None:
        """A 2xx for which it does not hold is failed; it says nothing of others."""
        read = compiled(ok="status in 0,OK", reason="status")
        self.assertEqual("accepted", said(read, 200, '{"status": 0}').word)
        self.assertEqual(Said(word="failed", reason="5"), said(read, 200, '{"status": 5}'))
        self.assertEqual("failed", said(read, 200, "").word)
        self.assertEqual("retry", said(read, 500, '{"status": 0}').word)

    def test_kinds(self) -> None:
        """By the Content-Type, or as the profile says."""
        xml = "<r><id>5</id></r>"
        self.assertEqual("5", said(compiled(id="r.id"), 200, xml).id)
        self.assertEqual("5", said(compiled(id="id"), 200, "id=5", content_type="application/x-www-form-urlencoded").id)
        self.assertEqual("5", said(compiled(id="id", parse="form"), 200, "id=5&x").id)
        self.assertEqual("17", said(compiled(id="$body|re:'ID: (\\w+)'"), 200, "OK ID: 17").id)
        self.assertEqual("OK 5", said(compiled(id="#", parse="text"), 200, "OK 5").id)
        self.assertEqual("", said(compiled(id="r.id"), 200, "<!DOCTYPE r>" + xml).id)
        self.assertEqual("", said(compiled(id="id", parse="json"), 200, "id=5").id)

    def test_reasons_are_one_line(self) -> None:
        """As they are kept and logged."""
        reason = said(self.READ, 400, '{"error": "a\\r\\nb\\u0000\\ud800 ' + "x" * 5_000 + '"}').reason
        self.assertEqual(1, len(reason.splitlines()))
        self.assertLess(len(reason), 300)

    @settings(max_examples=400, deadline=None)
    @given(
        OCTETS, st.integers(100, 599), st.text(), st.sampled_from(["json", "form", "xml", "text", "multipart", None])
    )
    def test_any_answer(self, body: bytes, status: int, header: str, parse: str | None) -> None:
        """It means something, whatever it is."""
        read = compiled(id="a.b or a or #", reason="$body", ok="a", parse=parse, case=CASES)
        for headers in ({"content-type": header}, {"retry-after": header, "x-busy": header}):
            found = read.read(Answered(status=status, headers=headers, body=body), {})
            self.assertIn(found.verdict, Verdict)
            self.assertTrue(0.0 <= found.after <= 3600.0)

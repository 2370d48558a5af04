"""Courier's templates: each request to the octet, as measured of courier (facts by number are those of its cases)."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.profiles.external import BODIES, External, variables
from chanserv.profiles.requests import Request
from chanserv.profiles.trees import fields, tree

UUID = "8eb23e93-5ecb-45ba-b726-3b064e0c0101"
HARD = 'Hi & "you" <b> é☺\nline2'
JSON = (
    '{"id":{{id}},"text":{{text}},"to":{{to}},"to_no_plus":{{to_no_plus}},"from":{{from}},'
    '"from_no_plus":{{from_no_plus}},"channel":{{channel}},"session_status":{{session_status}},'
    '"quick_replies":{{quick_replies}}}'
)


def external(**more: Any) -> External:
    known: dict[str, Any] = {
        "method": "POST", "url": f"http://example.com/send/{UUID}", "type": "urlencoded",
        "body": BODIES["urlencoded"], "headers": {}, "channel": UUID,
    }  # fmt: skip
    return External(**{**known, **more})


def part(**more: Any) -> dict[str, Any]:
    known = {
        "id": "1001", "text": HARD, "to": "+250788383383", "from": "+250788000111", "reply": False, "cfg": {},
    }  # fmt: skip
    return {**known, **more}


class GoldenTests(SynchronousTestCase):
    """What courier sends, but for quick replies, which no text here has."""

    def test_json(self) -> None:
        """1: every variable, a string with its quotes each; the URL's are percent-encoded whatever the type."""
        one = external(
            url="http://example.com/send/{{channel}}?to={{to}}", type="json", body=JSON, authorization="Token sekrit"
        )
        request = one.request(part(reply=True))
        self.assertEqual("POST", request.method)
        self.assertEqual((f"http://example.com/send/{UUID}?to=%2B250788383383",), request.urls)
        self.assertEqual({"Content-Type": "application/json", "Authorization": "Token sekrit"}, dict(request.headers))
        self.assertEqual(
            '{"id":"1001","text":"Hi \\u0026 \\"you\\" \\u003cb\\u003e é☺\\nline2","to":"+250788383383",'
            '"to_no_plus":"250788383383","from":"+250788000111","from_no_plus":"250788000111",'
            f'"channel":"{UUID}","session_status":"W","quick_replies":[]}}',
            request.body.decode(),
        )

    def test_form(self) -> None:
        """3 and 4: blanks as +, the rest as UTF-8 in percent; where nothing is told, all there is."""
        request = external().request(part(text="☺ ção & co"))
        self.assertEqual((("Content-Type", "application/x-www-form-urlencoded"),), request.headers)
        self.assertEqual(
            "id=1001&text=%E2%98%BA+%C3%A7%C3%A3o+%26+co&to=%2B250788383383&to_no_plus=250788383383"
            f"&from=%2B250788000111&from_no_plus=250788000111&channel={UUID}",
            request.body.decode(),
        )

    def test_xml(self) -> None:
        """5: entities, by PUT, with a header that is a template itself."""
        one = external(
            method="PUT",
            type="xml",
            body="<msg><to>{{to}}</to><text>{{text}}</text><qr>{{quick_replies}}</qr></msg>",
            headers={"X-Key": "{{key}}"},
        )
        request = one.request(part(text='a<b>&"c"\'\n\0', cfg={"key": "k1"}))
        self.assertEqual(
            ("PUT", (("X-Key", "k1"), ("Content-Type", "text/xml; charset=utf-8"))), (request.method, request.headers)
        )
        self.assertEqual(
            "<msg><to>+250788383383</to><text>a&lt;b&gt;&amp;&#34;c&#34;&#39;&#xA;\ufffd</text><qr></qr></msg>",
            request.body.decode(),
        )

    def test_get(self) -> None:
        """6: the query has it all, national numbers, no body; a blank in a path is no +."""
        url = "http://example.com/g/{{text}}?from={{from}}&text={{text}}&to={{to}}&id={{id}}{{quick_replies}}"
        one = external(method="GET", url=url, country="RW")
        request = one.request(part(text="hello world+plus", **{"from": "2020"}))
        self.assertEqual(
            ("http://example.com/g/hello%20world%2Bplus?from=2020&text=hello+world%2Bplus&to=788383383&id=1001",),
            request.urls,
        )
        self.assertEqual(("GET", b""), (request.method, request.body))

    def test_any_other_type_is_the_header_itself(self) -> None:
        """And nothing is escaped."""
        request = external(type="text/x-sms", body="{{text}}!").request(part())
        self.assertEqual(((("Content-Type", "text/x-sms"),), HARD + "!"), (request.headers, request.body.decode()))

    def test_headers_go_before_the_authorization(self) -> None:
        """Whatever their case, as courier's do."""
        one = external(authorization="Token a", headers={"authorization": "Token b", "content-type": "text/csv"})
        self.assertEqual({"authorization": "Token b", "content-type": "text/csv"}, dict(one.request(part()).headers))

    def test_the_two_usual_bodies_say_the_same(self) -> None:
        """JSON's is JSON, whatever the text."""
        form = external().request(part())
        json = external(type="json", body=BODIES["json"]).request(part())
        self.assertEqual(fields(form.body.decode()), tree("json", json.body))

    def test_a_text_chooses_no_other_path(self) -> None:
        """A step that leads up cannot be escaped; whatever else it holds is one step."""
        one = external(method="GET", url="http://example.com/send/{{text}}/{{to}}?t={{text}}")
        for text in ("..", "."):
            self.assertRaises(BadField, one.request, part(text=text))
        [url] = one.request(part(text="../x", to="1")).urls
        self.assertEqual("http://example.com/send/..%2Fx/1?t=..%2Fx", url)
        [url] = external(method="GET", url="http://example.com/?t={{text}}").request(part(text="..")).urls
        self.assertEqual("http://example.com/?t=..", url)

    def test_a_header_stays_one_line(self) -> None:
        """A text with a line break in a header is refused, not sent as two."""
        with self.assertRaises(BadField):
            external(headers={"X-Text": "{{text}}"}).request(part())

    def test_variables_are_found(self) -> None:
        """Those in double braces, and no others."""
        self.assertEqual({"a", "b_c"}, variables("{{a}}{x}{{ d }}{{{b_c}}}{{a}}"))


class SinglePassTests(SynchronousTestCase):
    """What is put in is never read again, which courier does."""

    @settings(deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["my {{to}} and {{id}}", "{{key}}"]))
    def test_a_text_goes_out_as_it_is(self, words: str) -> None:
        """In every type, whatever it holds."""
        given = part(text=words, cfg={"key": "secret"})
        form = external().request(given)
        json = external(type="json", body=JSON).request(given)
        query = external(method="GET", url="http://h/?t={{text}}&k={{key}}", body="").request(given)
        raw = external(type="text/plain", body="{{text}}").request(given)
        self.assertEqual(words, fields(form.body.decode())["text"])
        self.assertEqual(words, tree("json", json.body)["text"])
        self.assertEqual({"t": words, "k": "secret"}, fields(_query(query)))
        self.assertEqual(words, raw.body.decode())

    @settings(deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
    def test_a_text_stays_within_its_element(self, words: str) -> None:
        """XML, with all characters that it can say."""
        found = tree("xml", external(type="xml", body="<t>|{{text}}|</t>").request(part(text=words)).body)
        said = "".join(char if char not in "\ufffe\uffff" else "\ufffd" for char in words)
        self.assertEqual({"t": f"|{said}|"}, found)


def _query(request: Request) -> str:
    return request.urls[0].partition("?")[2]

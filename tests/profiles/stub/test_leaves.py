"""Bodies as single values: each is found by its place, and another is put there without touching the rest."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.stub.leaves import pairs, sheet, written

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
PARTS = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--B\r\nX: y; name="b"\r\n\r\ntwo\r\n--B--\r\n'


class LeafTests(SynchronousTestCase):
    def test_the_path_and_the_query(self) -> None:
        """Segments are counted from the end, since something may stand in front; names may come twice."""
        page = sheet("http://x.example/proxy/v1/a%20b?q=%E9&q=2&r=a+b", b"", {})
        self.assertEqual(
            {
                ("path", 1): b"a b",
                ("path", 2): b"v1",
                ("path", 3): b"proxy",
                ("query", "q", 0): b"\xe9",
                ("query", "q", 1): b"2",
                ("query", "r", 0): b"a b",
            },
            page.leaves(),
        )
        self.assertEqual("q=%E9&q=3&r=a+b", written(page.put(("query", "q", 1), b"3").query))

    def test_a_form(self) -> None:
        """Values are octets: whatever charset they are in, they stay it."""
        page = sheet("", b"text=%E9t%E9&id=1", FORM)
        self.assertEqual({("form", "text", 0): b"\xe9t\xe9", ("form", "id", 0): b"1"}, page.leaves())
        self.assertEqual(b"text=%E9t%E9&id=7%26", page.put(("form", "id", 0), b"7&").body())

    def test_json(self) -> None:
        """A number stays a number if it can; what is neither text nor number is no value."""
        page = sheet("", b'{"a": [{"id": 12, "text": "Hi"}], "ok": true, "none": null}', JSON)
        self.assertEqual({("json", "a", 0, "id"): b"12", ("json", "a", 0, "text"): b"Hi"}, page.leaves())
        for new, wanted in ((b"34", 34), (b"x9", "x9")):
            changed = json.loads(page.put(("json", "a", 0, "id"), new).body())
            self.assertEqual({"a": [{"id": wanted, "text": "Hi"}], "ok": True, "none": None}, changed)
        self.assertEqual(b"12", page.leaves()["json", "a", 0, "id"], "the sheet itself is as it was")

    def test_xml(self) -> None:
        """Texts of elements and attributes, without their entities; tags are no values."""
        page = sheet("", b'<r a="x"><id>1</id><t>a &amp; b</t></r>', {"content-type": "text/xml"})
        self.assertEqual({("xml", 0): b"x", ("xml", 1): b"1", ("xml", 2): b"a & b"}, page.leaves())
        self.assertEqual(b'<r a="x"><id>1</id><t>&lt;id&gt;</t></r>', page.put(("xml", 2), b"<id>").body())

    def test_multipart_and_text(self) -> None:
        """What stands between the boundaries; of a plain text, all of it."""
        page = sheet("", PARTS, {"content-type": "multipart/form-data; boundary=B"})
        self.assertEqual([b"one", b"two"], list(page.leaves().values()))
        self.assertEqual(PARTS.replace(b"two", b"2"), page.put(("multipart", 1), b"2").body())
        self.assertEqual({("text", 0): b"0: ok"}, sheet("", b"0: ok", {}).leaves())

    def test_what_is_not_json_is_a_text(self) -> None:
        """Whatever it says it is."""
        self.assertEqual({("text", 0): b"{"}, sheet("", b"{", JSON).leaves())

    def test_pairs_come_back_as_they_were(self) -> None:
        """In any octets."""
        for text in ("a=1&b=%00%FF&c=", "a=x+y%2Bz"):
            self.assertEqual(text, written(pairs(text)))

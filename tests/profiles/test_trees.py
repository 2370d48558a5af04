"""Bodies of HTTP become one kind of tree; what is none is told, whatever its octets."""

from __future__ import annotations

import contextlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.profiles.trees import DEEPEST, MOST_FIELDS, Tree, fields, sniff, tree

KINDS = ("json", "form", "multipart", "xml", "text")
MULTIPART = "multipart/form-data; boundary=b"


def part(name: str, value: str, end: str = "\r\n") -> str:
    return f'--b{end}Content-Disposition: form-data; name="{name}"{end}{end}{value}{end}'


class SniffTests(SynchronousTestCase):
    def test_kinds(self) -> None:
        """By the Content-Type; by the first octet where that says nothing."""
        cases = [
            ("application/json", b"<", "json"),
            ("Application/JSON; charset=utf-8", b"", "json"),
            ("application/problem+json", b"", "json"),
            ("application/soap+xml; action=x", b"", "xml"),
            ("text/xml", b"", "xml"),
            ("application/x-www-form-urlencoded", b"{", "form"),
            (MULTIPART, b"", "multipart"),
            ("text/plain", b" \r\n{", "json"),
            ("text/html", b"[1]", "json"),
            ("text/html", b"\xef\xbb\xbf{}", "json"),
            ("", b"\n<a/>", "xml"),
            ("", b"OK", "text"),
            ("", b"", "text"),
            ("nonsense;;;", b"a=1", "text"),
        ]
        for content_type, body, expected in cases:
            self.assertEqual(expected, sniff(content_type, body), (content_type, body))


class ReadingTests(SynchronousTestCase):
    """What each kind becomes."""

    def test_json(self) -> None:
        """As it is, with or without a byte order mark; a number no float can hold is nothing."""
        cases: list[tuple[bytes, Tree]] = [
            (b'{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
            (b'\xef\xbb\xbf{"a": "\xc3\xa9"}', {"a": "é"}),
            (b'"x"', "x"),
            (b'{"a": 1, "a": 2}', {"a": 2}),
            (b'{"a": 1e999, "b": -1e999, "c": 1e3}', {"a": None, "b": None, "c": 1000.0}),
        ]
        for body, expected in cases:
            self.assertEqual(expected, tree("json", body), body)

    def test_no_json(self) -> None:
        """NaN and Infinity are Python's (RFC 8259, 6), and so are numbers of 5 000 digits."""
        for body in (b"", b"{", b"NaN", b"[-Infinity]", b"\xff", b"{'a': 1}", b"1" * 5_000, b'{"a": 1} x'):
            self.assertRaises(BadField, tree, "json", body)

    def test_depth(self) -> None:
        """Nothing is nested so deeply that what walks through it could fail."""
        for around in (b"[%b]", b'{"a":%b}', b'[{"a":%b}]'):
            body = b"1"
            for _ in range(DEEPEST // around.count(b"%b") // (2 if b"[{" in around else 1)):
                body = around % body
            self.assertIsNotNone(tree("json", body))
            for _ in range(2):
                body = around % body
            self.assertRaises(BadField, tree, "json", body)
        for count in (900, 100_000):
            self.assertRaises(BadField, tree, "json", b"[" * count + b"]" * count)
        self.assertIsNotNone(tree("xml", b"<a>" * (DEEPEST - 1) + b"</a>" * (DEEPEST - 1)))
        self.assertRaises(BadField, tree, "xml", b"<a>" * 100_000)

    def test_form(self) -> None:
        """Names that come again are lists; empty values stay; + is a space; broken escapes are text."""
        cases: list[tuple[bytes, Tree]] = [
            (b"a=1&b=2&a=3", {"a": ["1", "3"], "b": "2"}),
            (b"a=&b", {"a": "", "b": ""}),
            (b"text=a+b%20c%2B", {"text": "a b c+"}),
            (b"a=%zz%", {"a": "%zz%"}),
            (b"a=1;b=2", {"a": "1;b=2"}),
            (b"a=x=y", {"a": "x=y"}),
            (b"a=%C3%A9%FF", {"a": "é�"}),
            (b"", {}),
        ]
        for body, expected in cases:
            self.assertEqual(expected, tree("form", body), body)

    def test_octets_of_a_form_that_are_not_escaped(self) -> None:
        """They are of its charset as well (URL Standard, 5.1)."""
        self.assertEqual({"té": "é☺"}, tree("form", "té=é☺".encode()))
        self.assertEqual({"a": "é"}, tree("form", b"a=\xe9", "latin-1"))
        self.assertEqual({"a": "é☺"}, tree("form", b"a=\xc3\xa9%E2%98%BA"))
        self.assertEqual({"a": "é"}, fields("a=\xc3\xa9"))  # a query, as octets arrive in a str
        self.assertEqual({"a": "☺"}, fields("a=☺"))

    def test_charsets(self) -> None:
        """Of escapes: High Connection writes Latin-1, Kannel UTF-16."""
        self.assertEqual({"a": "é"}, tree("form", b"a=%E9", "latin-1"))
        self.assertEqual({"a": "☺"}, tree("form", b"a=%26%3A", "utf-16-be"))
        self.assertEqual("é", tree("text", b"\xe9", "latin-1"))

    def test_too_many_fields(self) -> None:
        """A thousand, and no more: neither in a form nor in parts."""
        self.assertEqual(MOST_FIELDS, len(tree("form", "&".join(f"{n}=" for n in range(MOST_FIELDS)).encode())))
        self.assertRaises(BadField, tree, "form", b"a=1&" * (MOST_FIELDS + 1))
        self.assertRaises(BadField, fields, "&" * 65_536)
        many = "".join(part(str(n), "") for n in range(MOST_FIELDS + 1)) + "--b--"
        self.assertRaises(BadField, tree, "multipart", many.encode(), "utf-8", MULTIPART)

    def test_xml(self) -> None:
        """Children by name, attributes as @name, text as #, or alone; prefixes say nothing."""
        cases: list[tuple[bytes, Tree]] = [
            (b"<a><b>1</b><c>2</c></a>", {"a": {"b": "1", "c": "2", "#": ""}}),
            (b"<a><b>1</b><b>2</b><b>3</b></a>", {"a": {"b": ["1", "2", "3"], "#": ""}}),
            (b"<a x='1'> t </a>", {"a": {"@x": "1", "#": "t"}}),
            (b"<s:a xmlns:s='u'><s:b>1</s:b></s:a>", {"a": {"@s": "u", "b": "1", "#": ""}}),
            (b"<a><![CDATA[<x>]]>&amp;&#9786;</a>", {"a": "<x>&☺"}),
            ("<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>".encode("latin-1"), {"a": "é"}),
            ("<a>☺</a>".encode("utf-16"), {"a": "☺"}),
            (b"<a/>", {"a": ""}),
        ]
        for body, expected in cases:
            self.assertEqual(expected, tree("xml", body), body)

    def test_no_xml(self) -> None:
        """Broken, in a charset nobody knows, or with a name that is not declared."""
        bodies = (
            b"", b"<a>", b"<a></b>", b"<a/><b/>", b"<a>\0</a>", b"<a x=1/>", b"<a>&nbsp;</a>", b"\xff\xfe<", b"OK",
            b"<?xml version='1.0' encoding='nonsense'?><a/>", b"<?xml version='1.0' encoding='idna'?><a>\xff</a>",
            b"<?xml version='1.0' encoding='base64'?><a/>", b"<?xml version='1.0' encoding='undefined'?><a/>",
        )  # fmt: skip
        for body in bodies:
            self.assertRaises(BadField, tree, "xml", body)

    def test_document_type(self) -> None:
        """None is read, in whatever octets it comes: no file, no bomb of entities."""
        lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        for inner in ("<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
                      '<!DOCTYPE a SYSTEM "http://127.0.0.1/">', f'<!DOCTYPE a [<!ENTITY l0 "l">{lol}]>'):  # fmt: skip
            for charset in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
                head = "\ufeff" if charset in ("utf-16-le", "utf-16-be") else ""
                for declared in ("", f'<?xml version="1.0" encoding="{charset.removesuffix("-sig")}"?>'):
                    body = f"{head}{declared}{inner}<a>&x;</a>".encode(charset)
                    self.assertRaises(BadField, tree, "xml", body)


class MultipartTests(SynchronousTestCase):
    """RFC 7578, read in one pass."""

    def read(self, body: str | bytes, content_type: str = MULTIPART) -> Tree:
        return tree("multipart", body if isinstance(body, bytes) else body.encode(), "utf-8", content_type)

    def test_fields(self) -> None:
        """Values with line breaks, names that come again, files, other headers, any case."""
        body = (
            "preamble\r\n" + part("a", "1") + part("a", "é\r\n--c\r\n") + part("b", "")
            + '--b \r\nX-Y: z\r\ncontent-DISPOSITION: form-data; FileName="n;ame=x"; Name=c\r\n'
            + "Content-Type: text/plain; charset=utf-8\r\n\r\nfile\r\n--b--\r\n" + part("d", "epilogue")
        )  # fmt: skip
        self.assertEqual({"a": ["1", "é\r\n--c\r\n"], "b": "", "c": "file"}, self.read(body))

    def test_what_senders_get_wrong(self) -> None:
        """Bare line feeds, no last boundary, a boundary in quotes, an escaped quote in a name."""
        self.assertEqual({"a": "1", "b": "2"}, self.read(part("a", "1", "\n") + part("b", "2", "\n") + "--b--"))
        self.assertEqual({"a": "1", "b": "2"}, self.read(part("a", "1") + part("b", "2").removesuffix("\r\n")))
        self.assertEqual(
            {"a": "1"}, self.read(part("a", "1") + "--b--", 'Multipart/Form-Data; charset=x; BOUNDARY="b"')
        )
        self.assertEqual({'a"b': "1"}, self.read(part('a\\"b', "1") + "--b--"))

    def test_boundaries_are_lines(self) -> None:
        """What only begins like one is text."""
        self.assertEqual({"a": "x --b y\r\n--bb\r\n"}, self.read(part("a", "x --b y\r\n--bb\r\n") + "--b--"))
        self.assertEqual({"b": "1"}, self.read("--b\r\n" + part("b", "1") + "--b--"))

    def test_none(self) -> None:
        """No boundary, no part, no name: that is no form."""
        for body, content_type in (
            (part("a", "1"), "multipart/form-data"),
            (part("a", "1"), "multipart/form-data; boundary="),
            (part("a", "1"), "multipart/form-data; boundary=other"),
            ("", MULTIPART),
            ("--b--", MULTIPART),
            ("--b\r\n\r\nx\r\n--b--", MULTIPART),
            ("--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", MULTIPART),
            ('--b\r\nContent-Disposition: form-data; name="a"', MULTIPART),
        ):
            self.assertRaises(BadField, self.read, body, content_type)

    def test_parts_have_no_parts(self) -> None:
        """What is nested is the text of a field, however deep."""
        inner = "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--"
        head = '--b\r\nContent-Disposition: form-data; name="a"\r\n'
        self.assertEqual({"a": "--c\r\n\r\nx\r\n--c--"}, self.read(f"{head}{inner}\r\n--b--"))

    def test_hostile_headers(self) -> None:
        """Read once from left to right: 64 KiB of what a parser could choke on are as quick as any other."""
        for name in (b";" * 65_000, b'"' * 65_000, b"\\" * 65_000, b";a=" * 20_000, b'";a="' * 13_000, b" " * 65_000):
            body = b'--b\r\nContent-Disposition: form-data; name="' + name + b"\r\n\r\nx\r\n--b--"
            with contextlib.suppress(BadField):
                self.read(body)


OCTETS = st.one_of(
    st.binary(max_size=300),
    st.text(alphabet='{}[]<>&;=%+"\'\\:,/!?-#@ \r\n\t\0abc019eé☺\ud800', max_size=200).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    ),
    st.lists(st.sampled_from([b"--b", b"\r\n", b"\n", b"--", b"Content-Disposition: ", b'name="a"', b";", b"x"])).map(
        b"".join
    ),
    st.lists(st.sampled_from([b"<a", b">", b"</a>", b"<a>", b" x='1'", b"<![CDATA[", b"]]>", b"<!DOCTYPE a", b"&#0;",
                              b"&a;", b"<?xml version='1.0' encoding='", b"utf-16", b"'?>", b"<!--", b"-->"])).map(
        b"".join
    ),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def plain(value: Tree) -> bool:
    """Is this a tree: tables, lists and scalars?"""
    match value:
        case dict():
            return all(isinstance(key, str) and plain(inner) for key, inner in value.items())
        case list():
            return all(map(plain, value))
        case _:
            return value is None or isinstance(value, str | int | float | bool)


class AnyOctetsTests(SynchronousTestCase):
    @settings(max_examples=400, deadline=None)
    @given(OCTETS, st.sampled_from(KINDS), st.sampled_from(["utf-8", "latin-1", "utf-16-be", "ascii"]), st.text())
    def test_a_tree_or_a_fault(self, body: bytes, kind: str, charset: str, content_type: str) -> None:
        """Nothing else comes out, whatever goes in."""
        for given_as in (content_type, MULTIPART):
            with contextlib.suppress(BadField):
                self.assertTrue(plain(tree(kind, body, charset, given_as)))
        self.assertIn(sniff(content_type, body), KINDS)

    @settings(deadline=None)
    @given(JSON)
    def test_json_comes_back(self, value: Tree) -> None:
        """As it was, in either way of writing it; lone surrogates are what JSON may hold."""
        self.assertEqual(value, tree("json", json.dumps(value).encode()))

    @settings(deadline=None)
    @given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.text(st.characters(codec="utf-8"))))
    def test_parts_come_back(self, values: dict[str, str]) -> None:
        """A text is what it was, whatever line breaks it has; one that holds the boundary is nobody's."""
        sound = {name: value for name, value in values.items() if "--b" not in value}
        if sound:
            body = "".join(part(name, value) for name, value in sound.items()) + "--b--\r\n"
            self.assertEqual(sound, tree("multipart", body.encode(), "utf-8", MULTIPART))

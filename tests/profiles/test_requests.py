"""Requests as values: what is put in comes out when the octets are read by somebody else."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.profiles import requests
from chanserv.profiles.trees import Tree, fields
from tests.profiles.test_trees import JSON


class FormTests(SynchronousTestCase):
    def test_forms(self) -> None:
        """Lists are their name again, octets stay octets, everything else is a text; of a query, %20 is a space."""
        cases: list[tuple[dict[str, Any], str, str]] = [
            ({}, "", ""),
            ({"a": "b c", "d": "é&=+%"}, "a=b+c&d=%C3%A9%26%3D%2B%25", "a=b%20c&d=%C3%A9%26%3D%2B%25"),
            ({"a": ["1", 2, True]}, "a=1&a=2&a=true", "a=1&a=2&a=true"),
            ({"a": [], "b": None, "c": ""}, "b=&c=", "b=&c="),
            ({"t": b"\x26\x3a\x00/"}, "t=%26%3A%00%2F", "t=%26%3A%00%2F"),
            ({"a b&": "1"}, "a%20b%26=1", "a%20b%26=1"),
            ({"x": {"y": "é"}}, "x=%7B%22y%22%3A%22%C3%A9%22%7D", "x=%7B%22y%22%3A%22%C3%A9%22%7D"),
        ]
        for entries, written, query in cases:
            self.assertEqual((written, query), (requests.form(entries), requests.form(entries, space="%20")))

    @settings(deadline=None)
    @given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
    def test_they_come_back(self, entries: dict[str, str]) -> None:
        """By the standard library's reading, and by ours, in either writing of a space."""
        for space in ("+", "%20"):
            written = requests.form(entries, space)
            self.assertEqual(list(entries.items()), parse_qsl(written, keep_blank_values=True))
            self.assertEqual(entries, fields(written))


class BodyTests(SynchronousTestCase):
    def test_bodies(self) -> None:
        """JSON without spaces, in UTF-8; texts and octets as they are."""
        self.assertEqual(
            '{"a":["é☺",1,true,null,"x"]}'.encode(), requests.body("json", {"a": ["é☺", 1, True, None, b"x"]})
        )
        self.assertEqual(b'"?"', requests.body("json", "\ud800"))
        self.assertEqual(b"\xff", requests.body("body", b"\xff"))
        self.assertEqual("<é/>".encode(), requests.body("xml", "<é/>"))
        self.assertEqual(b"a=%C3%A9", requests.body("form", {"a": "é"}))

    @settings(deadline=None)
    @given(JSON)
    def test_json_comes_back(self, value: Tree) -> None:
        """As it was."""
        if "\\ud" not in json.dumps(value):
            self.assertEqual(value, json.loads(requests.body("json", value)))


class HeaderTests(SynchronousTestCase):
    def test_a_header_is_one_line(self) -> None:
        """Nothing that ends a line, or that no header may have (RFC 9110, 5.5), in whatever value it comes."""
        for value in (
            "a\r\nB: c",
            "a\nb",
            "a\rb",
            "a\0b",
            "a\x0bb",
            "a\x1bb",
            "a\x7fb",
            b"a\r\nb",
            "a\x85b",
            "a\u2028b",
        ):
            self.assertRaises(BadField, requests.header, "X", value)

    def test_values(self) -> None:
        """Texts of anything, without space around them, that can be written as UTF-8."""
        cases: list[tuple[Tree, str]] = [
            ("a", "a"), (" a\tb ", "a\tb"), ("a\r\n", "a"), (5, "5"), (True, "true"), (None, ""), ("é☺", "é☺"),
            ("\ud800", "?"),
        ]  # fmt: skip
        for value, expected in cases:
            self.assertEqual(("X", expected), requests.header("X", value))

    @settings(deadline=None)
    @given(st.text())
    def test_any_text(self, value: str) -> None:
        """One line, or a fault."""
        try:
            _, written = requests.header("X", value)
        except BadField:
            return
        self.assertEqual(1, len(written.encode().splitlines() or [b""]))


class UrlTests(SynchronousTestCase):
    def test_with_query(self) -> None:
        """Behind a query that is there already; before a fragment nobody sends."""
        for url, query, expected in (
            ("https://x/y", "a=1", "https://x/y?a=1"),
            ("https://x/y?b=2", "a=1", "https://x/y?b=2&a=1"),
            ("https://x/y?", "a=1", "https://x/y?a=1"),
            ("https://x/y", "", "https://x/y"),
        ):
            self.assertEqual(expected, requests.with_query(url, query))

    def test_target(self) -> None:
        """What signatures are over: the port is the scheme's where none is written."""
        for url, uri, host, port in (
            ("https://api.example/v2/sms?a=%20", "/v2/sms?a=%20", "api.example", "443"),
            ("http://API.example", "/", "api.example", "80"),
            ("http://u:p@x:8080/", "/", "x", "8080"),
            ("https://[::1]:8443/a", "/a", "::1", "8443"),
        ):
            self.assertEqual({"uri": uri, "host": host, "port": port}, requests.target(url))

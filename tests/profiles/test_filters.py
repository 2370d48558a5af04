"""What may be done to a value: a closed list, each with what it makes of everything."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.arguments import ARGUMENTS
from chanserv.profiles.expressions import Names, Scope, compiled
from chanserv.profiles.filters import FILTERS, SEARCHED, empty, octets, short, text
from chanserv.profiles.trees import Tree
from tests.profiles.test_trees import JSON

HI = "Hi ☺"
LONG_BASE64 = base64.b64encode(b"Good morning, everybody; and a good day it is, or so they say").decode()


def through(value: Tree, filters: str) -> Tree:
    """`value` through what stands behind the first |."""
    return compiled(f"value|{filters}", Names({"value": None, "other": None}))(Scope({"value": value, "other": "O"}))


class TextTests(SynchronousTestCase):
    def test_as_a_text(self) -> None:
        """Nothing is empty, truth as in JSON, whole numbers without a point, tables as JSON."""
        cases: list[tuple[Tree, str]] = [
            (None, ""), ("x", "x"), (True, "true"), (False, "false"), (0, "0"), (12.0, "12"), (1.5, "1.5"),
            (1e300, "1e+300"), (b"\xc3\xa9\xff", "é�"), ({"a": [1, "é"]}, '{"a":[1,"é"]}'),
            ([], "[]"), ({"a": b"x"}, '{"a":"x"}'),
            (float(2**53), str(float(2**53))), (-3.0, "-3"),
        ]  # fmt: skip
        for value, expected in cases:
            self.assertEqual(expected, text(value), value)

    def test_as_octets(self) -> None:
        """UTF-8; what it lacks is a question mark."""
        for value, expected in ((b"\xff", b"\xff"), ("é", b"\xc3\xa9"), ("\ud800", b"?"), (None, b""), (5, b"5")):
            self.assertEqual(expected, octets(value))

    def test_empty(self) -> None:
        """0 and false are something."""
        nothing: tuple[Tree, ...] = (None, "", b"", [], {})
        something: tuple[Tree, ...] = (0, False, 0.0, " ", b"\0", [None], {"a": None})
        for value in nothing:
            self.assertTrue(empty(value), value)
        for value in something:
            self.assertFalse(empty(value), value)

    def test_short(self) -> None:
        """An id or an address: one of 256 characters, without what no store can hold; a table is none."""
        cases: list[tuple[Tree, str]] = [
            ("  x\0y \n", "xy"), ("\ud800", "�"), (5, "5"), ("x" * 300, "x" * 256),
            ({"a": 1}, ""), ([1], ""), (None, ""),
        ]  # fmt: skip
        for value, expected in cases:
            self.assertEqual(expected, short(value), value)


class FilterTests(SynchronousTestCase):
    """Every filter; a name that no case names is one without a test."""

    CASES: list[tuple[str, Tree, Tree]] = [
        ("noplus", "+250788", "250788"),
        ("noplus", "250788", "250788"),
        ("noplus", None, ""),
        ("plus", "250788123123", "+250788123123"),
        ("plus", " +250 788-123123 ", "+250788123123"),
        ("plus", "00250788123123", "+250788123123"),
        ("plus", "0788123123", "0788123123"),
        ("plus", "+0788123123", "0788123123"),
        ("plus", "2020", "2020"),
        ("plus", "INFO", "INFO"),
        ("plus", 250788123123, "+250788123123"),
        ("plus", None, ""),
        ("digits", "+250 788-x", "250788"),
        ("national:'RW'", "+250788123123", "788123123"),
        ("national:'rw'", "0788123123", "788123123"),
        ("national:'SO'", "+252612345678", "612345678"),
        ("national:'RW'", "+5582999489287", "5582999489287"),
        ("national:'XX'", "0788", "0788"),
        ("national:'US'", "1" * 300, "1" * 300),
        ("national:other", "INFO", ""),
        ("text", 5, "5"),
        ("upper", "aé", "AÉ"),
        ("lower", "AÉ", "aé"),
        ("trim", " \r\na ", "a"),
        ("plain", "“Hi…” – now", '"Hi..." - now'),
        ("cut:2", "abc", "ab"),
        ("cut:2", b"abc", b"ab"),
        ("cut:1", [1, 2], [1]),
        ("cut:0", "abc", ""),
        ("cut:99", None, ""),
        ("drop:1", "abc", "bc"),
        ("drop:1", b"abc", b"bc"),
        ("drop:9", "abc", ""),
        ("before:','", "a,b,c", "a"),
        ("before:','", "abc", "abc"),
        ("after:','", "a,b,c", "b,c"),
        ("after:','", "abc", "abc"),
        ("without:'Bearer '", "Bearer x", "x"),
        ("without:'Bearer '", "bearer x", "x"),
        ("without:'Bearer '", "Basic x", "Basic x"),
        ("without:other", "o O", " O"),
        ("without:other", None, ""),
        ("append:other", "x", "xO"),
        ("append:'é'", None, "é"),
        ("is_gsm7", "Hi €", True),
        ("is_gsm7", HI, False),
        ("e164:'rw'", "0788123123", "+250788123123"),
        ("e164:'XX'", "0788123123", "0788123123"),
        ("e164:'RW'", None, ""),
        ("replace:'+','%20'", "a+b+c", "a%20b%20c"),
        (r"re:'id=(\d+)'", "ok id=17 id=18", "17"),
        (r"re:'\d+'", "ok 17", "17"),
        (r"re:'^x'", "ok", None),
        (r"re:'(a)|b'", "b", None),
        ("length", HI, 4),
        ("length", HI.encode(), 6),
        ("length", [1, 2], 2),
        ("length", None, 0),
        ("every:'a'", [{"a": 1}, {"b": 2}, {"A": 3}, "x"], [1, 3]),
        ("every:'a.b'", [{"a": {"b": "x"}}, {"a": [{"b": "y"}]}], ["x", "y"]),
        ("every:'a'", {"a": 1}, [1]),
        ("every:'a'", None, []),
        ("else:'x'", "", "x"),
        ("else:other", None, "O"),
        ("else:'x'", 0, 0),
        ("int", " 42 ", 42),
        ("int", 4.0, 4),
        ("int", "4.5", None),
        ("int", "x", None),
        ("int", None, None),
        ("int", "9" * 41, None),
        ("number", "4.5", 4.5),
        ("number", "nan", None),
        ("number", "-inf", None),
        ("number", "1e999", None),
        ("number", "1" * 50, None),
        ("bool", "True", True),
        ("bool", 1, True),
        ("bool", "yes", True),
        ("bool", "no", False),
        ("bool", None, False),
        ("json", {"a": ["é", True, None]}, '{"a":["é",true,null]}'),
        ("json", 'a"b', '"a\\"b"'),
        ("unjson", '{"a":[1]}', {"a": [1]}),
        ("unjson", "{", None),
        ("unjson", "[" * 100, None),
        ("unjson", "NaN", None),
        ("unjson", b'"x"', "x"),
        ("unjson", None, None),
        ("utf16be", "a☺", b"\x00a\x26\x3a"),
        ("utf16be", "\ud800", b"\x00?"),
        ("gsm7", "a@€Ç☺", b"a\x00\x1be\x09?"),
        ("decode:'gsm7'", b"a\x00\x1be\xff", "a@€�"),
        ("decode:'latin-1'", b"\xe9", "é"),
        ("decode:'utf-16-be'", b"\x26\x3a\xd8", "☺�"),
        ("hex", "a☺", "61e298ba"),
        ("unhex", "61 E298ba", "a☺".encode()),
        ("unhex", "6", None),
        ("unhex", "zz", None),
        ("base64", "Hi>?", "SGk+Pw=="),
        ("base64url", "Hi>?", "SGk-Pw=="),
        ("unbase64", "SGk+Pw==", b"Hi>?"),
        ("unbase64", "SGk-Pw==", b"Hi>?"),
        ("unbase64", "SGk", None),
        ("unbase64", "é", b""),
        ("maybe_base64", LONG_BASE64, base64.b64decode(LONG_BASE64).decode()),
        ("maybe_base64", "SGVsbG8=", "SGVsbG8="),
        ("maybe_base64", "x" * 64, "x" * 64),
        ("maybe_base64", "x" * 63 + "é", "x" * 63 + "é"),
        ("url", "a b/?#@&é", "a%20b%2F%3F%23%40%26%C3%A9"),
        ("unurl", "a%20b%C3%A9+", b"a b\xc3\xa9+"),
        ("unurl", "%zz\ud800", b"%zz?"),
        ("unurl|decode:'utf-16-be'", "%26%3A", "☺"),
        # RFC 1321, A.5; FIPS 180-2, A and B: "abc"
        ("md5|hex", "abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1|hex", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256|hex", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha384|hex|cut:16", "abc", "cb00753f45a35e8b"),
        ("sha512|hex|cut:16", "abc", "ddaf35a193617aba"),
        # RFC 2202, 2 and 3, case 2; RFC 4231, 4.3
        ("hmac:'md5','Jefe'|hex", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"),
        ("hmac:'sha1','Jefe'|hex", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("hmac:'sha256','Jefe'|hex", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("hmac:'sha512','Jefe'|hex|cut:16", "what do ya want for nothing?", "164b7a7bfcf819e2"),
        ("date:'iso'", "2023-11-14T22:13:20Z", 1_700_000_000.0),
        ("date:'%Y%m%d%H%M%S','Africa/Kigali'", "20231115001320", 1_700_000_000.0),
        ("strftime:'%Y%m%d%H%M%S'", 1_700_000_000, "20231114221320"),
        ("strftime:'iso','Africa/Kigali'", 1_700_000_000, "2023-11-15T00:13:20+02:00"),
    ]  # fmt: skip

    def test_table(self) -> None:
        """Values that are usual, and those a filter can make nothing of."""
        for filters, value, expected in self.CASES:
            found = through(value, filters)
            self.assertEqual((expected, type(expected)), (found, type(found)), (filters, value))

    def test_each_has_a_case(self) -> None:
        """One that is new is tried here."""
        self.assertEqual(
            set(), set(FILTERS) - {word.partition(":")[0] for case in self.CASES for word in case[0].split("|")}
        )

    def test_long_keys(self) -> None:
        """RFC 4231, 4.7: a key longer than a block; its octets need not be text."""
        mac = FILTERS["hmac"].call("Test Using Larger Than Block-Size Key - Hash Key First", "sha256", b"\xaa" * 131)
        self.assertEqual("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", mac.hex())
        self.assertEqual(hashlib.md5(b"").digest(), FILTERS["md5"].call(None))

    def test_where_a_pattern_is_looked_for(self) -> None:
        r"""At the start of a long text: one like (\d+)$ takes time by the square of it."""
        self.assertEqual("b", through("a" * (SEARCHED - 1) + "b", "re:'b'"))
        self.assertIsNone(through("a" * SEARCHED + "b", "re:'b'"))


class ArgumentTests(SynchronousTestCase):
    def test_what_is_none(self) -> None:
        """Told when the profile is read."""
        cases: dict[str, tuple[str, ...]] = {
            "count": ("x", "-1", "", "9" * 5_000),
            "mark": ("",),
            "pattern": ("(",),
            "hash": ("md4", ""),
            "form": ("%Q", "%", "isoo", ""),
            "charset": ("klingon", "base64", "hex", "idna", "punycode", "undefined", "", "a\0b"),
            "zone": ("Africa/Atlantis", "Africa", "", "../../etc/passwd", "/etc/passwd", "a\0b"),
        }
        for kind, written in cases.items():
            for one in written:
                self.assertRaises(ValueError, ARGUMENTS[kind], one)

    def test_what_is_one(self) -> None:
        """What they become."""
        cases: list[tuple[str, str, Tree]] = [
            ("count", "7", 7), ("word", "", ""), ("hash", "sha1", "sha1"),
            ("form", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M"),
            ("form", "ms", "ms"), ("charset", "gsm7", "gsm7"), ("charset", "utf-16-be", "utf-16-be"),
            ("zone", "America/Sao_Paulo", "America/Sao_Paulo"),
        ]  # fmt: skip
        for kind, written, expected in cases:
            self.assertEqual(expected, ARGUMENTS[kind](written))


ANY = st.one_of(
    JSON,
    st.binary(),
    st.floats(),
    st.text(alphabet="0123456789+-.eE_ naif٣²"),
    st.text(alphabet="0123456789abcdefABCDEF+/=-_%{}[]\"'\ud800\0", max_size=120),
    st.integers(min_value=-(10**400), max_value=10**400),
)
SOME: dict[str, Any] = {
    "value": ANY,
    "path": st.sampled_from(["a", "0", "a.0.b", "#"]).map(ARGUMENTS["path"]),
    "count": st.integers(0, 9),
    "mark": st.text(min_size=1, max_size=2),
    "word": st.text(max_size=2),
    "pattern": st.sampled_from([r"(\d+)$", "a|(b)", "^", "(.)\\1"]).map(ARGUMENTS["pattern"]),
    "hash": st.sampled_from(["md5", "sha512"]),
    "form": st.sampled_from(["iso", "s", "ms", "%Y-%m-%d %H:%M:%S", "%d%b%y", "%j", "%Y%U%w", "%I%p", "%z", "%f"]),
    "charset": st.sampled_from(["gsm7", "utf-8", "utf-16-be", "utf-7", "ascii", "unicode_escape"]),
    "zone": st.sampled_from(["UTC", "Africa/Kigali", "America/Sao_Paulo"]),
}


class AnyValueTests(SynchronousTestCase):
    @settings(max_examples=600, deadline=None)
    @given(st.data(), st.sampled_from(sorted(FILTERS)), ANY)
    def test_no_filter_fails(self, data: st.DataObject, name: str, value: Tree) -> None:
        """Whatever a provider, a platform or another filter gives: a value that can stand in a text, or nothing."""
        found = FILTERS[name].call(value, *(data.draw(SOME[kind]) for kind in FILTERS[name].takes))
        text(found), octets(found), empty(found), short(found)

    @settings(deadline=None)
    @given(st.binary())
    def test_there_and_back(self, value: bytes) -> None:
        """What is written in hex, base64 or escapes is read again."""
        for there, back in (("hex", "unhex"), ("base64", "unbase64"), ("base64url", "unbase64"), ("url", "unurl")):
            self.assertEqual(value, through(value, f"{there}|{back}"))

    @settings(deadline=None)
    @given(JSON)
    def test_json_and_back(self, value: Tree) -> None:
        """As it was."""
        self.assertEqual(value, through(value, "json|unjson"))

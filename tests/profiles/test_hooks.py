"""What webhooks tell, as profiles say: one thing, many, or nothing that is understood; a body that is none is told."""

from __future__ import annotations

import contextlib
import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chanserv.errors import BadField
from chanserv.message import Status
from chanserv.profiles.hooks import (
    EARLIEST,
    LATEST,
    LONGEST_TEXT,
    MOST_ITEMS,
    Heard,
    News,
    Told,
    Unclear,
    listen,
)
from chanserv.profiles.requests import FORM, Asked
from chanserv.profiles.shelf import Shelf
from chanserv.toml.faults import Faults
from tests.profiles.helpers import ASKED, HEAD, Shelves

MO = '[[hook]]\nkind = "mo"\nfrom = "from|plus"\nto = "to"\ntext = "text"\nid = "id"\nat = "at|date:\'s\'"\n'
STATUS = (
    '[[hook]]\nkind = "status"\nours = "$query.id"\nid = "sid"\nstatus = "status"\nreason = "error"\nto = "to"\n'
    'map = { sent = ["1", "queued"], delivered = ["10..12"], failed = ["failed", ">20"], ignored = ["x"] }\n'
)


def asked(body: Any = b"", query: str = "", content_type: str = "", **more: Any) -> Asked:
    octets = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = {"content-type": content_type, **more.pop("headers", {})}
    return Asked(body=octets, query=query, headers=headers, **more)


class HookTests(Shelves):
    def news(self, profile: str, request: Asked) -> list[News]:
        [hook] = self.profile(profile).hooks
        return listen([hook], request, {"key": "KEY"})

    def one(self, profile: str, request: Asked) -> Any:
        [news] = self.news(profile, request)
        return news


class HeardTests(HookTests):
    """Texts of handsets."""

    WHOLE = Heard(sender="+250788123123", to="2020", text="Hi ☺", id="7", at=1_700_000_000.0)

    def test_kinds(self) -> None:
        """The same text as a form, in a query, as JSON, XML and parts."""
        parts = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (
                ("from", "250788123123"),
                ("to", "2020"),
                ("text", "Hi ☺"),
                ("id", "7"),
                ("at", "1700000000"),
            )
        )
        pairs = "from=250788123123&to=2020&text=Hi+%E2%98%BA&id=7&at=1700000000"
        tree = {"from": 250788123123, "to": "2020", "text": "Hi ☺", "id": 7, "at": 1_700_000_000}
        xml = "".join(f"<{name}>{value}</{name}>" for name, value in tree.items())
        for request in (
            asked(pairs, content_type=FORM),
            asked(query=pairs, method="GET"),
            asked(pairs[18:], query=pairs[:17], content_type=FORM),
            asked(parts + "--b--", content_type="multipart/form-data; boundary=b"),
            asked(tree, content_type="application/json"),
            asked(tree),
        ):
            self.assertEqual(self.WHOLE, self.one(MO, request), request)
        nested = MO.replace('= "', '= "m.').replace('"m.mo"', '"mo"')
        self.assertEqual(self.WHOLE, self.one(nested, asked(f"<m>{xml}</m>")))

    def test_without_a_sender(self) -> None:
        """It is nobody's: unclear."""
        for body in ("{}", "[]", "5", "null", '{"from": ""}', '{"from": "\\u0000"}'):
            self.assertEqual(Unclear(why="an MO without a sender"), self.one(MO, asked(body)), body)

    def test_what_no_store_can_hold(self) -> None:
        """NUL falls out, lone surrogates are replaced, texts and addresses have an end."""
        found = self.one(MO, asked({"from": " a\0b ", "text": "x\0\ud800" + "y" * 30_000, "id": "z" * 300}))
        self.assertEqual(
            ("ab", "x�", LONGEST_TEXT - 1, 256), (found.sender, found.text[:2], len(found.text), len(found.id))
        )
        self.assertTrue(found.text.encode())

    def test_times(self) -> None:
        """What is no instant of this century, or none a calendar holds, is none."""
        raw = MO.replace("at|date:'s'", "at")
        cases: list[tuple[Any, float]] = [
            (1_700_000_000, 1_700_000_000.0), (1_700_000_000.5, 1_700_000_000.5), (EARLIEST, EARLIEST),
            (EARLIEST - 1, 0.0), (LATEST, LATEST), (LATEST + 1, 0.0), (253_402_300_799, 0.0),
            (0, 0.0), (-1, 0.0), (10**300, 0.0), (1e300, 0.0), (True, 0.0), ("1700000000", 0.0),
            (None, 0.0), ([1_700_000_000], 0.0),
        ]  # fmt: skip
        for at, expected in cases:
            self.assertEqual(expected, self.one(raw, asked({"from": "a", "at": at})).at, at)

    def test_parts_of_a_text(self) -> None:
        """Reference, count and index; what is none of them is a whole text."""
        concat = MO + 'concat = { ref = "r", count = "c", index = "i" }\n'
        cases: list[tuple[tuple[Any, Any, Any], Any]] = [
            (("x", 2, 1), ("x", 2, 1)), ((5, "3", "3"), ("5", 3, 3)), (("x", "0002", "0001"), ("x", 2, 1)),
            (("", 2, 1), None), (("x", 2, 3), None), (("x", 2, 0), None), (("x", 256, 1), None), (("x", "a", 1), None),
            (("x", "10000", "1"), None), (("x", -2, 1), None), (("x", 2.5, 1), None), (("x", None, 1), None),
            (("x", "9" * 5_000, "1"), None), (("x", 1, 1), ("x", 1, 1)), (([1], 2, 1), None),
        ]  # fmt: skip
        for (ref, count, index), expected in cases:
            found = self.one(concat, asked({"from": "a", "r": ref, "c": count, "i": index}))
            self.assertEqual(expected, found.segment, (ref, count, index))

    def test_charsets(self) -> None:
        """Of a form, escaped or not; of a query as well."""
        latin = MO + 'charset = "latin-1"\n'
        for body in (b"from=a&text=%E9", b"from=a&text=\xe9"):
            self.assertEqual("é", self.one(latin, asked(body, content_type=FORM)).text)
        self.assertEqual("é", self.one(latin, asked(query="from=a&text=%E9")).text)
        utf16 = MO + 'charset = "utf-16-be"\n'
        self.assertEqual("☺", self.one(utf16, asked(query="from=%00a&text=%26%3A")).text)

    def test_conditions(self) -> None:
        """What `when` does not fit is not told; `stop` is an opt-out."""
        hook = MO + 'when = ["$method = POST", "not probe"]\nstop = "text|upper in STOP,ARRET"\n'
        self.assertEqual([], self.news(hook, asked({"from": "a", "probe": 1})))
        self.assertEqual([], self.news(hook, asked({"from": "a"}, method="GET")))
        self.assertEqual(
            [True, False], [self.one(hook, asked({"from": "a", "text": text})).stop for text in ("Stop", "Go")]
        )

    def test_names_of_ours(self) -> None:
        """cfg, query, header, method and the raw body beside what the body has."""
        hook = (
            '[[hook]]\nkind = "mo"\nfrom = "$query.f"\nto = "$cfg.key"\ntext = "$body|decode:\'utf-8\'"\n'
            'id = "$header.X-Id"\n'
        )
        found = self.one(hook, asked("[1]", query="f=a", headers={"x-id": "7"}))
        self.assertEqual(Heard(sender="a", to="KEY", text="[1]", id="7"), found)


class ToldTests(HookTests):
    """Fates of parts."""

    def test_told(self) -> None:
        """By our id, theirs or both; the word's meaning, and the words beside it."""
        cases: list[tuple[str, str, News]] = [
            ("id=a1.1", "sid=S&status=queued&to=5",
             Told(ours="a1.1", id="S", status=Status.SENT, word="queued", reason="queued", to="5")),
            ("", "sid=S&status=11&error=E", Told(ours="", id="S", status=Status.DELIVERED, word="11", reason="E")),
            ("id=a1.1", "status=21", Told(ours="a1.1", id="", status=Status.FAILED, word="21", reason="21")),
            ("id=a1.1", "status=x", Told(ours="a1.1", id="", status=None, word="x", reason="x")),
            ("id=a1.1", "status=lost", Unclear(why="a status that is not in the profile: lost")),
            ("id=a1.1", "", Unclear(why="a status that is not in the profile: ")),
            ("", "status=1", Unclear(why="a status without an id")),
            ("id=a1.1", "status=" + "%0A" + "y" * 99, Unclear(why="a status that is not in the profile: " + "y" * 40)),
        ]  # fmt: skip
        for query, body, expected in cases:
            self.assertEqual(expected, self.one(STATUS, asked(body, query=query, content_type=FORM)), body)

    def test_stop(self) -> None:
        """And who got it wants no more."""
        found = self.one(STATUS + 'stop = "error = 21610"\n', asked({"sid": "S", "status": 21, "error": 21610}))
        self.assertEqual((True, "21610"), (found.stop, found.reason))

    def test_any_other_word(self) -> None:
        """* is every word, also none."""
        hook = STATUS.replace('ignored = ["x"]', 'ignored = ["*"]')
        self.assertIsNone(self.one(hook, asked({"sid": "S", "status": {"a": 1}})).status)


class BatchTests(HookTests):
    EACH = MO + 'each = ["results", "messages"]\n'

    def test_batches(self) -> None:
        """One inside the other, in order; a single value is one; ^ is what holds an item."""
        hook = self.EACH.replace('to = "to"', 'to = "to or ^.to or ^.^.to"')
        body = {
            "to": "outer",
            "results": [
                {"messages": [{"from": "a"}, {"from": "b", "to": "own"}]},
                {"to": "mid", "messages": {"from": "c"}},
            ],
        }
        self.assertEqual(
            [("a", "outer"), ("b", "own"), ("c", "mid")],
            [(each.sender, each.to) for each in self.news(hook, asked(body)) if isinstance(each, Heard)],
        )

    def test_the_body_itself(self) -> None:
        """A list at the root is a batch by ".", and each of it has its number."""
        hook = MO.replace('to = "to"', 'to = "$index"') + 'each = ["."]\n'
        for body, expected in (
            ([{"from": "a"}, {"from": "b"}], [("a", "0"), ("b", "1")]), ({"from": "a"}, [("a", "0")]), ([], []),
        ):  # fmt: skip
            news = self.news(hook, asked(json.dumps(body), content_type="application/json"))
            self.assertEqual(expected, [(each.sender, each.to) for each in news if isinstance(each, Heard)])

    def test_a_batch_in_a_text(self) -> None:
        """An expression says where it is: JSON in a field of a form."""
        hook = MO + 'each = ["list|unjson"]\n'
        self.assertEqual("a", self.one(hook, asked("list=%5B%7B%22from%22%3A%22a%22%7D%5D", content_type=FORM)).sender)

    def test_the_same_list_for_each_of_a_list(self) -> None:
        """Does not multiply: a thousand, and no more, are ever made."""
        hook = MO + 'each = ["a", "^.b", "^.^.b"]\n'
        with self.assertRaises(BadField):
            self.news(hook, asked({"a": [{}] * 30, "b": [{}] * 900}))

    def test_empty_batches(self) -> None:
        """Nothing is told."""
        bodies: tuple[Any, ...] = ({}, {"results": []}, {"results": None}, {"results": [{}]}, [], 5, "x", None)
        for body in bodies:
            self.assertEqual([], self.news(self.EACH, asked(json.dumps(body), content_type="application/json")), body)

    def test_too_many(self) -> None:
        """A thousand, and no more, of all levels together."""

        def body(outer: int, inner: int) -> dict[str, Any]:
            return {"results": [{"messages": [{"from": "a"}] * inner}] * outer}

        self.assertEqual(MOST_ITEMS, len(self.news(self.EACH, asked(body(10, 100)))))
        for outer, inner in ((MOST_ITEMS + 1, 0), (1, MOST_ITEMS + 1), (101, 10)):
            with self.assertRaises(BadField):
                self.news(self.EACH, asked(body(outer, inner)))


class AnswerTests(HookTests):
    def test_written(self) -> None:
        """What a webhook is answered may have of the request what it needs, and is octets."""
        answer = self.profile('[answer]\nbody = "<r>{$query.id}é{$cfg.key}{$header.X-A}</r>"\n').answer
        self.assertEqual(
            "<r>7éKEYb</r>".encode(), answer.written(asked(query="id=7", headers={"x-a": "b"}), {"key": "KEY"})
        )
        self.assertEqual("<r>é</r>".encode(), answer.written(asked("[1]"), {}))


class BadBodyTests(HookTests):
    def test_none(self) -> None:
        """What is not what it must be is told, so that it can be answered."""
        for parse, body, content_type in (
            ("json", "a=1", ""), ("json", "", ""), ("xml", "{}", ""), ("xml", "", ""), ("multipart", "x", ""),
            (None, "{", ""), (None, "<a", ""), (None, "<!DOCTYPE a><a/>", ""), (None, "a", "application/json"),
            (None, "[" * 100_000, ""), (None, "a=1&" * 2_000, FORM), (None, "x", "multipart/form-data"),
        ):  # fmt: skip
            with self.assertRaises(BadField):
                self.news(MO + (f'parse = "{parse}"\n' if parse else ""), asked(body, content_type=content_type))
        with self.assertRaises(BadField):
            self.news(MO, asked(query="&" * 2_000))

    def test_a_probe(self) -> None:
        """No body and no query: nothing to read, no fault."""
        self.assertEqual([], self.news(MO + 'when = "from"\n', asked(method="GET")))


BODIES: list[tuple[bytes, str]] = [
    (b"From=%2B12065550111&To=2020&Body=Hi+%E2%98%BA&MessageSid=SM1&NumMedia=0&sid=S&status=queued", FORM),
    (json.dumps({"results": [{"from": "250788", "to": "2020", "text": "Hi ☺", "messages": [{"from": "a", "id": 7}]}],
                 "sid": "S", "status": 11, "at": 1_700_000_000, "big": 10**30}).encode(), "application/json"),
    ("<m a='1'><from>250788</from><text>é&amp;☺</text><id/><status>queued</status></m>".encode(), "text/xml"),
    (b'--b\r\nContent-Disposition: form-data; name="from"\r\n\r\n250788\r\n--b--', "multipart/form-data; boundary=b"),
    (b"OK", "text/plain"),
]  # fmt: skip
SPICE = (b"{", b"[", b"]", b'"', b"<", b">", b"&", b"=", b"%", b"%00", b"\\ud800", b"\0", b"\xff", b"9" * 400, b"1e999",
         b"null", b"[" * 200, b"<a>" * 60, b"--b", b"\r\n", b";", b"<!DOCTYPE a>", b"]]>", b",{}" * 300)  # fmt: skip


def mutated(body: bytes, seed: int) -> bytes:
    """A few octets gone, doubled, changed, or something put in."""
    dice = random.Random(seed)
    for _ in range(dice.randint(1, 6)):
        at = dice.randint(0, len(body))
        cut = at + dice.choice((0, 0, 1, 5, 40))
        body = body[:at] + dice.choice((b"", body[at:cut] * 2, dice.choice(SPICE))) + body[cut:]
    return body


ODD = r"""
[[hook]]
kind = "mo"
from = "from or m.from"
to = "^.to or to"
text = "text|unjson or text|unhex|decode:'utf-16-be'"
at = "at"
stop = "text ~ 'STOP'"

[[hook]]
kind = "mo"
from = "from"
each = ["results", "messages"]
to = "^.to|int"
text = "$body|unurl|decode:'utf-8'"
concat = { ref = "id", count = "^.at", index = "number" }

[[hook]]
kind = "status"
ours = "text|json|re:'a(.*)b'"
id = "sid or m.id"
status = "status|lower or m.status"
at = "at|date:'ms'"
map = { sent = ["queued"], delivered = ["10..12"], ignored = ["*"] }
"""


class MutatedTests(Shelves):
    """Bodies as providers send them, damaged, to every shipped profile and an odd one."""

    def setUp(self) -> None:
        super().setUp()
        self.write(HEAD + ODD, "odd")
        shelf, faults = Shelf([str(self.folder)]), Faults()
        profiles = [shelf.get(name, faults, ASKED) for name in shelf.names()]
        self.assertEqual([], faults.found)
        self.odd = [hook for profile in profiles if profile and profile.name == "odd" for hook in profile.hooks]
        self.hooks = [hook for profile in profiles if profile for hook in profile.hooks]

    @settings(max_examples=500, deadline=None)
    @given(st.sampled_from(BODIES), st.integers(0, 2**32), st.text(max_size=40), st.text(max_size=40))
    def test_news_or_a_fault(self, body: tuple[bytes, str], seed: int, query: str, word: str) -> None:
        """Whatever comes is told, or told to be none; nothing else is raised."""
        octets = mutated(body[0], seed)
        for hook in (*self.odd, self.hooks[seed % len(self.hooks)]):
            for content_type in (body[1], word, ""):
                with contextlib.suppress(BadField):
                    for news in listen([hook], asked(octets, query=query, content_type=content_type), {}):
                        self.assertIsInstance(news, Heard | Told | Unclear)

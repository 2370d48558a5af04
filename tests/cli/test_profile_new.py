"""`chanserv profile new`: questions, and the profile that is written of the answers; its cases hold."""

from __future__ import annotations

import builtins
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli.profile_new import AUTHS, KINDS, Answers, Unanswered
from chanserv.profiles import reading
from chanserv.profiles.trying import tried
from chanserv.toml import files
from chanserv.toml.faults import Faults
from tests.cli.test_check import call

PLAIN = ["acme", "Acme SMS", "BR, PT", "https://api.acme.example/sms"]
LONG = [
    *PLAIN, "json", "header", "X-Key", "messages.0.to", "messages.0.text", "messages.0.from", "no", "messages.0.ref",
    "callback", '{"messages": [{"id": 17}]}', "messages.0.id",
    "yes", "form", "msgid", "state", "reference", "DELIVRD, OK", "UNDELIV", "",
    "yes", "query", "", "", "", "no",
]  # fmt: skip


class Person:
    """Answers questions, line by line."""

    def __init__(self, *lines: str) -> None:
        self.lines: Iterator[str] = iter(lines)
        self.asked: list[str] = []
        self.told: list[str] = []

    def ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        try:
            return next(self.lines)
        except StopIteration:
            raise EOFError from None

    def answers(self, *taken: str) -> Answers:
        return Answers(self.ask, self.told.append, taken)


class AnswerTests(SynchronousTestCase):
    def held(self, text: str) -> list[str]:
        """What is wrong with the profile, or with its cases."""
        path = self.mktemp()
        Path(path).write_text(text, "utf-8")
        faults = Faults()
        found = reading.read("acme", files.read(path, faults), faults)
        return faults.found or [why for case in found.tests for why in tried(found, case)]

    def test_empty_lines_take_what_is_usual(self) -> None:
        """A profile that sends, hears statuses and texts, and whose cases hold."""
        text = Person(*PLAIN, *[""] * 40).answers().ask().toml()
        self.assertEqual([], self.held(text))
        tables = tomllib.loads(text)
        self.assertEqual({"to": "{to}", "text": "{text}", "from": "{from}"}, tables["send"]["json"])
        self.assertEqual(["{cfg.username}", "{cfg.password}"], tables["send"]["basic"])
        self.assertEqual(["status", "mo"], [hook["kind"] for hook in tables["hook"]])
        self.assertEqual(5, len(tables["test"]))

    def test_everything_may_be_otherwise(self) -> None:
        """Fields inside of others, numbers without +, an id of ours, other words."""
        text = Person(*LONG).answers().ask().toml()
        self.assertEqual([], self.held(text))
        tables = tomllib.loads(text)
        message = {"to": "{to|noplus}", "text": "{text}", "from": "{from|noplus}", "ref": "{id}"}
        self.assertEqual({"messages": [message], "callback": "{hook.status}"}, tables["send"]["json"])
        self.assertEqual({"X-Key": "{cfg.api_key}"}, tables["send"]["headers"])
        status, mo = tables["hook"]
        self.assertEqual(("msgid", "reference", "state"), (status["id"], status["ours"], status["status"]))
        self.assertEqual(["DELIVRD", "OK"], status["map"]["delivered"])
        self.assertNotIn("ignored", status["map"], "a word that nobody told is to be counted and shown")
        self.assertEqual("from|plus", mo["from"])
        self.assertNotIn("id", mo)

    def test_every_way_of_asking_and_signing_in_holds(self) -> None:
        """Whatever the request is, and however the account shows itself."""
        for kind, auth in product(KINDS, AUTHS):
            more = [""] if auth in ("header", "field") else []
            text = Person(*PLAIN, kind, auth, *more, *[""] * 40).answers().ask().toml()
            self.assertEqual([], self.held(text), (kind, auth))
            self.assertEqual(auth == "basic", "basic" in tomllib.loads(text)["send"])

    def test_without_webhooks(self) -> None:
        """No status is waited for."""
        text = Person(*PLAIN, "form", "none", "", "", "", "", "", "", "0: ok", "no", "no").answers().ask().toml()
        self.assertEqual([], self.held(text))
        tables = tomllib.loads(text)
        self.assertEqual("none", tables["profile"]["receipts"])
        self.assertNotIn("hook", tables)

    def test_what_cannot_be_is_asked_again(self) -> None:
        """With what is wrong about it."""
        lines = [
            ("Acme", "small letters"), ("twilio", "a profile of that name"), ("acme", ""), ("", "something"),
            ("A", ""), ("", ""), ("ftp://x", "https://"), ("https://x.example/{a}", "https://"),
            ("https://x.example", ""), ("xml", "one of json"), ("json", ""), ("digest", "one of basic"),
            ("header", ""), ("X Key", "letters"), ("X", ""), ("a b", "a name"), ("a|plus", "a name"),
            ("a.1", "first of a list"), ("no", "there must be"), ("a", ""), ("a.b", "a is there already"),
            ("a", "a is there already"), ("b", ""), ("no", ""), ("maybe", "one of yes"), ("yes", ""), ("no", ""),
            ("no", ""), ("{", "not JSON"), ("<a><!DOCTYPE x></a>", "not XML"), ("{}", ""), ("id", ""), ("yes", ""),
            ("json", ""), ("id", ""), ("st", ""), ("ok,", ""), ("", ""), ("ok", "something else"), ("", ""),
            ("no", ""),
        ]  # fmt: skip
        person = Person(*(line for line, _ in lines))
        text = person.answers("twilio").ask().toml()
        wrong = [why for _, why in lines if why]
        self.assertEqual(len(wrong), len(person.told) - person.told.count("") - 2, person.told)
        for why, told in zip(wrong, [each for each in person.told if each.startswith("  ")], strict=True):
            self.assertIn(why, told)
        self.assertEqual([], self.held(text))

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12), max_size=60))
    def test_whatever_is_answered_the_cases_hold(self, lines: list[str]) -> None:
        """Or the answers end, and nothing is written."""
        try:
            text = Person(*PLAIN[:1], *lines, *[""] * 3, *PLAIN[1:], *[""] * 40).answers().ask().toml()
        except Unanswered:
            return
        self.assertEqual([], self.held(text))


class CommandTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def new(self, *lines: str) -> tuple[int, str, str]:
        self.patch(builtins, "input", Person(*lines).ask)
        return call("profile", "new", "--profiles", str(self.folder))

    def test_it_is_written_and_tried(self) -> None:
        """Where the site's own profiles lie."""
        status, out, err = self.new(*LONG)
        self.assertEqual((0, ""), (status, err))
        self.assertIn("acme: 5 cases, all as they say", out)
        self.assertIn(f'[gateway] profiles = "{self.folder.absolute()}"', out)
        self.assertEqual(0, call("profile", "test", str(self.folder / "acme.toml"))[0])

    def test_none_is_written_over(self) -> None:
        """A name that is taken is asked for again; at the end of the input nothing has been written."""
        (self.folder / "acme.toml").write_text("mine")
        status, out, err = self.new(*LONG)
        self.assertEqual(1, status)
        self.assertIn("there is a profile of that name", out)
        self.assertIn("the input ended", err)
        self.assertEqual("mine", (self.folder / "acme.toml").read_text())

    def test_one_that_came_meanwhile_is_not_written_over(self) -> None:
        """While a person was answering."""
        person = Person(*LONG)

        def ask(prompt: str) -> str:
            (self.folder / "acme.toml").write_text("theirs")
            return person.ask(prompt)

        self.patch(builtins, "input", ask)
        status, _, err = call("profile", "new", "--profiles", str(self.folder))
        self.assertEqual((1, "theirs"), (status, (self.folder / "acme.toml").read_text()))
        self.assertIn("cannot be written: File exists", err)

"""`chanserv simulate rest`: options, orders on standard input, and what it tells."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import aggregator, parser
from chanserv.cli.aggregator import Obedience
from chanserv.cli.orders import AGGREGATOR
from chanserv.cli.quirks import Unable
from chanserv.errors import SettingsError
from chanserv.links.rest.behaviour import Behaviour
from chanserv.profiles.verify.signing import PUBLIC
from tests.links.rest.stub import HOOK, OURS, StubCase

ACME = '[profile]\ntitle = "Acme"\n[send]\nurl = "https://acme.example/"\nform = { to = "{to}", text = "{text}" }\n'


class Reactor(Clock):
    """A clock that runs what waits for the start at once."""

    def callWhenRunning(self, what: Any, *given: Any) -> None:
        what(*given)


class OptionTests(SynchronousTestCase):
    def make(self, *words: str) -> aggregator.AggregatorSite:
        options = parser("simulate").parse_args(["simulate", "rest", *words])
        site = options.simulated(Reactor(), options)
        assert isinstance(site, aggregator.AggregatorSite)
        self.addCleanup(site.aggregator.stop)
        return site

    def test_every_field_of_its_behaviour_is_an_option(self) -> None:
        """Unless given it is the simulator's own default."""
        self.assertEqual(Behaviour(), self.make("--profile", "twilio").aggregator.behaviour)
        options = parser("simulate").parse_args(["simulate", "rest", "--profile", "twilio"])
        for field in attrs.fields(Behaviour):
            self.assertEqual(field.default, getattr(options, field.name))

    def test_options_behave(self) -> None:
        """Credentials are the account's; the introduction tells them, with those that were made up."""
        site = self.make("--profile", "twilio", "--credential", "auth_token=a=b", "--early", "--status", "sent failed")
        self.assertEqual(Behaviour(early=True, status="sent failed"), site.aggregator.behaviour)
        self.assertEqual(("AC1", "a=b"), tuple(site.aggregator.cfg[key] for key in ("account_sid", "auth_token")))
        self.assertIn("account_sid = 'AC1'", site.introduction())
        self.assertNotIn("a=b", site.introduction())
        self.assertIn(PUBLIC, self.make("--profile", "telnyx").introduction())

    def test_what_cannot_be_is_said_in_a_line(self) -> None:
        """A credential that is none, or that nobody knows; a word that is no status; a case there is not."""
        for words, why in (
            (["--credential", "auth_token"], "KEY=VALUE"),
            (["--credential", "sid=x"], "'sid' means nothing to twilio"),
            (["--status", "arrived"], "'arrived' is none of"),
            (["--answer", "no such"], "no answer is called 'no such'"),
        ):
            self.assertIn(why, str(self.assertRaises(Unable, self.make, "--profile", "twilio", *words)))
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "deaf.toml").write_text('[profile]\ntitle = "Deaf"\n')
        deaf = self.assertRaises(Unable, self.make, "--profile", "deaf", "--profiles", str(folder))
        self.assertIn("deaf has no [send]", str(deaf))
        error = self.assertRaises(SettingsError, self.make, "--profile", "twillio")
        self.assertIn("'twillio' is no profile", error.faults[0])

    def test_a_site_s_own_profile(self) -> None:
        """By its folder, or by the settings that name it."""
        folder = Path(self.mktemp())
        (folder / "own").mkdir(parents=True)
        (folder / "own" / "acme.toml").write_text(ACME)
        config = folder / "chanserv.toml"
        config.write_text('[gateway]\nprofiles = "own"\n[channel.x]\nnonsense = 1\n')
        for words in (["--profiles", str(folder / "own")], ["--config", str(config)]):
            self.assertEqual("acme", self.make("--profile", "acme", *words).aggregator.profile.name)
        config.write_text("[gateway]\nprofiles = [")
        self.assertRaises(SettingsError, self.make, "--profile", "acme", "--config", str(config))

    def test_what_happens_is_recorded(self) -> None:
        """A JSON object a line."""
        path = self.mktemp()
        site = self.make("--profile", "twilio", "--record", path)
        self.patch(sys, "stdout", StringIO())
        site.aggregator._note("unsayable", why="no case")
        site.stopFactory()
        self.assertEqual("no case", json.loads(Path(path).read_text())["why"])


class ObedienceTests(StubCase):
    """Orders, as a person writes them."""

    def setUp(self) -> None:
        super().setUp()
        self.said: list[str] = []
        self.obedience = Obedience(self.stub, self.said.append)

    def told(self, line: str) -> str:
        self.obedience.hear(line)
        said = "\n".join(self.said)
        self.said.clear()
        return said

    def test_a_change_is_made_and_told(self) -> None:
        """As it is understood; names that stand for cases may have blanks."""
        self.assertEqual("early is True now", self.told("early yes"))
        self.assertEqual("answer is 'too many at once' now", self.told("answer too many at once"))
        self.assertEqual((True, "too many at once"), (self.stub.behaviour.early, self.stub.behaviour.answer))

    def test_what_cannot_be_is_told_and_changes_nothing(self) -> None:
        """An unknown word, a value that is none, an order of others; control characters are made harmless."""
        before = self.stub.behaviour
        for line, why in (
            ("latencey 3", "'latencey' is not known"),
            ("status arrived", "'arrived' is none of"),
            ("answer foo", "no answer is called 'foo'"),
            ("drop", "'drop' is not known"),
            ("call 127.0.0.1:1", "'call' is not known"),
            ("mo +5511 8000 Hi", "--hooks"),
            ("tell delivered", "no part has come yet"),
            ("tell", "perhaps an ID"),
        ):
            self.assertIn(why, self.told(line), line)
        self.assertNotIn("\x1b", self.told("\x1b[2J"))
        self.assertEqual("", self.told("  "))
        self.assertEqual(before, self.stub.behaviour)

    def test_texts_and_statuses(self) -> None:
        """Of the newest part, or of one by either id."""
        for _ in range(2):
            self.settled(self.ask())
        self.posts.clear()
        first, second = self.stub.parts
        self.assertEqual("sent", self.told("mo +5511 8000 Hi  there"))
        self.assertEqual("Hi  there", self.posts[0].fields["Body"])
        for line, id in (
            ("tell failed", second.id),
            (f"tell failed {first.id}", first.id),
            (f"tell failed {OURS}", second.id),
        ):
            self.assertEqual("sent", self.told(line))
            self.assertEqual(id, self.posts[-1].fields["MessageSid"])
        self.assertIn("no part has the id SM0", self.told("tell failed SM0"))
        self.assertIn("can say this: arrived", self.told("tell arrived"))

    def test_it_shows_what_was_counted(self) -> None:
        """And what is not as usual."""
        self.settled(self.ask())
        self.stub.set(latency=1.5)
        shown = self.told("show")
        for words in ("waiting 1", "submits 1", "latency 1.5"):
            self.assertIn(words, shown)
        self.assertNotIn("early", shown)

    def test_help_and_list_name_everything(self) -> None:
        """The words, all that can be changed, and the answers."""
        said = self.told("help").split()
        self.assertEqual([], [word for word in ("mo", "tell", "list:", *AGGREGATOR.plain) if word not in said])
        self.assertIn("too many at once", self.told("list").splitlines())


class VoiceTests(SynchronousTestCase):
    def test_what_happens_is_said_in_words(self) -> None:
        """And commands no terminal."""
        part = {"word": "accepted", "id": "", "sender": "80", "to": "+55", "text": "a\x1b", "ours": OURS}
        for what, facts, words in (
            ("part", part, "accepted  id -  80 to +55: “a\\x1b”"),
            ("hook", {"kind": "delivered", "code": 200, "why": "", "url": HOOK}, "delivered: answered 200"),
            ("hook", {"kind": "mo", "code": 0, "why": "gone", "url": HOOK}, "mo: no: gone"),
            ("unsayable", {"word": "sent", "why": "no case"}, "unsayable: no case"),
        ):
            said = aggregator.noted(0.0, what, facts)
            self.assertIn(words, said)
            self.assertNotIn("0123456789abcdef", said)

"""`chanserv simulate` gives the simulators a port, their options and a voice."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import COMMANDS, parser, simulate
from chanserv.links.smpp.peer import Behaviour, Smsc
from tests.cli.test_check import call


class OptionTests(SynchronousTestCase):
    def test_every_plain_quirk_of_the_smsc_is_an_option(self) -> None:
        """Unless given it is the simulator's own default, so that the defaults are said once."""
        options = parser("simulate").parse_args(["simulate", "smpp"])
        self.assertIsInstance(simulate.run_smpp(Clock(), options), Smsc)
        self.assertTrue(simulate.offered())
        for field in simulate.offered():
            self.assertEqual(getattr(Behaviour(), field.name), getattr(options, field.name))

    def test_sending_wants_a_channel(self) -> None:
        """Said before anything listens."""
        status, _, err = call("simulate", "platform", "--send", "1", "+55", "Hi")
        self.assertEqual(2, status)
        self.assertIn("--channel", err)

    def test_every_command_explains_itself(self) -> None:
        """--help works for each, percent signs and all."""
        for words in (*([name] for name in COMMANDS), ["simulate", "smpp"], ["simulate", "platform"]):
            with self.assertRaises(SystemExit) as ended:
                call(*words, "--help")
            self.assertEqual(0, ended.exception.code, words)


class VoiceTests(SynchronousTestCase):
    CASES = (
        ({"what": "send", "id": "7", "text": "a\x1b"}, "id 7: “a\\x1b”"),
        ({"what": "answer", "code": 200, "body": "{}"}, "HTTP 200 {}"),
        ({"what": "state", "state": "W"}, "wired"),
        ({"what": "stored", "text": "1", "urn": "tel:+55"}, "“1” of tel:+55"),
        ({"what": "delivered", "code": 200, "fields": {}}, "delivered, answered 200"),
        ({"what": "stopped", "code": 400, "fields": {}}, "stopped, answered 400"),
    )

    def test_what_the_platform_sees_is_said_in_words(self) -> None:
        """And commands no terminal."""
        for event, words in self.CASES:
            self.assertIn(words, simulate.noted(event))

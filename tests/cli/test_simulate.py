"""`chanserv simulate` gives the simulators a port, their options and a voice."""

from __future__ import annotations

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import COMMANDS, parser, simulate
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.trades import TRADES
from tests.cli.test_check import call


class OptionTests(SynchronousTestCase):
    def test_every_plain_quirk_is_an_option_of_every_kind(self) -> None:
        """Unless given it is the simulator's own default, so that the defaults are said once."""
        for kind, trade in TRADES.items():
            options = parser("simulate").parse_args(["simulate", kind])
            made = simulate.run_carrier(Clock(), options)
            self.assertEqual((Behaviour(), kind, trade), (made.behaviour, made.trade.kind, type(made.trade)))
            for field in attrs.fields(Behaviour):
                self.assertEqual(field.default, getattr(options, field.name))

    def test_options_behave(self) -> None:
        """Codes may be hexadecimal, words several; a value that cannot be is said in a line."""
        words = ["simulate", "smpp", "--refuse-with", "0x14", "--receipt-status", "ENROUTE DELIVRD", "--no-receipts"]
        made = simulate.run_carrier(Clock(), parser("simulate").parse_args([*words, "--send", "+55", "8000", "Hi"]))
        expected = Behaviour(refuse_with=20, receipt_status="ENROUTE DELIVRD", receipts=False)
        self.assertEqual((expected, 1), (made.behaviour, len(made.waiting)))
        wrong = parser("simulate").parse_args(["simulate", "smpp", "--id-base", "octal"])
        self.assertIn("id_base", str(self.assertRaises(simulate.Unable, simulate.run_carrier, Clock(), wrong)))

    def test_sending_wants_a_channel(self) -> None:
        """Said before anything listens."""
        status, _, err = call("simulate", "platform", "--send", "1", "+55", "Hi")
        self.assertEqual(2, status)
        self.assertIn("--channel", err)

    def test_every_command_explains_itself(self) -> None:
        """--help works for each, percent signs and all."""
        for words in (*([name] for name in COMMANDS), *(["simulate", kind] for kind in (*TRADES, "rest", "platform"))):
            with self.assertRaises(SystemExit) as ended:
                call(*words, "--help")
            self.assertEqual(0, ended.exception.code, words)

    def test_an_aggregator_needs_a_profile(self) -> None:
        """Said before anything listens."""
        with self.assertRaises(SystemExit) as ended:
            call("simulate", "rest")
        self.assertEqual(2, ended.exception.code)


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

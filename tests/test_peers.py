"""`twistd chanserv-peer`: the options of `chanserv simulate`, as a service."""

from __future__ import annotations

import sys
from io import StringIO

from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.links.peer.trades import TRADES
from chanserv.peers import Options, makeService

ANYWHERE = "tcp:0:interface=127.0.0.1"


def options(*given: str) -> Options:
    chosen = Options()
    chosen.parseOptions(given)
    return chosen


class OptionTests(SynchronousTestCase):
    """What follows `--kind`."""

    def test_a_kind_brings_its_options(self) -> None:
        """Wherever `--kind` stands among them."""
        platform = options("--gateway", "http://127.0.0.1:1", "--kind", "platform", "--authorization", "Token x").chosen
        self.assertEqual(("http://127.0.0.1:1", "Token x"), (platform.gateway, platform.authorization))
        self.assertEqual(ANYWHERE, options("--kind", "smpp", "--listen", ANYWHERE).chosen.listen)

    def test_what_is_wrong_ends_with_the_usage(self) -> None:
        """No kind, a kind there is not, an option it does not have."""
        for wrong in ([], ["--kind", "pigeon"], ["--kind", "smpp", "--gateway", "x"]):
            self.patch(sys, "stderr", said := StringIO())
            self.assertEqual(2, self.assertRaises(SystemExit, options, *wrong).code)
            self.assertIn("usage: twistd chanserv-peer", said.getvalue())

    def test_a_place_must_be_an_endpoint(self) -> None:
        """One line, no traceback."""
        leaving = self.assertRaises(SystemExit, makeService, options("--kind", "platform", "--listen", "nowhere"))
        self.assertIn("Unknown endpoint type", str(leaving.code))

    def test_a_value_must_be_one(self) -> None:
        """One line, no traceback."""
        leaving = self.assertRaises(SystemExit, makeService, options("--kind", "smpp", "--congestion", "101"))
        self.assertIn("congestion", str(leaving.code))

    def test_a_profile_must_be_one(self) -> None:
        """One line, no traceback."""
        leaving = self.assertRaises(SystemExit, makeService, options("--kind", "rest", "--profile", "twillio"))
        self.assertIn("'twillio' is no profile", str(leaving.code))


class ServiceTests(TestCase):
    """For real, on a port of the system's choice."""

    async def test_a_peer_listens_while_it_runs(self) -> None:
        """Each kind starts, and stops without leaving anything behind."""
        for kind in (*TRADES, "rest", "platform"):
            more = ["--profile", "twilio"] if kind == "rest" else []
            service = makeService(options("--kind", kind, "--listen", ANYWHERE, *more))
            service.startService()
            self.assertTrue(service.running)
            await service.stopService()
            self.assertFalse(service.running)

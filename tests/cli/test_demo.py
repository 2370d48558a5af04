"""The demo waits for its ports, and says plainly what it cannot have."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import demo
from tests.console.fakes import settings


class FakeEndpoint:
    """Taken so many times, then free."""

    def __init__(self, taken: int) -> None:
        self.taken = taken

    def listen(self, factory: object) -> Deferred[Any]:
        self.taken -= 1
        return fail(CannotListenError("127.0.0.1", 8080, "in use")) if self.taken >= 0 else succeed("a port")


class PortTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.patch(demo.time, "monotonic", self.clock.seconds)
        self.demo = demo.Demo("etc/demo.toml", settings(), reactor=self.clock)

    def listen(self, taken: int) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.demo._listen(FakeEndpoint(taken), object(), "tcp:8080"))

    def test_a_port_that_becomes_free_is_taken(self) -> None:
        """A former demo's gateway needs a moment to end."""
        listening = self.listen(3)
        self.assertNoResult(listening)
        self.clock.pump([demo.PAUSE] * 3)
        self.assertEqual("a port", self.successResultOf(listening))

    def test_a_port_that_stays_taken_is_named(self) -> None:
        """With what to do about it."""
        listening = self.listen(10_000)
        self.clock.pump([demo.PAUSE] * int(demo.PORTS_WITHIN / demo.PAUSE + 2))
        error = self.failureResultOf(listening, demo.Stuck).value
        self.assertIn("tcp:8080 is taken", str(error))
        self.assertIn("change etc/demo.toml", str(error))

    def test_who_calls_too_early_is_sent_away(self) -> None:
        """While a port is only tried, nobody is kept."""
        transport = StringTransport()
        demo.Shut().makeConnection(transport)
        self.assertTrue(transport.disconnecting)

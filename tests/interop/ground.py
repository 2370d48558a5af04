"""Sockets and patience for tests that need no gateway: a listener ends with its test, what must come comes in time."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase


class Ground(TestCase):
    """`seen`: what a failure is to show."""

    timeout = 60

    async def listen(self, factory: Factory) -> int:
        """On a free port of loopback."""
        listening = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
        self.addCleanup(listening.stopListening)
        found: int = listening.getHost().port
        return found

    async def until(self, true: Callable[[], object], within: float = 20.0) -> None:
        """Fails if it does not come true in time."""
        end = reactor.seconds() + within
        while not true():
            self.assertLess(reactor.seconds(), end, f"not in time; {self.seen()}")
            await deferLater(reactor, 0.01)

    def seen(self) -> str:
        return ""

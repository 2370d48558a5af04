"""Connections that the carrier makes: when none is taken any more."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.account import Account
from chanserv.links.ucp.speech import UcpSpeech
from chanserv.settings import UcpSettings
from tests.links.fakes import FakeLane, FakeRouter, Wire


class CallersTests(SynchronousTestCase):
    """UCP, whose carrier is bound by calling."""

    def setUp(self) -> None:
        self.reactor: Any = MemoryReactorClock()
        settings = UcpSettings(name="a", listen="tcp:5000", listen_from=(ip_network("127.0.0.1"),))
        self.link = Account(settings, UcpSpeech(settings), FakeLane(), FakeRouter(), self.reactor)
        self.link.start()
        self.answering = self.reactor.tcpServers[0][1].wrappedFactory  # what is behind TLS, when that has shaken hands

    def test_after_the_stop(self) -> None:
        """Who was still shaking hands then is not taken: nobody would sign off from them."""
        first = self.answering.buildProtocol(None)
        first.makeConnection(Wire())
        self.assertEqual((True, 1), (self.link.up, self.link.status()["sessions"]))
        self.link.stop()
        self.assertIsNone(self.answering.buildProtocol(None))

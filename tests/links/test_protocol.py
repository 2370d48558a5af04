"""One connection and what its transport does: between the end of a session and that of its connection, and unread."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.account import Account
from chanserv.links.smpp.pdus import BindTransceiverResp, EnquireLink, SubmitSmResp
from chanserv.links.smpp.speech import SmppSpeech
from chanserv.message import UNSENT
from tests.fakes import smpp
from tests.links.fakes import FakeLane, FakeRouter, work
from tests.links.test_account import Calls


class ProtocolTests(SynchronousTestCase):
    """A bound session."""

    def setUp(self) -> None:
        self.clock, self.calls = Clock(), Calls()
        self.lane = FakeLane()
        settings = smpp("a")
        speech = SmppSpeech(settings, self.clock.seconds)
        self.link = Account(
            settings, speech, self.lane, FakeRouter(), self.clock, connect=self.calls, chance=lambda: 0.0  # type: ignore[arg-type]
        )  # fmt: skip
        self.link.start()
        self.carrier = self.calls.made[0]
        self.carrier.bind()

    def test_a_part_for_a_session_that_is_over(self) -> None:
        """The carrier has said that we are not signed in; what comes in the same turn never leaves, and is told so."""
        self.link.send(work(1))
        self.clock.advance(0)
        self.carrier.said()
        self.carrier.say(SubmitSmResp(sequence=2, status=4))
        self.link.send(work(2))
        self.clock.advance(0)
        self.assertEqual([], self.carrier.submits())
        self.assertEqual([1, 2], [outcome.piece for outcome in self.lane.outcomes])
        self.assertEqual(UNSENT, self.lane.outcomes[1].reason)

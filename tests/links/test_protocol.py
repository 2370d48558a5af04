"""One connection and what its transport does: between the end of a session and that of its connection, and unread."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links import protocol
from chanserv.links.account import ANSWERS, Account
from chanserv.links.protocol import LINGER
from chanserv.links.smpp.pdus import DeliverSm, EnquireLink, SubmitSmResp, Unbind
from chanserv.links.smpp.speech import SmppSpeech
from chanserv.message import UNSENT
from chanserv.seldom import EVERY
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

    def test_a_carrier_that_does_not_read(self) -> None:
        """It may ask and ask: what it does not read is not kept for it without end."""
        self.patch(protocol, "MOST_UNREAD", 10_000)
        ask, wire = [EnquireLink(sequence=7)] * 500, self.carrier.wire
        wire.producer.pauseProducing()  # as a transport does whose buffer is full
        self.carrier.say(*ask)
        wire.producer.resumeProducing()
        self.carrier.say(*ask)
        wire.producer.pauseProducing()
        self.carrier.say(*ask)
        self.assertTrue(self.link.up)
        self.carrier.say(*ask)
        self.assertEqual((False, "the carrier does not read what we write"), self.ended())

    def test_a_connection_that_is_not_closed(self) -> None:
        """TLS waits for the other end's goodbye, TCP until all is read: not for ever."""
        self.carrier.say(Unbind(sequence=7))
        self.assertTrue(self.carrier.wire.disconnecting)
        self.assertIsNone(self.carrier.wire.producer)
        self.clock.advance(LINGER - 0.1)
        self.assertFalse(self.carrier.wire.aborted)
        self.clock.advance(0.1)
        self.assertTrue(self.carrier.wire.aborted)

    def test_a_connection_that_is(self) -> None:
        """Nothing waits for it any more."""
        self.carrier.say(Unbind(sequence=7))
        self.carrier.lose()
        self.clock.advance(LINGER)
        self.assertFalse(self.carrier.wire.aborted)

    def ended(self) -> tuple[bool, object]:
        status = self.link.status()
        return self.link.up, status["last_error"]

    def test_codes_that_are_made_up(self) -> None:
        """A carrier that answers with another code each time is counted, in so many words."""
        for number in range(ANSWERS + 50):
            self.link.send(work(number + 1))
            self.clock.advance(0)
            (submit,) = self.carrier.submits()
            self.carrier.say(SubmitSmResp(sequence=submit.sequence, status=0x1000 + number))
        answers = self.link.status()["answers"]
        assert isinstance(answers, dict)
        self.assertEqual((ANSWERS + 1, 50), (len(answers), answers["other"]))

    def test_a_flood_of_what_means_nothing(self) -> None:
        """Counted each time, told once a minute: it must not fill a log."""
        useless = DeliverSm(sequence=1, esm_class=4, short_message=b"no id")
        with capturedLogs() as told:
            for _ in range(3):
                self.carrier.say(*[useless] * 100)
                self.clock.advance(0)
                self.carrier.said()
            self.clock.advance(EVERY)
            self.carrier.say(useless)
        self.assertEqual(301, self.link.status()["unreadable"])
        self.assertEqual(2, sum(event["log_level"] is LogLevel.warn for event in told))

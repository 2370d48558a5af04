"""A link and the gate of its tunnel: no dial and no octet while it is closed, and back at once when it opens."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.account import Account
from chanserv.links.smpp.codec import Frames, decode, encode
from chanserv.links.smpp.pdus import BindTransceiverResp, Pdu, SubmitSm
from chanserv.links.smpp.speech import SmppSpeech
from tests.fakes import smpp
from tests.links.fakes import FakeEndpoint, FakeGate, FakeLane, FakeRouter, Wire, work

DOWN = "tunnel wg0 is down: no handshake yet"


class GateTests(SynchronousTestCase):
    """One session of one account."""

    def setUp(self) -> None:
        self.clock, self.endpoint, self.gate = Clock(), FakeEndpoint(), FakeGate(open=True)
        self.lane = FakeLane()
        settings = smpp("a")
        self.link = Account(
            settings, SmppSpeech(settings, self.clock.seconds), self.lane, FakeRouter(), self.clock,  # type: ignore[arg-type]
            gate=self.gate, connect=self.endpoint, chance=lambda: 0.0,  # type: ignore[arg-type]
        )  # fmt: skip

    def told(self) -> tuple[object, object]:
        status = self.link.status()
        return status["state"], status["last_error"]

    def bind(self) -> None:
        """The SMSC takes the call and the bind."""
        self.wire, self.frames = Wire(), Frames()
        self.protocol = self.endpoint.take(self.wire)
        self.protocol.dataReceived(encode(BindTransceiverResp(sequence=1)))
        self.said()

    def said(self) -> list[Pdu]:
        data = self.wire.value()
        self.wire.clear()
        return [decode(frame) for frame in self.frames.feed(data)]

    def dials(self) -> int:
        return len(self.endpoint.dialled)

    def test_open(self) -> None:
        """Is as if there were none."""
        self.link.start()
        self.bind()
        self.assertEqual(("bound", True, 1), (self.link.status()["state"], self.link.up, self.dials()))

    def test_closed_at_first(self) -> None:
        """Nobody is dialled, however long it takes; the reason shows."""
        self.gate.open = False
        self.link.start()
        self.clock.advance(86400.0)
        self.assertEqual((0, ("waiting", DOWN), False), (self.dials(), self.told(), self.link.up))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_opened(self) -> None:
        """Is dialled at once; that costs no wait."""
        self.gate.open = False
        self.link.start()
        self.clock.advance(600.0)
        self.gate.change(True)
        self.assertEqual(1, self.dials())
        self.bind()
        self.assertTrue(self.link.up)

    def test_closed_while_bound(self) -> None:
        """The session ends at once and without a word; what waits for an answer will never get one."""
        self.link.start()
        self.bind()
        self.link.send(work())
        self.clock.advance(0.0)
        self.assertEqual(1, len([pdu for pdu in self.said() if isinstance(pdu, SubmitSm)]))
        self.gate.change(False)
        self.assertEqual((True, [], False), (self.wire.aborted, self.said(), self.link.up))
        self.assertEqual([(1, "unknown", DOWN)], self.lane.verdicts)
        self.clock.advance(3600.0)
        self.assertEqual((1, ("waiting", DOWN)), (self.dials(), self.told()))

    def test_closed_with_parts_in_hand(self) -> None:
        """What was not on the wire yet will go another time: that is certain."""
        self.link.start()
        self.bind()
        self.link.send(work())
        self.gate.change(False)
        self.clock.advance(0.0)
        self.assertEqual([], [pdu for pdu in self.said() if isinstance(pdu, SubmitSm)])
        self.assertEqual([(1, "later")], [verdict[:2] for verdict in self.lane.verdicts])

    def test_closed_while_dialling(self) -> None:
        """The dial is given up."""
        self.link.start()
        dialling: Deferred[object] = self.endpoint.connecting
        self.gate.change(False)
        self.assertTrue(dialling.called)
        self.assertEqual(("resting", DOWN), self.told())
        self.clock.advance(3600.0)
        self.assertEqual((1, "waiting"), (self.dials(), self.told()[0]))

    def test_opened_during_a_rest(self) -> None:
        """What the rest was for is over: dialled at once, and once."""
        self.link.start()
        self.bind()
        self.gate.change(False)
        self.assertEqual("resting", self.told()[0])
        self.gate.change(True)
        self.assertEqual(2, self.dials())
        self.bind()
        self.clock.advance(20.0)
        self.assertEqual((2, True), (self.dials(), self.link.up))

    def test_a_closed_gate_is_no_failed_try(self) -> None:
        """The waits grow by refused calls, not by a tunnel that is down."""
        self.endpoint.refusal = ConnectionRefusedError()
        self.link.start()
        self.gate.open = False
        self.clock.advance(3600.0)
        self.gate.change(True)
        (rest,) = self.clock.getDelayedCalls()
        self.assertEqual((2, 2.0), (self.dials(), rest.getTime() - self.clock.seconds()))

    def test_stopped_while_it_waits(self) -> None:
        """Ends at once, and is not woken any more."""
        self.gate.open = False
        self.link.start()
        self.successResultOf(self.link.stop())
        self.gate.change(True)
        self.assertEqual((0, "stopped", []), (self.dials(), self.told()[0], self.clock.getDelayedCalls()))

    def test_closed_after_it_was_stopped(self) -> None:
        """Means nothing."""
        self.endpoint.refusal = ConnectionRefusedError()
        self.link.start()
        self.successResultOf(self.link.stop())
        self.gate.change(False)
        self.assertEqual("stopped", self.told()[0])

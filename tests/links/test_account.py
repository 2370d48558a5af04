"""An account with several sessions: what goes where, and what the end of one of them means."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.account import Account
from chanserv.links.base import Judgement
from chanserv.links.smpp.codec import Frames, decode, encode
from chanserv.links.smpp.pdus import BindTransceiverResp, DeliverSm, Pdu, SubmitSm, SubmitSmResp, Unbind
from chanserv.links.smpp.speech import SmppSpeech
from chanserv.message import UNSENT, Verdict
from tests.fakes import smpp
from tests.links.fakes import FakeLane, FakeRouter, Wire, work


class Calls:
    """An endpoint whose calls are all taken, in the order they are made."""

    def __init__(self) -> None:
        self.made: list[Conversation] = []

    def __call__(self, host: str, port: int) -> Calls:
        return self

    def connect(self, factory: Any) -> Deferred[Any]:
        protocol = factory.buildProtocol(None)
        self.made.append(Conversation(protocol))
        connected: Deferred[Any] = Deferred()
        connected.callback(protocol)
        return connected


class Conversation:
    """The carrier's end of one connection."""

    def __init__(self, protocol: Any) -> None:
        self.protocol, self.wire, self.frames = protocol, Wire(), Frames()
        protocol.makeConnection(self.wire)

    def said(self) -> list[Pdu]:
        data = self.wire.value()
        self.wire.clear()
        return [decode(frame) for frame in self.frames.feed(data)]

    def submits(self) -> list[Pdu]:
        return [pdu for pdu in self.said() if isinstance(pdu, SubmitSm)]

    def say(self, *pdus: Pdu) -> None:
        self.protocol.dataReceived(b"".join(encode(pdu) for pdu in pdus))

    def bind(self) -> None:
        self.say(BindTransceiverResp(sequence=1))

    def lose(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionDone()))


class AccountTests(SynchronousTestCase):
    """Two sessions of an account, window 5 each."""

    def setUp(self) -> None:
        self.clock, self.calls = Clock(), Calls()
        self.lane, self.router = FakeLane(), FakeRouter()
        settings = smpp("a", window=5, binds=2)
        speech = SmppSpeech(settings, self.clock.seconds)
        self.link = Account(
            settings, speech, self.lane, self.router, self.clock, connect=self.calls, chance=lambda: 0.0  # type: ignore[arg-type]
        )  # fmt: skip
        self.link.start()
        self.one, self.two = self.calls.made

    def send(self, *pieces: int, parts: int = 1) -> None:
        for piece in pieces:
            self.link.send(work(piece, parts))
        self.clock.advance(0)

    def test_each_session_adds_its_window(self) -> None:
        """Up with the first; the lane is told of every change."""
        self.one.bind()
        self.assertEqual((True, 5, 1), (self.link.up, self.link.window, self.lane.changes))
        self.two.bind()
        self.assertEqual((10, 2, 2), (self.link.window, self.lane.changes, self.link.status()["sessions"]))

    def test_the_freest_session_is_next(self) -> None:
        """So that none has more than its window, whoever answers faster."""
        self.one.bind()
        self.two.bind()
        self.send(1, parts=6)
        first, second = self.one.submits(), self.two.submits()
        self.assertEqual((3, 3), (len(first), len(second)))
        self.two.say(*(SubmitSmResp(sequence=pdu.sequence, message_id=b"7") for pdu in second))
        self.send(2, parts=7)
        self.assertEqual((2, 5), (len(self.one.submits()), len(self.two.submits())))

    def test_the_end_of_one(self) -> None:
        """Its parts are in doubt, the other's are not; the link stays up with half its window."""
        self.one.bind()
        self.two.bind()
        self.send(1, 2)
        self.two.lose()
        self.assertEqual(["unknown"], [outcome.verdict.value for outcome in self.lane.outcomes])
        self.assertEqual((True, 5, 3), (self.link.up, self.link.window, self.lane.changes))
        self.clock.advance(1)
        self.calls.made[2].bind()
        self.assertEqual((10, 1), (self.link.window, self.link.status()["flaps"]))

    def test_a_session_that_leaves_by_itself_is_broken(self) -> None:
        """Once: parts of it may be in doubt, as after any other end."""
        self.one.bind()
        self.two.bind()
        self.send(1)
        self.clock.advance(30)
        self.assertEqual((5, 1), (self.link.window, self.lane.breaks))
        self.one.lose()
        self.assertEqual(
            (["unknown"], 1), ([outcome.verdict.value for outcome in self.lane.outcomes], self.lane.breaks)
        )
        self.link.stop()
        self.two.lose()
        self.assertEqual(1, self.lane.breaks)

    def test_what_comes_with_the_end_of_a_session_does_not_leave(self) -> None:
        """It is told so: nobody else would ever speak of it."""
        self.lane.changed = lambda: self.link.send(work(7)) if self.link.up else None  # type: ignore[method-assign]
        self.one.say(BindTransceiverResp(sequence=1), Unbind(sequence=1))
        self.clock.advance(0)
        self.assertEqual([(1, "later", UNSENT)], self.lane.verdicts)
        self.two.bind()
        self.lane.calls.clear()
        [submit] = self.two.submits() or (self.clock.advance(0), self.two.submits())[1]
        told = self.lane.answered

        def more(outcomes: Any) -> None:
            told(outcomes)
            if len(self.lane.calls) == 1:
                self.link.send(work(8))

        self.lane.answered = more  # type: ignore[method-assign]
        self.two.say(SubmitSmResp(sequence=submit.sequence, status=4))  # not bound: the session is to end
        self.clock.advance(0)
        self.assertEqual(
            (["later", "later"], UNSENT), ([v for _, v, _ in self.lane.verdicts], self.lane.verdicts[1][2])
        )
        self.assertEqual([], self.two.submits())

    def test_a_repeat_counts_for_its_own_session(self) -> None:
        """A person's second "1" on the session that lives is a text, though another session ended just now."""
        self.one.bind()
        self.two.bind()
        mo = DeliverSm(sequence=9, source_addr=b"5511999990000", destination_addr=b"8000", short_message=b"1")
        self.one.say(mo)
        self.router.waiting.pop().callback([True])
        self.two.lose()
        self.one.say(attrs.evolve(mo, sequence=10))
        self.assertEqual(2, len(self.router.replies))
        self.router.waiting.pop().callback([True])
        self.one.lose()
        self.clock.advance(1)
        again = self.calls.made[2]
        again.bind()
        again.say(attrs.evolve(mo, sequence=1))
        self.assertEqual((2, 1), (len(self.router.replies), self.link.status()["repeats"]))

    def test_stopped_when_the_last_has_left(self) -> None:
        """Each signs off by itself."""
        self.one.bind()
        self.two.bind()
        stopped = self.link.stop()
        self.one.lose()
        self.assertNoResult(stopped)
        self.two.lose()
        self.successResultOf(stopped)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_answers_that_make_no_sense_are_counted_at_once(self) -> None:
        """Not only when their session has ended; and once."""
        self.one.bind()
        self.two.bind()
        self.one.say(SubmitSmResp(sequence=777, message_id=b"7"))
        self.assertEqual(1, self.strays())
        self.one.lose()
        self.assertEqual(1, self.strays())

    def strays(self) -> int:
        status = self.link.status()
        return int(str(status["late"])) + int(str(status["strange"]))

    def test_that_the_carrier_throttles_is_told_once_a_minute(self) -> None:
        """It says so for every part."""
        self.one.bind()
        with capturedLogs() as events:
            for piece in (1, 2, 3):
                self.send(piece)
                [part] = self.one.submits()[-1:]
                self.one.say(SubmitSmResp(sequence=part.sequence, status=0x58))
                self.clock.advance(25.0)
        said = [formatEvent(event) for event in events if "slow down" in str(event)]
        self.assertEqual(["a: its carrier says slow down: ESME_RTHROTTLED"], said)

    def test_a_carriers_own_words_are_not_logged(self) -> None:
        """They may hold a number."""
        with capturedLogs() as events:
            self.link.judged(Judgement(verdict=Verdict.LATER, code="EC 04", reason="EC 04: 5511999990000", pause=1.0))
        self.assertEqual(["a: its carrier says slow down: EC 04"], [formatEvent(event) for event in events])

    def test_a_session_that_takes_no_more_is_not_shown_as_bound(self) -> None:
        """It waits for its open answers; the reason is the new one, and the link is down for its channels."""
        self.one.bind()
        self.send(1)
        self.clock.advance(30.5)
        status = self.link.status()
        self.assertEqual(
            (False, "ending", "no answer within 30 s"), (self.link.up, status["state"], status["last_error"])
        )

    def test_the_end_is_told_in_few_words(self) -> None:
        """Of whatever Twisted says: who hung up, or what broke."""
        said = []
        for end in (ConnectionDone(), ConnectionLost(), ConnectionLost("TLS: bad record"), TimeoutError("110")):
            self.one = self.calls.made[-1]
            self.one.protocol.connectionLost(Failure(end))
            said.append(self.link.status()["seats"][1]["last_error"])  # type: ignore[index]
            self.link.start()
        lost = ["connection lost: reset", "connection lost: TLS: bad record", "connection lost: 110"]
        self.assertEqual(["the carrier hung up", *lost], said)

    def test_told_to_start_it_rests_no_longer(self) -> None:
        """An operator need not wait; until then it is shown when it dials again."""
        self.one.bind()
        self.one.lose()
        self.two.lose()
        self.assertEqual(self.clock.seconds() + 1.0, self.link.status()["again"])
        self.link.start()
        self.assertEqual(4, len(self.calls.made))
        self.clock.advance(5.0)
        self.assertEqual(4, len(self.calls.made))

    def test_the_version_spoken_is_shown(self) -> None:
        """A carrier may lower it."""
        self.one.bind()
        self.assertEqual("3.4", self.link.status()["version"])

    def test_the_seats_are_shown(self) -> None:
        """One line each, with the reason of the one that is down in front."""
        self.one.bind()
        self.two.lose()
        status = self.link.status()
        self.assertEqual("bound", status["state"])
        self.assertEqual("the carrier hung up", status["last_error"])
        self.assertEqual(["bound", "resting"], [seat["state"] for seat in status["seats"]])  # type: ignore[attr-defined]

"""The SMPP link on a transport of strings, between a lane and a router that only remember."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chanserv.interfaces import ILink
from chanserv.links import protocol
from chanserv.links.smpp.codec import Frames, decode, encode
from chanserv.links.smpp.link import make
from chanserv.links.smpp.pdus import (
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from chanserv.message import Coding, Part, Slice, Status
from chanserv.settings import Secret, SmppSettings
from tests.links.fakes import FakeEndpoint, FakeLane, FakeRouter, Wire, work

DELIVRD = b"id:7 sub:001 dlvrd:001 submit date:2611230533 done date:2611230534 stat:DELIVRD err:000 text:"


class LinkTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.lane, self.router, self.endpoint = FakeLane(), FakeRouter(), FakeEndpoint()
        settings = SmppSettings(
            name="a", hosts=("one:2775", "[::1]:2776"), system_id="weni", password=Secret("pw"), window=5
        )
        self.link = make(settings, self.lane, self.router, self.clock, connect=self.endpoint, chance=lambda: 0.0)  # type: ignore[arg-type]
        self.link.start()

    def call(self) -> None:
        """The SMSC takes the call."""
        self.wire, self.frames = Wire(), Frames()
        self.protocol = self.endpoint.take(self.wire)

    def bind(self) -> None:
        self.call()
        self.said()
        self.say(BindTransceiverResp(sequence=1, system_id=b"smsc"))

    def said(self) -> list[Pdu]:
        data = self.wire.value()
        self.wire.clear()
        return [decode(frame) for frame in self.frames.feed(data)]

    def say(self, *pdus: Pdu) -> None:
        """All of it in one dataReceived."""
        self.protocol.dataReceived(b"".join(encode(pdu) for pdu in pdus))

    def lose(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionDone()))

    def send(self, *works: Any) -> list[Pdu]:
        for each in works:
            self.link.send(each)
        self.clock.advance(0)
        return self.said()

    def commit(self, *well: bool) -> list[Pdu]:
        """The oldest of what the router keeps is on disk, or is not to be had."""
        self.router.waiting.pop(0).callback(list(well))
        self.clock.advance(0)
        return self.said()


class SessionTests(LinkTestCase):
    def test_it_is_a_link(self) -> None:
        """ILink, by the table of kinds as well."""
        verifyObject(ILink, self.link)
        made = make(self.link.settings, self.lane, self.router, self.clock)  # type: ignore[arg-type]
        self.assertEqual(("a", "smpp", 0, False), (made.name, made.kind, made.window, made.up))

    def test_bound(self) -> None:
        """Up from the bind_resp on; the lane is told."""
        self.call()
        self.assertEqual([BindTransceiver(sequence=1, system_id=b"weni", password=b"pw")], self.said())
        self.assertEqual((False, 0, 0), (self.link.up, self.link.window, self.lane.changes))
        self.say(BindTransceiverResp(sequence=1))
        self.assertEqual((True, 5, 1), (self.link.up, self.link.window, self.lane.changes))
        status = self.link.status()
        self.assertEqual(("bound", "one:2775"), (status["state"], status["host"]))

    def test_the_next_host_after_a_failure(self) -> None:
        """In turn, with growing rests; a refused bind counts as one."""
        self.endpoint.connecting.errback(Failure(ConnectionRefusedError()))
        self.clock.advance(1)
        self.call()
        self.say(BindTransceiverResp(sequence=1, status=8))
        self.assertTrue(self.wire.disconnecting)
        self.lose()
        self.clock.advance(1.9)
        self.assertEqual(2, len(self.endpoint.dialled))
        self.clock.advance(0.1)
        self.assertEqual([("one", 2775), ("::1", 2776), ("one", 2775)], self.endpoint.dialled)
        self.assertEqual("bind refused: ESME_RSYSERR", self.link.status()["last_error"])

    def test_a_former_session_still_lives(self) -> None:
        """The SMSC has to find out first; nobody dials before."""
        self.call()
        self.say(BindTransceiverResp(sequence=1, status=5))
        self.lose()
        self.clock.advance(29.9)
        self.assertEqual(1, len(self.endpoint.dialled))
        self.clock.advance(0.1)
        self.assertEqual(2, len(self.endpoint.dialled))

    def test_giving_up_a_dial_is_no_news(self) -> None:
        """Whatever the endpoint calls it: one that is still looking its host up says that this failed."""
        with capturedLogs() as events:
            self.successResultOf(self.link.stop())
        self.assertEqual(([], "stopped"), (events, self.link.status()["state"]))

    def test_a_wrong_password_stops(self) -> None:
        """Each host is asked once, for trying on locks accounts; what to mend is said by its key, aloud."""
        with capturedLogs() as events:
            for _ in self.link.settings.hosts:
                self.call()
                self.say(BindTransceiverResp(sequence=1, status=0x0E))
                self.lose()
                self.clock.advance(1)
        error = "bind refused: ESME_RINVPASWD; check system_id and password of link.a"
        status = self.link.status()
        self.assertEqual(("locked", error), (status["state"], status["last_error"]))
        self.assertEqual(["critical"], [event["log_level"].name for event in events if "dials no more" in str(event)])
        self.clock.advance(86_400)
        self.assertEqual((2, []), (len(self.endpoint.dialled), self.clock.getDelayedCalls()))

    def test_one_that_stopped_is_started_again(self) -> None:
        """By whoever mended it; and one that dials already is left alone."""
        self.test_a_wrong_password_stops()
        self.link.start()
        self.link.start()
        self.assertEqual(3, len(self.endpoint.dialled))
        self.bind()
        self.assertTrue(self.link.up)

    def test_one_that_stopped_is_gone_at_once(self) -> None:
        """There is nothing to sign off from."""
        self.test_a_wrong_password_stops()
        self.successResultOf(self.link.stop())
        self.assertEqual("stopped", self.link.status()["state"])

    def test_silence_aborts(self) -> None:
        """Two enquire_link unanswered: closed without waiting for a peer that reads nothing."""
        self.bind()
        for _ in range(3):
            self.assertFalse(self.wire.aborted)
            self.clock.advance(30)
        self.assertEqual((True, False), (self.wire.aborted, self.link.up))
        self.assertEqual([EnquireLink(sequence=2), EnquireLink(sequence=3)], self.said())

    def test_told_that_we_are_not_bound(self) -> None:
        """An SMSC that has forgotten our bind is dialled anew."""
        self.bind()
        self.send(work())
        self.say(SubmitSmResp(sequence=2, status=4, bare=True))
        self.clock.advance(0)
        self.assertEqual((False, True), (self.link.up, self.wire.disconnecting))
        self.assertEqual([(1, "later", "ESME_RINVBNDSTS")], self.lane.verdicts)


class StopTests(LinkTestCase):
    def stop(self) -> list[object]:
        fired: list[object] = []
        self.link.stop().addCallback(fired.append)
        return fired

    def test_polite(self) -> None:
        """What is open is answered, then unbind, its answer, the end; and no timer is left."""
        self.bind()
        self.send(work())
        fired = self.stop()
        self.assertEqual(([], False), (self.said(), self.link.up))
        self.say(SubmitSmResp(sequence=2, message_id=b"7"))
        self.assertEqual([Unbind(sequence=3)], self.said())
        self.say(UnbindResp(sequence=3))
        self.lose()
        self.assertEqual(([None], True), (fired, self.wire.disconnecting))
        self.assertEqual([(1, "taken", "")], self.lane.verdicts)
        self.successResultOf(self.link.stop())
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_bounded(self) -> None:
        """An SMSC that answers nothing is left after seven seconds."""
        self.bind()
        self.send(work())
        fired = self.stop()
        self.clock.pump([5, 2])
        self.lose()
        self.assertEqual([None], fired)
        self.assertEqual("unknown", self.lane.outcomes[0].verdict)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_while_dialling(self) -> None:
        """The call is given up."""
        fired = self.stop()
        self.assertEqual(([None], []), (fired, self.clock.getDelayedCalls()))

    def test_while_signing_in_or_resting(self) -> None:
        """Neither a bind without answer nor a rest holds it up."""
        self.call()
        fired = self.stop()
        self.lose()
        self.assertEqual(([None], True), (fired, self.wire.disconnecting))
        self.setUp()
        self.endpoint.connecting.errback(Failure(ConnectionRefusedError()))
        self.assertEqual(([None], []), (self.stop(), self.clock.getDelayedCalls()))

    def test_nothing_is_handed_over_afterwards(self) -> None:
        """A piece that comes too late was not sent."""
        self.bind()
        self.stop()
        self.said()
        self.assertEqual([], self.send(work()))
        self.assertEqual([(1, "later", "not sent")], self.lane.verdicts)


class SubmitTests(LinkTestCase):
    def test_one_write_a_turn(self) -> None:
        """However many pieces it brings; one call for all answers of one read."""
        self.bind()
        writes = self.wire.writes
        sent = self.send(work(1), work(2, parts=2), work(3))
        self.assertEqual([2, 3, 4, 5], [pdu.sequence for pdu in sent])
        self.assertEqual(1, self.wire.writes - writes)
        self.say(*(SubmitSmResp(sequence=pdu.sequence, message_id=b"00A") for pdu in sent))
        self.assertEqual(1, len(self.lane.calls))
        self.assertEqual([(1, 1), (2, 1), (2, 2), (3, 1)], [(each.piece, each.part) for each in self.lane.outcomes])
        self.assertEqual({"a"}, {each.link for each in self.lane.outcomes})

    def test_one_timer(self) -> None:
        """No event moves it: it rings early and finds out."""
        self.bind()
        before = self.clock.getDelayedCalls()
        for sequence in range(2, 50):
            self.send(work(sequence))
            self.say(SubmitSmResp(sequence=sequence))
        self.assertEqual(before, self.clock.getDelayedCalls())

    def test_throttled(self) -> None:
        """The part comes later, and so does all else."""
        self.bind()
        self.send(work(1), work(2))
        self.say(SubmitSmResp(sequence=2, status=0x58, bare=True), SubmitSmResp(sequence=3, status=0x14, bare=True))
        self.assertEqual([0.5, 2.0], self.lane.throttles)
        self.assertEqual([(1, "later", "ESME_RTHROTTLED"), (1, "later", "ESME_RMSGQFUL")], self.lane.verdicts)

    def test_refused(self) -> None:
        """By the table; with tries counted for codes that mean anything."""
        self.bind()
        tried = Part(number=1, slice=Slice(b"x"), tries=2)
        self.send(work(1), work(2), work(3, parts=(tried,)))
        self.say(SubmitSmResp(sequence=2, status=0x0B), GenericNack(sequence=3), SubmitSmResp(sequence=4, status=0x45))
        self.assertEqual(
            [(1, "refused", "ESME_RINVDSTADR"), (1, "later", "ESME_RUNKNOWNERR"), (1, "refused", "ESME_RSUBMITFAIL")],
            self.lane.verdicts,
        )

    def test_what_no_submit_sm_can_hold(self) -> None:
        """Is refused with its reason, at the end of the turn; its neighbours go."""
        self.bind()
        long = Part(number=1, slice=Slice(b"x" * 70_000))
        self.link.send(work(1, parts=(long,)))
        self.assertEqual([], self.lane.calls)
        sent = self.send(work(2))
        self.assertEqual([2], [pdu.sequence for pdu in sent])
        [(_, verdict, reason)] = self.lane.verdicts
        self.assertEqual(("refused", True), (verdict, bool(reason)))

    def test_the_connection_breaks(self) -> None:
        """What was written is UNKNOWN, what was not comes again, and nothing more is sent."""
        self.bind()
        self.send(work(1, parts=2))
        self.link.send(work(2))
        self.lose()
        self.link.send(work(3))
        self.clock.advance(0)
        unknown, unsent = "the carrier hung up", "not sent"
        self.assertEqual(
            [(1, "unknown", unknown), (2, "unknown", unknown), (1, "later", unsent), (1, "later", unsent)],
            self.lane.verdicts,
        )
        self.assertEqual((2, False, []), (self.lane.changes, self.link.up, self.said()))
        self.assertEqual(1, len(self.clock.getDelayedCalls()), "only the keeper's rest")

    def test_no_answer(self) -> None:
        """In answer_within: no more goes on that session, others may still be answered, and it ends in good order."""
        self.bind()
        self.send(work(1), work(2))
        self.clock.advance(20)
        self.say(EnquireLink(sequence=1))
        self.said()
        changes = self.lane.changes
        self.clock.advance(10)
        self.assertEqual(([], changes + 1), (self.lane.verdicts, self.lane.changes))
        self.assertEqual((False, 0), (self.link.up, self.link.window))
        self.assertEqual([], self.send(work(3)))
        self.assertEqual([(1, "later", "not sent")], self.lane.verdicts)
        self.say(SubmitSmResp(sequence=3, message_id=b"7"))
        self.clock.advance(5)
        self.assertEqual([Unbind(sequence=4)], self.said())
        self.say(UnbindResp(sequence=4))
        self.assertEqual([(1, "taken", ""), (1, "unknown", "no answer within 30 s")], self.lane.verdicts[1:])
        self.assertEqual((True, "no answer within 30 s"), (self.wire.disconnecting, self.link.status()["last_error"]))

    def test_a_late_answer(self) -> None:
        """Is counted when the session ends."""
        self.bind()
        self.say(SubmitSmResp(sequence=2, message_id=b"7"))
        self.lose()
        self.assertEqual(1, self.link.status()["late"])


class ReceiptTests(LinkTestCase):
    def receipt(self, sequence: int = 9, text: bytes = DELIVRD) -> DeliverSm:
        return DeliverSm(sequence=sequence, esm_class=4, source_addr=b"5511999990000", short_message=text)

    def test_answered_after_the_commit(self) -> None:
        """All receipts of one read in one call; what was not kept shall come again."""
        self.bind()
        self.say(self.receipt(8), self.receipt(9))
        self.assertEqual(([], 1), (self.said(), len(self.router.receipts)))
        self.assertEqual([Status.DELIVERED] * 2, [receipt.status for receipt in self.router.receipts[0]])
        self.assertEqual([DeliverSmResp(sequence=8), DeliverSmResp(sequence=9, status=0x64)], self.commit(True, False))

    def test_without_an_id(self) -> None:
        """Nobody can use it, and a refusal would bring it for ever."""
        self.bind()
        self.say(self.receipt(8, b"what is this"))
        self.clock.advance(0)
        self.assertEqual(([DeliverSmResp(sequence=8)], []), (self.said(), self.router.receipts))
        self.assertEqual(1, self.link.status()["unreadable"])

    def test_a_surprise_in_the_router(self) -> None:
        """Is logged once, and the carrier comes again."""
        self.bind()
        self.say(self.receipt(8))
        self.router.waiting.pop().errback(ZeroDivisionError())
        self.clock.advance(0)
        self.assertEqual([DeliverSmResp(sequence=8, status=0x64)], self.said())
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_too_many_unanswered(self) -> None:
        """Reading pauses, silence is no fault meanwhile, and it goes on when answers are out."""
        self.bind()
        self.send(work())
        many = protocol.UNANSWERED_MO
        self.say(*(self.receipt(n) for n in range(1, many)))
        self.assertEqual("producing", self.wire.producerState)
        self.say(self.receipt(many))
        self.assertEqual("paused", self.wire.producerState)
        self.clock.pump([30] * 10)
        self.assertEqual(([], True, []), (self.lane.calls, self.link.up, self.said()))
        self.commit(*[True] * (many - 1))
        self.assertEqual("producing", self.wire.producerState)
        self.say(SubmitSmResp(sequence=2, message_id=b"7"))
        self.assertEqual([(1, "taken", "")], self.lane.verdicts)


class ReplyTests(LinkTestCase):
    """Which MO is a repeat: octets are all there is to go by, and a person may write "1" twice."""

    def mo(self, sequence: int = 9, text: bytes = b"1") -> DeliverSm:
        return DeliverSm(sequence=sequence, source_addr=b"5511999990000", destination_addr=b"8000", short_message=text)

    def rebind(self, after: float = 0.0) -> None:
        self.lose()
        self.clock.advance(1.0)
        self.bind()
        self.clock.advance(after)

    def kept(self) -> int:
        return sum(len(replies) for replies in self.router.replies)

    def test_twice_is_two_texts(self) -> None:
        """Within one living session, once the first is answered."""
        self.bind()
        for sequence in (8, 9):
            self.say(self.mo(sequence))
            self.assertEqual([DeliverSmResp(sequence=sequence)], self.commit(True))
        self.assertEqual(2, self.kept())

    def test_while_the_first_is_being_kept(self) -> None:
        """Is answered as the first is; a third is a text of its own."""
        for well, status in ((True, 0), (False, 0x64)):
            self.setUp()
            self.bind()
            self.say(self.mo(7), self.mo(8))
            self.say(self.mo(9))
            self.assertEqual(2, self.kept())
            expected = [DeliverSmResp(sequence=sequence, status=status) for sequence in (8, 7)]
            self.assertEqual(expected, self.commit(well))
            self.assertEqual([DeliverSmResp(sequence=9)], self.commit(True))

    def test_the_session_ended_at_once(self) -> None:
        """Within five seconds of the answer: one repeat is the former; the next equal one is a text."""
        self.bind()
        self.say(self.mo())
        self.commit(True)
        self.clock.advance(5)
        self.rebind()
        self.say(self.mo(3))
        self.clock.advance(0)
        self.assertEqual(([DeliverSmResp(sequence=3)], 1), (self.said(), self.kept()))
        self.say(self.mo(4))
        self.assertEqual([DeliverSmResp(sequence=4)], self.commit(True))
        self.assertEqual((2, 1), (self.kept(), self.link.status()["repeats"]))

    def test_the_answer_was_read(self) -> None:
        """More than five seconds later, it is a text of its own."""
        self.bind()
        self.say(self.mo())
        self.commit(True)
        self.clock.advance(5.1)
        self.rebind()
        self.say(self.mo())
        self.assertEqual(2, self.kept())

    def test_not_for_ever(self) -> None:
        """After repeat_window it is a text of its own."""
        for wait, kept in ((1790.0, 1), (1801.0, 2)):
            self.setUp()
            self.bind()
            self.say(self.mo())
            self.commit(True)
            self.rebind()
            for _ in range(int(wait // 10)):
                self.clock.advance(10)
                self.say(EnquireLink(sequence=1))
            self.clock.advance(wait % 10)
            self.say(self.mo())
            self.assertEqual(kept, self.kept(), wait)

    def test_kept_after_the_session_ended(self) -> None:
        """Its answer went nowhere: the next equal one is the former."""
        self.bind()
        self.say(self.mo())
        self.rebind()
        self.commit(True)
        self.say(self.mo(3))
        self.clock.advance(0)
        self.assertEqual((1, [DeliverSmResp(sequence=3)]), (self.kept(), self.said()))

    def test_repeated_before_it_is_kept(self) -> None:
        """On the next session, with the first's commit still out: one answer for both, and then a text is a text."""
        self.bind()
        self.say(self.mo())
        self.rebind()
        self.say(self.mo(3))
        self.assertEqual([DeliverSmResp(sequence=3)], self.commit(True))
        self.say(self.mo(4))
        self.assertEqual(2, self.kept())

    def test_a_repeat_is_a_former_in_turn(self) -> None:
        """Its answer may be missed as the first one's was."""
        self.bind()
        self.say(self.mo())
        self.commit(True)
        for _ in range(3):
            self.rebind()
            self.say(self.mo())
            self.clock.advance(0)
        self.assertEqual(1, self.kept())

    def test_not_kept_is_no_former(self) -> None:
        """Refused, it comes again and is kept."""
        self.bind()
        self.say(self.mo())
        self.commit(False)
        self.rebind()
        self.say(self.mo())
        self.assertEqual(2, self.kept())

    def test_doubt_from_the_process_before(self) -> None:
        """What it kept last may come once more."""
        self.bind()
        self.say(self.mo())
        digest = self.router.replies[0][0].digest
        self.setUp()
        self.link.doubt([digest])
        self.bind()
        self.say(self.mo(3))
        self.clock.advance(0)
        self.assertEqual(([DeliverSmResp(sequence=3)], 0), (self.said(), self.kept()))
        self.say(self.mo(4))
        self.assertEqual(1, self.kept())


class CodingTests(LinkTestCase):
    def test_what_goes_out(self) -> None:
        """Octets, coding and addresses of a part; a receipt is asked for."""
        self.bind()
        headed = Part(number=1, slice=Slice(b"\0a", b"\x05\0\3\1\2\1"))
        [sent] = self.send(work(1, coding=Coding.UCS2, parts=(headed,)))
        self.assertEqual(
            SubmitSm(
                sequence=2,
                source_addr_ton=3,
                source_addr=b"8000",
                dest_addr_ton=1,
                dest_addr_npi=1,
                destination_addr=b"5511999990000",
                esm_class=0x40,
                registered_delivery=1,
                data_coding=8,
                short_message=b"\x05\0\3\1\2\1\0a",
            ),
            sent,
        )

"""The simulated carrier, whatever it speaks: every way to behave, by a clock and in a toy's words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from tests.links.fakes import Caller
from tests.links.peer.toy import HANDSET, REFUSED, THROTTLED, Esme, ToyTrade


class CarrierTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()

    def carrier(self, record: str | None = None, on_submit: Any = None, **behaviour: Any) -> Carrier:
        made = Carrier(self.clock, ToyTrade(), Behaviour(**{"enquire_after": 0.0, **behaviour}), record, on_submit)
        self.addCleanup(self._ended, made)
        return made

    def _ended(self, carrier: Carrier) -> None:
        """Nothing is left ticking once everybody is gone."""
        for connection in tuple(carrier.connections):
            connection.connectionLost()
        self.assertEqual([], self.clock.getDelayedCalls())


class AnswerTests(CarrierTestCase):
    def test_parts_are_answered_with_new_ids(self) -> None:
        """In the base and from the number it was told."""
        for base, ids in (("hex", ["fe", "ff"]), ("decimal", ["254", "255"])):
            esme = Esme(self.carrier(id_base=base, id_start=254))
            esme.parts(5, 6)
            self.assertEqual([(5, ids[0]), (6, ids[1])], esme.answers())

    def test_a_turn_is_written_once(self) -> None:
        """However many parts it brings."""
        esme = Esme(self.carrier())
        writes: list[bytes] = []
        self.patch(esme.transport, "write", writes.append)
        esme.parts(*range(2, 12))
        self.assertEqual(1, len(writes))

    def test_parts_are_remembered(self) -> None:
        """And told, each as it comes."""
        seen: list[Any] = []
        esme = Esme(carrier := self.carrier(on_submit=seen.append))
        self.clock.advance(3)
        esme.parts(5)
        self.assertEqual(seen, list(carrier.submits))
        (one,) = seen
        self.assertEqual(
            ("hello", "8000", HANDSET, "1", 3.0), (one.text, one.source, one.destination, one.message_id, one.at)
        )

    def test_latency_holds_answers_back(self) -> None:
        """One timer, however many wait."""
        esme = Esme(self.carrier(latency=2.0))
        esme.parts(5, 6)
        self.clock.advance(1.0)
        esme.parts(7)
        self.assertEqual(1, len(self.clock.getDelayedCalls()))
        self.clock.advance(0.9)
        self.assertEqual([], esme.answers())
        self.clock.advance(0.1)
        self.assertEqual([5, 6], [number for number, _ in esme.answers()])
        self.clock.advance(1.0)
        self.assertEqual([7], [number for number, _ in esme.answers()])

    def test_jitter_has_bounds(self) -> None:
        """No earlier than the latency, no later than both."""
        esme = Esme(self.carrier(latency=1.0, jitter=2.0))
        esme.parts(*range(2, 32))
        self.clock.advance(0.99)
        self.assertEqual([], esme.answers())
        self.clock.advance(1.0)
        some = len(esme.answers())
        self.assertTrue(0 < some < 30, some)
        self.clock.advance(1.01)
        self.assertEqual(30, some + len(esme.answers()))

    def test_an_answer_to_a_lost_session_is_nobodys(self) -> None:
        """The next session does not get it."""
        carrier = self.carrier(latency=1.0)
        esme = Esme(carrier)
        esme.parts(5)
        esme.lose()
        other = Esme(carrier)
        self.clock.advance(2.0)
        self.assertEqual([], other.answers())

    def test_answers_can_be_repeated(self) -> None:
        """Word for word, refusals among them; the window is not deceived by it."""
        esme = Esme(self.carrier(repeat_answers=True, refuse_every=2, window=1))
        esme.parts(5)
        esme.parts(6)
        self.assertEqual([(5, "1"), (5, "1"), (6, "9"), (6, "9")], esme.answers())
        esme.parts(7)
        self.assertEqual([(7, "2")] * 2, esme.answers())

    def test_an_answer_can_be_nobodys(self) -> None:
        """Before every Nth comes one under a number that is not in use; what waits is not miscounted."""
        esme = Esme(self.carrier(unknown_every=2))
        esme.parts(5, 6, 7, 98)
        self.assertEqual([(5, "1"), (56, "2"), (6, "2"), (7, "3"), (48, "4"), (98, "4")], esme.answers())
        self.assertEqual(0, esme.protocol.desk.unanswered)


class RefusalTests(CarrierTestCase):
    def test_every_nth_is_refused(self) -> None:
        """With the code it was told, else the kind's own; and counted."""
        for told, code in ((20, "20"), (0, str(REFUSED))):
            esme = Esme(carrier := self.carrier(refuse_every=3, refuse_with=told))
            esme.parts(*range(2, 8))
            self.assertEqual(["1", "2", code, "3", "4", code], [answer for _, answer in esme.answers()])
            self.assertEqual((4, 2), (carrier.counts["submits"], carrier.counts["refused"]))

    def test_throttling_ends_by_itself(self) -> None:
        """So many seconds from when it was set."""
        esme = Esme(carrier := self.carrier())
        self.clock.advance(100.0)
        carrier.set(throttle_for=5.0)
        esme.parts(2)
        self.clock.advance(5.0)
        esme.parts(3)
        self.assertEqual([(2, str(THROTTLED)), (3, "1")], esme.answers())
        self.assertEqual(1, carrier.counts["throttled"])

    def test_the_window_is_the_carriers_own(self) -> None:
        """One part too many is throttled at once, the others are answered in time; an answer makes room."""
        for latency in (0.0, 1.0):
            esme = Esme(carrier := self.carrier(window=2, latency=latency))
            esme.parts(2, 3, 4)
            self.clock.advance(latency)
            self.assertEqual([(2, "1"), (3, "2"), (4, "7")], sorted(esme.answers()))
            esme.parts(5)
            self.clock.advance(latency)
            self.assertEqual([(5, "3")], esme.answers())
            self.assertEqual(1, carrier.counts["throttled"])

    def test_silence_can_be_set_and_lifted(self) -> None:
        """What was said meanwhile is not made up for; answers to deliveries are still heard."""
        esme = Esme(carrier := self.carrier())
        carrier.send_mo(HANDSET, "8000", "0")
        carrier.set(silent=True)
        esme.parts(2)
        esme.say("ok 1 0", "ask 3 1")
        carrier.send_mo(HANDSET, "8000", "1")
        self.assertEqual([["mo", "1", HANDSET, "0"]], esme.heard())
        self.assertEqual((1, 0), (carrier.counts["mo"], carrier.counts["submits"]))
        carrier.set(silent=False)
        self.assertEqual([[HANDSET, "1"]], esme.delivered())
        esme.parts(4)
        self.assertEqual([(4, "1")], esme.answers())

    def test_silence_keeps_the_socket(self) -> None:
        """However long, and whoever has not signed in: only the other end can know that nobody is there."""
        carrier = self.carrier(enquire_after=5.0)
        known, stranger = Esme(carrier), Esme(carrier, name=None)
        carrier.set(silent=True)
        self.clock.advance(3600.0)
        self.assertFalse(known.gone or stranger.gone)
        carrier.set(silent=False)
        self.clock.advance(0.0)
        self.assertTrue(known.gone and stranger.gone)

    def test_what_is_no_behaviour_is_refused(self) -> None:
        """A typing error, a base there is not."""
        carrier = self.carrier()
        self.assertRaises(TypeError, carrier.set, latencey=1)
        self.assertRaises(ValueError, carrier.set, id_base="octal")
        self.assertRaises(ValueError, carrier.set, congestion=101)

    def test_turned_away_means_hung_up(self) -> None:
        """After the answer."""
        esme = Esme(carrier := self.carrier(bind_status=13), name=None)
        esme.say("in me")
        self.assertEqual([["turned", "13"]], esme.heard())
        self.assertTrue(esme.gone)
        self.assertEqual((0, 1), (carrier.counts["binds"], carrier.counts["binds_refused"]))


class BreakTests(CarrierTestCase):
    def test_a_drop_instead_of_an_answer(self) -> None:
        """The Nth is taken all the same, what came after it is not; its receipt waits for the next session."""
        esme = Esme(carrier := self.carrier(drop_every=2))
        esme.parts(2, 3, 4)
        self.assertTrue(esme.gone)
        self.assertEqual(["1", "2"], [one.message_id for one in carrier.submits])
        esme.lose()
        late = Esme(carrier, name=None)
        late.say("in me")
        self.assertEqual([["1", "DELIVRD"], ["2", "DELIVRD"]], late.delivered())

    def test_a_cut_in_the_middle_of_an_answer(self) -> None:
        """Those before it are whole, half of it is written, then nothing more; the part is taken."""
        esme = Esme(carrier := self.carrier(cut_every=2, latency=1.0, receipts=False))
        esme.parts(2, 3, 4)
        self.clock.advance(1.0)
        self.assertEqual(b"taken 2 1\ntaken", esme.transport.value())
        self.assertTrue(esme.transport.disconnecting)
        self.assertEqual((1, 3), (carrier.counts["cuts"], carrier.counts["submits"]))

    def test_a_drop_can_be_had_at_once(self) -> None:
        """All connections break, without a word."""
        esme = Esme(carrier := self.carrier())
        carrier.drop()
        self.assertTrue(esme.gone)
        self.assertEqual([], esme.heard())


class SlowTests(CarrierTestCase):
    PART = f"part 10 8000 {HANDSET} {'x' * 71}\n"  # 100 octets

    def test_it_reads_a_hundred_octets_at_a_time(self) -> None:
        """And does not read at all meanwhile."""
        esme = Esme(carrier := self.carrier())
        carrier.set(slow=2.0)
        self.assertEqual(100, len(self.PART))
        esme.say(*[self.PART.rstrip()] * 3)
        for _ in range(3):
            self.assertEqual("paused", esme.transport.producerState)
            self.assertEqual(1, len(esme.answers()))
            self.clock.advance(1.9)
            self.assertEqual([], esme.answers())
            self.clock.advance(0.1)
        self.assertEqual("producing", esme.transport.producerState)

    def test_rest_follows_even_a_small_sip(self) -> None:
        """What comes before it is over waits."""
        esme = Esme(carrier := self.carrier(slow=2.0), name=None)
        esme.say("in me")
        esme.parts(5)
        self.assertEqual([["in"]], esme.heard())
        self.clock.advance(2.0)
        self.assertEqual([(5, "1")], esme.answers())
        self.assertEqual(1, carrier.counts["submits"])

    def test_it_can_be_quick_again(self) -> None:
        """After the rest it is in, all that waits is heard."""
        esme = Esme(carrier := self.carrier())
        carrier.set(slow=2.0)
        esme.say(*[self.PART.rstrip()] * 5)
        carrier.set(slow=0.0)
        self.clock.advance(2.0)
        self.assertEqual(5, len(esme.answers()))
        self.assertEqual("producing", esme.transport.producerState)
        esme.parts(5)
        self.assertEqual(1, len(esme.answers()))

    def test_a_lost_connection_is_not_heard_out(self) -> None:
        """What it had not read is lost with it."""
        esme = Esme(carrier := self.carrier())
        carrier.set(slow=2.0)
        esme.say(*[self.PART.rstrip()] * 5)
        carrier.drop()
        esme.lose()
        Esme(carrier)
        self.clock.advance(60.0)
        self.assertEqual(1, carrier.counts["submits"])


class ReceiptTests(CarrierTestCase):
    def test_a_receipt_follows_its_answer(self) -> None:
        """And is counted once it is answered."""
        esme = Esme(carrier := self.carrier())
        esme.parts(5)
        self.assertEqual([["taken", "5", "1"], ["receipt", "1", "1", "DELIVRD"]], esme.heard())
        esme.say("ok 1 0")
        self.assertEqual(1, carrier.counts["receipt"])

    def test_receipts_take_their_time(self) -> None:
        """Counted from the answer."""
        esme = Esme(carrier := self.carrier(latency=1.0, receipt_delay=2.0, mo_window=1))
        esme.parts(5, 6)
        self.clock.advance(1.0)
        self.assertEqual(2, len(esme.answers()))
        self.clock.advance(1.9)
        self.assertEqual([], esme.delivered())
        self.clock.advance(0.1)
        self.assertEqual([["1", "DELIVRD"]], esme.delivered(status=None))
        self.assertEqual("3.0", carrier.waiting[0].about["done"])

    def test_early_receipts_overtake_the_answer(self) -> None:
        """With latency, and in one turn."""
        for latency in (0.0, 1.0):
            esme = Esme(self.carrier(early=True, latency=latency))
            esme.parts(5)
            self.clock.advance(latency)
            self.assertEqual(["receipt", "taken"], [words[0] for words in esme.heard()])
            esme.lose()

    def test_ids_may_change_their_base(self) -> None:
        """Answers in one, receipts in the other."""
        for base, ids, expected in (
            ("hex", "same", "ff"),
            ("hex", "decimal", "255"),
            ("decimal", "hex", "ff"),
            ("decimal", "same", "255"),
        ):
            esme = Esme(self.carrier(id_base=base, receipt_ids=ids, id_start=255))
            esme.parts(5)
            self.assertEqual([[expected, "DELIVRD"]], esme.delivered())

    def test_words_and_doubles(self) -> None:
        """Each word a receipt, each receipt twice."""
        esme = Esme(self.carrier(receipt_status="ENROUTE UNDELIV", twice=True))
        esme.parts(5)
        self.assertEqual(["ENROUTE"] * 2 + ["UNDELIV"] * 2, [word for _, word in esme.delivered()])

    def test_the_later_of_two_can_go_first(self) -> None:
        """Words of one part, and parts of one turn."""
        esme = Esme(self.carrier(receipt_status="ENROUTE DELIVRD", reorder=True))
        esme.parts(5, 6)
        expected = [["2", "DELIVRD"], ["2", "ENROUTE"], ["1", "DELIVRD"], ["1", "ENROUTE"]]
        self.assertEqual(expected, esme.delivered())

    def test_receipts_can_be_lost(self) -> None:
        """Only every Nth part that was taken gets its own; or none does."""
        esme = Esme(self.carrier(receipt_every=3, refuse_every=4))
        esme.parts(*range(1, 9))
        self.assertEqual([["3", "DELIVRD"], ["6", "DELIVRD"]], esme.delivered())
        esme = Esme(self.carrier(receipts=False))
        esme.parts(5)
        self.assertEqual([], esme.delivered())

    def test_receipts_that_come_due_while_nobody_is_there_are_kept(self) -> None:
        """No timer runs meanwhile."""
        carrier = self.carrier(receipt_delay=5.0)
        esme = Esme(carrier)
        esme.parts(2)
        esme.lose()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.clock.advance(60.0)
        late = Esme(carrier)
        self.clock.advance(0.0)
        self.assertEqual([["1", "DELIVRD"]], late.delivered())


class QuestionTests(CarrierTestCase):
    def state(self, esme: Esme, line: str) -> str:
        esme.say(line)
        ((_, _, word),) = [words for words in esme.heard() if words[0] == "state"]
        return word

    def test_a_part_is_on_its_way_until_its_receipt(self) -> None:
        """Then that receipt's word counts, sent or lost; refused parts and wrong ids are not known."""
        for more in ({}, {"receipts": False}, {"receipt_every": 2}):
            esme = Esme(carrier := self.carrier(receipt_delay=5.0, receipt_status="ENROUTE EXPIRED", **more))
            self.assertEqual("?", self.state(esme, "ask 1 1"))
            esme.parts(2)
            self.assertEqual("ENROUTE", self.state(esme, "ask 3 1"))
            self.clock.advance(5.0)
            esme.delivered()
            self.assertEqual("EXPIRED", self.state(esme, "ask 4 1"))
            self.assertEqual(3, carrier.counts["queries"])

    def test_a_cancelled_part_says_so(self) -> None:
        """In the answer and in its receipt, of which there is no other; a second wish changes nothing."""
        esme = Esme(carrier := self.carrier(receipt_delay=5.0))
        esme.parts(2, 3)
        esme.answers()
        esme.say("cancel 4 1")
        self.assertEqual([["state", "4", "DELETED"], ["receipt", "1", "1", "DELETED"]], esme.heard())
        self.assertEqual("DELETED", self.state(esme, "cancel 5 1"))
        self.clock.advance(5.0)
        self.assertEqual([["2", "DELIVRD"]], esme.delivered())
        self.assertEqual("DELETED", self.state(esme, "ask 6 1"))
        self.assertEqual((2, 1), (carrier.counts["cancels"], carrier.counts["queries"]))

    def test_what_has_arrived_cannot_be_cancelled(self) -> None:
        """Its state is told, and stays."""
        esme = Esme(self.carrier())
        esme.parts(2)
        self.assertEqual(1, len(esme.delivered()))
        self.assertEqual("DELIVRD", self.state(esme, "cancel 3 1"))
        self.assertEqual([], esme.delivered())

    def test_questions_take_as_long_as_parts(self) -> None:
        """The state is that of the answer's moment."""
        esme = Esme(self.carrier(latency=2.0, receipt_delay=1.0))
        esme.parts(2)
        self.clock.advance(2.0)
        esme.say("ask 3 1")
        self.assertEqual(["taken"], [words[0] for words in esme.heard()])
        self.clock.advance(2.0)
        self.assertIn(["state", "3", "DELIVRD"], esme.heard())


class MoTests(CarrierTestCase):
    def test_a_text_waits_for_a_receiver(self) -> None:
        """Sent before anybody has signed in."""
        carrier = self.carrier()
        carrier.send_mo(HANDSET, "8000", "yes")
        esme = Esme(carrier, name=None)
        self.assertEqual([], esme.heard())
        esme.say("in me")
        self.assertEqual([[HANDSET, "yes"]], esme.delivered())
        self.assertEqual(1, carrier.counts["mo"])

    def test_a_session_carries_so_many(self) -> None:
        """The next goes when one is answered."""
        esme = Esme(carrier := self.carrier(mo_window=2))
        for number in range(5):
            carrier.send_mo(HANDSET, "8000", str(number))
        self.assertEqual(["0", "1"], [text for _, text in esme.delivered(status=None)])
        esme.say("ok 1 0")
        self.assertEqual(["2"], [text for _, text in esme.delivered(status=None)])

    def test_what_was_not_answered_comes_again(self) -> None:
        """On the next session, in its order, before what waited behind it."""
        esme = Esme(carrier := self.carrier(mo_window=2))
        for number in range(3):
            carrier.send_mo(HANDSET, "8000", str(number))
        self.assertEqual(2, len(esme.delivered(status=None)))
        carrier.drop()
        esme.lose()
        late = Esme(carrier, name=None)
        late.say("in me")
        self.assertEqual(["0", "1"], [text for _, text in late.delivered()])
        self.assertEqual(["2"], [text for _, text in late.delivered()])
        self.assertEqual((1, 3), (carrier.counts["drops"], carrier.counts["mo"]))

    def test_what_was_refused_comes_again_later(self) -> None:
        """Until it is answered well."""
        esme = Esme(carrier := self.carrier(retry_after=5.0))
        carrier.send_mo(HANDSET, "8000", "1")
        self.assertEqual(1, len(esme.delivered(status=100)))
        self.clock.advance(4.9)
        self.assertEqual([], esme.delivered())
        self.clock.advance(0.1)
        self.assertEqual(1, len(esme.delivered()))
        self.assertEqual((1, 1), (carrier.counts["mo"], carrier.counts["mo_refused"]))


class RecordTests(CarrierTestCase):
    def test_each_event_is_a_line(self) -> None:
        """There at once, for another process to read."""
        path = Path(self.mktemp())
        esme = Esme(carrier := self.carrier(record=str(path)))
        esme.parts(5)
        esme.delivered()
        carrier.send_mo(HANDSET, "8000", "1")
        esme.delivered(status=8)
        carrier.drop()
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(["bind", "submit", "receipt", "mo", "drop"], [line["what"] for line in lines])
        self.assertEqual(("me", "in"), (lines[0]["who"], lines[4]["state"]))
        self.assertEqual(("1", "hello", HANDSET), (lines[1]["id"], lines[1]["text"], lines[1]["destination"]))
        self.assertEqual(("1", "DELIVRD", 0), (lines[2]["id"], lines[2]["stat"], lines[2]["status"]))
        self.assertEqual(("1", 8), (lines[3]["text"], lines[3]["status"]))
        carrier.stopFactory()


class RealTests(TestCase):
    """On loopback; stopping leaves nothing behind."""

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.reactor: Any = reactor
        self.carrier = Carrier(reactor, ToyTrade(), Behaviour(enquire_after=0.0, receipts=False))

    async def reached(self, caller: Caller) -> Any:
        port = await TCP4ServerEndpoint(self.reactor, 0, interface="127.0.0.1").listen(self.carrier)
        self.addCleanup(port.stopListening)
        await connectProtocol(TCP4ClientEndpoint(self.reactor, "127.0.0.1", port.getHost().port), caller)
        return caller.transport

    async def test_half_an_answer_arrives(self) -> None:
        """And then the end."""
        self.carrier.set(cut_every=1)
        caller = Caller()
        (await self.reached(caller)).write(f"in me\npart 2 8000 {HANDSET} hello\n".encode())
        await caller.ended
        self.assertEqual(b"in\ntaken", caller.heard)

    async def test_a_slow_reader_is_felt(self) -> None:
        """The kernel's buffers fill, and the sender is told to wait; what it reads, it still answers."""
        self.carrier.set(slow=3600.0)
        caller = Caller(awaited=3)
        transport = await self.reached(caller)
        full: Deferred[None] = Deferred()
        transport.registerProducer(Producer(full), True)
        transport.write(b"in me\n")
        await caller.done
        transport.write(b"x" * 20_000_000)
        await full
        (connection,) = self.carrier.connections
        self.assertNotIn(connection.transport, self.reactor.getReaders())
        self.assertTrue(transport.dataBuffer or transport._tempDataBuffer)
        transport.unregisterProducer()
        transport.abortConnection()
        self.carrier.drop()
        await caller.ended

    async def test_it_can_call(self) -> None:
        """Whoever listens is told who calls; nobody there is told to whoever asked for it."""
        caller = Caller(awaited=6)
        port = await TCP4ServerEndpoint(self.reactor, 0, interface="127.0.0.1").listen(
            Factory.forProtocol(lambda: caller)
        )
        there = TCP4ClientEndpoint(self.reactor, "127.0.0.1", port.getHost().port)
        await self.carrier.call(there)
        self.assertEqual(b"hello\n", await caller.done)
        caller.transport.write(b"in me\n")  # type: ignore[union-attr]
        while not self.carrier.counts["binds"]:
            await deferLater(self.reactor, 0.001)
        self.carrier.stopFactory()
        await caller.ended
        await port.stopListening()
        await self.assertFailure(self.carrier.call(there), ConnectionRefusedError)


class Producer:
    """Fires once it is told to wait."""

    def __init__(self, full: Deferred[None]) -> None:
        self._full = full

    def pauseProducing(self) -> None:
        if not self._full.called:
            self._full.callback(None)

    def resumeProducing(self) -> None:
        pass

    def stopProducing(self) -> None:
        pass

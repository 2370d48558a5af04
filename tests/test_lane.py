"""The way to one link: order, window, pace and claims, over a store in memory."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec.structs import replace
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chanserv import operations as op
from chanserv.backlog import LEAST_CLAIMS
from chanserv.interfaces import ILane
from chanserv.lane import Lane
from chanserv.message import UNSENT, State, Verdict
from chanserv.meter import Silent
from chanserv.pace import Pace
from chanserv.router import Router
from tests.fakes import FakeLink, FakePlatform, PatientStore, post, settings, take

TO = "+5511999990000"


class LaneTestCase(SynchronousTestCase):
    careful, on_unknown = False, "resend"

    def setUp(self) -> None:
        self.start()

    def start(self, window: int = 10, rate: float = 1e6) -> None:
        self.clock = Clock()
        self.clock.advance(1_000_000.0)
        self.store = PatientStore(self.clock, self.on_unknown)
        self.lanes: dict[str, Lane] = {}
        self.router = Router(settings(), self.store, self.lanes, FakePlatform())  # type: ignore[arg-type]
        lane = Lane(self.store, self.router, self.clock, Pace(rate), self.careful, Silent())  # type: ignore[arg-type]
        self.lane = self.lanes["a"] = lane
        self.link = FakeLink(self.lane, window)
        self.lane.attach(self.link)

    def tearDown(self) -> None:
        self.lane.stop()
        self.assertEqual([], self.clock.getDelayedCalls())

    def take(self, *numbers: int, **more: Any) -> list[int]:
        """Into the store; the refs of the pieces."""
        results = [self.store.memory._carry_out(take(number, **more)) for number in numbers]
        return [result.piece for result in results if isinstance(result, op.Taken)]

    def up(self, up: bool = True) -> None:
        self.link.up = up
        self.lane.changed()

    @property
    def outstanding(self) -> int:
        """Parts handed over whose answer is not on disk yet."""
        return len(self.lane._out)

    def state(self, piece: int) -> list[State]:
        messages = self.store.memory.ledger.messages.values()
        return [part.state for m in messages for p in m.pieces if p.ref == piece for part in p.parts]


class OrderTests(LaneTestCase):
    def test_it_is_a_lane(self) -> None:
        """ILane."""
        verifyObject(ILane, self.lane)
        self.assertTrue(self.lane.up)

    def test_replies_before_bulk(self) -> None:
        """A person who waits is served first, in the store and in the lane."""
        self.start(window=1)
        bulk = self.take(1, 2)
        reply = self.take(3, reply=True)
        self.up()
        self.link.answer(reply[0])
        self.assertEqual([*reply, bulk[0]], [piece for piece, _ in self.link.sent])
        late = self.take(4, reply=True)
        self.lane.put(self.store.memory._carry_out(op.Claim(link="a", limit=1, holding=self.lane.holding)).works[0])  # type: ignore[union-attr]
        self.link.answer(bulk[0])
        self.assertEqual([*reply, bulk[0], *late], [piece for piece, _ in self.link.sent])

    def test_one_at_a_time_to_a_recipient(self) -> None:
        """The next is handed over when the former's answer is on disk."""
        first, second = self.take(1, to=TO) + self.take(2, to=TO)
        self.up()
        self.assertEqual([(first, 1)], self.link.sent)
        self.store.holds = (op.Settle,)
        self.link.answer(first)
        self.assertEqual([(first, 1)], self.link.sent)
        self.store.commit()
        self.assertEqual([(first, 1), (second, 1)], self.link.sent)

    def test_more_parts_than_the_window(self) -> None:
        """Go in order, as answers come, before any other piece."""
        self.start(window=2)
        long = self.take(1, parts=5)[0]
        [other] = self.take(2)
        self.up()
        for part in range(1, 6):
            self.assertEqual(min(part + 1, 5), len([p for p, _ in self.link.sent if p == long]))
            self.link.answer(long, part, carrier_id=str(part))
        self.assertEqual([(long, n) for n in range(1, 6)] + [(other, 1)], self.link.sent)
        self.link.answer(other)
        self.assertEqual(((), 0), (self.lane.holding, self.outstanding))

    def test_known_already(self) -> None:
        """A piece that is claimed is not taken twice, nor one with nothing to send."""
        self.take(1)
        self.up()
        [work] = self.link.works
        self.lane.put(work)
        self.lane.put(replace(work, piece=99, parts=()))
        self.assertEqual(1, len(self.link.works))


class WindowTests(LaneTestCase):
    def test_a_slot_is_free_after_the_commit(self) -> None:
        """Not with the answer: what a kill may double is one window."""
        self.start(window=2)
        self.take(*range(1, 6))
        self.store.holds = (op.Settle,)
        self.up()
        self.assertEqual(2, len(self.link.sent))
        self.link.answer(self.link.sent[0][0])
        self.assertEqual((2, 2), (len(self.link.sent), self.outstanding))
        self.store.commit()
        self.assertEqual((3, 2), (len(self.link.sent), self.outstanding))

    def test_the_first_answer_counts(self) -> None:
        """Whatever is answered again, or was never asked, is nothing to the store."""
        [piece] = self.take(1)
        self.up()
        self.link.answer(piece)
        self.link.answer(piece, verdict=Verdict.REFUSED)
        self.assertEqual(1, self.store.count(op.Settle))

    def test_claims_are_bounded(self) -> None:
        """The backlog waits in the store, not here; what is sent is sent once."""
        self.start(window=5)
        self.take(*range(1500))
        self.up()
        most, answered = 0, 0
        while answered < 300:
            most = max(most, len(self.lane.holding))
            self.link.answer(self.link.sent[answered][0])
            answered += 1
        self.assertEqual((305, 305), (len(self.link.sent), len(set(self.link.sent))))
        self.assertLessEqual(most, LEAST_CLAIMS)

    def test_what_there_is_no_room_for(self) -> None:
        """Stays in the store until there is; a reply is no exception."""
        self.start(window=1)
        self.up()
        for number in range(LEAST_CLAIMS + 5):
            self.successResultOf(self.router.submit(post(id=str(number), to=f"+55119{number:08}", reply=number > 20)))
        self.assertEqual(LEAST_CLAIMS, len(self.lane.holding))
        for _ in range(LEAST_CLAIMS + 5):
            self.link.answer(self.link.sent[-1][0])
        self.assertEqual((LEAST_CLAIMS + 5, ()), (len(set(self.link.sent)), self.lane.holding))

    def test_pace(self) -> None:
        """No more than the rate, by one timer."""
        self.start(window=100, rate=10)
        self.take(*range(15))
        self.up()
        for tenths in range(10):
            self.assertIn(len(self.link.sent), (tenths, tenths + 1))
            self.assertEqual(0.0, self.lane.rest)
            self.clock.advance(0.1)
        self.lane.throttled(2.0)
        before = len(self.link.sent)
        self.assertAlmostEqual(2.0, self.lane.rest)
        self.clock.pump([0.5] * 3)
        self.assertAlmostEqual(0.5, self.lane.rest)
        self.assertEqual(before, len(self.link.sent))
        self.clock.pump([0.1] * 8)
        self.assertGreater(len(self.link.sent), before)

    def test_throttled(self) -> None:
        """A window of throttles slows it once, within the second; good answers bring it back to what was agreed."""
        self.start(window=5, rate=50)
        pieces = self.take(*range(500))
        self.up()
        self.clock.advance(0.1)
        for piece, part in self.link.sent[:5]:
            self.lane.throttled(0.5)
            self.link.answer(piece, part, Verdict.LATER, reason="ESME_RTHROTTLED", retry_after=3600.0)
        self.assertEqual(40.0, self.lane.rate)
        self.clock.advance(0.4)
        self.assertEqual(5, len(self.link.sent))
        for _ in range(180):
            self.clock.advance(0.05)
            for piece, part in self.link.sent[5:]:
                self.link.answer(piece, part)
        self.assertEqual(50.0, self.lane.rate)
        self.assertLess(len(self.link.sent), len(pieces) + 5)

    def test_congested(self) -> None:
        """The carrier's own word slows it as well; full, it rests."""
        self.start(window=5, rate=50)
        self.take(*range(20))
        self.lane.congested(95)
        self.assertEqual(45.0, self.lane.rate)
        self.up()
        self.lane.congested(100)
        before = len(self.link.sent)
        self.clock.pump([0.1] * 9)
        self.assertEqual(before, len(self.link.sent))


class HoldBackTests(LaneTestCase):
    """A text is being cancelled: the store must be the only one to know of it until it says what is left."""

    def cancel(self, piece: int, out: tuple[int, ...]) -> None:
        [message] = [m.ref for m in self.store.memory.ledger.messages.values() for p in m.pieces if p.ref == piece]
        pairs = tuple((piece, part) for part in out)
        self.store.memory._carry_out(op.Cancel(message=message, pieces=(piece,), out=pairs))

    def test_what_is_ready_does_not_go(self) -> None:
        """Nor is it claimed anew, nor taken from whoever hands it over, before it may go on."""
        self.start(window=1)
        first, second = self.take(1, 2)
        self.up()
        self.assertEqual((), self.lane.hold_back(second))
        work = self.store.memory._carry_out(op.Claim(link="a", limit=1, holding=(first,))).works[0]  # type: ignore[union-attr]
        self.lane.put(work)
        self.lane.claim()
        self.link.answer(first)
        self.assertEqual([(first, 1)], self.link.sent)
        self.lane.go_on(second)
        self.assertEqual([(first, 1), (second, 1)], self.link.sent)

    def test_what_is_out_is_said(self) -> None:
        """Until its answer is on disk; the rest of its piece stays here."""
        self.start(window=2)
        [piece] = self.take(1, parts=3)
        self.up()
        out = self.lane.hold_back(piece)
        self.assertEqual((1, 2), out)
        self.cancel(piece, out)
        self.lane.go_on(piece)
        self.link.answer(piece, 1, carrier_id="c1")
        self.link.answer(piece, 2, carrier_id="c2")
        self.assertEqual([(piece, 1), (piece, 2)], self.link.sent)
        self.assertEqual(([State.SENT, State.SENT, State.FAILED], ()), (self.state(piece), self.lane.holding))

    def test_a_claim_on_its_way(self) -> None:
        """Brings what is held back, and it does not go."""
        [piece] = self.take(1)
        self.store.holds = (op.Claim,)
        self.up()
        self.lane.hold_back(piece)
        self.store.commit()
        self.assertEqual([], self.link.sent)
        self.cancel(piece, ())
        self.lane.go_on(piece)
        self.store.commit()
        self.assertEqual(([], ()), (self.link.sent, self.lane.holding))

    def test_while_the_link_is_down(self) -> None:
        """It stays held back when the link comes up."""
        [piece] = self.take(1)
        self.up(False)
        self.lane.hold_back(piece)
        self.up()
        self.assertEqual([], self.link.sent)
        self.up(False)
        self.up()
        self.lane.go_on(piece)
        self.assertEqual([(piece, 1)], self.link.sent)

    def test_by_two_at_once(self) -> None:
        """It goes on when neither holds it back any more."""
        [piece] = self.take(1)
        self.lane.hold_back(piece)
        self.lane.hold_back(piece)
        self.lane.go_on(piece)
        self.up()
        self.assertEqual([], self.link.sent)
        self.lane.go_on(piece)
        self.assertEqual([(piece, 1)], self.link.sent)

    def test_octets_that_are_about_to_leave(self) -> None:
        """Count as out: what the store is told of them cannot be taken back."""
        self.careful, self.on_unknown = True, "fail"
        self.start()
        [piece] = self.take(1)
        self.store.holds = (op.Begin,)
        self.up()
        self.assertEqual((1,), self.lane.hold_back(piece))
        self.store.commit()
        self.assertEqual([(piece, 1)], self.link.sent)


class AnswerTests(LaneTestCase):
    def test_later_comes_again_when_due(self) -> None:
        """As long as the carrier, or our own back-off, says."""
        [piece] = self.take(1)
        self.up()
        self.link.answer(piece, verdict=Verdict.LATER, retry_after=7.0, reason="ESME_RTHROTTLED")
        self.clock.advance(6.9)
        self.assertEqual([(piece, 1)], self.link.sent)
        self.clock.advance(0.2)
        self.assertEqual([(piece, 1)] * 2, self.link.sent)
        self.assertEqual(1, self.link.works[1].parts[0].tries)

    def test_unknown_goes_again(self) -> None:
        """Where the link may resend."""
        [piece] = self.take(1)
        self.up()
        self.link.answer(piece, verdict=Verdict.UNKNOWN)
        self.clock.advance(0)
        self.assertEqual([(piece, 1)] * 2, self.link.sent)

    def test_refused_drops_the_rest_of_its_piece(self) -> None:
        """Its parts that are ready never go, its neighbours do."""
        self.start(window=2)
        [long] = self.take(1, parts=5)
        [other] = self.take(2)
        self.up()
        self.link.answer(long, 1, Verdict.REFUSED)
        self.link.answer(long, 2)
        self.assertEqual([(long, 1), (long, 2), (other, 1)], self.link.sent)
        self.assertEqual((other,), self.lane.holding)
        self.assertEqual([State.FAILED, State.SILENT, *[State.DROPPED] * 3], self.state(long))

    def test_unsent_is_no_try(self) -> None:
        """Nothing left: nothing is written, and it goes when the link is up."""
        [piece] = self.take(1)
        self.up()
        self.link.up = False
        self.link.answer(piece, verdict=Verdict.LATER, reason=UNSENT)
        self.assertEqual(((), 0, 0), (self.lane.holding, self.outstanding, self.store.count(op.Settle)))
        self.up()
        self.assertEqual(([(piece, 1)] * 2, 0), (self.link.sent, self.link.works[1].parts[0].tries))

    def test_an_outcome_that_cannot_be_kept(self) -> None:
        """Frees its slot all the same."""
        [piece] = self.take(1)
        self.up()
        self.store.answers[op.Settle] = op.Failed(reason="no")
        self.link.answer(piece)
        self.assertEqual(((), 0), (self.lane.holding, self.outstanding))

    def test_the_store_is_gone(self) -> None:
        """Its slot stays taken: nobody may send what nobody can keep."""
        [piece] = self.take(1)
        self.up()
        self.store.healthy = False
        self.link.answer(piece)
        self.assertEqual(1, self.outstanding)

    def test_a_surprise(self) -> None:
        """Is logged and counted; the lane goes on."""
        [piece] = self.take(1)
        self.up()
        self.store.answers[op.Settle] = op.Settled(link="a")
        self.patch(self.lane._claims, "landed", lambda piece: 1 / 0)
        self.link.answer(piece)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        [other] = self.take(2)
        self.lane.claim()
        self.assertIn((other, 1), self.link.sent)


class LinkTests(LaneTestCase):
    def test_down_releases_and_up_claims(self) -> None:
        """What is ready goes back, what is out stays until it is answered."""
        self.start(window=2)
        self.take(1, 2, 3, 4)
        self.up()
        self.up(False)
        self.assertEqual(2, len(self.lane.holding))
        for piece, _ in self.link.sent[:]:
            self.link.answer(piece, verdict=Verdict.UNKNOWN)
        self.clock.advance(0)
        self.assertEqual(((), 2), (self.lane.holding, len(self.link.sent)))
        self.up()
        self.assertEqual((4, 2), (len(self.lane.holding), self.outstanding))

    def test_a_session_that_broke(self) -> None:
        """Is counted once, whatever others there are."""
        counted = []
        self.lane._meter.counted = lambda name, **labels: counted.append((name, labels))  # type: ignore[method-assign]
        self.lane.broken()
        self.up(False)
        self.assertEqual([("sessions_broken", {"link": "a"})], counted)

    def test_nothing_is_claimed_while_down(self) -> None:
        """Nor taken: it waits in the store, where every link can have it."""
        self.link.up = False
        [piece] = self.take(1)
        self.lane.claim()
        self.assertEqual(0, self.store.count(op.Claim))
        self.store.holds = (op.Claim,)
        self.up()
        self.link.up = False
        self.store.commit()
        self.assertEqual(((), []), (self.lane.holding, self.link.sent))
        self.store.holds = ()
        self.up()
        self.assertEqual([(piece, 1)], self.link.sent)

    def test_a_claim_that_fails(self) -> None:
        """Is tried again a second later, whatever asks for it meanwhile."""
        [piece] = self.take(1)
        for broken in (True, False):
            self.start()
            [piece] = self.take(1)
            self.store.healthy = not broken
            self.store.answers[op.Claim] = op.Failed(reason="no")
            self.up()
            self.clock.advance(0.5)
            self.store.healthy = True
            self.store.answers.clear()
            self.assertEqual([], self.link.sent)
            self.clock.advance(0.5)
            self.assertEqual([(piece, 1)], self.link.sent)
            self.lane.stop()

    def test_expired(self) -> None:
        """Is not sent but left to the sweep, and is not asked for again and again."""
        self.start(window=1)
        [first, second] = self.take(1, 2, validity=10.0)
        self.up()
        self.clock.advance(11)
        before = self.store.count(op.Claim)
        self.link.answer(first)
        self.assertEqual([(first, 1)], self.link.sent)
        self.assertLessEqual(self.store.count(op.Claim) - before, 1)
        [third] = self.take(3)
        self.store.memory._carry_out(op.Sweep(holding=self.lane.holding))
        self.lane.claim()
        self.assertEqual([(first, 1), (third, 1)], self.link.sent)
        self.assertEqual([State.FAILED], self.state(second))

    def test_the_rest_of_a_piece_that_expires(self) -> None:
        """What is out is waited for."""
        self.start(window=1)
        [piece] = self.take(1, parts=2, validity=10.0)
        self.up()
        self.clock.advance(11)
        self.lane.claim()
        self.link.answer(piece)
        self.assertEqual(([(piece, 1)], ()), (self.link.sent, self.lane.holding))

    def test_stopped(self) -> None:
        """Nothing more is handed over; answers are still kept."""
        self.start(window=1)
        first, _ = self.take(1, 2)
        self.up()
        self.lane.stop()
        self.link.answer(first)
        self.assertEqual((1, 1, 0), (len(self.link.sent), self.store.count(op.Settle), self.outstanding))


class Counting(Silent):
    """How often what was counted."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def counted(self, name: str, **labels: str) -> None:
        self.counts[name] += 1


class CarefulTests(LaneTestCase):
    """on_unknown = fail: the store knows before the octets leave."""

    careful, on_unknown = True, "fail"

    def begin(self, **more: Any) -> int:
        [piece] = self.take(1, **more)
        self.store.holds = (op.Begin,)
        self.up()
        self.assertEqual(([], 1), (self.link.sent, self.outstanding))
        return piece

    def test_begun_first(self) -> None:
        """One commit for all that goes."""
        piece = self.begin()
        self.store.commit()
        self.assertEqual(([(piece, 1)], [State.SENDING]), (self.link.sent, self.state(piece)))
        self.link.answer(piece, verdict=Verdict.UNKNOWN)
        self.clock.advance(1)
        self.assertEqual(([(piece, 1)], [State.DOUBTFUL]), (self.link.sent, self.state(piece)))

    def test_the_link_went_down_meanwhile(self) -> None:
        """What was begun and did not leave is queued again, by the store's word."""
        piece = self.begin()
        self.up(False)
        self.store.commit()
        self.assertEqual(([], [State.QUEUED], ()), (self.link.sent, self.state(piece), self.lane.holding))
        self.store.holds = ()
        self.up()
        self.assertEqual([(piece, 1)], self.link.sent)

    def test_what_the_store_does_not_know_is_not_sent(self) -> None:
        """Its piece has ended, which is no surprise; or it cannot write it down."""
        for answer, surprises in ((op.Done(known=False), 0), (op.Failed(reason="no"), 1)):
            self.start()
            self.lane._meter = meter = Counting()
            self.begin()
            self.store.answers[op.Begin] = answer
            self.store.commit()
            self.assertEqual(([], 0, ()), (self.link.sent, self.outstanding, self.lane.holding))
            self.assertEqual(surprises, meter.counts["surprises"])
            self.lane.stop()

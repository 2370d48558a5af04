"""The four verbs of the router, over a store in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chanserv import operations as op
from chanserv.errors import BadRequest, Leaving, QueueFull, StoreError
from chanserv.interfaces import IRouter
from chanserv.lane import Lane
from chanserv.message import Coding, Outcome, Receipt, Reply, Status, Verdict
from chanserv.meter import Silent
from chanserv.pace import Pace
from chanserv.router import REFERENCES, References, Router
from chanserv.settings import RouteMatch, RouteRule
from tests.fakes import FakeLink, FakePlatform, PatientStore, post, settings, smpp


class Meter(Silent):
    """Remembers the names of what was counted."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def accepted(self, channel: str) -> None:
        self.seen.append("accepted")

    def repeated(self, channel: str) -> None:
        self.seen.append("repeated")

    def regenerated(self, channel: str) -> None:
        self.seen.append("regenerated")

    def counted(self, name: str, **labels: str) -> None:
        self.seen.append(name)


class RouterTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_000_000.0)
        self.store, self.platform, self.meter = PatientStore(self.clock), FakePlatform(), Meter()
        self.lanes: dict[str, Lane] = {}
        self.links: dict[str, FakeLink] = {}
        both = settings(
            links={"a": smpp("a"), "b": smpp("b")},
            routes=(RouteRule(match=RouteMatch(prefix=("+1",)), links=("b", "a")),),
        )
        self.router = Router(both, self.store, self.lanes, self.platform, self.meter)  # type: ignore[arg-type]
        for name in ("a", "b"):
            self.lanes[name] = lane = Lane(self.store, self.router, self.clock, Pace(1e6), False)  # type: ignore[arg-type]
            self.links[name] = FakeLink(lane, name=name)
            lane.attach(self.links[name])
            lane.changed()

    def outcome(self, taken: op.Taken, **more: Any) -> Outcome:
        given: dict[str, Any] = {"part": 1, "link": "a", "verdict": Verdict.TAKEN, "carrier_id": "c1"}
        return Outcome(message=taken.message, piece=taken.piece, **{**given, **more})


class SubmitTests(RouterTestCase):
    def test_it_is_a_router(self) -> None:
        """IRouter."""
        verifyObject(IRouter, self.router)

    def test_the_lane_is_fed_after_the_commit(self) -> None:
        """Not a moment earlier; and the answer is the store's."""
        self.store.holds = (op.Take,)
        taken = self.router.submit(post())
        self.assertNoResult(taken)
        self.assertEqual([], self.links["a"].sent)
        self.store.commit()
        self.assertEqual([(self.successResultOf(taken).piece, 1)], self.links["a"].sent)
        self.assertEqual((["accepted"], 0), (self.meter.seen, self.platform.nudges))

    def test_a_repeat(self) -> None:
        """Gives the same answer, sends nothing, and what is owed is looked at."""
        first = self.successResultOf(self.router.submit(post()))
        again = self.successResultOf(self.router.submit(post()))
        self.assertEqual((first.message, True), (again.message, again.repeat))
        self.assertEqual((1, 1), (len(self.links["a"].sent), self.platform.nudges))
        self.assertEqual(["accepted", "repeated"], self.meter.seen)

    def test_a_late_piece_and_a_new_generation(self) -> None:
        """Are counted."""
        self.store.answers[op.Take] = op.Taken(message=1, piece=2, late=True, generation=2)
        self.successResultOf(self.router.submit(post()))
        self.assertEqual(["accepted", "regenerated", "pieces_late"], self.meter.seen)

    def test_the_first_link_that_is_up(self) -> None:
        """With none up, the first waits for itself."""
        for a, b, link in ((True, True, "b"), (True, False, "a"), (False, False, "b")):
            self.links["a"].up, self.links["b"].up = a, b
            self.successResultOf(self.router.submit(post(to="+12025550100", id=link + str(b))))
            taken = [each for each in self.store.applied if isinstance(each, op.Take)]
            self.assertEqual(link, taken[-1].link)

    def test_too_long(self) -> None:
        """More parts than the channel allows are a 400, and nothing is kept; so is what 255 parts cannot hold."""
        error = self.assertRaises(BadRequest, self.router.submit, post("x" * 500))
        self.assertEqual(("text", "4 parts, and this channel allows 3"), (error.field, error.reason))
        self.assertRaises(BadRequest, self.router.submit, post("x" * 50_000))
        self.assertEqual(0, self.store.count(op.Take))

    def test_cut_as_the_link_wants_it(self) -> None:
        """Headers of its width, its alphabet's characters only, or whole; a whole text counts by its parts."""
        own = settings(
            links={"a": smpp("a", long="udh16", alphabet="ascii"), "b": smpp("b", long="payload")},
            routes=(RouteRule(match=RouteMatch(prefix=("+1",)), links=("b",)),),
        )
        self.router = Router(own, self.store, self.lanes, self.platform)  # type: ignore[arg-type]
        for text, to in (("é", "+5511999990000"), ("x" * 200, "+5511999990000"), ("x" * 200, "+12025550100")):
            self.successResultOf(self.router.submit(post(text, to, id=to + text[:1])))
        short, long, whole = (each for each in self.store.applied if isinstance(each, op.Take))
        self.assertEqual((Coding.UCS2, b"\x00\xe9"), (short.coding, short.slices[0].body))
        self.assertEqual([b"\x06\x08\x04"] * 2, [each.udh[:3] for each in long.slices])
        self.assertEqual([(b"x" * 200, b"")], [(each.body, each.udh) for each in whole.slices])
        error = self.assertRaises(BadRequest, self.router.submit, post("x" * 500, "+12025550100"))
        self.assertEqual("4 parts, and this channel allows 3", error.reason)

    def test_503(self) -> None:
        """A full queue, a store without disk or sense, a gateway that leaves."""
        self.store.answers[op.Take] = op.Taken(message=0, piece=0, full=True)
        self.failureResultOf(self.router.submit(post()), QueueFull)
        self.store.answers[op.Take] = op.Failed(reason="no")
        self.failureResultOf(self.router.submit(post()), StoreError)
        self.store.healthy = False
        self.failureResultOf(self.router.submit(post()), StoreError)
        self.router.leaving = True
        self.failureResultOf(self.router.submit(post()), Leaving)
        self.assertEqual(([], []), (self.links["a"].sent, self.meter.seen))

    def test_references(self) -> None:
        """Two long texts to one recipient never share one; of many recipients the last are remembered."""
        for number in range(3):
            self.successResultOf(self.router.submit(post(str(number) * 200, id=str(number))))
        headers = [each.slices[0].udh[3] for each in self.store.applied if isinstance(each, op.Take)]
        self.assertEqual([headers[0], (headers[0] + 1) % 256, (headers[0] + 2) % 256], headers)
        references = References()
        for number in range(REFERENCES + 10):
            references.next(str(number))
        self.assertEqual(REFERENCES, len(references._last))


class SettledTests(RouterTestCase):
    def test_kept_and_followed(self) -> None:
        """The next to that number goes; the platform is told when there is something to tell."""
        first = self.successResultOf(self.router.submit(post()))
        second = self.successResultOf(self.router.submit(post("again")))
        [settled] = self.successResultOf(self.router.settled([self.outcome(first)]))
        self.assertTrue(settled.finished)
        self.assertEqual([(first.piece, 1), (second.piece, 1)], self.links["a"].sent)
        self.assertEqual((False, 0), (settled.owed, self.platform.nudges))  # its other piece is not sent
        [settled] = self.successResultOf(self.router.settled([self.outcome(second, carrier_id="c2")]))
        self.assertEqual((True, 1), (settled.owed, self.platform.nudges))

    def test_one_that_cannot_be_kept(self) -> None:
        """Harms no other, is counted, and gives a value all the same."""
        first = self.successResultOf(self.router.submit(post()))
        self.store.answers[op.Settle] = op.Failed(reason="no")
        settled = self.successResultOf(self.router.settled([self.outcome(first), self.outcome(first, part=2)]))
        self.assertEqual([True, True], [each.finished for each in settled])
        self.assertEqual(["accepted", "surprises", "surprises"], self.meter.seen)

    def test_work_of_a_lane_that_is_gone(self) -> None:
        """Stays in the store."""
        del self.lanes["a"]
        self.router._feed(None)
        first = op.Taken(message=1, piece=1)
        self.store.answers[op.Settle] = op.Settled(link="a", work=None)
        self.successResultOf(self.router.settled([self.outcome(first)]))


class NewsTests(RouterTestCase):
    RECEIPT = Receipt(link="a", carrier_ids=("c1",), status=Status.DELIVERED)

    def reply(self, to: str = "8000", link: str = "a") -> Reply:
        return Reply(link=link, sender="+5511999990000", to=to, body=b"1", encoding="ascii", digest="d")

    def test_receipts(self) -> None:
        """True for each that is on disk, matched or not."""
        taken = self.successResultOf(self.router.submit(post()))
        self.router.settled([self.outcome(taken)])
        orphan = Receipt(link="a", carrier_ids=("zz",), status=Status.DELIVERED)
        self.assertEqual([True, True], self.successResultOf(self.router.receipt([self.RECEIPT, orphan])))
        self.assertEqual(2, self.platform.nudges)

    def test_a_late_receipt(self) -> None:
        """Is counted."""
        self.store.answers[op.Record] = op.Recorded(fate="matched", late=True)
        self.assertEqual([True], self.successResultOf(self.router.receipt([self.RECEIPT])))
        self.assertEqual(["receipts_late"], self.meter.seen)

    def test_not_kept(self) -> None:
        """False, one for each: by a store without disk, or of the one that could not be."""
        self.store.answers[op.Record] = self.store.answers[op.Hear] = op.Failed(reason="no")
        for _ in range(2):
            self.assertEqual([False] * 2, self.successResultOf(self.router.receipt([self.RECEIPT] * 2)))
            self.assertEqual([False] * 2, self.successResultOf(self.router.reply([self.reply()] * 2)))
            self.store.healthy = False

    def test_replies_find_their_channel(self) -> None:
        """By number; one that nobody claims is kept as a dead letter, and logged without its number."""
        events: list[dict[str, Any]] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        kept = self.router.reply([self.reply(), self.reply(link="b")])
        self.assertEqual([True, True], self.successResultOf(kept))
        heard = [each.reply.channel for each in self.store.applied if isinstance(each, op.Hear)]
        self.assertEqual(["claro", ""], heard)
        [event] = [each for each in events if "dead letter" in (each["log_format"] or "")]
        self.assertNotIn("99999", repr({key: value for key, value in event.items() if not key.startswith("log_")}))

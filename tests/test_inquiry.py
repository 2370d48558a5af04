"""Asking carriers and cancelling, over a store in memory: who is asked, what is kept of it, what is told."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chanserv import operations as op
from chanserv.errors import StoreError
from chanserv.inquiry import AT_ONCE, Inquiry
from chanserv.interfaces import IInquiry
from chanserv.lane import Lane
from chanserv.message import CANCELLED, Answer, Message, Outcome, Question, State, Status, Verdict
from chanserv.pace import Pace
from chanserv.router import Router
from tests.fakes import FakeLink, FakePlatform, PatientStore, settings, take


class InquiryTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_000_000.0)
        self.store = PatientStore(self.clock)
        self.lanes: dict[str, Lane] = {}
        self.router = Router(settings(), self.store, self.lanes, FakePlatform())  # type: ignore[arg-type]
        self.lane = self.lanes["a"] = Lane(self.store, self.router, self.clock, Pace(1e6), False)  # type: ignore[arg-type]
        self.link = FakeLink(self.lane, window=2)
        self.lane.attach(self.link)
        self.links = {"a": self.link}
        self.inquiry = Inquiry(self.store, self.router, self.links, self.lanes)  # type: ignore[arg-type]
        self.addCleanup(self.lane.stop)

    def take(self, number: int, **more: Any) -> op.Taken:
        taken = self.store.memory._carry_out(take(number, **more))
        assert isinstance(taken, op.Taken)
        return taken

    def sent(self, number: int, carrier_id: str) -> op.Taken:
        """A text that the carrier has."""
        taken = self.take(number)
        outcome = Outcome(
            message=taken.message, piece=taken.piece, part=1, link="a", verdict=Verdict.TAKEN, carrier_id=carrier_id
        )
        self.store.memory._carry_out(op.Settle(outcome=outcome))
        return taken

    def enquiry(self, taken: op.Taken, carrier_id: str, link: str = "a") -> op.Enquiry:
        to = self.message(taken).pieces[0].to
        question = Question(carrier_id=carrier_id, to=to, sender="8000")
        return op.Enquiry(
            message=taken.message, piece=taken.piece, part=1, link=link, carrier_id=carrier_id, question=question
        )

    def message(self, taken: op.Taken) -> Message:
        return self.store.memory.ledger.messages[taken.message]

    def states(self, taken: op.Taken) -> list[State]:
        return [part.state for piece in self.message(taken).pieces for part in piece.parts]

    def steps(self, taken: op.Taken) -> list[tuple[str, str]]:
        return [(hop.what, hop.detail) for hop in self.message(taken).hops]


class AskTests(InquiryTestCase):
    def test_it_is_an_inquiry(self) -> None:
        """IInquiry."""
        verifyObject(IInquiry, self.inquiry)

    def ask(self, *enquiries: op.Enquiry) -> list[Answer]:
        return self.successResultOf(self.inquiry.ask(enquiries))

    def test_a_final_answer_is_a_receipt(self) -> None:
        """In the timeline as what was asked, then as what came of it."""
        taken = self.sent(1, "c1")
        self.link.says["c1"] = Answer(well=True, fate=Status.DELIVERED, words="DELIVERED")
        self.assertEqual([self.link.says["c1"]], self.ask(self.enquiry(taken, "c1")))
        self.assertEqual(Status.DELIVERED, self.message(taken).status)
        self.assertEqual(
            [("asked", "piece 2 part 1 id c1: DELIVERED"), ("receipt delivered", "piece 2 part 1 id c1 DELIVERED")],
            self.steps(taken)[-2:],
        )

    def test_not_final(self) -> None:
        """Only noted: on its way, or not known to the carrier."""
        for number, answer in enumerate((Answer(well=True, fate=Status.SENT), Answer(well=False, words="no such id"))):
            taken = self.sent(number, f"c{number}")
            self.link.says[f"c{number}"] = answer
            self.ask(self.enquiry(taken, f"c{number}"))
            self.assertEqual([State.SENT], self.states(taken))
            words = answer.words or "sent"
            self.assertEqual(("asked", f"piece {taken.piece} part 1 id c{number}: {words}"), self.steps(taken)[-1])
        self.assertEqual(0, self.store.count(op.Record))

    def test_each_link_its_own(self) -> None:
        """In the order asked; a link that is gone or down says so, and nothing is noted."""
        self.links["b"] = FakeLink(name="b")
        self.links["b"].up = False
        taken = self.sent(1, "c1")
        self.link.says["c1"] = Answer(well=True, fate=Status.FAILED, words="EXPIRED")
        told = self.ask(*(self.enquiry(taken, "c1", link) for link in ("gone", "a", "b")))
        self.assertEqual(
            ["its link is not in the settings", "EXPIRED", "its link is down"], [answer.words for answer in told]
        )
        self.assertEqual((["c1"], 1), ([each.carrier_id for each in self.link.asked], self.store.count(op.Note)))

    def test_few_at_a_time(self) -> None:
        """The next go when these are answered."""
        waiting: list[Deferred[list[Answer]]] = []

        def ask(questions: list[Question]) -> Deferred[list[Answer]]:
            self.link.asked += questions
            waiting.append(Deferred())
            return waiting[-1]

        self.link.ask = ask  # type: ignore[method-assign, assignment]
        taken = self.sent(1, "c1")
        done = self.inquiry.ask([self.enquiry(taken, "c1")] * (AT_ONCE + 5))
        self.assertEqual(AT_ONCE, len(self.link.asked))
        waiting.pop().callback([Answer(well=False)] * AT_ONCE)
        self.assertEqual(AT_ONCE + 5, len(self.link.asked))
        waiting.pop().callback([Answer(well=False)] * 5)
        self.assertEqual(AT_ONCE + 5, len(self.successResultOf(done)))

    def test_a_store_that_fails(self) -> None:
        """The answer is told all the same; it is asked again at its next turn."""
        taken = self.sent(1, "c1")
        self.link.says["c1"] = Answer(well=True, fate=Status.DELIVERED)
        self.store.healthy = False
        self.assertEqual([Status.DELIVERED], [answer.fate for answer in self.ask(self.enquiry(taken, "c1"))])
        self.assertEqual([State.SENT], self.states(taken))


class CancelTests(InquiryTestCase):
    def cancel(self, taken: op.Taken) -> list[tuple[int, bool, str]]:
        told = self.successResultOf(self.inquiry.cancel(self.message(taken)))
        return [(each.part, each.done, each.words) for each in told]

    def test_what_waits(self) -> None:
        """Never goes, though its lane holds it; the next to that number does."""
        first, second = (self.take(n, to="+551199", parts=1) for n in (1, 2))
        busy = [self.take(n) for n in (3, 4)]
        self.link.up = False
        self.lane.changed()
        self.link.up, self.link.window = True, 0
        self.lane.changed()
        self.assertIn(first.piece, self.lane.holding)
        self.assertEqual([(1, True, "never was sent")], self.cancel(first))
        self.link.window = 10
        self.lane.changed()
        self.clock.advance(0)
        sent = {piece for piece, _ in self.link.sent}
        self.assertEqual({second.piece, *(each.piece for each in busy)}, sent)
        self.assertEqual((Status.FAILED, CANCELLED), (self.message(first).status, self.message(first).reason))

    def test_what_is_out(self) -> None:
        """Is told as such, and goes its way; nothing of the rest follows."""
        taken = self.take(1, parts=4)
        self.lane.changed()
        self.assertEqual(
            [
                (1, False, "is being sent, its octets may have left"),
                (2, False, "is being sent, its octets may have left"),
                (3, True, "never was sent"),
                (4, True, "never was sent"),
            ],
            self.cancel(taken),
        )
        self.link.answer(taken.piece, 1, carrier_id="c1")
        self.link.answer(taken.piece, 2, Verdict.LATER, reason="ESME_RTHROTTLED")
        self.clock.advance(60)
        self.assertEqual([1, 2], [part for _, part in self.link.sent])
        self.assertEqual([State.SENT, State.DROPPED, State.FAILED, State.FAILED], self.states(taken))

    def test_what_has_moved(self) -> None:
        """To another link, since the text was looked up: that one's lane says what is out."""
        lane = self.lanes["b"] = Lane(self.store, self.router, self.clock, Pace(1e6), False)  # type: ignore[arg-type]
        link = self.links["b"] = FakeLink(lane, name="b")
        lane.attach(link)
        self.addCleanup(lane.stop)
        self.link.up = False
        moved, waiting = self.take(1), self.take(2)
        seen = [self.message(each) for each in (moved, waiting)]
        for each in (moved, waiting):
            self.store.memory._carry_out(op.Move(message=each.message, piece=each.piece, link="b"))
        link.window = 1
        lane.claim()
        self.assertEqual([(moved.piece, 1)], link.sent)
        told = [recalled.done for each in seen for recalled in self.successResultOf(self.inquiry.cancel(each))]
        self.assertEqual([False, True], told)
        link.answer(moved.piece, carrier_id="c1")
        self.assertEqual(([(moved.piece, 1)], [State.FAILED]), (link.sent, self.states(waiting)))

    def test_what_a_carrier_has(self) -> None:
        """Dropped there, it is failed; not dropped, it stays what it is, and the carrier's reason is told."""
        for number, answer, told, states in (
            (1, Answer(well=True), (1, True, "was dropped by its carrier"), [State.FAILED]),
            (
                2,
                Answer(well=False, words="ESME_RCANCELFAIL"),
                (1, False, "is with its carrier, which did not drop it: ESME_RCANCELFAIL"),
                [State.SENT],
            ),
            (
                3,
                Answer(well=False, fate=Status.DELIVERED, words="delivered already"),
                (1, False, "is with its carrier, which did not drop it: delivered already"),
                [State.DELIVERED],
            ),
        ):
            taken = self.sent(number, f"c{number}")
            self.link.says[f"c{number}"] = answer
            self.assertEqual([told], self.cancel(taken))
            self.assertEqual(states, self.states(taken))
            if states == [State.FAILED]:
                self.assertEqual(CANCELLED, self.message(taken).reason)
            self.assertIn("asked to drop it", [what for what, _ in self.steps(taken)])
        self.assertEqual((["c1", "c2", "c3"], []), ([each.carrier_id for each in self.link.cancelled], self.link.asked))

    def test_a_text_that_is_over(self) -> None:
        """Is not changed: neither one that is live, nor one that is history."""
        taken = self.sent(1, "c1")
        self.link.says["c1"] = Answer(well=True, fate=Status.DELIVERED)
        self.successResultOf(self.inquiry.ask([self.enquiry(taken, "c1")]))
        self.assertEqual([(1, False, "was delivered")], self.cancel(taken))
        message = self.store.memory.ledger.messages.pop(taken.message)
        [told] = self.successResultOf(self.inquiry.cancel(message))
        self.assertEqual((False, "was delivered"), (told.done, told.words))

    def test_a_store_that_fails(self) -> None:
        """Cancels nothing, and what was held back goes."""
        taken = self.take(1)
        self.store.healthy = False
        self.failureResultOf(self.inquiry.cancel(self.message(taken)), StoreError)
        self.store.healthy = True
        self.store.answers[op.Cancel] = op.Failed(reason="no")
        self.failureResultOf(self.inquiry.cancel(self.message(taken)), StoreError)
        self.clock.advance(1)
        self.assertEqual([(taken.piece, 1)], self.link.sent)

    def test_a_link_that_is_gone(self) -> None:
        """From the settings: what waits for it is cancelled, what it had is told as such."""
        taken = self.take(1)
        self.links.clear()
        self.lanes.clear()
        self.assertEqual([(1, True, "never was sent")], self.cancel(taken))
        sent = self.sent(2, "c2")
        self.assertEqual(
            [(1, False, "is with its carrier, which did not drop it: its link is not in the settings")],
            self.cancel(sent),
        )

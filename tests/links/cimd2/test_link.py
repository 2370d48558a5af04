"""A CIMD2 account against the simulated SMSC: what the contract of links does not ask."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links import KINDS
from chanserv.links.peer.behaviour import Behaviour
from chanserv.message import Answer, Outcome, Question, Status, Verdict
from tests.contracts import KeepingRouter
from tests.fakes import cimd2
from tests.links.fakes import FakeLane, work
from tests.links.joined import Joined


class LinkTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_800_000_000.25)
        self.lane, self.router = FakeLane(), KeepingRouter()

    def carrier(self, behaviour: dict[str, Any] | None = None, **settings: Any) -> Joined:
        own = cimd2("a", **settings)
        made = Joined(own, Behaviour(**(behaviour or {})), self.clock, self.lane, self.router)
        made.link.start()
        made.turn()
        return made

    def outcomes(self) -> dict[tuple[int, int], Outcome]:
        return {(one.piece, one.part): one for one in self.lane.outcomes}


class SendTests(LinkTestCase):
    def test_texts_to_one_number(self) -> None:
        """A second apart, so that each has a name of its own; the reports find them, in whatever order."""
        carrier = self.carrier({"receipts": True, "reorder": True, "receipt_delay": 5.0})
        for piece in (1, 2, 3):
            carrier.link.send(work(piece, parts=2))
        for _ in range(4):
            carrier.turn(1.0)
        told = self.outcomes()
        names = [{told[piece, part].carrier_id for part in (1, 2)} for piece in (1, 2, 3)]
        self.assertEqual((3, {1}), (len(set.union(*names)), {len(each) for each in names}))
        for _ in range(6):
            carrier.turn(1.0)
        reports = [receipt.carrier_ids[0] for receipt in self.router.receipts]
        self.assertEqual(sorted(one.carrier_id for one in told.values()), sorted(reports))

    def test_shared_on_purpose(self) -> None:
        """All at once, under one name."""
        carrier = self.carrier(same_second="share")
        for piece in (1, 2, 3):
            carrier.link.send(work(piece))
        carrier.turn()
        self.assertEqual((3, 1), (len(self.lane.outcomes), len({one.carrier_id for one in self.lane.outcomes})))

    def test_windows_are_disabled(self) -> None:
        """The account works all the same, one request at a time."""
        carrier = self.carrier({"bind_status": 105, "latency": 1.0})
        self.assertTrue(carrier.link.up)
        for piece in (1, 2, 3):
            carrier.link.send(work(piece, to=f"+55119999900{piece:02d}"))
        for seconds in (0.0, 0.9):
            carrier.turn(seconds)
        self.assertEqual((1, 0), (len(carrier.smsc.submits), len(self.lane.outcomes)))
        for _ in range(3):
            carrier.turn(1.0)
        self.assertEqual([Verdict.TAKEN] * 3, [one.verdict for one in self.lane.outcomes])

    def test_an_answer_too_late(self) -> None:
        """One is UNKNOWN, what had no turn yet is as it was, and the session is made anew."""
        carrier = self.carrier({"latency": 40.0}, ask_window=False)
        for piece in (1, 2):
            carrier.link.send(work(piece, to=f"+55119999900{piece:02d}"))
        for _ in range(40):
            carrier.turn(1.0)
        told = self.outcomes()
        self.assertEqual(2, len(self.lane.outcomes))
        self.assertEqual((Verdict.UNKNOWN, "no answer within 30 s"), (told[1, 1].verdict, told[1, 1].reason))
        self.assertEqual((Verdict.LATER, "not sent"), (told[2, 1].verdict, told[2, 1].reason))
        self.assertEqual((True, 2), (carrier.link.up, carrier.smsc.counts["binds"]))

    def test_several_sessions(self) -> None:
        """Each with a window of its own, and a sub-address."""
        carrier = self.carrier({"latency": 1.0}, binds=2, window=2, sub_address=1)
        self.assertEqual((2, 4), (carrier.sessions(), carrier.link.window))
        for piece in range(4):
            carrier.link.send(work(piece, to=f"+55119999900{piece:02d}"))
        carrier.turn()
        self.assertEqual(4, len(carrier.smsc.submits))
        carrier.turn(1.0)
        self.assertEqual([Verdict.TAKEN] * 4, [one.verdict for one in self.lane.outcomes])

    def test_refused_for_good(self) -> None:
        """A wrong password is not tried for ever."""
        carrier = self.carrier()
        carrier.drop()
        carrier.smsc.set(password="other")
        for _ in range(10):
            carrier.turn(10.0)
        self.assertEqual(("locked", 1), (carrier.link.status()["state"], carrier.smsc.counts["binds_refused"]))
        self.assertIn("check user and password of link.a", str(carrier.link.status()["last_error"]))


class AskTests(LinkTestCase):
    def asked(self, carrier: Joined) -> Question:
        carrier.link.send(work(1))
        carrier.turn()
        [outcome] = self.lane.outcomes
        self.assertEqual(Verdict.TAKEN, outcome.verdict)
        return Question(carrier_id=outcome.raw_id or outcome.carrier_id, to="+5511999990000", sender="8000")

    def answer(self, carrier: Joined, asking: Any) -> Answer:
        carrier.turn()
        [answer] = self.successResultOf(asking)
        return answer

    def test_ask(self) -> None:
        """On its way, then delivered; as the carrier has it."""
        carrier = self.carrier({"receipt_delay": 60.0})
        question = self.asked(carrier)
        answer = self.answer(carrier, carrier.link.ask([question]))
        self.assertEqual((True, Status.SENT, "in process"), (answer.well, answer.fate, answer.words))
        carrier.turn(60.0)
        answer = self.answer(carrier, carrier.link.ask([question]))
        self.assertEqual((True, Status.DELIVERED, "delivered"), (answer.well, answer.fate, answer.words))

    def test_ask_of_what_is_not_known(self) -> None:
        """Is not well, and says why."""
        carrier = self.carrier()
        question = Question(carrier_id="111:261122133000", to="111", sender="8000")
        answer = self.answer(carrier, carrier.link.ask([question]))
        self.assertEqual((False, None, "cannot find information"), (answer.well, answer.fate, answer.words))

    def test_cancel(self) -> None:
        """While it is on its way; afterwards it is too late."""
        carrier = self.carrier({"receipt_delay": 60.0})
        question = self.asked(carrier)
        self.assertEqual(Answer(well=True), self.answer(carrier, carrier.link.cancel([question])))
        carrier = self.carrier()
        self.lane.calls.clear()
        question = self.asked(carrier)
        answer = self.answer(carrier, carrier.link.cancel([question]))
        self.assertEqual((False, None, "requested operation failed"), (answer.well, answer.fate, answer.words))


class KindTests(LinkTestCase):
    def test_cimd3(self) -> None:
        """Is the same kind under another name."""
        self.assertIs(KINDS["cimd2"], KINDS["cimd3"])
        self.assertEqual("cimd3", self.carrier(kind="cimd3").link.kind)

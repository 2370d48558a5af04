"""A UCP link and the simulated SMSC together: what only both ends show. Octets in memory, time by a clock."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links import KINDS
from chanserv.links.events import Answered
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Submitted
from chanserv.links.ucp.codec import Frames
from chanserv.links.ucp.session import Session
from chanserv.links.ucp.smsc import UcpDesk
from chanserv.links.ucp.speech import UcpSpeech
from chanserv.links.ucp.trade import UcpTrade
from chanserv.message import Answer, Outcome, Question, Status, Verdict
from chanserv.settings import UcpSettings
from tests.contracts import KeepingRouter
from tests.fakes import ucp
from tests.links.fakes import FakeLane, work
from tests.links.joined import Joined

GUARDED = Behaviour(system_id="8000", password="secret")


class LinkTestCase(SynchronousTestCase):
    more: dict[str, Any] = {}

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_800_000_000.0)
        self.lane, self.router = FakeLane(), KeepingRouter()
        self.carrier = self.made(**self.more)
        self.link = self.carrier.link
        self.link.start()
        self.carrier.turn()

    def made(self, **more: Any) -> Joined:
        return Joined(ucp("a", **more), GUARDED, self.clock, self.lane, self.router)

    def outcomes(self) -> dict[int, Outcome]:
        return {outcome.piece: outcome for outcome in self.lane.outcomes}


class SecondTests(LinkTestCase):
    def test_names_of_their_own(self) -> None:
        """Three messages to one number at once: one a second, each with its own name and its own receipt."""
        for piece in (1, 2, 3):
            self.link.send(work(piece))
        self.carrier.turn()
        self.assertEqual(1, len(self.carrier.taken()))
        for _ in range(2):
            self.carrier.turn(1.0)
        self.assertEqual(3, len({outcome.carrier_id for outcome in self.lane.outcomes}))
        names = [receipt.carrier_ids[0] for receipt in self.router.receipts]
        self.assertEqual([self.outcomes()[piece].carrier_id for piece in (1, 2, 3)], names)

    def test_other_numbers_do_not_wait(self) -> None:
        """A hundred of them in one turn."""
        for piece in range(100):
            self.link.send(work(piece, to=f"+55119999{piece:05}"))
        self.carrier.turn()
        self.assertEqual(100, len(self.carrier.taken()))

    def test_what_waits_when_the_session_ends(self) -> None:
        """Was not sent, and no try is counted."""
        self.carrier.behave("silent")
        for piece in (1, 2):
            self.link.send(work(piece))
        self.carrier.turn()
        self.carrier.drop()
        self.carrier.turn()
        told = self.outcomes()
        self.assertEqual((Verdict.UNKNOWN, Verdict.LATER), (told[1].verdict, told[2].verdict))
        self.assertEqual("not sent", told[2].reason)


class SharedTests(LinkTestCase):
    more = {"same_second": "share"}

    def test_one_name_for_two(self) -> None:
        """As the SMSC gives it: the store takes the older first."""
        for piece in (1, 2):
            self.link.send(work(piece))
        self.carrier.turn()
        self.assertEqual(1, len({outcome.carrier_id for outcome in self.lane.outcomes}))
        self.assertEqual(2, len(self.router.receipts))


class PrefixTests(LinkTestCase):
    more = {"international": "00"}

    def test_whatever_stands_before_a_number(self) -> None:
        """The receipt names the text as its result did."""
        self.link.send(work(1))
        self.carrier.turn()
        [outcome], [receipt] = self.lane.outcomes, self.router.receipts
        self.assertEqual((outcome.carrier_id,), receipt.carrier_ids)
        self.assertEqual("005511999990000:150127080000", outcome.raw_id)


class AskTests(LinkTestCase):
    def asked(self) -> Question:
        self.carrier.smsc.set(receipt_delay=60.0)
        self.link.send(work(1))
        self.carrier.turn()
        [outcome] = self.lane.outcomes
        return Question(carrier_id=outcome.raw_id or outcome.carrier_id, to="+5511999990000", sender="8000")

    def test_on_its_way_then_there(self) -> None:
        """55, answered by 57."""
        question = self.asked()
        answers = self.link.ask([question])
        self.carrier.turn()
        self.assertEqual([Answer(well=True, fate=Status.SENT, words="buffered")], self.successResultOf(answers))
        self.carrier.turn(60.0)
        answers = self.link.ask([question, about(question, "5511999990000:010101010101")])
        self.carrier.turn()
        self.assertEqual(
            [
                Answer(well=True, fate=Status.DELIVERED, words="delivered"),
                Answer(well=False, words="EC 27 message not found in SMSC"),
            ],
            self.successResultOf(answers),
        )

    def test_taken_back(self) -> None:
        """56, while it is on its way; no receipt but that it was."""
        question = self.asked()
        answers = self.link.cancel([question])
        self.carrier.turn()
        self.assertEqual([True], [answer.well for answer in self.successResultOf(answers)])
        self.carrier.turn(60.0)
        self.assertEqual([Status.FAILED], [receipt.status for receipt in self.router.receipts])

    def test_too_late_to_take_back(self) -> None:
        """It was delivered."""
        question = self.asked()
        self.carrier.turn(60.0)
        answers = self.link.cancel([question])
        self.carrier.turn()
        self.assertEqual([Answer(well=False, words="EC 38 message forwarded")], self.successResultOf(answers))


def about(question: Question, carrier_id: str) -> Question:
    return Question(carrier_id=carrier_id, to=question.to, sender=question.sender)


class WhimTests(LinkTestCase):
    def test_answers_gone_wrong(self) -> None:
        """Twice, and to numbers nobody used: each part has one outcome."""
        self.carrier.smsc.set(repeat_answers=True, unknown_every=1)
        for piece in range(1, 30):
            self.link.send(work(piece, to=f"+55119999{piece:05}"))
            self.carrier.turn()
        told = [outcome.piece for outcome in self.lane.outcomes]
        self.assertEqual(list(range(1, 30)), told)
        self.assertEqual({Verdict.TAKEN}, {outcome.verdict for outcome in self.lane.outcomes})

    def test_cut_in_the_middle(self) -> None:
        """Nobody knows; the next session is a new one."""
        self.carrier.smsc.set(cut_every=1)
        self.link.send(work(1))
        self.carrier.turn()
        self.assertEqual([Verdict.UNKNOWN], [outcome.verdict for outcome in self.lane.outcomes])
        self.carrier.smsc.set(cut_every=0)
        self.carrier.turn(2.0)
        self.assertTrue(self.link.up)

    def test_a_slow_result(self) -> None:
        """Ends the session; within its five seconds it still counts, and the part is not doubled."""
        self.carrier.smsc.set(latency=32.0)
        self.link.send(work(1))
        for _ in range(40):
            self.carrier.turn(1.0)
        self.assertEqual([Verdict.TAKEN], [outcome.verdict for outcome in self.lane.outcomes])
        self.assertEqual((1, 1), (len(self.carrier.taken()), self.link.status()["flaps"]))

    def test_long_texts_of_a_handset(self) -> None:
        """Segments with their headers, and no digest: the store knows a repeat by its name."""
        self.carrier.text("a" * 200)
        self.carrier.turn()
        first, second = self.router.replies
        assert first.segment and second.segment
        self.assertEqual((1, 2, 2), (first.segment.number, second.segment.number, second.segment.total))
        self.assertEqual(("", 200), (first.digest, len(first.body + second.body)))
        self.assertNotEqual(first.vendor_id, second.vendor_id)


class RefusedTests(SynchronousTestCase):
    def test_a_wrong_password(self) -> None:
        """Is tried once, and told as what a person must mend."""
        clock, lane = Clock(), FakeLane()
        carrier = Joined(ucp("a"), GUARDED, clock, lane, KeepingRouter())
        carrier.smsc.set(password="other")
        carrier.link.start()
        for _ in range(100):
            carrier.turn(10.0)
        self.assertEqual(1, carrier.smsc.counts["binds_refused"])
        self.assertIn("check account and password of link.a", str(carrier.link.status()["last_error"]))


class CallerTests(SynchronousTestCase):
    """The SMSC connected to us."""

    def talk(self, session: Session, desk: UcpDesk, now: float) -> None:
        """Until neither has anything to say."""
        while (octets := session.flush()) or desk.out:
            desk.received(now, octets)
            heard, desk.out = bytes(desk.out), bytearray()
            session.received(now, heard)

    def test_the_only_way(self) -> None:
        """No host to dial: we submit on the SMSC's connection, and ask whether it is there."""
        speech = UcpSpeech(UcpSettings(name="a", account="8500"))
        session, desk = speech.session("caller"), UcpDesk(0.0, Behaviour(enquire_after=0.0), called=True)
        session.open(0.0)
        item = work(1)
        session.submit(0.0, speech.compose(item, item.parts[0]))
        self.talk(session, desk, 0.0)
        [event] = [event for event in desk.events if isinstance(event, Submitted)]
        desk.answer(event.sequence, 0, UcpTrade().taken(event.pdu, 1, 0.0, desk.behaviour))
        session.received(0.0, bytes(desk.out))
        self.assertEqual(Answered(1, 0, b"5511999990000:010170000000"), session.events[-1])
        session.tick(30.0)
        self.assertIn(b"/O/31/8500/0539/", Frames().feed(session.flush())[0])

    def test_the_kind_is_known(self) -> None:
        """By its name in settings."""
        self.assertEqual("ucp", KINDS["ucp"](ucp("a"), FakeLane(), KeepingRouter(), Clock()).kind)

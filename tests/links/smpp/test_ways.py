"""Our end against the simulated SMSC, in the ways that settings allow: versions, modes, long texts, questions."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.peer.behaviour import Behaviour
from chanserv.message import Answer, Coding, Part, Question, Status, Verdict
from chanserv.text.parts import cut, join
from tests.contracts import KeepingRouter
from tests.fakes import smpp
from tests.links.fakes import FakeLane, work
from tests.links.joined import Joined

LONG = "Um texto longo, com [colchetes] e €, que precisa de duas partes. " * 4
WIDE = "Привет, это длинный текст. " * 6


class WayTestCase(SynchronousTestCase):
    def start(self, rules: Behaviour | None = None, **said: Any) -> None:
        """A link that is up, with these settings."""
        self.clock, self.lane, self.router = Clock(), FakeLane(), KeepingRouter()
        self.clock.advance(1_800_000_000.0)
        self.settings = smpp("a", **said)
        self.carrier = Joined(self.settings, rules or Behaviour(), self.clock, self.lane, self.router)
        self.link = self.carrier.link
        self.link.start()
        self.carrier.turn()
        self.assertTrue(self.link.up)

    def send(self, text: str) -> list[Any]:
        """Cut as the router does; the parts as the carrier took them."""
        coding, slices = cut(text, "exact", 7, self.settings.cutting)
        parts = tuple(Part(number=number, slice=slice_) for number, slice_ in enumerate(slices, 1))
        self.link.send(work(1, parts, coding=coding, expires=1_800_000_060.0))
        self.carrier.turn()
        self.assertEqual({Verdict.TAKEN}, {outcome.verdict for outcome in self.lane.outcomes})
        return list(self.carrier.smsc.submits)


class ModeTests(WayTestCase):
    """Sessions of several kinds."""

    def test_a_pair_of_33(self) -> None:
        """Texts go on the transmitter; receipts and texts from handsets come on the receiver."""
        self.start(Behaviour(version="3.3"), version="3.3", bind="transmitter+receiver", binds=2)
        self.assertEqual((2, 2, 10), (self.carrier.sessions(), self.link.status()["sessions"], self.link.window))
        self.send("hello")
        self.carrier.text("yes")
        self.carrier.turn(1.0)
        self.assertEqual([Status.DELIVERED], [receipt.status for receipt in self.router.receipts])
        self.assertEqual([b"yes"], [reply.body for reply in self.router.replies])

    def test_a_receiver_sends_nothing(self) -> None:
        """It is up for nobody who sends, and hears all the same."""
        self.clock, self.lane, self.router = Clock(), FakeLane(), KeepingRouter()
        self.carrier = Joined(smpp("a", bind="receiver"), Behaviour(), self.clock, self.lane, self.router)
        self.carrier.link.start()
        self.carrier.turn()
        self.assertEqual((1, False, 0), (self.carrier.sessions(), self.carrier.link.up, self.carrier.link.window))
        self.carrier.text("yes")
        self.carrier.turn()
        self.assertEqual([b"yes"], [reply.body for reply in self.router.replies])

    def test_an_older_carrier(self) -> None:
        """Set to 5.0 and data_sm, we say what a 3.4 understands; it is still data_sm."""
        self.start(Behaviour(version="3.4"), version="5.0", submit="data_sm", long="sar")
        self.assertEqual(LONG, "".join(submit.text for submit in self.send(LONG)))


class LongTests(WayTestCase):
    """Texts of several parts, as a handset would read them."""

    def test_each_way(self) -> None:
        """GSM and UCS-2, in each way to tell that parts belong together; whole, it is one request."""
        for submit in ("submit_sm", "data_sm"):
            for long in ("udh", "udh16", "sar", "payload"):
                for text, coding in ((LONG, Coding.GSM7), (WIDE, Coding.UCS2)):
                    self.start(long=long, submit=submit)
                    self.assertEqual(coding, cut(text, "exact", 7)[0])
                    taken = self.send(text)
                    self.assertEqual(1 if long == "payload" else len(cut(text, "exact", 7)[1]), len(taken))
                    self.assertEqual(text, join([each.text.encode() for each in taken], "utf-8"), (submit, long))
                    self.carrier.turn(1.0)
                    self.assertEqual(len(taken), len(self.router.receipts))


class QuestionTests(WayTestCase):
    """What became of a text, asked."""

    def ask(self, how: str, carrier_id: str) -> Answer:
        question = Question(carrier_id=carrier_id, to="+5511999990000", sender="8000")
        asked = getattr(self.link, how)([question])
        self.carrier.turn()
        (answer,) = self.successResultOf(asked)
        assert isinstance(answer, Answer)
        return answer

    def test_its_fate(self) -> None:
        """On its way, delivered, unknown to the carrier."""
        self.start(Behaviour(receipt_delay=5.0))
        [taken] = self.send("hello")
        self.assertEqual((True, Status.SENT), (self.ask("ask", taken.message_id).well, self.ask("ask", "1").fate))
        self.carrier.turn(6.0)
        self.assertEqual((True, Status.DELIVERED), ((told := self.ask("ask", "1")).well, told.fate))
        self.assertEqual((False, "ESME_RQUERYFAIL"), ((told := self.ask("ask", "99")).well, told.words))

    def test_cancelled(self) -> None:
        """While it is on its way; afterwards it is too late."""
        self.start(Behaviour(receipt_delay=5.0))
        [taken] = self.send("hello")
        self.assertTrue(self.ask("cancel", taken.message_id).well)
        self.assertEqual("ESME_RCANCELFAIL", self.ask("cancel", "99").words)

    def test_a_carrier_that_cannot_be_asked(self) -> None:
        """By its settings."""
        self.start(ask=False)
        self.assertEqual((False, "a cannot be asked this"), ((told := self.ask("ask", "1")).well, told.words))


class CongestionTests(WayTestCase):
    """How busy an SMSC of 5.0 says it is."""

    def test_told(self) -> None:
        """With every answer, to the lane."""
        self.start(Behaviour(version="5.0", congestion=90), version="5.0")
        self.send("hello")
        self.assertEqual([90, 90], self.lane.levels)

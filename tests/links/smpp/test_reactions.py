"""What our end does with the malformed octets of the vectors: answer, event, and whether the session goes on.

What a server does with those that are a client's, the tests of the carrier's end tell; what the texts and receipts
among them say, those of `texts` and `receipts`.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.events import Answered, Bound, Closed, Delivered
from chanserv.links.smpp.codec import Frames, decode, encode
from chanserv.links.smpp.pdus import BindTransceiverResp, DeliverSm, DeliverSmResp, GenericNack, Pdu, SubmitSm
from chanserv.links.smpp.session import Session
from chanserv.links.terms import State
from tests.links.smpp.test_vectors import MALFORMED

NACK = GenericNack(sequence=0, status=2)
SUBMIT = 0x18  # the number of our submit_sm that m060 answers

# octets of the vector -> what we send, what we tell, what we count
REACTIONS: dict[str, tuple[list[Pdu], list[type], tuple[int, int]]] = {
    "smpp-m001": ([NACK], [Closed], (0, 0)),
    "smpp-m002": ([NACK], [Closed], (0, 0)),
    "smpp-m003": ([NACK], [Closed], (0, 0)),
    "smpp-m006": ([NACK], [Closed], (0, 0)),
    "smpp-m007": ([], [], (0, 0)),
    "smpp-m009": ([GenericNack(sequence=5, status=3)], [], (0, 1)),
    "smpp-m010": ([GenericNack(sequence=6, status=3)], [], (0, 1)),
    "smpp-m033": ([], [Delivered], (0, 0)),
    "smpp-m042": ([], [Delivered], (0, 0)),
    "smpp-m056": ([], [], (0, 1)),
    "smpp-m057": ([], [], (1, 0)),
    "smpp-m060": ([], [Answered], (0, 0)),
    "smpp-m061": ([], [Delivered], (0, 0)),
    "smpp-m062": ([], [Delivered], (0, 0)),
}


def bound() -> Session:
    """With a part that waits for its answer."""
    session = Session()
    session.open(0.0)
    session.received(0.0, encode(BindTransceiverResp(sequence=1)))
    session._next = SUBMIT
    session.submit(0.0, SubmitSm())
    session.flush()
    session.events.clear()
    return session


def hears(session: Session, name: str) -> list[Any]:
    """The events; they are taken out."""
    session.received(1.0, bytes.fromhex(MALFORMED[name]["hex"]))
    events, session.events = session.events, []
    return events


def said(session: Session) -> list[Pdu]:
    return [decode(frame) for frame in Frames().feed(session.flush())]


class ReactionTests(SynchronousTestCase):
    """A carrier's mistakes."""

    def test_each(self) -> None:
        """Only a stream that has lost its sense ends a session; then what waits is told as unanswered."""
        for name, (sent, told, counts) in REACTIONS.items():
            session = bound()
            events = [event for event in hears(session, name) if type(event).__name__ != "Unanswered"]
            self.assertEqual((sent, told), (said(session), [type(event) for event in events]), name)
            self.assertEqual(counts, (session.late, session.strange), name)
            self.assertIs(session.state, State.CLOSED if Closed in told else State.BOUND, name)

    def test_what_is_delivered_is_answered_well(self) -> None:
        """Readable or not: another answer makes an SMSC send it for ever."""
        for name in ("smpp-m033", "smpp-m042", "smpp-m061", "smpp-m062"):
            session = bound()
            (event,) = hears(session, name)
            assert isinstance(event.pdu, DeliverSm)
            session.answer(1.0, event.pdu, True)
            self.assertEqual([DeliverSmResp(sequence=event.pdu.sequence)], said(session), name)

    def test_a_nack_fails_what_it_names(self) -> None:
        """With its status; it is never answered."""
        session = bound()
        self.assertEqual([Answered(SUBMIT, 0x03)], hears(session, "smpp-m060"))
        self.assertEqual(([], 0), (said(session), session.pending))

    def test_an_id_without_its_nul(self) -> None:
        """Is what there is, to the end of the PDU."""
        session = bound()
        session._next = 0x33
        session.submit(0.0, SubmitSm())
        self.assertEqual([Answered(0x33, 0, b"1234")], hears(session, "smpp-m057"))

    def test_a_name_without_its_nul(self) -> None:
        """Lets us in as well."""
        session = Session()
        session.open(0.0)
        session.flush()
        self.assertEqual([Bound(b"SMSC")], hears(session, "smpp-m058"))

    def test_an_impossible_length_is_not_waited_for(self) -> None:
        """Four octets are enough."""
        session = bound()
        session.received(1.0, bytes.fromhex(MALFORMED["smpp-m003"]["hex"])[:4])
        self.assertIs(session.state, State.CLOSED)

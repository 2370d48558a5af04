"""Answers as events: every state a query can tell, everything a refusal can add."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.events import Answered, Replied
from chanserv.links.smpp import tlvs
from chanserv.links.smpp.answers import answered, replied, said
from chanserv.links.smpp.codec import decode
from chanserv.links.smpp.pdus import CancelSmResp, DataSmResp, GenericNack, QuerySmResp, SubmitSmResp
from chanserv.message import Status
from tests.links.smpp.test_vectors import VALID

SENT, DELIVERED, FAILED = Status.SENT, Status.DELIVERED, Status.FAILED
VECTORS = {vector["id"][-3:]: bytes.fromhex(vector["hex"]) for vector in VALID}


class RepliedTests(SynchronousTestCase):
    """query_sm_resp and cancel_sm_resp."""

    def test_states(self) -> None:
        """5.2.28; 0 and 9 from 5.0. The carrier may not know, and may use a number that nobody knows."""
        for state, fate, words in (
            (0, SENT, "SCHEDULED"),
            (1, SENT, "ENROUTE"),
            (2, DELIVERED, "DELIVRD"),
            (3, FAILED, "EXPIRED"),
            (4, FAILED, "DELETED"),
            (5, FAILED, "UNDELIV"),
            (6, SENT, "ACCEPTD"),
            (7, None, "UNKNOWN"),
            (8, FAILED, "REJECTD"),
            (9, FAILED, "SKIPPED"),
            (77, None, "message_state 77"),
        ):
            self.assertEqual(Replied(4, 0, fate, words), replied(QuerySmResp(sequence=4, message_state=state)))
        self.assertEqual(
            Replied(4, 0, FAILED, "UNDELIV err 9"), replied(QuerySmResp(sequence=4, message_state=5, error_code=9))
        )

    def test_what_says_nothing(self) -> None:
        """A body that is not there is no state."""
        self.assertEqual(Replied(4, 0), replied(QuerySmResp(sequence=4, bare=True)))
        self.assertEqual(Replied(4, 0), replied(CancelSmResp(sequence=4)))

    def test_refusals(self) -> None:
        """A nack is one whatever it says; a state beside an error is none."""
        for pdu, status, words in (
            (QuerySmResp(sequence=4, status=0x67, message_state=2), 0x67, "ESME_RQUERYFAIL"),
            (CancelSmResp(sequence=4, status=0x11), 0x11, "ESME_RCANCELFAIL"),
            (GenericNack(sequence=4), 0xFF, "ESME_RUNKNOWNERR"),
            (GenericNack(sequence=4, status=3), 3, "ESME_RINVCMDID"),
        ):
            self.assertEqual(Replied(4, status, None, words), replied(pdu))

    def test_golden(self) -> None:
        """The vectors' own."""
        told = replied(decode(VECTORS["090"]))
        self.assertEqual((0, DELIVERED, "DELIVRD"), (told.status, told.fate, told.words))
        self.assertEqual(0, replied(decode(VECTORS["095"])).status)


class AnsweredTests(SynchronousTestCase):
    """submit_sm_resp and data_sm_resp."""

    def test_golden(self) -> None:
        """An id, an error alone, an error with its details, a failure that passes or does not."""
        for name, event in (
            ("057", Answered(25, 0, b"4A3F9C01")),
            ("060", Answered(28, 0x58)),
            ("063", Answered(31, 0x45, b"", "no credit, network_error_code 3/27, delivery_failure_reason 1")),
        ):
            pdu = decode(VECTORS[name])
            assert isinstance(pdu, SubmitSmResp)
            self.assertEqual(event, answered(pdu), name)
        pdu = decode(VECTORS["088"])
        assert isinstance(pdu, DataSmResp)
        words = "absent, network_error_code 3/6, delivery_failure_reason 0"
        self.assertEqual(Answered(87, 0xFE, b"", words, True), answered(pdu))

    def test_a_number_nobody_can_mean(self) -> None:
        """2000 octets where one belongs say nothing; Python would not even write such a number down."""
        for tag in (tlvs.DELIVERY_FAILURE_REASON, tlvs.CONGESTION_STATE):
            pdu = SubmitSmResp(sequence=5, status=8, tlvs=((tag, b"\xff" * 2000),))
            self.assertEqual(Answered(5, 8, b"", "", False), answered(pdu))

    def test_a_flood_of_words(self) -> None:
        """They are kept with the part and told: a line, and no more than the standard allows (5.3.2.11)."""
        pdu = SubmitSmResp(sequence=5, status=8, tlvs=((0x1D, b"no\x1b[2J\r\nno" + b"x" * 60_000),))
        words = answered(pdu).words
        self.assertTrue(words.startswith("no [2J no"), words[:20])
        self.assertLessEqual(len(words), 256)

    def test_passing(self) -> None:
        """delivery_failure_reason: unavailable and temporary errors pass; invalid and permanent ones do not."""
        for reason, passing in ((0, True), (1, False), (2, False), (3, True), (9, False)):
            pdu = DataSmResp(sequence=2, status=0xFE, tlvs=((0x425, bytes((reason,))),))
            self.assertEqual(passing, answered(pdu).passing, reason)
        self.assertFalse(answered(DataSmResp(sequence=2, status=0xFE, tlvs=((0x425, b""),))).passing)

    def test_said(self) -> None:
        """In one order, whatever the TLVs'; nothing of what says nothing, and no NUL."""
        pdu = SubmitSmResp(tlvs=((0x425, b"\2"), (0x423, b"\3\0"), (0x1D, b"a\xe9\0b"), (0x1401, b"x")))
        self.assertEqual("aé, delivery_failure_reason 2", said(pdu))
        self.assertEqual("", said(SubmitSmResp(tlvs=((0x1D, b"\0"), (0x423, b"")))))

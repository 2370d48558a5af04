"""What an account says and understands, by its settings."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.base import Judgement, Question
from chanserv.links.events import Answered
from chanserv.links.smpp.codec import decode, encode
from chanserv.links.smpp.pdus import (
    Bind,
    BindReceiverResp,
    BindTransceiverResp,
    CancelSm,
    DataSm,
    DeliverSm,
    Outbind,
    QuerySm,
    SubmitSm,
)
from chanserv.links.smpp.speech import CALLER, SmppSpeech
from chanserv.message import Receipt, Reply, Status, Verdict
from chanserv.settings import ReceiptSettings, Secret
from tests.fakes import smpp
from tests.links.fakes import work

ASKED = Question(carrier_id="00AB", to="+5511999990000", sender="8000")


def speech(now: float = 0.0, **said: Any) -> SmppSpeech:
    return SmppSpeech(attrs.evolve(smpp("a"), **said), lambda: now)


class SessionTests(SynchronousTestCase):
    """Which sessions there are, and how each signs in."""

    def test_roles(self) -> None:
        """One a bind; a pair is two; who is only called dials nobody."""
        for said, roles in (
            ({}, ("transceiver",)),
            ({"binds": 3}, ("transceiver",) * 3),
            ({"bind": "receiver", "binds": 2}, ("receiver",) * 2),
            ({"bind": "transmitter"}, ("transmitter",)),
            ({"bind": "transmitter+receiver"}, ("transmitter", "receiver")),
            ({"bind": "transmitter+receiver", "binds": 4}, ("transmitter", "receiver") * 2),
            ({"bind": "receiver", "hosts": (), "listen": "tcp:2775"}, ()),
        ):
            self.assertEqual(roles, speech(**said).roles, said)

    def test_who_sends(self) -> None:
        """Not a receiver; one that was called only if it may be more than that."""
        one = speech()
        self.assertEqual(
            [True, True, False, False], [one.sends(role) for role in ("transceiver", "transmitter", "receiver", CALLER)]
        )
        self.assertTrue(speech(version="5.0").sends(CALLER))
        self.assertFalse(speech(version="5.0", bind="receiver").sends(CALLER))

    def test_the_bind(self) -> None:
        """All that the settings say of it."""
        one = speech(
            version="5.0", system_type="VMA", addr_ton=1, addr_npi=2, address_range="^80", password=Secret("geheim")
        )
        for role, name in (("transmitter", "BindTransmitter"), ("receiver", "BindReceiver")):
            session = one.session(role)
            session.open(0.0)
            pdu = decode(session.flush())
            assert isinstance(pdu, Bind)
            self.assertEqual(name, type(pdu).__name__)
            self.assertEqual(
                (b"weni", b"geheim", b"VMA", 0x50, 1, 2, b"^80"),
                (
                    pdu.system_id,
                    pdu.password,
                    pdu.system_type,
                    pdu.interface_version,
                    pdu.addr_ton,
                    pdu.addr_npi,
                    pdu.address_range,
                ),
            )

    def test_times(self) -> None:
        """Each from its setting."""
        session = speech(bind_within=3.0, enquire_after=7.0, answer_within=5.0).session("transceiver")
        session.open(0.0)
        self.assertEqual(3.0, session.due())
        session.received(1.0, encode(BindTransceiverResp(sequence=1)))
        self.assertEqual(8.0, session.due())
        session.submit(1.0, SubmitSm())
        self.assertEqual(6.0, session.due())

    def test_who_is_called(self) -> None:
        """Waits for an outbind with the id and the password of the settings, if they have any."""
        for said, outbind, answer in (
            ({}, Outbind(system_id=b"any", password=b"thing"), "BindReceiver"),
            ({"outbind_id": "smsc", "outbind_password": Secret("x")}, Outbind(system_id=b"smsc", password=b"y"), None),
            ({"outbind_id": "smsc", "outbind_password": Secret("x")}, Outbind(system_id=b"s", password=b"x"), None),
            ({"outbind_id": "smsc"}, Outbind(system_id=b"smsc", password=b"y"), "BindReceiver"),
            ({"version": "5.0", "bind": "transceiver"}, Outbind(), "BindTransceiver"),
            ({"version": "5.0", "bind": "transmitter"}, Outbind(), "BindReceiver"),
        ):
            session = speech(**said).session(CALLER)
            session.open(0.0)
            self.assertEqual(b"", session.flush())
            session.received(0.0, encode(outbind))
            octets = session.flush()
            self.assertEqual(answer, type(decode(octets)).__name__ if octets else None, said)
            self.assertEqual(answer is not None, session.living)


class ComposeTests(SynchronousTestCase):
    """Parts, as the peer understands them."""

    def test_the_time_is_now(self) -> None:
        """What is left of a text's validity."""
        pdu = speech(now=1_000.0, validity_period="relative").compose(one := work(expires=1_060.0), one.parts[0])
        self.assertEqual(b"000000000100000R", pdu.validity_period if isinstance(pdu, SubmitSm) else None)

    def test_a_peer_that_speaks_less(self) -> None:
        """Once it has said so, it gets no data_sm."""
        one, part = speech(submit="data_sm"), work().parts[0]
        self.assertIsInstance(one.compose(work(), part), DataSm)
        session = one.session("transceiver")
        session.open(0.0)
        session.received(0.0, encode(BindTransceiverResp(sequence=1, tlvs=((0x210, b"\x33"),))))
        self.assertIsInstance(one.compose(work(), part), SubmitSm)


class JudgeTests(SynchronousTestCase):
    """What an answer means."""

    def test_taken(self) -> None:
        """The id as it is kept, and as the carrier wrote it where that differs."""
        for message_id, kept, raw in ((b"77", "77", ""), (b"00AB", "ab", "00AB"), (b"", "", "")):
            self.assertEqual(
                Judgement(verdict=Verdict.TAKEN, code="ESME_ROK", carrier_id=kept, raw_id=raw),
                speech().judge(Answered(2, 0, message_id), 0),
            )

    def test_refused(self) -> None:
        """The code's name, and what was said beside it; a pause, or the end of the session."""
        for answered, tries, verdict, reason, pause, lost in (
            (Answered(2, 0x0B), 0, Verdict.REFUSED, "ESME_RINVDSTADR", 0.0, False),
            (Answered(2, 0x45, b"", "no credit"), 0, Verdict.LATER, "ESME_RSUBMITFAIL: no credit", 0.0, False),
            (Answered(2, 0x45), 2, Verdict.REFUSED, "ESME_RSUBMITFAIL", 0.0, False),
            (Answered(2, 0x58), 9, Verdict.LATER, "ESME_RTHROTTLED", 0.5, False),
            (Answered(2, 0x04), 0, Verdict.LATER, "ESME_RINVBNDSTS", 0.0, True),
            (Answered(2, 0xFE, b"", "x", True), 0, Verdict.LATER, "ESME_RDELIVERYFAILURE: x", 0.0, False),
        ):
            found = speech().judge(answered, tries)
            self.assertEqual((verdict, reason), (found.verdict, found.reason))
            self.assertEqual((pause, lost, ""), (found.pause, found.lost, found.carrier_id))

    def test_errors(self) -> None:
        """What the operator says of a code."""
        own = speech(errors={"0x0400": "throttled", "0x58": "refused", "0x99": "taken"})
        self.assertEqual(
            [(Verdict.LATER, 0.5), (Verdict.REFUSED, 0.0), (Verdict.TAKEN, 0.0)],
            [(each.verdict, each.pause) for each in (own.judge(Answered(2, code), 9) for code in (0x400, 0x58, 0x99))],
        )


class ReadTests(SynchronousTestCase):
    """What is delivered."""

    def test_receipt_text_acknowledgement(self) -> None:
        """The last is neither: nobody asked for it."""
        found = speech().read(DeliverSm(esm_class=4, short_message=b"id:0AB stat:DELIVRD"), 5.0)
        assert isinstance(found, Receipt)
        self.assertEqual(("a", "ab", Status.DELIVERED), (found.link, found.carrier_ids[0], found.status))
        text = speech().read(DeliverSm(short_message=b"Hello"), 5.0)
        assert isinstance(text, Reply)
        self.assertEqual(("a", b"Hello", 5.0), (text.link, text.body, text.at))
        for esm_class in (0x08, 0x10, 0x18):
            self.assertIsNone(speech().read(DeliverSm(esm_class=esm_class, short_message=b"1"), 5.0))

    def test_by_the_settings(self) -> None:
        """Alphabet, numbers of data_coding, the receipts' dialect, the base of ids."""
        own = speech(
            alphabet="latin-1",
            data_coding={"ucs2": 25},
            message_id="decimal",
            receipt=ReceiptSettings(words={"OK": "delivered"}, zone=1.0),
        )
        latin, wide = (own.read(DeliverSm(short_message=b"\0\xe9", data_coding=number), 0.0) for number in (0, 25))
        assert isinstance(latin, Reply) and isinstance(wide, Reply)
        self.assertEqual(("latin-1", "utf-16-be"), (latin.encoding, wide.encoding))
        receipt = own.read(DeliverSm(esm_class=4, short_message=b"id:255 done date:7001010100 stat:ok"), 0.0)
        assert isinstance(receipt, Receipt)
        self.assertEqual((("ff",), Status.DELIVERED), (receipt.carrier_ids, receipt.status))
        packed = speech(alphabet="gsm7-packed").read(DeliverSm(short_message=bytes.fromhex("E8329BFD4697D9EC37")), 0.0)
        assert isinstance(packed, Reply)
        self.assertEqual((b"hellohello", "gsm7"), (packed.body, packed.encoding))


class QuestionTests(SynchronousTestCase):
    """What is asked of a carrier."""

    def test_question(self) -> None:
        """By its id and the sender as it was submitted; not where the settings say that it is no use."""
        expected = QuerySm(message_id=b"00AB", source_addr_ton=3, source_addr=b"8000")
        self.assertEqual(expected, speech().question(ASKED))
        self.assertEqual(5, getattr(speech(source_ton=5).question(ASKED), "source_addr_ton", None))
        self.assertIsNone(speech(ask=False).question(ASKED))

    def test_cancellation(self) -> None:
        """With the recipient as it was submitted."""
        expected = CancelSm(
            service_type=b"CMT",
            message_id=b"00AB",
            source_addr_ton=3,
            source_addr=b"8000",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=b"+5511999990000",
        )
        self.assertEqual(expected, speech(service_type="CMT", international="plus").cancellation(ASKED))

    def test_without_an_id(self) -> None:
        """There is nothing to ask; and cancel_sm without one drops every text between the two."""
        nameless = Question(carrier_id="", to="+5511999990000", sender="8000")
        self.assertEqual((None, None), (speech().question(nameless), speech().cancellation(nameless)))


class BoundTests(SynchronousTestCase):
    """Between the speech and its sessions."""

    def test_a_called_session_is_bound(self) -> None:
        """Then it takes deliveries like any other."""
        session = speech().session(CALLER)
        session.open(0.0)
        session.received(0.0, encode(Outbind()) + encode(BindReceiverResp(sequence=1)))
        session.received(0.0, encode(BindReceiverResp(sequence=1)) + encode(DeliverSm(sequence=4)))
        self.assertEqual(["Bound", "Delivered"], [type(event).__name__ for event in session.events])

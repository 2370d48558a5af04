"""A simulated carrier that speaks SMPP: every way to behave, by a clock; one conversation for real."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.connection import Connection
from chanserv.links.smpp import receipts
from chanserv.links.smpp.codec import Frames, decode, encode
from chanserv.links.smpp.coding import encoding
from chanserv.links.smpp.deliveries import texts, wanted
from chanserv.links.smpp.pdus import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    Pdu,
    QuerySm,
    QuerySmResp,
    SubmitSm,
    SubmitSmResp,
)
from chanserv.links.smpp.texts import mo
from chanserv.links.smpp.tlvs import MESSAGE_STATE, RECEIPTED_MESSAGE_ID
from chanserv.links.smpp.trade import SmppTrade
from chanserv.text.parts import read_udh
from tests.links.fakes import Caller

HANDSET = "+5511987654321"


def submit(sequence: int, text: bytes = b"hello", **fields: Any) -> SubmitSm:
    known = {"source_addr": b"8000", "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": b"5511987654321"}
    return SubmitSm(**{**known, "sequence": sequence, "registered_delivery": 1, "short_message": text, **fields})


class Esme:
    """The other end: binds, says what it is told, and may answer what it is sent."""

    def __init__(self, smsc: Carrier, bind: type[Pdu] | None = BindTransceiver) -> None:
        self.smsc = smsc
        self.transport = StringTransport()
        self.protocol: Connection = smsc.buildProtocol(None)
        self.protocol.makeConnection(self.transport)
        self._frames = Frames()
        if bind:
            self.say(bind(sequence=1))
            self.heard()

    def say(self, *pdus: Pdu) -> None:
        self.protocol.dataReceived(b"".join(map(encode, pdus)))

    def heard(self) -> list[Pdu]:
        """What came since last asked."""
        data = self.transport.value()
        self.transport.clear()
        return [decode(frame) for frame in self._frames.feed(data)]

    def answers(self) -> list[tuple[int, int, bytes]]:
        return [(one.sequence, one.status, one.message_id) for one in self.heard() if isinstance(one, SubmitSmResp)]

    def delivered(self, status: int | None = 0) -> list[DeliverSm]:
        """The deliver_sm that came, each answered with `status`, if any."""
        found = [one for one in self.heard() if isinstance(one, DeliverSm)]
        if status is not None:
            self.say(*(DeliverSmResp(sequence=one.sequence, status=status) for one in found))
        return found

    @property
    def gone(self) -> bool:
        return bool(self.transport.disconnecting or self.transport.disconnected)

    def lose(self) -> None:
        self.protocol.connectionLost()


class SmscTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()

    def smsc(self, record: str | None = None, on_submit: Any = None, **behaviour: Any) -> Carrier:
        behaviour = {"enquire_after": 0.0} | behaviour
        made = Carrier(self.clock, SmppTrade(), Behaviour(**behaviour), record, on_submit)
        self.addCleanup(self._ended, made)
        return made

    def _ended(self, smsc: Carrier) -> None:
        """Nothing is left ticking once everybody is gone."""
        for connection in tuple(smsc.connections):
            connection.connectionLost()
        self.assertEqual([], self.clock.getDelayedCalls())


def words(pdus: list[DeliverSm]) -> list[tuple[bytes, bytes]]:
    """(id, stat) of receipts."""
    return [(one.short_message.split()[0][3:], one.short_message.split(b"stat:")[1].split()[0]) for one in pdus]


class AnswerTests(SmscTestCase):
    def test_submits_are_remembered(self) -> None:
        """As a person would read them; the text without its header."""
        seen: list[Any] = []
        esme = Esme(smsc := self.smsc(on_submit=seen.append))
        self.clock.advance(3)
        esme.say(submit(5, b"\x05\0\x03\x01\x02\x01\0O\0l\0\xe1", data_coding=8, esm_class=0x40))
        self.assertEqual(seen, list(smsc.submits))
        (one,) = seen
        self.assertEqual(
            ("Olá", "8000", HANDSET, "1", 3.0), (one.text, one.source, one.destination, one.message_id, one.at)
        )


class RefusalTests(SmscTestCase):
    def test_silence_can_be_set_and_lifted(self) -> None:
        """What was said meanwhile is not made up for."""
        esme = Esme(smsc := self.smsc())
        smsc.set(silent=True)
        esme.say(submit(2), EnquireLink(sequence=3))
        smsc.send_mo(HANDSET, "8000", "1")
        self.assertEqual([], esme.heard())
        smsc.set(silent=False)
        self.assertEqual(1, len(esme.delivered()))
        esme.say(submit(4))
        self.assertEqual([4], [answer[0] for answer in esme.answers()])

    def test_turned_away_means_hung_up(self) -> None:
        """After the answer."""
        esme = Esme(smsc := self.smsc(bind_status=0x0D), None)
        esme.say(BindTransceiver(sequence=1))
        self.assertEqual([0x0D], [pdu.status for pdu in esme.heard()])
        self.assertTrue(esme.gone)
        self.assertEqual((0, 1), (smsc.counts["binds"], smsc.counts["binds_refused"]))


class ReceiptTests(SmscTestCase):
    def test_a_receipt_follows_its_answer(self) -> None:
        """Readable by our own reader, from the handset to the sender."""
        esme = Esme(smsc := self.smsc())
        esme.say(submit(5))
        answer, receipt = esme.heard()
        self.assertIsInstance(answer, SubmitSmResp)
        assert isinstance(receipt, DeliverSm)
        read = receipts.read(receipt, "claro", "same")
        assert read is not None
        self.assertEqual((("1",), "delivered"), (read.carrier_ids, str(read.status)))
        self.assertEqual((HANDSET, "8000"), (read.to, read.sender))
        esme.say(DeliverSmResp(sequence=receipt.sequence))
        self.assertEqual(1, smsc.counts["receipt"])

    def test_id_and_state_are_in_tlvs_as_well(self) -> None:
        """SMPP 3.4, section 4.6.1; a word without a number leaves its TLV out."""
        for word, state in (("DELIVRD", b"\x02"), ("UNDELIV", b"\x05"), ("GONE", None)):
            esme = Esme(self.smsc(receipt_status=word, id_start=255))
            esme.say(submit(5))
            (receipt,) = esme.delivered()
            self.assertEqual((b"ff\0", state), (receipt.tlv(RECEIPTED_MESSAGE_ID), receipt.tlv(MESSAGE_STATE)))

    def test_an_esme_of_3_3_gets_no_tlvs(self) -> None:
        """It knows none."""
        esme = Esme(self.smsc(), None)
        esme.say(BindReceiver(sequence=1, interface_version=0x33))
        other = Esme(esme.smsc, None)
        other.say(BindTransmitter(sequence=1, interface_version=0x33), submit(5))
        (receipt,) = esme.delivered()
        self.assertEqual(((), [(b"1", b"DELIVRD")]), (receipt.tlvs, words([receipt])))

    def test_ids_may_change_their_base(self) -> None:
        """Answers in one, receipts in the other."""
        for base, ids, expected in (
            ("hex", "same", b"ff"),
            ("hex", "decimal", b"255"),
            ("decimal", "hex", b"ff"),
            ("decimal", "same", b"255"),
        ):
            esme = Esme(self.smsc(id_base=base, receipt_ids=ids, id_start=255))
            esme.say(submit(5))
            self.assertEqual([(expected, b"DELIVRD")], words(esme.delivered()))

    def test_only_those_who_ask_get_one(self) -> None:
        """registered_delivery 1 always, 2 for failures, 3 for success; reserved bits are masked."""
        for flag, word, asked in (
            (0, "DELIVRD", False),
            (1, "UNDELIV", True),
            (2, "DELIVRD", False),
            (2, "EXPIRED", True),
            (3, "DELIVRD", True),
            (0xFC, "DELIVRD", False),
            (0xFF, "REJECTD", False),
        ):
            self.assertIs(asked, wanted(submit(1, registered_delivery=flag), word), (flag, word))
        esme = Esme(self.smsc(receipts=False))
        esme.say(submit(5))
        self.assertEqual([], esme.delivered())

    def test_receipts_wait_for_a_receiver(self) -> None:
        """A transmitter gets none; a receiver bound later gets them all."""
        smsc = self.smsc()
        sender = Esme(smsc, BindTransmitter)
        sender.say(submit(2), submit(3))
        self.assertEqual([], sender.delivered())
        receiver = Esme(smsc, None)
        receiver.say(BindReceiver(sequence=1))
        self.assertEqual([b"1", b"2"], [id for id, _ in words(receiver.delivered())])


class MoTests(SmscTestCase):
    def test_a_text_waits_for_a_receiver(self) -> None:
        """Sent before anybody is bound."""
        smsc = self.smsc()
        smsc.send_mo(HANDSET, "8000", "sim, é isso")
        esme = Esme(smsc, None)
        esme.say(BindReceiver(sequence=1))
        (pdu,) = esme.delivered()
        reply = mo(pdu, "claro", 0.0)
        self.assertEqual((HANDSET, "8000"), (reply.sender, reply.to))
        self.assertEqual(1, smsc.counts["mo"])

    def test_what_was_refused_comes_again_later(self) -> None:
        """Until it is answered ROK."""
        esme = Esme(smsc := self.smsc(retry_after=5.0))
        smsc.send_mo(HANDSET, "8000", "1")
        self.assertEqual(1, len(esme.delivered(status=0x64)))
        self.clock.advance(4.9)
        self.assertEqual([], esme.delivered())
        self.clock.advance(0.1)
        self.assertEqual(1, len(esme.delivered()))
        self.assertEqual((1, 1), (smsc.counts["mo"], smsc.counts["mo_refused"]))

    def test_long_texts_come_in_parts(self) -> None:
        """Behind a concatenation header, in whatever coding."""
        for text, data_coding, coding, most in (
            ("a" * 400, None, 0, 160),
            ("ж" * 100, None, 8, 140),
            ("a" * 100, 8, 8, 140),
            ("é" * 200, 3, 3, 140),
            ("short", 4, 4, 5),
        ):
            parts = [one.pdu for one in texts(HANDSET, "8000", text, data_coding, 7)]
            self.assertTrue(all(len(pdu.short_message) <= most and pdu.data_coding == coding for pdu in parts))
            read = [read_udh(pdu.short_message) for pdu in parts]
            numbers = [segment.number for segment, _, _ in read if segment]
            self.assertEqual(list(range(1, len(parts) + 1)) if len(parts) > 1 else [], numbers)
            joined = b"".join(body for _, _, body in read)
            codec = encoding(coding)
            self.assertEqual(text, joined.decode("ascii" if codec == "gsm7" else codec))

    def test_a_text_must_fit_its_coding(self) -> None:
        """Said at once."""
        for data_coding in (0, 3):
            self.assertRaises(UnicodeEncodeError, texts, HANDSET, "8000", "ж", data_coding, 1)


class QuestionTests(SmscTestCase):
    def test_a_part_can_be_asked_for_and_cancelled(self) -> None:
        """By whoever sent it, and nobody else."""
        esme = Esme(self.smsc(receipt_delay=5.0))
        esme.say(submit(2))
        esme.heard()
        esme.say(QuerySm(sequence=3, message_id=b"1", source_addr=b"8000"))
        esme.say(QuerySm(sequence=4, message_id=b"1", source_addr=b"8001"))
        esme.say(CancelSm(sequence=5, message_id=b"1", source_addr=b"8001"))
        esme.say(CancelSm(sequence=6, message_id=b"1", source_addr=b"8000"))
        enroute, *answers, receipt = esme.heard()
        assert isinstance(enroute, QuerySmResp) and isinstance(receipt, DeliverSm)
        self.assertEqual((0, 1), (enroute.status, enroute.message_state))
        self.assertEqual([(4, 0x67), (5, 0x11), (6, 0)], [(one.sequence, one.status) for one in answers])
        self.assertEqual([(b"1", b"DELETED")], words([receipt]))

    def test_a_data_sm_is_taken_like_any_part(self) -> None:
        """Every way to misbehave is its as well."""
        esme = Esme(smsc := self.smsc(refuse_every=2, repeat_answers=True))
        pdu = DataSm(destination_addr=b"5511", tlvs=((0x0424, b"Hi"),), registered_delivery=1)
        esme.say(attrs.evolve(pdu, sequence=2), attrs.evolve(pdu, sequence=3))
        heard = esme.heard()
        expected = [(DataSmResp, 2, 0), (DataSmResp, 2, 0), (DataSmResp, 3, 8), (DataSmResp, 3, 8)]
        self.assertEqual(expected, [(type(one), one.sequence, one.status) for one in heard[:4]])
        self.assertEqual([(b"1", b"DELIVRD")], words(heard[4:]))  # type: ignore[arg-type] # receipts
        self.assertEqual(["Hi"], [one.text for one in smsc.submits])


class EnquireTests(SmscTestCase):
    def test_a_dead_esme_is_let_go(self) -> None:
        """Asked once, then hung up on; what it had not answered waits for the next."""
        esme = Esme(smsc := self.smsc(enquire_after=30.0))
        smsc.send_mo(HANDSET, "8000", "1")
        self.clock.pump([30.0, 29.0])
        self.assertFalse(esme.gone)
        self.assertIn(EnquireLink, [type(pdu) for pdu in esme.heard()])
        self.clock.advance(1.0)
        self.assertTrue(esme.gone)
        esme.lose()
        self.assertEqual(1, len(smsc.waiting))


class RealTests(TestCase):
    async def test_it_listens_on_tcp(self) -> None:
        """A bind, a submit_sm, then a drop; stopping leaves nothing behind."""
        from twisted.internet import reactor

        smsc = Carrier(reactor, SmppTrade())
        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(smsc)
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
        caller = await connectProtocol(endpoint, Caller(16 + 9 + 5 + 16 + 2))
        caller.transport.write(encode(BindTransceiver(sequence=1)) + encode(submit(2, registered_delivery=0)))
        answers = [decode(frame) for frame in Frames().feed(await caller.done)]
        self.assertEqual([(1, 0), (2, 0)], [(one.sequence, one.status) for one in answers])
        smsc.drop()
        await caller.ended
        await port.stopListening()

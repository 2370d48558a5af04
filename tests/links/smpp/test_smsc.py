"""The SMSC's side of a session, octet by octet and second by second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
from hypothesis import given
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Answered, Asked, Closed, Delivery, Refused, SignedIn, Submit, Submitted, Turned
from chanserv.links.smpp.broadcasts import BroadcastSm, CancelBroadcastSm, QueryBroadcastSm
from chanserv.links.smpp.codec import Frames, decode, encode
from chanserv.links.smpp.deliveries import texts
from chanserv.links.smpp.fields import Address, Unsuccess
from chanserv.links.smpp.pdus import (
    AlertNotification,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from chanserv.links.smpp.smsc import SmppDesk
from chanserv.links.smpp.smsc_states import ROLES, State
from chanserv.links.smpp.trade import SmppTrade
from tests.links.cuts import CUTS, cut

VECTORS = Path(__file__).parents[2] / "vectors" / "smpp.json"
SUBMIT = SubmitSm(sequence=9, destination_addr=b"5511987654321", short_message=b"hello")
MO = texts("+5511987654321", "8000", "yes", None, 1)[0]
BINDS = {State.BOUND_TX: BindTransmitter, State.BOUND_RX: BindReceiver, State.BOUND_TRX: BindTransceiver}


def session(state: State = State.BOUND_TRX, **behaviour: Any) -> SmppDesk:
    """One in this state, with nothing more to say."""
    made = SmppDesk(0.0, Behaviour(**behaviour))
    if state is not State.OPEN:
        made.received(0.0, encode(BINDS.get(state, BindTransceiver)(sequence=1)))
    if state is State.UNBOUND:
        made.received(0.0, encode(Unbind(sequence=2)))
    made.out.clear()
    made.events.clear()
    return made


def said(made: SmppDesk) -> list[Pdu]:
    """What it sent since last asked."""
    data, made.out = bytes(made.out), bytearray()
    return [decode(frame) for frame in Frames().feed(data)]


def taken(pdu: Pdu, number: int = 1) -> Submit:
    return SmppTrade().taken(pdu, number, 0.0, Behaviour())  # type: ignore[arg-type] # parts only


class VectorTests(SynchronousTestCase):
    """What a good SMSC does with octets that are wrong."""

    # state, response (None: none is due), statuses that are right (first: ours), does the session go on
    REACTIONS: dict[str, tuple[State, type[Pdu] | None, tuple[int, ...], bool]] = {
        "m001": (State.OPEN, GenericNack, (0x02,), False),
        "m002": (State.OPEN, GenericNack, (0x02,), False),
        "m003": (State.OPEN, GenericNack, (0x02,), False),
        "m006": (State.OPEN, GenericNack, (0x02,), False),
        "m007": (State.OPEN, None, (), False),
        "m009": (State.OPEN, GenericNack, (0x03,), True),
        "m010": (State.OPEN, GenericNack, (0x03,), True),
        "m015": (State.OPEN, BindTransceiverResp, (0x0E, 0x02), False),
        "m018": (State.OPEN, BindTransceiverResp, (0x00, 0xC0), True),
        "m020": (State.OPEN, SubmitSmResp, (0x04,), True),
        "m021": (State.BOUND_RX, SubmitSmResp, (0x04,), True),
        "m023": (State.UNBOUND, SubmitSmResp, (0x04,), False),
        "m024": (State.BOUND_TRX, SubmitSmResp, (0x0A, 0x02), True),
        "m026": (State.BOUND_TRX, SubmitSmResp, (0x0B,), True),
        "m027": (State.BOUND_TRX, SubmitSmResp, (0x15,), True),
        "m028": (State.BOUND_TRX, SubmitSmResp, (0x01,), True),
        "m029": (State.BOUND_TRX, SubmitSmResp, (0xC0, 0x01), True),
        "m031": (State.BOUND_TRX, SubmitSmResp, (0xC0,), True),
        "m034": (State.BOUND_TRX, SubmitSmResp, (0xC4,), True),
        "m036": (State.BOUND_TRX, SubmitSmResp, (0xC4, 0xC1), True),
        "m037": (State.BOUND_TRX, SubmitSmResp, (0x01, 0x43), True),
        "m038": (State.BOUND_TRX, SubmitSmResp, (0x43,), True),
        "m039": (State.BOUND_TRX, SubmitSmResp, (0x00,), True),
        "m040": (State.BOUND_TRX, SubmitSmResp, (0x00,), True),
        "m041": (State.BOUND_TRX, SubmitSmResp, (0x00,), True),
        "m044": (State.BOUND_TRX, SubmitSmResp, (0x61,), True),
        "m045": (State.BOUND_TRX, SubmitSmResp, (0x62,), True),
        "m047": (State.BOUND_TRX, SubmitSmResp, (0x06,), True),
        "m048": (State.BOUND_TRX, SubmitSmResp, (0x54,), True),
        "m049": (State.BOUND_TRX, SubmitSmResp, (0x00, 0x07), True),
        "m050": (State.BOUND_TRX, SubmitSmResp, (0x00, 0x45), True),
        "m052": (State.BOUND_TRX, QuerySmResp, (0x0C,), True),
        "m054": (State.BOUND_TRX, SubmitMultiResp, (0x40,), True),
        # Responses that nobody waits for are never answered.
        "m056": (State.BOUND_TRX, None, (), True),
        "m057": (State.BOUND_TRX, None, (), True),
        "m058": (State.OPEN, None, (), True),
        "m060": (State.BOUND_TRX, None, (), True),
        # What only an SMSC may send.
        "m033": (State.BOUND_TRX, DeliverSmResp, (0x04,), True),
        "m042": (State.BOUND_TRX, DeliverSmResp, (0x04,), True),
        "m061": (State.BOUND_TRX, DeliverSmResp, (0x04,), True),
        "m062": (State.BOUND_TRX, DeliverSmResp, (0x04,), True),
        "m063": (State.BOUND_TRX, SubmitSmResp, (0x00,), True),
    }

    def vectors(self) -> dict[str, bytes]:
        every = json.loads(VECTORS.read_text(encoding="utf-8"))
        return {one["id"][-4:]: bytes.fromhex(one["hex"]) for one in every if one["kind"] == "malformed"}

    def test_each_malformed_vector_gets_its_reaction(self) -> None:
        """The right response, the right status, and the session kept or ended as it should be."""
        vectors = self.vectors()
        self.assertEqual(set(vectors), set(self.REACTIONS))
        for name, octets in vectors.items():
            state, cls, statuses, kept = self.REACTIONS[name]
            made = session(state)
            made.received(1.0, octets)
            for event in made.events:
                if isinstance(event, Submitted):
                    made.answer(event.sequence, 0, taken(event.pdu))
            heard = said(made)
            if not kept:
                made.tick(100.0)  # what never becomes whole ends by time
            expected = [(cls, statuses[0])] if cls else []
            self.assertEqual(expected, [(type(pdu), pdu.status) for pdu in heard], name)
            self.assertEqual(kept, made.state is not State.CLOSED, name)

    def test_a_response_carries_the_sequence_of_its_request(self) -> None:
        """Readable header, unreadable body: the sequence is known. A lost stream has none."""
        vectors = self.vectors()
        for name, sequence in (("m028", 0x16), ("m009", 5), ("m001", 0)):
            made = session(self.REACTIONS[name][0])
            made.received(0.0, vectors[name])
            self.assertEqual([sequence], [pdu.sequence for pdu in said(made)], name)


class BindTests(SynchronousTestCase):
    def test_each_bind_has_its_state(self) -> None:
        """And an answer that names the SMSC and its version."""
        for state, cls in BINDS.items():
            made = SmppDesk(0.0)
            made.received(0.0, encode(cls(sequence=7, system_id=b"weni")))
            (answer,) = said(made)
            self.assertEqual((0, 7, b"\x34"), (answer.status, answer.sequence, answer.tlv(0x0210)))
            self.assertEqual([SignedIn("weni", ROLES[state])], made.events)

    def test_a_stranger_is_turned_away(self) -> None:
        """Wrong name, wrong password, or told to refuse: answered with why, then closed."""
        for rules, status in (
            ({"system_id": "other"}, 0x0F),
            ({"password": "secret"}, 0x0E),
            ({"bind_status": 0x0D}, 0x0D),
        ):
            made = session(State.OPEN, **rules)
            made.received(0.0, encode(BindTransceiver(sequence=1, system_id=b"weni", password=b"x")))
            self.assertEqual([BindTransceiverResp(sequence=1, status=status, bare=True)], said(made))
            self.assertEqual(Turned(status), made.events[0])
            self.assertIs(State.CLOSED, made.state)

    def test_names_and_passwords_that_fit_are_let_in(self) -> None:
        """Both are compared as they are."""
        made = session(State.OPEN, system_id="weni", password="secret")
        made.received(0.0, encode(BindReceiver(sequence=1, system_id=b"weni", password=b"secret")))
        self.assertEqual([0], [pdu.status for pdu in said(made) if isinstance(pdu, BindReceiverResp)])

    def test_a_second_bind_is_one_too_many(self) -> None:
        """ESME_RALYBND, and the first one stays."""
        made = session(State.BOUND_TX)
        made.received(0.0, encode(BindReceiver(sequence=2)))
        self.assertEqual([(2, 0x05)], [(pdu.sequence, pdu.status) for pdu in said(made)])
        self.assertIs(State.BOUND_TX, made.state)

    def test_who_does_not_bind_must_go(self) -> None:
        """Ten seconds from connecting, whatever is said meanwhile."""
        made = session(State.OPEN)
        made.received(9.0, encode(EnquireLink(sequence=1)))
        self.assertEqual(10.0, made.due())
        made.tick(9.9)
        self.assertEqual([], made.events)
        made.tick(10.0)
        self.assertEqual([Closed("no bind in time")], made.events)

    def test_unbind_is_answered_and_then_waited_for(self) -> None:
        """The ESME hangs up; if it does not, we do."""
        made = session()
        made.received(3.0, encode(Unbind(sequence=4)))
        self.assertEqual([UnbindResp(sequence=4)], said(made))
        self.assertEqual(8.0, made.due())
        made.tick(8.0)
        self.assertEqual([Closed("unbound")], made.events)
        self.assertIsNone(made.due())


class SubmitTests(SynchronousTestCase):
    def test_a_submit_waits_for_an_answer(self) -> None:
        """Its id comes from outside."""
        made = session(State.BOUND_TX)
        made.received(0.0, encode(SUBMIT))
        self.assertEqual([Submitted(9, SUBMIT)], made.events)
        self.assertEqual([], said(made))
        made.answer(9, 0, taken(SUBMIT, 0x1F))
        self.assertEqual([SubmitSmResp(sequence=9, message_id=b"1f")], said(made))

    def test_what_waits_is_counted(self) -> None:
        """Until it is answered, however; what is refused at once never waits."""
        made = session()
        for pdu in (SUBMIT, attrs.evolve(SUBMIT, destination_addr=b""), SUBMIT):
            made.received(0.0, encode(pdu))
        self.assertEqual((2, Refused(0x0B)), (made.unanswered, made.events[1]))
        made.answer(9, 0, taken(SUBMIT))
        made.answer(9, 0x58)
        self.assertEqual(0, made.unanswered)
        self.assertEqual([0x0B, 0, 0x58], [pdu.status for pdu in said(made)])

    def test_what_it_does_not_do_it_declines(self) -> None:
        """Each with the response that belongs to it; what has none gets a generic_nack."""
        for pdu, cls, status in (
            (CancelSm(sequence=3, destination_addr=b"1"), CancelSmResp, 0x11),
            (ReplaceSm(sequence=3, message_id=b"1"), ReplaceSmResp, 0x13),
            (SubmitMulti(sequence=3, dest_address=(Address(number=b"all", listed=True),)), SubmitMultiResp, 0x34),
            (AlertNotification(sequence=3), GenericNack, 0x03),
            (BroadcastSm(sequence=3), GenericNack, 0x03),
        ):
            made = session()
            made.received(0.0, encode(pdu))
            self.assertEqual([(cls, 3, status)], [(type(one), one.sequence, one.status) for one in said(made)])

    def test_what_5_0_has_more_is_declined_in_its_own_words(self) -> None:
        """broadcast_sm, query_broadcast_sm, cancel_broadcast_sm."""
        for cls, status in ((BroadcastSm, 0x10D), (QueryBroadcastSm, 0x10E), (CancelBroadcastSm, 0x10F)):
            made = session(State.OPEN)
            made.received(0.0, encode(BindTransceiver(sequence=1, interface_version=0x50)))
            made.out.clear()
            made.received(0.0, encode(cls(sequence=3)))
            header = cls.command_id.to_bytes(4, "big"), status.to_bytes(4, "big")
            self.assertEqual(bytes.fromhex("00000010") + b"\x80" + header[0][1:] + header[1] + b"\0\0\0\3", made.out)

    def test_silence_is_total(self) -> None:
        """No answers, no deliveries, no enquiries; responses are still heard."""
        made = session()
        made.deliver(MO)
        made.received(0.0, encode(SUBMIT))
        made.out.clear()
        made.behaviour = Behaviour(silent=True)
        made.answer(9, 0, taken(SUBMIT))
        for pdu in (SUBMIT, EnquireLink(), BindTransceiver(), Unbind(), DeliverSmResp(sequence=1)):
            made.received(1.0, encode(pdu))
        self.assertEqual(([], 0, None), (said(made), made.room, made.due()))
        self.assertEqual([Submitted(9, SUBMIT), Answered(MO, 0)], made.events)

    @given(CUTS)
    def test_any_cut_of_the_stream_is_the_same(self, cuts: list[int]) -> None:
        """Three PDUs in pieces."""
        octets = encode(BindTransmitter(sequence=1)) + encode(SUBMIT) + encode(EnquireLink(sequence=3))
        made = SmppDesk(0.0)
        for piece in cut(octets, cuts):
            made.received(0.0, piece)
        self.assertEqual([SignedIn("", "transmitter"), Submitted(9, SUBMIT)], made.events)
        self.assertIn(EnquireLinkResp(sequence=3), said(made))

    def test_nothing_is_read_behind_the_end(self) -> None:
        """A turned-away bind with more in the same octets; a response that cannot be read is nobody's."""
        made = session(State.OPEN, bind_status=0x0D)
        made.received(0.0, encode(BindTransceiver(sequence=1)) + encode(EnquireLink(sequence=2)))
        self.assertEqual([BindTransceiverResp(sequence=1, status=0x0D, bare=True)], said(made))
        made = session()
        made.received(0.0, bytes.fromhex("00000011 80000003 00000000 00000001 ff"))
        self.assertEqual(([], State.BOUND_TRX), (said(made), made.state))


class DeliverTests(SynchronousTestCase):
    def test_only_receivers_have_room(self) -> None:
        """And only so much."""
        for state, room in (
            (State.OPEN, 0),
            (State.BOUND_TX, 0),
            (State.BOUND_RX, 10),
            (State.BOUND_TRX, 10),
            (State.UNBOUND, 0),
        ):
            self.assertEqual(room, session(state).room)

    def test_an_answer_makes_room(self) -> None:
        """A generic_nack is one too, a response of another kind is not."""
        made = session(mo_window=2)
        made.deliver(MO)
        made.deliver(MO)
        self.assertEqual([1, 2], [pdu.sequence for pdu in said(made) if isinstance(pdu, DeliverSm)])
        self.assertEqual(0, made.room)
        made.received(0.0, encode(SubmitSmResp(sequence=1)) + encode(DeliverSmResp(sequence=1)))
        made.received(0.0, encode(GenericNack(sequence=2, status=3)) + encode(DeliverSmResp(sequence=2)))
        self.assertEqual([Answered(MO, 0), Answered(MO, 3)], made.events)
        self.assertEqual(2, made.room)

    def test_what_was_not_answered_is_owed(self) -> None:
        """Told once."""
        made = session()
        made.deliver(MO)
        made.close("lost")
        self.assertEqual((MO,), made.owing())
        self.assertEqual((), made.owing())


class EnquireTests(SynchronousTestCase):
    def test_a_quiet_esme_is_asked_and_then_left(self) -> None:
        """Anything it says puts that off."""
        made = session(enquire_after=30.0)
        made.received(5.0, encode(EnquireLink(sequence=1)))
        made.out.clear()
        self.assertEqual(35.0, made.due())
        made.tick(35.0)
        self.assertEqual([EnquireLink(sequence=1)], said(made))
        made.received(36.0, encode(EnquireLinkResp(sequence=1)))
        made.tick(66.0)
        self.assertEqual([EnquireLink(sequence=2)], said(made))
        made.tick(96.0)
        self.assertEqual([Closed("the ESME fell silent")], made.events)

    def test_enquiries_can_be_left_out(self) -> None:
        """Then nothing is awaited."""
        self.assertIsNone(session(enquire_after=0.0).due())


OLD, NEW = 0x33, 0x50
RECEIPTED = SubmitSm(sequence=9, source_addr=b"8000", destination_addr=b"5511", registered_delivery=1)


def bound(spoken: int, **behaviour: Any) -> SmppDesk:
    """A transceiver that says it speaks this."""
    made = session(State.OPEN, **behaviour)
    made.received(0.0, encode(BindTransceiver(sequence=1, interface_version=spoken)))
    return made


class VersionTests(SynchronousTestCase):
    """interface_version of the bind against `version` of the SMSC: the lower is spoken."""

    def test_the_answer_tells_the_version_from_3_4_on(self) -> None:
        """3.3 knows no optional parameters."""
        for asked, highest, told in (
            (OLD, "5.0", None),
            (0x00, "5.0", None),
            (0x34, "5.0", 0x34),
            (NEW, "5.0", NEW),
            (NEW, "3.4", 0x34),
            (0x99, "5.0", NEW),
        ):
            (answer,) = said(bound(asked, version=highest))
            self.assertEqual(told, answer.number(0x0210), (asked, highest))

    def test_only_5_0_tells_how_busy_it_is(self) -> None:
        """In the answer to the bind and to each part, refused ones among them."""
        for version, told in ((NEW, 100), (0x34, None)):
            made = bound(version, congestion=100)
            made.received(0.0, encode(SUBMIT) + encode(SUBMIT))
            made.answer(9, 0, taken(SUBMIT))
            made.answer(9, 0x58)
            self.assertEqual([told] * 3, [pdu.number(0x0428) for pdu in said(made)])
        self.assertEqual([None], [pdu.number(0x0428) for pdu in said(bound(NEW))])

    def test_a_refusal_with_more_has_its_body(self) -> None:
        """Octet for octet: an empty message_id, then the parameter."""
        made = bound(NEW, congestion=99)
        made.out.clear()
        made.received(0.0, encode(SUBMIT))
        made.answer(9, 0x58)
        self.assertEqual(bytes.fromhex("00000016 80000004 00000058 00000009 00 0428 0001 63"), bytes(made.out))

    def test_3_3_has_fewer_words(self) -> None:
        """No transceiver, no data_sm, no TLVs in what is delivered; binds of its own as ever."""
        made = session(State.OPEN, version="3.3")
        made.received(0.0, encode(BindTransceiver(sequence=1)) + encode(BindReceiver(sequence=2)))
        refused, answer = said(made)
        self.assertEqual((GenericNack, 0x03), (type(refused), refused.status))
        self.assertEqual((BindReceiverResp, ()), (type(answer), answer.tlvs))
        made.deliver(Delivery("mo", DeliverSm(tlvs=((0x1400, b"x"),)), {}))
        self.assertEqual([()], [pdu.tlvs for pdu in said(made)])
        made = session(State.BOUND_TX, version="3.3")
        made.received(0.0, encode(DataSm(sequence=3, destination_addr=b"1")))
        self.assertEqual([GenericNack], [type(pdu) for pdu in said(made)])

    def test_ids_of_3_3_have_eight_digits(self) -> None:
        """In answers and receipts: a field of nine octets, its NUL among them."""
        for base, answered, receipted in (
            ("hex", "000000ff", b"id:000000ff "),
            ("decimal", "00000255", b"id:00000255 "),
        ):
            rules = Behaviour(version="3.3", id_base=base)
            submit = SmppTrade().taken(RECEIPTED, 255, 0.0, rules)
            self.assertEqual(answered, submit.message_id)
            (receipt,) = SmppTrade().receipts(submit, 255, 0.0, rules)
            self.assertIn(receipted, receipt.pdu.short_message)


class OutbindTests(SynchronousTestCase):
    def called(self, **behaviour: Any) -> Any:
        return SmppTrade().called(0.0, Behaviour(**behaviour))

    def test_who_calls_says_so(self) -> None:
        """With the name and password it was told; octet for octet."""
        made = self.called(outbind_id="smsc", outbind_password="pw")
        self.assertEqual(bytes.fromhex("00000018 0000000b 00000000 00000001 736d736300 707700"), bytes(made.out))
        (pdu,) = said(self.called())
        self.assertEqual(b"chanserv", pdu.system_id)  # type: ignore[attr-defined]

    def test_a_receiver_is_expected(self) -> None:
        """Or, since SMPP 5.0, a transceiver; a transmitter is misplaced; and not for ever."""
        for cls, status in ((BindReceiver, 0), (BindTransceiver, 0), (BindTransmitter, 0x04)):
            made = self.called()
            made.out.clear()
            made.received(0.0, encode(cls(sequence=1)))
            self.assertEqual([status], [pdu.status for pdu in said(made)])
        self.assertIs(State.OUTBOUND, made.state)
        made.tick(10.0)
        self.assertEqual([Closed("no bind in time")], made.events)


class TextTests(SynchronousTestCase):
    """Whatever a text comes in, `Submit.text` has it."""

    def test_every_way_to_say_it(self) -> None:
        """message_payload, SAR, a header, data_sm, and octets without any."""
        sar = ((0x020C, b"\0\7"), (0x020E, b"\2"), (0x020F, b"\1"))
        for pdu, text in (
            (SubmitSm(tlvs=((0x0424, b"Hi"),)), "Hi"),
            (SubmitSm(short_message=b"\0O\0l\0\xe1", data_coding=8, tlvs=sar), "Olá"),
            (SubmitSm(short_message=b"\5\0\3\7\2\1Hi", esm_class=0x40), "Hi"),
            (DataSm(tlvs=((0x0424, b"Hi"),)), "Hi"),
            (DataSm(tlvs=((0x0424, b"\5\0\3\7\2\1Hi"),), esm_class=0x40), "Hi"),
            (DataSm(esm_class=0x40), ""),
        ):
            self.assertEqual(text, taken(pdu).text, pdu)

    def test_data_sm_is_a_part(self) -> None:
        """Answered as data_sm_resp, with an id or a status."""
        pdu = DataSm(sequence=4, destination_addr=b"5511", tlvs=((0x0424, b"Hi"),))
        made = session()
        made.received(0.0, encode(pdu) + encode(attrs.evolve(pdu, sequence=5)))
        self.assertEqual([Submitted(4, pdu), Submitted(5, attrs.evolve(pdu, sequence=5))], made.events)
        made.answer(4, 0, taken(pdu, 255))
        made.answer(5, 0x58)
        expected = [DataSmResp(sequence=4, message_id=b"ff"), DataSmResp(sequence=5, status=0x58, bare=True)]
        self.assertEqual(expected, said(made))

    def test_submit_multi_is_one_part_to_many(self) -> None:
        """One id; a receipt for each address; lists, which there are none of here, are told as not reached."""
        addresses = Address(1, 1, b"5511987654321"), Address(number=b"all", listed=True), Address(3, 0, b"8001")
        pdu = SubmitMulti(sequence=4, source_addr=b"8000", dest_address=addresses, registered_delivery=1)
        made = session()
        made.received(0.0, encode(pdu))
        submit = taken(pdu)
        self.assertEqual("+5511987654321, 8001", submit.destination)
        made.answer(4, 0, submit)
        missed = (Unsuccess(0, 0, b"all", 0x34),)
        self.assertEqual([SubmitMultiResp(sequence=4, message_id=b"1", unsuccess_sme=missed)], said(made))
        receipts = [one.pdu for one in SmppTrade().receipts(submit, 1, 0.0, Behaviour())]
        self.assertEqual(
            [(1, b"5511987654321"), (3, b"8001")], [(one.source_addr_ton, one.source_addr) for one in receipts]
        )
        self.assertTrue(all(one.short_message.startswith(b"id:1 ") for one in receipts))


class QuestionTests(SynchronousTestCase):
    QUERY = QuerySm(sequence=3, message_id=b"1", source_addr=b"8000")
    CANCEL = CancelSm(sequence=3, message_id=b"1", source_addr=b"8000")

    def test_a_question_is_asked_of_the_carrier(self) -> None:
        """By id and source; a cancel_sm is a wish."""
        made = session()
        made.received(0.0, encode(self.QUERY) + encode(self.CANCEL))
        expected = [Asked(3, self.QUERY, "1", False, "8000"), Asked(3, self.CANCEL, "1", True, "8000")]
        self.assertEqual(expected, made.events)
        self.assertEqual([], said(made))

    def test_each_state_has_its_number(self) -> None:
        """A final one has a date, a failed one an error_code (SMPP 3.4, sections 4.8.2 and 5.2.28)."""
        submit = taken(RECEIPTED)
        for word, state, final, error in (
            ("ENROUTE", 1, b"", 0),
            ("ACCEPTD", 6, b"", 0),
            ("DELIVRD", 2, b"700101000007000+", 0),
            ("EXPIRED", 3, b"700101000007000+", 1),
            ("DELETED", 4, b"700101000007000+", 1),
            ("WHATEVER", 7, b"", 1),
        ):
            made = session()
            made.received(7.0, encode(self.QUERY))
            made.reply(made.events[0], submit, word)  # type: ignore[arg-type]
            answer = QuerySmResp(sequence=3, message_id=b"1", final_date=final, message_state=state, error_code=error)
            self.assertEqual([answer], said(made))

    def test_what_is_not_known_is_said_so(self) -> None:
        """And what was not cancelled is not; a silent desk says neither."""
        for pdu, submit, state, answer in (
            (self.QUERY, None, "", QuerySmResp(sequence=3, status=0x67, bare=True)),
            (self.CANCEL, None, "", CancelSmResp(sequence=3, status=0x11)),
            (self.CANCEL, taken(RECEIPTED), "DELIVRD", CancelSmResp(sequence=3, status=0x11)),
            (self.CANCEL, taken(RECEIPTED), "DELETED", CancelSmResp(sequence=3)),
        ):
            made = session()
            asked = Asked(3, pdu, "1")
            made.reply(asked, submit, state)
            self.assertEqual([attrs.evolve(answer, bare=False)], [attrs.evolve(one, bare=False) for one in said(made)])
            made.behaviour = Behaviour(silent=True)
            made.reply(asked, submit, state)
            self.assertEqual([], said(made))

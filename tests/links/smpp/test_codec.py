"""What the encoder refuses, what decoding forgives, and the field kinds at their borders."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField, BadFrame, WireError
from chanserv.links.smpp.codec import LONGEST, BadBody, Frames, decode, encode
from chanserv.links.smpp.fields import Address, Addresses, Counted, CString, Int, Unsuccess, Unsuccesses
from chanserv.links.smpp.pdus import (
    BY_ID,
    RESPONSE,
    AlertNotification,
    BindTransceiver,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    QuerySmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unknown,
)

octet = st.integers(0, 255)


def cstrings(limit: int) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=limit - 1).map(lambda octets: octets.replace(b"\0", b"0"))


submits = st.builds(
    SubmitSm,
    sequence=st.integers(0, 0xFFFF_FFFF),
    service_type=cstrings(6),
    source_addr_ton=octet,
    source_addr=cstrings(21),
    destination_addr=cstrings(21),
    esm_class=octet,
    validity_period=cstrings(17),
    registered_delivery=octet,
    data_coding=octet,
    short_message=st.binary(max_size=255),
    tlvs=st.lists(st.tuples(st.integers(1, 0xFFFF), st.binary(max_size=20)), max_size=3).map(tuple),
)


class EncoderTests(SynchronousTestCase):
    """Nothing that does not fit leaves, and nothing is cut silently."""

    def test_what_does_not_fit(self) -> None:
        """Each with the status an SMSC would have for it."""
        cases: list[tuple[Pdu, int]] = [
            (BindTransceiver(system_id=b"x" * 16), 0x0F),
            (BindTransceiver(password=b"x" * 9), 0x0E),
            (BindTransceiver(system_type=b"x" * 13), 0x53),
            (BindTransceiver(system_id=b"a\0b"), 0x0F),
            (BindTransceiver(interface_version=256), 0x02),
            (BindTransceiver(interface_version=-1), 0x02),
            (SubmitSm(service_type=b"TOOLON"), 0x15),
            (SubmitSm(source_addr=b"1" * 21), 0x0A),
            (SubmitSm(destination_addr=b"1" * 21), 0x0B),
            (SubmitSm(destination_addr=b"1\0002"), 0x0B),
            (SubmitSm(schedule_delivery_time=b"1" * 17), 0x61),
            (SubmitSm(validity_period=b"1" * 17), 0x62),
            (SubmitSm(short_message=b"x" * 256), 0x01),
            (SubmitSm(data_coding=256), 0x02),
            (SubmitSm(sequence=1 << 32), 0x02),
            (SubmitSm(sequence=-1), 0x02),
            (SubmitSm(tlvs=((0x10000, b""),)), 0x02),
            (SubmitSm(tlvs=((0x0424, b"x" * 0x10000),)), 0x02),
            (SubmitSmResp(message_id=b"x" * 65), 0x02),
            (DataSm(destination_addr=b"1" * 65), 0x0B),
            (QuerySm(message_id=b"x" * 65), 0x0C),
            (SubmitMulti(dest_address=(Address(1, 1, b"1" * 21),)), 0x0B),
            (SubmitMulti(dest_address=(Address(number=b"x" * 21, listed=True),)), 0x34),
            (SubmitMulti(dest_address=(Address(256, 1, b"1"),)), 0x02),
            (SubmitMulti(dest_address=(Address(1, -1, b"1"),)), 0x02),
            (SubmitMulti(dest_address=(Address(1, 1, b"1"),) * 256), 0x33),
            (SubmitMultiResp(unsuccess_sme=(Unsuccess(1, 1, b"1", 1 << 32),)), 0x02),
            (SubmitMultiResp(unsuccess_sme=(Unsuccess(1, 300, b"1", 1),)), 0x02),
            (SubmitMultiResp(unsuccess_sme=(Unsuccess(1, 1, b"1", 1),) * 256), 0x02),
            (Unknown(command=1 << 32), 0x02),
        ]
        for pdu, status in cases:
            with self.assertRaises(BadField, msg=repr(pdu)) as caught:
                encode(pdu)
            self.assertEqual(caught.exception.status, status, pdu)

    def test_what_just_fits(self) -> None:
        """The longest of everything."""
        for pdu in (
            BindTransceiver(system_id=b"x" * 15, password=b"x" * 8, system_type=b"x" * 12, address_range=b"x" * 40),
            SubmitSm(source_addr=b"1" * 20, short_message=b"x" * 255, tlvs=((0x0424, b"x" * 0xFFFF),)),
            SubmitMulti(dest_address=(Address(1, 1, b"1" * 20),) * 255),
            SubmitMultiResp(message_id=b"x" * 64, unsuccess_sme=(Unsuccess(255, 255, b"1" * 20, 0xFFFF_FFFF),) * 255),
            DataSm(source_addr=b"1" * 64, destination_addr=b"2" * 64),
        ):
            self.assertEqual(decode(encode(pdu)), pdu)

    def test_every_class_with_its_defaults(self) -> None:
        """A PDU nobody filled in is whole."""
        for cls in BY_ID.values():
            self.assertEqual(decode(encode(cls(sequence=9))), cls(sequence=9))

    @given(submits)
    def test_round_trip(self, pdu: SubmitSm) -> None:
        """Whatever fits comes back."""
        self.assertEqual(decode(encode(pdu)), pdu)


class AnswerTests(SynchronousTestCase):
    """A request names its response."""

    def test_every_request_with_a_response(self) -> None:
        """Same sequence, status and class; a refusal has no body."""
        for command_id, cls in BY_ID.items():
            if command_id | RESPONSE in BY_ID and not command_id & RESPONSE:
                answer = cls(sequence=7).answer(0x58)
                self.assertEqual(
                    (answer.command_id, answer.sequence, answer.status), (command_id | RESPONSE, 7, 0x58), cls
                )
                self.assertEqual(len(encode(answer)), 16, cls)

    def test_a_good_answer_has_its_body(self) -> None:
        """deliver_sm_resp ends with the one NUL of an empty message_id; a refusal may carry fields."""
        self.assertEqual(encode(DeliverSm(sequence=1).answer())[16:], b"\0")
        self.assertEqual(encode(SubmitSm(sequence=1).answer(message_id=b"77"))[16:], b"77\0")
        self.assertEqual(encode(SubmitSm(sequence=1).answer(0x45, message_id=b"77"))[16:], b"77\0")
        self.assertEqual(encode(EnquireLink(sequence=1).answer()), encode(EnquireLinkResp(sequence=1)))


class DecoderTests(SynchronousTestCase):
    """Tolerant where a carrier speaks, strict where a client does."""

    def pdu(self, command_id: int, body: bytes) -> Pdu:
        return decode(encode(Unknown(sequence=5, command=command_id, body=body)))

    def test_no_whole_header(self) -> None:
        """A frame cannot be shorter."""
        self.assertRaises(BadFrame, decode, b"\0\0\0\x0f" + bytes(11))

    def test_responses_without_body(self) -> None:
        """Any response may be a bare header, and is written so again."""
        for command_id, cls in BY_ID.items():
            if command_id & RESPONSE:
                header = encode(Unknown(command=command_id, status=8))
                pdu = decode(header)
                self.assertIsInstance(pdu, cls)
                self.assertEqual(encode(pdu), header)

    def test_requests_without_body(self) -> None:
        """A request that needs one is answered with a status."""
        for cls in (BindTransceiver, SubmitSm, DeliverSm, DataSm, QuerySm, SubmitMulti):
            with self.assertRaises(BadBody) as caught:
                self.pdu(cls.command_id, b"")
            self.assertEqual((caught.exception.command_id, caught.exception.sequence), (cls.command_id, 5))

    def test_a_body_where_none_belongs(self) -> None:
        """Left alone if it is no TLV."""
        self.assertEqual(self.pdu(0x15, b"abc"), EnquireLink(sequence=5))
        self.assertEqual(self.pdu(RESPONSE, b"\x04\x27\0\x01\x02"), GenericNack(sequence=5, tlvs=((0x427, b"\2"),)))

    def test_broken_tlvs(self) -> None:
        """From a client refused, from a carrier left out."""
        for cls in (SubmitSm, DeliverSm):
            body = encode(cls())[16:] + b"\x04\x27\0\x01\x02" + b"\x04\x24\0\x40abc"
            if cls is DeliverSm:
                self.assertEqual(self.pdu(cls.command_id, body), DeliverSm(sequence=5, tlvs=((0x427, b"\2"),)))
            else:
                with self.assertRaises(BadBody) as caught:
                    self.pdu(cls.command_id, body)
                self.assertEqual(caught.exception.status, 0xC0)

    def test_missing_nuls(self) -> None:
        """The last string of a response may end with the PDU; elsewhere that is a fault."""
        self.assertEqual(self.pdu(RESPONSE | 5, b"77"), DeliverSmResp(sequence=5, message_id=b"77"))
        self.assertEqual(self.pdu(RESPONSE | 4, b"x" * 65), SubmitSmResp(sequence=5, message_id=b"x" * 65))
        self.assertEqual(self.pdu(0x0B, b"me\0secret"), Outbind(sequence=5, system_id=b"me", password=b"secret"))
        self.assertEqual(self.pdu(0x102, bytes(5)), AlertNotification(sequence=5))
        for command_id, body in ((RESPONSE | 4, b"x" * 66), (RESPONSE | 3, b"x" * 66), (0x03, b"77")):
            self.assertRaises(BadBody, self.pdu, command_id, body)

    def test_nuls_too_many(self) -> None:
        """Behind a response's string they are nothing; no four of them are a TLV."""
        for more in range(12):
            self.assertEqual(
                self.pdu(RESPONSE | 4, b"77\0" + bytes(more)), SubmitSmResp(sequence=5, message_id=b"77"), more
            )
        self.assertEqual(self.pdu(RESPONSE | 5, bytes(2)), DeliverSmResp(sequence=5))

    def test_a_carrier_miscounts(self) -> None:
        """sm_length beyond the end of a deliver_sm means what there is; a client's submit_sm is refused (m028)."""
        body = encode(DeliverSm(short_message=b"hello"))[16:-6] + b"\x0bhello"
        self.assertEqual(self.pdu(0x05, body), DeliverSm(sequence=5, short_message=b"hello"))
        with self.assertRaises(BadBody) as caught:
            self.pdu(0x04, body)
        self.assertEqual(caught.exception.status, 0x01)

    def test_a_carrier_counts_without_the_header(self) -> None:
        """sm_length of the text alone behind a user data header, with and without TLVs; nothing else is put right."""
        front = encode(DeliverSm(esm_class=0x40))[16:-1]
        header, state = bytes.fromhex("050003a70201"), ((0x427, b"\2"),)
        for text in (b"hello", b"hello world, hello"):
            whole = header + text
            for count in (len(text), len(whole)):
                for optional, octets in (((), b""), ((), b"\0"), (state, b"\x04\x27\0\1\2")):
                    pdu = self.pdu(0x05, front + bytes((count,)) + whole + octets)
                    self.assertEqual(
                        pdu, DeliverSm(sequence=5, esm_class=0x40, short_message=whole, tlvs=optional), (count, octets)
                    )
        short = self.pdu(0x05, front + b"\x05hello world")
        self.assertEqual(short, DeliverSm(sequence=5, esm_class=0x40, short_message=b"hello"))

    def test_long_binds(self) -> None:
        """A system_id of 16 characters is refused, not cut."""
        with self.assertRaises(BadBody) as caught:
            self.pdu(9, b"x" * 16 + b"\0p\0\0\x34\0\0\0")
        self.assertEqual(caught.exception.status, 0x0F)

    def test_query_sm_resp(self) -> None:
        """Integers behind strings."""
        body = b"77\x00261122133100004+\x00\x02\x00"
        pdu = QuerySmResp(sequence=5, message_id=b"77", final_date=b"261122133100004+", message_state=2)
        self.assertEqual(self.pdu(RESPONSE | 3, body), pdu)
        for end, seen in ((-1, pdu), (-2, attrs.evolve(pdu, message_state=0))):
            self.assertEqual(self.pdu(RESPONSE | 3, body[:end]), seen, end)
        self.assertEqual(self.pdu(RESPONSE | 3, b"77"), QuerySmResp(sequence=5, message_id=b"77"))

    @given(st.sampled_from(sorted(BY_ID)), st.binary(max_size=120))
    def test_any_body(self, command_id: int, body: bytes) -> None:
        """Only WireError, and what was read can be written and read again."""
        try:
            pdu = self.pdu(command_id, body)
            again = encode(pdu)
        except WireError:
            return
        self.assertEqual(decode(again), pdu)


class PduTests(SynchronousTestCase):
    """TLVs by tag."""

    def test_numbers(self) -> None:
        """The first of a tag; an empty one is no number."""
        pdu = DeliverSm(tlvs=((1, b""), (2, b"\1\0"), (2, b"\2")))
        self.assertEqual([pdu.number(tag) for tag in (1, 2, 3)], [None, 256, None])
        self.assertEqual([pdu.tlv(tag) for tag in (1, 2, 3)], [b"", b"\1\0", None])


class KindTests(SynchronousTestCase):
    """Fields at their borders."""

    def test_put_and_take(self) -> None:
        """One field between others."""
        cases = [
            (Int(1), 255),
            (Int(4), 0xFFFF_FFFF),
            (CString(5), b"1234"),
            (CString(1), b""),
            (Counted(), b"x" * 255),
            (Counted(), b""),
            (Addresses(), ()),
            (Unsuccesses(), ()),
        ]
        for kind, value in cases:
            octets = kind.put(value)
            self.assertEqual(kind.take(b"??" + octets + b"??", 2, 2 + len(octets)), (value, 2 + len(octets)), kind)

    def test_too_large(self) -> None:
        """What does not fit is not written."""
        for kind, value in (
            (Int(1), 256),
            (Int(2), -1),
            (CString(5), b"12345"),
            (CString(5), b"\0"),
            (Counted(3), b"1234"),
        ):
            self.assertRaises(BadField, kind.put, value)

    def test_cut_short(self) -> None:
        """What ends before its end is a fault; only a list of failures is read as far as it goes."""
        cases = [
            (Int(4), b"\0\0\0"),
            (CString(5), b"123"),
            (CString(3), b"123\0"),
            (Counted(), b""),
            (Counted(), b"\x05abcd"),
            (Addresses(), b""),
            (Addresses(), b"\x01"),
            (Addresses(), b"\x01\x01\x01"),
            (Addresses(), b"\x01\x01\x01\x01123"),
            (Addresses(), b"\x01\x02VIPS"),
            (Addresses(), b"\x01\x00"),
        ]
        for kind, octets in cases:
            self.assertRaises(BadField, kind.take, octets, 0, len(octets))
        failure = b"\x01\x01123\0\0\0\0\x0b"
        for octets, found in (
            (b"", 0),
            (b"\x02" + failure, 1),
            (b"\x02" + failure * 2, 2),
            (b"\x01" + failure[:-1], 0),
        ):
            self.assertEqual(len(Unsuccesses().take(octets, 0, len(octets))[0]), found, octets)


class FramesTests(SynchronousTestCase):
    """Lengths at their borders."""

    def test_the_longest(self) -> None:
        """70,000 octets are a PDU, one more is none."""
        pdu = encode(Unknown(command=0xAA, body=bytes(LONGEST - 16)))
        self.assertEqual(list(Frames().feed(pdu)), [pdu])
        self.assertRaises(BadFrame, list, Frames().feed((LONGEST + 1).to_bytes(4, "big")))

    def test_who_stops_reading_loses_nothing(self) -> None:
        """Frames not asked for stay for the next time."""
        one, stream = encode(EnquireLink(sequence=1)), Frames()
        feed = stream.feed(one + one + one[:5])
        self.assertEqual(next(feed), one)
        feed.close()
        self.assertEqual(list(stream.feed(one[5:])), [one, one])

"""Receipts in every spelling carriers were seen to use, ids in every base, texts from handsets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp import receipts, tlvs
from chanserv.links.smpp.pdus import DataSm, DeliverSm
from chanserv.links.smpp.receipts import LONGEST_ID, canonical, encoding, fingerprint, mo, payload, read, readings
from chanserv.message import Segment, Status
from chanserv.text.parts import decode
from tests.links.smpp.test_vectors import MALFORMED, VALID
from tests.links.smpp.test_vectors import decode as decoded

RECEIPT, INTERMEDIATE = 0x04, 0x20
ID, STATE, PAYLOAD, NETWORK = (
    tlvs.RECEIPTED_MESSAGE_ID,
    tlvs.MESSAGE_STATE,
    tlvs.MESSAGE_PAYLOAD,
    tlvs.NETWORK_ERROR_CODE,
)
DONE = datetime(2026, 11, 22, 13, 31, tzinfo=UTC).timestamp()
DELIVERED, FAILED, SENT = Status.DELIVERED, Status.FAILED, Status.SENT

# about, text, esm_class, TLVs, id as received, status, reason, time of the stamp
Case = tuple[str, bytes, int, tuple[tuple[int, bytes], ...], str, Status, str, float]
CASES: list[Case] = [
    (
        "the standard's own form",
        b"id:1234567890 sub:001 dlvrd:001 submit date:2611221330 done date:2611221331 stat:DELIVRD err:000 text:Hello",
        RECEIPT, (), "1234567890", DELIVERED, "DELIVRD", DONE,
    ),
    ("no sub and dlvrd", b"id:77 submit date:2611221330 done date:2611221331 stat:EXPIRED err:001 text:",
     RECEIPT, (), "77", FAILED, "EXPIRED err 001", DONE),
    ("no text", b"id:77 done date:2611221331 stat:DELIVRD err:000", RECEIPT, (), "77", DELIVERED, "DELIVRD", DONE),
    ("id and stat only", b"id:77 stat:UNDELIV", RECEIPT, (), "77", FAILED, "UNDELIV", 0.0),
    ("err empty, then text", b"id:77 stat:REJECTD err: text:hi", RECEIPT, (), "77", FAILED, "REJECTD", 0.0),
    ("err empty, then a key", b"id:77 err: stat:DELIVRD", RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("err empty, then a key of two words", b"id:77 err: done date:2611221331 stat:DELIVRD",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", DONE),
    ("err empty, then a key of theirs", b"id:77 err: extra:9 stat:DELIVRD",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("err of letters", b"id:77 stat:UNDELIV err:A1F text:", RECEIPT, (), "77", FAILED, "UNDELIV err A1F", 0.0),
    ("err of one digit", b"id:77 stat:UNDELIV err:6", RECEIPT, (), "77", FAILED, "UNDELIV err 6", 0.0),
    ("err of four digits", b"id:77 stat:UNDELIV err:0102", RECEIPT, (), "77", FAILED, "UNDELIV err 0102", 0.0),
    ("keys in capitals", b"ID:77 SUB:001 Done Date:2611221331 STAT:delivrd ERR:000 Text:id:9",
     RECEIPT, (), "77", DELIVERED, "delivrd", DONE),
    ("another order", b"stat:DELIVRD done date:2611221331 id:77 err:000",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", DONE),
    ("keys of theirs", b"id:77 mcc:635 mnc:10 price:0.01 stat:DELIVRD userid:5",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("a key that ends like one of ours", b"userid:5 id:77 substat:9 stat:DELIVRD",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("dates with seconds", b"id:77 submit date:261122133000 done date:261122133130 stat:DELIVRD",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", DONE + 30),
    ("dates with century", b"id:77 done date:20261122133130 stat:DELIVRD",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", DONE + 30),
    ("a date that cannot be", b"id:77 done date:2613321331 stat:DELIVRD", RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("a date of another length", b"id:77 done date:26112213 stat:DELIVRD",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("double blanks", b"id:77  sub:001  stat:DELIVRD  err:000", RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("blanks behind the colons", b"id: 77 sub: 001 done date: 2611221331 stat: DELIVRD err: 005",
     RECEIPT, (), "77", DELIVERED, "DELIVRD err 005", DONE),
    ("a newline at the end", b"id:77 stat:DELIVRD\r\n", RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("a NUL at the end", b"id:77 stat:DELIVRD\0", RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("keys in the text", b"id:77 stat:DELIVRD err:000 text:id:88 stat:UNDELIV err:009",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("a key twice: the first", b"id:77 id:88 stat:DELIVRD stat:UNDELIV", RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("UDH octets in the text", b"id:77 stat:DELIVRD err:000 text:\x05\0\x03\x01\x02\x01Hello",
     RECEIPT, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("body in message_payload", b"", RECEIPT, ((PAYLOAD, b"id:77 stat:DELIVRD err:000 text:"),),
     "77", DELIVERED, "DELIVRD", 0.0),
    ("TLVs only", b"", RECEIPT, ((ID, b"77\0"), (STATE, b"\2")), "77", DELIVERED, "DELIVRD", 0.0),
    ("TLVs only, failed, with the network's code", b"", RECEIPT, ((ID, b"77\0"), (STATE, b"\5"), (NETWORK, b"\3\0\6")),
     "77", FAILED, "UNDELIV err 3/6", 0.0),
    ("a network code of no error", b"", RECEIPT, ((ID, b"77"), (STATE, b"\2"), (NETWORK, b"\3\0\0")),
     "77", DELIVERED, "DELIVRD", 0.0),
    ("a network code of another length", b"id:77 stat:UNDELIV",
     RECEIPT, ((NETWORK, b"\6"),), "77", FAILED, "UNDELIV", 0.0),
    ("err in the text before the network's", b"id:77 stat:UNDELIV err:011", RECEIPT, ((NETWORK, b"\3\0\6"),),
     "77", FAILED, "UNDELIV err 011", 0.0),
    ("id TLV without NUL", b"", RECEIPT, ((ID, b"77"), (STATE, b"\2")), "77", DELIVERED, "DELIVRD", 0.0),
    ("id TLV before the text's", b"id:88 stat:DELIVRD", RECEIPT, ((ID, b"77\0"),), "77", DELIVERED, "DELIVRD", 0.0),
    ("id TLV empty", b"id:88 stat:DELIVRD", RECEIPT, ((ID, b"\0"),), "88", DELIVERED, "DELIVRD", 0.0),
    ("no message_state: the text's", b"id:77 stat:EXPIRED", RECEIPT, ((ID, b"77\0"),), "77", FAILED, "EXPIRED", 0.0),
    ("message_state empty", b"id:77 stat:EXPIRED", RECEIPT, ((STATE, b""),), "77", FAILED, "EXPIRED", 0.0),
    ("message_state SCHEDULED", b"id:77", RECEIPT, ((STATE, b"\0"),), "77", SENT, "SCHEDULED", 0.0),
    ("message_state nobody knows", b"id:77", RECEIPT, ((STATE, b"\x63"),), "77", SENT, "", 0.0),
    ("a word nobody knows, and message_state", b"id:77 stat:SOMETHG", RECEIPT, ((STATE, b"\2"),),
     "77", DELIVERED, "DELIVRD", 0.0),
    ("a word nobody knows", b"id:77 stat:SOMETHG err:000", RECEIPT, (), "77", SENT, "SOMETHG", 0.0),
    ("type bits 0, id TLV", b"", 0, ((ID, b"77\0"), (STATE, b"\2")), "77", DELIVERED, "DELIVRD", 0.0),
    ("type bits 0, the look of it", b"id:77 sub:001 stat:DELIVRD err:000", 0, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("type bits 0, in capitals", b" ID:77 SUB:001 STAT:DELIVRD", 0, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("UDHI on a receipt", b"id:77 stat:DELIVRD", 0x44, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("low bits on a receipt", b"id:77 stat:DELIVRD", 0x07, (), "77", DELIVERED, "DELIVRD", 0.0),
    ("intermediate", b"id:77 stat:ENROUTE", INTERMEDIATE, (), "77", SENT, "ENROUTE", 0.0),
    ("intermediate is never the end", b"id:77 stat:UNDELIV", INTERMEDIATE, (), "77", SENT, "UNDELIV", 0.0),
    ("no id at all", b"stat:DELIVRD err:000", RECEIPT, (), "", DELIVERED, "DELIVRD", 0.0),
    ("unreadable", b"???", RECEIPT, ((ID, b"\0"),), "", SENT, "", 0.0),
    ("empty", b"", RECEIPT, (), "", SENT, "", 0.0),
]  # fmt: skip

WORDS = [
    ("DELIVRD", DELIVERED), ("DELIVERED", DELIVERED), ("delivrd", DELIVERED), ("ACKED", DELIVERED),
    ("EXPIRED", FAILED), ("DELETED", FAILED), ("UNDELIV", FAILED), ("UNDELIVERED", FAILED), ("UNDELIVERABLE", FAILED),
    ("REJECTD", FAILED), ("REJECTED", FAILED), ("FAILED", FAILED), ("SKIPPED", FAILED),
    ("ACCEPTD", SENT), ("ACCEPTED", SENT), ("ENROUTE", SENT), ("BUFFRED", SENT), ("BUFFERD", SENT),
    ("SCHEDULED", SENT), ("UNKNOWN", SENT), ("?", SENT),
]  # fmt: skip
STATES = [SENT, SENT, DELIVERED, FAILED, FAILED, FAILED, SENT, SENT, FAILED, FAILED]


def deliver(text: bytes = b"", **fields: Any) -> DeliverSm:
    return DeliverSm(
        sequence=1,
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=b"251911000001",
        destination_addr=b"8000",
        short_message=text,
        **fields,
    )


class ReceiptTests(SynchronousTestCase):
    """What carriers call a delivery receipt."""

    def test_every_spelling(self) -> None:
        """Id, status, reason and time of each case."""
        for about, text, esm_class, optional, named, status, reason, at in CASES:
            receipt = read(deliver(text, esm_class=esm_class, tlvs=optional), "smsc", "same")
            assert receipt is not None, about
            self.assertEqual(receipt.carrier_ids, (named,) if named else (), about)
            self.assertEqual((receipt.status, receipt.reason, receipt.at), (status, reason, at), about)

    def test_words(self) -> None:
        """By their first five letters, in any case."""
        for word, status in WORDS:
            receipt = read(deliver(b"id:77 stat:" + word.encode(), esm_class=RECEIPT), "smsc", "same")
            assert receipt is not None
            self.assertEqual((receipt.status, receipt.reason), (status, word))

    def test_states(self) -> None:
        """The TLV's numbers (5.2.28; 0 and 9 from 5.0)."""
        for state, status in enumerate(STATES):
            receipt = read(deliver(esm_class=RECEIPT, tlvs=((ID, b"77"), (STATE, bytes((state,))))), "smsc", "same")
            assert receipt is not None
            self.assertEqual(receipt.status, status, state)

    def test_addresses(self) -> None:
        """A receipt comes from the handset; we speak of whom the text went to."""
        receipt = read(deliver(b"id:77 stat:DELIVRD", esm_class=RECEIPT), "mtn", "auto")
        assert receipt is not None
        self.assertEqual((receipt.link, receipt.to, receipt.sender), ("mtn", "+251911000001", "8000"))
        self.assertEqual(receipt.carrier_ids, ("77", "4d", "119"))

    def test_data_sm(self) -> None:
        """A receipt may come as data_sm."""
        pdu = DataSm(source_addr=b"251911000001", esm_class=RECEIPT, tlvs=((ID, b"77\0"), (STATE, b"\2")))
        receipt = read(pdu, "smsc", "same")
        assert receipt is not None
        self.assertEqual((receipt.carrier_ids, receipt.status), (("77",), DELIVERED))

    def test_utf_16(self) -> None:
        """Some write the receipt's text as UCS-2."""
        text = "id:77 done date:2611221331 stat:DELIVRD err:000 text:".encode("utf-16-be")
        receipt = read(deliver(text, esm_class=RECEIPT, data_coding=8), "smsc", "same")
        assert receipt is not None
        self.assertEqual((receipt.carrier_ids, receipt.status, receipt.at), (("77",), DELIVERED, DONE))

    def test_what_is_none(self) -> None:
        """Texts, acknowledgements of handsets, a conversation's end."""
        for text, esm_class in (
            (b"Hello", 0),
            (b"", 0),
            (b"Hello", 0x40),
            (b"my id: 7 and stat: fine", 0),
            (b"id:77 is all there is", 0),
            (b"id:77 stat:DELIVRD", 0x08),
            (b"id:77 stat:DELIVRD", 0x10),
            (b"id:77 stat:DELIVRD", 0x18),
            (b"id:77 stat:DELIVRD", 0x0C),  # receipt and acknowledgement at once: no type there is
            (b"x" * 300 + b"id:77 stat:DELIVRD", 0),
        ):
            self.assertIsNone(read(deliver(text, esm_class=esm_class), "smsc", "same"), text)
        self.assertIsNone(read(deliver(b"Hello", tlvs=((ID, b"\0"),)), "smsc", "same"))

    def test_golden_receipts(self) -> None:
        """Those of the vectors that others wrote."""
        found = {}
        for vector in VALID:
            pdu = decoded(bytes.fromhex(vector["hex"]))
            if isinstance(pdu, DeliverSm | DataSm) and (receipt := read(pdu, "smsc", "same")):
                found[vector["id"][-3:]] = (receipt.carrier_ids, receipt.status)
        self.assertEqual(
            found,
            {
                "070": (("1234567890",), DELIVERED),
                "073": (("1234567890",), DELIVERED),
                "074": (("654354026",), FAILED),
                "077": (("1234567890",), DELIVERED),
                "078": (("9",), SENT),
                "086": (("77",), DELIVERED),
            },
        )

    def test_malformed_receipts(self) -> None:
        """An empty TLV is no state; an unreadable text is nobody's receipt; an unknown word is no failure."""
        cases = [
            ("smpp-m033", ("1",), DELIVERED, "DELIVRD"),
            ("smpp-m061", (), SENT, ""),
            ("smpp-m062", ("1",), SENT, "SOMETHG"),
        ]
        for name, ids, status, reason in cases:
            pdu = decoded(bytes.fromhex(MALFORMED[name]["hex"]))
            assert isinstance(pdu, DeliverSm)
            receipt = read(pdu, "smsc", "same")
            assert receipt is not None, name
            self.assertEqual((receipt.carrier_ids, receipt.status, receipt.reason), (ids, status, reason), name)

    @settings(max_examples=200)
    @given(
        st.lists(
            st.sampled_from([b"id:", b"stat:", b"err:", b"done date:", b"text:", b" ", b"\0", b"7", b"DELIVRD", b":"])
            | st.binary(max_size=4),
            max_size=14,
        ).map(b"".join),
        st.integers(0, 255),
        st.lists(st.tuples(st.sampled_from([ID, STATE, PAYLOAD, NETWORK]), st.binary(max_size=9)), max_size=3).map(
            tuple
        ),
        st.sampled_from(["auto", "same", "hex", "decimal"]),
    )
    def test_anything(self, text: bytes, esm_class: int, optional: Any, radix: str) -> None:
        """Never raises, and says nothing a store cannot hold."""
        receipt = read(deliver(text, esm_class=esm_class, tlvs=optional), "smsc", radix)
        if receipt is not None:
            for said in (*receipt.carrier_ids, receipt.reason, receipt.to, receipt.sender):
                self.assertNotIn("\0", said)
            self.assertNotIn("", receipt.carrier_ids)

    def test_what_nobody_gave_stays_short(self) -> None:
        """64 KB of digits are one id that nobody gave; of blanks, none."""
        for text in (b"id:" + b"9" * 65_000, b"id:" + b" " * 65_000, b"id: " * 16_000, b"stat:" + b"x" * 65_000):
            receipt = read(deliver(esm_class=RECEIPT, tlvs=((PAYLOAD, text),)), "smsc", "auto")
            assert receipt is not None
            self.assertTrue(all(len(one) <= 2 * LONGEST_ID for one in (*receipt.carrier_ids, receipt.reason)))
        receipt = read(deliver(esm_class=RECEIPT, tlvs=((ID, b"9" * 65_000),)), "smsc", "auto")
        assert receipt is not None
        self.assertEqual(len(receipt.carrier_ids), 1)


class IdTests(SynchronousTestCase):
    """One id, written by two programs of one carrier."""

    def test_canonical(self) -> None:
        """Lower case, without blanks around it, NULs and leading zeros."""
        cases: list[tuple[bytes | str, str]] = [
            (b"4A3F9C01", "4a3f9c01"),
            ("4A3F9C01", "4a3f9c01"),
            (b"0000077", "77"),
            (b" 77 \0", "77"),
            (b"0", "0"),
            (b"000", "0"),
            (b"", ""),
            (b"\0", ""),
            (b"7C9E6679-7425-40DE", "7c9e6679-7425-40de"),
            (b"\xe9\xc9", "éé"),
        ]
        for message_id, expected in cases:
            self.assertEqual(canonical(message_id), expected, message_id)

    def test_readings(self) -> None:
        """The answer's form of a receipt's id, for each setting."""
        big, uuid = "123456789012345678901234567890", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
        cases: list[tuple[str, str, tuple[str, ...]]] = [
            ("1234567890", "same", ("1234567890",)),
            ("1234567890", "decimal", ("499602d2",)),
            ("0499602D2", "hex", ("1234567890",)),
            ("1234567890", "auto", ("1234567890", "499602d2", "78187493520")),
            ("0001234567890", "decimal", ("499602d2",)),
            ("499602D2", "auto", ("499602d2", "1234567890")),
            ("499602D2", "decimal", ("499602d2",)),  # no decimal: as it is
            ("7", "auto", ("7",)),
            ("10", "auto", ("10", "a", "16")),
            ("0", "auto", ("0",)),
            (big, "decimal", ("18ee90ff6c373e0ee4e3f0ad2",)),
            ("18EE90FF6C373E0EE4E3F0AD2", "hex", (big,)),
            (uuid, "auto", (uuid,)),
            (uuid, "hex", (uuid,)),
            ("²", "auto", ("²",)),  # a digit to Unicode, not to us
            ("", "auto", ()),
            (" \0", "auto", ()),
            ("9" * 65, "auto", ("9" * 65,)),
            ("f" * 20_000, "hex", ("f" * 20_000,)),
        ]
        for named, radix, expected in cases:
            self.assertEqual(readings(named, radix), expected, (named, radix))

    def test_the_longest_id(self) -> None:
        """64 characters are still a number."""
        self.assertEqual(readings("9" * 64, "decimal"), (format(10**64 - 1, "x"),))
        self.assertEqual(readings("f" * 64, "hex"), (str(2**256 - 1),))

    @given(st.integers(1, 2**200), st.booleans())
    def test_both_bases_meet(self, number: int, upper: bool) -> None:
        """Whatever the two programs write, "auto" finds the answer's id among its readings."""
        hexadecimal = format(number, "X" if upper else "x")
        for answered, receipted in ((str(number), hexadecimal), (hexadecimal, str(number)), (hexadecimal, hexadecimal)):
            self.assertIn(canonical(answered), readings(receipted, "auto"))


class TextTests(SynchronousTestCase):
    """What handsets send."""

    def test_alphabets(self) -> None:
        """data_coding of SMPP, and the GSM octet that many pass through (TS 23.038, section 4)."""
        cases = [
            ("gsm7", [0x00, 0x10, 0x11, 0x13, 0x1C, 0xC0, 0xC8, 0xD0, 0xDF, 0xF0, 0xF3, 0x0B, 0x0F, 0x40, 0xB0]),
            ("latin-1", [0x02, 0x03, 0x04, 0x14, 0x17, 0xF4, 0xF7]),
            ("utf-16-be", [0x08, 0x18, 0x1B, 0xE0, 0xEF]),
            ("ascii", [0x01]),
            ("shift_jis", [0x05]),
            ("iso8859_5", [0x06]),
            ("iso8859_8", [0x07]),
            ("iso2022_jp", [0x0A]),
            ("euc_kr", [0x0E]),
        ]
        for expected, codings in cases:
            for data_coding in codings:
                self.assertEqual(encoding(data_coding), expected, hex(data_coding))

    def test_a_text(self) -> None:
        """Sender, destination, octets, when."""
        reply = mo(deliver(b"Hello\x00"), "mtn", 7.5)
        self.assertEqual((reply.link, reply.sender, reply.to), ("mtn", "+251911000001", "8000"))
        self.assertEqual((reply.body, reply.encoding, reply.segment, reply.at), (b"Hello\0", "gsm7", None, 7.5))

    def test_where_the_text_is(self) -> None:
        """short_message; message_payload only where that is empty."""
        cases = [
            (deliver(b"short"), b"short"),
            (deliver(b"short", tlvs=((PAYLOAD, b"payload"),)), b"short"),
            (deliver(tlvs=((PAYLOAD, b"payload"),)), b"payload"),
            (deliver(), b""),
            (DataSm(tlvs=((PAYLOAD, b"payload"),)), b"payload"),
            (DataSm(), b""),
        ]
        for pdu, body in cases:
            self.assertEqual(payload(pdu), body)
            self.assertEqual(mo(pdu, "smsc", 0.0).body, body)

    def test_segments(self) -> None:
        """A header, SAR, or both: the header knows better."""
        sar = ((tlvs.SAR_MSG_REF_NUM, b"\x12\x34"), (tlvs.SAR_TOTAL_SEGMENTS, b"\3"), (tlvs.SAR_SEGMENT_SEQNUM, b"\2"))
        header = bytes.fromhex("050003070201")
        cases = [
            (deliver(b"x", tlvs=sar), Segment(0x1234, 3, 2, True)),
            (deliver(header + b"x", esm_class=0x40), Segment(7, 2, 1)),
            (deliver(header + b"x", esm_class=0x40, tlvs=sar), Segment(7, 2, 1)),
            (deliver(b"\x01\x00x", esm_class=0x40, tlvs=sar), Segment(0x1234, 3, 2, True)),
            (deliver(esm_class=0x40, tlvs=((PAYLOAD, header + b"x"),)), Segment(7, 2, 1)),
            (deliver(b"x", tlvs=sar[:2]), None),
            (deliver(b"x", tlvs=sar[1:]), None),
            (deliver(b"x", tlvs=(sar[0], sar[2])), None),
            (deliver(b"x", tlvs=(*sar[:2], (tlvs.SAR_SEGMENT_SEQNUM, b"\4"))), None),
            (deliver(b"x", tlvs=(*sar[:2], (tlvs.SAR_SEGMENT_SEQNUM, b"\0"))), None),
            (deliver(b"x", tlvs=(*sar[:2], (tlvs.SAR_SEGMENT_SEQNUM, b""))), None),
        ]
        for pdu, segment in cases:
            reply = mo(pdu, "smsc", 0.0)
            self.assertEqual(reply.segment, segment, pdu)
            self.assertTrue(reply.body.endswith(b"x") and len(reply.body) < 4, pdu)

    def test_malformed_headers(self) -> None:
        """The vectors' broken headers and the text each leaves, as from a handset."""
        cases = [
            ("smpp-m034", b"x", None),
            ("smpp-m036", b"short", None),
            ("smpp-m037", bytes.fromhex("140003010201"), None),
            ("smpp-m038", b"", None),
            ("smpp-m039", b"text", None),
            ("smpp-m040", b"text", None),
            ("smpp-m041", b"text", None),
            ("smpp-m042", bytes.fromhex("041ffffd"), None),
        ]
        for name, body, segment in cases:
            octets = bytearray.fromhex(MALFORMED[name]["hex"])
            octets[7] = 0x05  # deliver_sm shares the body of submit_sm
            pdu = decoded(bytes(octets))
            assert isinstance(pdu, DeliverSm)
            reply = mo(pdu, "smsc", 0.0)
            self.assertEqual((reply.body, reply.segment), (body, segment), name)

    def test_utf_16(self) -> None:
        """A byte order mark falls out, an odd octet becomes U+FFFD."""
        cases = [
            (b"\xfe\xff\x04\x1f", "П"),
            (b"\x04\x1f\x04", "П\ufffd"),
            (b"\x04", "\ufffd"),
            (b"\xd8\x3d\xde\x00", "😀"),
            (b"", ""),
            (b"\xff\xfe\x1f\x04", "П"),
            (b"\xff\xfe", ""),
        ]
        for octets, text in cases:
            reply = mo(deliver(octets, data_coding=8), "smsc", 0.0)
            self.assertEqual(decode(reply.body, reply.encoding), text)
        self.assertEqual(mo(deliver(b"\xfe\xff", data_coding=3), "smsc", 0.0).body, b"\xfe\xff")

    def test_eight_bits_where_seven_belong(self) -> None:
        """No septet has the eighth bit: UTF-8 if it is, else Latin-1; plain septets stay GSM."""
        cases = [
            (0, b"\x00\x1be", "@€"),
            (0, "né".encode(), "né"),
            (0, b"n\xe9", "né"),
            (1, b"n\xe9", "né"),
            (1, b"ne", "ne"),
            (0xF0, b"n\xe9", "né"),
            (3, "né".encode(), "nÃ©"),
        ]
        for data_coding, octets, text in cases:
            reply = mo(deliver(octets, data_coding=data_coding), "smsc", 0.0)
            self.assertEqual(decode(reply.body, reply.encoding), text, octets)

    def test_repeats_have_one_fingerprint(self) -> None:
        """The sequence number alone does not make another text; anything else does."""
        pdu = deliver(b"Yes")
        self.assertEqual(fingerprint(pdu), fingerprint(attrs.evolve(pdu, sequence=99)))
        for other in (
            attrs.evolve(pdu, short_message=b"yes"),
            attrs.evolve(pdu, source_addr=b"251911000002"),
            attrs.evolve(pdu, esm_class=0x40),
            attrs.evolve(pdu, tlvs=((0x204, b"\0\1"),)),
        ):
            self.assertNotEqual(fingerprint(pdu), fingerprint(other))
        self.assertEqual(mo(pdu, "smsc", 0.0).digest, fingerprint(pdu))

    @given(st.binary(max_size=40), st.integers(0, 255), st.integers(0, 255))
    def test_any_text(self, octets: bytes, esm_class: int, data_coding: int) -> None:
        """Never raises, and what it gives can be read."""
        reply = receipts.mo(deliver(octets, esm_class=esm_class, data_coding=data_coding), "smsc", 0.0)
        decode(reply.body, reply.encoding)

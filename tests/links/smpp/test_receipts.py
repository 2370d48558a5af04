"""Receipts in every spelling carriers were seen to use, and the settings for those nobody has seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp import tlvs
from chanserv.links.smpp.ids import LONGEST
from chanserv.links.smpp.pdus import DataSm, DeliverSm
from chanserv.links.smpp.receipts import acknowledges, read
from chanserv.message import Status
from chanserv.settings import ReceiptSettings
from chanserv.text import gsm7
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
            self.assertTrue(all(len(one) <= 2 * LONGEST for one in (*receipt.carrier_ids, receipt.reason)))
        receipt = read(deliver(esm_class=RECEIPT, tlvs=((ID, b"9" * 65_000),)), "smsc", "auto")
        assert receipt is not None
        self.assertEqual(len(receipt.carrier_ids), 1)


class DialectTests(SynchronousTestCase):
    """What a link's setting `receipt` says of its carrier."""

    def test_words(self) -> None:
        """Its own words go before ours, whole and in any case; the others stay known."""
        own = ReceiptSettings(words={"ok": "delivered", "DELETED": "delivered", "waiting": "sent", "KO": "failed"})
        for word, status in (
            ("OK", DELIVERED),
            ("deleted", DELIVERED),
            ("DELET", FAILED),
            ("WAITING", SENT),
            ("KO", FAILED),
            ("EXPIRED", FAILED),
            ("OKAY", SENT),
        ):
            receipt = read(deliver(b"id:7 stat:" + word.encode(), esm_class=RECEIPT), "smsc", "same", own)
            assert receipt is not None
            self.assertEqual(receipt.status, status, word)
        receipt = read(deliver(b"id:7 stat:KO", esm_class=RECEIPT, tlvs=((STATE, b"\2"),)), "smsc", "same", own)
        assert receipt is not None
        self.assertEqual(receipt.status, FAILED)  # a word it has, so the TLV is not asked

    def test_detect(self) -> None:
        """A carrier whose texts look like receipts and are none."""
        own = ReceiptSettings(detect="esm_class")
        for esm_class, seen in ((0, False), (0x04, True), (0x44, True)):
            for text, optional in ((b"id:7 stat:DELIVRD", ()), (b"", ((ID, b"7"),))):
                pdu = deliver(text, esm_class=esm_class, tlvs=optional)
                self.assertEqual(read(pdu, "smsc", "same", own) is not None, seen, (esm_class, text))
                self.assertIsNotNone(read(pdu, "smsc", "same"))

    def test_which_id(self) -> None:
        """Of two that differ; with one of them missing, the other."""
        both, none = deliver(b"id:88 stat:DELIVRD", esm_class=RECEIPT, tlvs=((ID, b"77"),)), ReceiptSettings()
        for own, pdu, named in (
            (none, both, "77"),
            (ReceiptSettings(id="text"), both, "88"),
            (ReceiptSettings(id="text"), deliver(esm_class=RECEIPT, tlvs=((ID, b"77"),)), "77"),
            (ReceiptSettings(id="tlv"), deliver(b"id:88", esm_class=RECEIPT), "88"),
        ):
            receipt = read(pdu, "smsc", "same", own)
            assert receipt is not None
            self.assertEqual(receipt.carrier_ids, (named,))

    def test_zone(self) -> None:
        """Dates by a clock ahead of UTC, or behind it; what is no date is none anywhere."""
        for zone, at in ((0.0, DONE), (3.0, DONE - 10_800), (-3.5, DONE + 12_600)):
            for text, expected in ((b"id:7 done date:2611221331 stat:DELIVRD", at), (b"id:7 done date:? stat:X", 0.0)):
                receipt = read(deliver(text, esm_class=RECEIPT), "smsc", "same", ReceiptSettings(zone=zone))
                assert receipt is not None
                self.assertEqual(receipt.at, expected, zone)

    def test_packed(self) -> None:
        """Where the SMSC packs its default alphabet, its receipts may be packed as well, or not."""
        text = b"id:77 done date:2611221331 stat:UNDELIV err:005 text:"
        for octets, packed, seen in (
            (gsm7.pack(text), True, ("77",)),
            (text, True, ("77",)),
            (text, False, ("77",)),
            (gsm7.pack(text), False, ()),
        ):
            receipt = read(deliver(octets, esm_class=RECEIPT), "smsc", "same", packed=packed)
            assert receipt is not None
            self.assertEqual(receipt.carrier_ids, seen)
        receipt = read(deliver(gsm7.pack(text)), "smsc", "same", packed=True)  # by its looks alone
        assert receipt is not None
        self.assertEqual((receipt.status, receipt.reason, receipt.at), (FAILED, "UNDELIV err 005", DONE))

    def test_acknowledgements(self) -> None:
        """Of a handset's program, of its user, a conversation's end: known by the type bits, whatever else is set."""
        for esm_class, told in ((0x08, True), (0x48, True), (0x10, True), (0x18, True), (0x0B, True), (0, False)):
            self.assertEqual(acknowledges(deliver(b"1", esm_class=esm_class)), told, esm_class)
        for esm_class in (RECEIPT, INTERMEDIATE, 0x40, 0x80, 0x0C):
            self.assertFalse(acknowledges(deliver(esm_class=esm_class)), esm_class)
        found = {
            vector["id"][-3:]
            for vector in VALID
            if isinstance(pdu := decoded(bytes.fromhex(vector["hex"])), DeliverSm) and acknowledges(pdu)
        }
        self.assertEqual(found, {"079", "080", "081"})

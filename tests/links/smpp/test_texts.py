"""Texts from handsets: where they are, what their octets are, which segment of which."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp import tlvs
from chanserv.links.smpp.coding import Codings
from chanserv.links.smpp.pdus import DataSm, DeliverSm
from chanserv.links.smpp.texts import fingerprint, mo, payload
from chanserv.message import Segment
from chanserv.text.parts import decode
from tests.links.smpp.test_receipts import PAYLOAD, deliver
from tests.links.smpp.test_vectors import MALFORMED
from tests.links.smpp.test_vectors import decode as decoded


class TextTests(SynchronousTestCase):
    """What handsets send."""

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

    def test_numbers_beyond_their_octets(self) -> None:
        """SAR TLVs of any width make no segment that a store could not keep, or would wait for in vain."""
        for reference, total, number in (
            (b"\xff" * 9, b"\2", b"\1"),
            (b"\1\0\0", b"\2", b"\1"),
            (b"\0\1", b"\1\0", b"\1"),
            (b"\0\1", b"\xff" * 9, b"\xff" * 9),
        ):
            found = (tlvs.SAR_MSG_REF_NUM, tlvs.SAR_TOTAL_SEGMENTS, tlvs.SAR_SEGMENT_SEQNUM)
            sar = tuple(zip(found, (reference, total, number), strict=True))
            self.assertIsNone(mo(deliver(b"x", tlvs=sar), "smsc", 0.0).segment)

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

    def test_a_default_alphabet_of_its_own(self) -> None:
        """data_coding 0 by the link's settings; UTF-8 that is none is Latin-1."""
        cases = [
            ("gsm7-packed", bytes.fromhex("E8329BFD4697D9EC37"), "hellohello"),
            ("gsm7-packed", bytes.fromhex("31D98C56B3DD1A"), "1234567"),  # CR in the spare bits
            ("gsm7-packed", bytes.fromhex("31D98C56B3DD00"), "1234567"),  # or nothing
            ("gsm7-packed", b"", ""),
            ("latin-1", b"n\xe9", "né"),
            ("utf-8", "né€".encode(), "né€"),
            ("utf-8", b"n\xe9", "né"),
            ("ascii", b"ne[", "ne["),
        ]
        for alphabet, octets, text in cases:
            reply = mo(deliver(octets), "smsc", 0.0, Codings(alphabet))
            self.assertEqual(decode(reply.body, reply.encoding), text, (alphabet, octets))
        self.assertEqual(
            mo(deliver("ç".encode("utf-16-be"), data_coding=8), "x", 0.0, Codings("utf-8")).body, b"\0\xe7"
        )

    def test_packed_segments(self) -> None:
        """Unpacked one by one, each behind its header's fill bits."""
        octets = bytes.fromhex("050003A70202C2E170381C0E8701")
        reply = mo(deliver(octets, esm_class=0x40), "smsc", 0.0, Codings("gsm7-packed"))
        self.assertEqual((reply.body, reply.encoding, reply.segment), (b"a" * 8, "gsm7", Segment(0xA7, 2, 2)))

    def test_japanese(self) -> None:
        """JIS X 0212 and its neighbours in EUC, as far as Python knows them."""
        for text in ("こんにちは", "丂侐"):
            reply = mo(deliver(text.encode("euc_jp"), data_coding=0x0D), "smsc", 0.0)
            self.assertEqual(decode(reply.body, reply.encoding), text)

    @given(
        st.binary(max_size=40),
        st.integers(0, 255),
        st.integers(0, 255),
        st.sampled_from(["gsm7", "gsm7-packed", "latin-1", "ascii", "utf-8"]),
    )
    def test_any_text(self, octets: bytes, esm_class: int, data_coding: int, alphabet: str) -> None:
        """Never raises, and what it gives can be read."""
        pdu = deliver(octets, esm_class=esm_class, data_coding=data_coding)
        reply = mo(pdu, "smsc", 0.0, Codings(alphabet))
        decode(reply.body, reply.encoding)

"""A part as a PDU: what it says by default, and what each setting of a link makes of it."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.smpp import tlvs
from chanserv.links.smpp.codec import decode, encode
from chanserv.links.smpp.coding import Codings
from chanserv.links.smpp.parts import Composer
from chanserv.links.smpp.pdus import DataSm, DeliverSm, SubmitSm, Tlvs
from chanserv.links.smpp.terms import V33, V34, V50
from chanserv.links.smpp.texts import mo
from chanserv.message import Coding, Part, Slice, Work
from chanserv.settings import TlvSettings
from chanserv.text import gsm7
from chanserv.text.parts import cut, join
from chanserv.text.parts import decode as decode_text
from tests.fakes import smpp
from tests.links.fakes import work

NOW = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC
UDH = bytes.fromhex("050003a70201")


def compose(body: bytes | Slice = b"hello", version: int = V34, one: Work | None = None, **said: Any) -> Any:
    """The PDU of one part over a link with these settings."""
    slice_ = body if isinstance(body, Slice) else Slice(body)
    return Composer(smpp("a", **said)).compose(one or work(), Part(number=1, slice=slice_), NOW, version)


def source(pdu: SubmitSm) -> tuple[int, int, bytes]:
    return pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr


def dest(pdu: SubmitSm) -> tuple[int, int, bytes]:
    return pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr


class PlainTests(SynchronousTestCase):
    """A link without settings of its own."""

    def test_golden(self) -> None:
        """To the octet, written by hand."""
        octets = bytes.fromhex(
            "0000003d 00000004 00000000 00000000 00 0300 3830303000 0101 3535313139393939393030303000"
            "00 00 00 00 00 01 00 00 00 05 68656c6c6f"
        )
        octets = len(octets).to_bytes(4, "big") + octets[4:]
        self.assertEqual(encode(compose()), octets)

    def test_addresses(self) -> None:
        """TON and NPI by what is written: +digits, a short code, digits, a name."""
        for address, ton, npi, octets in (
            ("+5511999990000", 1, 1, b"5511999990000"),
            ("8000", 3, 0, b"8000"),
            ("11999990000", 0, 1, b"11999990000"),
            ("WENI", 5, 0, b"WENI"),
        ):
            pdu = compose(one=work(sender=address, to=address))
            self.assertEqual(((ton, npi, octets),) * 2, (source(pdu), dest(pdu)), address)

    def test_octets(self) -> None:
        """The header goes before the body and is announced; each coding has its number."""
        for coding, number in ((Coding.GSM7, 0), (Coding.UCS2, 8), (Coding.OCTETS, 4)):
            one = work(coding=coding)
            headed, bare = compose(Slice(b"ab", UDH), one=one), compose(b"ab", one=one)
            self.assertEqual((number, 0x40, UDH + b"ab"), (headed.data_coding, headed.esm_class, headed.short_message))
            self.assertEqual((0, b"ab", ()), (bare.esm_class, bare.short_message, bare.tlvs))


class KannelTests(SynchronousTestCase):
    """Octets that Kannel 1.4.5 sent, read by tshark: set like it, we send the same."""

    # number, sender, recipient, text, octets (a long text's first part without its more_messages_to_send)
    SENT: ClassVar[list[tuple[int, str, str, str, str]]] = [
        (
            6, "8500", "250788000001", "Hello world",
            "0000003c000000040000000000000006000201383530300002013235303738383030303030310003000000000000"
            "00000b48656c6c6f20776f726c64",
        ),
        (
            7, "8500", "250788000001", "@£$¥èéùìòÇ {}[]~\\^|€_ÄÖÜ",
            "0000005200000004000000000000000700020138353030000201323530373838303030303031000300000000000000"
            "002100010203040506070809201b281b291b3c1b3e1b3d1b2f1b141b401b65115b5c5e",
        ),
        (
            9, "8500", "250788000001", "Здраво мир",
            "0000004500000004000000000000000900020138353030000201323530373838303030303031000300000000000008"
            "001404170434044004300432043e0020043c04380440",
        ),
        (
            12, "MyBrand", "250788000001", "alpha sender",
            "0000004000000004000000000000000c0005004d794272616e6400020132353037383830303030303100030000000000"
            "0000000c616c7068612073656e646572",
        ),
        (
            13, "+250788000099", "+250788000001", "international plus",
            "0000004b00000004000000000000000d000101323530373838303030303939000101323530373838303030303031"
            "00030000000000000000" "12696e7465726e6174696f6e616c20706c7573",
        ),
    ]  # fmt: skip

    def test_texts(self) -> None:
        """Plain digits as TON 2 and NPI 1, store and forward, no receipt asked for."""
        for number, sender, to, text, octets in self.SENT:
            ton: dict[str, Any] = {"source_ton": 2, "source_npi": 1} if sender.isdigit() else {}
            if to.isdigit():
                ton |= {"dest_ton": 2, "dest_npi": 1}
            own = smpp("a", esm_class=3, registered_delivery=0, **ton)
            coding, (only,) = cut(text, "exact", 0x1B, own.cutting)
            one = work(coding=coding, sender=sender, to=to)
            pdu = Composer(own).compose(one, Part(number=1, slice=only), NOW, V34)
            self.assertEqual(octets, encode(attrs.evolve(pdu, sequence=number)).hex(), text)

    def test_a_long_text(self) -> None:
        """Behind the same header, cut at the same place."""
        own = smpp("a", esm_class=3, registered_delivery=0, source_ton=2, source_npi=1, dest_ton=2, dest_npi=1)
        text = " ".join(f"word{number:03}" for number in range(24))
        coding, slices = cut(text, "exact", 0x1B)
        one = work(coding=coding, sender="8500", to="250788000001")
        parts = [Part(number=number, slice=slice_) for number, slice_ in enumerate(slices, 1)]
        found = [attrs.evolve(Composer(own).compose(one, part, NOW, V34), sequence=9 + part.number) for part in parts]
        self.assertEqual(
            "0000005d00000004000000000000000b00020138353030000201323530373838303030303031004300000000000000"
            "002c0500031b0202" + b"ord019 word020 word021 word022 word023".hex(),
            encode(found[1]).hex(),
        )
        first = found[0].short_message
        self.assertEqual((0x9F, b"\x05\0\3\x1b\2\1word000", b"word018 w"), (len(first), first[:13], first[-9:]))


class SettingTests(SynchronousTestCase):
    """One by one."""

    def test_fields(self) -> None:
        """What is said once for every text; it fits beside what the part needs."""
        pdu = compose(Slice(b"x", UDH), service_type="CMT", esm_class=3, protocol_id=0x40, priority=2)
        self.assertEqual((b"CMT", 0x43, 0x40, 2), (pdu.service_type, pdu.esm_class, pdu.protocol_id, pdu.priority_flag))

    def test_registered_delivery(self) -> None:
        """Final receipts, where the carrier gives any; or whatever is set."""
        for said, expected in (
            ({}, 1),
            ({"receipts": "message"}, 1),
            ({"receipts": "none"}, 0),
            ({"registered_delivery": 0x11}, 0x11),
            ({"registered_delivery": 0}, 0),
            ({"registered_delivery": 3, "receipts": "none"}, 3),
        ):
            self.assertEqual(expected, compose(**said).registered_delivery, said)
            self.assertEqual(expected, compose(submit="data_sm", **said).registered_delivery, said)

    def test_ton_and_npi(self) -> None:
        """Each on its own, for every address of its side."""
        for sender in ("+5511999990000", "8000", "WENI"):
            pdu = compose(one=work(sender=sender), source_ton=2, dest_npi=0)
            self.assertEqual((2, (1, 0)), (pdu.source_addr_ton, dest(pdu)[:2]))
        pdu = compose(one=work(sender="8000"), source_npi=1, dest_ton=0)
        self.assertEqual(((3, 1), (0, 1)), (source(pdu)[:2], dest(pdu)[:2]))

    def test_international(self) -> None:
        """How the country code is led; short codes and names have none."""
        for how, led in (("digits", b"5511999990000"), ("plus", b"+5511999990000"), ("00", b"005511999990000")):
            both = work(sender="+5511999990000")
            self.assertEqual((1, 1, led), dest(compose(one=both, international=how)))
            self.assertEqual((1, 1, led), source(compose(one=both, international=how)))
            for sender in ("8000", "11999990000", "WENI"):
                self.assertEqual(sender.encode(), source(compose(one=work(sender=sender), international=how))[2])

    def test_validity(self) -> None:
        """What is left of it, as a duration or an instant; in data_sm as seconds; never nothing at all."""
        for how, expires, octets in (
            ("none", NOW + 60, b""),
            ("relative", NOW + 86_400, b"000001000000000R"),
            ("relative", NOW - 5, b"000000000001000R"),
            ("absolute", NOW + 40, b"231114221400000+"),
        ):
            pdu = compose(one=work(expires=expires), validity_period=how)
            self.assertEqual(octets, pdu.validity_period, how)
        for how, expires, optional in (
            ("none", NOW + 60, ()),
            ("relative", NOW + 60, ((tlvs.QOS_TIME_TO_LIVE, b"\0\0\0\x3c"),)),
            ("absolute", NOW + 60, ((tlvs.QOS_TIME_TO_LIVE, b"\0\0\0\x3c"),)),
            ("relative", NOW - 60, ((tlvs.QOS_TIME_TO_LIVE, b"\0\0\0\1"),)),
            ("relative", NOW + 1e12, ((tlvs.QOS_TIME_TO_LIVE, b"\xff\xff\xff\xff"),)),
        ):
            pdu = compose(one=work(expires=expires), validity_period=how, submit="data_sm")
            self.assertEqual(optional, pdu.tlvs[1:], how)

    def test_alphabets(self) -> None:
        """GSM texts in what the SMSC calls its default alphabet."""
        for alphabet, octets in (
            ("gsm7", b"Tom\x05"),
            ("gsm7-packed", gsm7.pack(b"Tom\x05")),
            ("latin-1", b"Tom\xe9"),
            ("utf-8", b"Tom\xc3\xa9"),
        ):
            pdu = compose(b"Tom\x05", alphabet=alphabet)
            self.assertEqual((0, octets), (pdu.data_coding, pdu.short_message))
        self.assertEqual(b"Tom", compose(b"Tom", alphabet="ascii").short_message)
        for alphabet, body in (("ascii", b"Tom\x05"), ("latin-1", b"\x10")):
            self.assertRaises(BadField, compose, body, alphabet=alphabet)
        wide = compose("é".encode("utf-16-be"), one=work(coding=Coding.UCS2), alphabet="ascii")
        self.assertEqual((8, b"\0\xe9"), (wide.data_coding, wide.short_message))

    def test_packed_behind_a_header(self) -> None:
        """One fill bit behind six octets, as on the air."""
        pdu = compose(Slice(b"a" * 8, UDH), alphabet="gsm7-packed")
        self.assertEqual(UDH + bytes.fromhex("C2E170381C0E871B"), pdu.short_message)

    def test_data_coding(self) -> None:
        """Numbers of its own; what it does not name keeps the standard's."""
        own = {"gsm7": 0xF1, "ucs2": 0x18}
        found = [compose(b"ab", one=work(coding=coding), data_coding=own).data_coding for coding in Coding]
        self.assertEqual([0xF1, 0x18, 4], found)

    def test_tlvs(self) -> None:
        """Texts with places, octets, numbers; only for their channel; none to a carrier of 3.3."""
        said = (
            TlvSettings(tag=0x1400, text="{channel}/{id} {to}<{from}"),
            TlvSettings(tag=0x1401, text="abc", nul=True),
            TlvSettings(tag=0x1402, hex="00ff"),
            TlvSettings(tag=0x1403, number=258, size=2),
            TlvSettings(tag=0x1404, text="x", channel="claro"),
            TlvSettings(tag=0x1404, text="y", channel="other"),
            TlvSettings(tag=0x1405, text="{id}", channel="other", nul=True),
        )
        one = work(id="7{to}", sender="ação")
        expected: Tlvs = (
            (0x1400, b"claro/7{to} +5511999990000<a??o"),
            (0x1401, b"abc\0"),
            (0x1402, b"\0\xff"),
            (0x1403, b"\1\2"),
            (0x1404, b"x"),
        )
        self.assertEqual(expected, compose(one=one, tlvs=said).tlvs)
        self.assertEqual(expected, compose(one=one, tlvs=said, submit="data_sm").tlvs[1:])
        self.assertEqual((), compose(one=one, tlvs=said, version=V33).tlvs)
        other = work(id="8", channel="other")
        self.assertEqual(((0x1404, b"y"), (0x1405, b"8\0")), compose(one=other, tlvs=said).tlvs[4:])


class LongTests(SynchronousTestCase):
    """Texts of several parts."""

    def test_sar(self) -> None:
        """The header's numbers as three TLVs, and no header."""
        wide = Slice(b"x", bytes.fromhex("06080412340302"))
        pdu = compose(wide, long="sar")
        self.assertEqual((0, b"x"), (pdu.esm_class, pdu.short_message))
        self.assertEqual(((0x20C, b"\x12\x34"), (0x20E, b"\3"), (0x20F, b"\2")), pdu.tlvs)
        self.assertEqual((b"x", ()), ((whole := compose(b"x", long="sar")).short_message, whole.tlvs))
        self.assertRaises(BadField, compose, Slice(b"x", b"\x06\x05\x04\x0b\x84\0\0"), long="sar")

    def test_sar_to_a_carrier_of_33(self) -> None:
        """It has no TLVs: the header it is."""
        pdu = compose(Slice(b"x", UDH), long="sar", version=V33)
        self.assertEqual((0x40, UDH + b"x", ()), (pdu.esm_class, pdu.short_message, pdu.tlvs))

    def test_payload(self) -> None:
        """The whole text in message_payload and sm_length 0; what fits in one part goes as ever."""
        pdu = compose(b"x" * 161, long="payload")
        self.assertEqual((b"", ((tlvs.MESSAGE_PAYLOAD, b"x" * 161),)), (pdu.short_message, pdu.tlvs))
        self.assertEqual(b"\0", encode(pdu)[-166:-165])
        self.assertEqual((b"x" * 160, ()), ((short := compose(b"x" * 160, long="payload")).short_message, short.tlvs))
        self.assertRaises(BadField, compose, b"x" * 400, long="payload", version=V33)
        self.assertEqual(b"x" * 161, compose(b"x" * 161, long="payload", version=V33).short_message)

    def test_more_octets_than_a_short_message_has(self) -> None:
        """UTF-8 makes two of one: message_payload, where there is one; 5.0 has room for one more."""
        pdu = compose(b"\x05" * 127 + b"a", alphabet="utf-8")
        self.assertEqual(("é" * 127 + "a").encode(), pdu.tlv(tlvs.MESSAGE_PAYLOAD))
        self.assertEqual(255, len(compose(b"\x05" * 127 + b"a", alphabet="utf-8", version=V50).short_message))
        self.assertRaises(BadField, compose, b"\x05" * 128, alphabet="utf-8", version=V33)

    def test_data_sm(self) -> None:
        """The text in message_payload, whatever its length; a header stays in front; 3.3 has no data_sm."""
        pdu = compose(Slice(b"x", UDH), submit="data_sm", service_type="VMA", esm_class=2)
        expected = DataSm(
            service_type=b"VMA",
            source_addr_ton=3,
            source_addr=b"8000",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=b"5511999990000",
            esm_class=0x42,
            registered_delivery=1,
            tlvs=((tlvs.MESSAGE_PAYLOAD, UDH + b"x"),),
        )
        self.assertEqual(expected, pdu)
        self.assertIsInstance(compose(submit="data_sm", version=V33), SubmitSm)

    @given(
        st.text(st.sampled_from("aé[€ЯΔ😀@\r"), max_size=300),
        st.sampled_from(["gsm7", "gsm7-packed", "latin-1", "ascii", "utf-8"]),
        st.sampled_from(["udh", "udh16", "sar", "payload"]),
        st.sampled_from(["submit_sm", "data_sm"]),
    )
    def test_it_reads_as_it_was_written(self, text: str, alphabet: str, long: str, submit: str) -> None:
        """Whatever the settings: cut, composed, encoded, decoded, joined, it is the text again."""
        own = smpp("a", alphabet=alphabet, long=long, submit=submit)
        coding, slices = cut(text, "exact", 77, own.cutting)
        bodies, encodings, numbers = [], set(), []
        for number, slice_ in enumerate(slices, 1):
            pdu = Composer(own).compose(work(coding=coding), Part(number=number, slice=slice_), NOW, V34)
            seen = decode(encode(pdu))
            assert isinstance(seen, SubmitSm | DataSm)
            reply = mo(_delivered(seen), "a", NOW, Codings(alphabet))
            bodies.append(reply.body)
            encodings.add(reply.encoding)
            numbers.append(reply.segment.number if reply.segment else 1)
        self.assertEqual(list(range(1, len(slices) + 1)), numbers)
        if alphabet == "gsm7-packed" and coding is Coding.GSM7:  # @ and CR at the very end may look like padding
            self.assertEqual(_bare(text), _bare(join(bodies, "gsm7")))
        elif len(encodings) == 1:
            self.assertEqual(text, join(bodies, encodings.pop()))
        else:  # each segment as its octets are: ASCII alone is GSM as well
            self.assertEqual(text, "".join(decode_text(body, "utf-8") for body in bodies))


def _delivered(pdu: SubmitSm | DataSm) -> DeliverSm | DataSm:
    """As if it came to us."""
    if isinstance(pdu, DataSm):
        return pdu
    return DeliverSm(
        esm_class=pdu.esm_class, data_coding=pdu.data_coding, short_message=pdu.short_message, tlvs=pdu.tlvs
    )


def _bare(text: str) -> str:
    return text.replace("@", "").replace("\r", "")

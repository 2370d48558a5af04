"""Texts, alphabets, addresses and stamps: how UCP writes them, and how carriers do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.ucp import addresses, reasons, stamps
from chanserv.links.ucp.alphabets import ALPHABETS
from chanserv.links.ucp.bodies import Body, body, coding, services, xser
from chanserv.links.ucp.operations import CallInput, Deliver, Transfer
from chanserv.text import gsm7

NAMES = (
    ("ALPHA@NUM", "10412614190438AB4D"),  # published example
    ("MyBrand", "0DCDBC501E769301"),  # as Kannel 1.4.5 writes it
    ("Z", "025A"),
)


class BodyTests(SynchronousTestCase):
    def test_types(self) -> None:
        """MT 2, 3 and 4; what is none has the code to answer."""
        for pdu, expected in (
            (Deliver(mt="2", msg="0815"), Body(octets=b"0815", encoding="latin-1")),
            (Deliver(mt="3", msg="00021B65"), Body(octets=b"\x00\x02\x1be", encoding="gsm7")),
            (Deliver(mt="4", nb="0016", msg="AA55"), Body(octets=b"\xaa\x55", encoding="latin-1")),
            (Deliver(mt="3", msg="61E9"), Body(octets=b"a\xe9", encoding="latin-1")),
            (CallInput(mt="1"), Body(octets=b"", encoding="latin-1")),
            (Transfer(msg="6161"), Body(octets=b"aa", encoding="gsm7")),
        ):
            self.assertEqual(expected, body(pdu))
        for pdu, code in ((Deliver(mt="9"), 23), (Deliver(), 23), (Deliver(mt="3", msg="6"), 2)):
            self.assertEqual(code, self.assertRaises(BadField, body, pdu).status)

    def test_services(self) -> None:
        """UDH and DCS of XSer; in a text for us, one that cannot be read is left out."""
        pdu = Deliver(mt="4", nb="0032", msg="04170434", xser="0106050003AA0201" + "020108")
        self.assertEqual(Body(octets=bytes.fromhex("04170434"), encoding="utf-16-be", udh=b"\5\0\3\xaa\2\1"), body(pdu))
        self.assertEqual(b"", body(Deliver(mt="3", msg="61", xser="0120050003")).udh)
        for wrong in ("01", "0102", "010205", "x", "0 1"):
            self.assertRaises(BadField, services, wrong)

    def test_bits(self) -> None:
        """NB counts; where it is missing, no number or too many, the octets do. Packed septets have odd bits."""
        for nb, octets in (("0008", b"\xaa"), ("", b"\xaa\x55"), ("0800", b"\xaa\x55"), ("\xb2", b"\xaa\x55")):
            self.assertEqual(octets, body(Deliver(mt="4", nb=nb, msg="AA55")).octets)
        packed = Deliver(mt="4", nb="0070", msg="E8329BFD4697D9EC37", xser="020100")
        self.assertEqual(Body(octets=b"hellohello", encoding="gsm7"), body(packed))

    def test_half_a_character(self) -> None:
        """Does not shift what comes behind."""
        said = body(Deliver(mt="4", nb="0024", msg="041704", xser="020108"))
        self.assertEqual("З\ufffd", said.octets.decode(said.encoding))

    def test_data_coding_schemes(self) -> None:
        """TS 23.038, section 4."""
        for dcs, codec in (
            (0x00, "gsm7"), (0x04, "latin-1"), (0x08, "utf-16-be"), (0x10, "gsm7"), (0x18, "utf-16-be"),
            (0x44, "latin-1"), (0x88, "gsm7"), (0xC8, "gsm7"), (0xE0, "utf-16-be"), (0xF0, "gsm7"), (0xF5, "latin-1"),
        ):  # fmt: skip
            self.assertEqual(codec, coding(dcs), hex(dcs))

    @given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20)), max_size=4))
    def test_services_there_and_back(self, found: list[tuple[int, bytes]]) -> None:
        """Others than ours are kept."""
        self.assertEqual(tuple(found), services(xser(tuple(found))))


class AlphabetTests(SynchronousTestCase):
    def test_german(self) -> None:
        """Eight letters where ASCII has brackets; the brackets behind an escape, as in GSM."""
        german = ALPHABETS["german"]
        self.assertEqual(b"@[\\]{|}~", german.encode("§ÄÖÜäöüß"))
        self.assertEqual("§ÄÖÜäöüß", german.decode(b"@[\\]{|}~"))
        self.assertEqual(bytes.fromhex("1B3C1B3E1B281B291B65"), german.encode("[]{}€"))
        self.assertEqual("[]{}€", german.decode(bytes.fromhex("1B3C1B3E1B281B291B65")))
        for lost in "ñÑ¡":
            self.assertRaises(UnicodeEncodeError, german.encode, lost)

    def test_ascii(self) -> None:
        """As it is."""
        self.assertEqual(b"[a]@$", ALPHABETS["ascii"].encode("[a]@$"))
        self.assertRaises(UnicodeEncodeError, ALPHABETS["ascii"].encode, "é")

    @given(st.sampled_from(sorted(ALPHABETS)), st.text("aZ@$[]{}|~^\\€äöüß§éñ¡ 0"))
    def test_there_and_back(self, name: str, text: str) -> None:
        """Whatever an alphabet can say, it reads."""
        alphabet = ALPHABETS[name]
        try:
            octets = alphabet.encode(text)
        except UnicodeEncodeError:
            return
        self.assertEqual(text, alphabet.decode(octets))

    @given(st.binary(max_size=40))
    def test_any_octets_are_read(self, octets: bytes) -> None:
        """And none fails."""
        for alphabet in ALPHABETS.values():
            alphabet.decode(octets)

    def test_german_in_a_reply(self) -> None:
        """It is no codec of Python's: decoded first."""
        self.assertEqual(Body(octets="Ü".encode(), encoding="utf-8"), body(Deliver(mt="3", msg="5D"), "german"))
        self.assertEqual(Body(octets=b"]", encoding="ascii"), body(Deliver(mt="3", msg="5D"), "ascii"))


class AddressTests(SynchronousTestCase):
    def test_recipients(self) -> None:
        """As the account has it; +… fits or is told."""
        for how, written in (("digits", "250788000001"), ("plus", "+250788000001"), ("00", "00250788000001")):
            self.assertEqual(written, addresses.recipient("+250 788-000001", how))
            self.assertEqual("8500", addresses.recipient("8500", how))
        self.assertEqual(6, self.assertRaises(BadField, addresses.recipient, "+" + "1" * 15, "00").status)

    def test_originators(self) -> None:
        """International with OTOA 1139, a name with 5039, a short code plain."""
        for sender, written in (
            ("+250788000099", ("250788000099", "1139")),
            ("8500", ("8500", "")),
            ("5", ("5", "")),
            ("", ("", "")),
            *((name, (octets, "5039")) for name, octets in NAMES),
        ):
            self.assertEqual(written, addresses.originator(sender))
        self.assertRaises(BadField, addresses.originator, "1" * 17)

    def test_names(self) -> None:
        """Both ways; eleven septets at most, ? for what GSM lacks."""
        for name, octets in NAMES:
            self.assertEqual((octets, name), (addresses.packed(name), addresses.unpacked(octets)))
        self.assertEqual("Twelve lett", addresses.unpacked(addresses.packed("Twelve letters")))
        self.assertEqual("a?b", addresses.unpacked(addresses.packed("aжb")))
        self.assertEqual("1234567890", addresses.unpacked(addresses.packed("1234567890€")))

    def test_a_count_that_cannot_be(self) -> None:
        """What octets there are; eight septets that end in NUL are seven."""
        self.assertEqual("AL", addresses.address("FF4126", "5039"))
        self.assertEqual("MyBrand", addresses.unpacked("0ECDBC501E769301"))
        self.assertEqual("", addresses.unpacked(""))
        self.assertEqual("nohex", addresses.address("nohex", "5039"))

    @given(st.text("abcXYZ012 .-_€", max_size=11))
    def test_names_there_and_back(self, name: str) -> None:
        """Whatever fits."""
        if len(gsm7.encode(name)) <= 11:
            self.assertEqual(name, addresses.unpacked(addresses.packed(name)))

    def test_as_carriers_write(self) -> None:
        """1139, + and 00 give +digits; others stay as they are."""
        for number, otoa, expected in (
            ("250788000001", "1139", "+250788000001"),
            ("00250788000001", "", "+250788000001"),
            ("0788000001", "", "0788000001"),
            ("8500", "", "8500"),
        ):
            self.assertEqual(expected, addresses.address(number, otoa))


class StampTests(SynchronousTestCase):
    AT = 1795354875.0  # 2026-11-22 13:41:15 UTC

    def test_both_ways(self) -> None:
        """In the SMSC's own time."""
        self.assertEqual("221126134115", stamps.stamp(self.AT))
        self.assertEqual("221126164115", stamps.stamp(self.AT, 3.0))
        self.assertEqual(self.AT, stamps.moment("221126164115", 3.0))
        self.assertEqual(self.AT, stamps.moment("221126134115"))

    def test_minutes(self) -> None:
        """A validity never ends too early."""
        self.assertEqual("2211261342", stamps.minute(self.AT))
        self.assertEqual("2211261342", stamps.minute(self.AT + 45.0))
        self.assertEqual("2211261312", stamps.minute(self.AT, -0.5))

    def test_unreadable(self) -> None:
        """0.0, whatever it is."""
        for stamp in ("", "99999", "2211261341", "320126000000", "22112613411x", "\xb22112613411"):
            self.assertEqual(0.0, stamps.moment(stamp), stamp)


class ReasonTests(SynchronousTestCase):
    def test_in_words(self) -> None:
        """Known, unknown, none."""
        for rsn, words in (
            ("107", "107 absent subscriber"),
            ("003", "003 service temporarily not available"),
            ("300", "300"),
            ("000", ""),
            ("", ""),
            ("x", "x"),
        ):
            self.assertEqual(words, reasons.words(rsn))

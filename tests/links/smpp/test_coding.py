"""data_coding both ways: the standard's numbers, and a link's own."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp.coding import STANDARD, Codings, encoding
from chanserv.message import Coding
from chanserv.text import gsm7


class EncodingTests(SynchronousTestCase):
    """What a number says of octets."""

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
            ("euc_jp", [0x0D]),
            ("euc_kr", [0x0E]),
        ]
        for expected, codings in cases:
            for data_coding in codings:
                self.assertEqual(encoding(data_coding), expected, hex(data_coding))

    def test_a_default_alphabet_of_its_own(self) -> None:
        """0 is what the SMSC's owner says; the standard's other numbers stay."""
        for alphabet in ("gsm7", "gsm7-packed", "latin-1", "ascii", "utf-8"):
            codings = Codings(alphabet)
            self.assertEqual([codings.encoding(number) for number in (0, 8, 3)], [alphabet, "utf-16-be", "latin-1"])
            self.assertEqual([codings.number(coding) for coding in Coding], [0, 8, 4])

    def test_numbers_of_its_own(self) -> None:
        """What we write under a number, we read under it."""
        codings = Codings("latin-1", {"gsm7": 0xF1, "ucs2": 0x19, "octets": 0})
        self.assertEqual([codings.number(coding) for coding in Coding], [0xF1, 0x19, 0])
        self.assertEqual([codings.encoding(number) for number in (0xF1, 0x19, 0)], ["latin-1", "utf-16-be", "latin-1"])
        self.assertEqual(Codings("ascii", {"gsm7": 1}).encoding(0), "ascii")

    def test_the_standard(self) -> None:
        """A link that says nothing has the table."""
        for number in range(256):
            self.assertEqual(STANDARD.encoding(number), encoding(number))


class WrittenTests(SynchronousTestCase):
    """A GSM text in the SMSC's default alphabet."""

    def test_each_alphabet(self) -> None:
        """e acute, the euro's pair, and what an alphabet lacks."""
        cases: list[tuple[str, str, bytes]] = [
            ("gsm7", "é€", b"\x05\x1b\x65"),
            ("gsm7-packed", "hellohello", bytes.fromhex("E8329BFD4697D9EC37")),
            ("latin-1", "é[", b"\xe9["),
            ("ascii", "a[", b"a["),
            ("utf-8", "é€", "é€".encode()),
        ]
        for alphabet, text, octets in cases:
            self.assertEqual(Codings(alphabet).written(gsm7.encode(text), 0), octets, alphabet)
        for alphabet, text in (("latin-1", "€"), ("latin-1", "Δ"), ("ascii", "é")):
            self.assertRaises(UnicodeEncodeError, Codings(alphabet).written, gsm7.encode(text), 0)

    def test_packed_behind_a_header(self) -> None:
        """After the fill bit of six octets (TS 23.040, 9.2.3.24), and CR where seven bits are spare at the end."""
        packed = Codings("gsm7-packed")
        self.assertEqual(packed.written(b"a" * 7, 6), bytes.fromhex("C2E170381C0E03"))
        self.assertEqual(packed.written(b"a" * 8, 6), bytes.fromhex("C2E170381C0E871B"))

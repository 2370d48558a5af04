"""Segmentation, headers and reading back: examples to the octet, properties for the rest."""

from __future__ import annotations

import codecs

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp.coding import encoding
from chanserv.message import Coding, Segment
from chanserv.text import gsm7
from chanserv.text.cutting import Cutting
from chanserv.text.parts import MOST_PARTS, OCTETS, concatenation, cut, decode, join, plain, read_udh, weight
from tests.text.test_gsm7 import ALPHABET, EXAMPLES

ENCODINGS = sorted({encoding(data_coding) for data_coding in range(256)})
READ = {Coding.GSM7: "gsm7", Coding.UCS2: "utf-16-be"}

# Long texts of few characters: borders, not alphabets, are what may go wrong.
texts = st.text(max_size=40) | st.lists(
    st.tuples(st.sampled_from(["a", "€", "[", "я", "😀", "\n", "@"]), st.integers(1, 170)), max_size=5
).map(lambda runs: "".join(char * times for char, times in runs))


class ExampleTests(SynchronousTestCase):
    """Every worked example without national tables."""

    def test_cut(self) -> None:
        """Coding, headers and bodies."""
        for case in EXAMPLES:
            coding, slices = cut(case["text"], "exact", case["reference"], Cutting(wide=case["wide"]))
            self.assertEqual(coding, case["coding"], case["id"])
            self.assertEqual(
                [(one.udh.hex().upper(), one.body.hex().upper()) for one in slices],
                [(part["udh"], part["body"]) for part in case["parts"]],
                case["id"],
            )

    def test_read(self) -> None:
        """A header as it came says which part this is, and leaves the text."""
        for case in EXAMPLES:
            for number, part in enumerate(case["parts"], 1):
                udh, body = bytes.fromhex(part["udh"]), bytes.fromhex(part["body"])
                if udh:
                    segment = Segment(case["reference"], len(case["parts"]), number, case["wide"])
                    self.assertEqual(read_udh(udh + body), (segment, udh, body), case["id"])


class CutTests(SynchronousTestCase):
    """What every cut promises."""

    @settings(max_examples=150)
    @given(texts, st.booleans(), st.integers(0, 70000))
    @example("a" * 152 + "€" * 80, False, 1)
    @example("ሀ" * 66 + "😀" * 40, True, 1)
    def test_parts_fit_are_whole_and_join(self, text: str, wide: bool, reference: int) -> None:
        """No part is over 140 octets or ends inside a pair, and together they are the text."""
        coding, slices = cut(text, "exact", reference, Cutting(wide=wide))
        for one in slices:
            if coding is Coding.GSM7:
                size = len(one.udh) + len(gsm7.pack(one.body, len(one.udh)))
                self.assertFalse(one.body.endswith(b"\x1b"))
            else:
                size = len(one.udh) + len(one.body)
                one.body.decode("utf-16-be")  # a split pair would raise
            self.assertLessEqual(size, OCTETS)
        self.assertEqual(join((one.body for one in slices), READ[coding]), text)
        self.assertEqual(coding is Coding.GSM7, gsm7.fits(text))

    @settings(max_examples=100)
    @given(texts, st.booleans(), st.integers(0, 70000))
    def test_headers_count(self, text: str, wide: bool, reference: int) -> None:
        """One part has no header; several are numbered from 1 under one reference."""
        _, slices = cut(text, "exact", reference, Cutting(wide=wide))
        if len(slices) == 1:
            self.assertEqual(slices[0].udh, b"")
            return
        kept = reference % (65536 if wide else 256)
        for number, one in enumerate(slices, 1):
            self.assertEqual(read_udh(one.udh + one.body)[0], Segment(kept, len(slices), number, wide))

    def test_more_parts_than_a_header_counts(self) -> None:
        """255 are cut, 256 are refused."""
        self.assertEqual(len(cut("a" * 153 * MOST_PARTS, "exact", 1)[1]), MOST_PARTS)
        self.assertRaises(ValueError, cut, "a" * (153 * MOST_PARTS + 1), "exact", 1)

    def test_plain_costs_less(self) -> None:
        """Typographers' marks do not make two parts of one if the channel said "plain"."""
        text = "“" + "a" * 100 + "”"
        self.assertEqual(len(cut(text, "exact", 1)[1]), 2)
        coding, (only,) = cut(text, "plain", 1)
        self.assertEqual((coding, only.body[:1]), (Coding.GSM7, b'"'))


class CuttingTests(SynchronousTestCase):
    """What links ask for."""

    def test_what_an_alphabet_lacks_makes_it_ucs2(self) -> None:
        """Latin-1 and ASCII have a part of GSM each."""
        gsm, ucs = Coding.GSM7, Coding.UCS2
        for text, latin, ascii_ in (
            ("plain {text}", gsm, gsm),
            ("São Tomé", ucs, ucs),  # a tilde is not GSM, whatever Latin-1 has
            ("Tomé", gsm, ucs),
            ("5 €", ucs, ucs),
            ("ΔΩ", ucs, ucs),
            ("10 £ § ñ", gsm, ucs),
        ):
            found = [cut(text, "exact", 1, Cutting(says))[0] for says in ("latin-1", "ascii")]
            self.assertEqual([latin, ascii_], found, text)

    def test_plain_for_an_alphabet(self) -> None:
        """What it lacks is replaced, if that makes the whole text sayable."""
        for text, says, body in (
            ("Tomé “ok”", "ascii", b'Tome "ok"'),
            ("Tomé", "latin-1", b"Tom\x05"),
            ("5 €", "ascii", "5 €".encode("utf-16-be")),
        ):
            self.assertEqual(cut(text, "plain", 1, Cutting(says))[1][0].body, body)

    @settings(max_examples=100)
    @given(texts, st.booleans())
    def test_a_whole_text_weighs_what_its_parts_would(self, text: str, wide: bool) -> None:
        """One slice without a header; the count is that of ordinary parts."""
        coding, parts = cut(text, "exact", 1)
        again, (only,) = cut(text, "exact", 1, Cutting(whole=True, wide=wide))
        self.assertEqual((coding, b""), (again, only.udh))
        self.assertEqual(join([only.body], READ[coding]), text)
        self.assertEqual([weight(coding, parts), weight(coding, [only])], [len(parts)] * 2)

    def test_a_whole_text_has_an_end_as_well(self) -> None:
        """What no header can count, no carrier can cut."""
        self.assertRaises(ValueError, cut, "a" * (153 * MOST_PARTS + 1), "exact", 1, Cutting(whole=True))


class PlainTests(SynchronousTestCase):
    """Replacing what GSM lacks."""

    def test_likes(self) -> None:
        """Marks by their table, letters by their base; one hopeless character and nothing is touched."""
        cases = [
            ("", ""),
            ("plain {text} €", "plain {text} €"),
            ("’tis “so” – yes…", '\'tis "so" - yes...'),
            ("ação São Tomé", "acao Sao Tomé"),  # é is GSM and stays
            ("Muraho\u00a0neza", "Muraho neza"),
            ("ﬁn™ №", "finTM No"),
            ("naïve – привет", "naïve – привет"),
            ("“😀”", "“😀”"),
        ]
        for text, expected in cases:
            self.assertEqual(plain(text), expected)

    @given(st.text())
    def test_all_or_nothing(self, text: str) -> None:
        """Changed only if the whole becomes GSM, and then for good."""
        changed = plain(text)
        self.assertTrue(changed == text or gsm7.fits(changed))
        self.assertEqual(plain(changed), changed)

    @given(st.text(ALPHABET))
    def test_gsm_stays(self, text: str) -> None:
        """What can be said is not changed."""
        self.assertEqual(plain(text), text)


class HeaderTests(SynchronousTestCase):
    """User data headers from anywhere."""

    def test_tolerance(self) -> None:
        """Headers that are none, broken elements, reserved counts, several elements (TS 23.040, 9.2.3.24)."""
        cases: list[tuple[str, str, Segment | None, str, str]] = [
            ("nothing", "", None, "", ""),
            ("UDHL over the end", "140003010201", None, "", "140003010201"),
            ("UDHL just over the end", "0500030102", None, "", "0500030102"),
            ("a lone zero", "00", None, "", "00"),
            ("an empty header", "0041", None, "00", "41"),
            ("header, no text", "050003010201", Segment(1, 2, 1), "050003010201", ""),
            ("an element over UDHL", "05000901020174657874", None, "050009010201", "74657874"),
            ("part 0 of 2", "05000301020074657874", None, "050003010200", "74657874"),
            ("part 1 of 0", "05000301000174657874", None, "050003010001", "74657874"),
            ("part 3 of 2", "05000301020374", None, "050003010203", "74"),
            ("an element's length alone", "020003ff", None, "020003", "ff"),
            ("half an element", "0100ff", None, "0100", "ff"),
            ("ports before it", "0b05040b84000000030a020141", Segment(10, 2, 1), "0b05040b84000000030a0201", "41"),
            ("16 bits", "06080412340302ff", Segment(0x1234, 3, 2, True), "06080412340302", "ff"),
            ("two: the last", "0a000301020100030902027a", Segment(9, 2, 2), "0a00030102010003090202", "7a"),
            ("two: the last is void", "0a000301020100030900027a", Segment(1, 2, 1), "0a00030102010003090002", "7a"),
            ("both kinds", "0b000301020108040007020241", Segment(7, 2, 2, True), "0b0003010201080400070202", "41"),
            ("a length that is not its kind's", "04000201027a", None, "0400020102", "7a"),
        ]
        for about, octets, segment, header, rest in cases:
            expected = (segment, bytes.fromhex(header), bytes.fromhex(rest))
            self.assertEqual(read_udh(bytes.fromhex(octets)), expected, about)

    @given(st.binary(max_size=40))
    def test_any_octets(self, octets: bytes) -> None:
        """Never raises, loses nothing, and believes no count that cannot be."""
        segment, header, rest = read_udh(octets)
        self.assertEqual(header + rest, octets)
        if segment is not None:
            self.assertTrue(0 < segment.number <= segment.total <= MOST_PARTS)

    @given(st.integers(0, 65535), st.integers(1, 255), st.integers(1, 255), st.booleans(), st.binary(max_size=9))
    def test_headers_of_ours_read_back(self, reference: int, one: int, other: int, wide: bool, rest: bytes) -> None:
        """read_udh is the inverse of concatenation."""
        kept = reference if wide else reference % 256
        segment = Segment(kept, max(one, other), min(one, other), wide)
        header = concatenation(segment)
        self.assertEqual(read_udh(header + rest), (segment, header, rest))


class DecodeTests(SynchronousTestCase):
    """Octets from handsets."""

    def test_encodings_are_known(self) -> None:
        """Every encoding a data_coding can name is one of ours or of Python's."""
        for name in ENCODINGS:
            self.assertTrue(name == "gsm7" or codecs.lookup(name), name)

    @settings(max_examples=400)
    @given(st.binary(max_size=60), st.sampled_from(ENCODINGS))
    def test_never_fails(self, octets: bytes, encoding: str) -> None:
        """Any octets are some text that can be stored as UTF-8."""
        decode(octets, encoding).encode("utf-8")

    def test_half_characters(self) -> None:
        """Whole pairs are read, the rest is U+FFFD."""
        self.assertEqual(decode(b"\x04\x1f\x04", "utf-16-be"), "П\ufffd")
        self.assertEqual(decode(b"\xd8\x3d", "utf-16-be"), "\ufffd")
        self.assertEqual(decode(b"\xc3", "ascii"), "\ufffd")

    def test_a_pair_over_two_bodies(self) -> None:
        """Joined before it is read."""
        self.assertEqual(join((b"\xd8\x3d", b"\xde\x00"), "utf-16-be"), "😀")


class TextTests(SynchronousTestCase):
    """For carriers that take text and cut it themselves: parts of so many characters, none of them lost."""

    def parts(self, text: str, room: int) -> list[str]:
        coding, slices = cut(text, "exact", 1, Cutting(text=(room, room)))
        self.assertEqual({b""}, {each.udh for each in slices})
        return [decode(each.body, "gsm7" if coding is Coding.GSM7 else "utf-16-be") for each in slices]

    def test_one_part(self) -> None:
        """That fits, or where there is no bound; it weighs what it will be on the air."""
        self.assertEqual(["a" * 160], self.parts("a" * 160, 160))
        self.assertEqual(["☺" * 500], self.parts("☺" * 500, 0))
        coding, slices = cut("a" * 400, "exact", 1, Cutting(text=(0, 0)))
        self.assertEqual(3, weight(coding, slices))
        self.assertEqual(4, weight(*cut("a" * 400, "exact", 1, Cutting(text=(200, 100)))))

    def test_behind_a_space(self) -> None:
        """Where that costs a fifth of a part at the most; a longer word is cut where it must be."""
        words = "one two three four five six seven eight nine ten"
        self.assertEqual(["one two three four five six ", "seven eight nine ten"], self.parts(words, 30))
        self.assertEqual(["a" * 10, "a" * 10, "aaa"], self.parts("a" * 23, 10))
        self.assertEqual(["hello " + "w" * 12, "w" * 8], self.parts("hello " + "w" * 20, 20))

    def test_units(self) -> None:
        """Septets count double behind an ESC, and so do characters of two UTF-16 units; none is torn."""
        self.assertEqual(["€" * 5, "€"], self.parts("€" * 6, 10))
        self.assertEqual(["😀" * 5, "😀"], self.parts("😀" * 6, 10))

    @given(st.text(st.characters(codec="utf-8"), max_size=400), st.integers(2, 60))
    def test_nothing_is_lost(self, text: str, room: int) -> None:
        """Joined they are the text, and none is longer than it may be."""
        found = self.parts(text, room)
        self.assertEqual(text, "".join(found))

    def test_too_many(self) -> None:
        """As for any other link."""
        self.assertRaises(ValueError, cut, "a" * 600, "exact", 1, Cutting(text=(2, 2)))

"""Stamps, validity, the table of parameters, the tables of codes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.cimd2 import checks, stamps, verdicts
from chanserv.links.cimd2.codec import decode, encode
from chanserv.links.cimd2.packets import OPERATIONS, PARAMETERS, Packet, fault
from chanserv.message import Status, Verdict
from tests.links.cimd2.written import packet

NOON = 1_795_348_800.0  # 2026-11-22 12:00:00 UTC
VALUES = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\2\3\t"), max_size=40)


class CodecTests(SynchronousTestCase):
    @settings(deadline=None)
    @given(st.integers(0, 99), st.integers(0, 999), st.lists(st.tuples(st.integers(0, 999), VALUES)), st.booleans())
    def test_round_trip(self, operation: int, number: int, parameters: list[tuple[int, str]], checksum: bool) -> None:
        """Known or not, in order, repeated or not."""
        one = Packet(operation, number, tuple(parameters))
        self.assertEqual(one, decode(encode(one, checksum)))

    def test_what_cannot_be_written(self) -> None:
        """Octets that frame a packet, characters beyond Latin-1, more than 4096 octets."""
        for value in ("\0", "\2", "\3", "\t", "ж", "x" * 4096):
            self.assertRaises(BadField, encode, Packet(3, 1, ((33, value),)))


class StampTests(SynchronousTestCase):
    def test_both_ways(self) -> None:
        """By the SMSC's clock, however far ahead of UTC."""
        self.assertEqual("261122120000", stamps.write(NOON))
        self.assertEqual("261122173000", stamps.write(NOON + 0.9, 5.5))
        self.assertEqual(NOON, stamps.read("261122173000", 5.5))
        self.assertEqual(NOON, stamps.read("261122080000", -4.0))
        for wrong in ("", None, "261322120000", "26112212000", "abc"):
            self.assertEqual(0.0, stamps.read(wrong, 1.0), wrong)

    def test_zone(self) -> None:
        """Rounded to a quarter of an hour: clocks differ. None: no zone is so far ahead, or no stamp."""
        for stamp, zone in (
            ("261122120007", 0.0),
            ("261122134459", 1.75),
            ("261122040130", -8.0),
            ("261123120000", None),
            ("x", None),
        ):
            self.assertEqual(zone, stamps.zone(stamp, NOON), stamp)

    def test_validity(self) -> None:
        """TS 23.040, 9.2.3.12.1."""
        for seconds, octet in (
            (-5, 0),
            (300, 0),
            (3600, 11),
            (3899, 11),
            (43200, 143),
            (45000, 144),
            (86400, 167),
            (2 * 86400, 168),
            (30 * 86400, 196),
            (35 * 86400, 197),
            (63 * 7 * 86400, 255),
            (1e9, 255),
        ):
            self.assertEqual(octet, stamps.validity(seconds), seconds)

    @settings(deadline=None)
    @given(st.floats(300, 63 * 7 * 86400))
    def test_no_longer_than_asked(self, seconds: float) -> None:
        """What the octet says is what is left, or somewhat less: at most half of it."""
        octet = stamps.validity(seconds)
        said = (
            (octet + 1) * 300
            if octet < 144
            else 43200 + (octet - 143) * 1800
            if octet < 168
            else (octet - 166) * 86400
            if octet < 197
            else (octet - 192) * 7 * 86400
        )
        self.assertLessEqual(said, seconds)
        self.assertLess(seconds, 2 * said)


class TableTests(SynchronousTestCase):
    def test_parameters(self) -> None:
        """The bounds of each, and the error of one beyond them."""
        for code, right, wrong in (
            (10, ("u", "x" * 32), {"": 8, "x" * 33: 8}),
            (12, ("0", "9"), {"10": 107, "a": 8}),
            (19, ("1", "128"), {"0": 104, "129": 104}),
            (21, ("+251911", "0-12", "1" * 20), {"": 300, "25X": 300, "1" * 21: 300}),
            (23, ("8000",), {"ACME": 306}),
            (27, ("ACME 1",), {"": 321}),
            (30, ("0", "255"), {"256": 304, "UCS2": 8}),
            (32, ("050003A70201", ""), {"0500ZZ": 8, "050": 8, "00" * 141: 302}),
            (33, ("", "x" * 480), {"x" * 481: 302}),
            (34, ("deadBEEF",), {"x": 8}),
            (50, ("-1", "255"), {"-2": 305, "256": 305}),
            (51, ("261231235900",), {"2612312359": 305, "261331235900": 305}),
            (53, ("11",), {"x": 8}),
            (54, ("261231080000",), {"1": 308}),
            (56, ("0", "63"), {"64": 310}),
            (64, ("99",), {"100": 313, "AB": 8}),
            (65, ("9",), {"10": 314}),
            (67, ("1", "9"), {"0": 312, "10": 312}),
            (7, ("whatever",), {}),
        ):
            self.assertEqual({0}, {fault(code, value) for value in right}, code)
            self.assertEqual(wrong, {value: fault(code, value) for value in wrong}, code)

    def test_all_that_the_specification_names(self) -> None:
        """Eleven requests; every parameter has a name of its own."""
        self.assertEqual(11, len(OPERATIONS))
        self.assertEqual(len(PARAMETERS), len({name for name, _, _ in PARAMETERS.values()}))

    def test_a_text_fits(self) -> None:
        """160 septets, 153 behind a concatenation header, combinations undone; 140 octets; whole UTF-16 units."""
        header, septet = "|032:050003A70201", "_Oa"
        for data, error in (
            (f"|033:{160 * septet}", 0),
            (f"|033:{159 * septet}aa", 302),
            (f"{header}|033:{153 * 'x'}", 0),
            (f"{header}|033:{154 * 'x'}", 302),
            (f"|030:4|034:{140 * '00'}", 0),
            (f"{header}|030:4|034:{134 * '00'}", 0),
            (f"{header}|030:4|034:{135 * '00'}", 302),
            ("|030:8|034:041704", 302),
            ("", 0),
        ):
            self.assertEqual(error, checks.error(packet(f"03:003|021:111{data}")), data)

    def test_only_destinations_repeat(self) -> None:
        """Anything else twice is a syntax error."""
        self.assertEqual(0, checks.error(packet("03:003|021:1|021:2|033:x")))
        self.assertEqual(2, checks.error(packet("03:003|021:1|056:0|033:x|056:0")))

    def test_what_a_question_must_have(self) -> None:
        """And what each operation calls it if it has not."""
        for written, error in (
            ("04:003|021:111", 401),
            ("04:003|060:261122133000", 400),
            ("04:003|021:x|060:261122133000", 400),
            ("06:003|021:111", 602),
            ("06:003|059:3", 602),
            ("06:003|059:2|021:x|060:261122133000", 601),
            ("06:003|059:2|021:111|060:1", 600),
            ("05:003|068:3", 501),
            ("08:003", 800),
            ("09:003", 900),
        ):
            self.assertEqual(error, checks.error(packet(written)), written)


class VerdictTests(SynchronousTestCase):
    def test_errors(self) -> None:
        """Temporary ones are tried again; what names a parameter is for good."""
        for error, verdict in (
            (0, Verdict.TAKEN),
            (2, Verdict.REFUSED),
            (4, Verdict.LATER),
            (10, Verdict.LATER),
            (300, Verdict.REFUSED),
            (324, Verdict.LATER),
        ):
            self.assertEqual({verdict}, {verdicts.verdict(error, tries) for tries in (0, 9)}, error)

    def test_a_few_tries(self) -> None:
        """For what may mean anything, and for what we do not know."""
        for error in (1, 6, 9, 999):
            found = [verdicts.verdict(error, tries) for tries in range(4)]
            self.assertEqual([Verdict.LATER, Verdict.LATER, Verdict.REFUSED, Verdict.REFUSED], found)
        self.assertEqual("error 999", verdicts.name(999))

    def test_states(self) -> None:
        """As Kannel takes them."""
        found = {status: {code for code, (_, each) in verdicts.STATES.items() if each is status} for status in Status}
        self.assertEqual({4}, found[Status.DELIVERED])
        self.assertEqual({2, 3, 6, 7, 8, 9}, found[Status.FAILED])
        self.assertEqual({0, 1, 5}, found[Status.SENT])

    def test_causes(self) -> None:
        """In words, or the number."""
        self.assertEqual(
            ["", "memory full", "USSD error 760", "error 999"], list(map(verdicts.cause, (0, 22, 760, 999)))
        )

"""vici, octet by octet: the example of its README, and whatever else Hypothesis makes of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadFrame
from chanserv.tunnels.vici import DEEPEST, LONGEST, Framer, Kind, Packet, encode

# src/libcharon/plugins/vici/README.md, "Encoding example"
EXAMPLE = {
    "key1": "value1",
    "section1": {"sub-section": {"key2": "value2"}, "list1": ["item1", "item2"]},
}
OCTETS = bytes.fromhex(
    "03 04 6b657931 0006 76616c756531"
    "01 08 73656374696f6e31"
    "01 0b 7375622d73656374696f6e"
    "03 04 6b657932 0006 76616c756532"
    "02"
    "04 05 6c69737431"
    "05 0005 6974656d31"
    "05 0005 6974656d32"
    "06"
    "02"
)  # fmt: skip
GOLDEN = [
    (Packet(Kind.CMD_REQUEST, "list-sas"), "0000000a 00 08 6c6973742d736173"),
    (Packet(Kind.EVENT_REGISTER, "child-updown"), "0000000e 03 0c 6368696c642d7570646f776e"),
    (Packet(Kind.EVENT_CONFIRM), "00000001 05"),
    (Packet(Kind.EVENT_UNKNOWN), "00000001 06"),
    (Packet(Kind.CMD_UNKNOWN), "00000001 02"),
    (Packet(Kind.CMD_RESPONSE, "", {"k": "v"}), "00000007 01 03 01 6b 0001 76"),
    (Packet(Kind.EVENT, "list-sa", {"s": {"l": []}}), "00000011 07 07 6c6973742d7361 01 01 73 04 01 6c 06 02"),
]


def framed(body: str) -> bytes:
    octets = bytes.fromhex(body)
    return len(octets).to_bytes(4, "big") + octets


class GoldenTests(SynchronousTestCase):
    """Both ways."""

    def test_the_example(self) -> None:
        """As the README has it."""
        packet = Packet(Kind.CMD_RESPONSE, "", EXAMPLE)
        self.assertEqual(b"\x01" + OCTETS, encode(packet)[4:])
        self.assertEqual([packet], Framer().received(encode(packet)))

    def test_packets(self) -> None:
        """Of each kind that passes."""
        for packet, octets in GOLDEN:
            self.assertEqual(bytes.fromhex(octets), encode(packet), packet)
            self.assertEqual([packet], Framer().received(bytes.fromhex(octets)), packet)

    def test_octets_that_are_no_text(self) -> None:
        """Are shown as such; a certificate's name may be anything."""
        (packet,) = Framer().received(framed("01 03 01 6b 0001 ff"))
        self.assertEqual({"k": "\ufffd"}, packet.message)

    def test_a_section_that_comes_twice(self) -> None:
        """Is one."""
        (packet,) = Framer().received(framed("01 01 01 73 03 01 61 0000 02 01 01 73 03 01 62 0000 02"))
        self.assertEqual({"s": {"a": "", "b": ""}}, packet.message)


class BadTests(SynchronousTestCase):
    """What is no vici ends the connection."""

    def assert_bad(self, octets: bytes) -> str:
        return str(self.assertRaises(BadFrame, Framer().received, octets))

    def test_lengths(self) -> None:
        """None, or more than the daemon ever sends."""
        self.assertIn("0 octets", self.assert_bad(bytes(4)))
        self.assertIn(f"{LONGEST + 1} octets", self.assert_bad((LONGEST + 1).to_bytes(4, "big")))
        self.assert_bad(b"HTTP/1.1 400 Bad Request\r\n")

    def test_a_type_that_there_is_not(self) -> None:
        """Nobody knows what follows."""
        self.assertIn("type 9", self.assert_bad(framed("09")))

    def test_bad_messages(self) -> None:
        """Too short, or out of order."""
        for body in (
            "00", "00 05 6c69", "01 03 02 6b", "01 03 01 6b 0002 76", "01 05 0001 76", "01 06", "01 02", "01 07",
            "01 01 01 73", "01 04 01 6c", "01 04 01 6c 03 01 6b 0000 06", "01 04 01 6c 04 01 6d 06 06",
        ):  # fmt: skip
            self.assert_bad(framed(body))

    def test_too_deep(self) -> None:
        """Sections in sections have an end."""
        Framer().received(framed("01" + "01 01 73" * DEEPEST + "02" * DEEPEST))
        self.assert_bad(framed("01" + "01 01 73" * (DEEPEST + 1) + "02" * (DEEPEST + 1)))


names = st.text("abc-1", max_size=5)
values = st.text("aé€😀\0\x01\x02", max_size=8)
messages: Any = st.recursive(
    st.dictionaries(names, values | st.lists(values, max_size=3), max_size=3),
    lambda inner: st.dictionaries(names, inner | values, max_size=3),
    max_leaves=8,
)


class PropertyTests(SynchronousTestCase):
    @given(st.lists(messages, min_size=1, max_size=3), st.integers(1, 7))
    def test_any_cut(self, told: list[dict[str, Any]], cut: int) -> None:
        """Whatever is written is read, in whatever pieces it comes."""
        packets = [Packet(Kind.EVENT, "list-sa", message) for message in told]
        octets = b"".join(map(encode, packets))
        framer = Framer()
        seen = [packet for at in range(0, len(octets), cut) for packet in framer.received(octets[at : at + cut])]
        self.assertEqual(packets, seen)

    @given(st.binary(max_size=60))
    def test_anything(self, body: bytes) -> None:
        """Is read or refused, and raises nothing else."""
        try:
            Framer().received(len(body).to_bytes(4, "big") + body)
        except BadFrame:
            return

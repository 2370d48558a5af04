"""The GSM alphabet: every worked example, and the properties no example can show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.text import gsm7

EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "cases" / "gsm_examples.json").read_text(encoding="utf-8")
)
PARTS = [
    (f"{example['id']}.{number}", *(bytes.fromhex(part[key]) for key in ("udh", "body", "packed")))
    for example in EXAMPLES
    if example["coding"] == "gsm7"
    for number, part in enumerate(example["parts"], 1)
]
ALPHABET = "".join(gsm7.decode(bytes([code])) for code in range(128) if code != gsm7.ESC) + "\f^{}\\[~]|€"
septets = st.binary(max_size=200).map(lambda octets: bytes(octet & 0x7F for octet in octets))


class ExampleTests(SynchronousTestCase):
    """Octets made and checked by others."""

    def test_texts_become_their_septets(self) -> None:
        """The bodies of all parts are the septets of the text, and read back as it."""
        for example in EXAMPLES:
            if example["coding"] == "gsm7":
                whole = b"".join(bytes.fromhex(part["body"]) for part in example["parts"])
                self.assertEqual(gsm7.encode(example["text"]), whole, example["id"])
                self.assertEqual(gsm7.decode(whole), example["text"], example["id"])

    def test_what_is_not_gsm_is_refused(self) -> None:
        """An example that needs UTF-16 has no septets."""
        for example in EXAMPLES:
            self.assertEqual(gsm7.fits(example["text"]), example["coding"] == "gsm7", example["id"])

    def test_parts_pack_as_on_the_air(self) -> None:
        """Fill bits and septets behind the header, to the octet."""
        for name, udh, body, packed in PARTS:
            self.assertEqual(udh + gsm7.pack(body, len(udh)), packed, name)

    def test_parts_unpack(self) -> None:
        """The septet count says where the text ends: seven spare bits are no @."""
        for name, udh, body, packed in PARTS:
            self.assertEqual(gsm7.unpack(packed[len(udh) :], len(body), len(udh)), body, name)


class AlphabetTests(SynchronousTestCase):
    """The tables, and what is not in them."""

    def test_the_alphabet_is_whole(self) -> None:
        """127 characters and 10 behind ESC, no two the same."""
        self.assertEqual(len(set(ALPHABET)), 137)
        self.assertEqual(gsm7.decode(gsm7.encode(ALPHABET)), ALPHABET)

    def test_escapes(self) -> None:
        """ESC pairs known and unknown, doubled and cut off (TS 23.038, 6.2.1.1)."""
        cases = [
            (b"\x1b\x65", "€"),
            (b"a\x1b\x65b", "a€b"),
            (b"\x1b\x41", "A"),  # no extension there: the basic character
            (b"\x1b\x00", "@"),
            (b"\x1b\x1b", " "),
            (b"\x1b\x1bx", " x"),
            (b"\x1b\x1b\x1b\x65", " €"),
            (b"\x1b\x1b\x1b", " "),
            (b"a\x1b", "a"),
            (b"\x1b", ""),
            (b"\x80\xff", "\ufffd\ufffd"),
            (b"\x1b\x80", "\ufffd"),
        ]
        for octets, text in cases:
            self.assertEqual(gsm7.decode(octets), text, octets)

    def test_escape_is_no_character(self) -> None:
        """A text with U+001B would open a pair nobody wrote."""
        self.assertFalse(gsm7.fits("\x1be"))
        self.assertRaises(UnicodeEncodeError, gsm7.encode, "ça")

    def test_a_whole_payload_unpacks(self) -> None:
        """64 KiB, the most a message_payload holds, each septet where it belongs."""
        body = bytes(number % 128 for number in range(74_898))
        self.assertEqual(gsm7.unpack(gsm7.pack(body), len(body)), body)

    def test_unpack_gives_what_is_there(self) -> None:
        """A count beyond the octets is not believed."""
        self.assertEqual(gsm7.unpack(gsm7.pack(b"hello"), 99), b"hello")
        self.assertEqual(gsm7.unpack(b"", 5), b"")
        self.assertEqual(gsm7.unpack(b"", 5, 6), b"")


class PropertyTests(SynchronousTestCase):
    """For any text and any octets."""

    @given(st.text(ALPHABET))
    def test_round_trip(self, text: str) -> None:
        """What can be written reads back."""
        self.assertEqual(gsm7.decode(gsm7.encode(text)), text)

    @given(septets, st.integers(0, 20))
    def test_packing_is_undone_by_unpacking(self, body: bytes, header: int) -> None:
        """Behind a header of any length."""
        self.assertEqual(gsm7.unpack(gsm7.pack(body, header), len(body), header), body)

    @settings(max_examples=200)
    @given(st.lists(st.sampled_from([0x1B, 0x65, 0x00, 0x41, 0xFF]), max_size=12).map(bytes) | st.binary())
    def test_any_octets_are_some_text(self, octets: bytes) -> None:
        """Reading never fails, and never makes more characters than octets."""
        self.assertLessEqual(len(gsm7.decode(octets)), len(octets))

    @settings(max_examples=200)
    @given(st.text(ALPHABET, max_size=40), st.integers(0, 13))
    def test_fields_that_count_octets_only(self, text: str, header: int) -> None:
        """What is packed for one reads back; only an @ at its very end can be taken for padding, or a CR be doubled."""
        body = gsm7.encode(text)
        read = gsm7.unpack_all(gsm7.pack_padded(body, header), header)
        self.assertIn(read, {body, body.removesuffix(b"\0")} | ({body + b"\r"} if body.endswith(b"\r") else set()))

    def test_padding(self) -> None:
        """Seven spare bits hold CR; a CR at an octet's end gets another, unless there is no room (6.1.2.3.1)."""
        for body, packed in (
            (b"1234567", "31D98C56B3DD1A"),
            (b"12345678", "31D98C56B3DD70"),
            (b"1234567\r", "31D98C56B3DD1A0D"),
            (b"", ""),
        ):
            self.assertEqual(gsm7.pack_padded(body).hex().upper(), packed)
        self.assertEqual(len(gsm7.pack_padded(b"a" * 159 + b"\r")), 140)
        self.assertEqual(gsm7.unpack_all(bytes.fromhex("31D98C56B3DD1A0D")), b"1234567\r\r")

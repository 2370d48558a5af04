"""Golden octets: every PDU both ways, every malformed one to its fault, any cut of the stream.

The octets were written by hand from the standards and read by tshark and three
other SMPP libraries; none came out of our encoder.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadFrame, WireError
from chanserv.links.smpp import receipts, texts, tlvs
from chanserv.links.smpp.broadcasts import BroadcastSm
from chanserv.links.smpp.codec import BadBody, Frames, decode, encode
from chanserv.links.smpp.fields import Address, Unsuccess
from chanserv.links.smpp.pdus import DataSm, DeliverSm, EnquireLink, Pdu, SubmitMulti, Unknown
from tests import mutation
from tests.links.cuts import SIZES, patterned

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent.parent / "vectors" / "smpp.json").read_text(encoding="utf-8")
)

VALID = [vector for vector in VECTORS if vector["kind"] == "valid"]
MALFORMED = {vector["id"]: vector for vector in VECTORS if vector["kind"] == "malformed"}
STREAM = b"".join(bytes.fromhex(vector["hex"]) for vector in VALID)
COUNTS = ("sm_length", "no_unsuccess", "number_of_dests")  # said by the value itself

# What decoding has to say to each; the rest of a reaction is the session's matter.
FRAME, WAIT, READ = "the stream is lost", "waits for more", "is read"
FATES: dict[str, str | tuple[int, ...]] = {
    "smpp-m001": FRAME,
    "smpp-m002": FRAME,
    "smpp-m003": FRAME,
    "smpp-m006": FRAME,
    "smpp-m007": WAIT,
    "smpp-m015": (0x02, 0x0E),
    "smpp-m024": (0x0A, 0x02),
    "smpp-m027": (0x15,),
    "smpp-m028": (0x01,),
    "smpp-m029": (0xC0, 0x01),
    "smpp-m031": (0xC0,),
    "smpp-m054": (0x40,),
}


def frames(octets: bytes) -> list[bytes]:
    return list(Frames().feed(octets))


def written(value: Any) -> Any:
    """One of our field values as the vectors write it."""
    match value:
        case bytes():
            return value.decode("latin-1")
        case Unsuccess(ton, npi, number, status):
            address = {"dest_addr_ton": ton, "dest_addr_npi": npi, "destination_addr": number.decode("latin-1")}
            return {**address, "error_status_code": status}
        case tuple():
            return [written(one) for one in value]
    return value


class ValidTests(SynchronousTestCase):
    """What others wrote, we read and write."""

    def test_names_and_values(self) -> None:
        """Class, header and every field of every PDU of 3.4 and 5.0, and what their TLVs say."""
        for vector in VALID:
            pdus = [decode(frame) for frame in frames(bytes.fromhex(vector["hex"]))]
            for pdu, expected in zip(pdus, vector["decoded"], strict=True):
                self.check(vector["id"], pdu, expected)

    def check(self, name: str, pdu: Pdu, expected: dict[str, Any]) -> None:
        self.assertEqual(pdu.sequence, expected["sequence_number"], name)
        self.assertEqual(pdu.status, expected["command_status"], name)
        self.assertEqual(type(pdu).__name__.lower(), expected["command"].replace("_", ""), name)
        self.assertEqual(pdu.command_id, int(expected["command_id"], 16), name)
        for field, value in (expected["body"] or {}).items():
            if field == "short_message":
                self.assertEqual(getattr(pdu, field).hex(), value, name)
            elif field not in COUNTS:
                self.assertEqual(written(getattr(pdu, field)), value, (name, field))
        self.assertEqual(
            pdu.tlvs, tuple((int(one["tag"], 16), bytes.fromhex(one["value_hex"])) for one in expected.get("tlvs", []))
        )
        for one in expected.get("tlvs", []):
            self.check_tlv(name, pdu, int(one["tag"], 16), one)

    def check_tlv(self, name: str, pdu: Pdu, tag: int, expected: dict[str, Any]) -> None:
        self.assertEqual(tlvs.name(tag), expected["name"] or f"TLV {expected['tag']}", name)
        if "value" in expected:
            self.assertEqual(tlvs.read(tag, bytes.fromhex(expected["value_hex"])), expected["value"], name)
        self.assertEqual(pdu.tlv(tag), bytes.fromhex(expected["value_hex"]), name)

    def test_they_are_written_as_they_came(self) -> None:
        """To the octet."""
        for vector in VALID:
            octets = bytes.fromhex(vector["hex"])
            self.assertEqual(b"".join(encode(decode(frame)) for frame in frames(octets)), octets, vector["id"])

    def test_all_of_them_are_here(self) -> None:
        """As many as were written: 74 good ones, 42 malformed."""
        self.assertEqual((len(VALID), len(MALFORMED)), (74, 42))

    def test_what_structured_tlvs_say(self) -> None:
        """Two numbers, a format and its octets, the parts of a callback number; nothing of what is cut short."""
        cases: list[tuple[str, object]] = [
            ("0423 03001b", (3, 27)),
            ("0423 0300", None),
            ("0605 08003c", (8, 60)),
            ("0601 010010", (1, 16)),
            ("0606 004164646973", (0, b"Addis")),
            ("0202 801234", (0x80, b"\x12\x34")),
            ("0202", None),
            ("0381 0001012b323531", (0, 1, 1, b"+251")),
            ("0381 0001", None),
            ("0604 0003", 3),
            ("0604 03", 3),
            ("130c", None),
            ("130c 01", 1),
            ("0010 01", 1),
            ("001e 3737", "77"),
            ("1401 00ff", b"\0\xff"),
            ("1383 1100", b"\x11\0"),
        ]
        for octets, said in cases:
            tag, value = int(octets[:4], 16), bytes.fromhex(octets[4:])
            self.assertEqual(tlvs.read(tag, value), said, octets)

    def test_a_broadcast(self) -> None:
        """broadcast_sm with its mandatory TLVs (5.0, 4.4.1)."""
        octets = bytes.fromhex(
            "0000005b 00000111 00000000 00000068 43425300 00 00 3830303000 00 00 00 00 00 03 00"
            "0606 0006 004164646973 0601 0003 000000 0604 0002 0001 0605 0003 08003c 0424 0004 68657921"
            "0606 0005 0041646d61 060a 0001 01 0600 0001 00"
        )
        pdu = BroadcastSm(
            sequence=104,
            service_type=b"CBS",
            source_addr=b"8000",
            data_coding=3,
            tlvs=(
                (0x606, b"\0Addis"),
                (0x601, bytes(3)),
                (0x604, b"\0\1"),
                (0x605, b"\x08\0\x3c"),
                (0x424, b"hey!"),
                (0x606, b"\0Adma"),
                (0x60A, b"\1"),
                (0x600, b"\0"),
            ),
        )
        self.assertEqual(decode(octets), pdu)
        self.assertEqual(encode(pdu), octets)

    def test_a_list_of_destinations(self) -> None:
        """submit_multi: an address and a list's name (3.4, 4.5.1)."""
        octets = bytes.fromhex(
            "0000003f 00000021 00000000 00000007 00 03 00 3830303000 02"
            "01 01 01 32353139313130303030303100 02 5649505300 00 00 00 00 00 00 00 00 00 02 6869"
            "0424 0000"
        )
        pdu = SubmitMulti(
            sequence=7,
            source_addr_ton=3,
            source_addr=b"8000",
            dest_address=(Address(1, 1, b"251911000001"), Address(number=b"VIPS", listed=True)),
            short_message=b"hi",
            tlvs=((tlvs.MESSAGE_PAYLOAD, b""),),
        )
        self.assertEqual(decode(octets), pdu)
        self.assertEqual(encode(pdu), octets)


class MalformedTests(SynchronousTestCase):
    """What must not throw us."""

    def test_each_has_its_fate(self) -> None:
        """The status to answer, the stream given up, or a tolerant reading."""
        for name, vector in MALFORMED.items():
            self.assertEqual(
                self.fate(bytes.fromhex(vector["hex"]), FATES.get(name, READ)), None, (name, vector["about"])
            )

    def fate(self, octets: bytes, expected: str | tuple[int, ...]) -> str | None:
        """None if it is the expected one."""
        try:
            found = frames(octets)
            pdus = [decode(frame) for frame in found]
        except BadFrame:
            return None if expected == FRAME else "gave up the stream"
        except BadBody as fault:
            header = (int.from_bytes(octets[4:8], "big"), int.from_bytes(octets[12:16], "big"))
            right = (fault.command_id, fault.sequence) == header and fault.status in expected
            return None if right else f"answered 0x{fault.status:02x}"
        return None if expected == (READ if pdus else WAIT) else f"read {pdus}"

    def test_tolerant_readings(self) -> None:
        """What is read where the standard is not kept."""
        cases = [
            ("smpp-m009", Unknown(sequence=5, command=0xAA)),
            ("smpp-m010", Unknown(sequence=6, command=0x104, body=bytes(4))),
        ]
        for name, pdu in cases:
            self.assertEqual(decode(bytes.fromhex(MALFORMED[name]["hex"])), pdu, name)
        values = [
            ("smpp-m018", "system_id", b"u"),
            ("smpp-m018", "tlvs", ()),
            ("smpp-m056", "message_id", b"M-1"),
            ("smpp-m056", "unsuccess_sme", ()),
            ("smpp-m057", "message_id", b"1234"),
            ("smpp-m058", "system_id", b"SMSC"),
            ("smpp-m060", "status", 3),
            ("smpp-m063", "tlvs", ((0x204, b"\0\1"), (0x204, b"\0\2"))),
        ]
        for name, field, value in values:
            self.assertEqual(getattr(decode(bytes.fromhex(MALFORMED[name]["hex"])), field), value, name)

    def test_the_first_of_two_tlvs_counts(self) -> None:
        """user_message_reference may not repeat."""
        self.assertEqual(decode(bytes.fromhex(MALFORMED["smpp-m063"]["hex"])).number(0x204), 1)

    def test_tls_is_named(self) -> None:
        """Whoever reads the log should know why."""
        with self.assertRaisesRegex(BadFrame, "TLS"):
            frames(bytes.fromhex(MALFORMED["smpp-m006"]["hex"]))


class StreamTests(SynchronousTestCase):
    """TCP keeps no borders."""

    @settings(max_examples=30, deadline=None)
    @given(SIZES)
    def test_any_cut_gives_the_same_frames(self, sizes: list[int]) -> None:
        """Pieces of one to seven octets, in any pattern."""
        stream = Frames()
        found = [frame for piece in patterned(STREAM, sizes) for frame in stream.feed(piece)]
        self.assertEqual(found, frames(STREAM))

    def test_good_frames_come_before_the_fault(self) -> None:
        """A broken length takes nothing with it that was whole."""
        good = bytes.fromhex(VALID[0]["hex"])
        for name in ("smpp-m001", "smpp-m002", "smpp-m003", "smpp-m006"):
            found, stream = [], Frames()
            with self.assertRaises(BadFrame):
                for frame in stream.feed(good + good + bytes.fromhex(MALFORMED[name]["hex"])):
                    found.append(frame)
            self.assertEqual(found, [good, good], name)

    def test_four_octets_are_enough_to_give_up(self) -> None:
        """An impossible length is not waited for."""
        self.assertEqual(frames(b"\xff\xff\xff"), [])
        self.assertRaises(BadFrame, frames, b"\xff\xff\xff\xff")

    def test_a_limit_of_its_own(self) -> None:
        """A server may allow less."""
        self.assertEqual(list(Frames(16).feed(encode(EnquireLink()))), [encode(EnquireLink())])
        self.assertRaises(BadFrame, list, Frames(16).feed(b"\0\0\0\x11"))


class MutationTests(SynchronousTestCase):
    """Octets gone wrong on the way."""

    def test_twenty_thousand(self) -> None:
        """Only WireError comes out of decoding and reading, and never late; `make prove` reads a million."""
        self.assertEqual((), mutation.read(MUTATIONS, 20_000).late)


def seconds(octets: bytes) -> float:
    """The processor's time for reading them, whatever they are."""
    began = time.process_time()
    try:
        for frame in Frames().feed(octets):
            read_all(decode(frame))
    except WireError:
        pass
    return time.process_time() - began


def mutated(chance: random.Random, octets: bytes) -> bytes:
    """Some octets changed, put in or taken out; mostly the length is made right again."""
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        changed[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    if chance.random() < 0.9 and len(changed) >= 4:
        changed[:4] = len(changed).to_bytes(4, "big")
    return bytes(changed)


def read_all(pdu: Pdu) -> None:
    """Everything the link would do with it; what was read can be written."""
    encode(pdu)
    if isinstance(pdu, DeliverSm | DataSm):
        for radix in ("auto", "hex", "decimal", "same"):
            receipts.read(pdu, "smsc", radix)
        texts.mo(pdu, "smsc", 0.0)


MUTATIONS = mutation.Mutations("smpp", 34, [bytes.fromhex(vector["hex"]) for vector in VECTORS], mutated, seconds)

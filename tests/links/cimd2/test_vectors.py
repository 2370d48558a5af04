"""Golden octets: every packet both ways, every malformed one to its fault, any cut of the stream.

The octets were written by hand from the specification and read by tshark and
jcimd; none came out of our encoder.
"""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress as but_for
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadFrame, WireError
from chanserv.links.cimd2 import content, reports
from chanserv.links.cimd2.codec import BadPacket, Frames, decode, encode
from chanserv.links.cimd2.packets import GENERAL_ERROR, NACK, SUBMIT, Packet
from chanserv.links.cimd2.session import Session
from chanserv.links.cimd2.smsc import Cimd2Desk
from tests import mutation
from tests.links.cuts import SIZES, patterned

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "cimd2.json").read_text(encoding="utf-8")
)

VALID = [vector for vector in VECTORS if vector["kind"] == "valid"]
MALFORMED = {vector["id"]: vector for vector in VECTORS if vector["kind"] == "malformed"}
STREAM = b"".join(bytes.fromhex(vector["hex"]) for vector in VALID)

# What decoding has to say to each: the operation of the answer. The rest is read; what it says, the desk's tests hold.
SUBMITTED = SUBMIT + 50
FATES = {
    "cimd2-m001": NACK,
    "cimd2-m003": NACK,
    "cimd2-m004": NACK,
    "cimd2-m005": NACK,
    "cimd2-m010": GENERAL_ERROR,
    "cimd2-m017": SUBMITTED,
    "cimd2-m018": SUBMITTED,
    "cimd2-m019": SUBMITTED,
}


def frames(octets: bytes) -> list[bytes]:
    return list(Frames().feed(octets))


class ValidTests(SynchronousTestCase):
    """What others wrote, we read and write."""

    def test_names_and_values(self) -> None:
        """Operation, number and every parameter, in order."""
        for vector in VALID:
            found = [decode(frame) for frame in frames(bytes.fromhex(vector["hex"]))]
            expected = [
                Packet(one["operation"], one["number"], tuple((code, value) for code, value in one["parameters"]))
                for one in vector["decoded"]
            ]
            self.assertEqual(expected, found, vector["id"])

    def test_they_are_written_as_they_came(self) -> None:
        """To the octet, with their checksum or without."""
        for vector in VALID:
            for frame, one in zip(frames(bytes.fromhex(vector["hex"])), vector["decoded"], strict=True):
                self.assertEqual(frame, encode(decode(frame), checksum=one["checksum"] is not None), vector["id"])

    def test_texts(self) -> None:
        """Combinations, escapes, Latin-1 octets, UTF-16."""
        told = [vector for vector in VALID if vector.get("text") is not None]
        self.assertGreater(len(told), 10)
        for vector in told:
            packet = decode(frames(bytes.fromhex(vector["hex"]))[0])
            self.assertEqual(vector["text"], content.read(packet).text, vector["id"])


class MalformedTests(SynchronousTestCase):
    """What must not throw us."""

    def test_each_has_its_fate(self) -> None:
        """The operation that answers it, or a tolerant reading."""
        for name, vector in MALFORMED.items():
            [frame] = frames(bytes.fromhex(vector["hex"]))
            fate = None
            try:
                decode(frame)
            except BadPacket as fault:
                fate = fault.answer
            self.assertEqual(FATES.get(name), fate, (name, vector["about"]))

    def test_what_was_readable_is_told(self) -> None:
        """An answer needs the number."""
        with self.assertRaises(BadPacket) as caught:
            decode(bytes.fromhex(MALFORMED["cimd2-m017"]["hex"]))
        self.assertEqual((2, Packet(SUBMIT, 5, ((33, "x"),))), (caught.exception.status, caught.exception.packet))

    def test_tolerant_readings(self) -> None:
        """A checksum in lower case, no TAB before ETX, a lone underscore."""
        self.assertEqual("Helloaaaaaaa", decode(bytes.fromhex(MALFORMED["cimd2-m002"]["hex"])).get(33))
        self.assertEqual(Packet(40, 5), decode(bytes.fromhex(MALFORMED["cimd2-m016"]["hex"])))
        self.assertEqual("abc_", content.read(decode(bytes.fromhex(MALFORMED["cimd2-m036"]["hex"]))).text)


class StreamTests(SynchronousTestCase):
    """TCP keeps no borders."""

    @settings(max_examples=30, deadline=None)
    @given(SIZES)
    def test_any_cut_gives_the_same_frames(self, sizes: list[int]) -> None:
        """Pieces of one to seven octets, in any pattern."""
        stream = Frames()
        found = [frame for piece in patterned(STREAM, sizes) for frame in stream.feed(piece)]
        self.assertEqual(found, frames(STREAM))
        self.assertEqual(44, len(found))


class MutationTests(SynchronousTestCase):
    """Octets gone wrong on the way."""

    def test_twenty_thousand(self) -> None:
        """Only WireError comes out of decoding and reading, and never late; `make prove` reads a million."""
        self.assertEqual((), mutation.read(MUTATIONS, 20_000).late)


def seconds(octets: bytes) -> float:
    """The processor's time for reading them, whatever they are, and for both ends to react."""
    began = time.process_time()
    for frame in stream(octets):
        with but_for(WireError):
            read_all(decode(frame))
    react(octets)
    return time.process_time() - began


def stream(octets: bytes) -> list[bytes]:
    try:
        return frames(octets)
    except BadFrame:
        return []


def mutated(chance: random.Random, octets: bytes) -> bytes:
    """Some octets changed, put in or taken out; mostly the checksum is made right again, or left out."""
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        changed[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    last = changed.rfind(b"\t") + 1
    if last and chance.random() < 0.7:
        changed[last:] = (b"%02X\3" % (sum(changed[:last]) & 0xFF)) if chance.random() < 0.5 else b"\3"
    return bytes(changed)


def read_all(packet: Packet) -> None:
    """Everything the link would do with it; what was read can be written."""
    encode(packet)
    content.user_data(packet)
    reports.report(packet, "smsc", 2.0)
    reports.text(packet, "smsc", None, 0.0)


def react(octets: bytes) -> None:
    """Our session and the carrier's, signed in."""
    ours, theirs = Session(), Cimd2Desk(0.0)
    ours.open(0.0)
    ours.received(0.0, encode(Packet(51, 1)))
    ours.received(0.0, octets)
    ours.flush()
    theirs.received(0.0, encode(Packet(1, 1, ((10, "u"), (11, "p")))))
    theirs.received(0.0, octets)


MUTATIONS = mutation.Mutations("cimd2", 34, [bytes.fromhex(vector["hex"]) for vector in VECTORS], mutated, seconds)

"""Golden octets: every operation both ways, every malformed one to its reaction, any cut of the stream.

The octets are published examples, or were written by hand and read by tshark
and a Perl library; none came out of our encoder.
"""

from __future__ import annotations

import contextlib
import json
import random
import time
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField, WireError
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Refused, Submitted
from chanserv.links.terms import State
from chanserv.links.ucp import checks, deliveries
from chanserv.links.ucp.bodies import body
from chanserv.links.ucp.codec import Frames, Malformed, decode, encode
from chanserv.links.ucp.operations import CallInput, Message, Operation, Submit, Transfer, Unknown
from chanserv.links.ucp.results import Result
from chanserv.links.ucp.session import Session
from chanserv.links.ucp.smsc import UcpDesk
from chanserv.links.ucp.terms import Login, Submission
from chanserv.message import Receipt, Status
from chanserv.settings import UcpSettings
from chanserv.text.parts import decode as text_of
from tests import mutation
from tests.links.cuts import SIZES, patterned
from tests.links.ucp.test_session import S

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent.parent / "vectors" / "ucp.json").read_text(encoding="utf-8")
)

VALID = [vector for vector in VECTORS if vector["kind"] == "valid"]
MALFORMED = {vector["id"][-4:]: bytes.fromhex(vector["hex"]) for vector in VECTORS if vector["kind"] == "malformed"}
STREAM = b"".join(bytes.fromhex(vector["hex"]) for vector in VALID)
OWN = UcpSettings(name="a")
ALPHABETS = tuple(UcpSettings(name="a", alphabet=each) for each in ("gsm7", "ascii", "german"))

NAMES = {"NMsg": "msg", "AMsg": "msg", "Msg": "msg", "NAd": "nad", "RAdC": "radc"}
# What decoding says: the error code to answer, 0 where nobody can be answered; the others are read.
FAULTS = {"m001": 1, "m003": 1, "m004": 2, "m006": 2, "m008": 0, "m009": 0, "m010": 0, "m041": 2}
# What a server answers to those that are for one: the error code, 0 for A, None for nothing.
SERVER: dict[str, int | None] = {
    **{name: code or None for name, code in FAULTS.items()},
    "m011": 3,
    "m012": 3,
    "m013": 0,
    "m014": 0,
    "m017": 2,
    "m019": 2,
    "m020": 2,
    "m021": 23,
    "m023": 2,
    "m026": 2,
    "m037": 0,
    "m039": None,
}


def frames(octets: bytes) -> list[bytes]:
    return Frames().feed(octets)


def said(out: bytes | bytearray) -> list[Operation | Result]:
    return [decode(frame) for frame in frames(bytes(out))]


class ValidTests(SynchronousTestCase):
    """What others wrote, we read and write."""

    def test_names_and_values(self) -> None:
        """Number, direction, operation and every field."""
        for vector in VALID:
            found = [decode(frame) for frame in frames(bytes.fromhex(vector["hex"]))]
            for one, expected in zip(found, vector["decoded"], strict=True):
                self.check(vector["id"], one, expected)

    def check(self, name: str, one: Operation | Result, expected: dict[str, Any]) -> None:
        self.assertEqual(expected["trn"], one.trn, name)
        self.assertEqual(expected["kind"], "R" if isinstance(one, Result) else "O", name)
        if isinstance(one, Result):
            self.assertEqual(expected["ot"], one.ot, name)
            return self.check_result(name, one, dict(expected["fields"]))
        self.assertEqual(expected["ot"], one.kind, name)
        for field, value in expected["fields"]:
            self.assertEqual(value, getattr(one, NAMES.get(field, field.lower())), (name, field))
        return None

    def check_result(self, name: str, one: Result, expected: dict[str, str]) -> None:
        self.assertEqual("ACK" in expected, one.well, name)
        self.assertEqual(int(expected["EC"]) if "EC" in expected else None, one.ec, name)
        self.assertEqual(expected["SM"], one.sm, name)

    def test_they_are_written_as_they_came(self) -> None:
        """To the octet."""
        for vector in VALID:
            octets = bytes.fromhex(vector["hex"])
            self.assertEqual(b"".join(encode(decode(frame)) for frame in frames(octets)), octets, vector["id"])

    def test_their_texts(self) -> None:
        """Escapes, UCS-2, behind a header: what a handset would show."""
        shown = 0
        for vector in VALID:
            if "text" in vector:
                [frame] = frames(bytes.fromhex(vector["hex"]))
                found = body(decode(frame))  # type: ignore[arg-type]
                self.assertEqual(vector["text"], text_of(found.octets, found.encoding), vector["id"])
                shown += 1
        self.assertGreater(shown, 15)

    def test_a_server_takes_them(self) -> None:
        """Every 51, 01 and 30 is well formed to a good SMSC, but a published NMsg with letters in it."""
        for vector in VALID:
            for one in said(bytes.fromhex(vector["hex"])):
                if isinstance(one, CallInput | Submit | Transfer) and vector["about"] != "01 call input, numeric":
                    self.assertEqual(0, checks.status(one), vector["id"])


class MalformedTests(SynchronousTestCase):
    """What must not throw us."""

    def test_each_has_its_fault(self) -> None:
        """The code to answer under the number it came with; or a tolerant reading."""
        for name, octets in MALFORMED.items():
            for frame in frames(octets):
                try:
                    decode(frame)
                except Malformed as fault:
                    self.assertEqual((FAULTS.get(name), 18, "51"), (fault.status, fault.trn, fault.ot), name)
                except BadField as fault:
                    self.assertEqual((FAULTS.get(name), 0), (0, fault.status), name)
                else:
                    self.assertNotIn(name, FAULTS)

    def test_a_server_s_reactions(self) -> None:
        """N with the right code, under the number of the operation; nothing, where nobody can be answered."""
        for name, code in SERVER.items():
            desk = UcpDesk(0.0)
            desk.received(0.0, MALFORMED[name])
            for event in desk.events:
                if isinstance(event, Submitted):
                    desk.answer(event.sequence, 7)
            heard = [(one.trn, one.ec) for one in said(desk.out) if isinstance(one, Result)]
            expected = [] if code is None else [(18, code or 7)]
            self.assertEqual(expected, heard, name)
            self.assertFalse(desk.closed, name)

    def test_who_must_sign_in(self) -> None:
        """51 before 60: N 04; 60 without a password: N 07."""
        desk = UcpDesk(0.0, Behaviour(password="secret"))
        desk.received(0.0, MALFORMED["m028"])
        self.assertEqual([Result(trn=18, ot="51", values=("N", "04", ""))], said(desk.out))
        self.assertEqual([Refused(4)], desk.events)
        desk.out.clear()
        desk.received(0.0, MALFORMED["m029"])
        self.assertEqual([Result(trn=0, ot="60", values=("N", "07", ""))], said(desk.out))
        self.assertTrue(desk.closed)

    def test_results_without_sense(self) -> None:
        """One nobody waits for is late; neither A nor N is a syntax error, N without a code an unknown one."""
        for name, code in (("m030", None), ("m032", 2), ("m033", -1)):
            session = Session(login=Login())
            session.open(0.0)
            for to in range(19):
                session.submit(0.0, Submission(operation=S(str(to)), to=str(to), message=to))
            session.flush()
            session.events.clear()
            session.received(1.0, MALFORMED[name])
            self.assertEqual([] if code is None else [code], [event.status for event in session.events], name)  # type: ignore[union-attr]
            self.assertEqual((code is None, b"", State.BOUND), (bool(session.late), session.flush(), session.state))

    def test_notifications_without_sense(self) -> None:
        """Are acknowledged, or they come again: an unknown Dst says nothing, an unreadable SCTS is nobody's."""
        for name, ids, status in (
            ("m035", ("1000001:221126133000",), Status.SENT),
            ("m036", (), Status.DELIVERED),
        ):
            session = Session(login=Login())
            session.open(0.0)
            session.received(0.0, MALFORMED[name])
            pdu = session.events[-1].pdu  # type: ignore[union-attr]
            receipt = deliveries.read(pdu, 0.0, OWN)
            assert isinstance(receipt, Receipt)
            self.assertEqual((ids, status), (receipt.carrier_ids, receipt.status), name)
            session.answer(0.0, pdu, True)
            self.assertEqual([Result(trn=0, ot="53", values=("A", "", ""))], said(session.flush()), name)

    def test_each_is_looked_at(self) -> None:
        """By one of the tests above."""
        others = {"m028", "m029", "m030", "m032", "m033", "m035", "m036"}
        self.assertEqual(set(MALFORMED), set(SERVER) | others)

    def test_patience(self) -> None:
        """What a server refuses in a 51, a client reads in a 52."""
        for name, octets in (("m019", b"\xaa\xbb"), ("m020", b"\xaa\xbb"), ("m023", b"x"), ("m026", b"x")):
            [pdu] = said(MALFORMED[name])
            self.assertEqual(octets, body(pdu).octets, name)  # type: ignore[arg-type]
        [pdu] = said(MALFORMED["m026"])
        assert isinstance(pdu, Message)
        self.assertEqual("AL", deliveries.address(pdu.oadc, pdu.otoa))


class StreamTests(SynchronousTestCase):
    """TCP keeps no borders."""

    @settings(max_examples=30, deadline=None)
    @given(SIZES)
    def test_any_cut_gives_the_same_frames(self, sizes: list[int]) -> None:
        """Pieces of one to seven octets, in any pattern."""
        stream = Frames()
        found = [frame for piece in patterned(STREAM, sizes) for frame in stream.feed(piece)]
        self.assertEqual((found, 0), (frames(STREAM), stream.skipped))

    @given(st.lists(st.binary(max_size=6).map(lambda noise: noise.translate(None, b"\x02\x03")), max_size=5))
    def test_noise_between_frames(self, noises: list[bytes]) -> None:
        """Is skipped, and counted."""
        good = bytes.fromhex(VALID[0]["hex"])
        stream = Frames()
        found = stream.feed(b"".join(noise + good for noise in noises))
        self.assertEqual(([good[1:-1]] * len(noises), sum(map(len, noises))), (found, stream.skipped))

    def test_too_long(self) -> None:
        """4,096 octets are a frame, one more is none, whether it ends or not; the next is read."""
        good = bytes.fromhex(VALID[0]["hex"])
        self.assertEqual([b"x" * 4094], frames(b"\x02" + b"x" * 4094 + b"\x03"))
        self.assertEqual([good[1:-1]], frames(b"\x02" + b"x" * 4095 + b"\x03" + good))
        stream = Frames()
        for _ in range(1000):
            self.assertEqual([], stream.feed(b"\x02" + b"x" * 10_000))
        self.assertEqual([good[1:-1]], stream.feed(b"\x03" + good))
        self.assertEqual(10_001_001, stream.skipped)


class MutationTests(SynchronousTestCase):
    """Octets gone wrong on the way."""

    def test_twenty_thousand(self) -> None:
        """Only WireError comes out of decoding and reading, and never late; `make prove` reads a million."""
        self.assertEqual((), mutation.read(MUTATIONS, 20_000).late)
        self.assertGreater(ENDS.read, 5_000)


def mutated(chance: random.Random, octets: bytes) -> bytes:
    """Some octets changed, put in or taken out; mostly length and checksum are made right again."""
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed) + 1)
        put = chance.choice((chance.randbytes(chance.randint(0, 3)), b"/", b"4", b"FF"))
        changed[at : at + chance.randint(0, 3)] = put
    inside = bytes(changed[1:-1])
    if chance.random() < 0.9 and inside.count(b"/") > 2:
        trn, _, rest = inside.split(b"/", 2)
        rest = rest[: rest.rindex(b"/") + 1]
        start = b"%b/%05d/" % (trn, len(trn) + len(rest) + 9) + rest
        return b"\x02" + start + b"%02X" % (sum(start) % 256) + b"\x03"
    return bytes(changed)


class Ends:
    """A client that waits for many results, and a server: both hear everything."""

    def __init__(self) -> None:
        self.read = 0
        self.session, self.desk = Session(login=Login()), UcpDesk(0.0)

    def seconds(self, octets: bytes) -> float:
        """The processor's time for reading them, whatever they are."""
        self.prepare()
        began = time.process_time()
        for frame in frames(octets):
            with contextlib.suppress(WireError):
                read_all(decode(frame))
                self.read += 1
        self.session.received(1.0, octets)
        self.desk.received(0.0, octets)
        return time.process_time() - began

    def prepare(self) -> None:
        """Begin anew where one has hung up; fill the window."""
        if not self.session.living or self.session.state is State.OPEN:
            self.session = Session(login=Login())
            self.session.open(0.0)
        if self.desk.closed or self.desk.unanswered > 50:
            self.desk = UcpDesk(0.0)
        while self.session.pending < 90:
            self.session.submit(0.0, Submission(operation=S("1"), to="1", message=1))
        self.session.flush()
        self.session.events.clear()
        self.desk.out.clear()
        self.desk.events.clear()


def read_all(one: Operation | Result) -> None:
    """Everything the link would do with it."""
    if isinstance(one, Result):
        deliveries.carrier_id(deliveries.named(one.sm, "1"))
        return
    for own in ALPHABETS:
        deliveries.read(one, 0.0, own)
    if not isinstance(one, Unknown) and hasattr(one, "msg"):
        checks.status(one)  # type: ignore[arg-type]
        body(one)  # type: ignore[arg-type]


ENDS = Ends()
MUTATIONS = mutation.Mutations("ucp", 51, [bytes.fromhex(vector["hex"]) for vector in VECTORS], mutated, ENDS.seconds)

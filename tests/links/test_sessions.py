"""Every kind's session with a carrier that says anything at any time: what must hold whatever it says.

What was submitted ends once, and was written at most as often as it was refused; after the end nothing happens; no
timer is set to a moment that has passed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.base import Session, Speech
from chanserv.links.cimd2 import codec as cimd2_codec
from chanserv.links.cimd2 import packets
from chanserv.links.cimd2.speech import Cimd2Speech
from chanserv.links.events import Answered, Bound, Closed, Delivered, Leaving, Replied, Unanswered
from chanserv.links.smpp import codec as smpp_codec
from chanserv.links.smpp import pdus, tlvs
from chanserv.links.smpp.speech import SmppSpeech
from chanserv.links.ucp import codec as ucp_codec
from chanserv.links.ucp import operations
from chanserv.links.ucp.results import refused, taken
from chanserv.links.ucp.speech import UcpSpeech
from chanserv.message import Part, Question, Slice
from chanserv.settings import Cimd2Settings, Secret, UcpSettings
from tests.fakes import smpp as smpp_settings
from tests.links.fakes import work

LIVES, STEPS = 100, 120
EPOCH = 1_800_000_000.0

Says = Callable[[Random, list[Any]], bytes]  # what a carrier says, by what it has heard


@attrs.frozen
class Kind:
    """`well`: the answer to a request; `often`: how many times a part may be written; `name`: of a text."""

    speech: Callable[[Random], Speech]
    frames: Callable[[], Any]
    decode: Callable[[bytes], Any]
    says: Says
    well: Callable[[Any], bytes]
    name: str
    often: int = 1


# what carriers say


def smpp_says(r: Random, heard: list[Any]) -> bytes:
    asked = r.choice(heard) if heard else pdus.EnquireLink(sequence=r.choice((0, 1, 7, 2**31, 2**32 - 1)))
    sequence = r.choice((asked.sequence, asked.sequence, asked.sequence + r.randrange(4), r.randrange(2**32)))
    status = r.choice((0, 0, 0, 4, 8, 0x14, 0x58, 0x0E, 0x45, 0xFF, 0x400, r.randrange(2**32)))
    more = ((r.choice((tlvs.CONGESTION_STATE, 0x1D, 0x423, 0x425, 0x427)), r.randbytes(r.choice((0, 1, 3, 2000)))),)
    more = more if r.random() < 0.2 else ()
    if r.random() < 0.6 and asked.command_id | pdus.RESPONSE in pdus.BY_ID and not asked.command_id & pdus.RESPONSE:
        return smpp_codec.encode(attrs.evolve(asked.answer(), sequence=sequence % 2**32, status=status, tlvs=more))
    made = r.choice(tuple(pdus.BY_ID.values())) if r.random() < 0.5 else pdus.DeliverSm
    if made in (pdus.Unbind, pdus.UnbindResp) and r.random() < 0.7:
        made = pdus.GenericNack
    return smpp_codec.encode(made(sequence=sequence % 2**32, status=status, tlvs=more))


def ucp_says(r: Random, heard: list[Any]) -> bytes:
    asked = r.choice(heard) if heard else operations.Alert(trn=r.randrange(100))
    if r.random() < 0.6 and isinstance(asked, operations.Operation):
        said = taken(asked, r.choice(("", "5511999990000:010126120000", "x"))) if r.random() < 0.8 else None
        said = said or refused(asked, r.choice((0, 1, 2, 4, 7, 99)), "no")
        return ucp_codec.encode(attrs.evolve(said, trn=said.trn if r.random() < 0.8 else r.randrange(100)))
    made = r.choice((operations.Deliver, operations.Notification, *operations.BY_OT.values()))
    more = {"mt": "3", "msg": "41"} if issubclass(made, operations.Message) else {}
    return ucp_codec.encode(made(trn=r.randrange(100), **more))


def cimd2_says(r: Random, heard: list[Any]) -> bytes:
    asked = r.choice(heard) if heard else packets.Packet(packets.ALIVE, r.randrange(256))
    number = r.choice((asked.number, asked.number, asked.number + r.choice((1, 2, 4)), r.randrange(1000))) % 1000
    more: packets.Parameters = ((packets.STAMP, "260101120000"),) if r.random() < 0.6 else ()
    more = packets.error_of(r.choice((0, 1, 2, 6, 10, 105, 300, 999)), "no") if r.random() < 0.2 else more
    if r.random() < 0.6 and asked.operation < packets.RESPONSE:
        return cimd2_codec.encode(packets.Packet(asked.operation + packets.RESPONSE, number, more), r.random() < 0.5)
    operation = r.choice((packets.DELIVER, packets.REPORT, packets.NACK, packets.ALIVE, 98, r.randrange(100)))
    return cimd2_codec.encode(packets.Packet(operation, number, more))


KINDS = {
    "smpp": Kind(
        lambda r: SmppSpeech(smpp_settings("a"), lambda: EPOCH),
        smpp_codec.Frames,
        smpp_codec.decode,
        smpp_says,
        lambda asked: smpp_codec.encode(asked.answer()),
        "7",
    ),
    "ucp": Kind(
        lambda r: UcpSpeech(
            UcpSettings(
                name="a",
                account="8000",
                password=r.choice((None, Secret("secret"))),
                same_second=r.choice(("wait", "share")),
            )
        ),
        ucp_codec.Frames,
        ucp_codec.decode,
        ucp_says,
        lambda asked: ucp_codec.encode(taken(asked)),
        "5511999990000:010126120000",
    ),
    "cimd2": Kind(
        lambda r: Cimd2Speech(
            Cimd2Settings(
                name="a",
                user="weni",
                password=Secret("secret"),
                ask_window=r.random() < 0.7,
                same_second=r.choice(("wait", "share")),
            )
        ),
        cimd2_codec.Frames,
        cimd2_codec.decode,
        cimd2_says,
        lambda asked: cimd2_codec.encode(asked.answer()),
        "5511999990000:260101120000",
        often=4,
    ),
}


class Life:
    """One session, and what it told and wrote."""

    def __init__(self, case: SynchronousTestCase, kind: Kind, seed: int) -> None:
        self.case, self.kind, self.random, self.why = case, kind, Random(seed), f"seed {seed}"
        self.speech = kind.speech(self.random)
        self.session: Session = self.speech.session(self.speech.roles[0] if self.speech.roles else "session")
        self.now, self.stream, self.heard = EPOCH, kind.frames(), list[Any]()
        self.parts, self.questions = dict[int, bytes](), set[int]()
        self.ends, self.unwritten, self.doubtful = Counter[int](), set[int](), set[int]()
        self.wire, self.owed = b"", list[Any]()
        self.bound = self.leaving = self.closed = self.deaf = False

    def live(self) -> None:
        self.session.open(self.now)
        self.look()
        if self.heard and self.random.random() < 0.9:
            self.session.received(self.now, self.kind.well(self.heard[0]))
            self.look()
        for _ in range(STEPS):
            act = self.random.choices(*zip(*self.acts, strict=True))[0]
            act()
            if act not in (self.submit, self.ask, self.answer) or self.random.random() < 0.5:
                self.look()  # what an owner says is written at the end of its turn
        self.session.close("the end")
        self.look()
        self.judge()

    @property
    def acts(self) -> list[tuple[Callable[[], None], int]]:
        return [
            (self.hear, 40),
            (self.noise, 4),
            (self.submit, 30),
            (self.ask, 5),
            (self.answer, 10),
            (self.wait, 12),
            (self.read_or_not, 2),
            (lambda: self.session.leave(self.now), 1),
        ]

    # what the owner does, and the world

    def hear(self) -> None:
        data = b"".join(self.kind.says(self.random, self.heard[-12:]) for _ in range(self.random.choice((1, 1, 1, 9))))
        self.session.received(self.now, data)

    def noise(self) -> None:
        """Octets of sense with one of them changed, or cut off."""
        data = bytearray(self.kind.says(self.random, self.heard[-12:]))
        data[self.random.randrange(4 if self.random.random() < 0.1 else 8, len(data))] = self.random.randrange(256)
        self.session.received(self.now, bytes(data[: self.random.choice((len(data),) * 9 + (5,))]))

    def submit(self) -> None:
        """An owner submits only to who is bound, and does not leave."""
        for _ in range(self.random.choice((1, 3)) if self.bound and not (self.leaving or self.closed) else 0):
            mark = b"mark %06d" % (len(self.parts) + 1)
            part = Part(number=1, slice=Slice(mark))
            piece = work(len(self.parts), (part,), to=f"+551199999{self.random.randrange(3):04}", expires=EPOCH + 900)
            number = self.session.submit(self.now, self.speech.compose(piece, part))
            self.case.assertNotIn(number, self.parts.keys() | self.questions, self.why)
            self.parts[number] = mark

    def ask(self) -> None:
        asked = Question(carrier_id=self.kind.name, to="+5511999990000", sender="8000")
        words = self.random.choice((self.speech.question, self.speech.cancellation))(asked)
        try:
            if self.bound and not self.closed:
                self.questions.add(self.session.ask(self.now, words))
        except BadField:
            pass  # not now

    def answer(self) -> None:
        if self.owed:
            delivered = self.owed.pop(self.random.randrange(len(self.owed)))
            self.session.answer(self.now, delivered, self.random.random() < 0.8)

    def wait(self) -> None:
        """Until there is something to do; or less. No turn is so long."""
        self.look()
        due = self.session.due()
        until = self.now + self.random.choice((0.0, 0.3, 3.0)) if due is None or self.random.random() < 0.5 else due
        self.now = max(self.now, until)
        self.session.tick(self.now)
        due = self.session.due()
        self.case.assertTrue(due is None or due > self.now, f"{self.why}: due {due} at {self.now}")

    def read_or_not(self) -> None:
        (self.session.read_on if self.deaf else self.session.stop_reading)(self.now)
        self.deaf = not self.deaf

    # what is to be seen

    def look(self) -> None:
        octets = self.session.flush()
        self.wire += octets
        for frame in self.stream.feed(octets):
            self.heard.append(self.kind.decode(frame))
        events, self.session.events = self.session.events, []
        for event in events:
            self.case.assertFalse(self.closed, f"{self.why}: {event} after Closed")
            match event:
                case Answered(sequence) | Replied(sequence) | Unanswered(sequence):
                    self.ends[sequence] += 1
                    if isinstance(event, Answered):
                        self.speech.judge(event, self.random.randrange(3))
                    if isinstance(event, Unanswered):
                        (self.doubtful if event.written else self.unwritten).add(sequence)
                case Bound():
                    self.bound = True
                case Leaving():
                    self.leaving = True
                case Delivered(pdu):
                    self.owed.append(pdu)
                    self.speech.read(pdu, self.now)
                case Closed():
                    self.closed = True

    def judge(self) -> None:
        self.case.assertTrue(self.closed, self.why)
        self.case.assertIsNone(self.session.due(), self.why)
        self.case.assertEqual(0, self.session.pending, self.why)
        self.case.assertEqual(dict.fromkeys(self.parts.keys() | self.questions, 1), dict(self.ends), self.why)
        for number, mark in self.parts.items():
            times = self.wire.count(mark) + self.wire.count(mark.hex().upper().encode())
            self.case.assertLessEqual(times, 0 if number in self.unwritten else self.kind.often, self.why)
            # An answer may come to what has not left: the carrier made its number up.
            self.case.assertTrue(times or number not in self.doubtful, self.why)


class SessionTests(SynchronousTestCase):
    """Lives of each kind, from seeds: the same every time."""

    def live(self, kind: str) -> None:
        for seed in range(LIVES):
            Life(self, KINDS[kind], seed).live()

    def test_smpp(self) -> None:
        """SMPP."""
        self.live("smpp")

    def test_ucp(self) -> None:
        """UCP."""
        self.live("ucp")

    def test_cimd2(self) -> None:
        """CIMD2."""
        self.live("cimd2")

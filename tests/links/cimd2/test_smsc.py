"""The SMSC's side of a session, octet by octet and second by second; and both sides over a bad line."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.cimd2.codec import Frames
from chanserv.links.cimd2.packets import Packet
from chanserv.links.cimd2.session import Session
from chanserv.links.cimd2.smsc import Cimd2Desk
from chanserv.links.cimd2.terms import Credentials, Habits, Submit
from chanserv.links.cimd2.trade import Cimd2Trade
from chanserv.links.events import Answered as Told
from chanserv.links.events import Delivered, Unanswered
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Answered, Asked, Closed, Delivery, Refused, SignedIn, Submitted, Turned
from tests.links.cimd2.written import decode, encode, packet

VECTORS = Path(__file__).parents[2] / "vectors" / "cimd2.json"
NOON = 1_795_348_800.0  # 2026-11-22 12:00:00 UTC
TRADE = Cimd2Trade()
SUBMIT = "03:003|021:+251911000001|023:8000|033:hello|056:14"
MO = TRADE.texts("+251911000001", "8000", "yes", None, 1, NOON)[0]


def session(window: int = 10, **behaviour: Any) -> Cimd2Desk:
    """One that was signed in to, with nothing more to say."""
    made = Cimd2Desk(0.0, Behaviour(**behaviour))
    made.received(0.0, encode(f"01:001|010:weni|011:pw|019:{window}"))
    made.out.clear()
    made.events.clear()
    return made


def said(made: Cimd2Desk) -> list[str]:
    """What it sent since last asked."""
    data, made.out = bytes(made.out), bytearray()
    return [decode(frame) for frame in Frames().feed(data)]


def happened(made: Cimd2Desk) -> list[Any]:
    events, made.events = made.events, []
    return events


def taken(made: Cimd2Desk, written: str = SUBMIT) -> Any:
    """The submit, as a carrier remembers it."""
    made.received(0.0, encode(written))
    [submitted] = happened(made)
    return submitted, TRADE.taken(submitted.pdu, 1, NOON, made.behaviour)


class VectorTests(SynchronousTestCase):
    """What a good SMSC does with what is wrong."""

    # The number expected; the answers that are right (first: ours; "": none); is a login.
    REACTIONS: dict[str, tuple[int, tuple[str, ...]]] = {
        "m001": (5, ("99:005",)),
        "m002": (5, ("taken",)),
        "m003": (5, ("99:005",)),
        "m004": (5, ("99:005",)),
        "m005": (5, ("99:005",)),
        "m006": (7, ("99:007",)),
        "m008": (7, ("99:007",)),
        "m010": (5, ("98:000|900:2",)),
        "m014": (5, ("",)),
        "m016": (5, ("90:005",)),
        "m017": (5, ("53:005|900:2",)),
        "m018": (5, ("53:005|900:2",)),
        "m019": (5, ("53:005|900:2",)),
        "m021": (5, ("53:005|900:300", "53:005|900:301")),
        "m022": (5, ("53:005|900:300",)),
        "m023": (5, ("53:005|900:303",)),
        "m025": (5, ("53:005|900:8",)),
        "m028": (5, ("53:005|900:8",)),
        "m029": (5, ("53:005|900:305",)),
        "m030": (5, ("53:005|900:305",)),
        "m031": (5, ("53:005|900:308",)),
        "m032": (5, ("53:005|900:312",)),
        "m034": (5, ("53:005|900:306", "53:005|900:321")),
        "m036": (5, ("taken",)),
        "m037": (5, ("53:005|900:302",)),
        # Before the login: these are, or should be, its first packet.
        "m009": (1, ("51:003",)),
        "m015": (1, ("53:001|900:1",)),
        "m038": (1, ("51:001|900:104",)),
        "m039": (1, ("51:001|900:104",)),
        # Only a server says this: to another server it is out of place.
        "m043": (14, ("70:014|900:1",)),
    }

    def vectors(self) -> dict[str, bytes]:
        every = json.loads(VECTORS.read_text(encoding="utf-8"))
        return {one["id"].removeprefix("cimd2-"): bytes.fromhex(one["hex"]) for one in every if one["kind"] != "valid"}

    def test_each_has_its_answer(self) -> None:
        """All of them, but the window's, which is tested below."""
        vectors = self.vectors()
        self.assertEqual(set(vectors), set(self.REACTIONS) | {"m040"})
        for name, (expected, right) in self.REACTIONS.items():
            made = Cimd2Desk(0.0) if expected == 1 else session()
            made._theirs.heard(Packet(3, expected - 2))
            made.received(0.0, vectors[name])
            answers = [answer.split("|901:")[0] for answer in said(made)]
            answers += ["taken" for event in happened(made) if isinstance(event, Submitted)]
            self.assertIn("".join(answers), right, name)
            if not right[0].endswith("900:104"):
                self.assertFalse(made.closed, name)

    def test_a_window_overrun(self) -> None:
        """The eleventh while ten are open."""
        made = session(window=10)
        for number in range(3, 23, 2):
            made.received(0.0, encode(f"03:{number:03d}|021:1|033:x"))
        self.assertEqual(10, len(happened(made)))
        made.received(0.0, self.vectors()["m040"])
        self.assertEqual(["53:023|900:10|901:temporary congestion"], said(made))
        self.assertEqual([Refused(10)], happened(made))

    def test_a_text_without_originator_comes_to_us(self) -> None:
        """And is told of: what is made of it, the speech says."""
        ours = Session()
        ours.open(0.0)
        ours.received(0.0, encode("51:001"))
        ours.received(0.0, self.vectors()["m043"])
        self.assertIsInstance(ours.events[-1], Delivered)


class LoginTests(SynchronousTestCase):
    def sign_in(self, written: str = "01:001|010:weni|011:pw", **behaviour: Any) -> tuple[list[str], list[Any]]:
        made = Cimd2Desk(0.0, Behaviour(**behaviour))
        made.received(0.0, encode(written))
        return said(made), happened(made)

    def test_well(self) -> None:
        """Anybody, or whoever knows name and password."""
        well = ["51:001"], [SignedIn("weni")]
        self.assertEqual(well, self.sign_in())
        self.assertEqual(well, self.sign_in(system_id="weni", password="pw"))

    def test_refused(self) -> None:
        """With the error, and hung up."""
        for behaviour, error, words in (
            ({"system_id": "other"}, 100, "invalid login"),
            ({"password": "other"}, 100, "invalid login"),
            ({"bind_status": 102}, 102, "too many users with this login"),
        ):
            said_, events = self.sign_in(**behaviour)
            self.assertEqual([f"51:001|900:{error}|901:{words}"], said_)
            self.assertEqual([Turned(error), Closed(f"login refused: {error} {words}")], events)

    def test_no_windows(self) -> None:
        """Refuses whoever asks for one, and lets him come again without."""
        made = Cimd2Desk(0.0, Behaviour(bind_status=105))
        made.received(0.0, encode("01:001|010:weni|011:pw|019:4"))
        self.assertEqual((["51:001|900:105|901:windowing disabled"], [Turned(105)]), (said(made), happened(made)))
        made.received(0.0, encode("01:001|010:weni|011:pw"))
        self.assertEqual((["51:001"], [SignedIn("weni")]), (said(made), happened(made)))

    def test_in_time(self) -> None:
        """Ten seconds from connecting."""
        made = Cimd2Desk(5.0)
        self.assertEqual(15.0, made.due())
        made.tick(14.9)
        self.assertFalse(made.closed)
        made.tick(15.0)
        self.assertEqual([Closed("no login in time")], happened(made))
        self.assertIsNone(made.due())

    def test_logout(self) -> None:
        """Answered, then the end."""
        made = session()
        made.received(0.0, encode("02:003"))
        self.assertEqual((["52:003"], [Closed("logged out")], "closed"), (said(made), happened(made), made.state))


class SubmitTests(SynchronousTestCase):
    def test_taken(self) -> None:
        """Named by number and second; its text and numbers are remembered."""
        made = session()
        submitted, submit = taken(made, "03:003|021:+251911000001|027:ACME|032:050003A70201|033:h_Oa")
        made.answer(submitted.sequence, 0, submit)
        self.assertEqual(["53:003|021:+251911000001|060:261122120000"], said(made))
        self.assertEqual(
            ("251911000001:261122120000", "ACME", "+251911000001", "h@", bytes.fromhex("050003A702016800")),
            (submit.message_id, submit.source, submit.destination, submit.text, submit.octets),
        )

    def test_several_destinations(self) -> None:
        """Each is answered."""
        made = session()
        submitted, submit = taken(made, "03:003|021:1|021:2|033:x")
        made.answer(submitted.sequence, 0, submit)
        self.assertEqual(["53:003|021:1|060:261122120000|021:2|060:261122120000"], said(made))

    def test_refused(self) -> None:
        """With the carrier's code, in any order; an answer that nobody waits for is written as well."""
        made = session()
        for number in (3, 5):
            made.received(0.0, encode(f"03:{number:03d}|021:1|033:x"))
        self.assertEqual(2, made.unanswered)
        made.answer(5, 300)
        made.answer(3, TRADE.throttled)
        self.assertEqual(
            ["53:005|900:300|901:incorrect destination address", "53:003|900:10|901:temporary congestion"], said(made)
        )
        self.assertEqual(0, made.unanswered)
        made.answer(131, 0, TRADE.taken(packet(SUBMIT), 1, NOON, Behaviour()))
        self.assertEqual(["53:131|021:+251911000001|060:261122120000"], said(made))

    def test_a_resend_is_not_taken_twice(self) -> None:
        """It gets the answer of the former, when there is one."""
        made = session()
        submitted, submit = taken(made)
        made.received(0.0, encode(SUBMIT))
        self.assertEqual(([], []), (said(made), happened(made)))
        made.answer(submitted.sequence, 0, submit)
        answer = "53:003|021:+251911000001|060:261122120000"
        self.assertEqual([answer, answer], said(made))
        made.received(0.0, encode(SUBMIT))
        self.assertEqual(([answer], []), (said(made), happened(made)))

    def test_answers_after_the_end(self) -> None:
        """Are nobody's."""
        made = session()
        submitted, submit = taken(made)
        made.received(0.0, encode("04:005|021:1|060:261122115900"))
        [asked] = happened(made)
        made.close("x")
        made.close("y")
        made.answer(submitted.sequence, 0, submit)
        made.reply(asked, submit, "DELIVRD")
        self.assertEqual(([Closed("x")], [], 0), (happened(made), said(made), made.unanswered))

    def test_a_stream_without_sense(self) -> None:
        """What never ends is no packet."""
        made = session()
        made.received(0.0, b"\x02" + b"x" * 5000)
        self.assertTrue(made.closed)

    def test_silent(self) -> None:
        """Read, and that is all; afterwards the numbers go on."""
        made = session()
        made.behaviour = Behaviour(silent=True)
        made.received(0.0, encode(SUBMIT))
        self.assertEqual((([], [])), (said(made), happened(made)))
        self.assertEqual((0, None), (made.room, made.due()))
        made.behaviour = Behaviour()
        made.received(0.0, encode(SUBMIT.replace("003", "005", 1)))
        self.assertEqual(1, len(happened(made)))


class OtherRequestTests(SynchronousTestCase):
    def test_plain_ones(self) -> None:
        """Time, count of what waits, a new password, alive, what nobody knows."""
        made = session()
        made.now = NOON
        for number, (written, answer) in enumerate(
            (
                ("09:{}|500:501", "59:{}|501:261122120000"),
                ("09:{}|500:502", "59:{}|900:900"),
                ("05:{}|068:0", "55:{}|066:0"),
                ("05:{}|068:2", "55:{}"),
                ("08:{}|011:new", "58:{}|900:801"),
                ("40:{}", "90:{}"),
                ("33:{}", "98:{}|900:1"),
                ("20:{}|021:1|023:2|060:261122120000|033:x", "70:{}|900:1"),
                ("01:{}|010:a|011:b", "51:{}|900:1"),
            )
        ):
            name = f"{2 * number + 3:03d}"
            made.received(NOON, encode(written.format(name)))
            self.assertEqual([answer.format(name)], said(made), written)

    def test_enquire(self) -> None:
        """061 by the carrier's word, when it ended if it has."""
        for word, rest in (
            ("DELIVRD", "061:4|062:0|063:261122120000"),
            ("EXPIRED", "061:2|062:29|063:261122120000"),
            ("ENROUTE", "061:1"),
            ("whatever", "061:0"),
        ):
            made = session()
            made.received(NOON, encode("04:003|021:00251911000001|060:261122115900"))
            [asked] = happened(made)
            self.assertEqual("251911000001:261122115900", asked.message_id)
            submit = TRADE.taken(packet(SUBMIT), 1, NOON - 60, Behaviour())
            made.reply(asked, submit, word)
            self.assertEqual([f"54:003|021:+251911000001|060:261122115900|{rest}"], said(made))

    def test_enquire_of_what_is_not_known(self) -> None:
        """Cannot find information."""
        made = session()
        made.received(0.0, encode("04:003|021:1|060:261122115900"))
        [asked] = happened(made)
        made.reply(asked, None, "")
        self.assertEqual(["54:003|900:7|901:cannot find information"], said(made))

    def test_cancel(self) -> None:
        """Done, too late, or not this way."""
        for state, answer in (("DELETED", "56:003"), ("DELIVRD", "56:003|900:9|901:requested operation failed")):
            made = session()
            made.received(0.0, encode("06:003|059:2|021:1|060:261122115900"))
            [asked] = happened(made)
            self.assertEqual(Asked(3, asked.pdu, "1:261122115900", cancel=True), asked)
            made.reply(asked, TRADE.taken(packet(SUBMIT), 1, NOON, Behaviour()), state)
            self.assertEqual([answer], said(made))
        made.received(0.0, encode("06:005|059:1"))
        self.assertEqual((["56:005|900:603"], []), (said(made), happened(made)))


class DeliveryTests(SynchronousTestCase):
    def test_its_own_numbers(self) -> None:
        """Even ones; each answer finds its delivery, whatever it says."""
        made = session()
        made.deliver(MO)
        made.deliver(MO)
        self.assertEqual(
            [f"20:{number}|021:8000|023:+251911000001|060:261122120000|033:yes" for number in ("000", "002")],
            said(made),
        )
        made.received(0.0, encode("70:002|900:710") + encode("70:000") + encode("70:008"))
        self.assertEqual([Answered(MO, 710), Answered(MO, 0)], happened(made))

    def test_room(self) -> None:
        """The window that was asked for, and no more than the carrier wants; one without a window."""
        self.assertEqual([10, 4, 1], [session(10).room, session(4).room, session(1).room])
        made = session(10, mo_window=2)
        made.deliver(MO)
        self.assertEqual(1, made.room)
        self.assertEqual(0, Cimd2Desk(0.0).room)

    def test_owing(self) -> None:
        """What nobody answered is given back once."""
        made = session()
        made.deliver(MO)
        self.assertEqual(((MO,), ()), (made.owing(), made.owing()))

    def test_nack(self) -> None:
        """Sent again, under the number that is expected; four times in all."""
        made = session()
        made.deliver(MO)
        said(made)
        made.received(0.0, encode("99:008"))
        self.assertTrue(said(made)[0].startswith("20:008|"))
        for _ in range(2):
            made.received(0.0, encode("99:008"))
            self.assertEqual(1, len(said(made)))
        made.received(0.0, encode("99:008"))
        self.assertTrue(made.closed)

    def test_silence(self) -> None:
        """Asked about with alive; as much again ends it."""
        made = session()
        made.tick(30.0)
        self.assertEqual(["40:000"], said(made))
        made.received(40.0, encode("90:000"))
        made.tick(70.0)
        self.assertEqual(["40:002"], said(made))
        made.tick(99.0)
        self.assertFalse(made.closed)
        made.tick(100.0)
        self.assertEqual([Closed("the client fell silent")], happened(made))


class TradeTests(SynchronousTestCase):
    def test_texts(self) -> None:
        """In whatever can say it, or in the scheme that is asked for; long ones in parts."""
        head = "20:000|021:8000|023:251|060:261122120000|"
        for text, coding, rest in (
            ("a@", None, "033:a_Oa"),
            ("ж", None, "030:8|034:0436"),
            ("a", 8, "030:8|034:0061"),
            ("é", 4, "030:4|034:E9"),
            ("a", 16, "030:16|033:a"),
        ):
            [one] = TRADE.texts("251", "8000", text, coding, 1, NOON)
            self.assertEqual(head + rest, _written(one.pdu), text)
        parts = TRADE.texts("251", "8000", "x" * 161, None, 7, NOON)
        self.assertEqual(
            [("050003070201", 153), ("050003070202", 8)],
            [(part.pdu.get(32), len(part.pdu.get(33))) for part in parts],
        )
        self.assertEqual(["1/2", "2/2"], [part.about["part"] for part in parts])
        parts = TRADE.texts("251", "8000", "x" * 100, 8, 7, NOON)
        self.assertEqual([268, 132], [len(part.pdu.get(34)) for part in parts])

    def test_what_cannot_be_said(self) -> None:
        """Is not."""
        self.assertRaises(UnicodeEncodeError, TRADE.texts, "251", "8000", "ж", 0, 1, NOON)
        self.assertRaises(UnicodeEncodeError, TRADE.texts, "251", "8000", "ж", 4, 1, NOON)

    def receipts(self, words: str, wanted: str = "56:14") -> list[str]:
        pdu = packet(f"03:003|021:+251911000001|023:8000|033:hello|{wanted}")
        behaviour = Behaviour(receipt_status=words)
        submit = TRADE.taken(pdu, 1, NOON, behaviour)
        return [_written(one.pdu) for one in TRADE.receipts(submit, 1, NOON + 5, behaviour)]

    def test_receipts(self) -> None:
        """Only what 056 asks for, in the order of the words."""
        name, done = "23:000|021:+251911000001|023:8000|060:261122120000|", "|063:261122120005"
        self.assertEqual([f"{name}061:4{done}"], self.receipts("DELIVRD"))
        self.assertEqual([f"{name}061:2|062:29{done}"], self.receipts("ENROUTE EXPIRED"))
        self.assertEqual([f"{name}061:1{done}", f"{name}061:3|062:1{done}"], self.receipts("ENROUTE UNDELIV", "56:63"))
        self.assertEqual([], self.receipts("DELIVRD", "56:6"))
        self.assertEqual([], self.receipts("DELIVRD", "56:0"))
        self.assertEqual([], self.receipts("DELIVRD", "44:0"))
        self.assertEqual([f"{name}061:7{done}"], self.receipts("DELETED", "56:16"))


def _written(pdu: Packet) -> str:
    return "|".join(
        [f"{pdu.operation:02d}:{pdu.number:03d}", *(f"{code:03d}:{value}" for code, value in pdu.parameters)]
    )


class BadLineTests(SynchronousTestCase):
    """Our session and the carrier's over a line that garbles packets now and then."""

    def test_every_part_is_taken_once(self) -> None:
        """A wrong checksum costs a nack, and a packet again; no text, no delivery, no answer."""
        for seed in range(40):
            self.converse(random.Random(seed), window=(1, 4, 20)[seed % 3])

    def converse(self, chance: random.Random, window: int) -> None:
        ours = Session(credentials=Credentials("weni", "pw"), habits=Habits(window=window))
        theirs, texts, told, got = Cimd2Desk(0.0), Counter[str](), list[Any](), Counter[int]()
        ours.open(0.0)
        self.carry(ours, theirs, None)
        for number in range(30):
            ours.submit(0.0, Submit(Packet(3, parameters=((21, str(number)), (33, "x"))), str(number), number))
            if theirs.room:
                theirs.deliver(Delivery("mo", Packet(20, parameters=((33, str(number)),)), {}))
            for _ in range(4):
                self.carry(ours, theirs, chance)
                self.serve(theirs, texts)
                told += self.hear(ours, got)
        for _ in range(60):
            self.carry(ours, theirs, None)
            self.serve(theirs, texts)
            told += self.hear(ours, got)
        self.assertEqual({1}, set(texts.values()) | set(got.values()), "taken twice")
        ends = Counter(event.sequence for event in told if isinstance(event, Told | Unanswered))
        self.assertEqual({1}, set(ends.values()))
        self.assertEqual((30, 0), (sum(isinstance(event, Told) for event in told), ours.pending))
        self.assertEqual((), theirs.owing())

    def carry(self, ours: Session, theirs: Cimd2Desk, chance: random.Random | None) -> None:
        theirs.received(0.0, self.line(ours.flush(), chance))
        data, theirs.out = bytes(theirs.out), bytearray()
        ours.received(0.0, self.line(data, chance))

    def line(self, data: bytes, chance: random.Random | None) -> bytes:
        """A packet in thirty has one octet wrong."""
        return b"".join(self.garbled(frame, chance) for frame in Frames().feed(data))

    def garbled(self, frame: bytes, chance: random.Random | None) -> bytes:
        if chance is None or frame[1:3] == b"99" or chance.random() > 0.03:
            return frame
        at = chance.randrange(8, len(frame) - 1)
        return frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1 :]

    def serve(self, theirs: Cimd2Desk, texts: Counter[str]) -> None:
        for event in happened(theirs):
            if isinstance(event, Submitted):
                texts[event.pdu.get(21) or ""] += 1
                theirs.answer(event.sequence, 0, TRADE.taken(event.pdu, 1, NOON, theirs.behaviour))

    def hear(self, ours: Session, got: Counter[int]) -> list[Any]:
        events, ours.events = ours.events, []
        for event in events:
            if isinstance(event, Delivered):
                got[int(event.pdu.get(33) or "-1")] += 1
                ours.answer(0.0, event.pdu, True)
        return events

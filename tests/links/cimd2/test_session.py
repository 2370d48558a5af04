"""One CIMD2 session of the client, told as transcripts: no socket, no clock."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.cimd2.codec import Frames
from chanserv.links.cimd2.packets import Packet
from chanserv.links.cimd2.session import Session
from chanserv.links.cimd2.terms import Credentials, Habits, Learnt, Submit
from chanserv.links.events import Answered, Unanswered
from chanserv.links.spacing import Spacing
from chanserv.links.terms import Rules, State
from tests.links.cimd2.written import WIRE, decode, encode, packet
from tests.transcript import play

LOGIN = """
    do s.open(now)
    > "01:001|010:weni|011:secret|019:4"
"""
BOUND = LOGIN + '< "51:001"\n! Bound()\n'
TWO = """
    do s.submit(now, a)
    do s.submit(now, b)
    > "03:003|021:111|033:a"
    > "03:005|021:222|033:b"
"""


def part(to: str, text: str, message: int = 1, expires: float = 0.0) -> Submit:
    return Submit(Packet(3, parameters=((21, to), (33, text))), to, message, expires)


A, B, C, D, E = (part(to, text) for to, text in (("111", "a"), ("222", "b"), ("333", "c"), ("444", "d"), ("555", "e")))
NAMES = {"a": A, "b": B, "c": C, "d": D, "e": E, "part": part}


RULES = Rules(bind_within=10.0, answer_within=20.0, enquire_after=30.0)


class SessionTestCase(SynchronousTestCase):
    window = 4

    def setUp(self) -> None:
        self.make()

    def make(self, answer_within: float = 20.0, **more: Any) -> None:
        self.session = Session(
            attrs.evolve(RULES, answer_within=answer_within),
            Credentials("weni", "secret"),
            habits=Habits(**{"window": self.window, **more}),
        )

    def play(self, script: str, now: float = 0.0) -> float:
        return play(self, self.session, script, now, WIRE, **NAMES)


class LoginTests(SessionTestCase):
    def test_bound(self) -> None:
        """The SMSC says yes, and then there is no limit to the login any more; a banner is skipped."""
        self.assertIsNone(self.session.due())
        self.play(LOGIN + '< b"Welcome to SMSC 8.0\\r\\n"\n< "51:001"\n! Bound()')
        self.assertEqual((State.BOUND, 30.0), (self.session.state, self.session.due()))

    def test_sub_address(self) -> None:
        """012; without a window, no 019; without a checksum, TAB before ETX."""
        self.session = Session(credentials=Credentials("weni", "secret", 2), habits=Habits(checksum=False))
        self.session.open(0.0)
        self.assertEqual(b"\x0201:001\t010:weni\t011:secret\t012:2\t\x03", self.session.flush())

    def test_refused_for_good(self) -> None:
        """What only a person can mend names the settings to check."""
        for error, words, mend in (
            (100, "invalid login", "user and password"),
            (101, "incorrect access type", "user and password"),
            (104, "invalid window size", "window"),
            (107, "invalid sub-address", "sub_address"),
        ):
            self.make()
            self.play(LOGIN + f'< "51:001|900:{error}"\n! Closed("login refused: {error} {words}", "{mend}")')

    def test_refused_for_now(self) -> None:
        """Too many users: we stay away for a while; congestion: the usual rests; the SMSC's words count."""
        self.play(
            LOGIN
            + """
            < "51:001|900:102|901:Too many users"
            ! Closed("login refused: 102 Too many users", rest=60.0)
            """
        )
        self.make()
        self.play(LOGIN + '< "51:001|900:10"\n! Closed("login refused: 10 temporary congestion")')
        self.make()
        self.play(LOGIN + '< "98:001|900:2"\n! Closed("login refused: 2 syntax error")')

    def test_windows_are_disabled(self) -> None:
        """We come again without one, under 001, and then have one request open at a time."""
        self.play(
            LOGIN
            + """
            < "51:001|900:105"
            > "01:001|010:weni|011:secret"
            < "51:001"
            ! Bound()
            do s.submit(now, a)
            do s.submit(now, b)
            > "03:003|021:111|033:a"
            < "53:003|021:111|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            > "03:005|021:222|033:b"
            do s.close("x")
            ! Unanswered(2, "x")
            ! Closed("x")
            """
        )
        again = Session(RULES, Credentials("weni", "secret"), self.session.learnt, habits=self.session.habits)
        play(self, again, 'do s.open(now)\n> "01:001|010:weni|011:secret"', wire=WIRE)

    def test_windows_are_disabled_however_we_ask(self) -> None:
        """105 to a login without a window is for a person."""
        self.session = Session(credentials=Credentials("weni", "secret"))
        self.play(
            """
            do s.open(now)
            > "01:001|010:weni|011:secret"
            < "51:001|900:105"
            ! Closed("login refused: 105 windowing disabled", "ask_window")
            """
        )

    def test_nack(self) -> None:
        """The login is sent again, under 001 whatever is expected; three times in all."""
        again = '< "99:001"\n> "01:001|010:weni|011:secret|019:4"\n'
        self.play(LOGIN + again + again + '< "99:001"\n! Closed("login refused by nack")')

    def test_late(self) -> None:
        """No answer within bind_within; what comes afterwards is not heard."""
        self.play(LOGIN + '+ 9.9\n+ 0.1\n! Closed("no answer to our login")\n< "51:001"\n+ 100')
        self.assertIsNone(self.session.due())

    def test_gives_up(self) -> None:
        """Leaving before the answer is the end at once."""
        self.play(LOGIN + "do s.leave(now)\n! Closed('gave up signing in')\ndo s.leave(now)\ndo s.close('again')")

    def test_no_login_can_say_it(self) -> None:
        """A password with a TAB."""
        self.session = Session(credentials=Credentials("weni", "a\tb"))
        self.session.open(0.0)
        [closed] = self.session.events
        self.assertEqual(("user and password", False), (closed.mend, self.session.living))

    def test_before_the_login_is_answered(self) -> None:
        """Alive is; a text is not taken, and an answer is not expected."""
        self.play(
            LOGIN
            + """
            < "40:000"
            > "90:000"
            < "20:002|021:8000|023:251|060:261122133000|033:x"
            > "70:002|900:1"
            < "53:007"
            """
        )
        self.assertEqual(2, self.session.strange)


class SubmitTests(SessionTestCase):
    def test_answers_in_any_order(self) -> None:
        """Each finds its request; a positive one names the part, as it stands there."""
        self.play(
            BOUND
            + TWO
            + """
            < "53:005|021:+222|060:261122133001"
            ! Answered(2, 0, b"+222:261122133001")
            < "53:003|021:111|900:300|901:Incorrect destination address"
            ! Answered(1, 300, b"", "Incorrect destination address")
            """
        )
        self.assertEqual(0, self.session.pending)

    def test_an_answer_that_names_nothing(self) -> None:
        """Without 021 it is our own; without 060 the part has no name."""
        self.play(
            BOUND
            + TWO
            + """
            < "53:003|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            < "53:005"
            ! Answered(2, 0)
            """
        )

    def test_a_general_error_answers(self) -> None:
        """It is a refusal, with a code or without; an error that is no number is one as well."""
        self.play(
            BOUND
            + TWO
            + """
            < "98:003|900:2|901:Syntax error"
            ! Answered(1, 2, b"", "Syntax error")
            < "98:005"
            ! Answered(2, GENERAL)
            do s.submit(now, c)
            > "03:007|021:333|033:c"
            < "53:007|900:oops"
            ! Answered(3, GENERAL)
            """
        )

    def test_an_unreadable_answer_answers(self) -> None:
        """What of it can be read counts."""
        self.play(
            BOUND
            + TWO
            + """
            < b"\\x0253:003\\t021:111\\tbad\\t060:261122133000\\t\\x03"
            ! Answered(1, 0, b"111:261122133000")
            """
        )
        self.assertEqual(1, self.session.strange)

    def test_the_window_is_kept(self) -> None:
        """What is beyond it waits, unwritten, and is told as such; alive waits for no answer in it."""
        self.play(
            BOUND
            + TWO
            + """
            do s.submit(now, c)
            do s.submit(now, d)
            do s.submit(now, e)
            > "03:007|021:333|033:c"
            > "03:009|021:444|033:d"
            < "53:007|060:261122133000"
            ! Answered(3, 0, b"333:261122133000")
            > "03:011|021:555|033:e"
            do s.submit(now, a)
            do s.close("x")
            ! Unanswered(1, "x")
            ! Unanswered(2, "x")
            ! Unanswered(4, "x")
            ! Unanswered(5, "x")
            ! Unanswered(6, "x", written=False)
            ! Closed("x")
            """
        )

    def test_numbers_come_round(self) -> None:
        """After 255 comes 001, and never one that is open."""
        self.play(BOUND)
        for turn in range(400):
            self.session.submit(0.0, A)
            [frame] = Frames().feed(self.session.flush())
            number = (2 * turn + 3) % 256
            self.assertEqual(f"03:{number:03d}|021:111|033:a", decode(frame))
            self.session.received(0.0, encode(f"53:{number:03d}|060:261122133000"))
        self.assertEqual(400, len(self.session.events))

    def test_an_open_number_is_not_given_again(self) -> None:
        """However long its answer takes: what would follow waits."""
        self.make(window=126)
        self.session.open(0.0)
        self.session.received(0.0, encode("51:001"))
        self.session.flush()
        for turn in range(200):
            self.session.submit(0.0, A)
            if 0 < turn < 128:
                self.session.received(0.0, encode(f"53:{(2 * turn + 3) % 256:03d}|060:261122133000"))
        frames = list(Frames().feed(self.session.flush()))
        self.assertEqual(128, len(frames))
        self.assertEqual("03:001|021:111|033:a", decode(frames[-1]))

    def test_no_answer_in_time(self) -> None:
        """The session signs off: others may still be answered; what waits is not written any more."""
        self.play(
            BOUND
            + TWO
            + """
            + 5
            do s.submit(now, c)
            do s.submit(now, d)
            do s.submit(now, e)
            > "03:007|021:333|033:c"
            > "03:009|021:444|033:d"
            + 14.9
            < "53:003|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            > "03:011|021:555|033:e"
            do s.submit(now, a)
            + 0.1
            ! Unanswered(2, "no answer within 20 s")
            ! Leaving("no answer within 20 s")
            < "53:007|060:261122133000"
            ! Answered(3, 0, b"333:261122133000")
            < "53:005|060:261122133000"
            + 4.9
            + 0.1
            ! Unanswered(4, "no answer within 20 s")
            > "02:013"
            < "52:013"
            ! Unanswered(5, "no answer within 20 s")
            ! Unanswered(6, "no answer within 20 s", written=False)
            ! Closed("no answer within 20 s")
            """
        )
        self.assertEqual((1, 0), (self.session.late, self.session.pending))

    def test_what_no_packet_can_say(self) -> None:
        """Is refused before it waits for its turn."""
        self.play(BOUND)
        self.assertRaises(BadField, self.session.submit, 0.0, part("1", "a\tb"))
        self.assertRaises(BadField, self.session.ask, 0.0, Packet(4, parameters=((21, "\3"),)))
        self.assertEqual((0, b""), (self.session.pending, self.session.flush()))

    def test_validity_is_what_is_left_when_it_is_written(self) -> None:
        """In steps of five minutes, rounded down."""
        self.play(BOUND + '+ 10\ndo s.submit(now, part("1", "x", expires=3610.0))\n> "03:003|021:1|033:x|050:11"')


class SameSecondTests(SessionTestCase):
    def setUp(self) -> None:
        self.session = Session(RULES, Credentials("weni", "secret"), Learnt(), Spacing(), Habits(window=4))

    def test_another_text_to_one_number_waits(self) -> None:
        """Till a second after the answer; a part of the same text does not, nor do other numbers."""
        self.play(
            BOUND
            + """
            do s.submit(now, part("111", "a", 1))
            do s.submit(now, part("111", "b", 1))
            do s.submit(now, part("+111", "c", 2))
            do s.submit(now, part("222", "d", 3))
            > "03:003|021:111|033:a"
            > "03:005|021:111|033:b"
            > "03:007|021:222|033:d"
            < "53:003|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            + 0.5
            < "53:005|060:261122133000"
            ! Answered(2, 0, b"111:261122133000")
            + 0.9
            + 0.1
            > "03:009|021:+111|033:c"
            """
        )

    @settings(deadline=None)
    @given(st.lists(st.sampled_from(["submit", "answer", "flush", "tick", "close"]), max_size=60))
    def test_each_part_has_one_end(self, steps: list[str]) -> None:
        """Whatever happens in whatever order."""
        self.setUp()
        session, now, open_ = self.session, 0.0, list[int]()
        session.open(now)
        session.received(now, encode("51:001"))
        for turn, step in enumerate(steps):
            match step:
                case "submit" if session.state is State.BOUND:
                    session.submit(now, part("111", "a", turn % 3))
                case "answer" if open_:
                    session.received(now, encode(f"53:{open_.pop():03d}|060:261122133000"))
                case "tick":
                    now += 7.0
                    session.tick(now)
                    self.assertGreater(session.due() or now + 1, now)
                case "close":
                    session.close("x")
            open_ += [
                one.number for one in map(packet, map(decode, Frames().feed(session.flush()))) if one.operation == 3
            ]
        session.close("x")
        ends = [event.sequence for event in session.events if isinstance(event, Answered | Unanswered)]
        self.assertEqual(sorted(set(ends)), sorted(ends))
        self.assertEqual(0, session.pending)

    def test_the_timer_is_set_for_it(self) -> None:
        """And not while the window is full anyway."""
        now = self.play(
            BOUND
            + """
            do s.submit(now, part("111", "a", 1))
            > "03:003|021:111|033:a"
            < "53:003|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            do s.submit(now, part("111", "b", 2))
            """
        )
        self.assertEqual(now + 1.0, self.session.due())


class NackTests(SessionTestCase):
    def test_a_garbled_request_is_written_again(self) -> None:
        """With those behind it, once, though each of them earns a nack."""
        self.play(
            BOUND
            + TWO
            + """
            do s.submit(now, c)
            > "03:007|021:333|033:c"
            < "99:005"
            > "03:005|021:222|033:b"
            > "03:007|021:333|033:c"
            < "99:005"
            < "53:003|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            < "53:005|060:261122133000"
            ! Answered(2, 0, b"222:261122133000")
            < "53:007|060:261122133000"
            ! Answered(3, 0, b"333:261122133000")
            """
        )

    def test_another_number_is_expected(self) -> None:
        """The counter is set to it, and what is open is renumbered."""
        self.play(
            BOUND
            + TWO
            + """
            < "99:021"
            > "03:021|021:111|033:a"
            > "03:023|021:222|033:b"
            < "99:021"
            < "53:021|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            < "53:023|060:261122133000"
            ! Answered(2, 0, b"222:261122133000")
            do s.submit(now, c)
            > "03:025|021:333|033:c"
            """
        )

    def test_what_is_not_written_yet(self) -> None:
        """Goes once, in its turn, and earns no nack of its own."""
        self.play(
            BOUND
            + TWO
            + """
            do s.submit(now, c)
            < "99:021"
            > "03:021|021:111|033:a"
            > "03:023|021:222|033:b"
            > "03:025|021:333|033:c"
            < "99:021"
            < "99:021"
            > "03:021|021:111|033:a"
            > "03:023|021:222|033:b"
            > "03:025|021:333|033:c"
            do s.submit(now, d)
            < "99:021"
            < "99:021"
            < "99:021"
            > "03:021|021:111|033:a"
            > "03:023|021:222|033:b"
            > "03:025|021:333|033:c"
            > "03:027|021:444|033:d"
            do s.close("x")
            ! Unanswered(1, "x")
            ! Unanswered(2, "x")
            ! Unanswered(3, "x")
            ! Unanswered(4, "x")
            ! Closed("x")
            """
        )

    def test_the_next_number_is_expected(self) -> None:
        """With one open, that is refused; with more, it is they that it has had."""
        one = """
            do s.submit(now, a)
            > "03:003|021:111|033:a"
            < "99:005"
            > "03:005|021:111|033:a"
            """
        self.play(BOUND + one)
        self.make()
        self.play(BOUND + TWO + '< "99:007"')

    def test_their_series(self) -> None:
        """An even number speaks of our answer, or of nothing: that is written again, three times."""
        mo, again = DeliveryTests.MO, '< "99:000"\n> "70:000"\n'
        kept = f'< "{mo}"\n! Delivered(p("{mo}"))\n< "99:000"\ndo s.answer(now, p("{mo}"), True)\n> "70:000"\n'
        self.play(BOUND + TWO + '< "99:006"\n' + kept + 3 * again + '< "99:000"')

    def test_three_tries(self) -> None:
        """Then it is no use, and no other copy leaves with the last words."""
        again = '< "99:003"\n> "03:003|021:111|033:a"\n'
        self.play(
            BOUND
            + 'do s.submit(now, a)\n> "03:003|021:111|033:a"\n'
            + 3 * again
            + """
            < "99:003"
            ! Unanswered(1, "the carrier refuses our packets: a nack again and again")
            ! Closed("the carrier refuses our packets: a nack again and again")
            """
        )

    def test_a_wrong_checksum_of_theirs(self) -> None:
        """We name the number we expect: of a request, theirs; of an answer, ours."""
        self.play(
            BOUND
            + TWO
            + """
            < b"\\x0220:000\\t021:8000\\t00\\x03"
            > "99:000"
            < b"\\x0253:003\\t060:261122133000\\t00\\x03"
            > "99:003"
            < "53:003|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            < b"\\x0299:005\\t00\\x03"
            """
        )
        self.assertEqual(3, self.session.strange)

    def test_nothing_but_wrong_checksums(self) -> None:
        """Four in a row end it."""
        wrong = '< b"\\x0220:000\\t021:8000\\t00\\x03"\n> "99:000"\n'
        self.play(BOUND + 3 * wrong + '< b"\\x0220:000\\t00\\x03"\n! Closed("unreadable: a wrong checksum")')

    def test_no_packets_at_all(self) -> None:
        """So do four that have neither operation nor number."""
        said = '< b"\\x02\\x03"\n> "98:000|900:2"\n'
        self.play(BOUND + 3 * said + '< b"\\x02\\x03"\n! Closed("unreadable: no operation and number")')

    def test_a_number_beyond_the_series(self) -> None:
        """Nobody can expect that: nothing is written again under it."""
        self.play(
            BOUND
            + 'do s.submit(now, a)\n> "03:003|021:111|033:a"\n< "99:999"\ndo s.close("x")\n'
            + """
            ! Unanswered(1, "x")
            ! Closed("x")
            """
        )


class DeliveryTests(SessionTestCase):
    MO = "20:000|021:8000|023:251911000001|060:261122133000|033:yes"
    REPORT = "23:002|021:111|060:261122133000|061:4|063:261122133005"

    def test_kept(self) -> None:
        """Answered after its commit, under its number."""
        self.play(
            BOUND
            + f"""
            < "{self.MO}"
            ! Delivered(p("{self.MO}"))
            < "{self.REPORT}"
            ! Delivered(p("{self.REPORT}"))
            do s.answer(now, p("{self.REPORT}"), True)
            > "73:002"
            do s.answer(now, p("{self.MO}"), True)
            > "70:000"
            """
        )

    def test_not_kept(self) -> None:
        """An error that brings it again; and when it comes again, it is delivered again."""
        self.play(
            BOUND
            + f"""
            < "{self.MO}"
            ! Delivered(p("{self.MO}"))
            do s.answer(now, p("{self.MO}"), False)
            > "70:000|900:710"
            < "{self.MO}"
            ! Delivered(p("{self.MO}"))
            < "{self.REPORT}"
            ! Delivered(p("{self.REPORT}"))
            do s.answer(now, p("{self.REPORT}"), False)
            > "73:002|900:9"
            """
        )

    def test_twice_is_once(self) -> None:
        """The same under the same number is answered as its former was, and each time."""
        self.play(
            BOUND
            + f"""
            < "{self.MO}"
            ! Delivered(p("{self.MO}"))
            < "{self.MO}"
            do s.answer(now, p("{self.MO}"), True)
            > "70:000"
            > "70:000"
            < "{self.MO}"
            > "70:000"
            """
        )

    def test_another_under_the_same_number_is_another(self) -> None:
        """Servers that count badly lose nothing."""
        other = self.MO.replace("yes", "no")
        self.play(
            BOUND
            + f"""
            < "{self.MO}"
            ! Delivered(p("{self.MO}"))
            < "{other}"
            ! Delivered(p("{other}"))
            do s.answer(now, p("{self.MO}"), True)
            > "70:000"
            do s.answer(now, p("{other}"), True)
            > "70:000"
            """
        )

    def test_requests_that_are_not_theirs(self) -> None:
        """A client's operation, one that nobody knows, one that cannot be read: each is answered, and counted."""
        self.play(
            BOUND
            + """
            < "03:004|021:1|033:x"
            > "53:004|900:1"
            < "33:006"
            > "98:006|900:1"
            < b"\\x0220:008\\tx\\t\\x03"
            > "70:008|900:2"
            < b"\\x02what?\\t\\x03"
            > "98:000|900:2"
            < "88:001"
            < "53:201|021:111|060:261122133000"
            """
        )
        self.assertEqual((5, 1), (self.session.strange, self.session.late))

    def test_they_log_out(self) -> None:
        """Which is theirs to do."""
        self.play(BOUND + '< "02:000"\n> "52:000"\n! Closed("the carrier logged out")')

    def test_a_stream_without_sense(self) -> None:
        """What never ends is no packet."""
        self.play(BOUND + '< b"\\x02" + b"x" * 5000\n! Closed("unreadable: a packet of more than 4096 octets")')


class AliveTests(SessionTestCase):
    def test_silence_is_asked_about(self) -> None:
        """Anything heard is a sign of life."""
        self.play(
            BOUND
            + """
            + 29.9
            + 0.1
            > "40:003"
            + 10
            < "90:003"
            + 29.9
            < "40:000"
            > "90:000"
            + 29.9
            + 0.1
            > "40:005"
            < "98:005|900:1"
            """
        )

    def test_two_unanswered_end_it(self) -> None:
        """And nothing more is written to a peer that reads nothing."""
        self.play(
            BOUND
            + """
            + 30
            > "40:003"
            + 30
            > "40:005"
            + 29.9
            + 0.1
            ! Closed("the carrier fell silent: two alive without an answer", deaf=True)
            """
        )

    def test_an_smsc_that_never_answers_alive(self) -> None:
        """Takes parts as ever: alive holds no place in the window."""
        self.make(window=0)
        self.play(
            """
            do s.open(now)
            > "01:001|010:weni|011:secret"
            < "51:001"
            ! Bound()
            + 30
            > "40:003"
            do s.submit(now, a)
            > "03:005|021:111|033:a"
            < "53:005|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            """
        )

    def test_no_alive_into_a_full_window(self) -> None:
        """What is open asks already; and the timer does not spin."""
        self.make(window=0, answer_within=50.0)
        self.play(
            """
            do s.open(now)
            > "01:001|010:weni|011:secret"
            < "51:001"
            ! Bound()
            do s.submit(now, a)
            > "03:003|021:111|033:a"
            + 40
            """
        )
        self.assertEqual(50.0, self.session.due())

    def test_who_does_not_listen_hears_no_silence(self) -> None:
        """While the owner reads nothing, no answer is overdue and nobody is dead; afterwards all waits begin anew."""
        self.play(
            BOUND
            + TWO
            + """
            do s.stop_reading(now)
            + 100
            + 100
            do s.read_on(now)
            + 19.9
            < "53:003|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            + 0.1
            ! Unanswered(2, "no answer within 20 s")
            ! Leaving("no answer within 20 s")
            > "02:007"
            """
        )


class LeaveTests(SessionTestCase):
    def test_in_good_order(self) -> None:
        """Open answers first, then 02 and 52; what is not written never is."""
        self.play(
            BOUND
            + TWO
            + """
            do s.leave(now)
            do s.submit(now, c)
            + 1
            < "53:003|060:261122133000"
            ! Answered(1, 0, b"111:261122133000")
            < "53:005|060:261122133000"
            ! Answered(2, 0, b"222:261122133000")
            > "02:007"
            < "52:007"
            ! Unanswered(3, "logged out", written=False)
            ! Closed("logged out")
            """
        )

    def test_bounded(self) -> None:
        """Five seconds for answers, two for the last."""
        self.play(
            BOUND
            + TWO
            + """
            do s.leave(now)
            + 4.9
            + 0.1
            > "02:007"
            + 1.9
            + 0.1
            ! Unanswered(1, "no answer to our logout")
            ! Unanswered(2, "no answer to our logout")
            ! Closed("no answer to our logout")
            """
        )

    def test_deliveries_are_answered_before(self) -> None:
        """What was delivered and is being kept."""
        mo = DeliveryTests.MO
        self.play(
            BOUND
            + f"""
            < "{mo}"
            ! Delivered(p("{mo}"))
            do s.leave(now)
            do s.answer(now, p("{mo}"), True)
            > "70:000"
            > "02:003"
            < "52:003"
            ! Closed("logged out")
            do s.answer(now, p("{mo}"), True)
            """
        )

    def test_leaving_deaf_is_bounded(self) -> None:
        """Nothing is overdue, but the time to leave runs."""
        self.play(BOUND + TWO + "do s.stop_reading(now)\n+ 100")
        self.assertIsNone(self.session.due())
        self.session.leave(100.0)
        self.assertEqual(105.0, self.session.due())

    def test_no_number_is_left(self) -> None:
        """The oldest answer is so late that its number would come round: no logout then."""
        self.play(BOUND)
        for turn in range(128):
            self.session.submit(0.0, A)
            if turn:
                self.session.received(0.0, encode(f"53:{(2 * turn + 3) % 256:03d}|060:261122133000"))
        self.session.flush()
        self.session.events.clear()
        self.play(
            """
            do s.leave(now)
            + 5
            ! Unanswered(1, "no number is free for our logout")
            ! Closed("no number is free for our logout")
            """
        )

    def test_what_comes_after_the_end(self) -> None:
        """Was never written, and is told so."""
        self.play(
            BOUND
            + """
            do s.close("x")
            ! Closed("x")
            do s.submit(now, a)
            ! Unanswered(1, "the session is over", written=False)
            do s.ask(now, p("04:000|021:111|060:261122133000"))
            ! Unanswered(2, "the session is over", written=False)
            """
        )

    def test_told_as_unwritten_is_not_written(self) -> None:
        """A part whose octets never left is told so, and they never leave."""
        self.play(BOUND + "do s.submit(now, a)\ndo s.close('x')\n! Unanswered(1, 'x', written=False)\n! Closed('x')")


class QuestionTests(SessionTestCase):
    ASK = """
        do s.ask(now, p("04:000|021:111|060:261122133000"))
        > "04:003|021:111|060:261122133000"
        """

    def test_fate(self) -> None:
        """061 and 062, in words."""
        for said, status, words in (
            ("061:4|062:0|063:261122133005", "DELIVERED", "delivered"),
            ("061:3|062:22|063:261122133005", "FAILED", "delivery failed: memory full"),
            ("061:1", "SENT", "in process"),
        ):
            self.make()
            reply = f'< "54:003|021:111|060:261122133000|{said}"\n! Replied(1, 0, Status.{status}, "{words}")'
            self.play(BOUND + self.ASK + reply)

    def test_not_known(self) -> None:
        """An error."""
        self.play(BOUND + self.ASK + '< "54:003|900:7"\n! Replied(1, 7, None, "cannot find information")')

    def test_cancelled(self) -> None:
        """Or not: delivered already, say."""
        ask = 'do s.ask(now, p("06:000|059:2|021:111|060:261122133000"))\n> "06:003|059:2|021:111|060:261122133000"\n'
        self.play(BOUND + ask + '< "56:003"\n! Replied(1, 0)')
        self.make()
        self.play(BOUND + ask + '< "56:003|900:9|901:no"\n! Replied(1, 9, None, "no")')

    def test_not_answered(self) -> None:
        """Costs no session: no text is in doubt."""
        self.play(BOUND + self.ASK + '+ 20\n! Unanswered(1, "no answer within 20 s")')
        self.assertIs(State.BOUND, self.session.state)


class TimeTests(SessionTestCase):
    NOON = 1_795_348_800.0  # 2026-11-22 12:00:00 UTC

    def setUp(self) -> None:
        self.make(ask_time=True)

    def test_zone(self) -> None:
        """The SMSC's clock against ours, to the quarter of an hour; asked again every hour."""
        now = self.play(
            LOGIN
            + """
            < "51:001"
            ! Bound()
            > "09:003|500:501"
            + 1
            < "59:003|501:261122172959"
            """,
            self.NOON,
        )
        self.assertEqual(5.5, self.session.learnt.zone)
        for _ in range(3):
            now += 1000.0
            self.session.received(now, encode("40:000"))
            self.session.tick(now)
        self.session.flush()
        now = self.play('+ 599\n> "09:005|500:501"\n> "40:007"\n< "59:005|501:261122183001"', now)
        self.assertEqual(5.5, self.session.learnt.zone)

    def test_refused(self) -> None:
        """Then nothing is known, and nothing is lost; neither by what no zone can be."""
        self.play(LOGIN + '< "51:001"\n! Bound()\n> "09:003|500:501"\n< "59:003|900:900"')
        self.assertIsNone(self.session.learnt.zone)
        self.setUp()
        self.play(LOGIN + '< "51:001"\n! Bound()\n> "09:003|500:501"\n< "59:003|501:990101000000"', self.NOON)
        self.assertIsNone(self.session.learnt.zone)

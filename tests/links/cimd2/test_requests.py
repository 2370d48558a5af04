"""Packet numbers: given, refused, repeated."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.cimd2.packets import Packet
from chanserv.links.cimd2.requests import Request, Requests, Sort, Theirs
from chanserv.links.cimd2.terms import Submit
from tests.links.cimd2.written import packet


def request(sequence: int) -> Request:
    return Request(sequence, Sort.PART, Submit(Packet(3), "", 0))


class RequestsTests(SynchronousTestCase):
    def test_two_series(self) -> None:
        """A client's are odd, a server's even."""
        for first, numbers in ((1, [1, 3, 5]), (0, [0, 2, 4])):
            requests, given_ = Requests(first), []
            for sequence in range(3):
                one = request(sequence)
                requests.begin(one)
                given_.append(one.number)
            self.assertEqual(numbers, given_)

    @settings(deadline=None)
    @given(st.lists(st.integers(0, 9), max_size=600), st.sampled_from((0, 1)))
    def test_no_number_is_open_twice(self, steps: list[int], first: int) -> None:
        """However old the oldest is: `room` says how many may still be begun."""
        requests, open_ = Requests(first), []
        for step in steps:
            if step < 7 and requests.room():
                open_.append(request(0))
                requests.begin(open_[-1])
            elif open_:
                requests.end(open_.pop(min(step - 7, len(open_) - 1) if step > 7 else -1))
            self.assertEqual(len(open_), len(list(requests)))
            self.assertEqual(len(open_), len({one.number for one in open_}))

    def test_all_numbers(self) -> None:
        """128 may be open; then there is no room."""
        requests = Requests()
        for sequence in range(128):
            self.assertEqual(128 - sequence, requests.room())
            requests.begin(request(sequence))
        self.assertEqual((0, 1, 5), (requests.room(), requests.awaited(2), requests.awaited(5)))


class TheirsTests(SynchronousTestCase):
    def test_what_is_expected(self) -> None:
        """The next even number; 254 is followed by 000."""
        theirs = Theirs()
        self.assertEqual(0, theirs.expected)
        theirs.heard(packet("40:254"))
        self.assertEqual(0, theirs.expected)
        theirs.heard(packet("20:006"))
        theirs.heard(packet("53:001"))
        self.assertEqual(8, theirs.expected)

    def test_owed(self) -> None:
        """Each request once, whatever repeats it."""
        theirs, one = Theirs(), packet("20:000|033:x")
        theirs.came(one)
        self.assertEqual((True, None), theirs.former(one))
        self.assertEqual((1, 2), (theirs.owed, theirs.answered(one, one.answer(), True)))
        self.assertEqual((0, (True, one.answer())), (theirs.owed, theirs.former(one)))
        self.assertEqual((False, None), theirs.former(packet("20:000|033:y")))

    def test_a_number_that_came_round(self) -> None:
        """128 texts later the same person may say the same: without a stamp an equal packet, and no repeat."""
        theirs, one = Theirs(), packet("20:000|021:8000|023:5511|033:1")
        for number in range(0, 256, 2):
            theirs.came(one.under(number))
            theirs.answered(one.under(number), one.under(number).answer(), True)
        self.assertEqual((False, None), theirs.former(one))
        self.assertEqual((True, one.under(254).answer()), theirs.former(one.under(254)))

    def test_a_flood_of_repeats(self) -> None:
        """While the first waits for its commit: not each of them is answered."""
        theirs, one = Theirs(), packet("20:000|033:x")
        theirs.came(one)
        for _ in range(1000):
            theirs.former(one)
        self.assertEqual(8, theirs.answered(one, one.answer(), True))

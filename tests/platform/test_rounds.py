"""Which requests are one round, and when an id is quiet enough for its status."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import Piece, Post
from chanserv.platform.rounds import Rounds, Ticket


def post(text: str = "hi", id: str = "1", to: str = "+250788383383") -> Post:
    return Post(channel="rw", id=id, piece=Piece(to=to, sender="+250788000111", text=text))


class RoundsTests(SynchronousTestCase):
    """n counts what the platform has surely read."""

    def setUp(self) -> None:
        self.rounds = Rounds(window=60.0, quiet=2.0)

    def ask(self, at: float, taken: bool = True, **what: str) -> Ticket:
        ticket = self.rounds.begin(post(**what), at)
        self.rounds.end(ticket, at, taken=taken)
        return ticket

    def test_an_answered_request_makes_the_next_equal_one_a_further_piece(self) -> None:
        """Twice the same text in one message: the platform goes on because it read the first 2xx."""
        self.assertEqual([1, 2, 3], [self.ask(at).n for at in (0.0, 0.1, 0.2)])

    def test_an_answer_nobody_was_there_to_read_does_not_count(self) -> None:
        """A hang-up or a 5xx leaves n where it was."""
        self.assertEqual([1, 1, 2], [self.ask(0.0, False).n, self.ask(1.0).n, self.ask(2.0).n])

    def test_a_request_while_the_former_is_still_open_is_its_repeat(self) -> None:
        """The platform gave up waiting: it has read nothing."""
        first = self.rounds.begin(post(), 0.0)
        second = self.rounds.begin(post(), 30.0)
        self.assertEqual((1, 1), (first.n, second.n))

    def test_a_later_round_begins_at_one(self) -> None:
        """Five minutes later is a retry, not a further piece."""
        self.ask(0.0)
        self.assertEqual(2, self.ask(59.0).n)
        self.assertEqual(3, self.ask(118.9).n)  # less than a window after the one before
        self.assertEqual(1, self.ask(178.9).n)

    def test_the_same_once_more_is_known_while_the_former_is_open(self) -> None:
        """Minutes later as well, when its round is forgotten; and the further piece is another."""
        first, last = self.rounds.begin(post(), 0.0), self.rounds.begin(post(), 300.0)
        self.assertEqual([True, False], [self.rounds.came_again(each) for each in (first, last)])
        self.rounds.end(last, 300.0, taken=True)
        further = self.rounds.begin(post(), 300.1)
        self.assertEqual([True, False], [self.rounds.came_again(each) for each in (first, further)])
        for each in (first, further):
            self.rounds.end(each, 301.0, taken=False)
        self.assertFalse(self.rounds.came_again(self.rounds.begin(post(), 302.0)))

    def test_an_answer_that_comes_after_its_round_counts_for_none(self) -> None:
        """The answer of a former round does not make the next one's retry a further piece."""
        old = self.rounds.begin(post(), 0.0)
        self.ask(100.0, False)
        self.rounds.end(old, 100.5, taken=True)
        self.assertEqual(1, self.ask(101.0).n)

    def test_other_texts_recipients_and_ids_are_other_keys(self) -> None:
        """Only an equal piece of an equal message is counted."""
        self.ask(0.0)
        self.assertEqual(1, self.ask(0.1, text="ho").n)
        self.assertEqual(1, self.ask(0.2, id="2").n)
        self.assertEqual(1, self.ask(0.3, to="+250788383384").n)

    def test_without_an_id_there_are_no_rounds(self) -> None:
        """Nothing can be a repeat of what has no name."""
        self.assertEqual([1, 1], [self.ask(at, id="").n for at in (0.0, 0.1)])

    def test_an_id_is_quiet_until_its_answer_was_read(self) -> None:
        """A status that overtakes the 2xx is lost on the platform's side."""
        self.assertEqual(0.0, self.rounds.quiet_until("rw", "1", 9.0))
        ticket = self.rounds.begin(post(), 9.0)
        self.assertEqual(12.0, self.rounds.quiet_until("rw", "1", 10.0))
        self.assertEqual(1, self.rounds.answering)
        self.rounds.end(ticket, 11.0, taken=True)
        self.assertEqual(13.0, self.rounds.quiet_until("rw", "1", 11.5))
        self.assertEqual(0.0, self.rounds.quiet_until("rw", "1", 13.0))
        self.assertEqual(0.0, self.rounds.quiet_until("other", "1", 11.5))

    def test_memory_is_given_back(self) -> None:
        """Old keys expire, and there are never more than the limit."""
        self.rounds.limit = 10
        for number in range(50):
            self.ask(0.0, id=str(number))
        self.assertEqual((10, 10), (len(self.rounds._rounds), len(self.rounds._answered)))
        self.ask(1000.0, id="last")
        self.assertEqual((1, 1), (len(self.rounds._rounds), len(self.rounds._answered)))
        self.assertEqual({}, dict(self.rounds._open))

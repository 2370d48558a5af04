"""The oracle by hand-made records: what is right passes, each wrong is named."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from tests.faults.oracle import Judgement, Seen, judge
from tests.faults.traffic import Handset, Text, Traffic, traffic

TO = "+5582900000001"
FIRST = Text("1", TO, ("one",), reply=False)
SECOND = Text("2", TO, ("two", "two"), reply=False)
HANDSET = Handset("+5582900000002", "yes")


def status(at: float, word: str, id: str) -> dict[str, Any]:
    return {"at": at, "what": word, "code": 200, "fields": {"id": id}}


def heard(at: float) -> dict[str, Any]:
    return {"at": at, "what": "receive", "code": 200, "fields": {"from": HANDSET.sender, "text": HANDSET.text}}


def seen() -> Seen:
    """All as promised."""
    return Seen(
        traffic=Traffic((FIRST, SECOND), (HANDSET,)),
        posted={("1", 0): 1.0, ("2", 0): 3.0, ("2", 1): 5.0},
        accepted={("1", 0): 2.0, ("2", 0): 4.0, ("2", 1): 6.0},
        submits=[(2.5, TO, "one"), (4.5, TO, "two"), (6.5, TO, "two")],
        callbacks=[
            status(3.0, "sent", "1"),
            status(4.0, "delivered", "1"),
            status(7.0, "sent", "2"),
            status(8.0, "delivered", "2"),
            heard(8.0),
        ],
    )


class OracleTests(SynchronousTestCase):
    """One thing wrong at a time."""

    def judged(self, record: Seen, broken: int = 0, killed: float | None = None) -> Judgement:
        return judge(record, broken, 10, killed)

    def complains(self, record: Seen, words: str) -> None:
        self.assertIn(words, " ".join(self.judged(record).complaints))

    def test_what_is_right_passes(self) -> None:
        """No complaint, and nothing is waited for."""
        self.assertEqual((), self.judged(seen()).complaints)
        self.assertTrue(seen().settled())

    def test_an_accepted_piece_that_was_not_submitted_is_lost(self) -> None:
        """Equal pieces count each."""
        record = seen()
        record.submits.pop()
        self.complains(record, "accepted 2 times, submitted 1")
        self.assertFalse(record.settled())

    def test_an_equal_piece_that_came_late_may_be_a_retry(self) -> None:
        """By the platform's own rules: nobody can tell it from one."""
        record = seen()
        record.submits.pop()
        record.accepted["2", 1] += 10.0
        self.assertEqual((), self.judged(record).complaints)

    def test_a_message_without_a_final_status_is_lost(self) -> None:
        """Sent is not the end."""
        record = seen()
        del record.callbacks[1]
        self.complains(record, "message 1 has no final status")

    def test_a_status_that_steps_back_is_wrong(self) -> None:
        """Sent after delivered, and another final."""
        for word in ("sent", "failed"):
            record = seen()
            record.callbacks.append(status(9.0, word, "1"))
            self.complains(record, f"delivered -> {word}")

    def test_the_same_status_twice_is_counted(self) -> None:
        """The record of a post may die with the gateway."""
        record = seen()
        record.callbacks.append(status(9.0, "delivered", "1"))
        self.assertEqual((1, ()), (self.judged(record).repeated, self.judged(record).complaints))

    def test_submits_twice_need_a_broken_session(self) -> None:
        """One window for each, not one more."""
        record = seen()
        record.submits.append((9.0, TO, "one"))
        self.complains(record, "1 submits too many")
        self.assertEqual((1, ()), (self.judged(record, broken=1).doubled, self.judged(record, broken=1).complaints))

    def test_what_nobody_posted_is_foreign(self) -> None:
        """Texts, statuses, and words of handsets."""
        record = seen()
        record.submits.append((9.0, TO, "three"))
        record.callbacks += [status(9.0, "sent", "3"), heard(9.0) | {"fields": {"from": "+1", "text": "no"}}]
        for words in ("submitted, never posted", "message 3, which never was", "no handset said"):
            self.complains(record, words)

    def test_overtaking_is_wrong(self) -> None:
        """The first was accepted before the second was posted."""
        record = seen()
        record.submits[0], record.submits[1] = record.submits[1], record.submits[0]
        self.complains(record, "message 2 overtook message 1")
        record.submits[:2] = [(61.9, TO, "two"), (62.0, TO, "one")]
        self.complains(record, "message 2 overtook message 1")

    def test_who_was_held_for_long_may_be_overtaken(self) -> None:
        """Nothing else of its line went meanwhile: a long backlog is no excuse."""
        record = seen()
        record.submits[:] = [(62.0, TO, "two"), (62.1, TO, "one"), (62.2, TO, "two")]
        self.assertEqual((), self.judged(record).complaints)
        third = attrs.evolve(FIRST, id="3", pieces=("three",))
        record.traffic = Traffic((FIRST, SECOND, third), (HANDSET,))
        record.posted["3", 0], record.accepted["3", 0] = 0.1, 0.2
        record.submits.insert(0, (2.5, TO, "three"))
        self.complains(record, "message 2 overtook message 1")

    def test_what_a_handset_said_comes_once(self) -> None:
        """Twice only if it was on its way when the gateway died."""
        record = seen()
        record.callbacks.append(heard(9.0))
        self.complains(record, "said 1 times, came 2 times")
        self.assertEqual((), self.judged(record, killed=8.5).complaints)
        self.assertEqual(1, self.judged(record, killed=8.5).mo_doubled)

    def test_a_handset_that_is_not_heard_is_lost(self) -> None:
        """The platform never got it."""
        record = seen()
        record.callbacks.pop()
        self.complains(record, "reached the platform 0 times")


class TrafficTests(SynchronousTestCase):
    """What a seed gives."""

    def test_the_same_seed_says_the_same(self) -> None:
        """A trial can be repeated."""
        self.assertEqual(traffic(7), traffic(7))
        self.assertNotEqual(traffic(7), traffic(8))

    def test_every_part_can_be_told_from_every_other(self) -> None:
        """But for equal pieces of one message."""
        plan = traffic(1)
        different = [{(text.to, part) for part in text.parts} for text in plan.texts]
        self.assertEqual(sum(map(len, different)), len(set().union(*different)))

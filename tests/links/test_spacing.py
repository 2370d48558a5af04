"""Two texts to one number within a second: the second one waits."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.spacing import Held, Spacing, alike


class SpacingTests(SynchronousTestCase):
    def test_another_message_waits_for_the_answer_and_a_second(self) -> None:
        """Whatever the number's prefix; others do not care."""
        spacing = Spacing()
        self.assertEqual(-inf, spacing.when("+5511999990000", 1))
        spacing.wrote("+5511999990000", 1)
        self.assertEqual(inf, spacing.when("005511999990000", 2))
        self.assertEqual(-inf, spacing.when("+5511999990001", 2))
        spacing.answered(10.2, "5511999990000")
        self.assertEqual(11.2, spacing.when("+5511999990000", 2))

    def test_parts_of_one_message_share(self) -> None:
        """The number is free a second after the last of them was answered."""
        spacing = Spacing()
        spacing.wrote("1", 7)
        self.assertEqual(-inf, spacing.when("1", 7))
        spacing.wrote("1", 7)
        spacing.answered(1.0, "1")
        self.assertEqual((inf, -inf), (spacing.when("1", 8), spacing.when("1", 7)))
        spacing.answered(2.0, "1")
        self.assertEqual(3.0, spacing.when("1", 8))
        spacing.wrote("1", 8)
        self.assertEqual(inf, spacing.when("1", 7))

    def test_what_is_over_is_forgotten(self) -> None:
        """Memory is bounded by what is open and what was answered within a second."""
        spacing = Spacing()
        for number in range(1000):
            spacing.wrote(str(number), number)
            spacing.answered(number / 10, str(number))
        self.assertLessEqual(len(spacing), 11)
        spacing.answered(1000.0, "nobody's")
        self.assertEqual(0, len(spacing))

    def test_a_number_that_is_written_again_is_not_forgotten(self) -> None:
        """Its former second passes meanwhile."""
        spacing = Spacing()
        spacing.wrote("1", 1)
        spacing.answered(0.0, "1")
        spacing.wrote("1", 1)
        spacing.answered(5.0, "2")
        self.assertEqual(inf, spacing.when("1", 2))

    def test_alike(self) -> None:
        """Seven digits tell numbers apart, as they do in the store."""
        self.assertEqual(["9990000"] * 3, [alike(each) for each in ("+55 11 99999-0000", "99999-0000", "011999990000")])


class HeldTests(SynchronousTestCase):
    def test_in_turn(self) -> None:
        """One message a second for a number, in the order they came; all parts of one together."""
        held = Held(Spacing())
        for part, message in enumerate((1, 2, 2, 3)):
            held.put(part, "1", message)
        self.assertEqual([0], held.take(0.0, 9))
        held.spacing.answered(0.5, "1")  # type: ignore[union-attr]
        self.assertEqual(([], 1.5), (held.take(1.4, 9), held.due()))
        self.assertEqual([1, 2], held.take(1.5, 9))
        self.assertEqual(([3], 2.5), (list(held), held.due()))  # nobody knows who answers, and where

    def test_room(self) -> None:
        """No more than there is room for."""
        held = Held(Spacing())
        for part in range(3):
            held.put(part, str(part), part)
        self.assertEqual(([0, 1], [2]), (held.take(0.0, 2), list(held)))
        self.assertEqual(0.0, held.due())
        held.clear()
        self.assertEqual((0, None), (len(held), held.due()))

    def test_shared(self) -> None:
        """Without spacing all go at once."""
        held = Held()
        held.put(1, "1", 1)
        held.put(2, "1", 2)
        self.assertEqual(([1, 2], None), (held.take(0.0, 9), held.due()))

    @given(st.lists(st.tuples(st.sampled_from("12"), st.integers(1, 3)), max_size=12))
    def test_all_go_in_the_end(self, parts: list[tuple[str, int]]) -> None:
        """Each once, those of other messages to one number in different seconds, as stamped while it is open."""
        held, stamps, now = Held(Spacing()), dict[tuple[str, int], set[int]](), 0.0
        for part, (number, message) in enumerate(parts):
            held.put(part, number, message)
        gone: list[int] = []
        while held:
            for part in held.take(now, 3):
                gone.append(part)
                stamps.setdefault(parts[part], set()).update((int(now), int(now + 0.3)))
                held.spacing.answered(now + 0.3, parts[part][0])  # type: ignore[union-attr]
            now += 0.25
        self.assertEqual(list(range(len(parts))), sorted(gone))
        for (number, message), seconds in stamps.items():
            for (other, later), others in stamps.items():
                if number == other and message != later:
                    self.assertFalse(seconds & others)

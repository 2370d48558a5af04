"""Which text from a handset may be the repeat of a former one."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.formers import SOON, WINDOW, Formers


class FormersTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.formers = Formers()

    def test_answered_in_a_living_session(self) -> None:
        """Is no former of anything."""
        self.formers.came("d")
        self.assertEqual(1, self.formers.keeping("d"))
        self.formers.kept("d")
        self.formers.answered("d", 0.0, read=True)
        self.assertEqual((0, False), (self.formers.keeping("d"), self.formers.repeated("d", 1.0)))

    def test_the_session_ended_within_five_seconds(self) -> None:
        """Once for each former, by its own digest only."""
        for at, digest in ((0.0, "old"), (1.0, "d"), (2.0, "d")):
            self.formers.answered(digest, at, read=True)
        self.formers.session_ended(1.0 + SOON)
        self.assertEqual(
            [False, False, True, True, False],
            [self.formers.repeated(digest, 7.0) for digest in ("old", "other", "d", "d", "d")],
        )

    def test_an_end_after_an_end(self) -> None:
        """What a session answered is in doubt once."""
        self.formers.answered("d", 0.0, read=True)
        self.formers.session_ended(1.0)
        self.formers.session_ended(2.0)
        self.assertEqual([True, False], [self.formers.repeated("d", 3.0) for _ in range(2)])

    def test_within_repeat_window(self) -> None:
        """Then it is forgotten."""
        self.formers.doubt(["d", "e"], 0.0)
        self.formers.answered("d", 100.0, read=False)
        self.assertTrue(self.formers.repeated("e", WINDOW))
        self.assertTrue(self.formers.repeated("d", WINDOW + 1))
        self.assertFalse(self.formers.repeated("d", WINDOW + 1))
        self.assertEqual({}, self.formers._doubtful)

    def test_memory_is_bounded(self) -> None:
        """Answers of a long session are kept for five seconds."""
        for second in range(1000):
            self.formers.answered("d", float(second), read=True)
        self.assertLessEqual(len(self.formers._answered), SOON + 1)

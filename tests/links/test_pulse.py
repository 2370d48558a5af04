"""A sign of life, and asking for one."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.pulse import UNANSWERED, Pulse


class PulseTests(SynchronousTestCase):
    """Heard at second 10, asked after 30 seconds of silence."""

    def setUp(self) -> None:
        self.pulse = Pulse(30.0)
        self.pulse.heard(10.0)

    def test_silence_asks(self) -> None:
        """Not a moment early."""
        self.assertEqual(40.0, self.pulse.due)
        self.assertEqual((False, True), (self.pulse.quiet(39.9), self.pulse.quiet(40.0)))

    def test_asked_in_vain(self) -> None:
        """Each time after as long a silence; then it is gone."""
        for nth in range(UNANSWERED):
            self.assertTrue(self.pulse.ask(40.0 + nth * 30.0))
            self.assertEqual(70.0 + nth * 30.0, self.pulse.due)
        self.assertFalse(self.pulse.ask(100.0))

    def test_an_answer(self) -> None:
        """Whatever it is, what was asked in vain counts no more."""
        self.pulse.ask(40.0)
        self.pulse.ask(70.0)
        self.pulse.heard(99.0)
        self.assertEqual((129.0, True), (self.pulse.due, self.pulse.ask(129.0)))

    def test_nobody_is_asked(self) -> None:
        """With 0 seconds."""
        pulse = Pulse(0.0)
        self.assertEqual((None, False), (pulse.due, pulse.quiet(1e9)))

    def test_deaf(self) -> None:
        """While we do not listen nothing is silence; afterwards it begins anew."""
        self.pulse.stop(20.0)
        self.assertEqual((True, None, False), (self.pulse.deaf, self.pulse.due, self.pulse.quiet(1e9)))
        self.assertEqual(80.0, self.pulse.go_on(100.0))
        self.assertEqual((False, 130.0), (self.pulse.deaf, self.pulse.due))
        self.assertEqual(0.0, self.pulse.go_on(101.0))

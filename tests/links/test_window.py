"""What waits for an answer, and what is still to be written."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.window import Outlet, Window


class WindowTests(SynchronousTestCase):
    def test_the_oldest_first(self) -> None:
        """All wait equally long; what is answered is due no more."""
        window = Window()
        for number, due in ((5, 1.0), (3, 2.0), (4, 2.0), (9, 3.0)):
            window.add(number, due)
        self.assertEqual((1.0, [5, 3, 4]), (window.first_due, window.overdue(2.0)))
        self.assertEqual((True, False), (window.pop(5), window.pop(5)))
        window.longer(10.0)
        self.assertEqual((12.0, [], 3, True), (window.first_due, window.overdue(11.0), len(window), 9 in window))
        window.clear()
        self.assertIsNone(window.first_due)


class OutletTests(SynchronousTestCase):
    def test_in_order(self) -> None:
        """Once; written is what was given out."""
        out = Outlet()
        out.write(b"a")
        out.submit(1, b"b")
        self.assertFalse(out.written(1))
        self.assertEqual((b"ab", b""), (out.flush(), out.flush()))
        self.assertTrue(out.written(1))

    def test_taken_back(self) -> None:
        """Parts only."""
        out = Outlet()
        out.submit(1, b"a")
        out.write(b"b")
        out.take_back()
        self.assertEqual((False, b"b"), (out.written(1), out.flush()))

    def test_instead(self) -> None:
        """Other octets of a part go in their own turn, and the first never."""
        out = Outlet()
        out.submit(1, b"a")
        out.submit(2, b"b")
        out.submit(1, b"c")
        self.assertEqual(b"bc", out.flush())

"""When the process before this one ended, and whose answer may be lost because of it."""

import os

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv import operations as op
from chanserv.message import Reply
from chanserv.rules.terms import Terms
from chanserv.store import folder as folders
from chanserv.store.clerk import Clerk
from chanserv.store.sqlite import SqliteLedger

HEARD = 1_000_000.0


class FormerTests(SynchronousTestCase):
    """An MO is in doubt only if the process ended within seconds of it."""

    def setUp(self) -> None:
        self.path = self.mktemp()
        ledger = SqliteLedger(self.path)
        ledger.begin()
        reply = Reply(link="a", sender="1", to="2", body=b"1", encoding="ascii", channel="c", digest="d1")
        Clerk(ledger, Terms()).carry_out(HEARD, op.Hear(reply=reply))
        ledger.commit(HEARD)
        ledger.close()

    def doubted(self, ended: float, now: float) -> tuple[str, ...]:
        ledger = SqliteLedger(self.path, ended=ended)
        self.addCleanup(ledger.close)
        return Clerk(ledger, Terms()).carry_out(now, op.Formers(link="a")).digests

    def test_killed_right_after_it(self) -> None:
        """Nobody knows whether the SMSC has read our answer."""
        self.assertEqual(("d1",), self.doubted(ended=0.0, now=HEARD + 10))
        self.assertEqual(("d1",), self.doubted(ended=HEARD + 4, now=HEARD + 10))

    def test_an_idle_hour_before_the_end(self) -> None:
        """A quiet gateway that lived on is no doubt: a person's next "1" must come through."""
        self.assertEqual((), self.doubted(ended=HEARD + 6, now=HEARD + 10))

    def test_started_again_much_later(self) -> None:
        """After repeat_window a carrier repeats nothing."""
        self.assertEqual((), self.doubted(ended=0.0, now=HEARD + 1801))


class TouchTests(SynchronousTestCase):
    """The lock's own time tells when a writer was last alive."""

    def test_touched(self) -> None:
        """Kept across openings; taking the lock does not change it."""
        folder, clock = self.mktemp(), Clock()
        clock.advance(HEARD)
        self.assertEqual(0.0, folders.touched(folder))
        lock = folders.take(folder)
        folders.touch(folder, clock.seconds())
        os.close(lock)
        os.close(folders.take(folder))
        self.assertEqual(HEARD, folders.touched(folder))

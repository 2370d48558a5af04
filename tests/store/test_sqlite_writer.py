from __future__ import annotations

import os
import sqlite3

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import StoreError
from chanserv.operations import Census, Done, Failed, Operation, Recent, Replay, Result, Sweep
from chanserv.store.frames import Batch, Frames, Kept, Unreadable, answered, asked, frame
from chanserv.store.ledger import Ledger
from chanserv.store.sqlite import SqliteLedger
from chanserv.store.writer import Writer
from tests.store.ledger_contract import message, place


class Pupil:
    """A clerk whose orders are easy to see: Replay puts a message and a place, other operations fail."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.told: list[tuple[str, float]] = []

    def started(self, now: float) -> None:
        self.told.append(("started", now))

    def resumed(self, began: float) -> None:
        self.told.append(("resumed", began))

    def carry_out(self, now: float, operation: Operation) -> Result:
        match operation:
            case Replay(letter=ref):
                self.ledger.put(message(ref, "x" * 5_000))
                self.ledger.enqueue(place(ref))
                return Done()
            case Census():
                self.ledger.enqueue(place(999))
                raise KeyError("+5511999990001")
            case Sweep():
                self.ledger.put(message(50, channel=None))  # type: ignore[arg-type]  # SQLite is to refuse it
        return Done(known=False)


class WriterTests(SynchronousTestCase):
    """Batches on a real file, by a clerk that errs on demand."""

    def setUp(self) -> None:
        self.path = self.mktemp()
        self.max_pages = 0
        self.notes: list[str] = []
        self.pupils: list[Pupil] = []
        self.ledgers: list[SqliteLedger] = []
        self.writer = Writer(self.open, self.hire, self.notes.append)
        self.writer.start(10.0)
        self.addCleanup(self.writer.close)

    def open(self, former: float | None) -> SqliteLedger:
        self.ledgers.append(SqliteLedger(self.path, self.max_pages, former))
        return self.ledgers[-1]

    def hire(self, ledger: Ledger) -> Pupil:
        self.pupils.append(Pupil(ledger))
        return self.pupils[-1]

    def kept(self) -> int:
        reader = sqlite3.connect(self.path)
        self.addCleanup(reader.close)
        return reader.execute("SELECT count(*) FROM message").fetchone()[0]

    def test_a_batch_is_one_commit(self) -> None:
        """Each operation's result, in order, and all of it on disk."""
        self.assertEqual([Done()] * 3, self.writer.carry_out(11.0, [Replay(letter=ref) for ref in (1, 2, 3)]))
        self.assertEqual(3, self.kept())

    def test_an_operation_that_raises_fails_alone(self) -> None:
        """What it wrote is taken back; the others of the batch are kept, in order."""
        results = self.writer.carry_out(11.0, [Replay(letter=1), Census(), Replay(letter=2)])
        self.assertEqual([Done, Failed, Done], [type(each) for each in results])
        self.assertEqual((2, 2), (self.kept(), self.ledgers[-1].depth()))
        self.assertEqual(1, len(self.ledgers))

    def test_a_row_that_sqlite_refuses_fails_alone(self) -> None:
        """A constraint is one operation's fault, not the disk's."""
        results = self.writer.carry_out(11.0, [Replay(letter=1), Sweep(), Replay(letter=2)])
        self.assertEqual([Done, Failed, Done], [type(each) for each in results])
        self.assertEqual((2, 1), (self.kept(), len(self.ledgers)))

    def test_why_it_failed_is_noted_without_quoting_it(self) -> None:
        """The kind of error and where; its words may hold a number."""
        [failed] = self.writer.carry_out(11.0, [Census()])
        self.assertIn("KeyError in carry_out", failed.reason)
        self.assertEqual([f"Census failed: {failed.reason}"], self.notes)
        self.assertNotIn("5511", failed.reason)

    def test_a_full_disk_loses_the_batch_and_nothing_else(self) -> None:
        """Told as StoreError; the file is read anew; with room again it goes through."""
        self.writer.carry_out(11.0, [Replay(letter=1)])
        self.max_pages = 60
        self.ledgers[-1].limit_pages(60)
        many = [Replay(letter=ref) for ref in range(2, 100)]
        error = self.assertRaises(StoreError, self.writer.carry_out, 12.0, many)
        self.assertIn("full", str(error))
        self.assertEqual(1, self.kept())
        self.assertRaises(StoreError, self.writer.carry_out, 12.0, many)
        self.assertEqual(1, self.ledgers[-1].depth() if self.writer.carry_out(13.0, [Recent()]) else 0)
        self.max_pages = 0
        self.ledgers[-1].limit_pages(1_000_000)
        self.assertEqual([Done()] * 98, self.writer.carry_out(14.0, many))
        self.assertEqual((99, 99), (self.kept(), self.ledgers[-1].depth()))

    def test_a_clerk_at_a_reopened_file_is_told_that_the_gateway_runs(self) -> None:
        """It must not take what is being sent for what a dead process left behind."""
        self.ledgers[-1].limit_pages(60)
        self.assertRaises(StoreError, self.writer.carry_out, 12.0, [Replay(letter=ref) for ref in range(100)])
        self.writer.carry_out(13.0, [Recent()])
        self.assertEqual([[("started", 10.0)], [("resumed", 10.0)]], [pupil.told for pupil in self.pupils])

    def test_a_writer_started_again_resumes(self) -> None:
        """With the gateway's own start and the former gateway's stamp."""
        self.writer.carry_out(11.0, [Replay(letter=1)])
        self.writer.close()
        again = Writer(self.open, self.hire, self.notes.append)
        again.start(20.0, began=10.0, former=3.0)
        self.addCleanup(again.close)
        self.assertEqual([("resumed", 10.0)], self.pupils[-1].told)
        self.assertEqual(3.0, again.former)

    def test_a_checkpoint_keeps_everything(self) -> None:
        """It folds the log into the file, between batches, when there is enough of it."""
        size = os.path.getsize(self.path)
        self.writer.carry_out(11.0, [Replay(letter=1)])
        self.writer.checkpoint()
        self.assertEqual(size, os.path.getsize(self.path))
        self.writer.carry_out(11.0, [Replay(letter=ref) for ref in range(500)])
        self.writer.checkpoint()
        self.assertGreater(os.path.getsize(self.path), size)
        self.assertEqual(500, self.kept())
        self.assertEqual([], self.notes)


class FrameTests(SynchronousTestCase):
    """The language of gateway and writer."""

    @settings(max_examples=30, deadline=None)
    @given(st.integers(1, 40))
    def test_frames_survive_any_cut(self, step: int) -> None:
        """However the stream is cut, the same frames come out."""
        batch = Batch(1.5, (Replay(letter=7), Sweep(limit=3, holding=(1, 2))))
        stream, frames = frame(batch) * 3, Frames()
        found = [body for at in range(0, len(stream), step) for body in frames.received(stream[at : at + step])]
        self.assertEqual([batch] * 3, [asked(body) for body in found])

    def test_an_ill_typed_operation_spoils_no_batch(self) -> None:
        """It is told apart, so that it alone fails; the rest is read."""
        [body] = Frames().received(frame(Batch(1.0, (Sweep(), Replay(letter="x"), Recent()))))  # type: ignore[arg-type]
        batch = asked(body)
        assert isinstance(batch, Batch)
        self.assertEqual([Sweep, Unreadable, Recent], [type(each) for each in batch.operations])

    def test_results_come_back_as_they_were(self) -> None:
        """Every kind by its own tag."""
        kept = Kept([Done(), Failed(reason="KeyError")], ("note",))
        [body] = Frames().received(frame(kept))
        self.assertEqual(kept, answered(body))

from __future__ import annotations

import os
import sqlite3

from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import SchemaTooNew, StoreBusy, StoreError
from chanserv.store import folder
from chanserv.store.migrations import migrate, scripts
from chanserv.store.sqlite import SqliteLedger
from tests.store.ledger_contract import NOON, inbound, message, orphan, place, segment, sent, slip


class MigrationTests(SynchronousTestCase):
    """From any older file to this schema, and never from a newer one."""

    def setUp(self) -> None:
        self.path = self.mktemp()
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(self.connection.close)

    def version(self) -> int:
        return self.connection.execute("PRAGMA user_version").fetchone()[0]

    def test_an_empty_file_gets_every_step_once(self) -> None:
        """The second start has nothing to do."""
        self.assertEqual(len(scripts()), migrate(self.connection))
        self.assertEqual(len(scripts()), self.version())
        self.assertEqual(0, migrate(self.connection))

    def test_a_later_step_keeps_the_rows(self) -> None:
        """Only the steps that lack are applied."""
        migrate(self.connection, ["CREATE TABLE a (x); INSERT INTO a VALUES (1);"])
        steps = ["never again", "ALTER TABLE a ADD COLUMN y DEFAULT 'a;b';\n-- done"]
        self.assertEqual(1, migrate(self.connection, steps))
        self.assertEqual([(1, "a;b")], self.connection.execute("SELECT * FROM a").fetchall())

    def test_a_step_is_applied_whole_or_not_at_all(self) -> None:
        """A fault in its last statement takes back the first."""
        with self.assertRaises(sqlite3.Error):
            migrate(self.connection, ["CREATE TABLE a (x);\nCREATE TABLE a (x);\n"])
        self.assertEqual(0, self.version())
        self.assertEqual([], self.connection.execute("SELECT * FROM sqlite_master").fetchall())

    def test_a_newer_schema_is_refused(self) -> None:
        """And the file is left as it is."""
        self.connection.execute("PRAGMA user_version = 99")
        error = self.assertRaises(SchemaTooNew, SqliteLedger, self.path)
        self.assertIn("schema 99", str(error))
        self.assertEqual(99, self.version())


class FolderTests(SynchronousTestCase):
    """One owner at a time."""

    def test_a_second_owner_is_refused_in_a_clear_sentence(self) -> None:
        """Until the first lets go."""
        path = self.mktemp()
        first = folder.take(path)
        error = self.assertRaises(StoreBusy, folder.take, path)
        self.assertEqual(
            f"another chanserv is using the data folder {path} (its lock is {os.path.join(path, folder.LOCK)})",
            str(error),
        )
        os.close(first)
        os.close(folder.take(path))

    def test_a_folder_that_cannot_be_made_is_told(self) -> None:
        """With the system's reason."""
        path = self.mktemp()
        with open(path, "w"):
            pass
        error = self.assertRaises(StoreError, folder.take, os.path.join(path, "data"))
        self.assertIn("Not a directory", str(error))


class TransactionTests(SynchronousTestCase):
    """What is on disk, and what memory holds beside it."""

    def setUp(self) -> None:
        self.path = self.mktemp()
        self.ledger = SqliteLedger(self.path)
        self.addCleanup(lambda: self.ledger.close())

    def reopen(self) -> SqliteLedger:
        self.ledger.close()
        self.ledger = SqliteLedger(self.path)
        return self.ledger

    def fill(self, ref: int) -> None:
        ledger = self.ledger
        ledger.put(message(ref, wake=1.0))
        ledger.enqueue(place(ref, head=True))
        ledger.remember(sent(1, piece=ref))
        ledger.keep_orphan(orphan(ref, "id"))
        ledger.owe(slip(ref))
        ledger.put_inbound(inbound(ref, vendor_id="v"))
        ledger.keep_segment("k", segment(ref), 1.0)
        ledger.archive(message(ref + 100), NOON)

    def everything(self) -> tuple[object, ...]:
        ledger = self.ledger
        return (
            ledger.message(1), ledger.depth(), ledger.place(1), ledger.sent("smsc", "abc"),
            ledger.orphans("smsc", "id"),
            ledger.slip(1), ledger.inbound(1), ledger.segments("k"), ledger.recent(9),
            ledger.settled_before("smsc", "c101"),
        )  # fmt: skip

    def test_a_restart_keeps_everything(self) -> None:
        """Rows, counters, days, the last ref and the last stamp."""
        self.ledger.begin()
        given = self.ledger.next_ref()
        self.fill(1)
        self.ledger.commit(77.0)
        before = self.everything()
        self.reopen()
        self.assertEqual(before, self.everything())
        self.assertEqual(77.0, self.ledger.last_stamp())
        self.assertEqual(given + 1, self.ledger.next_ref())

    def test_the_stamp_told_is_the_former_process_s(self) -> None:
        """Commits of this one do not change it, nor does opening the file again with it."""
        self.ledger.begin()
        self.ledger.put(message(1))
        self.ledger.commit(77.0)
        self.assertEqual(0.0, self.ledger.last_stamp())
        self.ledger.close()
        self.ledger = SqliteLedger(self.path, former=0.0)
        self.assertEqual(0.0, self.ledger.last_stamp())

    def test_a_batch_that_only_read_writes_nothing(self) -> None:
        """No stamp, hence no fsync."""
        self.ledger.begin()
        self.ledger.recent(9)
        self.ledger.commit(77.0)
        self.assertEqual(0.0, self.reopen().last_stamp())

    def test_a_rollback_takes_memory_back_as_well(self) -> None:
        """Counters, days and remembered rows are as they were."""
        before = self.everything()
        self.ledger.begin()
        self.fill(1)
        self.ledger.rollback()
        self.assertEqual(before, self.everything())
        self.ledger.begin()
        self.fill(2)
        self.ledger.commit(1.0)
        self.assertEqual(1, self.reopen().depth())

    def test_an_undone_savepoint_harms_nothing_before_it(self) -> None:
        """The batch goes on and is committed."""
        self.ledger.begin()
        self.fill(1)
        before = self.everything()
        self.ledger.savepoint()
        self.ledger.dequeue(1)
        self.ledger.put(message(1, reason="other"))
        self.ledger.drop_history(NOON * 2)
        self.ledger.undo()
        self.assertEqual(before, self.everything())
        self.ledger.commit(1.0)
        self.reopen()
        self.assertEqual(before, self.everything())

    def test_a_dropped_day_leaves_no_table(self) -> None:
        """Retention costs no space."""
        tables = "SELECT count(*) FROM sqlite_master"
        reader = sqlite3.connect(self.path)
        self.addCleanup(reader.close)
        before = reader.execute(tables).fetchone()
        self.ledger.archive(message(1), NOON)
        self.assertNotEqual(before, reader.execute(tables).fetchone())
        self.ledger.drop_history(NOON * 2)
        self.assertEqual(before, reader.execute(tables).fetchone())

    def test_documents_can_be_read_in_a_shell(self) -> None:
        """They are JSON text, as SQLite itself understands it."""
        self.ledger.put(message(1))
        reader = sqlite3.connect(self.path)
        self.addCleanup(reader.close)
        found = reader.execute("SELECT json_extract(doc, '$.pieces[0].text') FROM message").fetchone()
        self.assertEqual(("olá",), found)

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from chanserv.errors import SchemaTooNew, StoreBusy, StoreError
from chanserv.interfaces import IStore
from chanserv.message import Coding, Outcome, Piece, Post, Slice, State, Verdict, digest
from chanserv.operations import Census, Failed, Know, Posted, Recent, Settle, Take, Taken
from chanserv.rules.terms import ChannelTerms, LinkTerms, Terms
from chanserv.store import folder
from chanserv.store.process import SqliteStore

TERMS = Terms(channels={"claro": ChannelTerms()}, links={"smsc": LinkTerms()})


def take(id: str, text: str = "olá") -> Take:
    piece = Piece(to=f"+5511{id.zfill(9)}", sender="20333", text=text, digest=digest(text))
    post = Post(channel="claro", id=id, piece=piece)
    return Take(post=post, link="smsc", coding=Coding.UCS2, slices=(Slice(b"\x00o"),), validity=60.0)


class SqliteStoreTests(TestCase):
    """The store as the gateway has it: a real process, a real file, the real reactor."""

    timeout = 30

    def setUp(self) -> None:
        self.folder = self.mktemp()

    async def opened(self, terms: Terms = TERMS, **more: Any) -> SqliteStore:
        store = SqliteStore(reactor, self.folder, terms, **more)
        await store.open()
        self.addCleanup(store.close)
        return store

    async def ids(self, store: SqliteStore) -> list[str]:
        [listing] = await store.apply([Recent(limit=5_000)])
        return [each.id for each in listing.messages]

    def pid(self, store: SqliteStore) -> int:
        assert store._child is not None
        return store._child.transport.pid

    async def test_nothing_is_opened_before_open(self) -> None:
        """Not the folder, not the file; and nothing can be applied."""
        store = SqliteStore(reactor, self.folder, TERMS)
        self.assertTrue(verifyObject(IStore, store))
        self.assertFalse(os.path.exists(self.folder))
        await self.assertFailure(store.apply([Census()]), StoreError)
        await store.close()
        self.flushLoggedErrors()

    async def test_a_restart_keeps_what_was_taken(self) -> None:
        """In files nobody else may read; the folder is free after close."""
        store = await self.opened()
        [taken] = await store.apply([take("1")])
        self.assertIsNotNone(taken.work)
        await store.close()
        await store.close()
        for name in os.listdir(self.folder):
            self.assertEqual(0o600, os.stat(os.path.join(self.folder, name)).st_mode & 0o777, name)
        store = await self.opened()
        self.assertEqual(["1"], await self.ids(store))

    async def test_close_commits_what_was_handed_in(self) -> None:
        """Even in the same turn."""
        store = await self.opened()
        last = store.apply([take("1")])
        await store.close()
        self.assertEqual(1, len(await last))

    async def test_a_second_gateway_is_refused(self) -> None:
        """When the first does not go away."""
        await self.opened()
        await self.assertFailure(SqliteStore(reactor, self.folder, TERMS, patience=0.0).open(), StoreBusy)

    async def test_a_gateway_waits_for_an_orphaned_writer(self) -> None:
        """As long as its patience lasts: it opens once the lock is free."""
        held = folder.take(self.folder)
        second = Deferred.fromCoroutine(self.opened())
        reactor.callLater(0.15, os.close, held)  # the instant at which the orphan ends
        self.assertEqual([], await self.ids(await second))

    async def test_waiting_for_the_lock_is_told_after_a_second(self) -> None:
        """Once, with the path of the lock; who waits less need not know."""
        self.addCleanup(os.close, folder.take(self.folder))
        clock = Clock()
        with capturedLogs() as events:
            opening = SqliteStore(clock, self.folder, TERMS).open()  # type: ignore[arg-type]  # it starts no process
            clock.pump([0.1] * 9)
            self.assertEqual([], events)
            clock.pump([0.1] * 43)
        await self.assertFailure(opening, StoreBusy)
        [told] = [formatEvent(event) for event in events]
        self.assertEqual(f"waiting for {os.path.abspath(self.folder)}/{folder.LOCK} to be free", told)

    async def test_the_lock_outlives_the_gateway(self) -> None:
        """The writer holds it too: the folder is not free while a batch may still be written."""
        store = await self.opened()
        assert store._lock is not None
        os.close(store._lock)
        store._lock = os.open(os.devnull, os.O_RDONLY)
        self.assertRaises(StoreBusy, folder.take, self.folder)
        await store.close()
        os.close(folder.take(self.folder))

    async def test_a_newer_file_is_told_at_open(self) -> None:
        """By the error the writer met; the folder is let go."""
        store = await self.opened()
        await store.close()
        connection = sqlite3.connect(folder.store_path(self.folder), isolation_level=None)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        await self.assertFailure(SqliteStore(reactor, self.folder, TERMS).open(), SchemaTooNew)
        os.close(folder.take(self.folder))

    async def test_a_file_that_is_no_store_is_told_at_open(self) -> None:
        """And not overwritten."""
        os.makedirs(self.folder)
        with open(folder.store_path(self.folder), "wb") as file:
            file.write(b"some other file, long enough to look like one" * 100)
        await self.assertFailure(SqliteStore(reactor, self.folder, TERMS).open(), StoreError)
        self.assertEqual(4_500, os.path.getsize(folder.store_path(self.folder)))

    async def test_a_killed_writer_is_replaced(self) -> None:
        """What was in flight fails, what was learnt goes through in the end, nothing committed is lost."""
        store = await self.opened()
        [taken] = await store.apply([take("1")])
        outcome = Outcome(
            message=taken.message, piece=taken.piece, part=1, link="smsc", verdict=Verdict.TAKEN, carrier_id="c1"
        )
        os.kill(self.pid(store), signal.SIGKILL)
        lost, learnt = store.apply([take("2")]), store.apply([Settle(outcome=outcome)])
        await self.assertFailure(lost, StoreError)
        self.assertFalse(store.healthy)
        [settled] = await learnt
        self.assertTrue(settled.finished)
        self.assertTrue(store.healthy)
        self.assertEqual(["1"], await self.ids(store))
        self.assertEqual(1, len(await store.apply([take("2")])))

    async def test_a_stop_of_the_whole_group_does_not_end_the_writer(self) -> None:
        """It ends when the gateway hangs up."""
        store = await self.opened()
        before = self.pid(store)
        for name in ("TERM", "INT"):
            os.kill(before, getattr(signal, f"SIG{name}"))
        await store.apply([take("1")])
        self.assertEqual(before, self.pid(store))

    async def test_what_is_added_outlives_a_writer(self) -> None:
        """A link without receipts: its parts end when they are taken, by whichever writer."""
        store = await self.opened(Terms(links={"smsc": LinkTerms()}))
        await store.know(Know(links={"late": LinkTerms(receipts="none")}))
        for id in ("1", "2"):
            [taken] = await store.apply([replace(take(id), link="late")])
            outcome = Outcome(
                message=taken.message,
                piece=taken.piece,
                part=1,
                link="late",
                verdict=Verdict.TAKEN,
                carrier_id=f"c{id}",
            )
            await store.apply([Settle(outcome=outcome)])
            [listing] = await store.apply([Recent(limit=1)])
            self.assertEqual(State.SILENT, listing.messages[0].pieces[0].parts[0].state, id)
            os.kill(self.pid(store), signal.SIGKILL)
            await self.assertFailure(store.apply([take("9")]), StoreError)

    async def test_what_could_not_be_kept_is_not_known(self) -> None:
        """Whoever added it is told."""
        terms = Terms(links={"smsc": LinkTerms()})
        store = await self.opened(terms)
        os.kill(self.pid(store), signal.SIGKILL)
        await self.assertFailure(store.know(Know(links={"late": LinkTerms()})), StoreError)
        self.assertEqual(["smsc"], list(terms.links))

    async def test_a_full_disk_is_said_and_got_over(self) -> None:
        """Takes fail with StoreError; with room again they go through, and nothing told as kept is missing."""
        store = await self.opened(max_pages=100)
        kept, lost = await self._until_full(store)
        self.assertFalse(store.healthy)
        await store.close()
        store = await self.opened()
        self.assertEqual(kept, sorted(await self.ids(store), key=int))
        await store.apply([take(lost, "x" * 9_000)])
        self.assertTrue(store.healthy)
        self.assertIn(lost, await self.ids(store))

    async def _until_full(self, store: SqliteStore) -> tuple[list[str], str]:
        kept: list[str] = []
        for number in range(1, 1_000):
            try:
                await store.apply([take(str(number), "x" * 9_000)])
            except StoreError:
                return kept, str(number)
            kept.append(str(number))
        raise AssertionError("the disk never got full")

    async def test_an_operation_that_cannot_be_told_fails_alone(self) -> None:
        """Be it impossible to write (a lone surrogate) or of a wrong type; the others are kept, each in its place."""
        store = await self.opened()
        before = self.pid(store)
        wrong = Posted(letter="none", told=True)  # type: ignore[arg-type]  # what the type checker would have found
        answers = [store.apply([each]) for each in (take("1"), take("2", "\ud83d"), wrong, take("3"))]
        kinds = [type((await each)[0]) for each in answers]
        self.assertEqual([Taken, Failed, Failed, Taken], kinds)
        self.assertEqual((["3", "1"], before), (await self.ids(store), self.pid(store)))

    async def test_many_callers_share_commits(self) -> None:
        """Each gets its own result, in far fewer batches than calls."""
        seen: list[int] = []
        note: Callable[[float, int], None] = lambda seconds, operations: seen.append(operations)  # noqa: E731
        store = await self.opened(observe=note)
        answers = [store.apply([take(str(number))]) for number in range(1, 301)]
        refs = [(await each)[0].message for each in answers]
        self.assertEqual(sorted(set(refs)), refs)
        self.assertEqual([300], seen)

"""Carries out batches on the SQLite ledger: one batch, one commit, and no batch harmed by one operation.

An operation that raises is its own affair: the batch is done again with each
operation under a savepoint, and that one gives `Failed`. A disk that is full
or broken is everybody's: nothing is known to be kept, the file is closed and
everything is read anew from it. Who sends batches is not known here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from traceback import extract_tb
from typing import Protocol, TypeVar

from chanserv.errors import StoreError
from chanserv.operations import Failed, Operation, Result
from chanserv.store.ledger import Ledger
from chanserv.store.sqlite import SqliteLedger

T = TypeVar("T")

_PRIMARY = 0xFF  # of an extended result code, https://www.sqlite.org/rescode.html
# What is wrong with one statement, not with the file.
_OWN_FAULTS = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
    }
)


class Worker(Protocol):
    """Who knows what an operation means: `store.clerk`."""

    def started(self, now: float) -> None: ...
    def resumed(self, began: float) -> None: ...
    def carry_out(self, now: float, operation: Operation) -> Result: ...


class Writer:
    """One ledger and the clerk at it.

    `open` is asked for the ledger, at first and after every fault of the disk,
    with `former` (see SqliteLedger). `began` is when the gateway started, if
    it was running before this writer; `note` is told why an operation failed.
    """

    def __init__(
        self,
        open: Callable[[float | None], SqliteLedger],
        clerk: Callable[[Ledger], Worker],
        note: Callable[[str], None],
    ) -> None:
        self._open = open
        self._hire = clerk
        self._note = note
        self._ledger: SqliteLedger | None = None
        self.former: float | None = None
        self.began: float | None = None

    def start(self, now: float, began: float | None = None, former: float | None = None) -> None:
        """Open the ledger. With `began` it is opened again within a gateway that runs. Raises StoreError."""
        self.began, self.former = began, former
        self._reopen()
        if began is None:
            self.began = now
            self._commit(now, lambda: self._clerk.started(now))

    def _reopen(self) -> SqliteLedger:
        try:
            ledger = self._ledger = self._open(self.former)
        except sqlite3.Error as error:
            raise StoreError(f"cannot open the store: {error}") from error
        self.former = ledger.last_stamp()
        self._clerk = self._hire(ledger)
        if self.began is not None:
            self._clerk.resumed(self.began)
        return ledger

    def carry_out(self, now: float, operations: Sequence[Operation]) -> list[Result]:
        """All of them in one commit. Raises StoreError if it is not known to be on disk."""
        try:
            return self._commit(now, lambda: [self._clerk.carry_out(now, each) for each in operations])
        except StoreError:
            raise
        except Exception:  # which one it was is found out under savepoints
            return self._commit(now, lambda: [self._try(now, each) for each in operations])

    def _commit(self, now: float, work: Callable[[], T]) -> T:
        ledger = self._ledger or self._reopen()
        try:
            ledger.begin()
            done = work()
            ledger.commit(now)
            return done
        except sqlite3.Error as error:
            if _own_fault(error):
                ledger.rollback()
                raise
            self._give_up(ledger)
            raise StoreError(f"the store cannot commit: {error}") from error
        except BaseException:
            ledger.rollback()
            raise

    def _try(self, now: float, operation: Operation) -> Result:
        ledger = self._ledger
        assert ledger is not None, "within _commit there is a ledger"
        ledger.savepoint()
        try:
            result = self._clerk.carry_out(now, operation)
        except Exception as error:
            if isinstance(error, sqlite3.Error) and not _own_fault(error):
                raise
            ledger.undo()
            reason = _reason(error)
            self._note(f"{type(operation).__name__} failed: {reason}")
            return Failed(reason=reason)
        ledger.release()
        return result

    def _give_up(self, ledger: SqliteLedger) -> None:
        """Nothing in memory is to be believed any more; closing rolls back."""
        self._ledger = None
        try:
            ledger.close()
        except sqlite3.Error as error:
            self._note(f"closing the store failed too: {error}")

    def checkpoint(self) -> None:
        """Use an idle moment. A fault shows again at the next commit, where somebody waits for it."""
        if self._ledger is not None:
            try:
                self._ledger.checkpoint()
            except sqlite3.Error as error:
                self._note(f"checkpoint failed: {error}")

    def close(self) -> None:
        if self._ledger is not None:
            self._give_up(self._ledger)


def _own_fault(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)  # absent on what the module raises by itself
    return code is None or code & _PRIMARY in _OWN_FAULTS


def _reason(error: Exception) -> str:
    """What and where, without the error's words: they may quote a text or a number."""
    where = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {where.name}, line {where.lineno}"

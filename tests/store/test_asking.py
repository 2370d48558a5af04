"""The contract of stores on a file; and asking, cancelling and doubtful receipts, on either kind of store."""

from __future__ import annotations

import os

from chanserv.store.memory import MemoryStore
from chanserv.store.sqlite import SqliteLedger
from tests.store import test_memory
from tests.store.asking_contract import asking_contract
from tests.store.contract import store_contract
from tests.store.receipts_contract import receipts_contract


class FileStore(MemoryStore):
    """The clerk over the SQLite ledger, each operation in a transaction of its own."""

    def __init__(self, clock, terms, path):
        self.path = path
        super().__init__(clock, terms, SqliteLedger(path))

    def _carry_out(self, operation):
        self.ledger.begin()
        result = super()._carry_out(operation)
        self.ledger.commit(self._clock.seconds())
        return result


def make(case, clock, terms, path=None):
    if path is None:
        folder = case.mktemp()
        os.makedirs(folder)
        path = os.path.join(folder, "ledger.sqlite")
    store = FileStore(clock, terms, path)
    case.addCleanup(store.ledger.close)
    case.successResultOf(store.open())
    return store


def reopen(case, store, clock, terms):
    store.ledger.close()
    return make(case, clock, terms, store.path)


class MemoryStoreTests(asking_contract(test_memory.make)):
    """The store that forgets."""

    reopen = staticmethod(test_memory.reopen)


class SqliteLedgerTests(asking_contract(make)):
    """The one that lasts."""

    reopen = staticmethod(reopen)


class MemoryReceiptTests(receipts_contract(test_memory.make)):
    """The same two."""

    reopen = staticmethod(test_memory.reopen)


class SqliteReceiptTests(receipts_contract(make)):
    """Receipts by rows."""

    reopen = staticmethod(reopen)


class SqliteStoreTests(store_contract(make)):
    """All else that a store must do."""

    reopen = staticmethod(reopen)

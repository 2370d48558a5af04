from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from chanserv.store.memory import MemoryLedger
from chanserv.store.sqlite import SqliteLedger
from tests.store.ledger_contract import ledger_contract


def fresh_sqlite(case: SynchronousTestCase, remember: int = 1_000) -> SqliteLedger:
    folder = case.mktemp()
    os.makedirs(folder)
    ledger = SqliteLedger(os.path.join(folder, "ledger.sqlite"), remember=remember)
    case.addCleanup(ledger.close)
    ledger.begin()
    return ledger


class SqliteLedgerTests(ledger_contract(fresh_sqlite)):
    """The ledger that lasts."""


class ForgetfulSqliteLedgerTests(ledger_contract(lambda case: fresh_sqlite(case, remember=0))):
    """The ledger that lasts, with every answer read from the file."""


class MemoryLedgerTests(ledger_contract(lambda case: MemoryLedger())):
    """The ledger that forgets."""

"""The memory store keeps what every store promises, as long as the process lives."""

from chanserv.store.memory import MemoryStore
from tests.store.contract import store_contract


def make(case, clock, terms):
    store = MemoryStore(clock, terms)
    case.successResultOf(store.open())
    return store


def reopen(case, store, clock, terms):
    again = MemoryStore(clock, terms, store.ledger)
    case.successResultOf(again.open())
    return again


class MemoryStoreTests(store_contract(make)):
    """The store that forgets."""

    reopen = staticmethod(reopen)

"""What the store costs, and why its writer is a process: `python -m benchmarks.store`.

First the CPU of one message's life (Take, Settle, Record, Posted twice) in the
writer, in batches of 100. Then the same batches through a writer in the
reactor's own thread, in a thread beside it, and in a process, while the
reactor is busy as it is with traffic: bursts of pure Python, one a turn.
Median, mean, lowest and highest of all batches are printed, nothing is asserted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import mean, median

from twisted.internet import reactor, threads
from twisted.internet.defer import Deferred
from twisted.python.threadpool import ThreadPool

from chanserv.interfaces import IStore
from chanserv.message import Coding, Outcome, Piece, Post, Receipt, Slice, Status, Verdict, digest
from chanserv.operations import Operation, Posted, Record, Result, Settle, Take, Taken
from chanserv.rules.terms import ChannelTerms, LinkTerms, Terms
from chanserv.store.batch import GroupCommit, InlineStore
from chanserv.store.clerk import Clerk
from chanserv.store.process import SqliteStore
from chanserv.store.sqlite import SqliteLedger
from chanserv.store.writer import Writer

TERMS = Terms(channels={"claro": ChannelTerms()}, links={"smsc": LinkTerms()})
TEXT = "Ola! Sua consulta foi confirmada para amanha as 10h. Responda 1 para confirmar ou 2 para cancelar."
BURST = 0.001  # seconds of pure Python in every turn of the busy reactor


def take(number: int) -> Take:
    piece = Piece(to=f"+5511{900000000 + number}", sender="20333", text=TEXT, digest=digest(TEXT))
    post = Post(channel="claro", id=str(number), piece=piece)
    slices = (Slice(TEXT.encode()),)
    return Take(post=post, link="smsc", coding=Coding.GSM7, slices=slices, validity=86400.0)


def lives(first: int, count: int) -> Iterator[Callable[[list[Result]], list[Operation]]]:
    """Five batches, each made of the results of the first."""
    taken: list[tuple[str, Taken]] = []

    def keep(results: list[Result]) -> None:
        taken.extend((f"c{each.piece}", each) for each in results if isinstance(each, Taken))

    def outcomes(results: list[Result]) -> list[Operation]:
        keep(results)
        return [
            Settle(outcome=Outcome(
                message=each.message, piece=each.piece, part=1, link="smsc", verdict=Verdict.TAKEN, carrier_id=name,
            ))
            for name, each in taken
        ]  # fmt: skip

    def receipts(_: list[Result]) -> list[Operation]:
        return [Record(receipt=Receipt(link="smsc", carrier_ids=(name,), status=Status.DELIVERED)) for name, _ in taken]

    def posted(_: list[Result]) -> list[Operation]:
        return [Posted(letter=each.message, told=True) for _, each in taken]

    yield lambda _: [take(number) for number in range(first, first + count)]
    yield from (outcomes, receipts, posted, posted)


def writer(folder: str) -> Writer:
    made = Writer(
        lambda former: SqliteLedger(os.path.join(folder, "bench.sqlite"), former=former),
        lambda ledger: Clerk(ledger, TERMS),
        lambda note: print("note:", note),
    )
    made.start(time.time())
    return made


def cpu(folder: str, messages: int, size: int) -> float:
    """Microseconds of CPU a message, in this process, after a warm-up of one batch."""
    bench = writer(folder)
    began = 0.0
    for first in range(0, messages + size, size):
        results: list[Result] = []
        for step in lives(first, size):
            results = bench.carry_out(time.time(), step(results))
        began = began or time.process_time()
    spent = time.process_time() - began
    bench.close()
    return spent / messages * 1e6


class ThreadStore:
    """The writer in a thread of its own; it exists to be measured."""

    def __init__(self, folder: str) -> None:
        self._pool = ThreadPool(1, 1)
        self._pool.start()
        self._writer = writer(folder)
        self._group = GroupCommit(reactor, self._commit)
        self.apply = self._group.apply

    def _commit(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        return threads.deferToThreadPool(reactor, self._pool, self._writer.carry_out, time.time(), operations)

    async def close(self) -> None:
        await self._group.close()
        self._pool.stop()
        self._writer.close()


def burn() -> None:
    """Keep the reactor as busy as traffic does: every turn holds the interpreter for BURST."""
    until = time.perf_counter() + BURST
    while time.perf_counter() < until:
        pass
    reactor.callLater(0, burn)


async def batches(store: IStore | ThreadStore, rounds: int, size: int) -> list[float]:
    """Milliseconds from handing a batch in to its commit, each."""
    took = []
    for first in range(0, rounds * size, size):
        results: list[Result] = []
        for step in lives(first, size):
            operations = step(results)
            began = time.perf_counter()
            results = await store.apply(operations)
            took.append((time.perf_counter() - began) * 1e3)
    return took


def told(name: str, took: list[float]) -> str:
    return (
        f"{name:16} median {median(took):8.1f}  mean {mean(took):8.1f}  [{min(took):.1f}..{max(took):.1f}] ms a batch"
        f" of {len(took)}"
    )


async def compare(rounds: int, size: int) -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        bench = writer(folder)
        inline = InlineStore(reactor, bench.carry_out, close=bench.close)
        print(told("inline", await batches(inline, rounds, size)))
        await inline.close()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        process = SqliteStore(reactor, folder, TERMS)
        await process.open()
        print(told("child process", await batches(process, rounds, size)))
        await process.close()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        thread = ThreadStore(folder)
        print(told("thread", await batches(thread, rounds // 4, size)))
        await thread.close()


async def run() -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        costs = [cpu(os.path.join(folder, f"{number}.") + "d", 5_000, 100) for number in prepared(folder)]
    print(f"one message's life, five operations in batches of 100: {median(costs):.0f} us CPU of {sorted(costs)}")
    print(f"batches of 100 operations beside a reactor whose turns hold the interpreter for {BURST * 1e3:.0f} ms:")
    reactor.callLater(0, burn)
    await compare(rounds=20, size=100)


def prepared(folder: str) -> Iterator[int]:
    for number in range(3):
        os.makedirs(os.path.join(folder, f"{number}.d"))
        yield number


def main() -> None:
    def ended(result: object) -> None:
        if result is not None:
            print(result, file=sys.stderr)
        reactor.stop()

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(run()).addBoth(ended))
    reactor.run()


if __name__ == "__main__":
    main()

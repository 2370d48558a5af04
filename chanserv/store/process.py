"""The durable store as the gateway sees it: group commit, and SQLite in a process of its own.

Why a process: sqlite3 lets go of the interpreter lock at every statement. A
busy reactor that wins it keeps it to the end of its turn, or for the switch
interval (5 ms), and a batch has hundreds of statements: in a thread the same
batch takes milliseconds or seconds, as the race goes (benchmarks/store.py
measures it). A process has its own lock, and a slow disk stops nobody else.

Nothing is opened, locked or started before `open`, which may be after the
gateway has daemonised. A writer that dies is started again by the next batch.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from itertools import compress

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IProcessTransport, IReactorProcess, IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

import chanserv
from chanserv.errors import SchemaTooNew, StoreBusy, StoreError
from chanserv.interfaces import IStore
from chanserv.operations import Failed, Know, Operation, Result
from chanserv.rules.terms import Terms
from chanserv.store import folder as folders
from chanserv.store.batch import GroupCommit
from chanserv.store.frames import (
    Answered,
    Asked,
    Batch,
    Frames,
    Kept,
    Lost,
    Opened,
    Opening,
    Unopened,
    answered,
    frame,
    sendable,
)

LOCK_EVERY = 0.1  # seconds between tries for the lock
WAIT_TOLD = 1.0  # seconds of waiting for it that nobody needs to know of
LEAVE_WITHIN = 30.0  # seconds a writer may take to end after its last batch

_ERRORS = {each.__name__: each for each in (StoreError, StoreBusy, SchemaTooNew)}


class Child(ProcessProtocol):
    """The writer process at the other end of two pipes; it answers in the order it is asked."""

    transport: IProcessTransport | None = None  # Twisted sets it when the process is there

    def __init__(self) -> None:
        self._frames = Frames()
        self._waiting: deque[Deferred[Answered]] = deque()
        self.running = True
        self.ended: Deferred[None] = Deferred()

    def ask(self, value: Asked) -> Deferred[Answered]:
        """Fails with StoreError if the process ends first. Raises UnicodeError or TypeError if it cannot be written."""
        data = frame(value)
        answer: Deferred[Answered] = Deferred()
        self._waiting.append(answer)
        if self.transport is not None:
            self.transport.writeToChild(0, data)
        return answer

    def hang_up(self) -> None:
        self.running = False
        if self.transport is not None:
            self.transport.closeChildFD(0)

    def kill(self) -> None:
        if self.transport is not None:
            self.transport.signalProcess("KILL")

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        for body in self._frames.received(data):
            self._waiting.popleft().callback(answered(body))

    def processEnded(self, reason: Failure) -> None:
        self.running = False
        for answer in self._drain():
            why = f"the writer process ({sys.executable} -m chanserv.store.child) ended: {reason.getErrorMessage()}"
            answer.errback(Failure(StoreError(why)))
        self.ended.callback(None)

    def _drain(self) -> list[Deferred[Answered]]:
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting


class Reactor(IReactorTime, IReactorProcess):
    """What of the reactor is needed here."""


@implementer(IStore)
class SqliteStore:
    """IStore on the SQLite file in `folder`.

    `patience` (seconds) is how long `open` waits for a former gateway's writer
    to let go. `observe` is told (seconds, operations) of every commit, `lost` of one that failed.
    `max_pages` bounds the file (0: the disk does), as a full disk would.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Reactor,
        folder: str,
        terms: Terms,
        *,
        observe: Callable[[float, int], None] = lambda seconds, operations: None,
        lost: Callable[[], None] = lambda: None,
        patience: float = 5.0,
        max_pages: int = 0,
    ) -> None:
        self._reactor = reactor
        self._folder = folder
        self._terms = terms
        self._patience = patience
        self._max_pages = max_pages
        self._group = GroupCommit(reactor, self._commit, observe, lost)
        self._lock: int | None = None
        self._child: Child | None = None
        self._began: float | None = None
        self._former: float | None = None

    @property
    def healthy(self) -> bool:
        """The last commit succeeded."""
        return self._group.healthy

    def open(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._open())

    def apply(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        return self._group.apply(operations)

    def know(self, know: Know) -> Deferred[None]:
        """What was added to the settings; writers that are started later know it too. Fails with StoreError."""
        return self.apply([know]).addCallback(self._known, know)

    def _known(self, results: Sequence[Result], know: Know) -> None:
        for result in results:
            if isinstance(result, Failed):
                raise StoreError(result.reason)
        self._terms.grow(know.channels, know.links)

    def close(self) -> Deferred[None]:
        return self._group.close().addCallback(lambda _: Deferred.fromCoroutine(self._leave()))

    async def _open(self) -> None:
        self._folder = os.path.abspath(self._folder)
        self._lock = await self._own()
        try:
            await self._start()
        except Exception:
            await self._leave()
            raise

    async def _own(self) -> int:
        """A gateway that was killed leaves a writer that still ends its batch: wait for it, not for ever."""
        began, told = self._reactor.seconds(), False
        while True:
            try:
                return folders.take(self._folder)
            except StoreBusy:
                waited = self._reactor.seconds() - began
                if waited >= self._patience:
                    raise
            if waited >= WAIT_TOLD and not told:
                told = True
                self.log.info("waiting for {lock} to be free", lock=folders.lock_path(self._folder))
            await deferLater(self._reactor, LOCK_EVERY)

    async def _start(self) -> Child:
        assert self._lock is not None, "the folder is owned before a writer is started"
        now = self._reactor.seconds()
        child = self._child = Child()
        try:
            self._reactor.spawnProcess(
                child, sys.executable, _COMMAND, env=_environment(), childFDs={0: "w", 1: "r", 2: 2, 3: self._lock}
            )
        except OSError as fault:
            self._child = None
            raise StoreError(
                f"cannot run {sys.executable}: {fault.strerror}; the user this runs as must be able to use that Python"
            ) from fault
        opening = Opening(
            folder=self._folder,
            terms=self._terms,
            now=now,
            began=self._began,
            former=self._former,
            max_pages=self._max_pages,
        )
        answer = await child.ask(opening)
        match answer:
            case Opened(former=former, notes=notes):
                self._note(notes)
                self._began = now if self._began is None else self._began
                self._former = former
                return child
            case Unopened(error=error, reason=reason):
                await child.ended
                raise _ERRORS[error](reason)
            case _:
                raise StoreError("the writer process did not open the store")

    def _commit(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        if self._lock is None:
            return fail(StoreError("the store is not open"))
        if self._child is not None and self._child.running:
            return self._send(self._child, operations)
        self.log.warn("starting the writer process again")
        return Deferred.fromCoroutine(self._start()).addCallback(self._send, operations)

    def _send(self, child: Child, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        try:
            answer = child.ask(Batch(self._reactor.seconds(), tuple(operations)))
        except (UnicodeError, TypeError, ValueError, OverflowError):
            return self._send_rest(child, operations)
        return answer.addCallback(self._read)

    def _send_rest(self, child: Child, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        """One of them cannot be written: it fails, the others go."""
        good = [sendable(each) for each in operations]
        self.log.error("{count} operations could not be written", count=good.count(False))

        def merge(results: list[Result]) -> list[Result]:
            rest = iter(results)
            return [next(rest) if each else Failed(reason="it cannot be written") for each in good]

        return self._send(child, list(compress(operations, good))).addCallback(merge)

    def _read(self, answer: Answered) -> list[Result]:
        match answer:
            case Kept(results=results, notes=notes):
                self._note(notes)
                return results
            case Lost(reason=reason, notes=notes):
                self._note(notes)
                raise StoreError(reason)
            case _:
                raise StoreError("the writer process answered something else")

    def _note(self, notes: tuple[str, ...]) -> None:
        for note in notes:
            self.log.error("store: {note}", note=note)

    async def _leave(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await self._end(child)
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    async def _end(self, child: Child) -> None:
        if child.ended.called or child.transport is None:
            return
        timer = self._reactor.callLater(LEAVE_WITHIN, child.kill)
        child.hang_up()
        await child.ended
        if timer.active():
            timer.cancel()


_COMMAND = [sys.executable, "-P", "-m", "chanserv.store.child"]


def _environment() -> dict[str, str]:
    """The writer must import the chanserv that started it, wherever the gateway's folder is."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(chanserv.__file__)))
    paths = [root, os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}

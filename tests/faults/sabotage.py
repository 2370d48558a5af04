"""What goes wrong inside a gateway under trial: it dies at the Nth operation, its disk is slow, or it has a bug.

Installed by `hooks/sitecustomize.py` in the gateway and in its writer alike,
told what to do by one environment variable. The gateway's own code knows
nothing of it: methods are wrapped from outside. Who watches is not known here.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs

VARIABLE = "CHANSERV_FAULT"
MANY = 1_000_000  # pages
LATE = 0.05  # seconds: a few batches
BUGS = ("answer-before-commit", "settle-skipped", "outbox-apart")


@attrs.frozen(kw_only=True)
class Fault:
    """`side`: "store" or "socket", whose `at`th operation is the last thing this gateway does (0: it lives)."""

    side: str = "store"
    at: int = 0
    bug: str = ""  # one of BUGS
    fsync: float = 0.0  # seconds a commit takes longer
    full: str = ""  # while there is a file of this name, the store's must not grow

    def environment(self) -> dict[str, str]:
        return {VARIABLE: json.dumps(attrs.asdict(self))}


def install() -> None:
    """Sabotage this process, if it is a gateway or a writer and was told to."""
    told = os.environ.get(VARIABLE)
    here = _role(sys.orig_argv)
    if told and here:
        fault = Fault(**json.loads(told))
        _SABOTAGES[here](fault, _counter(fault.at) if fault.side == here else _nothing)


def _role(argv: list[str]) -> str:
    """What this process will be; empty for others, such as the leash that becomes a gateway later."""
    if "chanserv.store.child" in argv:
        return "store"
    return "socket" if len(argv) > 1 and os.path.basename(argv[1]) == "twistd" else ""


def _nothing() -> None:
    """The death of somebody else."""


def _counter(at: int) -> Callable[[], None]:
    """Called once an operation; at the right one the whole gateway, writer and all, is gone."""
    left = at

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.killpg(0, signal.SIGKILL)

    return count


def _around(owner: type, name: str, before: Callable[[], None], after: Callable[[], None] = _nothing) -> None:
    whole = getattr(owner, name)

    def wrapped(*args: Any, **more: Any) -> Any:
        before()
        result = whole(*args, **more)
        after()
        return result

    setattr(owner, name, wrapped)


# the writer


def _sabotage_store(fault: Fault, count: Callable[[], None]) -> None:
    from chanserv.store.sqlite import SqliteLedger

    if fault.bug == "outbox-apart":
        _owe_apart(SqliteLedger)
    if fault.fsync:
        _around(SqliteLedger, "commit", lambda: time.sleep(fault.fsync))
    if fault.full:
        _fill(SqliteLedger, fault.full)
    _around(SqliteLedger, "begin", count)
    _around(SqliteLedger, "commit", count, count)


def _fill(ledger: Any, mark: str) -> None:
    """SQLite does not go below the pages it has (https://www.sqlite.org/pragma.html#pragma_max_page_count)."""
    begin = ledger.begin

    def bounded(self: Any) -> None:
        self.limit_pages(1 if os.path.exists(mark) else MANY)
        begin(self)

    ledger.begin = bounded


def _owe_apart(ledger: Any) -> None:
    """What is owed to the platform is written in a transaction of its own, LATE after the batch that owed it."""
    begin, read = ledger.begin, ledger._read

    def keep(self: Any, *told: Any) -> None:
        read(self, *told)
        self.owed_later = []
        for name in ("owe", "paid"):
            setattr(self, name, _later(self.owed_later, getattr(self, name)))

    def begin_late(self: Any) -> None:
        if self.owed_later and time.monotonic() - self.owed_later[0][2] > LATE:
            begin(self)
            for write, argument, _ in self.owed_later:
                write(argument)
            self.owed_later.clear()
            self._ask("COMMIT")
        begin(self)

    ledger._read, ledger.begin = keep, begin_late


def _later(agenda: list[tuple[Any, Any, float]], write: Any) -> Callable[[Any], None]:
    return lambda argument: agenda.append((write, argument, time.monotonic()))


# the gateway


def _sabotage_sockets(fault: Fault, count: Callable[[], None]) -> None:
    from twisted.internet.tcp import Connection

    from chanserv.router import Router

    if fault.bug == "answer-before-commit":
        _answer_early(Router)
    if fault.bug == "settle-skipped":
        _skip_settling(Router)
    _around(Connection, "doRead", count, count)
    _around(Connection, "writeSomeData", count, count)


def _answer_early(router: Any) -> None:
    from twisted.internet.defer import succeed

    from chanserv.operations import Taken

    submit = router.submit

    def early(self: Any, post: Any) -> Any:
        submit(self, post).addErrback(lambda failure: None)  # nobody waits for it any more
        return succeed(Taken(message=0, piece=0))

    router.submit = early


def _skip_settling(router: Any) -> None:
    from twisted.internet.defer import succeed

    from chanserv.operations import Settled

    router.settled = lambda self, outcomes: succeed([Settled(link=one.link, finished=True) for one in outcomes])


_SABOTAGES: Mapping[str, Callable[[Fault, Callable[[], None]], None]] = {
    "store": _sabotage_store,
    "socket": _sabotage_sockets,
}

"""Keep one connection up: dial, sign in, notice its end, rest, dial again.

A carrier that takes the call and refuses the sign-in counts as a failed try,
so the rests grow; only a signed-in connection sets them back. What a line is,
and how one signs in, its owner knows.

    down --start--> dialling --signed_in--> up
                     |   ^                   |
                 ended   retry           ended
                     v   |                   |
                    resting <----------------+        stop, from anywhere --> (leaving -->) stopped
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs
from automat import TypeMachineBuilder
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime

FIRST_REST, LONGEST_REST, HOPELESS_REST = 1.0, 60.0, 300.0  # seconds


class Line(Protocol):
    """A connection being made or held."""

    def drop(self) -> None:
        """Sign off and give it up; `Keeper.ended` tells when it is gone."""


class Keeper(Protocol):
    """What can happen to a line that is kept up."""

    def start(self) -> None:
        """Begin to keep it up."""

    def signed_in(self) -> None:
        """The carrier has accepted us."""

    def ended(self, reason: str, hopeless: bool = False) -> None:
        """The line is gone, or could not be had; `hopeless`: only a person can mend it."""

    def retry(self) -> None:
        """The rest is over."""

    def stop(self) -> Deferred[None]:
        """Give it up for good; fires when the line is gone. Idempotent."""


@attrs.define
class Core:
    """What a keeper has at hand. `jitter` gives 0 <= x < 1, so that many links do not dial as one."""

    clock: IReactorTime
    dial: Callable[[Keeper], Line]
    jitter: Callable[[], float]
    tries: int = 0
    line: Line | None = None
    timer: IDelayedCall | None = None
    gone: Deferred[None] = attrs.field(factory=Deferred)

    def rest(self, hopeless: bool) -> float:
        """Seconds until the next try: doubling, with up to a fifth more."""
        grown = min(LONGEST_REST, FIRST_REST * 2 ** min(self.tries - 1, 16))
        return (HOPELESS_REST if hopeless else grown) * (1.0 + self.jitter() / 5.0)


machine = TypeMachineBuilder(Keeper, Core)
down = machine.state("down")
dialling = machine.state("dialling")
up = machine.state("up")
resting = machine.state("resting")
leaving = machine.state("leaving")
stopped = machine.state("stopped")


@down.upon(Keeper.start).to(dialling)
@resting.upon(Keeper.retry).to(dialling)
def dial(keeper: Keeper, core: Core) -> None:
    core.line = core.dial(keeper)


@dialling.upon(Keeper.signed_in).to(up)
def settle(keeper: Keeper, core: Core) -> None:
    core.tries = 0


@dialling.upon(Keeper.ended).to(resting)
@up.upon(Keeper.ended).to(resting)
def rest(keeper: Keeper, core: Core, reason: str, hopeless: bool = False) -> None:
    core.tries += 1
    core.timer = core.clock.callLater(core.rest(hopeless), keeper.retry)


@dialling.upon(Keeper.stop).to(leaving)
@up.upon(Keeper.stop).to(leaving)
def leave(keeper: Keeper, core: Core) -> Deferred[None]:
    assert core.line is not None
    # Not at once: a line that ends while it is dropped would answer within this transition.
    core.clock.callLater(0, core.line.drop)
    return _waiting(core)


@leaving.upon(Keeper.ended).to(stopped)
def left(keeper: Keeper, core: Core, reason: str, hopeless: bool = False) -> None:
    core.gone.callback(None)


@resting.upon(Keeper.stop).to(stopped)
def stop_resting(keeper: Keeper, core: Core) -> Deferred[None]:
    assert core.timer is not None
    core.timer.cancel()
    return succeed(None)


@down.upon(Keeper.stop).to(stopped)
@stopped.upon(Keeper.stop).to(stopped)
def stop_stopped(keeper: Keeper, core: Core) -> Deferred[None]:
    return succeed(None)


@leaving.upon(Keeper.stop).to(leaving)
def stop_leaving(keeper: Keeper, core: Core) -> Deferred[None]:
    return _waiting(core)


@leaving.upon(Keeper.signed_in).to(leaving)
@stopped.upon(Keeper.signed_in).to(stopped)
@up.upon(Keeper.signed_in).to(up)
def signed_in_late(keeper: Keeper, core: Core) -> None:
    """The carrier's word and our leaving crossed."""


@stopped.upon(Keeper.ended).to(stopped)
@resting.upon(Keeper.ended).to(resting)
def ended_twice(keeper: Keeper, core: Core, reason: str, hopeless: bool = False) -> None:
    """A line may be told lost by its owner and by its transport."""


def _waiting(core: Core) -> Deferred[None]:
    """One Deferred for each who waits for the same end."""
    waiting: Deferred[None] = Deferred()
    core.gone.addCallback(lambda _: waiting.callback(None))
    return waiting


keep = machine.build()

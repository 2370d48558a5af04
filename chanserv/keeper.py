"""Keep one connection up: dial, sign in, notice its end, rest, dial again; on demand, leave.

    down --start--> dialling --signed_in--> up
                     |  ^ \\_________ended_____|____> resting --retry--> dialling
                     |  |                     |
                     +--+-------stop----------+----> leaving --ended--> stopped

A carrier that takes the call and refuses the login counts as a failed try,
so the waits grow; only a signed-in connection sets them back. Which protocol
is spoken, and which host is next, is the dialler's business. Inputs that mean
nothing in a state (a second end, a late timer) are listed and ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs
from automat import TypeMachineBuilder
from twisted.internet.interfaces import IDelayedCall, IReactorTime

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds between two dials
JITTER = 0.25  # share of a wait that is left to chance: many links must not dial in step


class Line(Protocol):
    """A connection being made or held."""

    def drop(self) -> None:
        """Give it up in good order; its owner tells `Keeper.ended`, once, when it is gone."""


class Keeper(Protocol):
    """What can happen to a line that is kept up."""

    def start(self) -> None:
        """Begin to dial."""

    def signed_in(self) -> None:
        """The line is of use."""

    def ended(self, least: float) -> None:
        """The line is gone, or never came up; wait `least` seconds before the next dial (0: no wish)."""

    def retry(self) -> None:
        """The rest is over, or what it was for is."""

    def stop(self) -> None:
        """Give the line up and dial no more; `Core.stopped` is called once it is gone."""


def backoff(tries: int, chance: float) -> float:
    """Seconds to rest after `tries` failures in a row: 1, 2, 4 … 60, less up to a quarter by `chance` (0..1)."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries - 1, 10)) * (1.0 - JITTER * chance)


@attrs.define
class Core:
    """What the states share. `chance` gives numbers from 0 to 1."""

    clock: IReactorTime
    dial: Callable[[Keeper], Line]
    chance: Callable[[], float]
    stopped: Callable[[], None]
    tries: int = 0
    line: Line | None = None
    timer: IDelayedCall | None = None


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
    if core.timer is not None and core.timer.active():  # told to before the rest was over
        core.timer.cancel()
    core.timer = None
    core.line = core.dial(keeper)


@dialling.upon(Keeper.signed_in).to(up)
def settle(keeper: Keeper, core: Core) -> None:
    core.tries = 0


@dialling.upon(Keeper.ended).to(resting)
@up.upon(Keeper.ended).to(resting)
def rest(keeper: Keeper, core: Core, least: float) -> None:
    core.tries, core.line = core.tries + 1, None
    core.timer = core.clock.callLater(max(least, backoff(core.tries, core.chance())), keeper.retry)


@dialling.upon(Keeper.stop).to(leaving)
@up.upon(Keeper.stop).to(leaving)
def leave(keeper: Keeper, core: Core) -> None:
    if core.line is not None:
        core.line.drop()


@leaving.upon(Keeper.ended).to(stopped)
def left(keeper: Keeper, core: Core, least: float) -> None:
    core.line = None
    core.stopped()


@down.upon(Keeper.stop).to(stopped)
@resting.upon(Keeper.stop).to(stopped)
def stop_idle(keeper: Keeper, core: Core) -> None:
    if core.timer is not None:
        core.timer.cancel()
        core.timer = None
    core.stopped()


IGNORED = {
    down: (Keeper.signed_in, Keeper.ended, Keeper.retry),
    dialling: (Keeper.start, Keeper.retry),
    up: (Keeper.start, Keeper.signed_in, Keeper.retry),
    resting: (Keeper.start, Keeper.signed_in, Keeper.ended),
    leaving: (Keeper.start, Keeper.signed_in, Keeper.retry, Keeper.stop),
    stopped: (Keeper.start, Keeper.signed_in, Keeper.ended, Keeper.retry, Keeper.stop),
}
for _state, _inputs in IGNORED.items():
    for _input in _inputs:
        _state.upon(_input).loop().returns(None)

keep = machine.build()

"""What the store has for one link beside what its lane holds: claimed in bounded numbers, when there is room.

A claim asks the store for half of what may be held, or more; one at a time, none while the link is down. When pieces
go, in which order and how fast, is the lane's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from chanserv import operations as op
from chanserv.alarm import Alarm
from chanserv.claims import Claims
from chanserv.interfaces import ILink, IStore

LEAST_CLAIMS = 20  # pieces held at least, however small the window
CLAIM_PAUSE = 1.0  # seconds before a claim that failed is tried again


@attrs.define(eq=False)
class Backlog:
    """`claims` is the lane's; `pump` is called when they may have grown, `surprised` when a claim broke."""

    _store: IStore
    _clock: IReactorTime
    _claims: Claims
    _pump: Callable[[], None]
    _surprised: Callable[[Failure], None]
    _lines: Callable[[], tuple[str, ...] | None] = lambda: None  # which the link may have; None: all
    _link: ILink = attrs.field(init=False)
    _ripening: Alarm = attrs.field(init=False)
    _more: bool = True  # the store has, or may have, pieces that are not held
    _claiming: bool = False
    _rest: float = 0.0  # no claim before: the last one failed, or brought what nobody may send
    _stopped: bool = False

    def __attrs_post_init__(self) -> None:
        self._ripening = Alarm(self._clock, self._ripe)

    def attach(self, link: ILink) -> None:
        self._link = link

    @property
    def more(self) -> bool:
        """Pieces may wait there that came before one that is handed to us now."""
        return self._more

    @property
    def room(self) -> bool:
        """May one more be held?"""
        return len(self._claims) < self._limit and self._link.up and not self._stopped

    def grew(self) -> None:
        """There is something that is not held; `claim` when that is convenient."""
        self._more = True

    def at_once(self) -> None:
        """There may be something new: a rest is over."""
        self._more, self._rest = True, 0.0
        self.claim()

    def pause(self) -> None:
        """No claim for a while: the next would bring the same."""
        self._more, self._rest = True, self._clock.seconds() + CLAIM_PAUSE
        self.wait_until(self._rest)

    def wait_until(self, due: float) -> None:
        """A held piece, or a claim, is due then; 0: none is."""
        if due:
            self._ripening.set(due)

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopped = True
        self._ripening.stop()

    @property
    def _limit(self) -> int:
        return max(LEAST_CLAIMS, 2 * self._link.window)

    def claim(self) -> None:
        """Ask for what there is room for, if there may be something and it is worth while."""
        room = self._limit - len(self._claims)
        idle = self._claiming or self._stopped or not self._link.up
        if idle or self._clock.seconds() < self._rest or not self._more or room < self._limit // 2:
            return
        self._claiming, self._more = True, False
        claim = op.Claim(link=self._link.name, limit=room, holding=tuple(self._claims), lines=self._lines())
        claimed = self._store.apply([claim])
        claimed.addCallbacks(self._claimed, self._unclaimed)
        claimed.addErrback(self._surprised)

    def _claimed(self, results: Sequence[op.Result]) -> None:
        self._claiming = False
        (result,) = results
        if not isinstance(result, op.Claimed):
            return self._unclaimed(result)
        self._more = self._more or result.more
        self.wait_until(result.due)
        for work in result.works:
            if work.piece not in self._claims and self._link.up:
                self._claims.hold(work)
        self._pump()

    def _unclaimed(self, failure: Failure | op.Result) -> None:
        self._claiming = False
        self.pause()
        if isinstance(failure, Failure):
            self._surprised(failure)

    def _ripe(self) -> None:
        self._more = True
        self._pump()

"""Once a second the store says what time has made due; whoever it concerns is told.

Lanes hear what is free to go, the way back that something is owed, carriers
which receipts did not come; and texts whose link stays down get their turn to
go by another. What is due, and what follows, is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from chanserv import operations as op
from chanserv.detours import Detours
from chanserv.errors import StoreError
from chanserv.interfaces import IInquiry, ILink, IPlatform, IStore
from chanserv.lane import Lane

log = Logger()

EVERY = 1.0  # seconds
QUESTIONS = 100  # that carriers are being asked at once because receipts did not come


@attrs.define(eq=False, kw_only=True)
class Sweep:
    """`links` and `lanes` are shared, and may grow."""

    _store: IStore
    _links: Mapping[str, ILink]
    _lanes: Mapping[str, Lane]
    _inquiry: IInquiry
    _detours: Detours
    _platform: IPlatform
    _clock: IReactorTime
    _asked: int = 0  # questions that are out
    _loop: LoopingCall = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._loop = LoopingCall(self._turn)
        self._loop.clock = self._clock

    def start(self) -> None:
        """The first turn is a second away."""
        self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        """No other turn. Idempotent."""
        if self._loop.running:
            self._loop.stop()

    def _turn(self) -> Deferred[None]:
        self._detours.turn()
        holding = tuple(piece for lane in self._lanes.values() for piece in lane.holding)
        asking = tuple(name for name, link in self._links.items() if link.up)
        questions = max(0, QUESTIONS - self._asked)
        swept = self._store.apply([op.Sweep(holding=holding, asking=asking, questions=questions)])
        done = swept.addCallbacks(self._swept, lambda failure: failure.trap(StoreError) and None)
        return done.addErrback(lambda failure: log.failure("after the sweep", failure))  # or there would be no next one

    def _swept(self, results: Sequence[op.Result]) -> None:
        (result,) = results
        if not isinstance(result, op.Swept):
            log.error("the sweep failed: {result}", result=result)
            return
        for name in result.freed:
            if name in self._lanes:  # what waits for a link that is gone from the settings ends by its validity
                self._lanes[name].claim()
        self._platform.nudge()
        if result.enquiries:
            self._ask(result.enquiries)
        if result.more:
            self._clock.callLater(0, self._turn)

    def _ask(self, enquiries: Sequence[op.Enquiry]) -> None:
        """Receipts that did not come. What is being asked takes the place of what could be."""
        self._asked += len(enquiries)
        asked = self._inquiry.ask(enquiries)
        asked.addErrback(lambda failure: log.failure("carriers could not be asked", failure))
        asked.addCallback(self._heard, len(enquiries))

    def _heard(self, answers: object, questions: int) -> None:
        self._asked -= questions

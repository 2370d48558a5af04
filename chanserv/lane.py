"""Parts on their way to one link: in which order, how fast, how many at once.

The rest stays in the store until `backlog` asks for more of it. A lane holds a
bounded number of claimed pieces, replies before bulk, hands their parts to its
link while window and pace allow, and lets a window slot go only after its
answer is on disk. It knows no protocol and decides no status.

    store --Claim--> ready --window, pace--> link --answered--> router --commit--> slot free
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv import operations as op
from chanserv.alarm import Alarm
from chanserv.backlog import Backlog
from chanserv.claims import Claims
from chanserv.errors import StoreError
from chanserv.governor import Governor
from chanserv.interfaces import ILane, ILink, IRouter, IStore
from chanserv.message import UNSENT, Outcome, Verdict, Work, unsent
from chanserv.meter import SILENT, IMeter
from chanserv.pace import Pace
from chanserv.trial import Trial

log = Logger()

DECIDED = (Verdict.TAKEN, Verdict.REFUSED)  # a carrier that answers so is not asked too much


@implementer(ILane)
class Lane:
    """The way to one link. `careful`: the store must know of octets before they leave; `trial`: whom it may reach."""

    def __init__(
        self,
        store: IStore,
        router: IRouter,
        clock: IReactorTime,
        pace: Pace,
        careful: bool,
        meter: IMeter = SILENT,
        trial: Trial | None = None,
    ) -> None:
        self._store = store
        self._router = router
        self._clock = clock
        self._pace = pace
        self._governor = Governor(pace)
        self._careful = careful
        self._meter = meter
        self._link: ILink
        self._claims = Claims()
        self._out: dict[tuple[int, int], float] = {}  # (piece, part) -> when it left; until its answer is on disk
        self._trial = trial
        lines = trial.lines if trial else tuple
        self._backlog = Backlog(store, clock, self._claims, self._pump, self._surprised, lines)
        self._pacing = Alarm(clock, self._pump)
        self._stopping = False

    def attach(self, link: ILink) -> None:
        self._link = link
        self._backlog.attach(link)

    @property
    def up(self) -> bool:
        """The link may send now."""
        return self._link.up

    @property
    def holding(self) -> tuple[int, ...]:
        """Refs of the claimed pieces."""
        return tuple(self._claims)

    @property
    def rate(self) -> float:
        """Parts a second, at present."""
        return self._governor.rate

    @property
    def rest(self) -> float:
        """Seconds for which nothing goes, as the carrier asked for; 0.0: none."""
        return self._governor.rest(self._clock.seconds())

    # work comes

    def put(self, work: Work) -> None:
        """A piece that is free to go. What there is no place for, or must not go, stays in the store."""
        if work.piece in self._claims or not work.parts or not (self._trial is None or self._trial.reaches(work.to)):
            return
        if self._backlog.room and (work.reply or not self._backlog.more):
            self._claims.hold(work)
            self._pump()
        else:
            self._backlog.grew()
            self._backlog.claim()

    def claim(self) -> None:
        """The store may have something for us that nobody handed to us."""
        self._backlog.at_once()

    def hold_back(self, piece: int) -> tuple[int, ...]:
        """Nothing of this piece goes until `go_on`; its parts whose octets may have left."""
        self._claims.hold_back(piece)
        return tuple(part for ref, part in self._out if ref == piece)

    def go_on(self, piece: int) -> None:
        """What is left of it in the store may be claimed again."""
        self._claims.go_on(piece)
        self.claim()

    # parts go

    def _pump(self) -> None:
        """Hand over what window and pace allow; called whenever either may have changed."""
        now = self._clock.seconds()
        going: list[Work] = []
        while self._link.up and not self._stopping and (work := self._claims.next()):
            if work.expires <= now:
                self._claims.end_if_idle(work.piece)
                self._backlog.pause()  # the sweep ends it, and then the next in its line is free
                continue
            room = max(0, self._link.window - len(self._out))
            granted = self._pace.take(now, min(len(work.parts), room))
            if granted < len(work.parts):
                self._claims.put_back(replace(work, parts=work.parts[granted:]))
            if granted:
                going.append(self._started(replace(work, parts=work.parts[:granted]), now))
            if granted < len(work.parts):
                break
        if going:
            self._send(going)
        self._rearm()
        self._backlog.claim()

    def _started(self, work: Work, now: float) -> Work:
        self._claims.left(work.piece, len(work.parts))
        self._governor.sent(len(work.parts))
        for part in work.parts:
            self._out[work.piece, part.number] = now
        return work

    def _send(self, works: list[Work]) -> None:
        if not self._careful:
            return self._hand_over(works)
        begins = [
            op.Begin(message=work.message, piece=work.piece, parts=tuple(part.number for part in work.parts))
            for work in works
        ]
        self._store.apply(begins).addCallback(self._begun, works).addErrback(self._surprised)

    def _begun(self, results: Sequence[op.Result], works: list[Work]) -> None:
        """Only what the store knows as begun may leave."""
        going = []
        for result, work in zip(results, works, strict=True):
            if isinstance(result, op.Done) and result.known:
                going.append(work)
            else:
                self._not_begun(work, result)
        self._hand_over(going)

    def _not_begun(self, work: Work, result: op.Result) -> None:
        """Its piece has ended meanwhile, a receipt may say that an earlier part of it failed; or it is not on disk."""
        for part in work.parts:
            self._back(work.piece, part.number)
        self._governor.answered(self._clock.seconds(), len(work.parts), 0)
        if isinstance(result, op.Done):
            self._claims.drop(work.piece)
            self._claims.end_if_idle(work.piece)
            return self._backlog.wait_until(self._clock.seconds())
        log.error("piece {piece} is not sent: {why}", piece=work.piece, why=str(result))
        self._meter.counted("surprises", where="begin")
        self._backlog.pause()

    def _hand_over(self, works: list[Work]) -> None:
        for work in works:
            if self._link.up:
                self._link.send(work)
            else:
                self.answered([unsent(work, part) for part in work.parts])

    # answers come

    def answered(self, outcomes: Sequence[Outcome]) -> None:
        """ILane: keep what became of these parts; their slots are free after the commit."""
        now = self._clock.seconds()
        told = []
        answers = [each for each in outcomes if (each.piece, each.part) in self._out]  # of two the first counts
        self._governor.answered(now, len(answers), sum(each.verdict in DECIDED for each in answers))
        for outcome in answers:
            sent = self._out.get((outcome.piece, outcome.part))
            if sent is None:
                continue
            if outcome.reason == UNSENT and not self._careful:
                self._back(outcome.piece, outcome.part)
                continue
            self._meter.answered(outcome.link, outcome.verdict, outcome.reason, now - sent)
            told.append(outcome)
        if told:
            self._router.settled(told).addCallback(self._kept, told).addErrback(self._surprised)
        else:
            self._pump()

    def _back(self, piece: int, part: int) -> None:
        """Never left: its piece is claimed anew when the link is up."""
        del self._out[piece, part]
        self._claims.landed(piece)
        self._backlog.grew()

    def _kept(self, results: Sequence[op.Settled], outcomes: Sequence[Outcome]) -> None:
        for result, outcome in zip(results, outcomes, strict=True):
            self._out.pop((outcome.piece, outcome.part), None)
            if outcome.verdict is Verdict.REFUSED:
                self._claims.drop(outcome.piece)
            self._claims.landed(outcome.piece)
            if not result.finished and outcome.piece not in self._claims:
                self._backlog.wait_until(max(result.due, self._clock.seconds()))
        self._pump()

    # the link and time

    def changed(self) -> None:
        """ILane: the link came up, went down, or has another window."""
        if self._link.up:
            self.claim()
            self._pump()
            return
        self._claims.release()
        self._backlog.grew()

    def broken(self) -> None:
        """ILane: counted, whatever other sessions there are."""
        self._meter.counted("sessions_broken", link=self._link.name)

    def throttled(self, delay: float) -> None:
        """ILane: nothing for `delay` seconds, then less than before until answers are good again."""
        self._meter.throttled(self._link.name)
        self._governor.throttled(self._clock.seconds(), delay)
        self._rearm()

    def congested(self, level: int) -> None:
        """ILane: it may slow the link, or keep it from growing faster."""
        self._governor.congested(self._clock.seconds(), level)

    def stop(self) -> None:
        """Hand over nothing more; answers are still kept."""
        self._stopping = True
        self._backlog.stop()
        self._pacing.stop()

    def _rearm(self) -> None:
        """When the pace allows one more."""
        if self._claims.ready and self._link.up and len(self._out) < self._link.window:
            now = self._clock.seconds()
            self._pacing.set(now + max(self._pace.next(now), 0.001))

    def _surprised(self, failure: Failure) -> None:
        if failure.check(StoreError):
            return  # the store is gone: it said so itself, and what it holds will be claimed again
        self._meter.counted("surprises", where="lane")
        log.failure("lane of {link}", failure, link=self._link.name)

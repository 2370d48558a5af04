"""Between the store's outbox and whoever posts: letters handed out, how they fared, and one timer for the rest.

    Fetch -> take(letter) … end(Posted) -> commit -> Fetch …

At most one write and one fetch are under way, each of everything that has
gathered. What is held is bounded and forgotten at a kill; the store then hands
it out again. No letter is read here, and no platform known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chanserv.interfaces import IStore
from chanserv.message import Letter
from chanserv.operations import Failed, Fetch, Fetched, Posted, Result

UNKEPT_PAUSE = 60.0  # seconds before a letter is touched again whose fate the store could not keep
STORE_PAUSE = 1.0  # seconds before the store is asked again after it failed


@attrs.define(eq=False)
class Tray:
    """`take` is given every letter once; it ends with `end`. Up to `room` letters are held."""

    store: IStore
    clock: IReactorTime
    take: Callable[[Letter], None]
    room: int = 0
    running: bool = attrs.field(default=False, init=False)
    _held: dict[int, IDelayedCall | None] = attrs.field(factory=dict, init=False)  # by ref; its timer, if it waits
    _ended: list[Posted] = attrs.field(factory=list, init=False)
    _writing: Deferred[None] | None = attrs.field(default=None, init=False)
    _fetching: bool = attrs.field(default=False, init=False)
    _wanted: bool = attrs.field(default=False, init=False)
    _turn: IDelayedCall | None = attrs.field(default=None, init=False)
    _timer: IDelayedCall | None = attrs.field(default=None, init=False)
    log = Logger()

    def start(self, room: int) -> None:
        """Hold up to so many letters; begin."""
        self._held.clear()
        self.room, self.running = room, True
        self.nudge()

    def nudge(self) -> None:
        """Something new is owed. Many nudges of one reactor turn are one fetch."""
        self._wanted = True
        self._soon()

    def hold(self, letter: Letter, delay: float, call: Callable[..., object], *args: Any) -> None:
        """Call that in `delay` seconds, unless we stop before."""
        self._held[letter.ref] = self.clock.callLater(delay, call, *args)

    def put_back(self, letter: Letter, delay: float) -> None:
        """Not now: in `delay` seconds the store is asked anew; it may have another letter by then, or none."""
        self.hold(letter, delay, self._let_go, letter.ref)

    def end(self, posted: Posted) -> None:
        """How a letter fared; kept with whatever else ends in this reactor turn."""
        self._ended.append(posted)
        self._soon()

    def stop(self) -> None:
        """No more timers, no more letters."""
        self.running = False
        for timer in (self._turn, self._timer, *self._held.values()):
            if timer is not None and timer.active():
                timer.cancel()
        self._turn = self._timer = None

    def write_all(self) -> Deferred[None] | None:
        """Fires when everything that ended is kept; None: it is."""
        self._write()
        return self._writing.addCallback(lambda _: self.write_all()) if self._writing else None

    def _soon(self) -> None:
        if self.running and self._turn is None:
            self._turn = self.clock.callLater(0, self._take_turn)

    def _take_turn(self) -> None:
        self._turn = None
        self._write()
        self._fetch()

    def _write(self) -> None:
        """Tell the store how letters fared: all that ended since, in one go."""
        if self._writing is not None or not self._ended:
            return
        ended, self._ended = self._ended, []
        self._writing = Deferred()
        self.store.apply(ended).addBoth(self._written, ended)

    def _written(self, results: list[Result] | Failure, ended: list[Posted]) -> None:
        """What could not be kept is not handed out again at once: it would be posted in a circle."""
        writing, self._writing = self._writing, None
        if isinstance(results, Failure):
            self.log.warn("the fate of letters could not be kept: {why}", why=results.getErrorMessage())
            results = [Failed(reason="not kept")] * len(ended)
        for posted, result in zip(ended, results, strict=True):
            if isinstance(result, Failed) and self.running:
                self.log.error("the fate of letter {ref} could not be kept", ref=posted.letter)
                self._held[posted.letter] = self.clock.callLater(UNKEPT_PAUSE, self._let_go, posted.letter)
            else:
                self._held.pop(posted.letter, None)
        self.nudge()
        if writing is not None:
            writing.callback(None)

    def _let_go(self, ref: int) -> None:
        self._held.pop(ref, None)
        self.nudge()

    def _fetch(self) -> None:
        room = self.room - len(self._held)
        if self._fetching or not self._wanted or room <= 0:
            return
        self._fetching, self._wanted = True, False
        self.store.apply([Fetch(limit=room, holding=tuple(self._held))]).addCallbacks(
            self._fetched, self._unfetched, callbackArgs=(room,)
        ).addErrback(lambda failure: self.log.failure("letters could not be taken on", failure))

    def _fetched(self, results: list[Result], room: int) -> None:
        self._fetching = False
        (fetched,) = results
        if not self.running:
            return
        if not isinstance(fetched, Fetched):
            self.log.error("letters could not be fetched: {result}", result=fetched)
            self._wake(self.clock.seconds() + STORE_PAUSE)
            return
        for letter in fetched.letters:
            if letter.ref not in self._held:
                self._held[letter.ref] = None
                self.take(letter)
        if len(fetched.letters) >= room or self._wanted:
            self.nudge()
        if fetched.due:
            self._wake(fetched.due)

    def _unfetched(self, failure: Failure) -> None:
        self._fetching = False
        self.log.warn("letters could not be fetched: {reason}", reason=failure.getErrorMessage())
        self._wake(self.clock.seconds() + STORE_PAUSE)

    def _wake(self, at: float) -> None:
        """One timer, at the earliest time anybody asked for."""
        if not self.running:
            return
        delay = max(0.0, at - self.clock.seconds())
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= self.clock.seconds() + delay:
                return
            self._timer.cancel()
        self._timer = self.clock.callLater(delay, self.nudge)

"""The platform's way back: every letter of the store's outbox is posted, and posted again, until told or dead.

    Tray -> (rest, quiet, spacing, a free slot) -> POST -> judge -> Posted -> Tray

Order is the store's: it hands out one letter a line at a time.
Nothing here knows a status, a receipt or a carrier.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.interfaces import IPlatform, IStore
from chanserv.message import Letter, masked
from chanserv.meter import SILENT, IMeter
from chanserv.operations import Posted
from chanserv.platform.answers import Answer, Fate, judge
from chanserv.platform.client import Client
from chanserv.platform.dialects import external
from chanserv.platform.rounds import Rounds
from chanserv.platform.tray import Tray
from chanserv.platform.ways import Spoken, Way
from chanserv.settings import ChannelSettings

FIRST_PAUSE, LAST_PAUSE = 1.0, 600.0  # seconds between tries, doubling
MISPLACED_PAUSE = 60.0  # at least, when settings are wrong: courier caches channels for a minute
AGAIN_AFTER = 0.5  # seconds after a reset; courier knows a repeat of an MO for 2 to 4 s only
STOP_LIMIT = 5.0  # seconds for posts that are out
HELD_PER_SLOT = 4  # letters held for each post that may be out at once


@implementer(IPlatform)
@attrs.define(eq=False, kw_only=True)
class Reporter:
    """`dial` opens the clients when it starts. `jitter` gives 0 <= x < 1."""

    store: IStore
    channels: Mapping[str, ChannelSettings]
    dial: Callable[[], Mapping[str, Client]]  # by name of the platform
    rounds: Rounds
    clock: IReactorTime
    retry_for: float = 259200.0
    jitter: Callable[[], float] = random.random
    meter: IMeter = SILENT
    _ways: dict[str, Way] = attrs.field(factory=dict, init=False)
    _tray: Tray = attrs.field(init=False)
    _out: dict[int, Deferred[Any]] = attrs.field(factory=dict, init=False)  # posts under way
    _spoken: Spoken = attrs.field(factory=Spoken, init=False)
    log = Logger()

    def __attrs_post_init__(self) -> None:
        self._tray = Tray(self.store, self.clock, self._consider)

    def start(self) -> None:
        """Begin to post what is owed."""
        self._ways = {name: Way(client) for name, client in self.dial().items()}
        self._tray.start(HELD_PER_SLOT * sum(way.client.settings.concurrency for way in self._ways.values()))

    def nudge(self) -> None:
        """Something new is owed."""
        self._tray.nudge()

    def stop(self) -> Deferred[None]:
        """Wait up to STOP_LIMIT for posts that are out; what is still owed stays in the store."""
        self._tray.stop()
        out = list(self._out.values())
        limit = self.clock.callLater(STOP_LIMIT, _cancel, out)
        stopped: Deferred[object] = DeferredList(out).addCallback(lambda _: limit.cancel() if limit.active() else None)
        stopped.addCallback(lambda _: self._tray.write_all())
        stopped.addTimeout(2 * STOP_LIMIT, self.clock)  # a store that cannot write is not waited for
        stopped.addErrback(lambda failure: self.log.warn("not all fates of letters were kept"))
        return stopped.addCallback(self._hang_up)

    def _hang_up(self, _: object) -> Deferred[None]:
        closed = DeferredList([way.client.close() for way in self._ways.values()])
        return closed.addCallback(lambda _: None)

    def _consider(self, letter: Letter) -> None:
        """Post it, or let it wait until it may be posted."""
        now = self.clock.seconds()
        channel = self.channels.get(letter.channel)
        way = self._ways.get(channel.platform) if channel is not None else None
        if not self._tray.running:
            return
        if channel is None or way is None:
            self._end(letter, told=False, reason="its channel is not in the settings")
        elif way.rests > now:
            due = way.rests + self.jitter()
            self._end(letter, told=False, due=due, reason="the platform does not answer", tried=False)
        elif (at := self._not_before(letter, now)) > now:
            self._tray.put_back(letter, at - now)
        elif way.full:
            way.waiting.append((now, letter))
        else:
            self._post(letter, channel, way)

    def _not_before(self, letter: Letter, now: float) -> float:
        if letter.kind != "receive":
            return self.rounds.quiet_until(letter.channel, letter.id, now) if letter.id else 0.0
        return self._spoken.not_before(letter)

    def _post(self, letter: Letter, channel: ChannelSettings, way: Way, again: bool = False) -> None:
        self._spoken.remember(letter, self.clock.seconds())
        way.out += 1
        done = maybeDeferred(lambda: way.client.post(external.path(channel.uuid, letter.kind), external.letter(letter)))
        self._out[letter.ref] = done
        done.addBoth(self._returned, letter, way)
        done.addCallback(self._answered, letter, channel, way, self.clock.seconds(), again)
        done.addErrback(self._surprised, letter)
        done.addCallback(lambda _: self._go_on(way))

    def _returned(self, answer: Answer, letter: Letter, way: Way) -> Answer:
        self._out.pop(letter.ref, None)
        way.out -= 1
        return answer

    def _go_on(self, way: Way) -> None:
        """Whoever waits for a slot is looked at anew: it may have to wait for something else by now.

        A request that came while it waited may have withdrawn it. One less than `quiet` ago the rounds
        know of; whoever waited longer is asked for again.
        """
        while way.waiting and not way.full:
            since, letter = way.waiting.popleft()
            if self.clock.seconds() - since < self.rounds.quiet:
                self._consider(letter)
            else:
                self._tray.put_back(letter, 0.0)

    def _answered(
        self, answer: Answer, letter: Letter, channel: ChannelSettings, way: Way, began: float, again: bool
    ) -> None:
        now = self.clock.seconds()
        self._spoken.remember(letter, self.clock.seconds())
        way.heard(answer.reached, now)
        fate, reason = judge(answer)
        if fate is Fate.LOST and letter.kind == "receive" and not again and self._tray.running:
            self._tray.hold(letter, AGAIN_AFTER, self._post, letter, channel, way, True)
            return
        if fate is Fate.TOLD:
            self._end(letter, told=True, spent=now - began)
        elif fate is Fate.NEVER:
            self._end(letter, told=False, reason=reason, spent=now - began)
        else:
            self._later(letter, fate, reason, spent=now - began)

    def _later(self, letter: Letter, fate: Fate, reason: str, spent: float = 0.0) -> None:
        """Exponential back-off until `retry_for` after it was first owed; then it is a dead letter."""
        now = self.clock.seconds()
        pause = min(LAST_PAUSE, FIRST_PAUSE * 2.0 ** min(letter.tries, 20))
        if fate is Fate.MISPLACED:
            pause = max(pause, MISPLACED_PAUSE)
            why = masked(reason)
            self.log.error("{channel}: {why}", channel=letter.channel, why=why, alarm="platform-settings")
        dead = now - letter.first >= self.retry_for
        due = 0.0 if dead else now + min(LAST_PAUSE, pause * (1.0 + 0.25 * self.jitter()))
        self._end(letter, told=False, due=due, reason=reason, spent=spent)

    def _surprised(self, failure: Failure, letter: Letter) -> None:
        """A fault of ours must not lose the letter, nor stop the others."""
        self.log.failure("letter {ref} could not be posted", failure, ref=letter.ref)
        self._later(letter, Fate.LATER, "internal fault")

    def _end(
        self,
        letter: Letter,
        *,
        told: bool,
        due: float = 0.0,
        reason: str = "",
        spent: float | None = None,
        tried: bool = True,
    ) -> None:
        """`spent`: seconds its post took, if there was one. `tried`: it counts as a try, posted or not."""
        if spent is not None:
            self.meter.posted(letter.kind, "told" if told else "later" if due else "dead", spent)
        if not told and not due:
            why = masked(reason)
            self.log.error("letter {ref} is dead: {why}", ref=letter.ref, why=why, alarm="dead-letter")
        self._tray.end(Posted(letter=letter.ref, kind=letter.kind, told=told, due=due, reason=reason, tried=tried))


def _cancel(posts: Iterable[Deferred[Any]]) -> None:
    for post in posts:
        post.cancel()

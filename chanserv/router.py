"""The one shared object every text passes, whichever way it travels.

News from outside enters by four verbs: *submit* (the platform has a text),
*settled* (a link knows what became of parts), *receipt* and *reply* (carriers
have something to tell). Each is kept first and acted upon after the commit.
It knows no wire and no HTTP; which link, `routing` says; what a repeat is,
the store's rules.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv import operations as op
from chanserv import routing
from chanserv.errors import BadRequest, Leaving, QueueFull, StoreError
from chanserv.interfaces import IPlatform, IRouter, IStore
from chanserv.lane import Lane
from chanserv.message import Outcome, Post, Receipt, Reply, Work
from chanserv.meter import SILENT, IMeter
from chanserv.settings import ChannelSettings, Settings
from chanserv.text.parts import cut, weight

log = Logger()

REFERENCES = 10_000  # recipients whose last concatenation reference is remembered


@implementer(IRouter)
class Router:
    """Joins platform, store and lanes. `lanes` is shared: whoever adds a link adds its lane."""

    def __init__(
        self, settings: Settings, store: IStore, lanes: Mapping[str, Lane], platform: IPlatform, meter: IMeter = SILENT
    ) -> None:
        self._settings = settings
        self._store = store
        self._lanes = lanes
        self._platform = platform
        self._meter = meter
        self._references = References()
        self.leaving = False

    # submit

    def submit(self, post: Post) -> Deferred[op.Taken]:
        """IRouter: route, cut as that link wants it, keep; then feed the lane."""
        if self.leaving:
            return fail(Leaving("shutting down"))
        channel = self._settings.channels[post.channel]
        link = self._choose(channel, post.piece.to)
        cutting = self._settings.links[link].cutting
        try:
            coding, slices = cut(post.piece.text, channel.encoding, self._references.next(post.piece.to), cutting)
        except ValueError as error:
            raise BadRequest("text", str(error))
        if (count := weight(coding, slices)) > channel.max_parts:
            raise BadRequest("text", f"{count} parts, and this channel allows {channel.max_parts}")
        take = op.Take(post=post, link=link, coding=coding, slices=slices, validity=channel.validity)
        return self._store.apply([take]).addCallback(self._taken, post)

    def _choose(self, channel: ChannelSettings, to: str) -> str:
        """The first link of the route that is up; with none up, the first waits for itself."""
        choice = routing.outbound(self._settings, channel, to)
        return next((name for name in choice.names if self._lanes[name].up), choice.names[0])

    def _taken(self, results: Sequence[op.Result], post: Post) -> op.Taken:
        (taken,) = results
        if not isinstance(taken, op.Taken):
            raise StoreError(str(taken))
        if taken.full:
            raise QueueFull("queue_limit is reached")
        self._count(taken, post.channel)
        self._feed(taken.work)
        if taken.repeat:
            self._platform.nudge()
        return taken

    def _count(self, taken: op.Taken, channel: str) -> None:
        if taken.repeat:
            self._meter.repeated(channel)
            return
        self._meter.accepted(channel)
        if taken.generation > 1:
            self._meter.regenerated(channel)
        if taken.late:
            self._meter.counted("pieces_late", channel=channel)
            log.warn(
                "{channel}: a piece of message {ref} came after its final status", channel=channel, ref=taken.message
            )

    # settled, receipt, reply

    def settled(self, outcomes: Sequence[Outcome]) -> Deferred[list[op.Settled]]:
        """IRouter: kept whatever it takes; then whoever was waiting behind these parts goes."""
        kept = self._store.apply([op.Settle(outcome=outcome) for outcome in outcomes])
        return kept.addCallback(self._settled, outcomes)

    def _settled(self, results: Sequence[op.Result], outcomes: Sequence[Outcome]) -> list[op.Settled]:
        settled = []
        for result, outcome in zip(results, outcomes, strict=True):
            if not isinstance(result, op.Settled):
                log.error("outcome of piece {piece} could not be kept: {why}", piece=outcome.piece, why=str(result))
                self._meter.counted("surprises", where="settle")
                result = op.Settled(link=outcome.link, finished=True)
            self._feed(result.work)
            settled.append(result)
        if any(result.owed for result in settled):
            self._platform.nudge()
        return settled

    def receipt(self, receipts: Sequence[Receipt]) -> Deferred[list[bool]]:
        """IRouter: true where the carrier may forget it."""
        kept = self._store.apply([op.Record(receipt=receipt) for receipt in receipts])
        return kept.addCallbacks(self._recorded, self._unkept, callbackArgs=(receipts,), errbackArgs=(len(receipts),))

    def _recorded(self, results: Sequence[op.Result], receipts: Sequence[Receipt]) -> list[bool]:
        for result, receipt in zip(results, receipts, strict=True):
            if isinstance(result, op.Recorded):
                self._meter.recorded(receipt.link, result.fate)
                if result.late:
                    self._meter.counted("receipts_late", link=receipt.link)
        self._platform.nudge()
        return [isinstance(result, op.Recorded) for result in results]

    def reply(self, replies: Sequence[Reply]) -> Deferred[list[bool]]:
        """IRouter: find the channel, keep, owe it to the platform."""
        hears = [op.Hear(reply=self._addressed(reply)) for reply in replies]
        kept = self._store.apply(hears)
        return kept.addCallbacks(self._heard, self._unkept, callbackArgs=(replies,), errbackArgs=(len(replies),))

    def _addressed(self, reply: Reply) -> Reply:
        choice = routing.inbound(self._settings, reply)
        if not choice.names:
            log.error("{link}: an MO became a dead letter: {why}", link=reply.link, why=choice.why)
            return reply
        return replace(reply, channel=choice.names[0])

    def _heard(self, results: Sequence[op.Result], replies: Sequence[Reply]) -> list[bool]:
        for result, reply in zip(results, replies, strict=True):
            if isinstance(result, op.Heard):
                self._meter.heard(reply.link, result.fate)
        self._platform.nudge()
        return [isinstance(result, op.Heard) for result in results]

    def _unkept(self, failure: Failure, count: int) -> list[bool]:
        failure.trap(StoreError)
        return [False] * count

    def _feed(self, work: Work | None) -> None:
        lane = self._lanes.get(work.link) if work is not None else None
        if work is not None and lane is not None:
            lane.put(work)


class References:
    """Concatenation references (16 bits, or the lower 8 of them) by recipient: random start, then one up, so that no
    two long texts mix."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, int] = OrderedDict()

    def next(self, to: str) -> int:
        last = self._last.pop(to, None)
        taken = random.randrange(65536) if last is None else (last + 1) % 65536
        self._last[to] = taken
        if len(self._last) > REFERENCES:
            self._last.popitem(last=False)
        return taken

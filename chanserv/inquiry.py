"""What carriers are asked beside their work: what became of a part, and to drop it.

Whoever wants to know, an operator or the sweep, asks here. A carrier's word is
kept in the text's timeline; where it is final it enters by `IRouter.receipt`,
like any other receipt. Which link has words for it, and what they are, is the
link's matter; who is to be asked when, the store's.

    cancel:  lanes hold back -> store (what waits is failed) -> lanes go on -> carriers (what they have)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger
from zope.interface import implementer

from chanserv import operations as op
from chanserv.errors import StoreError
from chanserv.interfaces import IInquiry, ILink, IRouter, IStore
from chanserv.lane import Lane
from chanserv.message import Answer, Message, Receipt, State, Status

log = Logger()

AT_ONCE = 32  # questions to one link; the next go when these are answered
NO_LINK = Answer(well=False, words="its link is not in the settings")
DOWN = Answer(well=False, words="its link is down")
UNASKED = (NO_LINK, DOWN)

Pair = tuple[op.Enquiry, Answer]

WORDS = {
    State.QUEUED: "came just now: cancel once more",
    State.HELD: "came just now: cancel once more",
    State.SENDING: "is being sent, its octets may have left",
    State.DOUBTFUL: "may have been sent, no answer came to it",
    State.DELIVERED: "was delivered",
    State.FAILED: "had failed before",
    State.SILENT: "was sent, and no receipt came",
    State.UNKNOWN: "may have been sent, nobody knows",
    State.DROPPED: "was never sent",
    State.SENT: "was sent",
}
"""Of a part that is not cancelled, nor at a carrier that could drop it."""


@implementer(IInquiry)
@attrs.frozen
class Inquiry:
    """`links` and `lanes` are shared: whoever adds a link adds it there."""

    _store: IStore
    _router: IRouter
    _links: Mapping[str, ILink]
    _lanes: Mapping[str, Lane]

    def ask(self, enquiries: Sequence[op.Enquiry]) -> Deferred[list[Answer]]:
        """IInquiry: asked, noted, and told to the router where it is final."""
        return Deferred.fromCoroutine(self._ask(enquiries))

    def cancel(self, message: Message) -> Deferred[list[op.Recalled]]:
        """IInquiry: first what waits here, then what carriers have."""
        return Deferred.fromCoroutine(self._cancel(message))

    async def _ask(self, enquiries: Sequence[op.Enquiry]) -> list[Answer]:
        answers = await self._put("ask", enquiries)
        pairs = list(zip(enquiries, answers, strict=True))
        await self._note("asked", pairs)
        await self._tell(pairs)
        return answers

    async def _cancel(self, message: Message) -> list[op.Recalled]:
        fates = (await self._take_back(message)).fates or _as_it_was(message)
        enquiries = [fate.enquiry for fate in fates if fate.enquiry is not None]
        answers = await self._put("cancel", enquiries)
        pairs = list(zip(enquiries, answers, strict=True))
        await self._note("asked to drop it", pairs)
        await self._drop([one for one, answer in pairs if answer.well])
        await self._tell([pair for pair in pairs if not pair[1].well])
        told = {(one.piece, one.part): answer for one, answer in pairs}
        return [_recalled(fate, told.get((fate.piece, fate.part))) for fate in fates]

    async def _take_back(self, message: Message) -> op.Cancelled:
        """What waits is failed once its lanes hold it back: what they have handed over cannot be called back.

        All lanes: a piece may have moved to another link since `message` was read.
        """
        held = [(lane, piece.ref) for piece in message.pieces for lane in self._lanes.values()]
        out = tuple((piece, part) for lane, piece in held for part in lane.hold_back(piece))
        pieces = tuple(piece.ref for piece in message.pieces)
        try:
            [cancelled] = await self._store.apply([op.Cancel(message=message.ref, pieces=pieces, out=out)])
        finally:
            for lane, piece in held:
                lane.go_on(piece)
        if not isinstance(cancelled, op.Cancelled):
            raise StoreError(str(cancelled))
        for link in cancelled.freed:
            if link in self._lanes:
                self._lanes[link].claim()
        return cancelled

    # carriers

    async def _put(self, verb: str, enquiries: Sequence[op.Enquiry]) -> list[Answer]:
        """The answers in the order of the enquiries; each link by itself, so that a slow one holds up no other."""
        answers = [NO_LINK] * len(enquiries)

        async def to(link: ILink, places: Sequence[int]) -> None:
            for first in range(0, len(places), AT_ONCE):
                now = places[first : first + AT_ONCE]
                told = await _said(link, verb, [enquiries[place] for place in now])
                for place, answer in zip(now, told, strict=True):
                    answers[place] = answer

        places: dict[str, list[int]] = {}
        for place, one in enumerate(enquiries):
            places.setdefault(one.link, []).append(place)
        asked = [(self._links[name], of) for name, of in places.items() if name in self._links]
        await gatherResults([Deferred.fromCoroutine(to(link, of)) for link, of in asked])
        return answers

    # what they said

    async def _note(self, what: str, pairs: Sequence[Pair]) -> None:
        """In the timelines, if it can be."""
        notes = [
            op.Note(message=one.message, what=what, detail=_noted(one, answer))
            for one, answer in pairs
            if answer not in UNASKED
        ]
        try:
            if notes:
                await self._store.apply(notes)
        except StoreError as error:
            log.warn("what carriers said could not be noted: {error}", error=error)

    async def _tell(self, pairs: Sequence[Pair]) -> None:
        """Final words, as receipts. What cannot be kept is asked again, at its next turn or by hand."""
        receipts = [
            _receipt(one, answer.fate, answer.words)
            for one, answer in pairs
            if one.awaited and answer.fate is not None and answer.fate.final
        ]
        if receipts:
            await self._router.receipt(receipts)

    async def _drop(self, enquiries: Sequence[op.Enquiry]) -> None:
        if enquiries:
            drops = [op.Drop(message=one.message, piece=one.piece, part=one.part) for one in enquiries]
            await self._store.apply(drops)


async def _said(link: ILink, verb: str, enquiries: Sequence[op.Enquiry]) -> list[Answer]:
    questions = [one.question for one in enquiries]
    if not link.up:
        return [DOWN] * len(questions)
    answers: list[Answer] = await (link.cancel(questions) if verb == "cancel" else link.ask(questions))
    return answers


def _receipt(enquiry: op.Enquiry, status: Status, reason: str) -> Receipt:
    asked = enquiry.question
    return Receipt(
        link=enquiry.link, carrier_ids=(enquiry.carrier_id,), status=status, reason=reason,
        to=asked.to, sender=asked.sender,
    )  # fmt: skip


def _noted(enquiry: op.Enquiry, answer: Answer) -> str:
    said = answer.words or (answer.fate.value if answer.fate else "done" if answer.well else "no answer")
    return f"piece {enquiry.piece} part {enquiry.part} id {enquiry.carrier_id}: {said}"


def _as_it_was(message: Message) -> tuple[op.Fate, ...]:
    """Of a text that is history: nothing of it can change."""
    return tuple(
        op.Fate(piece=piece.ref, part=part.number, state=part.state) for piece in message.pieces for part in piece.parts
    )


def _recalled(fate: op.Fate, answer: Answer | None) -> op.Recalled:
    done, words = fate.done, "never was sent" if fate.done else WORDS[fate.state]
    if answer is not None:
        done = answer.well
        why = answer.words or "it gave no reason"
        words = "was dropped by its carrier" if done else f"is with its carrier, which did not drop it: {why}"
    return op.Recalled(piece=fate.piece, part=fate.part, done=done, words=words)

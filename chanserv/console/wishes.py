"""What an operator wishes of one text: that its carrier be asked now what became of it, or that it be cancelled.

It finds the one text that is meant and puts the answers in rows; who asks, and
what is kept of it, is behind `IInquiry`. It knows no request and no page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import attrs
import msgspec

from chanserv.console.story import Word
from chanserv.console.view import TRACED, ask
from chanserv.errors import BadRequest
from chanserv.interfaces import IInquiry, IStore
from chanserv.message import Answer, Message
from chanserv.operations import Enquiry, Listing, Recalled, Trace


class Meant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /api/ask and /api/cancel. `by`: what the term is, where it could be a ref as well as an id."""

    term: str
    by: Literal["any", "ref", "id"] = "any"


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to /api/ask: a word of each part that a carrier has an id for."""

    ref: int
    parts: tuple[Word, ...]


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to /api/cancel: what came of each part."""

    ref: int
    parts: tuple[Recalled, ...]


@attrs.frozen
class Wishes:
    """Every method fails with StoreError while the store does, and with BadRequest unless exactly one text is meant."""

    _store: IStore
    _inquiry: IInquiry

    async def ask(self, meant: Meant) -> Learnt:
        """About a text by our ref, the platform's id or a carrier's."""
        message = await self._the_one(meant, carrier=True)
        parts = [(piece, part) for piece in message.pieces for part in piece.parts if part.carrier_id]
        enquiries = [Enquiry.of(message, piece, part) for piece, part in parts]
        answers = await self._inquiry.ask(enquiries)
        return Learnt(ref=message.ref, parts=tuple(map(_word, enquiries, answers)))

    async def cancel(self, meant: Meant) -> Undone:
        """A text by our ref or the platform's id."""
        message = await self._the_one(meant, carrier=False)
        return Undone(ref=message.ref, parts=tuple(await self._inquiry.cancel(message)))

    async def _the_one(self, meant: Meant, *, carrier: bool) -> Message:
        [listing] = await ask(self._store, [Trace(term=meant.term, limit=TRACED)])
        assert isinstance(listing, Listing)
        found = _newest(message for message in listing.messages if _is(message, meant, carrier=carrier))
        if not found:
            raise BadRequest("term", "no text to a handset has this ref or id")
        if len(found) > 1:
            refs = ", ".join(str(message.ref) for message in found)
            raise BadRequest("term", f"{len(found)} texts have it: name one by its ref ({refs})")
        return found[0]


def _is(message: Message, meant: Meant, *, carrier: bool) -> bool:
    """A number is no name of one text, so it is not among these."""
    refs = {str(ref) for ref in (message.ref, *(piece.ref for piece in message.pieces))}  # of one counter
    names = {"ref": refs, "id": {message.id}, "any": {*refs, message.id}}[meant.by]
    if carrier and meant.by == "any":
        names = names | {part.carrier_id for piece in message.pieces for part in piece.parts}
    return bool(meant.term) and meant.term in names


def _newest(messages: Iterable[Message]) -> list[Message]:
    """Of one text's generations the last."""
    last: dict[tuple[str, str | int], Message] = {}
    for message in sorted(messages, key=lambda each: each.ref):
        last[message.channel, message.id or message.ref] = message
    return list(last.values())


def _word(enquiry: Enquiry, answer: Answer) -> Word:
    return Word(
        piece=enquiry.piece,
        part=enquiry.part,
        link=enquiry.link,
        carrier_id=enquiry.carrier_id,
        fate=answer.fate.value if answer.fate else "",
        words=answer.words,
    )

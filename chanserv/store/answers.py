"""What carriers and time say of parts: answers, receipts, and waiting in vain."""

from __future__ import annotations

from msgspec.structs import replace

from chanserv import operations as op
from chanserv import reference
from chanserv.message import Hop, Message, Outcome, Part, Piece, Receipt, State, Verdict
from chanserv.rules import fate, repeats
from chanserv.store.asker import Asker
from chanserv.store.book import Book, part_of, same, told_of
from chanserv.store.ledger import Orphan, Place, Sent
from chanserv.store.queue import Queue
from chanserv.text.numbers import digits

REPEATED_ORPHAN = 60.0  # seconds a receipt is kept whose id was settled before: it may be early for a new text
CLAIMED_PAUSE = 5.0  # seconds until a message is looked at again whose fate its link is about to tell


class Answers:
    """Settle, Record and the ageing of messages on one ledger."""

    def __init__(self, book: Book, queue: Queue) -> None:
        self._book = book
        self._ledger = book.ledger
        self._queue = queue

    def settle(self, now: float, settle: op.Settle) -> op.Settled:
        outcome = settle.outcome
        found = self._book.find(outcome.message, outcome.piece)
        part = part_of(found[1], outcome.part) if found else None
        if found is None or part is None:
            return op.Settled(link=outcome.link, finished=True)
        message, piece = found
        terms = self._book.link(outcome.link)
        after = fate.settled(part, outcome, now, terms)
        if outcome.verdict is Verdict.UNKNOWN and after is not part:
            after = self._spoken_of(now, message, piece, after)
        early: list[Hop] = []
        if after is not part and fate.awaits_receipt(after):
            made = fate.further(piece, after, outcome.more_ids)
            piece = replace(piece, parts=(*piece.parts, *made))
            for each in made:
                piece = fate.with_part(piece, self._expect(now, message, piece, each, early))
            after = self._expect(now, message, piece, after, early)
        piece = fate.with_part(piece, after)
        if after.state in (State.HELD, State.DOUBTFUL) and not piece.hindered:
            piece = replace(piece, hindered=now)
        text = told_of(piece, outcome.part, outcome.carrier_id, outcome.reason)
        message = self._book.save(now, fate.with_piece(message, piece), Hop(now, outcome.verdict.value, text), *early)
        settled = self._queue.follow(now, piece)
        offered = terms.on_unknown == "fail" and self._offer(now, piece)
        return replace(settled, owed=bool(message.owed) or offered)

    def _spoken_of(self, now: float, message: Message, piece: Piece, part: Part) -> Part:
        """A part whose answer did not come; a status of it may have."""
        told = self._orphans_by_ours(message, piece, part)
        return fate.spoken_of(part, told[0].receipt, now) if told else part

    def interrupted(self, now: float, place: Place) -> None:
        """The former process ended while parts of this piece were being sent."""
        found = self._book.find(place.message, place.piece)
        if found is None:
            return self._ledger.dequeue(place.piece)
        message, piece = found
        for part in piece.parts:
            if part.state is State.SENDING:
                outcome = Outcome(
                    message=message.ref, piece=piece.ref, part=part.number, link=piece.link,
                    verdict=Verdict.UNKNOWN, reason="the gateway stopped while it was sent",
                )  # fmt: skip
                self.settle(now, op.Settle(outcome=outcome))

    def _expect(self, now: float, message: Message, piece: Piece, part: Part, early: list[Hop]) -> Part:
        """Remember the carrier id; a receipt that came before it settles the part at once, which `early` tells.

        A part in doubt has no id: it is found by link and number instead.
        """
        to = digits(piece.to)
        carrier_id = part.carrier_id if part.state is State.SENT else _by_number(to)
        self._remember(message, piece, part, carrier_id)
        for orphan in self._orphans(message, piece, part) if part.state is State.SENT else ():
            part = fate.receipted(part, orphan.receipt, now)
            early.append(_receipt_hop(now, piece, part, orphan.receipt))
            self._ledger.drop_orphan(orphan.ref)
            if part.state.final:
                self._ledger.forget(message.ref, piece.ref, part.number)
                break
        return part

    def _orphans(self, message: Message, piece: Piece, part: Part) -> list[Orphan]:
        """Those that may speak of a part, nearest first: none came before its text did."""
        if found := self._orphans_by_ours(message, piece, part):
            return found
        found = [o for o in self._ledger.orphans(piece.link, part.carrier_id) if same(o.receipt.to, piece.to)]
        found = [o for o in found if self._came(o) >= piece.taken and not self._anothers(o.receipt, piece)]
        return sorted(found, key=lambda o: _distance(o.receipt, piece))

    def _orphans_by_ours(self, message: Message, piece: Piece, part: Part) -> list[Orphan]:
        if not self._book.link(piece.link).ours:
            return []
        ours = reference.write(message.ref, piece.ref, part.number, digits(piece.to))
        return list(self._ledger.orphans(piece.link, ours))

    def _came(self, orphan: Orphan) -> float:
        """When it came: one that had its part before was dated back, so as to be dropped soon."""
        repeated = self._repeated(orphan.receipt)
        return orphan.at + (self._book.terms.orphan_wait - REPEATED_ORPHAN if repeated else 0.0)

    def _repeated(self, receipt: Receipt) -> bool:
        return any(self._ledger.settled_before(receipt.link, id) for id in receipt.carrier_ids[:1])

    def _anothers(self, receipt: Receipt, piece: Piece) -> bool:
        """Had a part of this id that is nearer its receipt? Then this is the same once more."""
        rows = [row for id in receipt.carrier_ids[:1] for row in self._ledger.had(receipt.link, id)]
        found = (self._book.find(row.message, row.piece) for row in rows)
        return any(_distance(receipt, one[1]) < _distance(receipt, piece) for one in found if one is not None)

    def _offer(self, now: float, sent: Piece) -> bool:
        """Receipts that might have spoken of a part being sent to this number, to those in doubt: was one taken?"""
        to, taken = digits(sent.to), False
        if not self._ledger.sent(sent.link, _by_number(to)):
            return False
        for orphan in self._ledger.orphans_to(sent.link, to):
            found = self._awaited(orphan.receipt)
            if found is not None and found[2].state is State.DOUBTFUL and orphan.at >= found[1].taken:
                self._ledger.drop_orphan(orphan.ref)
                self._receipted(now, orphan.receipt, *found)
                taken = True
        return taken

    def record(self, now: float, record: op.Record) -> op.Recorded:
        receipt = record.receipt
        if receipt.ours and (ours := self._by_ours(receipt)) is not None:
            return self._record_ours(now, receipt, *ours)
        found = self._awaited(receipt)
        if found is None and not receipt.carrier_ids:
            return op.Recorded(fate="repeated")  # of a part that is history
        if found is None:
            repeated = self._repeated(receipt)
            at = now - self._book.terms.orphan_wait + REPEATED_ORPHAN if repeated else now
            self._ledger.keep_orphan(Orphan(ref=self._ledger.next_ref(), receipt=receipt, at=at))
            return op.Recorded(fate="repeated" if repeated else "orphan")
        self._receipted(now, receipt, *found)
        return op.Recorded(fate="matched", late=found[1].late)

    def _by_ours(self, receipt: Receipt) -> tuple[Message, Piece, Part] | None:
        """The part that our own id in a receipt names; None: it names none that is live."""
        ours = reference.read(receipt.ours)
        found = self._book.find(ours.message, ours.piece) if ours else None
        part = part_of(found[1], ours.part) if ours and found else None
        if ours is None or found is None or part is None:
            return None
        return (*found, part) if found[1].link == receipt.link and ours.fits(digits(found[1].to)) else None

    def _record_ours(self, now: float, receipt: Receipt, message: Message, piece: Piece, part: Part) -> op.Recorded:
        """A part that is still to be taken is told by it when it is: its answer is on its way, or it goes once more."""
        if fate.in_doubt(part, now):
            part = self._known(message, piece, fate.spoken_of(part, receipt, now))
        if fate.awaits_receipt(part):
            self._receipted(now, receipt, message, piece, part)
            return op.Recorded(fate="matched", late=piece.late)
        if part.state.final:
            return op.Recorded(fate="repeated")
        kept = replace(receipt, carrier_ids=(*receipt.carrier_ids, receipt.ours))
        self._ledger.keep_orphan(Orphan(ref=self._ledger.next_ref(), receipt=kept, at=now))
        return op.Recorded(fate="orphan")

    def _known(self, message: Message, piece: Piece, part: Part) -> Part:
        """A part that was in doubt is found by its id from now on."""
        self._ledger.forget(message.ref, piece.ref, part.number)
        self._remember(message, piece, part, part.carrier_id)
        return part

    def _receipted(self, now: float, receipt: Receipt, message: Message, piece: Piece, part: Part) -> None:
        after = fate.receipted(part, receipt, now)
        if after.state.final:
            self._settled(message, piece, after)
        piece = fate.with_part(piece, after)
        self._book.save(now, fate.with_piece(message, piece), _receipt_hop(now, piece, part, receipt))
        self._queue.follow(now, piece)

    def _settled(self, message: Message, piece: Piece, part: Part) -> None:
        """No receipt is awaited any more; a part that was in doubt is known by its id now, should that come again."""
        self._remember(message, piece, part, part.carrier_id)
        self._ledger.forget(message.ref, piece.ref, part.number)

    def _remember(self, message: Message, piece: Piece, part: Part, carrier_id: str) -> None:
        if carrier_id:
            self._ledger.remember(
                Sent(
                    link=piece.link, carrier_id=carrier_id, message=message.ref, piece=piece.ref, part=part.number,
                    to=digits(piece.to),
                )
            )  # fmt: skip

    def _awaited(self, receipt: Receipt) -> tuple[Message, Piece, Part] | None:
        """The part a receipt may speak of: by id, by another base of the id, then in doubt; of several the nearest,
        then the oldest."""
        repeated = self._repeated(receipt)
        for reading, carrier_id in enumerate((*receipt.carrier_ids, _by_number(digits(receipt.to)))):
            rows = self._ledger.sent(receipt.link, carrier_id)
            fit = [row for row in rows if not reading or (receipt.to and same(receipt.to, row.to))]
            found = [one for row in fit if (one := self._waiting(row, receipt, repeated)) is not None]
            if found:
                nearest = min(found, key=lambda one: _distance(receipt, one[1]))
                if nearest[2].state is State.DOUBTFUL:
                    return None if self._being_sent(receipt.link, receipt.to) else nearest
                return None if repeated and self._anothers(receipt, nearest[1]) else nearest
        return None

    def _waiting(self, row: Sent, receipt: Receipt, repeated: bool) -> tuple[Message, Piece, Part] | None:
        """The part of this row, if it waits for a receipt; one in doubt only for one of its sender's, and not for one
        that had its part once."""
        found = self._book.find(row.message, row.piece)
        part = part_of(found[1], row.part) if found else None
        if found is None or part is None or not fate.awaits_receipt(part):
            return None
        if part.state is State.SENT:
            return *found, part
        fits = same(receipt.sender, found[1].sender) and (not repeated or self._may_share(found[0], receipt))
        return (*found, part) if fits else None

    def _may_share(self, message: Message, receipt: Receipt) -> bool:
        """Did a part of this text have that id, where the next one's may be the same?"""
        ids = {part.carrier_id for piece in message.pieces for part in piece.parts}
        return self._book.link(receipt.link).by_second and not ids.isdisjoint(receipt.carrier_ids)

    def _being_sent(self, link: str, to: str) -> bool:
        """A part to that number may be at the carrier whose id is not known yet: the receipt may be early for it."""
        found = (self._book.find(place.message, place.piece) for place in self._queue.sending(link))
        return any(same(one[1].to, to) for one in found if one is not None)

    def awaken(self, now: float, message: Message, holding: frozenset[int], freed: set[str], asker: Asker) -> None:
        """Whatever time alone does to a message; `freed` gathers links whose next text may go."""
        before = message = asker.turn(now, message)
        message = repeats.closed(message, now, self._book.terms)
        for piece in message.pieces:
            aged = self._aged(now, message, piece, piece.ref in holding)
            if aged is not piece:
                message = fate.with_piece(message, aged)
                work = self._queue.follow(now, aged).work
                freed.update([work.link] if work else [])
        if message is not before:
            self._book.save(now, message, Hop(now, "time passed", _why(message)))
        elif any(piece.ref in holding for piece in message.pieces):
            self._ledger.put(replace(message, wake=now + CLAIMED_PAUSE))
        elif fate.finished(message) and not message.open:
            self._book.outbox.forget(message.ref)
            self._ledger.archive(replace(message, wake=0.0), now)
        else:
            self._ledger.put(replace(message, wake=max(fate.wake(message, self._book.terms), now + CLAIMED_PAUSE)))

    def _aged(self, now: float, message: Message, piece: Piece, claimed: bool) -> Piece:
        aged = piece
        for part in piece.parts:
            asks = fate.asks(message, piece, part, self._book.terms)
            after = fate.aged(part, now, message.expires, self._book.terms, claimed=claimed, asks=asks)
            if after is not part:
                aged = fate.with_part(aged, after)
                self._ledger.forget(message.ref, piece.ref, part.number)
        return aged


def _receipt_hop(now: float, piece: Piece, part: Part, receipt: Receipt) -> Hop:
    text = told_of(piece, part.number, part.carrier_id, receipt.reason)
    return Hop(now, f"receipt {receipt.status.value}", text)


def _by_number(to: str) -> str:
    """The key of parts without an id, as no carrier writes one."""
    return f"to:{to}"


def _distance(receipt: Receipt, piece: Piece) -> tuple[bool, bool, bool, bool]:
    """Least where both addresses are the same to the letter; an absent one is as good as any other."""
    return (
        not same(receipt.to, piece.to), digits(receipt.to) != digits(piece.to),
        not same(receipt.sender, piece.sender), receipt.sender != piece.sender,
    )  # fmt: skip


def _why(message: Message) -> str:
    reasons = {part.reason for piece in message.pieces for part in piece.parts if part.state.final and part.reason}
    return message.rejected or ", ".join(sorted(reasons))

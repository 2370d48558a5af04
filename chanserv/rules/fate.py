"""What answers, receipts and time make of a part, its piece and its message.

Every function takes a value and gives a new one. A part's state says what is
known of it; a message's status is what all its parts add up to, until the
platform has been told a final one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from chanserv.message import UNSENT, Message, Outcome, Part, Piece, Receipt, Slice, State, Status, Verdict
from chanserv.rules.terms import LinkTerms, Terms

UNKNOWN_TRIES = 3  # a PDU that crashes the SMSC must not be sent for ever
ASKED_TIMES = 3  # a carrier, about a part without receipt
SHORTEST_ASK_PAUSE, LONGEST_ASK_PAUSE = 5.0, 86400.0  # seconds; a carrier takes some to answer
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds between tries of a part that was not taken


def pause(tries: int) -> float:
    """Seconds until the next try after `tries` that were not taken."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries, 16)))


def settled(part: Part, outcome: Outcome, now: float, terms: LinkTerms) -> Part:
    """A part after the carrier's answer; unchanged if it was settled before."""
    if not (part.state.waiting or part.state in (State.SENDING, State.DOUBTFUL, State.DROPPED)):
        return part
    return _SETTLE[outcome.verdict](part, outcome, now, terms)


def _taken(part: Part, outcome: Outcome, now: float, terms: LinkTerms) -> Part:
    silent = terms.receipts == "none" or not (outcome.carrier_id or terms.ours)
    state = State.SILENT if silent else State.SENT
    return replace(part, state=state, carrier_id=outcome.carrier_id, raw_id=outcome.raw_id, reason="", due=0.0, at=now)


def further(piece: Piece, part: Part, ids: Sequence[str]) -> tuple[Part, ...]:
    """What a carrier has made of one part beside it: each is known by its own receipt, and none is ever sent."""
    first = 1 + max(each.number for each in piece.parts)
    return tuple(
        Part(number=number, slice=Slice(b""), state=part.state, carrier_id=id, at=part.at)
        for number, id in enumerate(ids, first)
    )


def _refused(part: Part, outcome: Outcome, now: float, terms: LinkTerms) -> Part:
    return replace(part, state=State.FAILED, reason=outcome.reason, due=0.0, at=now)


def _later(part: Part, outcome: Outcome, now: float, terms: LinkTerms) -> Part:
    if part.state is State.DROPPED:
        return part
    if outcome.reason == UNSENT:
        return replace(part, state=State.QUEUED, due=0.0, at=now)
    due = now + (outcome.retry_after or pause(part.tries))
    return replace(part, state=State.HELD, reason=outcome.reason, tries=part.tries + 1, due=due, at=now)


def _unknown(part: Part, outcome: Outcome, now: float, terms: LinkTerms) -> Part:
    unknowns = part.unknowns + 1
    if part.state is State.DROPPED or (terms.on_unknown == "resend" and unknowns >= UNKNOWN_TRIES):
        return replace(part, state=State.UNKNOWN, reason="unknown", unknowns=unknowns, due=0.0, at=now)
    if terms.on_unknown == "fail":
        return replace(part, state=State.DOUBTFUL, reason=outcome.reason, unknowns=unknowns, due=0.0, at=now)
    due = now + outcome.retry_after if outcome.retry_after else 0.0
    return replace(
        part, state=State.HELD, reason=outcome.reason, tries=part.tries + 1, unknowns=unknowns, due=due, at=now
    )


_SETTLE: dict[Verdict, Callable[[Part, Outcome, float, LinkTerms], Part]] = {
    Verdict.TAKEN: _taken,
    Verdict.REFUSED: _refused,
    Verdict.LATER: _later,
    Verdict.UNKNOWN: _unknown,
}

_RECEIPT = {Status.DELIVERED: State.DELIVERED, Status.FAILED: State.FAILED}


def receipted(part: Part, receipt: Receipt, now: float) -> Part:
    """A part after a receipt; unchanged by one that says only *on its way* or by a second one.

    A part in doubt learns its carrier id from it.
    """
    state = _RECEIPT.get(receipt.status)
    if state is None or part.state not in (State.SENT, State.DOUBTFUL):
        return part
    carrier_id = part.carrier_id or next(iter(receipt.carrier_ids), "")
    return replace(part, state=state, carrier_id=carrier_id, reason=receipt.reason, at=now)


def in_doubt(part: Part, now: float) -> bool:
    """Did its answer not come, and is it surely not on its way again?"""
    return part.state is State.DOUBTFUL or (part.state is State.HELD and part.unknowns > 0 and part.due > now)


def spoken_of(part: Part, receipt: Receipt, now: float) -> Part:
    """A part in doubt that its carrier tells of by our own reference: whatever it says, it was taken."""
    carrier_id = next((id for id in receipt.carrier_ids if id != receipt.ours), "")
    return replace(part, state=State.SENT, carrier_id=carrier_id, reason="", due=0.0, at=now)


def awaits_receipt(part: Part) -> bool:
    return part.state in (State.SENT, State.DOUBTFUL)


def aged(part: Part, now: float, expires: float, terms: Terms, *, claimed: bool, asks: bool = False) -> Part:
    """A part after time alone: validity, receipt_wait, orphan_wait (seconds). `asks`: see `asking`."""
    match part.state:
        case State.HELD if now >= expires and not claimed and part.unknowns:  # it may have been taken
            return replace(part, state=State.UNKNOWN, reason="unknown", due=0.0, at=now)
        case State.QUEUED | State.HELD if now >= expires and not claimed:
            return replace(part, state=State.FAILED, reason="expired", due=0.0, at=now)
        case State.SENDING if now >= expires and not claimed:  # its link is gone from the settings
            return replace(part, state=State.UNKNOWN, reason="unknown", at=now)
        case State.SENT if now - part.at >= patience(terms, asks=asks):
            return replace(part, state=State.SILENT, reason="no receipt came", at=now)
        case State.DOUBTFUL if now - part.at >= terms.orphan_wait:
            return replace(part, state=State.UNKNOWN, reason="unknown", at=now)
    return part


def asks(message: Message, piece: Piece, part: Part, terms: Terms) -> bool:
    """Is its carrier asked if no receipt comes? Not of a message that is decided, whatever became of this part."""
    link = terms.link(piece.link)
    return link.asks and bool(part.carrier_id) and not message.status.final


def patience(terms: Terms, *, asks: bool) -> float:
    """Seconds from *taken* until no receipt is waited for any more."""
    return terms.receipt_wait + (ASKED_TIMES * ask_pause(terms) if asks else 0.0)


def ask_pause(terms: Terms) -> float:
    """Seconds from one question about a part to the next, and from the last to the end."""
    return min(max(SHORTEST_ASK_PAUSE, terms.receipt_wait / 10), LONGEST_ASK_PAUSE)


def asking(part: Part, now: float, terms: Terms) -> Part:
    """A part whose turn it is to be asked about, or passed over if nobody can be asked: its turn comes again.

    The turns are fixed (receipt_wait after it was taken, then every `ask_pause`), and one that
    was missed is not made up for; so neither restarts nor outages make a carrier hear a question
    more than `ASKED_TIMES`, nor the platform wait any longer. Unchanged while it is not its turn.
    """
    late = now - part.at - terms.receipt_wait
    if part.state is not State.SENT or late < part.asked * ask_pause(terms):
        return part
    return replace(part, asked=1 + int(late / ask_pause(terms)))


def with_part(piece: Piece, part: Part) -> Piece:
    """The piece with that part in place; once one has failed, those not sent are dropped."""
    parts = tuple(part if old.number == part.number else old for old in piece.parts)
    if part.state in (State.FAILED, State.UNKNOWN):
        reason = "another part failed"
        parts = tuple(replace(p, state=State.DROPPED, reason=reason, due=0.0) if p.state.waiting else p for p in parts)
    return replace(piece, parts=parts)


def movable(piece: Piece) -> bool:
    """May it go by another link? Not once a carrier has, or may have, any part of it."""
    return all(part.state.waiting and not part.unknowns for part in piece.parts)


def with_parts(message: Message, piece: Piece, parts: tuple[Part, ...]) -> Message:
    """The message with those as the parts of that piece, whose states are what they were."""
    return with_piece(message, replace(piece, parts=parts))


def with_piece(message: Message, piece: Piece) -> Message:
    return replace(message, pieces=tuple(piece if old.ref == piece.ref else old for old in message.pieces))


def finished(message: Message) -> bool:
    """Nothing more will become of any of its parts."""
    return all(part.state.final for piece in message.pieces for part in piece.parts)


def status(message: Message, terms: Terms) -> tuple[Status, str]:
    """What the parts add up to, with the reason of a failure. Late pieces do not count."""
    if message.rejected:
        return Status.FAILED, message.rejected
    pieces = [piece for piece in message.pieces if not piece.late]
    parts = [part for piece in pieces for part in piece.parts]
    for part in parts:
        if part.state in (State.FAILED, State.UNKNOWN):
            return Status.FAILED, part.reason
    if pieces and all(_delivered(piece, terms) for piece in pieces):
        return Status.DELIVERED, ""
    if parts and all(part.state in (State.SENT, State.SILENT, State.DELIVERED) for part in parts):
        return Status.SENT, ""
    return Status.QUEUED, ""


def _delivered(piece: Piece, terms: Terms) -> bool:
    link = terms.link(piece.link)
    enough = any if link.receipts == "message" else all
    sent = all(part.state in (State.SENT, State.SILENT, State.DELIVERED) for part in piece.parts)
    return sent and enough(part.state is State.DELIVERED for part in piece.parts)


def wake(message: Message, terms: Terms) -> float:
    """When time alone may next change something (seconds since the epoch; 0: never)."""
    moments = [r.at + terms.repeat_window for r in message.refusals]
    for piece in message.pieces:
        for part in piece.parts:
            if part.state.waiting or part.state is State.SENDING:
                moments.append(message.expires)
            elif part.state is State.SENT:
                asked = part.asked if asks(message, piece, part, terms) else 0
                moments.append(part.at + terms.receipt_wait + asked * ask_pause(terms))
            elif part.state is State.DOUBTFUL:
                moments.append(part.at + terms.orphan_wait)
    if finished(message) and not message.refusals:
        stay = terms.retention * 86400.0 if message.owed else terms.repeat_window
        ended = max(part.at for piece in message.pieces for part in piece.parts)
        moments.append(max(message.asked, ended) + stay)
    return min(moments, default=0.0)

"""A text as its operator wants it told: what it is, its steps in order, and one line that says how it stands.

Stories are what the page shows, the JSON API sends and the `chanserv`
command prints, so they are told once, here. This module knows the kept
values and nothing of HTML, HTTP or a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from chanserv.message import Hop, Inbound, Message, Part, Piece, State, Status
from chanserv.operations import Listing

WORDS = {
    "new": "accepted",
    "further": "accepted",
    "resend": "accepted again",
    "repeat": "asked again",
    "taken": "submitted",
    "later": "put off",
    "unknown": "no answer",
    "heard": "received",
}
"""What an operator calls the steps that the store notes in its own words; the others stay as they are."""

Hindered = Callable[[str, str], str]  # (link, number) -> why a text to it waits for the link; empty: nothing is wrong


def all_well(link: str, to: str) -> str:
    """Of what waits nobody knows more."""
    return ""


class Step(Struct, frozen=True, kw_only=True):
    """One thing that happened; `at` in seconds since the epoch."""

    at: float
    what: str
    detail: str = ""


class Leg(Struct, frozen=True, kw_only=True):
    """One part, as far as it has come."""

    piece: int
    number: int
    state: str
    at: float
    carrier_id: str = ""
    reason: str = ""
    tries: int = 0
    due: float = 0.0


class Story(Struct, frozen=True, kw_only=True):
    """One text: `kind` is mt (to a handset) or mo (from one)."""

    kind: str
    ref: int
    channel: str
    link: str
    sender: str
    to: str
    text: str
    at: float
    status: str
    verdict: str
    id: str = ""
    generation: int = 1
    reason: str = ""
    final: bool = False
    legs: tuple[Leg, ...] = ()
    steps: tuple[Step, ...] = ()


class Word(Struct, frozen=True, kw_only=True):
    """What a carrier said of one part. `fate`: delivered, failed, sent (on its way), or empty: it did not say."""

    piece: int
    part: int
    link: str
    carrier_id: str
    fate: str
    words: str


def stories(listing: Listing, hindered: Hindered = all_well) -> list[Story]:
    """Both directions, newest first."""
    told = [tell(message, hindered) for message in listing.messages] + [hear(inbound) for inbound in listing.inbound]
    return sorted(told, key=lambda story: (story.at, story.ref), reverse=True)


def tell(message: Message, hindered: Hindered = all_well) -> Story:
    """The story of a text to a handset."""
    pieces = message.pieces
    return Story(
        kind="mt",
        ref=message.ref,
        channel=message.channel,
        id=message.id,
        generation=message.generation,
        link=", ".join(_unique(piece.link for piece in pieces)),
        sender=", ".join(_unique(piece.sender for piece in pieces)),
        to=", ".join(_unique(piece.to for piece in pieces)),
        text=" ".join(piece.text for piece in pieces),
        at=message.born,
        status=message.status.value,
        reason=message.reason,
        final=message.status.final or _ended(message),
        verdict=_verdict(message, hindered),
        legs=tuple(_leg(piece, part) for piece in pieces for part in piece.parts),
        steps=_steps(message.hops),
    )


def hear(inbound: Inbound) -> Story:
    """The story of a text from a handset."""
    status = "dead" if inbound.dead else "told" if inbound.told else "kept"
    return Story(
        kind="mo",
        ref=inbound.ref,
        channel=inbound.channel,
        id=inbound.vendor_id,
        link=inbound.link,
        sender=inbound.sender,
        to=inbound.to,
        text=inbound.text,
        at=inbound.taken,
        status=status,
        reason=inbound.dead,
        final=status != "kept",
        verdict=_heard(inbound),
        steps=_steps(inbound.hops),
    )


def clock(at: float) -> str:
    """An instant as local wall time, to the millisecond; empty for none."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S.%f")[:-3] if at else ""


def day(at: float) -> str:
    """An instant as local date and time, to the second; empty for none."""
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _verdict(message: Message, hindered: Hindered) -> str:
    """How it stands, for a person who asks where the text is."""
    line = _standing(message, hindered)
    if message.open:
        line += f" The platform is expected to ask again: {message.refusals[-1].why}."
    return f"{line} {_told(message)}".strip()


def _standing(message: Message, hindered: Hindered) -> str:
    parts = [part for piece in message.pieces for part in piece.parts]
    reason = f": {message.reason}" if message.reason else ""
    ids = ", ".join(part.carrier_id for part in parts if part.carrier_id)
    match message.status:
        case Status.DELIVERED:
            return f"Delivered to the handset{reason}."
        case Status.FAILED:
            return f"Failed{reason}."
        case Status.SENT if _ended(message):
            return "Sent; no receipt came or was to be had."
        case Status.SENT:
            return f"The carrier has it{f' (id {ids})' if ids else ''}; its receipt has not come yet."
        case _:
            return _waiting(message, parts, hindered)


def _waiting(message: Message, parts: Sequence[Part], hindered: Hindered) -> str:
    links = ", ".join(_unique(piece.link for piece in message.pieces)) or "no link"
    awaited = ", ".join(_unique(_awaited(piece, hindered) for piece in message.pieces)) or links
    held = next((part for part in parts if part.state is State.HELD), None)
    if held is not None:
        tried = f"after {_times(held.tries)} on {links}: {held.reason or 'no reason given'}."
        return f"Held until {clock(held.due)} {tried}" if held.due else f"Waiting for {awaited} {tried}"
    if any(part.state is State.DOUBTFUL for part in parts):
        return f"{links} never answered; it is not sent again, only a receipt can tell."
    if any(part.state is State.SENDING for part in parts):
        return f"On its way to {links}; no answer yet."
    sent = sum(1 for part in parts if not part.state.waiting)
    return f"Waiting for {awaited}; {sent} of {len(parts)} parts are sent." if sent else f"Waiting for {awaited}."


def _awaited(piece: Piece, hindered: Hindered) -> str:
    why = hindered(piece.link, piece.to)
    return f"{piece.link} ({why})" if why else piece.link


def _told(message: Message) -> str:
    if not message.id:
        return ""  # an operator's own: no status has an id to go by
    if message.owed:
        return f"The platform is still to be told: {', '.join(message.owed)}."
    return f"The platform was told: {message.told.value}." if message.told else ""


def _heard(inbound: Inbound) -> str:
    missing = f" {inbound.missing} segments never came." if inbound.missing else ""
    if inbound.dead:
        return f"A dead letter: {inbound.dead}.{missing}"
    if inbound.told:
        return f"The platform has it since {clock(inbound.told)}.{missing}"
    return f"Kept; the platform is still to be told.{missing}"


def _ended(message: Message) -> bool:
    """Every part has its last state, delivered or not."""
    parts = [part for piece in message.pieces for part in piece.parts]
    return bool(parts) and all(part.state.final for part in parts)


def _leg(piece: Piece, part: Part) -> Leg:
    return Leg(
        piece=piece.ref,
        number=part.number,
        state=part.state.value,
        at=part.at,
        carrier_id=part.carrier_id,
        reason=part.reason,
        tries=part.tries,
        due=part.due,
    )


def _steps(hops: Iterable[Hop]) -> tuple[Step, ...]:
    return tuple(Step(at=hop.at, what=WORDS.get(hop.what, hop.what), detail=hop.detail) for hop in hops)


def _times(tries: int) -> str:
    return "1 try" if tries == 1 else f"{tries} tries"


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))

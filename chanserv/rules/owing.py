"""Which statuses we owe the platform, and from when on each may be told.

The platform applies statuses blindly in the order they come, and loses one
that comes before it has read our answer (measured against courier 7.4 and
9.2). So a status never steps back, waits for the answer to settle, and the
final one waits for further pieces.
"""

from __future__ import annotations

from msgspec.structs import replace

from chanserv.message import Message, Status
from chanserv.rules import fate
from chanserv.rules.terms import ChannelTerms, Terms


def recount(message: Message, terms: Terms) -> Message:
    """The message with the status its parts add up to now, and what is owed because of it.

    A status that was told is never taken back: a final one stands whatever
    comes after it, and *sent* stays when a further piece is queued.
    """
    if message.told is not None and message.told.final:
        return message
    status, reason = fate.status(message, terms)
    if status is Status.QUEUED and message.told is Status.SENT:
        status = Status.SENT
    if status is message.status:
        return message  # what is owed stays owed, a repeated status among it
    message = replace(message, status=status, reason=reason)
    return replace(message, owed=_owed(message)) if message.id else _unasked(message)


def _owed(message: Message) -> tuple[Status, ...]:
    sent = () if message.told is Status.SENT else (Status.SENT,)
    match message.status:
        case Status.SENT:
            return sent
        case Status.DELIVERED:
            return (*sent, Status.DELIVERED)
        case Status.FAILED:
            return (*(s for s in message.owed if s is Status.SENT), Status.FAILED)
    return ()


def _unasked(message: Message) -> Message:
    """Without an id nothing can be told; it counts as told."""
    return replace(message, owed=(), told=message.status if message.status is not Status.QUEUED else None)


def again(message: Message) -> Message:
    """A retry was answered 2xx: the platform has forgotten what we told, so the latest is owed once more."""
    if message.told is None or message.owed:
        return message
    return replace(message, owed=(message.told,))


def told(message: Message, status: Status) -> Message:
    """The platform has answered 2xx to this status (or will never want it)."""
    owed = message.owed
    if status.final:
        owed = ()  # a piece may have come while it was posted: one final status is told, not two
    elif status in owed:
        owed = owed[owed.index(status) + 1 :]
    return replace(message, told=status, owed=owed)


def failed_once(message: Message) -> Message:
    """A post failed: if a newer status is known, the older one is not worth another try."""
    return replace(message, owed=message.owed[-1:])


def wanted(status: Status, channel: ChannelTerms) -> bool:
    return status.value in channel.statuses


def not_before(message: Message, terms: Terms) -> float:
    """When the next owed status may be told at the earliest (seconds since the epoch)."""
    wait = terms.settle_after if message.owed[0].final else terms.status_after
    return message.asked + wait

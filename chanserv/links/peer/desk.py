"""What a kind brings for the carrier's end, so that one simulated carrier (`links.peer.carrier`) serves all kinds.

A desk is one connection as the carrier sees it: pure, octets and times in, events out. The trade knows the kind's
words: how a text, a receipt and a code are written. When a text is taken, answered or delivered, and what goes wrong
on purpose, is the carrier's matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.record import plain


@attrs.frozen
class Submit:
    """One part that was taken. `octets`: its user data, header and all; numbers as `+digits` where it says so."""

    at: float  # seconds since the epoch
    message_id: str  # as answered
    source: str
    destination: str
    text: str  # of this part, without its user data header
    octets: bytes
    pdu: Any  # as it came

    def told(self) -> dict[str, object]:
        """What a record says of it; `pdu`: field by field, as it came."""
        return {
            "id": self.message_id,
            "source": self.source,
            "destination": self.destination,
            "text": self.text,
            "octets": self.octets.hex(),
            "pdu": plain(self.pdu),
        }


@attrs.frozen
class Delivery:
    """One text (MO) or receipt for the ESME, and what a record says of it. `what`: "mo" or "receipt"."""

    what: str
    pdu: Any
    about: Mapping[str, str]


@attrs.frozen
class SignedIn:
    """Whoever connected is known now. `role`: transceiver, transmitter, receiver, or "" where a kind has no such."""

    who: str
    role: str = ""


@attrs.frozen
class Turned:
    """Signing in was refused with `status`."""

    status: int


@attrs.frozen
class Submitted:
    """A part that may be taken: owes an `answer` under this sequence number."""

    sequence: int
    pdu: Any


@attrs.frozen
class Refused:
    """A part was answered with `status` by the desk itself."""

    status: int


@attrs.frozen
class Asked:
    """A question about, or (`cancel`) a wish to cancel, an earlier part: owes a `reply` under this number."""

    sequence: int
    pdu: Any
    message_id: str
    cancel: bool = False
    source: str = ""  # whose part it must be, as in Submit; empty: anybody's


@attrs.frozen
class Answered:
    """The other end answered a delivery; `status` 0: well."""

    delivery: Delivery
    status: int


@attrs.frozen
class Closed:
    """Nothing more comes or goes: hang up once `out` is written."""

    reason: str


Event = SignedIn | Turned | Submitted | Refused | Asked | Answered | Closed


class Desk(Protocol):
    """One connection. `behaviour` may be replaced at any time; what of it a desk heeds is said there."""

    behaviour: Behaviour
    out: bytearray  # to be written; the owner empties it
    events: list[Event]
    unanswered: int  # parts that wait for our answer

    @property
    def closed(self) -> bool: ...

    @property
    def state(self) -> str:
        """In a word, for records."""

    @property
    def room(self) -> int:
        """How many more deliveries it takes now; 0 while nobody who receives has signed in."""

    def deliver(self, delivery: Delivery) -> None:
        """Send it; ask for `room` first."""

    def answer(self, sequence: int, status: int, submit: Submit | None = None) -> None:
        """The answer that a Submitted waits for (`submit` where it is taken); nobody's if the session is over.

        An answer that nobody waits for is written as well (`Behaviour.unknown_every`).
        """

    def reply(self, asked: Asked, submit: Submit | None, state: str) -> None:
        """The answer to a question. `submit` None: not known here. `state`: a word of Behaviour.receipt_status,
        "ENROUTE", or "DELETED" for a part that is cancelled now."""

    def close(self, reason: str) -> None:
        """Once."""

    def owing(self) -> tuple[Delivery, ...]:
        """Deliveries that no answer came for, oldest first; theirs no more after this."""

    def received(self, now: float, data: bytes) -> None:
        """Octets of the other end, cut anywhere."""

    def due(self) -> float | None:
        """When to `tick`; None: nothing is awaited."""

    def tick(self, now: float) -> None:
        """Time has passed; early calls do nothing."""


class Trade(Protocol):
    """What a kind's simulated carrier knows beside its sessions."""

    kind: str
    throttled: int  # its code for "slow down"
    refused: int  # its usual refusal, the default of `Behaviour.refuse_with`
    numbers: int  # its sequence numbers are below this: n and n + numbers // 2 are never in use at once

    def desk(self, now: float, behaviour: Behaviour) -> Desk:
        """For a connection that was just made."""

    def called(self, now: float, behaviour: Behaviour) -> Desk:
        """The same where the carrier has called the ESME; a kind that does not care gives an ordinary desk."""

    def taken(self, pdu: Any, number: int, at: float, behaviour: Behaviour) -> Submit:
        """A part as it is remembered; `number` counts from `Behaviour.id_start`."""

    def texts(
        self, source: str, dest: str, text: str, coding: int | None, reference: int, at: float
    ) -> tuple[Delivery, ...]:
        """A handset's text, in parts if it is long; `coding` None: whatever can say it, else the kind's own number.

        Raises UnicodeEncodeError if it cannot be said so.
        """

    def receipts(self, submit: Submit, number: int, done: float, behaviour: Behaviour) -> tuple[Delivery, ...]:
        """All the receipts this part earns: one for each word of `receipt_status` that was asked for.

        `done`: seconds since the epoch. Whether they are sent at all, and how often, is the carrier's matter.
        """

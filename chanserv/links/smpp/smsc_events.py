"""The states of a session as the SMSC sees it, and what it tells of itself: values only."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import attrs

from chanserv.links.smpp.deliveries import Delivery
from chanserv.links.smpp.pdus import SubmitSm


class State(Enum):
    OPEN = auto()
    BOUND_TX = auto()
    BOUND_RX = auto()
    BOUND_TRX = auto()
    UNBOUND = auto()
    CLOSED = auto()


RECEIVING: Final = (State.BOUND_RX, State.BOUND_TRX)
BOUND: Final = (State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX)


@attrs.frozen
class Bound:
    """An ESME signed in."""

    state: State
    system_id: bytes


@attrs.frozen
class Turned:
    """A bind was refused with `status`."""

    status: int


@attrs.frozen
class Submitted:
    """A submit_sm that may be taken: owes an `answer`."""

    pdu: SubmitSm


@attrs.frozen
class Refused:
    """A submit_sm was answered with `status` by the session itself."""

    status: int


@attrs.frozen
class Answered:
    """The ESME answered a deliver_sm."""

    delivery: Delivery
    status: int


@attrs.frozen
class Closed:
    """Nothing more comes or goes: hang up once `out` is written."""

    reason: str


Event = Bound | Turned | Submitted | Refused | Answered | Closed

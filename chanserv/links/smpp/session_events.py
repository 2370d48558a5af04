"""What happens in an SMPP session of the ESME, and the states and times it goes by: values only."""

from __future__ import annotations

from enum import Enum, auto

import attrs

from chanserv.links.smpp.pdus import DataSm, DeliverSm


class State(Enum):
    OPEN = auto()
    BOUND = auto()
    LEAVING = auto()
    CLOSED = auto()


@attrs.frozen
class Bound:
    """The SMSC has accepted us."""

    system_id: bytes


@attrs.frozen
class Answered:
    """The carrier answered what was submitted under this sequence number."""

    sequence: int
    status: int
    message_id: bytes = b""


@attrs.frozen
class Unanswered:
    """No answer in time, or no session any more. Nobody knows its fate, unless its octets never left."""

    sequence: int
    reason: str
    written: bool = True


@attrs.frozen
class Delivered:
    """A receipt or a text; to be answered with `answer`."""

    pdu: DeliverSm | DataSm


@attrs.frozen
class Closed:
    """The session is over. `mend`: the settings only a person can; `deaf`: nobody reads what we write."""

    reason: str
    mend: str = ""
    deaf: bool = False


Event = Bound | Answered | Unanswered | Delivered | Closed


@attrs.frozen(kw_only=True)
class Rules:
    """Seconds."""

    bind_within: float = 10.0
    answer_within: float = 30.0
    enquire_after: float = 30.0

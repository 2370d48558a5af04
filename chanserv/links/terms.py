"""What the sessions of all kinds of link go by: the states of one, and how long it waits. No kind is known here."""

from __future__ import annotations

from enum import Enum, auto

import attrs

DRAIN, GOODBYE = 5.0, 2.0  # seconds, once we leave: for open answers, then for the answer to our last word


class State(Enum):
    """Connected, signed in, signing off, over; never back."""

    OPEN = auto()
    BOUND = auto()
    LEAVING = auto()
    CLOSED = auto()


@attrs.frozen(kw_only=True)
class Rules:
    """Seconds: until we are let in, until a part is answered, of silence until we ask (0: we do not)."""

    bind_within: float = 10.0
    answer_within: float = 30.0
    enquire_after: float = 30.0

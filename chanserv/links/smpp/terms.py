"""The states and times an SMPP session of the ESME goes by: values only. What happens in it, `links.events` tells."""

from __future__ import annotations

from enum import Enum, auto

import attrs


class State(Enum):
    OPEN = auto()
    BOUND = auto()
    LEAVING = auto()
    CLOSED = auto()


@attrs.frozen(kw_only=True)
class Rules:
    """Seconds."""

    bind_within: float = 10.0
    answer_within: float = 30.0
    enquire_after: float = 30.0


@attrs.frozen(kw_only=True)
class Credentials:
    """What a bind says, as octets."""

    system_id: bytes = b""
    password: bytes = b""
    system_type: bytes = b""

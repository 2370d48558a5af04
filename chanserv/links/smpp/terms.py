"""The states and times an SMPP session of the ESME goes by: values only. What happens in it, `links.events` tells."""

from __future__ import annotations

from enum import Enum, auto

import attrs

V33, V34, V50 = 0x33, 0x34, 0x50  # interface_version


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


@attrs.define
class Spoken:
    """What an account's peers understand: the version we were set to, or a lower one that a peer named."""

    version: int = V34

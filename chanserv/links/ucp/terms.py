"""What a UCP session goes by, and what it is given to send: values only. What happens in it, `links.events` tells."""

from __future__ import annotations

from enum import Enum, auto

import attrs

from chanserv.links.ucp.operations import Operation


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
    enquire_after: float = 30.0  # 0: nobody is asked whether he is there


@attrs.frozen(kw_only=True)
class Login:
    """Who we are. `password` None: nobody asks, the SMSC knows us by our address."""

    account: str = ""
    password: str | None = attrs.field(default=None, repr=False)
    oton: int = 6
    onpi: int = 5
    subscribe: bool = False


@attrs.frozen(kw_only=True)
class Submission:
    """A part as it is submitted; `message`: whose it is, see `links.spacing`."""

    operation: Operation
    to: str
    message: int

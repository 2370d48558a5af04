"""What happens in a session with a carrier, whatever it speaks: values only."""

from __future__ import annotations

from typing import Any

import attrs

from chanserv.message import Status


@attrs.frozen
class Bound:
    """The carrier has let us in. `system_id`: what it calls itself, as it wrote it."""

    system_id: bytes = b""


@attrs.frozen
class Answered:
    """The carrier answered what was submitted under this number. `status`: its code, 0 for taken."""

    sequence: int
    status: int
    message_id: bytes = b""  # as the carrier wrote it
    words: str = ""  # what it said beside the code
    passing: bool = False  # among that: the reason will pass


@attrs.frozen
class Replied:
    """The carrier answered a question (or a wish to cancel) under this number. `fate` None: it does not know."""

    sequence: int
    status: int
    fate: Status | None = None
    words: str = ""


@attrs.frozen
class Unanswered:
    """No answer in time, or no session any more. Nobody knows its fate, unless its octets never left."""

    sequence: int
    reason: str
    written: bool = True


@attrs.frozen
class Delivered:
    """A receipt or a text; to be answered with `Session.answer`."""

    pdu: Any


@attrs.frozen
class Congested:
    """How busy the carrier says it is, from 0 (idle) to 100 (SMPP 5.0, congestion_state)."""

    level: int


@attrs.frozen
class Leaving:
    """It signs off by itself, and takes no more parts; what is open may still be answered, then Closed follows."""

    reason: str


@attrs.frozen
class Closed:
    """The session is over. `mend`: the settings only a person can; `deaf`: nobody reads what we write."""

    reason: str
    mend: str = ""
    deaf: bool = False
    rest: float = 0.0  # seconds to wait before the next dial, at least


Event = Bound | Answered | Replied | Unanswered | Delivered | Congested | Leaving | Closed

"""The states of a session as the SMSC sees it: values only (SMPP 3.4, section 2.2; 5.0, section 2.3)."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import Final


class State(StrEnum):
    OPEN = auto()
    OUTBOUND = auto()  # we called, and said so
    BOUND_TX = auto()
    BOUND_RX = auto()
    BOUND_TRX = auto()
    UNBOUND = auto()
    CLOSED = auto()


STRANGE: Final = (State.OPEN, State.OUTBOUND)
SENDING: Final = (State.BOUND_TX, State.BOUND_TRX)
RECEIVING: Final = (State.BOUND_RX, State.BOUND_TRX)
BOUND: Final = (State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX)
ROLES: Final = {State.BOUND_TX: "transmitter", State.BOUND_RX: "receiver", State.BOUND_TRX: "transceiver"}

"""What a CIMD2 session is given, beside `links.terms`: who we are, how this SMSC wants it, and what is to be sent.

Values only, but for `Learnt`, which an account's sessions share.
"""

from __future__ import annotations

import attrs

from chanserv.links.cimd2.packets import VALIDITY, Packet
from chanserv.links.cimd2.stamps import validity

TRIES = 3  # of a packet that the other end refuses by nack; and of unreadable ones in a row


@attrs.frozen(kw_only=True)
class Habits:
    """What one SMSC wants of its clients and another does not."""

    window: int = 0  # asked for with the login; 0: none, one request at a time
    checksum: bool = True
    ask_time: bool = False  # the SMSC's, to learn its zone


@attrs.frozen
class Credentials:
    """What a login says."""

    user: str = ""
    password: str = ""
    sub_address: int | None = None


@attrs.define
class Learnt:
    """What an SMSC told in one session and the next should know."""

    windowed: bool = True  # false: it refuses logins that ask for a window
    zone: float | None = None  # hours its clock is ahead of UTC

    def heard_time(self, zone: float | None) -> None:
        """What its time says; None: nothing."""
        self.zone = self.zone if zone is None else zone


@attrs.frozen
class Submit:
    """One part to be submitted. Its packet has no number yet; the SMSC names it by its number and second."""

    packet: Packet
    to: str
    message: int  # whose part it is
    expires: float = 0.0  # seconds since the epoch; 0: the SMSC's own validity

    def at(self, now: float) -> Packet:
        """As it is to be written now."""
        if not self.expires:
            return self.packet
        left = (VALIDITY, str(validity(self.expires - now)))
        return Packet(self.packet.operation, self.packet.number, (*self.packet.parameters, left))

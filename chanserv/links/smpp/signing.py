"""How the ESME signs in: the bind it sends, what its answer means, who may call us (SMPP 3.4, sections 2.2.1 and 4.1).

When that happens, and what follows, is the session's matter.
"""

from __future__ import annotations

import attrs

from chanserv.links.events import Bound, Closed
from chanserv.links.smpp import tlvs, verdicts
from chanserv.links.smpp.pdus import (
    Bind,
    BindReceiver,
    BindResp,
    BindTransceiver,
    BindTransmitter,
    GenericNack,
    Outbind,
)
from chanserv.links.smpp.table import Pdu
from chanserv.links.smpp.terms import V33, V34, V50, Spoken

MODES: dict[str, type[Bind]] = {
    "transceiver": BindTransceiver,
    "transmitter": BindTransmitter,
    "receiver": BindReceiver,
}
SAID = "system_id, password, system_type and address_range"  # in a bind
# Seconds until it is worth to try again: an SMSC holds a session that died until its own enquiries fail.
RESTS = {verdicts.ESME_RALYBND: 30.0, verdicts.ESME_RBINDFAIL: 60.0}


@attrs.frozen(kw_only=True)
class Credentials:
    """What a bind says. `called`: the carrier makes the connection, and says in an outbind who it is."""

    mode: str = "transceiver"
    version: int = V34
    system_id: bytes = b""
    password: bytes = attrs.field(default=b"", repr=False)
    system_type: bytes = b""
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: bytes = b""
    called: bool = False
    outbind_id: bytes | None = None  # what the outbind must say; None: anything
    outbind_password: bytes | None = attrs.field(default=None, repr=False)

    def bind(self) -> Bind:
        """The request to be let in."""
        return MODES[self.mode](
            system_id=self.system_id,
            password=self.password,
            system_type=self.system_type,
            interface_version=self.version,
            addr_ton=self.addr_ton,
            addr_npi=self.addr_npi,
            address_range=self.address_range,
        )

    def admits(self, outbind: Outbind) -> bool:
        """Is it the carrier we wait for?"""
        return self.outbind_id in (None, outbind.system_id) and self.outbind_password in (None, outbind.password)


@attrs.define(eq=False)
class Entrance:
    """From the connection to the answer to our bind: what to do next is a PDU to send, or how it ended."""

    credentials: Credentials
    within: float  # seconds for each step
    spoken: Spoken
    due: float | None = None  # when the next step should have come
    _waiting: bool = False  # for an outbind

    def begin(self, now: float) -> Bind | None:
        """The connection is there."""
        self._waiting, self.due = self.credentials.called, now + self.within
        return None if self._waiting else self.credentials.bind()

    def heard(self, now: float, pdu: BindResp | GenericNack | Outbind) -> Bind | Bound | Closed | None:
        """What came; None: nothing that belongs here."""
        match pdu:
            case Outbind() if self._waiting:
                self._waiting, self.due = False, now + self.within
                known = self.credentials.admits(pdu)
                return self.credentials.bind() if known else Closed("an outbind with another system_id or password")
            case BindResp(status=0) if not self._waiting:
                self.spoken.version = version(self.credentials.version, pdu)
                return Bound(pdu.system_id)
            case BindResp() | GenericNack() if not self._waiting:
                return refused(pdu)
        return None

    def waited(self, now: float) -> Closed | None:
        """Time has passed."""
        if self.due is None or now < self.due:
            return None
        return Closed("no outbind in time" if self._waiting else "no answer to our bind")


def version(own: int, answer: Pdu) -> int:
    """What both speak: the carrier's sc_interface_version may lower ours.

    Without one it counts as 3.3 by the standard (3.4, section 5.2.4); in the
    field most who leave it out do take TLVs, so it stays as it was set.
    """
    theirs = answer.number(tlvs.SC_INTERFACE_VERSION)
    if theirs is None or theirs >= own:
        return own
    return next((each for each in (V50, V34) if theirs >= each), V33)


def refused(answer: Pdu) -> Closed:
    """A bind that was not accepted: what it says, who can mend it, and how long to wait."""
    status = answer.status
    said = verdicts.name(status)
    mend = verdicts.HOPELESS.get(status, "")
    return Closed(f"bind refused: {said}", mend, rest=RESTS.get(status, 0.0))

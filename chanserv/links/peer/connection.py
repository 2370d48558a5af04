"""One connection of a simulated carrier: octets between a transport and a desk. What they mean, the desk knows.

A slow reader hears a sip at a time and does not read meanwhile, so that what
it has not read fills the sender's buffers, as a stuck SMSC does.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import SO_RCVBUF, SOL_SOCKET
from typing import Protocol as Interface
from typing import cast

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Desk, Submit
from chanserv.links.peer.whims import Whim

SIP = 100  # octets
NARROW = 2048  # octets the kernel takes in for a slow reader; it may double or round them


class Owner(Interface):
    """Whom a connection tells, and how all of them behave at present: the carrier."""

    behaviour: Behaviour

    def joined(self, connection: Connection) -> None:
        """It was made."""

    def received(self, connection: Connection, data: bytes) -> None:
        """Octets came."""

    def left(self, connection: Connection) -> None:
        """It is gone."""

    def later(self, after: float, what: Callable[[], object]) -> None:
        """Do it after so many seconds."""


class Connection(Protocol):
    """What came is told to the carrier, what the desk has to say is written."""

    def __init__(self, carrier: Owner, desk: Desk) -> None:
        self.desk = desk
        self.open = 0  # parts that wait for their answer
        self.ahead = 0  # the same, with all that came in one turn: however soon they are answered
        self._carrier = carrier
        self._aborted = False
        self._unheard = bytearray()
        self._resting = False

    def connectionMade(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._carrier.joined(self)

    def dataReceived(self, data: bytes) -> None:
        if not self._resting and not self._carrier.behaviour.slow:
            self._carrier.received(self, data)
            return
        self._unheard += data
        if not self._resting:
            self._sip()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._unheard.clear()
        self._carrier.left(self)

    def flush(self) -> None:
        """Write what the desk has to say; a silent carrier says nothing."""
        desk, transport = self.desk, self.transport
        if desk.out and transport is not None:
            data, desk.out = bytes(desk.out), bytearray()
            if not self._carrier.behaviour.silent:
                transport.write(data)

    def answer(self, sequence: int, whim: Whim, submit: Submit | None, numbers: int) -> bool:
        """Answer a part, as a whim has it; True: half of it is all that there will be."""
        desk, rules = self.desk, self._carrier.behaviour
        self.open -= 1
        if whim.strange:
            desk.unanswered += 1  # nobody's answer answers none
            desk.answer((sequence + numbers // 2) % numbers, whim.status, submit)
        start = len(desk.out)
        desk.answer(sequence, whim.status, submit)
        if rules.repeat_answers:
            desk.out += desk.out[start:]
        if not whim.cut or len(desk.out) == start:
            return False
        del desk.out[(start + len(desk.out)) // 2 :]
        return True

    def hang_up(self) -> None:
        """End the connection once all is written."""
        self.flush()
        if self.transport is not None and not self._aborted:
            self.transport.loseConnection()

    def abort(self) -> None:
        """Break the connection: what was not written never is."""
        self.desk.out.clear()
        self._aborted = True
        if self.transport is not None:
            cast(ITCPTransport, self.transport).abortConnection()

    # slowly

    def _sip(self) -> None:
        """Hear some, then neither hear nor read for a while."""
        self._resting = True
        self._stop_reading()
        sip = bytes(self._unheard[:SIP])
        del self._unheard[:SIP]
        self._carrier.later(self._carrier.behaviour.slow, self._rested)
        self._carrier.received(self, sip)

    def _rested(self) -> None:
        self._resting = False
        if self._unheard and self._carrier.behaviour.slow:
            self._sip()
            return
        rest = bytes(self._unheard)
        self._unheard.clear()
        self._read_on()
        if rest:  # it was told to be quick again
            self._carrier.received(self, rest)

    def _stop_reading(self) -> None:
        transport = cast(ITCPTransport, self.transport)
        transport.pauseProducing()  # type: ignore[attr-defined] # every stream transport of Twisted's can
        if ITCPTransport.providedBy(transport):
            transport.getHandle().setsockopt(SOL_SOCKET, SO_RCVBUF, NARROW)  # type: ignore[attr-defined]

    def _read_on(self) -> None:
        if self.transport is not None and not self.desk.closed:
            self.transport.resumeProducing()  # type: ignore[attr-defined]

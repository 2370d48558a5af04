"""An SMSC as a simulator: a factory to listen with, that takes submit_sm, sends receipts and texts, and misbehaves.

The rules of a session are in `smsc`, the words in `behaviour`; here are what
all sessions share, sockets and time. Everything that waits for a moment waits
in one queue with one timer, and everything a turn brings is written once.
What the ESME is, it does not know.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any, cast

import attrs
from twisted.internet.interfaces import IAddress, IDelayedCall, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from chanserv.links.smpp import deliveries
from chanserv.links.smpp.agenda import Agenda
from chanserv.links.smpp.behaviour import Behaviour, Submit, taken
from chanserv.links.smpp.deliveries import Delivery
from chanserv.links.smpp.pdus import SubmitSm
from chanserv.links.smpp.record import Record
from chanserv.links.smpp.smsc import SmscSession
from chanserv.links.smpp.smsc_events import Answered, Bound, Closed, Event, Refused, State, Submitted, Turned
from chanserv.links.smpp.verdicts import ESME_ROK, ESME_RTHROTTLED

__all__ = ["Behaviour", "Smsc", "SmscConnection", "Submit"]

KEPT = 100_000  # submits remembered


class SmscConnection(Protocol):
    """One session on a transport: octets in, octets out, and the factory told."""

    def __init__(self, smsc: Smsc, session: SmscSession) -> None:
        self.session = session
        self._smsc = smsc
        self._aborted = False

    def connectionMade(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._smsc.joined(self)

    def dataReceived(self, data: bytes) -> None:
        self._smsc.received(self, data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._smsc.left(self)

    def flush(self) -> None:
        """Write what the session has to say."""
        session, transport = self.session, self.transport
        if session.out and transport is not None:
            data, session.out = bytes(session.out), bytearray()
            transport.write(data)

    def hang_up(self) -> None:
        """End the connection once all is written."""
        self.flush()
        if self.transport is not None and not self._aborted:
            self.transport.loseConnection()

    def abort(self) -> None:
        """Break the connection: what was not written never is."""
        self.session.out.clear()
        self._aborted = True
        if self.transport is not None:
            cast(ITCPTransport, self.transport).abortConnection()


class Smsc(Factory):
    """`record`: a file of JSON lines, one for each submit taken, delivery answered, bind and drop.

    `on_submit` is called with every Submit taken. A real reactor keeps time in
    seconds since the epoch; so do the Submits.
    """

    noisy = False

    def __init__(
        self,
        reactor: Any,
        behaviour: Behaviour | None = None,
        record: str | None = None,
        on_submit: Callable[[Submit], object] | None = None,
    ) -> None:
        self.behaviour = Behaviour()
        self.counts: Counter[str] = Counter()
        self.submits: deque[Submit] = deque(maxlen=KEPT)
        self.connections: list[SmscConnection] = []
        self.waiting: deque[Delivery] = deque()  # for a receiver with room
        self._reactor = reactor
        self._record = Record(record)
        self._on_submit = on_submit
        self._agenda = Agenda()
        self._seen = self._references = 0
        self._timer: IDelayedCall | None = None
        self._number, self._throttled_until = 1, 0.0
        self._chance = Random(0)  # the same every run
        self._adopt(behaviour or Behaviour(), frozenset({"throttle_for", "id_start"}))

    # what a test, or a person, may do

    def set(self, **changes: Any) -> None:
        """Behave otherwise from now on. Raises TypeError for what is no field of Behaviour."""
        self._adopt(attrs.evolve(self.behaviour, **changes), frozenset(changes))
        self._settle()

    def send_mo(self, source: str, dest: str, text: str, data_coding: int | None = None) -> None:
        """A handset sends a text: delivered as soon as a receiver is bound, until it is answered ROK.

        Raises UnicodeEncodeError if the text cannot be said in `data_coding`.
        """
        self._references += 1
        self.waiting.extend(deliveries.texts(source, dest, text, data_coding, self._references))
        self._settle()

    def drop(self) -> None:
        """Break every connection, without a word."""
        for connection in tuple(self.connections):
            self._drop(connection)
        self._settle()

    # Twisted's

    def buildProtocol(self, addr: IAddress | None) -> SmscConnection:
        return SmscConnection(self, SmscSession(self._reactor.seconds(), self.behaviour))

    def stopFactory(self) -> None:
        for connection in tuple(self.connections):
            self._drop(connection)
        self._settle()
        self._record.close()

    # what connections tell

    def joined(self, connection: SmscConnection) -> None:
        """A connection was made."""
        self.connections.append(connection)
        self._settle()

    def received(self, connection: SmscConnection, data: bytes) -> None:
        """Octets came."""
        connection.session.received(self._reactor.seconds(), data)
        self._settle()

    def left(self, connection: SmscConnection) -> None:
        """A connection is gone: what it was not answered waits for the next, before all else."""
        if connection in self.connections:
            self.connections.remove(connection)
        connection.session.close("the connection is gone")
        self.waiting.extendleft(reversed(connection.session.owing()))
        self._settle()

    # one place where consequences happen

    def _settle(self) -> None:
        """Hear the sessions out, hand out what waits, write, and set the timer: once a turn."""
        for connection in tuple(self.connections):
            session = connection.session
            while session.events:
                events, session.events = session.events, []
                for event in events:
                    self._on(connection, event)
        self._hand_out()
        for connection in tuple(self.connections):
            connection.flush()
        self._arm()

    def _on(self, connection: SmscConnection, event: Event) -> None:
        match event:
            case Submitted(pdu) if connection.session.state is not State.CLOSED:
                self._submitted(connection, pdu)
            case Submitted():
                pass  # came after what broke the connection
            case Refused(status):
                self._refused(status)
            case Answered(delivery, status):
                self._answered(delivery, status)
            case Bound(state, system_id):
                self.counts["binds"] += 1
                self._record.write("bind", state=state.name, system_id=system_id.decode("latin-1"))
            case Turned():
                self.counts["binds_refused"] += 1
            case Closed():
                connection.hang_up()

    def _hand_out(self) -> None:
        for connection in self.connections:
            session = connection.session
            while self.waiting and session.room > 0:
                session.deliver(self.waiting.popleft())

    def _arm(self) -> None:
        """One timer for all, while anybody is there. It may ring early, and then only sets itself again."""
        dues = [due for connection in self.connections if (due := connection.session.due()) is not None]
        if self.connections and (due := self._agenda.due()) is not None:
            dues.append(due)
        timer = self._timer
        if timer is not None and (not dues or min(dues) < timer.getTime()):
            timer.cancel()
            timer = self._timer = None
        if dues and timer is None:
            self._timer = self._reactor.callLater(max(0.0, min(dues) - self._reactor.seconds()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = self._reactor.seconds()
        self._agenda.run(now)
        for connection in self.connections:
            connection.session.tick(now)
        self._settle()

    def _later(self, after: float, what: Callable[[], object]) -> None:
        """After so many seconds; at once if none."""
        if after <= 0:
            what()
        else:
            self._agenda.add(self._reactor.seconds() + after, what)

    # what becomes of a submit_sm

    def _submitted(self, connection: SmscConnection, pdu: SubmitSm) -> None:
        self._seen += 1
        rules = self.behaviour
        latency = rules.latency + (rules.jitter * self._chance.random() if rules.jitter else 0.0)
        dropped = rules.drop_every and self._seen % rules.drop_every == 0
        status = ESME_ROK if dropped else self._refusal()
        if status:
            self._refused(status)
            self._later(latency, partial(connection.session.answer, pdu.sequence, status))
            return
        number, self._number = self._number, self._number + 1
        message_id = rules.answered_id(number)
        self._take(pdu, message_id)
        if rules.early:
            self._receipts(pdu, number, 0.0)
            self._hand_out()
        if dropped:
            self._drop(connection)
        else:
            self._later(latency, partial(connection.session.answer, pdu.sequence, ESME_ROK, message_id.encode()))
        if not rules.early:
            self._receipts(pdu, number, latency + rules.receipt_delay)

    def _refusal(self) -> int:
        if self._reactor.seconds() < self._throttled_until:
            return ESME_RTHROTTLED
        every = self.behaviour.refuse_every
        return self.behaviour.refuse_with if every and self._seen % every == 0 else ESME_ROK

    def _refused(self, status: int) -> None:
        self.counts["throttled" if status == ESME_RTHROTTLED else "refused"] += 1

    def _take(self, pdu: SubmitSm, message_id: str) -> None:
        submit = taken(pdu, message_id, self._reactor.seconds())
        self.counts["submits"] += 1
        self.submits.append(submit)
        if self._record.path:
            self._record.write("submit", **submit.told())
        if self._on_submit is not None:
            self._on_submit(submit)

    def _receipts(self, pdu: SubmitSm, number: int, after: float) -> None:
        now = self._reactor.seconds()
        for one in deliveries.receipts(pdu, self.behaviour, number, now, now + after):
            self._later(after, partial(self.waiting.append, one))

    # deliveries, drops, settings

    def _answered(self, delivery: Delivery, status: int) -> None:
        self._record.write(delivery.what, status=status, **delivery.about)
        if status == ESME_ROK:
            self.counts[delivery.what] += 1
        else:
            self.counts[f"{delivery.what}_refused"] += 1
            self._later(self.behaviour.retry_after, partial(self.waiting.append, delivery))

    def _drop(self, connection: SmscConnection) -> None:
        self.counts["drops"] += 1
        self._record.write("drop", state=connection.session.state.name)
        connection.session.close("dropped")
        connection.abort()

    def _adopt(self, behaviour: Behaviour, changed: frozenset[str]) -> None:
        self.behaviour = behaviour
        for connection in self.connections:
            connection.session.behaviour = behaviour
        if "throttle_for" in changed:
            self._throttled_until = self._reactor.seconds() + behaviour.throttle_for
        if "id_start" in changed:
            self._number = behaviour.id_start

"""A carrier as a simulator: a factory to listen with, that takes parts, sends receipts and texts, and misbehaves.

The rules of a session are the desk's, the words the trade's, and what a part
that was taken earns is in `fates`; here are what all sessions share, sockets
and time. Everything that waits for a moment waits in one queue with one timer,
and everything a turn brings is written once. Which protocol it is, and who the
other end is, it does not know.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
from twisted.internet.protocol import Factory

from chanserv.alarm import Alarm
from chanserv.links.peer.agenda import Agenda
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.connection import Connection
from chanserv.links.peer.desk import (
    Answered,
    Asked,
    Closed,
    Delivery,
    Event,
    Refused,
    SignedIn,
    Submit,
    Submitted,
    Trade,
    Turned,
)
from chanserv.links.peer.fates import Fates
from chanserv.links.peer.record import Record
from chanserv.links.peer.whims import Whim, Whims


class Carrier(Factory):
    """`record`: a file of JSON lines, one for each part taken, delivery answered, sign-in, drop and cut.

    `on_submit` is called with every Submit taken. A real reactor keeps time in
    seconds since the epoch; so do the Submits.
    """

    noisy = False

    def __init__(
        self,
        reactor: Any,
        trade: Trade,
        behaviour: Behaviour | None = None,
        record: str | None = None,
        on_submit: Callable[[Submit], object] | None = None,
    ) -> None:
        self.trade = trade
        self.behaviour = Behaviour()
        self.counts: Counter[str] = Counter()
        self.connections: list[Connection] = []
        self.waiting: deque[Delivery] = deque()  # for a receiver with room
        self._reactor = reactor
        self._record = Record(record)
        self._fates = Fates(trade, self.waiting, self.counts, self._record, on_submit)
        self.submits = self._fates.submits  # the newest last; very old ones are forgotten
        self._agenda = Agenda()
        self._references = 0
        self._alarm = Alarm(reactor, self._ring)
        self._whims = Whims(trade.throttled, trade.refused)
        self._adopt(behaviour or Behaviour(), frozenset({"throttle_for", "id_start"}))

    # what a test, or a person, may do

    def set(self, **changes: Any) -> None:
        """Behave otherwise from now on. Raises TypeError for what is no field of Behaviour."""
        self._adopt(attrs.evolve(self.behaviour, **changes), frozenset(changes))
        self._settle()

    def send_mo(self, source: str, dest: str, text: str, coding: int | None = None) -> None:
        """A handset sends a text: delivered as soon as a receiver has signed in, until it is answered well.

        Raises UnicodeEncodeError if the text cannot be said in `coding`, a number of the trade's.
        """
        self._references += 1
        self.waiting.extend(self.trade.texts(source, dest, text, coding, self._references, self._reactor.seconds()))
        self._settle()

    def call(self, endpoint: IStreamClientEndpoint) -> Deferred[Any]:
        """Connect to the other end ourselves, and say what a caller says. Fails as the endpoint does."""
        factory = Factory.forProtocol(self._called)
        factory.noisy = False
        return endpoint.connect(factory)

    def drop(self) -> None:
        """Break every connection, without a word."""
        for connection in tuple(self.connections):
            self._drop(connection)
        self._settle()

    # Twisted's

    def buildProtocol(self, addr: IAddress | None) -> Connection:
        return Connection(self, self.trade.desk(self._reactor.seconds(), self.behaviour))

    def _called(self) -> Connection:
        return Connection(self, self.trade.called(self._reactor.seconds(), self.behaviour))

    def stopFactory(self) -> None:
        self.drop()
        self._record.close()

    # what connections tell

    def joined(self, connection: Connection) -> None:
        """A connection was made."""
        self.connections.append(connection)
        self._settle()

    def received(self, connection: Connection, data: bytes) -> None:
        """Octets came."""
        connection.desk.received(self._reactor.seconds(), data)
        self._settle()

    def left(self, connection: Connection) -> None:
        """A connection is gone: what it was not answered waits for the next, before all else."""
        if connection in self.connections:
            self.connections.remove(connection)
        connection.desk.close("the connection is gone")
        self.waiting.extendleft(reversed(connection.desk.owing()))
        self._settle()

    def later(self, after: float, what: Callable[[], object]) -> None:
        """After so many seconds; at once if none."""
        if after <= 0:
            what()
        else:
            self._agenda.add(self._reactor.seconds() + after, what)

    # one place where consequences happen

    def _settle(self) -> None:
        """Hear the desks out, hand out what waits, write, and set the timer: once a turn."""
        for connection in tuple(self.connections):
            desk = connection.desk
            while desk.events:
                events, desk.events = desk.events, []
                connection.ahead = connection.open
                for event in events:
                    self._on(connection, event)
        self._hand_out()
        for connection in tuple(self.connections):
            connection.flush()
        self._arm()

    def _on(self, connection: Connection, event: Event) -> None:
        match event:
            case Submitted() | Asked() if connection.desk.closed or self.behaviour.silent:
                pass  # came after what broke the connection; or is read, and that is all
            case Submitted():
                self._submitted(connection, event)
            case Refused(status):
                self._refused(status)
            case Answered(delivery, status):
                self._answered(delivery, status)
            case Asked():
                self.counts["cancels" if event.cancel else "queries"] += 1
                self.later(self._whims.latency(), partial(self._reply, connection, event))
            case SignedIn(who, role):
                self.counts["binds"] += 1
                self._record.write("bind", who=who, role=role)
            case Turned():
                self.counts["binds_refused"] += 1
            case Closed():
                connection.hang_up()

    def _hand_out(self) -> None:
        if self.behaviour.silent:
            return
        for connection in self.connections:
            desk = connection.desk
            while self.waiting and desk.room > 0:
                desk.deliver(self.waiting.popleft())

    def _arm(self) -> None:
        """One timer for all, while anybody is there. It may ring early, and then only sets itself again."""
        desks = () if self.behaviour.silent else self.connections
        dues = [due for connection in desks if (due := connection.desk.due()) is not None]
        if self.connections and (due := self._agenda.due()) is not None:
            dues.append(due)
        if dues:
            self._alarm.set(min(dues))
        else:
            self._alarm.cancel()

    def _ring(self) -> None:
        now = self._reactor.seconds()
        self._agenda.run(now)
        for connection in () if self.behaviour.silent else self.connections:
            connection.desk.tick(now)
        self._settle()

    # what becomes of a part

    def _submitted(self, connection: Connection, event: Submitted) -> None:
        rules, now = self.behaviour, self._reactor.seconds()
        if rules.window and connection.ahead >= rules.window:
            self._refused(self.trade.throttled)
            return connection.desk.answer(event.sequence, self.trade.throttled)
        connection.open += 1
        connection.ahead += 1
        whim = self._whims.next(now)
        if whim.status:
            self._refused(whim.status)
            return self.later(whim.latency, partial(self._answer, connection, event.sequence, whim, None))
        kept = self._fates.take(event.pdu, now, rules)
        if rules.early:
            self._fates.arrive(kept, now)
            self._hand_out()
        if whim.dropped:
            self._drop(connection)
        else:
            self.later(whim.latency, partial(self._answer, connection, event.sequence, whim, kept.submit))
        if not rules.early:
            after = whim.latency + rules.receipt_delay
            self.later(after, partial(self._fates.arrive, kept, now + after))
        return None

    def _answer(self, connection: Connection, sequence: int, whim: Whim, submit: Submit | None) -> None:
        if connection.answer(sequence, whim, submit, self.trade.numbers):
            self.counts["cuts"] += 1
            self._record.write("cut", state=connection.desk.state)
            connection.desk.close("cut")

    def _refused(self, status: int) -> None:
        self.counts["throttled" if status == self.trade.throttled else "refused"] += 1

    def _reply(self, connection: Connection, asked: Asked) -> None:
        submit, state = self._fates.learn(asked, self._reactor.seconds())
        connection.desk.reply(asked, submit, state)

    # deliveries, drops, settings

    def _answered(self, delivery: Delivery, status: int) -> None:
        self._record.write(delivery.what, status=status, **delivery.about)
        if status == 0:
            self.counts[delivery.what] += 1
        else:
            self.counts[f"{delivery.what}_refused"] += 1
            self.later(self.behaviour.retry_after, partial(self.waiting.append, delivery))

    def _drop(self, connection: Connection) -> None:
        self.counts["drops"] += 1
        self._record.write("drop", state=connection.desk.state)
        connection.desk.close("dropped")
        connection.abort()

    def _adopt(self, behaviour: Behaviour, changed: frozenset[str]) -> None:
        self.behaviour = self._whims.behaviour = behaviour
        for connection in self.connections:
            connection.desk.behaviour = behaviour
        if "throttle_for" in changed:
            self._whims.throttle(self._reactor.seconds() + behaviour.throttle_for)
        if "id_start" in changed:
            self._fates.number = behaviour.id_start

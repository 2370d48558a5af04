"""One SMPP session as the SMSC sees it: no socket, no clock, only rules (SMPP 3.4, sections 2.2 and 2.3).

Octets and the time go in; octets and events come out.

    OPEN --bind--> BOUND_TX | BOUND_RX | BOUND_TRX --unbind--> UNBOUND --> CLOSED
      \\--refused, no bind in time, lost, silence, a broken stream-----------^

Which submit_sm is taken, under which id, and what is delivered, is decided
elsewhere: here is only whether it may be.
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadFrame
from chanserv.links.smpp import checks, tlvs
from chanserv.links.smpp.behaviour import Behaviour
from chanserv.links.smpp.codec import RINVCMDLEN, BadBody, Frames, decode, encode
from chanserv.links.smpp.deliveries import Delivery
from chanserv.links.smpp.pdus import (
    BY_ID,
    RESPONSE,
    AlertNotification,
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    DataSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    Unknown,
)
from chanserv.links.smpp.smsc_events import (
    BOUND,
    RECEIVING,
    Answered,
    Bound,
    Closed,
    Event,
    Refused,
    State,
    Submitted,
    Turned,
)
from chanserv.links.smpp.verdicts import (
    ESME_RALYBND,
    ESME_RINVBNDSTS,
    ESME_RINVCMDID,
    ESME_RINVPASWD,
    ESME_RINVSYSID,
    ESME_ROK,
    ESME_RTHROTTLED,
)

NAME = b"chanserv"
VERSION = b"\x34"
BIND_WITHIN = 10.0  # seconds from connecting
LEAVE_WITHIN = 5.0  # seconds from our unbind_resp to the peer's hanging up


_BINDS: dict[type[Pdu], State] = {
    BindTransmitter: State.BOUND_TX,
    BindReceiver: State.BOUND_RX,
    BindTransceiver: State.BOUND_TRX,
}
# What we can read and do not do: each gets its own refusal.
_DECLINED: dict[type[Pdu], int] = {
    QuerySm: 0x67,
    CancelSm: 0x11,
    ReplaceSm: 0x13,
    SubmitMulti: ESME_RINVCMDID,
    DataSm: ESME_RINVCMDID,
}
_WITHOUT_RESPONSE = (AlertNotification, Outbind)


@attrs.define(eq=False)
class SmscSession:
    """`now`: when the connection was made, later when something was last heard or asked.

    All times are seconds of one clock, which only the owner knows.
    """

    now: float
    behaviour: Behaviour = attrs.field(factory=Behaviour)
    state: State = attrs.field(default=State.OPEN, init=False)
    out: bytearray = attrs.field(factory=bytearray, init=False)
    events: list[Event] = attrs.field(factory=list, init=False)
    unanswered: int = attrs.field(default=0, init=False)  # submit_sm that wait for our answer
    _frames: Frames = attrs.field(factory=Frames, init=False)
    _delivered: dict[int, Delivery] = attrs.field(factory=dict, init=False)  # by sequence, not answered yet
    _next: int = attrs.field(default=1, init=False)
    _enquired: bool = attrs.field(default=False, init=False)
    _bind_by: float = attrs.field(init=False)

    @_bind_by.default
    def _(self) -> float:
        return self.now + BIND_WITHIN

    # what the owner may do

    @property
    def room(self) -> int:
        """How many more deliver_sm it takes now."""
        if self.state not in RECEIVING or self.behaviour.silent:
            return 0
        return self.behaviour.mo_window - len(self._delivered)

    def deliver(self, delivery: Delivery) -> None:
        """Send it; ask for `room` first."""
        sequence = self._take()
        self._delivered[sequence] = delivery
        self._write(attrs.evolve(delivery.pdu, sequence=sequence))

    def answer(self, sequence: int, status: int, message_id: bytes = b"") -> None:
        """The answer that a Submitted waits for; nobody's if the session is over."""
        self.unanswered -= 1
        if self.state is not State.CLOSED and not self.behaviour.silent:
            self._write(SubmitSmResp(sequence=sequence, status=status, message_id=message_id, bare=status != ESME_ROK))

    def close(self, reason: str) -> None:
        """Once."""
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self.events.append(Closed(reason))

    def owing(self) -> tuple[Delivery, ...]:
        """Deliveries that no answer came for, oldest first; theirs no more after this."""
        owed = tuple(self._delivered.values())
        self._delivered.clear()
        return owed

    # what the world does

    def received(self, now: float, data: bytes) -> None:
        """Octets of the ESME, cut anywhere."""
        self.now, self._enquired = now, False
        try:
            for frame in self._frames.feed(data):
                if self.state is State.CLOSED:
                    return
                self._read(frame)
        except BadFrame as fault:
            self._write(GenericNack(status=RINVCMDLEN))
            self.close(f"unreadable: {fault}")

    def due(self) -> float | None:
        """When to `tick`; None: nothing is awaited."""
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN:
                return self._bind_by
            case State.UNBOUND:
                return self.now + LEAVE_WITHIN
        after = 0.0 if self.behaviour.silent else self.behaviour.enquire_after
        return self.now + after if after else None

    def tick(self, now: float) -> None:
        """Time has passed; early calls do nothing."""
        due = self.due()
        if due is None or now < due:
            return
        if self.state not in BOUND:
            self.close("no bind in time" if self.state is State.OPEN else "unbound")
        elif self._enquired:
            self.close("the ESME fell silent")
        else:
            self.now, self._enquired = now, True
            self._write(EnquireLink(sequence=self._take()))

    # the rules

    def _read(self, frame: bytes) -> None:
        try:
            pdu = decode(frame)
        except BadBody as fault:
            return self._misread(fault)
        return self._on(pdu)

    def _misread(self, fault: BadBody) -> None:
        if fault.command_id & RESPONSE or self.behaviour.silent:
            return
        cls = BY_ID.get(fault.command_id | RESPONSE, GenericNack)
        self._write(cls(sequence=fault.sequence, status=fault.status, bare=True))
        if issubclass(BY_ID[fault.command_id], Bind):
            self.events.append(Turned(fault.status))
            self.close("a bind that cannot be read")

    def _on(self, pdu: Pdu) -> None:
        if (pdu.command if isinstance(pdu, Unknown) else pdu.command_id) & RESPONSE:
            return self._settled(pdu)
        match self.state, pdu:
            case _ if self.behaviour.silent:
                pass
            case State.BOUND_TX | State.BOUND_TRX, SubmitSm():
                self._submitted(pdu)
            case _, Unknown():
                self._write(GenericNack(sequence=pdu.sequence, status=ESME_RINVCMDID))
            case _, EnquireLink():
                self._write(pdu.answer())
            case State.OPEN, Bind():
                self._bind(pdu)
            case State.BOUND_TX | State.BOUND_RX | State.BOUND_TRX, Bind():
                self._write(pdu.answer(ESME_RALYBND))
            case State.BOUND_TX | State.BOUND_RX | State.BOUND_TRX, Unbind():
                self._write(pdu.answer())
                self.state = State.UNBOUND
            case State.BOUND_TX | State.BOUND_TRX, _ if type(pdu) in _DECLINED:
                self._write(pdu.answer(checks.status(pdu) or _DECLINED[type(pdu)]))
            case _ if isinstance(pdu, _WITHOUT_RESPONSE):
                self._write(GenericNack(sequence=pdu.sequence, status=ESME_RINVCMDID))
            case _:
                self._misplaced(pdu)

    def _bind(self, pdu: Bind) -> None:
        status = self._admit(pdu)
        if status:
            self._write(pdu.answer(status))
            self.events.append(Turned(status))
            return self.close(f"bind refused, status 0x{status:08X}")
        self.state = _BINDS[type(pdu)]
        self._write(pdu.answer(system_id=NAME, tlvs=((tlvs.SC_INTERFACE_VERSION, VERSION),)))
        self.events.append(Bound(self.state, pdu.system_id))
        return None

    def _admit(self, pdu: Bind) -> int:
        rules = self.behaviour
        if rules.bind_status:
            return rules.bind_status
        if rules.system_id and pdu.system_id != rules.system_id.encode():
            return ESME_RINVSYSID
        return ESME_RINVPASWD if rules.password and pdu.password != rules.password.encode() else ESME_ROK

    def _submitted(self, pdu: SubmitSm) -> None:
        full = self.behaviour.window and self.unanswered >= self.behaviour.window
        status = ESME_RTHROTTLED if full else checks.status(pdu)
        if status:
            self._write(pdu.answer(status))
            self.events.append(Refused(status))
        else:
            self.unanswered += 1
            self.events.append(Submitted(pdu))

    def _settled(self, pdu: Pdu) -> None:
        """A response: to a deliver_sm of ours, or nothing we wait for."""
        delivery = self._delivered.get(pdu.sequence)
        if delivery is not None and isinstance(pdu, DeliverSmResp | GenericNack):
            del self._delivered[pdu.sequence]
            self.events.append(Answered(delivery, pdu.status))

    def _misplaced(self, pdu: Pdu) -> None:
        self._write(pdu.answer(ESME_RINVBNDSTS))
        if self.state is State.UNBOUND:
            self.close("unbound")

    def _write(self, pdu: Pdu) -> None:
        self.out += encode(pdu)

    def _take(self) -> int:
        self._next, taken = self._next % 0x7FFF_FFFF + 1, self._next
        return taken

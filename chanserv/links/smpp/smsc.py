"""One SMPP session as the SMSC sees it: no socket, no clock, only rules (SMPP 3.4, sections 2.2 and 2.3).

Octets and the time go in; octets and events come out.

    OPEN --outbind--> OUTBOUND
    OPEN | OUTBOUND --bind--> BOUND_TX | BOUND_RX | BOUND_TRX --unbind--> UNBOUND --> CLOSED
      \\--refused, no bind in time, lost, silence, a broken stream-------------------^

Which part is taken, under which id, and what is delivered, is decided
elsewhere: here is only whether it may be. How answers look, `smsc_answers` knows.
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadFrame
from chanserv.links.peer.behaviour import Behaviour
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
    Turned,
)
from chanserv.links.smpp import checks, pdus, smsc_answers
from chanserv.links.smpp.codec import RINVCMDLEN, BadBody, Frames, decode, encode
from chanserv.links.smpp.deliveries import addresses
from chanserv.links.smpp.smsc_answers import RCANCELFAIL, RINVDLNAME, V33, V34, V50
from chanserv.links.smpp.smsc_states import BOUND, RECEIVING, ROLES, SENDING, STRANGE, State
from chanserv.links.smpp.table import BY_ID, RESPONSE, Pdu, Unknown
from chanserv.links.smpp.verdicts import ESME_RALYBND, ESME_RINVBNDSTS, ESME_RINVCMDID
from chanserv.text.numbers import from_ton

BIND_WITHIN = 10.0  # seconds from connecting
LEAVE_WITHIN = 5.0  # seconds from our unbind_resp to the peer's hanging up


_BINDS: dict[type[Pdu], State] = {
    pdus.BindTransmitter: State.BOUND_TX,
    pdus.BindReceiver: State.BOUND_RX,
    pdus.BindTransceiver: State.BOUND_TRX,
}
# What we can read and do not do: the least version that knows it, and its refusal.
_DECLINED: dict[int, tuple[int, int]] = {
    0x07: (V33, 0x13),  # replace_sm: ESME_RREPLACEFAIL
    0x111: (V50, 0x10D),  # broadcast_sm: ESME_RBCASTFAIL
    0x112: (V50, 0x10E),  # query_broadcast_sm: ESME_RBCASTQUERYFAIL
    0x113: (V50, 0x10F),  # cancel_broadcast_sm: ESME_RBCASTCANCELFAIL
}
_WORDLESS = (Unknown, pdus.AlertNotification, pdus.Outbind)  # no response belongs to them
_SINCE_34 = (pdus.BindTransceiver, pdus.DataSm)


@attrs.define(eq=False)
class SmppDesk:
    """`now`: when the connection was made, later when something was last heard or asked.

    All times are seconds of one clock, which only the owner knows.
    """

    now: float
    behaviour: Behaviour = attrs.field(factory=Behaviour)
    state: State = attrs.field(default=State.OPEN, init=False)
    out: bytearray = attrs.field(factory=bytearray, init=False)
    events: list[Event] = attrs.field(factory=list, init=False)
    unanswered: int = attrs.field(default=0, init=False)  # parts that wait for our answer
    _frames: Frames = attrs.field(factory=Frames, init=False)
    _delivered: dict[int, Delivery] = attrs.field(factory=dict, init=False)  # by sequence, not answered yet
    _others: dict[int, Pdu] = attrs.field(factory=dict, init=False)  # parts that are no submit_sm, by sequence
    _version: int = attrs.field(default=V34, init=False)  # spoken since the bind
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

    @property
    def closed(self) -> bool:
        return self.state is State.CLOSED

    def outbind(self) -> None:
        """We have called: say who we are; a bind as receiver is expected (section 2.2.1)."""
        self.state, rules = State.OUTBOUND, self.behaviour
        name = rules.outbind_id.encode() or smsc_answers.NAME
        self._write(pdus.Outbind(sequence=self._take(), system_id=name, password=rules.outbind_password.encode()))

    def deliver(self, delivery: Delivery) -> None:
        """Send it; ask for `room` first."""
        sequence = self._take()
        self._delivered[sequence] = delivery
        pdu = delivery.pdu
        more = {"tlvs": ()} if pdu.tlvs and self._version < V34 else {}
        self._write(attrs.evolve(pdu, sequence=sequence, **more))

    def answer(self, sequence: int, status: int, submit: Submit | None = None) -> None:
        """The answer that a Submitted waits for; nobody's if the session is over."""
        self.unanswered -= 1
        asked = self._others.pop(sequence, None)
        if self.state is not State.CLOSED and not self.behaviour.silent:
            more = smsc_answers.congestion(self._version, self.behaviour)
            self._write(smsc_answers.to_part(asked, sequence, status, submit, more))

    def reply(self, asked: Asked, submit: Submit | None, state: str) -> None:
        """The answer to a query_sm or cancel_sm; nobody's if the session is over."""
        if self.state is not State.CLOSED and not self.behaviour.silent:
            self._write(smsc_answers.to_question(asked, submit, state, self.now))

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
            self._write(pdus.GenericNack(status=RINVCMDLEN))
            self.close(f"unreadable: {fault}")

    def due(self) -> float | None:
        """When to `tick`; None: nothing is awaited."""
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN | State.OUTBOUND:
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
            self.close("no bind in time" if self.state in STRANGE else "unbound")
        elif self._enquired:
            self.close("the ESME fell silent")
        else:
            self.now, self._enquired = now, True
            self._write(pdus.EnquireLink(sequence=self._take()))

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
        cls = BY_ID.get(fault.command_id | RESPONSE, pdus.GenericNack)
        self._write(cls(sequence=fault.sequence, status=fault.status, bare=True))
        if issubclass(BY_ID[fault.command_id], pdus.Bind):
            self.events.append(Turned(fault.status))
            self.close("a bind that cannot be read")

    def _on(self, pdu: Pdu) -> None:
        command = pdu.command if isinstance(pdu, Unknown) else pdu.command_id
        if command & RESPONSE:
            return self._settled(pdu)
        match pdu:
            case _ if self.behaviour.silent:
                pass
            case pdus.SubmitSm() if self.state in SENDING:
                self._submitted(pdu)
            case pdus.EnquireLink():
                self._write(pdu.answer())
            case _ if self._foreign(pdu, command):
                self._write(pdus.GenericNack(sequence=pdu.sequence, status=ESME_RINVCMDID))
            case pdus.Bind() if self.state in STRANGE:
                self._bind(pdu)
            case pdus.Bind() if self.state in BOUND:
                self._write(pdu.answer(ESME_RALYBND))
            case pdus.Unbind() if self.state in BOUND:
                self._write(pdu.answer())
                self.state = State.UNBOUND
            case pdus.DataSm() | pdus.SubmitMulti() if self.state in SENDING:
                self._submitted(pdu)
            case pdus.QuerySm() | pdus.CancelSm() if self.state in SENDING:
                self._asked(pdu)
            case _ if self.state in SENDING and command in _DECLINED:
                self._write(smsc_answers.refusal(pdu, checks.status(pdu) or _DECLINED[command][1]))
            case _:
                self._misplaced(pdu)

    def _foreign(self, pdu: Pdu, command: int) -> bool:
        """Does the version that is spoken (before a bind: ours) not know it, or only as a word of our own?"""
        spoken = self._version if self.state in BOUND else smsc_answers.version(V50, self.behaviour)
        if command in _DECLINED:
            return spoken < _DECLINED[command][0]
        return isinstance(pdu, _WORDLESS) or (spoken < V34 and isinstance(pdu, _SINCE_34))

    def _bind(self, pdu: pdus.Bind) -> None:
        if self.state is State.OUTBOUND and isinstance(pdu, pdus.BindTransmitter):
            return self._misplaced(pdu)
        status = smsc_answers.admit(pdu, self.behaviour)
        if status:
            self._write(pdu.answer(status))
            self.events.append(Turned(status))
            return self.close(f"bind refused, status 0x{status:08X}")
        self.state = _BINDS[type(pdu)]
        self._version = smsc_answers.version(pdu.interface_version, self.behaviour)
        self._write(smsc_answers.welcome(pdu, self._version, self.behaviour))
        self.events.append(SignedIn(pdu.system_id.decode("latin-1"), ROLES[self.state]))
        return None

    def _submitted(self, pdu: pdus.SubmitSm | pdus.DataSm | pdus.SubmitMulti) -> None:
        status = checks.status(pdu)
        if not status and not addresses(pdu):
            status = RINVDLNAME
        if status:
            self._write(pdu.answer(status))
            self.events.append(Refused(status))
            return
        self.unanswered += 1
        if not isinstance(pdu, pdus.SubmitSm):
            self._others[pdu.sequence] = pdu
        self.events.append(Submitted(pdu.sequence, pdu))

    def _asked(self, pdu: pdus.QuerySm | pdus.CancelSm) -> None:
        """A cancel_sm by addresses alone is not done here."""
        status = checks.status(pdu) or (0 if pdu.message_id else RCANCELFAIL)
        if status:
            self._write(pdu.answer(status))
            return
        source = from_ton(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr)
        message_id = pdu.message_id.decode("latin-1")
        self.events.append(Asked(pdu.sequence, pdu, message_id, isinstance(pdu, pdus.CancelSm), source))

    def _settled(self, pdu: Pdu) -> None:
        """A response: to a deliver_sm of ours, or nothing we wait for."""
        delivery = self._delivered.get(pdu.sequence)
        if delivery is not None and isinstance(pdu, pdus.DeliverSmResp | pdus.GenericNack):
            del self._delivered[pdu.sequence]
            self.events.append(Answered(delivery, pdu.status))

    def _misplaced(self, pdu: Pdu) -> None:
        self._write(smsc_answers.refusal(pdu, ESME_RINVBNDSTS))
        if self.state is State.UNBOUND:
            self.close("unbound")

    def _write(self, pdu: Pdu) -> None:
        self.out += encode(pdu)

    def _take(self) -> int:
        self._next, taken = self._next % 0x7FFF_FFFF + 1, self._next
        return taken

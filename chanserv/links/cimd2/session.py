"""One CIMD2 session as the client sees it: no socket, no clock, only rules (CIMD Interface Specification).

Octets and the time go in; octets and events come out. What the SMSC delivers is
the owner's to answer, after its commit. A late answer ends the session in good
order: others may still come, and no more than a window of texts is in doubt.

    OPEN --login ok--> BOUND --leave, an answer too late--> LEAVING --drained, logout--> CLOSED
      \\--refused, late--> CLOSED <--lost, silence, senseless octets--/
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadField, BadFrame
from chanserv.links.cimd2 import answers, packets, stamps, verdicts
from chanserv.links.cimd2.codec import NAMELESS, BadPacket, Frames, decode
from chanserv.links.cimd2.login import Login
from chanserv.links.cimd2.outgoing import Outgoing
from chanserv.links.cimd2.packets import GENERAL_ERROR, NACK, OPERATIONS, RESPONSE, Packet
from chanserv.links.cimd2.requests import Sort, Theirs
from chanserv.links.cimd2.terms import TRIES, Credentials, Habits, Learnt, Submit
from chanserv.links.events import Bound, Closed, Delivered, Event, Leaving
from chanserv.links.pulse import Pulse
from chanserv.links.spacing import Spacing
from chanserv.links.terms import DRAIN, GOODBYE, Rules, State

ASK_AGAIN = 3600.0  # seconds between two questions for the SMSC's time: its clock may be put forward


@attrs.define(eq=False)
class Session:
    """`links.base.Session` of CIMD2. `learnt` and `spacing` are shared by the sessions of an account."""

    rules: Rules = attrs.field(factory=Rules)
    credentials: Credentials = attrs.field(factory=Credentials)
    learnt: Learnt = attrs.field(factory=Learnt)
    spacing: Spacing | None = None
    habits: Habits = attrs.field(factory=Habits)
    state: State = State.OPEN
    events: list[Event] = attrs.field(factory=list)
    late: int = 0
    strange: int = 0
    _ours: Outgoing = attrs.field(init=False)
    _login: Login = attrs.field(init=False)
    _pulse: Pulse = attrs.field(init=False)
    _theirs: Theirs = attrs.field(factory=Theirs)
    _frames: Frames = attrs.field(factory=Frames)
    _now: float = 0.0
    _garbled: int = 0  # unreadable packets in a row
    _bind_due: float | None = None
    _time_due: float | None = None
    _leave_due: float = 0.0
    _signing_off: bool = False
    _why: str = ""  # it ends by itself

    def __attrs_post_init__(self) -> None:
        self._ours = Outgoing(self.rules.answer_within, self.habits.checksum, self.spacing)
        self._login = Login(self.credentials, self.learnt, self.habits.window)
        self._pulse = Pulse(self.rules.enquire_after)

    # what the owner does

    def open(self, now: float) -> None:
        self._now, self._bind_due = now, now + self.rules.bind_within
        self._pulse.heard(now)
        self._sign_in()

    @property
    def living(self) -> bool:
        return self.state is not State.CLOSED

    @property
    def pending(self) -> int:
        return self._ours.pending

    def submit(self, now: float, pdu: Submit) -> int:
        """It is written as soon as it may be; what is not when the session ends, is told as such."""
        sequence = self._ours.submit(now, pdu)
        self._pump(now)
        return sequence

    def ask(self, now: float, pdu: Packet) -> int:
        sequence = self._ours.ask(Sort.QUESTION, pdu)
        self._pump(now)
        return sequence

    def answer(self, now: float, pdu: Packet, well: bool) -> None:
        """Well, or with an error that brings it again."""
        answer = pdu.answer() if well else pdu.refusal(verdicts.NOT_KEPT[pdu.operation])
        for _ in range(self._theirs.answered(pdu, answer, well) if self.living else 0):
            self._ours.write(answer)
        if self.state is State.LEAVING:
            self._drained(now)

    def flush(self) -> bytes:
        return self._ours.flush()

    def stop_reading(self, now: float) -> None:
        self._pulse.stop(now)

    def read_on(self, now: float) -> None:
        self._ours.longer(self._pulse.go_on(now))

    def leave(self, now: float) -> None:
        """Sign off: wait for open answers, log out, wait for its answer, close; each bounded."""
        if self.state is State.BOUND:
            self.state, self._leave_due = State.LEAVING, now + DRAIN
            self._drained(now)
        elif self.state is State.OPEN:
            self.close("gave up signing in")

    def close(self, reason: str, mend: str = "", deaf: bool = False, rest: float = 0.0) -> None:
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self.events += self._ours.give_up(self._now, reason)
            self.events.append(Closed(reason, mend, deaf, rest))

    # what the world does

    def received(self, now: float, data: bytes) -> None:
        self._now = now
        self._pulse.heard(now)
        try:
            for frame in self._frames.feed(data):
                if self.state is State.CLOSED:
                    return
                self._read(now, frame)
        except BadFrame as fault:
            self.close(f"unreadable: {fault}")

    def due(self) -> float | None:
        waits: list[float | None] = [None if self._pulse.deaf else self._ours.due()]
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN:
                return self._bind_due
            case State.LEAVING:
                waits.append(self._leave_due)
            case State.BOUND if self._ours.room and not self._pulse.deaf:
                waits += [self._pulse.due, self._time_due, self._ours.held_due()]
        return min((due for due in waits if due is not None), default=None)

    def tick(self, now: float) -> None:
        self._now = now
        if self.state is State.OPEN and self._bind_due is not None and now >= self._bind_due:
            return self.close("no answer to our login")
        if self.state is not State.OPEN and not self._pulse.deaf:
            self._expire(now)
        if self.state is State.LEAVING:
            self._drained(now)
        elif self.state is State.BOUND and not self._pulse.deaf:
            self._ask_time(now)
            self._pump(now)
            if self._ours.room and self._pulse.quiet(now):
                self._enquire(now)

    def _expire(self, now: float) -> None:
        """A late answer to a part ends the session; a question that is not answered is nobody's loss."""
        why = f"no answer within {self.rules.answer_within:g} s"
        for request in self._ours.overdue(now):
            if request.sort is not Sort.OWN:
                self.events.append(self._ours.unanswered(request, why))
            if request.sort is Sort.PART and self.state is State.BOUND:
                self._why = why
                self.events.append(Leaving(why))
                self.leave(now)

    def _enquire(self, now: float) -> None:
        if self._pulse.ask(now):
            self._ours.at_once(now, Packet(packets.ALIVE))
        else:
            self.close("the carrier fell silent: two alive without an answer", deaf=True)

    def _ask_time(self, now: float) -> None:
        if self._time_due is not None and now >= self._time_due:
            self._time_due = now + ASK_AGAIN
            self._ours.ask(Sort.OWN, packets.TIME_QUESTION)

    def _pump(self, now: float) -> None:
        self._now = now
        if self.state is State.BOUND:
            self._ours.pump(now)
        elif self.state is State.CLOSED:
            self.events += self._ours.give_up(now, "the session is over")

    def _drained(self, now: float) -> None:
        if self._signing_off and now >= self._leave_due:
            self.close(self._why or "no answer to our logout")
        elif not self._signing_off and (not (self._ours.busy or self._theirs.owed) or now >= self._leave_due):
            if not self._ours.numbers:
                return self.close(self._why or "no number is free for our logout")
            self._signing_off, self._leave_due = True, now + GOODBYE
            self._ours.at_once(now, Packet(packets.LOGOUT))

    # signing in

    def _sign_in(self) -> None:
        """Always under the number 001."""
        self._ours.anew()
        try:
            self._ours.at_once(self._now, self._login.packet())
        except BadField as fault:
            self.close(f"no login can say this: {fault}", mend="user and password")

    def _admitted(self, now: float, packet: Packet) -> None:
        if not answers.error(packet):
            self.state, self._bind_due = State.BOUND, None
            self._ours.signed_in(now, self._login.width)
            self.events.append(Bound())
            self._time_due = now if self.habits.ask_time else None
            self._ask_time(now)
            self._pump(now)
        elif over := self._login.refused(packet):
            self.close(over.reason, over.mend, over.deaf, over.rest)
        else:
            self._sign_in()

    # one line for each thing that can come

    def _read(self, now: float, frame: bytes) -> None:
        try:
            packet = decode(frame)
        except BadPacket as fault:
            return self._misread(now, fault)
        self._garbled = 0
        self._on(now, packet)

    def _misread(self, now: float, fault: BadPacket) -> None:
        """A wrong checksum is said to be one; else what was readable still answers, and a request is refused."""
        self.strange += 1
        wrong = fault.answer == NACK
        self._garbled += wrong or fault.packet.operation == NAMELESS
        if self._garbled > TRIES:
            self.close(f"unreadable: {fault}")
        elif fault.answers and not wrong:
            self._on(now, fault.packet)
        elif reply := fault.reply(self._ours.awaited, self._theirs.expected):
            self._ours.write(reply)

    def _on(self, now: float, packet: Packet) -> None:
        self._theirs.heard(packet)
        match self.state, packet.operation:
            case _, packets.ALIVE:
                self._ours.write(packet.answer())
            case State.OPEN, packets.NACK:
                self._sign_in() if self._login.sent < TRIES else self.close("login refused by nack")
            case State.OPEN, packets.LOGGED_IN | packets.GENERAL_ERROR:
                self._admitted(now, packet)
            case State.BOUND | State.LEAVING, packets.DELIVER | packets.REPORT:
                self._delivered(packet)
            case State.BOUND | State.LEAVING, packets.LOGOUT:
                self._ours.write(packet.answer())
                self.close("the carrier logged out")
            case State.BOUND | State.LEAVING, packets.NACK:
                self._refused(now, packet.number)
            case State.BOUND | State.LEAVING, operation if operation >= RESPONSE:
                self._answered(now, packet)
            case _:
                self._misplaced(packet)

    def _delivered(self, packet: Packet) -> None:
        repeated, answer = self._theirs.former(packet)
        if not repeated:
            self._theirs.came(packet)
            self.events.append(Delivered(packet))
        elif answer is not None:
            self._ours.write(answer)

    def _refused(self, now: float, number: int) -> None:
        """By its series it speaks of a request of ours, or of our answer to one of theirs."""
        if not self._ours.ours(number):
            if answer := self._theirs.again(number, TRIES):
                self._ours.write(answer)
        elif not self._ours.refused(now, number, TRIES):
            self.close("the carrier refuses our packets: a nack again and again")

    def _misplaced(self, packet: Packet) -> None:
        """A request that is nobody's to make now; an answer that nobody waits for is never answered."""
        self.strange += 1
        if packet.operation < RESPONSE:
            self._ours.write(packet.refusal(verdicts.UNEXPECTED))

    def _answered(self, now: float, packet: Packet) -> None:
        operation = 0 if packet.operation == GENERAL_ERROR else packet.operation - RESPONSE
        request = self._ours.answered(now, packet.number, operation)
        if request is None:
            self.late += operation in (0, packets.SUBMIT)
            self.strange += operation != 0 and operation not in OPERATIONS
            return
        if request.sort is not Sort.OWN:
            self.events.append(answers.told(request, packet))
        elif request.operation == packets.GET:
            self.learnt.heard_time(stamps.zone(packet.get(packets.SMSC_TIME), now))
        elif request.operation == packets.LOGOUT:
            return self.close(self._why or "logged out")
        self._pump(now)
        if self.state is State.LEAVING:
            self._drained(now)

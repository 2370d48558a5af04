"""One CIMD2 session as the SMSC sees it: no socket, no clock, only rules (CIMD Interface Specification).

Octets and the time go in; octets and events come out.

    OPEN --login--> BOUND --logout--> CLOSED
      \\--refused, no login in time, lost, silence, a broken stream--^

Which submit is taken, under which name, and what is delivered, is decided
elsewhere: here is only whether it may be.
"""

from __future__ import annotations

from enum import Enum, auto

from chanserv.errors import BadFrame
from chanserv.links.cimd2 import answers, checks, packets, reports, smsc_answers, verdicts
from chanserv.links.cimd2.codec import BadPacket, Frames, decode, encode
from chanserv.links.cimd2.packets import GENERAL_ERROR, NACK, OPERATIONS, RESPONSE, Packet
from chanserv.links.cimd2.requests import Request, Requests, Sort, Theirs
from chanserv.links.cimd2.terms import TRIES
from chanserv.links.cimd2.terms import Submit as Written
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

BIND_WITHIN = 10.0  # seconds from connecting
_ONE = "2"  # cancel mode: one message
_OF_WINDOWS = (verdicts.INVALID_WINDOW, verdicts.NO_WINDOWS)  # errors of logins that ask for a window


class State(Enum):
    OPEN = auto()
    BOUND = auto()
    CLOSED = auto()


class Cimd2Desk:
    """`links.peer.desk.Desk` of CIMD2. `now`: when the connection was made, then when something was last heard."""

    def __init__(self, now: float, behaviour: Behaviour | None = None) -> None:
        self.now = now
        self.behaviour = behaviour or Behaviour()
        self.out = bytearray()
        self.events: list[Event] = []
        self.unanswered = 0
        self._state = State.OPEN
        self._bind_by = now + BIND_WITHIN
        self._enquired = False
        self._width = 1  # requests open at once, either way
        self._frames = Frames()
        self._theirs = Theirs(first=1)
        self._open: dict[int, Packet] = {}  # submits and questions that wait for our answer
        self._ours = Requests(first=0)
        self._delivered: dict[int, Delivery] = {}  # by sequence, not answered yet
        self._sequence = 0

    # what the owner may do

    @property
    def closed(self) -> bool:
        return self._state is State.CLOSED

    @property
    def state(self) -> str:
        return self._state.name.lower()

    @property
    def room(self) -> int:
        if self._state is not State.BOUND or self.behaviour.silent:
            return 0
        return min(self._width, self.behaviour.mo_window, self._ours.room()) - len(self._delivered)

    def deliver(self, delivery: Delivery) -> None:
        request = self._ask(delivery.pdu)
        self._delivered[request.sequence] = delivery

    def answer(self, sequence: int, status: int, submit: Submit | None = None) -> None:
        pdu = self._open.pop(sequence, None) or Packet(packets.SUBMIT, sequence)
        self.unanswered -= 1
        if self.closed:
            return
        if status or submit is None:
            return self._answer(pdu, *packets.error_of(status, verdicts.name(status)))
        self._answer(pdu, *smsc_answers.taken(submit))

    def reply(self, asked: Asked, submit: Submit | None, state: str) -> None:
        pdu = self._open.pop(asked.sequence, None)
        if pdu is None or self.closed:
            return
        if submit is None or (asked.cancel and state != "DELETED"):
            error = verdicts.NOT_FOUND if submit is None else verdicts.FAILED_OPERATION
            return self._answer(pdu, *packets.error_of(error, verdicts.name(error)))
        self._answer(pdu, *(() if asked.cancel else smsc_answers.fate(submit, state, self.now)))

    def close(self, reason: str) -> None:
        if not self.closed:
            self._state = State.CLOSED
            self.events.append(Closed(reason))

    def owing(self) -> tuple[Delivery, ...]:
        owed = tuple(self._delivered.values())
        self._delivered.clear()
        return owed

    # what the world does

    def received(self, now: float, data: bytes) -> None:
        self.now, self._enquired = now, False
        try:
            for frame in self._frames.feed(data):
                if self.closed:
                    return
                self._read(frame)
        except BadFrame as fault:
            self.close(f"unreadable: {fault}")

    def due(self) -> float | None:
        match self._state:
            case State.CLOSED:
                return None
            case State.OPEN:
                return self._bind_by
        after = 0.0 if self.behaviour.silent else self.behaviour.enquire_after
        return self.now + after if after else None

    def tick(self, now: float) -> None:
        due = self.due()
        if due is None or now < due:
            return
        if self._state is State.OPEN:
            self.close("no login in time")
        elif self._enquired:
            self.close("the client fell silent")
        elif self._ours.room():
            self.now, self._enquired = now, True
            self._ask(Packet(packets.ALIVE))

    # the rules

    def _read(self, frame: bytes) -> None:
        try:
            packet = decode(frame)
        except BadPacket as fault:
            return self._misread(fault)
        if self.behaviour.silent:
            self._theirs.heard(packet)
        elif packet.operation >= RESPONSE:
            self._settled(packet)
        else:
            self._numbered(packet)

    def _misread(self, fault: BadPacket) -> None:
        reply = fault.reply(self._ours.awaited, self._theirs.expected)
        if reply is None or self.behaviour.silent:
            return
        if reply.operation != NACK:
            self._theirs.heard(fault.packet)
        self._write(reply)

    def _numbered(self, packet: Packet) -> None:
        """Only the number that is expected; a repeat gets the answer its former had. A login begins the series."""
        if packet.number == self._theirs.expected or packet.operation == packets.LOGIN:
            self._theirs.heard(packet)
            self._theirs.came(packet)
            return self._on(packet)
        known, answer = self._theirs.former(packet)
        if not known:
            self._write(Packet(NACK, self._theirs.expected))
        elif answer is not None:
            self._write(answer)
        return None

    def _on(self, packet: Packet) -> None:
        error = checks.error(packet)
        match self._state, packet.operation:
            case _, packets.ALIVE:
                self._answer(packet)
            case State.OPEN, packets.LOGIN:
                self._login(packet, error)
            case State.BOUND, packets.LOGOUT:
                self._answer(packet)
                self.close("logged out")
            case State.BOUND, packets.SUBMIT:
                self._submitted(packet, error)
            case State.BOUND, packets.ENQUIRE | packets.CANCEL if not error:
                self._asked(packet)
            case State.BOUND, operation if operation in smsc_answers.PLAIN:
                plain = smsc_answers.PLAIN[operation](packet, self.now)
                self._answer(packet, *(packets.error_of(error) if error else plain))
            case _, operation if operation in OPERATIONS:
                self._answer(packet, *packets.error_of(error or verdicts.UNEXPECTED))
            case _:
                self._write(packet.refusal(verdicts.UNEXPECTED))

    def _login(self, packet: Packet, error: int) -> None:
        error = error or self._admit(packet)
        if not error:
            self._state, self._width = State.BOUND, packet.integer(packets.WINDOW) or 1
            self._answer(packet)
            return self.events.append(SignedIn(packet.get(packets.USER) or ""))
        self._answer(packet, *packets.error_of(error, verdicts.name(error)))
        self.events.append(Turned(error))
        if error not in _OF_WINDOWS:  # it may come again without one
            self.close(f"login refused: {error} {verdicts.name(error)}")
        return None

    def _admit(self, packet: Packet) -> int:
        rules = self.behaviour
        if rules.bind_status and (rules.bind_status not in _OF_WINDOWS or packet.get(packets.WINDOW) is not None):
            return rules.bind_status
        user, password = packet.get(packets.USER), packet.get(packets.PASSWORD)
        right = rules.system_id in ("", user) and rules.password in ("", password)
        return 0 if right else verdicts.INVALID_LOGIN

    def _submitted(self, packet: Packet, error: int) -> None:
        allowed = min(self._width, self.behaviour.window or self._width)
        error = verdicts.CONGESTION if self.unanswered >= allowed else error
        if error:
            self._answer(packet, *packets.error_of(error, verdicts.name(error)))
            self.events.append(Refused(error))
        else:
            self.unanswered += 1
            self._open[packet.number] = packet
            self.events.append(Submitted(packet.number, packet))

    def _asked(self, packet: Packet) -> None:
        cancel = packet.operation == packets.CANCEL
        to, stamp = packet.get(packets.DESTINATION), packet.get(packets.STAMP)
        if to is None or stamp is None or (cancel and packet.get(packets.CANCEL_MODE) != _ONE):
            return self._answer(packet, *packets.error_of(verdicts.COMBINATION))
        self._open[packet.number] = packet
        self.events.append(Asked(packet.number, packet, reports.name(to, stamp), cancel))

    def _settled(self, packet: Packet) -> None:
        """A response: to something of ours, or nothing we wait for."""
        if packet.operation == NACK:
            return self._refused(packet.number)
        request = self._ours.get(packet.number)
        if request is None or packet.operation not in (GENERAL_ERROR, request.operation + RESPONSE):
            return
        self._ours.end(request)
        if delivery := self._delivered.pop(request.sequence, None):
            self.events.append(Answered(delivery, answers.error(packet)))

    def _refused(self, expected: int) -> None:
        """By its series it speaks of a delivery, or of an answer."""
        if not self._ours.ours(expected):
            if answer := self._theirs.again(expected, TRIES):
                self._write(answer)
            return None
        for request in self._ours.refused(expected, lambda request: True):
            request.refusals += 1
            if request.refusals > TRIES:
                return self.close("the client refuses our packets: a nack again and again")
            self._write(request.submit.packet.under(request.number))
        return None

    def _ask(self, packet: Packet) -> Request:
        self._sequence += 1
        request = Request(self._sequence, Sort.OWN, Written(packet, "", 0))
        self._ours.begin(request)
        self._write(packet.under(request.number))
        return request

    def _answer(self, packet: Packet, *parameters: tuple[int, str]) -> None:
        response = packet.answer(*parameters)
        for _ in range(self._theirs.answered(packet, response, True)):
            self._write(response)

    def _write(self, packet: Packet) -> None:
        self.out += encode(packet)

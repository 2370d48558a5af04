"""One UCP session as the SMSC sees it: no socket, no clock, only rules (EMI-UCP 5.2, sections 3 and 4).

Octets and the time go in; octets and events come out. Which text is taken, and
what is delivered, is decided elsewhere: here is only whether it may be.

    OPEN --60, or any other word where nobody must sign in--> SIGNED IN --lost, silence--> CLOSED
      \\--60 refused, none in time------------------------------------------------------------^
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadField
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
from chanserv.links.ucp import checks, words
from chanserv.links.ucp.addresses import address
from chanserv.links.ucp.codec import Frames, Malformed, decode, encode
from chanserv.links.ucp.operations import (
    Alert,
    CallInput,
    Delete,
    Inquiry,
    InquiryResponse,
    ListManagement,
    Message,
    Operation,
    SessionManagement,
    Transfer,
    Unknown,
)
from chanserv.links.ucp.operations import Submit as SubmitMessage
from chanserv.links.ucp.results import Result, refused, taken
from chanserv.links.ucp.transactions import Transactions
from chanserv.links.ucp.verdicts import AUTHENTICATION, FORWARDED, NOT_ALLOWED, NOT_FOUND, UNSUPPORTED, code

SIGN_IN_WITHIN = 10.0  # seconds from connecting, where one must
NAMELESS_AFTER = 1.0  # seconds until one who need not, and says nothing, is let in
OVER_TCP = "0539"
PARTS = (SubmitMessage, CallInput, Transfer)


@attrs.define(eq=False)
class UcpDesk:
    """`links.peer.desk.Desk` of UCP. `now`: when the connection was made, later when something was last heard or asked.

    `called`: we made it. Of the behaviour it heeds who may sign in, mo_window and enquire_after.
    """

    now: float
    behaviour: Behaviour = attrs.field(factory=Behaviour)
    called: bool = False
    state: str = attrs.field(default="open", init=False)
    out: bytearray = attrs.field(factory=bytearray, init=False)
    events: list[Event] = attrs.field(factory=list, init=False)
    unanswered: int = attrs.field(default=0, init=False)
    _frames: Frames = attrs.field(factory=Frames, init=False)
    _trns: Transactions = attrs.field(factory=Transactions, init=False)
    _delivered: dict[int, Delivery] = attrs.field(factory=dict, init=False)  # by number, not answered yet
    _parts: dict[int, Operation] = attrs.field(factory=dict, init=False)  # by reference, not answered yet
    _who: str = attrs.field(default="", init=False)
    _number: int = attrs.field(default=0, init=False)
    _enquired: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        if self.called:
            self._sign_in("")

    # what the owner may do

    @property
    def closed(self) -> bool:
        return self.state == "closed"

    @property
    def room(self) -> int:
        if self.state != "signed in":
            return 0
        return min(self.behaviour.mo_window - len(self._delivered), self._trns.room)

    def deliver(self, delivery: Delivery) -> None:
        """Send it; ask for `room` first."""
        self._number += 1
        self._delivered[self._number] = delivery
        pdu: Operation = delivery.pdu
        self._write(attrs.evolve(pdu, trn=self._trns.take(pdu.kind, self._number)))

    def answer(self, sequence: int, status: int, submit: Submit | None = None) -> None:
        """The sequence is the reference number of the part; the answer to one that nobody sent goes to a 51."""
        self.unanswered -= 1
        part = self._parts.pop(sequence, SubmitMessage(trn=sequence))
        if self.closed:
            return
        if status or submit is None:
            self._write(refused(part, status))
        else:
            self._write(taken(part, submit.message_id))

    def reply(self, asked: Asked, submit: Submit | None, state: str) -> None:
        """A 55 is answered twice: by its result, and by a 57 with what is asked for."""
        if self.closed:
            return
        if submit is None:
            self._write(refused(asked.pdu, NOT_FOUND))
        elif asked.cancel and state != words.DELETED:
            self._write(refused(asked.pdu, FORWARDED))
        else:
            self._write(taken(asked.pdu))
            if not asked.cancel and self._trns.room:
                response = words.fate(InquiryResponse, asked.pdu, state, self.now)
                self._write(attrs.evolve(response, trn=self._trns.take(response.kind)))

    def close(self, reason: str) -> None:
        """Once."""
        if not self.closed:
            self.state = "closed"
            self.events.append(Closed(reason))

    def owing(self) -> tuple[Delivery, ...]:
        owed = tuple(self._delivered.values())
        self._delivered.clear()
        return owed

    # what the world does

    def received(self, now: float, data: bytes) -> None:
        for frame in self._frames.feed(data):
            if self.closed:
                return
            self.now, self._enquired = now, False
            self._read(frame)

    def due(self) -> float | None:
        if self.closed:
            return None
        if self.state == "open":
            return self.now + (SIGN_IN_WITHIN if self._guarded else NAMELESS_AFTER)
        return self.now + self.behaviour.enquire_after if self.behaviour.enquire_after else None

    def tick(self, now: float) -> None:
        due = self.due()
        if due is None or now < due:
            return
        if self.state == "open" and self._guarded:
            self.close("no sign-in in time")
        elif self.state == "open":
            self.now = now
            self._sign_in("")
        elif self._enquired:
            self.close("the other end fell silent")
        else:
            self.now, self._enquired = now, True
            for trn in self._trns.of(Alert.ot):
                self._trns.settle(trn, Alert.ot)
            if self._trns.room:
                self._write(Alert(trn=self._trns.take(Alert.ot), adc=self._who, pid=OVER_TCP))

    # the rules

    @property
    def _guarded(self) -> bool:
        """Must one sign in?"""
        rules = self.behaviour
        return bool(rules.system_id or rules.password or rules.bind_status)

    def _read(self, frame: bytes) -> None:
        try:
            said = decode(frame)
        except Malformed as fault:
            if not fault.result:
                self._write(refused(fault.operation, fault.status))
        except BadField:
            pass  # nobody can be answered
        else:
            self._on(said)

    def _on(self, said: Operation | Result) -> None:
        if isinstance(said, Result):
            return self._settled(said)
        if self.state == "open" and not self._guarded and not isinstance(said, SessionManagement):
            self._sign_in("")
        match said:
            case SessionManagement():
                self._manage(said)
            case Alert():
                self._write(taken(said, "0000"))
            case Unknown():
                self._write(refused(said, UNSUPPORTED))
            case _ if self.state == "open":
                self._refuse(said, NOT_ALLOWED)
            case SubmitMessage() | CallInput() | Transfer():
                self._submitted(said)
            case Inquiry() | Delete():
                self._asked(said)
            case ListManagement():
                self._write(taken(said))
            case _:
                self._write(refused(said, UNSUPPORTED))
        return None

    def _manage(self, said: SessionManagement) -> None:
        if said.styp != "1" or self.state != "open":
            ec = UNSUPPORTED if said.styp != "1" else NOT_ALLOWED
            return self._write(refused(said, ec))
        ec = self._admit(said)
        if not ec:
            self._write(taken(said))
            return self._sign_in(said.oadc)
        self._write(refused(said, ec))
        self.events.append(Turned(ec))
        return self.close("sign-in refused")

    def _admit(self, said: SessionManagement) -> int:
        rules = self.behaviour
        if rules.bind_status:
            return rules.bind_status
        named = not rules.system_id or said.oadc == rules.system_id
        proven = not rules.password or said.pwd.upper() == rules.password.encode().hex().upper()
        return 0 if named and proven else AUTHENTICATION

    def _sign_in(self, who: str) -> None:
        self.state, self._who = "signed in", who
        self.events.append(SignedIn(who))

    def _submitted(self, said: SubmitMessage | CallInput | Transfer) -> None:
        ec = NOT_ALLOWED if said.trn in self._parts else checks.status(said)
        if ec:
            return self._refuse(said, ec)
        self.unanswered += 1
        self._parts[said.trn] = said
        return self.events.append(Submitted(said.trn, said))

    def _asked(self, said: Message) -> None:
        name, source = f"{said.adc}:{said.scts}", address(said.oadc, said.otoa)
        self.events.append(Asked(said.trn, said, name, isinstance(said, Delete), source))

    def _refuse(self, said: Operation, ec: int) -> None:
        self._write(refused(said, ec))
        if isinstance(said, PARTS):
            self.events.append(Refused(ec))

    def _settled(self, result: Result) -> None:
        """Of a delivery of ours, or nothing we wait for."""
        number = self._trns.settle(result.trn, result.ot)
        delivery = self._delivered.pop(number, None) if number else None
        if delivery is not None:
            self.events.append(Answered(delivery, 0 if result.well else code(result)))

    def _write(self, said: Operation | Result) -> None:
        self.out += encode(said)

"""One UCP session as our end sees it: no socket, no clock, only rules (EMI-UCP 5.2, sections 3 and 4).

Octets and the time go in; octets and events come out. Every rule about *when*
lives here. Answers to 52 and 53 are the owner's to give, after its commit.

    OPEN --60 A, or no password--> BOUND --leave, a result too late--> LEAVING --drained, 5 s--> CLOSED
      \\--60 N, late--> CLOSED <--lost, silence--/

A part has a number of its own, never used again; a transaction reference
number only while it waits for its result. What must not go yet
(`links.spacing`), or finds no reference free, is held.
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadField
from chanserv.links.events import Bound, Closed, Delivered, Event, Leaving
from chanserv.links.pulse import Pulse
from chanserv.links.spacing import Spacing
from chanserv.links.terms import DRAIN, Rules, State
from chanserv.links.ucp import signing, verdicts
from chanserv.links.ucp.bodies import Text, body
from chanserv.links.ucp.codec import Frames, Malformed, decode
from chanserv.links.ucp.deliveries import TEXTS
from chanserv.links.ucp.operations import (
    Alert,
    DeleteResponse,
    InquiryResponse,
    ListManagement,
    Message,
    Notification,
    Operation,
    SessionManagement,
)
from chanserv.links.ucp.outgoing import Outgoing
from chanserv.links.ucp.results import Result, refused, taken
from chanserv.links.ucp.terms import Login, Submission


@attrs.define(eq=False)
class Session:
    """What happened is in `events`, which the owner empties; what is to be written, `flush` gives."""

    rules: Rules = attrs.field(factory=Rules)
    login: Login = attrs.field(factory=Login)
    spacing: Spacing | None = None  # the account's; None: texts may share a second
    called: bool = False  # the SMSC made the connection: it knows us
    state: State = State.OPEN
    events: list[Event] = attrs.field(factory=list)
    late: int = 0  # results of what we no longer wait for
    strange: int = 0  # what came and means nothing here
    _frames: Frames = attrs.field(factory=Frames)
    _sent: Outgoing = attrs.field(init=False)
    _pulse: Pulse = attrs.field(init=False)
    _owed: int = 0  # deliveries that wait for our answer
    _bind_due: float = 0.0
    _leave_due: float = 0.0
    _why: str = ""  # we leave

    def __attrs_post_init__(self) -> None:
        self._sent = Outgoing(self.spacing, self.rules.answer_within)
        self._pulse = Pulse(self.rules.enquire_after)

    # what the owner does

    def open(self, now: float) -> None:
        """Sign in, where that is asked for."""
        self._pulse.heard(now)
        if self.called or self.login.password is None:
            return self._bound()
        self._bind_due = now + self.rules.bind_within
        self._say(signing.session(self.login))

    @property
    def living(self) -> bool:
        return self.state is not State.CLOSED

    @property
    def pending(self) -> int:
        """Parts without a result, those that are held among them."""
        return len(self._sent.parts)

    def submit(self, now: float, pdu: Submission) -> int:
        """Send one, or hold it. Raises BadField, and sends nothing. While we leave it is held to the end."""
        number = self._sent.submit(pdu)
        self._release(now)
        return number

    def ask(self, now: float, pdu: Message) -> int:
        """Raises BadField, and sends nothing, if it cannot be said now."""
        if self.state is not State.BOUND:
            raise BadField("no question can be asked now")
        return self._sent.ask(now, pdu)

    def answer(self, now: float, pdu: Operation, well: bool) -> None:
        """Answer a delivery: A, or N 04 and it comes again."""
        self._owed -= 1
        if self.state is not State.CLOSED:
            self._sent.write(taken(pdu) if well else refused(pdu, verdicts.NOT_ALLOWED))
        self._drained(now)

    def flush(self) -> bytes:
        """What is to be written; it counts as written now."""
        return self._sent.outlet.flush()

    def stop_reading(self, now: float) -> None:
        """The owner reads no more for a while: silence means nothing, and no result is late."""
        self._pulse.stop(now)

    def read_on(self, now: float) -> None:
        """It reads again; what waits for a result waits as much longer."""
        self._sent.longer(self._pulse.go_on(now))

    def leave(self, now: float) -> None:
        """Wait for open results, bounded, and close: UCP has no goodbye."""
        if self.state is State.OPEN:
            self.close("gave up signing in")
        elif self.state is State.BOUND:
            self._leave(now, "signed off")

    def close(self, reason: str, mend: str = "", deaf: bool = False) -> None:
        """The end, whoever brought it; what has no result never will have one."""
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self.events += self._sent.end(reason)
        self.events.append(Closed(reason, mend, deaf))

    # what the world does

    def received(self, now: float, data: bytes) -> None:
        """Octets from the SMSC, cut anywhere. Noise between frames is no sign of life."""
        skipped = self._frames.skipped
        for frame in self._frames.feed(data):
            if self.state is State.CLOSED:
                return
            self._pulse.heard(now)
            self._read(now, frame)
        self.strange += self._frames.skipped > skipped
        self._release(now)

    def _read(self, now: float, frame: bytes) -> None:
        try:
            said = decode(frame)
        except Malformed as fault:
            self.strange += 1
            if not fault.result:
                self._sent.write(refused(fault.operation, fault.status))
        except BadField:
            self.strange += 1  # nobody can be answered
        else:
            self._on(now, said)

    def due(self) -> float | None:
        """When to call `tick`, at the latest (seconds); None: never again."""
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN:
                return self._bind_due
            case State.LEAVING:
                return self._leave_due
        dues = [*self._sent.due(self._pulse.deaf), self._pulse.due]
        return min((due for due in dues if due is not None), default=None)

    def tick(self, now: float) -> None:
        """Whatever time alone brings."""
        match self.state:
            case State.OPEN if now >= self._bind_due:
                self.close("no answer to our sign-in")
            case State.LEAVING:
                self._drained(now)
            case State.BOUND:
                self._release(now)
                if not self._pulse.deaf:
                    self._watch(now)

    def _watch(self, now: float) -> None:
        late = f"no answer within {self.rules.answer_within:g} s"
        self.events += self._sent.given_up(now, late)
        if self._sent.parts.open.overdue(now):
            self.events.append(Leaving(late))
            self._leave(now, late)
        elif self._pulse.quiet(now):
            self._enquire(now)

    def _enquire(self, now: float) -> None:
        if self._pulse.ask(now):
            self._say(signing.alert(self.login))
        else:
            self.close("the carrier fell silent: two alerts (31) without an answer", deaf=True)

    # signing in, leaving

    def _bound(self) -> None:
        self.state = State.BOUND
        self.events.append(Bound())
        if self.login.subscribe and not self.called:
            self._say(signing.subscription(self.login))

    def _signed_in(self, result: Result) -> None:
        if self.state is State.OPEN and result.well:
            self._bound()
        elif self.state is State.OPEN:
            ec = verdicts.code(result)
            words = " ".join(filter(None, (verdicts.name(ec), result.sm)))
            self.close(f"sign-in refused: {words}", mend=verdicts.HOPELESS.get(ec, ""))

    def _leave(self, now: float, why: str) -> None:
        self.state, self._leave_due, self._why = State.LEAVING, now + DRAIN, why
        self._drained(now)

    def _drained(self, now: float) -> None:
        if self.state is State.LEAVING and (not (self._sent.parts.open or self._owed) or now >= self._leave_due):
            self.close(self._why)

    # one line for each thing that can come

    def _on(self, now: float, said: Operation | Result) -> None:
        match self.state, said:
            case _, Result():
                self._settled(now, said)
            case State.BOUND | State.LEAVING, Notification():
                self._deliver(said)
            case State.BOUND | State.LEAVING, _ if isinstance(said, TEXTS):
                self._text(said)
            case _, Alert():
                self._sent.write(taken(said, "0000"))
            case State.BOUND | State.LEAVING, InquiryResponse():
                self._sent.write(taken(said))
                if replied := self._sent.inquiries.told(said):
                    self.events.append(replied)
            case State.BOUND | State.LEAVING, DeleteResponse():
                self._sent.write(taken(said))  # its 56 was answered
            case _, SessionManagement() if self.called:
                self._sent.write(taken(said))
            case State.OPEN, Notification() | SessionManagement():
                self._refuse(said, verdicts.NOT_ALLOWED)
            case State.OPEN, _ if isinstance(said, TEXTS):
                self._refuse(said, verdicts.NOT_ALLOWED)
            case _:  # unknown, or not the SMSC's to ask for
                self._refuse(said, verdicts.UNSUPPORTED)

    def _refuse(self, said: Operation, ec: int) -> None:
        self.strange += 1
        self._sent.write(refused(said, ec))

    def _text(self, said: Text) -> None:
        try:
            body(said)
        except BadField as fault:
            return self._refuse(said, fault.status)
        self._deliver(said)

    def _deliver(self, said: Operation) -> None:
        self._owed += 1
        self.events.append(Delivered(said))

    def _settled(self, now: float, result: Result) -> None:
        number = self._sent.settle(result)
        match result.ot:
            case _ if number is None:
                self.late += 1
            case SessionManagement.ot:
                self._signed_in(result)
            case ListManagement.ot:
                self.strange += not (result.well or result.ec == verdicts.ALREADY_LISTED)
            case Alert.ot:
                pass  # heard is all it says
            case _:
                told = self._sent.answered(now, number, result)
                self.late += told is None
                self.strange += result.values[:1] not in (("A",), ("N",))
                self.events += told or []
                self._drained(now)

    def _release(self, now: float) -> None:
        if self.state is State.BOUND:
            self._sent.release(now)

    def _say(self, operation: Operation) -> None:
        try:
            self._sent.say(operation)
        except BadField as fault:
            self.close(f"no sign-in can say this: {fault}", mend="account and password")

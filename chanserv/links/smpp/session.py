"""One SMPP session as the ESME sees it: no socket, no clock, only rules (SMPP 3.4, sections 2 and 7).

Octets and the time go in; octets and events come out. Every rule about *when*
lives here. Answers to deliver_sm are the owner's to give, after its commit.

    OPEN --bind ok--> BOUND --unbind--> LEAVING --drained, unbind_resp--> CLOSED
      \\--refused, late--> CLOSED <--lost, silence, senseless octets--/
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadField, BadFrame
from chanserv.links.events import Answered, Bound, Closed, Delivered, Event, Unanswered
from chanserv.links.smpp import verdicts
from chanserv.links.smpp.codec import BadBody, Frames, decode, encode
from chanserv.links.smpp.pdus import (
    BY_ID,
    RESPONSE,
    AlertNotification,
    BindTransceiver,
    BindTransceiverResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
    Unknown,
)
from chanserv.links.smpp.terms import Credentials, Rules, State
from chanserv.links.window import Outlet, Window

ESME_RINVCMDLEN = 0x02
DRAIN, UNBIND = 5.0, 2.0  # seconds for open answers, for unbind_resp


@attrs.define(eq=False)
class Session:
    """What happened is in `events`, which the owner empties; what is to be written, `flush` gives."""

    rules: Rules = attrs.field(factory=Rules)
    credentials: Credentials = attrs.field(factory=Credentials)
    state: State = State.OPEN
    events: list[Event] = attrs.field(factory=list)
    late: int = 0  # answers to what we no longer wait for
    strange: int = 0  # PDUs that mean nothing here
    _out: Outlet = attrs.field(factory=Outlet)
    _frames: Frames = attrs.field(factory=Frames)
    _pending: Window = attrs.field(factory=Window)  # submit_sm by sequence
    _next: int = 1
    _heard: float = 0.0
    _enquiries: list[float] = attrs.field(factory=list)  # when each unanswered enquire_link was sent
    _owed: int = 0  # deliver_sm and data_sm that wait for our answer
    _deaf_since: float | None = None
    _bind_due: float | None = None
    _leave_due: float = 0.0
    _unbinding: bool = False

    # what the owner does

    def open(self, now: float) -> None:
        """Ask to be let in, as a transceiver."""
        self._heard, self._bind_due = now, now + self.rules.bind_within
        mine = self.credentials
        try:
            self._write(
                BindTransceiver(
                    sequence=self._take(),
                    system_id=mine.system_id,
                    password=mine.password,
                    system_type=mine.system_type,
                )
            )
        except BadField as fault:
            self.close(f"no bind can say this: {fault}", mend="system_id, password and system_type")

    @property
    def living(self) -> bool:
        return self.state is not State.CLOSED

    @property
    def pending(self) -> int:
        """submit_sm without an answer yet."""
        return len(self._pending)

    def submit(self, now: float, pdu: SubmitSm) -> int:
        """Send one; the sequence number it went under. Only while BOUND. Raises BadField, and sends nothing."""
        octets = encode(pdu)
        sequence = self._take()
        self._out.submit(sequence, _under(octets, sequence))
        self._pending.add(sequence, now + self.rules.answer_within)
        return sequence

    def ask(self, now: float, pdu: Pdu) -> int:
        """Nothing can be asked yet."""
        raise BadField("no question is known", 0)

    def answer(self, now: float, pdu: Pdu, well: bool) -> None:
        """Answer a deliver_sm or data_sm of the carrier: ESME_ROK, or ESME_RX_T_APPN and it comes again."""
        self._owed -= 1
        if self.state is not State.CLOSED:
            # message_id is unused there, but its NUL is sent (SMPP 3.4, section 4.6.2).
            status = verdicts.ESME_ROK if well else verdicts.ESME_RX_T_APPN
            self._write(pdu.answer(status, message_id=b""))
        if self.state is State.LEAVING:
            self._drained(now)

    def flush(self) -> bytes:
        """What is to be written; it counts as written now."""
        return self._out.flush()

    def stop_reading(self, now: float) -> None:
        """The owner reads no more for a while: silence means nothing, and no answer is late."""
        self._deaf_since = now

    def read_on(self, now: float) -> None:
        """It reads again; what waits for an answer waits as much longer."""
        if self._deaf_since is not None:
            longer, self._deaf_since = now - self._deaf_since, None
            self._pending.longer(longer)
            self._heard = now
            self._enquiries.clear()

    def leave(self, now: float) -> None:
        """Sign off: wait for open answers, unbind, wait for its answer, close; each bounded."""
        if self.state is State.BOUND:
            self.state, self._leave_due = State.LEAVING, now + DRAIN
            self._drained(now)
        elif self.state is State.OPEN:
            self.close("gave up signing in")

    def close(self, reason: str, mend: str = "", deaf: bool = False) -> None:
        """The end, whoever brought it; what was not answered never will be."""
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self.events += [Unanswered(each, reason, self._out.written(each)) for each in self._pending]
        self.events.append(Closed(reason, mend, deaf))
        self._out.take_back()  # told as not written, they must not be written with the last words
        self._pending.clear()

    # what the world does

    def received(self, now: float, data: bytes) -> None:
        """Octets from the carrier, cut anywhere."""
        self._heard = now
        self._enquiries.clear()
        try:
            for frame in self._frames.feed(data):
                if self.state is State.CLOSED:
                    return
                self._read(now, frame)
        except BadFrame as fault:
            self._write(GenericNack(sequence=0, status=ESME_RINVCMDLEN))
            self.close(f"unreadable: {fault}")

    def _read(self, now: float, frame: bytes) -> None:
        try:
            pdu = decode(frame)
        except BadBody as fault:
            return self._unreadable(now, fault, int.from_bytes(frame[8:12], "big"))
        self._on(now, pdu)

    def _unreadable(self, now: float, fault: BadBody, status: int) -> None:
        """A wrong body under a good header: a request is refused, an answer still answers."""
        self.strange += 1
        if fault.command_id & RESPONSE:
            self._on(now, BY_ID[fault.command_id](sequence=fault.sequence, status=status, bare=True))
        elif answer := BY_ID.get(fault.command_id | RESPONSE):
            self._write(answer(sequence=fault.sequence, status=fault.status, bare=True))

    def due(self) -> float | None:
        """When to call `tick`, at the latest (seconds); None: never again."""
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN:
                return self._bind_due
            case State.LEAVING:
                return min([self._leave_due, *self._first_due()])
        return None if self._deaf else min([self._quiet(), *self._first_due()])

    def tick(self, now: float) -> None:
        """Whatever time alone brings."""
        if self.state is State.OPEN and self._bind_due is not None and now >= self._bind_due:
            return self.close("no answer to our bind")
        for sequence in [] if self._deaf else self._pending.overdue(now):
            self._pending.pop(sequence)
            self.events.append(Unanswered(sequence, f"no answer within {self.rules.answer_within:g} s"))
        if self.state is State.LEAVING:
            self._drained(now)
        elif self.state is State.BOUND and not self._deaf and now >= self._quiet():
            self._enquire(now)

    @property
    def _deaf(self) -> bool:
        return self._deaf_since is not None

    def _first_due(self) -> list[float]:
        first = self._pending.first_due
        return [] if first is None or self._deaf else [first]

    def _quiet(self) -> float:
        return (self._enquiries[-1] if self._enquiries else self._heard) + self.rules.enquire_after

    def _enquire(self, now: float) -> None:
        if len(self._enquiries) >= 2:
            return self.close("the carrier fell silent: two enquire_link without an answer", deaf=True)
        self._enquiries.append(now)
        self._write(EnquireLink(sequence=self._take()))

    def _drained(self, now: float) -> None:
        if self._unbinding and now >= self._leave_due:
            self.close("no answer to our unbind")
        elif not self._unbinding and (not (self._pending or self._owed) or now >= self._leave_due):
            self._unbinding, self._leave_due = True, now + UNBIND
            self._write(Unbind(sequence=self._take()))

    # one line for each thing that can come

    def _on(self, now: float, pdu: Pdu) -> None:
        match self.state, pdu:
            case State.OPEN, BindTransceiverResp(status=0):
                self.state, self._bind_due = State.BOUND, None
                self.events.append(Bound(pdu.system_id))
            case State.OPEN, BindTransceiverResp() | GenericNack():
                why = f"bind refused: {verdicts.name(pdu.status)}"
                self.close(why, mend=verdicts.HOPELESS.get(pdu.status, ""))
            case _, SubmitSmResp() if self._pending.pop(pdu.sequence):
                self._answered(now, Answered(pdu.sequence, pdu.status, pdu.message_id))
            case _, GenericNack() if self._pending.pop(pdu.sequence):
                self._answered(now, Answered(pdu.sequence, pdu.status or verdicts.ESME_RUNKNOWNERR))
            case State.BOUND | State.LEAVING, DeliverSm() | DataSm():
                self._owed += 1
                self.events.append(Delivered(pdu))
            case _, EnquireLink():
                self._write(EnquireLinkResp(sequence=pdu.sequence))
            case _, Unbind():
                self._write(UnbindResp(sequence=pdu.sequence))
                self.close("the carrier unbound")
            case State.LEAVING, UnbindResp():
                self.close("unbound")
            case _, SubmitSmResp() | GenericNack():
                self.late += 1
            case _, EnquireLinkResp() | AlertNotification() | DataSmResp() | DeliverSmResp():
                pass  # heard is all they say to us
            case _, Unknown() if not pdu.command & RESPONSE:
                self.strange += 1
                self._write(GenericNack(sequence=pdu.sequence, status=verdicts.ESME_RINVCMDID))
            case _, _ if isinstance(pdu, Unknown) or pdu.command_id & RESPONSE:
                self.strange += 1
            case _:  # a request that is not the SMSC's to make now
                self.strange += 1
                self._refuse(pdu)

    def _answered(self, now: float, event: Answered) -> None:
        self.events.append(event)
        if self.state is State.LEAVING:
            self._drained(now)

    def _refuse(self, pdu: Pdu) -> None:
        if pdu.command_id | RESPONSE in BY_ID:
            self._write(pdu.answer(verdicts.ESME_RINVBNDSTS))

    def _write(self, pdu: Pdu) -> None:
        self._out.write(encode(pdu))

    def _take(self) -> int:
        taken = self._next
        self._next = taken % 0x7FFF_FFFF + 1
        return taken


def _under(frame: bytes, sequence: int) -> bytes:
    """The frame under another sequence number: cheaper than another PDU."""
    return frame[:12] + sequence.to_bytes(4, "big") + frame[16:]

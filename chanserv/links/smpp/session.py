"""One SMPP session as the ESME sees it: no socket, no clock, only rules (SMPP 3.4, sections 2 and 7).

Octets and the time go in; octets and events come out. Every rule about *when*
lives here; what is said when signing in, and what an answer says, has modules
of its own. Answers to deliver_sm are the owner's to give, after its commit.

    OPEN --let in--> BOUND --unbind, an answer overdue--> LEAVING --drained, unbind_resp--> CLOSED
      \\--refused, late--------\\--lost, silence, senseless octets------------------------/
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadField, BadFrame
from chanserv.links.events import Bound, Closed, Congested, Delivered, Event, Leaving, Unanswered
from chanserv.links.smpp import answers, pdus, signing, tlvs, verdicts
from chanserv.links.smpp.codec import RINVCMDLEN, BadBody, Frames, decode, encode
from chanserv.links.smpp.table import BY_ID, RESPONSE, Pdu, Unknown
from chanserv.links.smpp.terms import Spoken
from chanserv.links.smpp.waits import Waits
from chanserv.links.terms import DRAIN, GOODBYE, Rules, State
from chanserv.links.window import Outlet

SIGNED_IN = State.BOUND, State.LEAVING


@attrs.define(eq=False)
class Session:
    """What happened is in `events`, which the owner empties; what is to be written, `flush` gives."""

    rules: Rules = attrs.field(factory=Rules)
    credentials: signing.Credentials = attrs.field(factory=signing.Credentials)
    spoken: Spoken = attrs.field(factory=Spoken)
    state: State = State.OPEN
    events: list[Event] = attrs.field(factory=list)
    late: int = 0  # answers to what we no longer wait for
    strange: int = 0  # PDUs that mean nothing here
    _out: Outlet = attrs.field(factory=Outlet)
    _frames: Frames = attrs.field(factory=Frames)
    _entrance: signing.Entrance = attrs.field(init=False)
    _waits: Waits = attrs.field(init=False)
    _next: int = 1
    _owed: int = 0  # deliver_sm and data_sm that wait for our answer
    _leave_due: float = 0.0
    _unbinding: bool = False
    _why: str = ""  # what made it leave by itself

    def __attrs_post_init__(self) -> None:
        self._entrance = signing.Entrance(self.credentials, self.rules.bind_within, self.spoken)
        self._waits = Waits(self.rules.answer_within, self.rules.enquire_after)

    # what the owner does

    def open(self, now: float) -> None:
        """Ask to be let in; or wait for the outbind of a carrier that called."""
        self._waits.pulse.heard(now)
        self._sign_in(self._entrance.begin(now))

    def _sign_in(self, step: pdus.Bind | Bound | Closed | None) -> None:
        match step:
            case Bound():
                self.state = State.BOUND
                self.events.append(step)
            case Closed():
                self._end(step)
            case pdus.Bind():
                try:
                    self._out.write(_under(encode(step), self._take()))
                except BadField as fault:
                    self.close(f"no bind can say this: {fault}", mend=signing.SAID)

    @property
    def living(self) -> bool:
        return self.state is not State.CLOSED

    @property
    def pending(self) -> int:
        """Parts without an answer yet."""
        return len(self._waits.parts)

    def submit(self, now: float, pdu: pdus.SubmitSm | pdus.DataSm) -> int:
        """Send one; the sequence number it went under. Only while BOUND. Raises BadField, and sends nothing."""
        octets = encode(pdu)
        sequence = self._take()
        self._out.submit(sequence, _under(octets, sequence))
        self._waits.answer_to(self._waits.parts, sequence, now)
        return sequence

    def ask(self, now: float, pdu: pdus.QuerySm | pdus.CancelSm) -> int:
        """As `submit`; an answer that does not come is no reason to leave."""
        if self.state is not State.BOUND:
            raise BadField("not signed in", verdicts.ESME_RINVBNDSTS)
        octets = encode(pdu)
        sequence = self._take()
        self._out.write(_under(octets, sequence))
        self._waits.answer_to(self._waits.questions, sequence, now)
        return sequence

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
        self._waits.pulse.stop(now)

    def read_on(self, now: float) -> None:
        """It reads again; what waits for an answer waits as much longer."""
        self._waits.go_on(now)

    def leave(self, now: float) -> None:
        """Sign off: wait for open answers, unbind, wait for its answer, close; each bounded."""
        if self.state is State.BOUND:
            self.state, self._leave_due = State.LEAVING, now + DRAIN
            self._drained(now)
        elif self.state is State.OPEN:
            self.close("gave up signing in")

    def close(self, reason: str, mend: str = "", deaf: bool = False) -> None:
        """The end, whoever brought it; what was not answered never will be."""
        self._end(Closed(reason, mend, deaf))

    def _end(self, closed: Closed) -> None:
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        for window in (self._waits.parts, self._waits.questions):
            self.events += [Unanswered(each, closed.reason, self._out.written(each)) for each in window]
            window.clear()
        self.events.append(closed)
        self._out.take_back()  # told as not written, they must not be written with the last words

    # what time does

    def due(self) -> float | None:
        """When to call `tick`, at the latest (seconds); None: never again."""
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN:
                return self._entrance.due
            case State.LEAVING:
                return self._leave_due
        return self._waits.due()

    def tick(self, now: float) -> None:
        """Whatever time alone brings."""
        match self.state:
            case State.OPEN:
                self._sign_in(self._entrance.waited(now))
            case State.LEAVING:
                self._drained(now)
            case State.BOUND:
                self._waited(now)

    def _waited(self, now: float) -> None:
        waits, why = self._waits, f"no answer within {self.rules.answer_within:g} s"
        for sequence in waits.no_answer(waits.questions, now):
            waits.questions.pop(sequence)
            self.events.append(Unanswered(sequence, why))
        if waits.no_answer(waits.parts, now):
            # Its fate is unknown until the session ends; a session that goes on would leave more of them behind.
            self._why = why
            self.events.append(Leaving(why))
            self.leave(now)
        elif waits.pulse.quiet(now):
            self._enquire(now)

    def _enquire(self, now: float) -> None:
        if self._waits.pulse.ask(now):
            self._write(pdus.EnquireLink(sequence=self._take()))
        else:
            self.close("the carrier fell silent: two enquire_link without an answer", deaf=True)

    def _drained(self, now: float) -> None:
        if self._unbinding and now >= self._leave_due:
            self.close(self._why or "no answer to our unbind")
        elif not self._unbinding and (not (self.pending or self._owed) or now >= self._leave_due):
            self._unbinding, self._leave_due = True, now + GOODBYE
            self._write(pdus.Unbind(sequence=self._take()))

    # what the carrier says: one line for each thing that can come

    def received(self, now: float, data: bytes) -> None:
        """Octets from the carrier, cut anywhere."""
        self._waits.pulse.heard(now)
        try:
            for frame in self._frames.feed(data):
                if self.state is State.CLOSED:
                    return
                self._read(now, frame)
        except BadFrame as fault:
            self._write(pdus.GenericNack(sequence=0, status=RINVCMDLEN))
            self.close(f"unreadable: {fault}")

    def _read(self, now: float, frame: bytes) -> None:
        try:
            pdu = decode(frame)
        except BadBody as fault:  # a request is refused, an answer still answers
            self.strange += 1
            pdu = fault.stand_in()
            if not fault.command_id & RESPONSE:
                return self._write(pdu)
        before = len(self.events)
        self._on(now, pdu)
        # Not before we are let in: until then anybody may be at the other end of a call.
        if pdu.tlvs and self.state in SIGNED_IN and (level := pdu.number(tlvs.CONGESTION_STATE)) is not None:
            self.events.insert(before, Congested(min(level, 100)))

    def _on(self, now: float, pdu: Pdu) -> None:
        match self.state, pdu:
            case _, _ if self._answers(now, pdu):
                pass
            # Also on a session that only transmits: it is not the text's fault where it comes.
            case State.BOUND | State.LEAVING, pdus.DeliverSm() | pdus.DataSm():
                self._owed += 1
                self.events.append(Delivered(pdu))
            case _, pdus.EnquireLink():
                self._write(pdus.EnquireLinkResp(sequence=pdu.sequence))
            case State.OPEN, pdus.BindResp() | pdus.GenericNack() | pdus.Outbind():
                self._sign_in(self._entrance.heard(now, pdu))
            case _, pdus.Unbind():
                self._write(pdus.UnbindResp(sequence=pdu.sequence))
                self.close("the carrier unbound")
            case State.LEAVING, pdus.UnbindResp():
                self.close(self._why or "unbound")
            case _, _ if isinstance(pdu, answers.TO_PARTS + answers.TO_QUESTIONS):
                self.late += 1
            case _, pdus.EnquireLinkResp() | pdus.AlertNotification() | pdus.DeliverSmResp():
                pass  # heard is all they say to us
            case _, Unknown() if not pdu.command & RESPONSE:
                self.strange += 1
                self._write(pdus.GenericNack(sequence=pdu.sequence, status=verdicts.ESME_RINVCMDID))
            case _:  # an answer to nothing of ours, or a request that is not the SMSC's to make now
                self.strange += 1
                self._refuse(pdu)

    def _answers(self, now: float, pdu: Pdu) -> bool:
        """Is it the answer to something that waits for one?"""
        if isinstance(pdu, answers.TO_PARTS) and self._waits.parts.pop(pdu.sequence):
            self.events.append(answers.answered(pdu))
            if self.state is State.LEAVING:
                self._drained(now)
            return True
        if isinstance(pdu, answers.TO_QUESTIONS) and self._waits.questions.pop(pdu.sequence):
            self.events.append(answers.replied(pdu))
            return True
        return False

    def _refuse(self, pdu: Pdu) -> None:
        if not isinstance(pdu, Unknown) and pdu.command_id | RESPONSE in BY_ID and not pdu.command_id & RESPONSE:
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

"""The smallest protocol a simulated carrier can speak: a line a PDU, blanks between its words.

< in NAME                      > in            (or: > turned STATUS)
< part N FROM TO TEXT          > taken N ID    (or: > refused N STATUS)
< ask N ID | cancel N ID       > state N WORD  (or: > state N ?)
> mo N FROM TEXT | receipt N ID WORD           < ok N STATUS
> hello                        said by a carrier that calls
"""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.testing import StringTransport

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.desk import Answered, Asked, Closed, Delivery, Event, SignedIn, Submit, Submitted, Turned

HANDSET = "+5511987654321"
THROTTLED, REFUSED = 7, 9


@attrs.define(eq=False)
class ToyDesk:
    """Heeds what a desk heeds of Behaviour, but for passwords and silence: the carrier is silent by itself."""

    now: float
    behaviour: Behaviour
    out: bytearray = attrs.field(factory=bytearray)
    events: list[Event] = attrs.field(factory=list)
    unanswered: int = 0
    closed: bool = False
    state: str = "strange"
    held: bytes = b""
    delivered: dict[int, Delivery] = attrs.field(factory=dict)
    next: int = 1

    @property
    def room(self) -> int:
        return self.behaviour.mo_window - len(self.delivered) if self.state == "in" else 0

    def say(self, *words: object) -> None:
        self.out += " ".join(map(str, words)).encode() + b"\n"

    def deliver(self, delivery: Delivery) -> None:
        self.delivered[self.next] = delivery
        self.say(delivery.what, self.next, *delivery.pdu)
        self.next += 1

    def answer(self, sequence: int, status: int, submit: Submit | None = None) -> None:
        self.unanswered -= 1
        if not self.closed:
            self.say(*(("taken", sequence, submit.message_id) if submit else ("refused", sequence, status)))

    def reply(self, asked: Asked, submit: Submit | None, state: str) -> None:
        self.say("state", asked.sequence, state if submit else "?")

    def close(self, reason: str) -> None:
        if not self.closed:
            self.closed = True
            self.events.append(Closed(reason))

    def owing(self) -> tuple[Delivery, ...]:
        owed = tuple(self.delivered.values())
        self.delivered.clear()
        return owed

    def received(self, now: float, data: bytes) -> None:
        self.now = now
        *lines, self.held = (self.held + data).split(b"\n")
        for line in lines:
            if not self.closed:
                self.on(line.decode().split(" "))

    def on(self, words: list[str]) -> None:
        match words:
            case ["in", _] if self.behaviour.bind_status:
                self.say("turned", self.behaviour.bind_status)
                self.events.append(Turned(self.behaviour.bind_status))
                self.close("turned away")
            case ["in", name]:
                self.state = "in"
                self.say("in")
                self.events.append(SignedIn(name))
            case ["part", number, *_]:
                self.unanswered += 1
                self.events.append(Submitted(int(number), words))
            case ["ask" | "cancel", number, id]:
                self.events.append(Asked(int(number), words, id, words[0] == "cancel"))
            case ["ok", number, status]:
                self.events.append(Answered(self.delivered.pop(int(number)), int(status)))

    def due(self) -> float | None:
        after = self.behaviour.enquire_after
        return self.now + after if after and not self.closed else None

    def tick(self, now: float) -> None:
        due = self.due()
        if due is not None and now >= due:
            self.close("silence")


class ToyTrade:
    """Every part earns its receipts."""

    kind, throttled, refused, numbers = "toy", THROTTLED, REFUSED, 100

    def desk(self, now: float, behaviour: Behaviour) -> ToyDesk:
        return ToyDesk(now, behaviour)

    def called(self, now: float, behaviour: Behaviour) -> ToyDesk:
        desk = ToyDesk(now, behaviour)
        desk.say("hello")
        return desk

    def taken(self, pdu: Any, number: int, at: float, behaviour: Behaviour) -> Submit:
        _, _, source, dest, text = pdu
        return Submit(at, behaviour.answered_id(number), source, dest, text, text.encode(), pdu)

    def texts(
        self, source: str, dest: str, text: str, coding: int | None, reference: int, at: float
    ) -> tuple[Delivery, ...]:
        return (Delivery("mo", (source, text), {"source": source, "text": text}),)

    def receipts(self, submit: Submit, number: int, done: float, behaviour: Behaviour) -> tuple[Delivery, ...]:
        id = behaviour.receipt_id(number)
        return tuple(
            Delivery("receipt", (id, word), {"id": id, "stat": word, "done": str(done)})
            for word in behaviour.receipt_status.split()
        )


class Esme:
    """The other end: signs in, says what it is told, and may answer what it is sent."""

    def __init__(self, carrier: Carrier, protocol: Any = None, name: str | None = "me") -> None:
        self.transport = StringTransport()
        self.protocol = protocol or carrier.buildProtocol(None)
        self.protocol.makeConnection(self.transport)
        if name:
            self.say(f"in {name}")
            self.heard()

    def say(self, *lines: str) -> None:
        self.protocol.dataReceived("".join(f"{line}\n" for line in lines).encode())

    def parts(self, *numbers: int) -> None:
        self.say(*(f"part {number} 8000 {HANDSET} hello" for number in numbers))

    def heard(self) -> list[list[str]]:
        """The lines that came since last asked."""
        data = self.transport.value().decode()
        self.transport.clear()
        return [line.split(" ") for line in data.splitlines()]

    def answers(self) -> list[tuple[int, str]]:
        """(number, id or status) of the answers that came; everything else is lost."""
        return [(int(words[1]), words[2]) for words in self.heard() if words[0] in ("taken", "refused")]

    def delivered(self, status: int | None = 0) -> list[list[str]]:
        """What was delivered, without its number; each is answered with `status`, if any."""
        found = [words for words in self.heard() if words[0] in ("mo", "receipt")]
        if status is not None:
            self.say(*(f"ok {words[1]} {status}" for words in found))
        return [words[2:] for words in found]

    @property
    def gone(self) -> bool:
        return bool(self.transport.disconnecting or self.transport.disconnected)

    def lose(self) -> None:
        self.protocol.connectionLost()

"""Our side of a session: what is to be asked, what is written and still open, and until when.

A request is written when the window has room for it; a part, besides, when
its number was not written to within the second. Questions go before parts.
Why the session is where it is, and what an answer means, is not known here.
"""

from __future__ import annotations

from collections import deque

from chanserv.links.cimd2.codec import encode
from chanserv.links.cimd2.packets import Packet
from chanserv.links.cimd2.requests import Request, Requests, Sort
from chanserv.links.cimd2.terms import Submit
from chanserv.links.events import Event, Unanswered
from chanserv.links.spacing import Held, Spacing
from chanserv.links.window import Outlet, Window


class Outgoing:
    """`width`: requests that may be open at once."""

    def __init__(self, answer_within: float, checksum: bool, spacing: Spacing | None) -> None:
        self.width = 1
        self._answer_within = answer_within
        self._checksum = checksum
        self._spacing = spacing
        self._told = self._own = 0  # sequences: above 0 what others know of, below what is the session's own
        self._parts: dict[int, Request] = {}  # not written yet
        self._held = Held(spacing)  # the same, and when they may be
        self._questions: deque[Request] = deque()  # not written yet
        self._requests = Requests()  # written
        self._window = Window()  # the same by sequence
        self._out = Outlet()

    @property
    def pending(self) -> int:
        """Parts without an answer."""
        return len(self._parts) + sum(request.sort is Sort.PART for request in self._requests)

    @property
    def busy(self) -> int:
        """What was written and is open."""
        return self._requests.busy()

    @property
    def room(self) -> int:
        """How many more may be written now."""
        return max(0, min(self.width - self._requests.busy(), self._requests.room()))

    @property
    def numbers(self) -> int:
        """How many more there are numbers for."""
        return self._requests.room()

    def awaited(self, number: int) -> int:
        """What a nack of an answer under this number is to name."""
        return self._requests.awaited(number)

    def ours(self, number: int) -> bool:
        """Is a packet number of our series?"""
        return self._requests.ours(number)

    def due(self) -> float | None:
        """When the oldest should have been answered."""
        return self._window.first_due

    def held_due(self) -> float | None:
        """When to `pump` again, at the latest, while there is room."""
        return self._held.due()

    def longer(self, seconds: float) -> None:
        """All wait as much longer for their answers."""
        self._window.longer(seconds)

    # what is to be written

    def submit(self, now: float, submit: Submit) -> int:
        """A part that is to be written in its turn; its sequence. Raises BadField if it never can be."""
        encode(submit.at(now))
        request = self._request(Sort.PART, submit)
        self._parts[request.sequence] = request
        self._held.put(request.sequence, submit.to, submit.message)
        return request.sequence

    def ask(self, sort: Sort, packet: Packet) -> int:
        """The same for a question, or one of the session's own."""
        encode(packet)
        request = self._request(sort, Submit(packet, "", 0))
        self._questions.append(request)
        return request.sequence

    def pump(self, now: float) -> None:
        """Write what may be written."""
        while self._questions and self.room:
            self._begin(now, self._questions.popleft())
        for sequence in self._held.take(now, self.room):
            self._begin(now, self._parts.pop(sequence))

    def at_once(self, now: float, packet: Packet) -> None:
        """Of the session's own: before all else, whatever the window says."""
        self._begin(now, self._request(Sort.OWN, Submit(packet, "", 0)))

    def write(self, packet: Packet) -> None:
        """No request: an answer."""
        self._out.write(encode(packet, self._checksum))

    def flush(self) -> bytes:
        """What is to be written; it counts as written now."""
        return self._out.flush()

    def anew(self) -> None:
        """The numbers begin again."""
        self._requests = Requests()
        self._window.clear()

    def signed_in(self, now: float, width: int) -> None:
        """The login was answered: so many requests may be open at once."""
        self.width = width
        for request in list(self._requests):
            self._end(now, request)

    # what comes of it

    def answered(self, now: float, number: int, operation: int) -> Request | None:
        """The request that a response under this number answers; `operation` 0: whichever it is. It is open no more."""
        request = self._requests.get(number)
        if request is None or operation not in (0, request.operation):
            return None
        self._end(now, request)
        return request

    def overdue(self, now: float) -> list[Request]:
        """Requests whose answer should have come; they are waited for no more."""
        late = set(self._window.overdue(now))
        found = [request for request in self._requests if request.sequence in late]
        for request in found:
            self._end(now, request)
        return found

    def refused(self, now: float, expected: int, tries: int) -> bool:
        """A nack: write again what it refuses. False: one of that was refused so often before; nothing is written."""
        again = self._requests.refused(expected, lambda request: self._out.written(request.sequence))
        if any(request.refusals >= tries for request in again):
            return False
        for request in again:
            request.refusals += 1
            self._put(now, request)
        return True

    def unanswered(self, request: Request, reason: str) -> Unanswered:
        """What to tell of a request that will not be answered."""
        return Unanswered(request.sequence, reason, self._out.written(request.sequence))

    def give_up(self, now: float, reason: str) -> list[Event]:
        """Nothing will be answered, and what is not written never will be."""
        waiting = [request for request in self._requests if request.sort is not Sort.OWN]
        events: list[Event] = [self.unanswered(request, reason) for request in waiting]
        for request in waiting:
            self._end(now, request)
        held = [*self._parts, *(request.sequence for request in self._questions if request.sort is Sort.QUESTION)]
        events += [Unanswered(sequence, reason, written=False) for sequence in held]
        self._out.take_back()
        self._parts.clear()
        self._held.clear()
        self._questions.clear()
        self.anew()
        return events

    def _request(self, sort: Sort, submit: Submit) -> Request:
        if sort is Sort.OWN:
            self._own -= 1
            return Request(self._own, sort, submit)
        self._told += 1
        return Request(self._told, sort, submit)

    def _begin(self, now: float, request: Request) -> None:
        self._requests.begin(request)
        self._window.add(request.sequence, now + self._answer_within)
        self._put(now, request)

    def _put(self, now: float, request: Request) -> None:
        octets = encode(request.submit.at(now).under(request.number), self._checksum)
        if request.refusals and self._out.written(request.sequence):
            self._out.write(octets)  # it was written once: nobody may say that it was not
        else:
            self._out.submit(request.sequence, octets)

    def _end(self, now: float, request: Request) -> None:
        self._requests.end(request)
        self._window.pop(request.sequence)
        if self._spacing is not None and request.sort is Sort.PART:
            self._spacing.answered(now, request.submit.to)

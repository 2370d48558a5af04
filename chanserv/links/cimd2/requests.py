"""The two series of packet numbers: our requests that are open, and what the other end asked and was answered.

A client's are odd and come round after 255, a server's even and after 254.
What a request wants, and when it is written, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum, auto

import attrs

from chanserv.links.cimd2.packets import ALIVE, RESPONSE, Packet
from chanserv.links.cimd2.terms import Submit

ROUND = 128  # numbers of a series
MOST_OWED = 8  # answers to one request, however often it is repeated before the first


class Sort(Enum):
    PART = auto()
    QUESTION = auto()
    OWN = auto()  # of the session itself


@attrs.define(eq=False)
class Request:
    """One of ours. `sequence` names it for good; packet numbers come round too soon."""

    sequence: int
    sort: Sort
    submit: Submit
    number: int = 0
    refusals: int = 0  # by nack

    @property
    def operation(self) -> int:
        return self.submit.packet.operation


class Requests:
    """What is open, in the order it was written. `first`: 1 for a client, 0 for a server."""

    def __init__(self, first: int = 1) -> None:
        self._open: dict[int, Request] = {}
        self._next = first
        self._alive = 0  # of those open
        self._echo, self._echoes = 0, 0  # nacks that still speak of copies which were sent again already

    def __iter__(self) -> Iterator[Request]:
        return iter(self._open.values())

    def busy(self) -> int:
        """How much of the window is taken. Alive is not: it is written into an idle one."""
        return len(self._open) - self._alive

    def room(self) -> int:
        """How many numbers are free in a row."""
        oldest = next(iter(self._open), None)
        return ROUND if oldest is None else (oldest - self._next) // 2 % ROUND

    def begin(self, request: Request) -> None:
        """Give it the next number; ask for `room` first."""
        self._number(request)
        self._alive += request.operation == ALIVE

    def _number(self, request: Request) -> None:
        request.number = self._next
        self._open[request.number] = request
        self._next = (self._next + 2) % 256

    def get(self, number: int) -> Request | None:
        return self._open.get(number)

    def end(self, request: Request) -> None:
        """It is answered, or not waited for any more."""
        del self._open[request.number]
        self._alive -= request.operation == ALIVE
        self._echoes = 0

    def awaited(self, number: int) -> int:
        """This number, if its answer is awaited; else that whose answer is awaited first, or the next one."""
        return number if number in self._open else next(iter(self._open), self._next)

    def ours(self, number: int) -> bool:
        """Is it of our series?"""
        return number < 256 and (number - self._next) % 2 == 0

    def refused(self, expected: int, written: Callable[[Request], bool]) -> list[Request]:
        """A nack: which requests are to be written again. Those that are expected under others have new numbers.

        With a window, each request that was `written` behind a refused one earns a nack of its own; they are told once.
        """
        if expected == self._echo and self._echoes:
            self._echoes -= 1
            return []
        found = list(self._open.values())
        if expected in self._open:
            found = found[list(self._open).index(expected) :]
        elif not self.ours(expected) or (expected == self._next and len(found) > 1):
            return []  # not our series; or it has had all that is open
        else:
            self._open.clear()
            self._next = expected
            for request in found:
                self._number(request)
        self._echo, self._echoes = expected, max(0, sum(map(written, found)) - 1)
        return found


@attrs.define(eq=False)
class _Former:
    packet: Packet
    owed: int = 1  # answers
    answer: Packet | None = None
    refusals: int = 0  # of the answer, by nack


class Theirs:
    """What the other end asked: the same again under the same number is a repeat, and gets the same answer."""

    def __init__(self, first: int = 0) -> None:
        self.owed = 0  # requests without an answer
        self._formers: dict[int, _Former] = {}
        self._expected = first

    @property
    def expected(self) -> int:
        """The number of the next."""
        return self._expected

    def heard(self, packet: Packet) -> None:
        """The next request follows this one, whatever it wants; responses have our numbers."""
        if packet.operation < RESPONSE:
            self._expected = (packet.number + 2) % 256

    def came(self, packet: Packet) -> None:
        """A request that is none of the former ones: it waits for its answer.

        Half a round later it is a former no more: two equal texts of one person, without a stamp, are equal packets.
        """
        self._formers.pop((packet.number + ROUND) % 256, None)
        self._formers[packet.number] = _Former(packet)
        self.owed += 1

    def former(self, packet: Packet) -> tuple[bool, Packet | None]:
        """Does it repeat one; and the answer that had, if it had one. What repeats one without waits with it."""
        former = self._formers.get(packet.number)
        if former is None or former.packet != packet:
            return False, None
        if former.answer is None:
            former.owed = min(former.owed + 1, MOST_OWED)
        return True, former.answer

    def again(self, number: int, tries: int) -> Packet | None:
        """A nack may speak of our answer: that is to be written again, so many times."""
        former = self._formers.get(number)
        if former is None or former.answer is None or former.refusals >= tries:
            return None
        former.refusals += 1
        return former.answer

    def answered(self, packet: Packet, answer: Packet, well: bool) -> int:
        """How often `answer` is to be written. What was refused is not known any more, should it come again."""
        self.owed -= 1
        former = self._formers.get(packet.number)
        if former is None or former.packet != packet:
            return 1
        if well:
            former.answer = answer
        else:
            del self._formers[packet.number]
        return former.owed

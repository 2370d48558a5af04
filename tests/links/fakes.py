"""Stand-ins for what a link knows: a lane, a router, an endpoint and a transport that count; and a client for real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import DNSLookupError
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from zope.interface import implementer

from chanserv.interfaces import IGate, ILane
from chanserv.message import Coding, Outcome, Part, Receipt, Reply, Slice, Work


@implementer(ILane)
class FakeLane:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.calls: list[list[Outcome]] = []
        self.changes = 0
        self.breaks = 0
        self.throttles: list[float] = []
        self.levels: list[int] = []

    def answered(self, outcomes: Sequence[Outcome]) -> None:
        self.calls.append(list(outcomes))

    def changed(self) -> None:
        self.changes += 1

    def broken(self) -> None:
        self.breaks += 1

    def throttled(self, delay: float) -> None:
        self.throttles.append(delay)

    def congested(self, level: int) -> None:
        self.levels.append(level)

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for call in self.calls for outcome in call]

    @property
    def verdicts(self) -> list[tuple[int, str, str]]:
        return [(outcome.part, outcome.verdict.value, outcome.reason) for outcome in self.outcomes]


class FakeRouter:
    """Keeps nothing until the test says so."""

    def __init__(self) -> None:
        self.receipts: list[tuple[Receipt, ...]] = []
        self.replies: list[tuple[Reply, ...]] = []
        self.waiting: list[Deferred[list[bool]]] = []

    def receipt(self, receipts: Sequence[Receipt]) -> Deferred[list[bool]]:
        self.receipts.append(tuple(receipts))
        return self._waits()

    def reply(self, replies: Sequence[Reply]) -> Deferred[list[bool]]:
        self.replies.append(tuple(replies))
        return self._waits()

    def _waits(self) -> Deferred[list[bool]]:
        self.waiting.append(Deferred())
        return self.waiting[-1]


class FakeEndpoint:
    """Dials nobody: the test takes the call, or refuses it. `dialled` has every host and port."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []
        self.factory: Any = None
        self.connecting: Deferred[Any] = Deferred()
        self.refusal: Exception | None = None

    def __call__(self, host: str, port: int) -> FakeEndpoint:
        self.dialled.append((host, port))
        return self

    def connect(self, factory: Any) -> Deferred[Any]:
        if self.refusal is not None:
            return fail(self.refusal)
        self.factory, self.connecting = factory, Deferred(self._give_up)
        return self.connecting

    def _give_up(self, connecting: Deferred[Any]) -> None:
        connecting.errback(DNSLookupError("cancelled"))  # as an endpoint that is still looking its host up words it

    def take(self, transport: Any) -> Any:
        """The protocol, on this transport."""
        protocol = self.factory.buildProtocol(None)
        protocol.makeConnection(transport)
        self.connecting.callback(protocol)
        return protocol


@implementer(IGate)
class FakeGate:
    """Open when the test says so."""

    def __init__(self, open: bool = False) -> None:
        self.open = open
        self._subscribers: list[Callable[[], None]] = []

    @property
    def reason(self) -> str:
        return "" if self.open else "tunnel wg0 is down: no handshake yet"

    def subscribe(self, changed: Callable[[], None]) -> None:
        self._subscribers.append(changed)

    def change(self, open: bool) -> None:
        self.open = open
        for changed in self._subscribers:
            changed()


class Wire(StringTransport):
    """Counts writes, and how it was left."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.writes += 1
        super().write(data)

    def abortConnection(self) -> None:
        self.aborted = True


def work(piece: int = 1, parts: int | tuple[Part, ...] = 1, **more: Any) -> Work:
    """A piece with so many parts, free to go."""
    given: dict[str, Any] = {
        "message": piece + 100, "channel": "claro", "link": "a", "to": "+5511999990000", "sender": "8000",
        "coding": Coding.GSM7, "reply": False, "expires": 1e9,
    }  # fmt: skip
    if isinstance(parts, int):
        parts = tuple(Part(number=number, slice=Slice(b"text %d" % number)) for number in range(1, parts + 1))
    return Work(piece=piece, parts=parts, **{**given, **more})


class Caller(Protocol):
    """A client for real: `done` fires with what it heard, once there are so many octets of it."""

    def __init__(self, awaited: int = 1) -> None:
        self.heard, self.done, self.ended = b"", Deferred[bytes](), Deferred[None]()
        self._awaited = awaited

    def dataReceived(self, data: bytes) -> None:
        self.heard += data
        if len(self.heard) >= self._awaited and not self.done.called:
            self.done.callback(self.heard)

    def connectionLost(self, reason: Any = None) -> None:
        self.ended.callback(None)

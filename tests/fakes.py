"""Stand-ins shared by tests of the lane and the router: a store whose commits wait, a link, a platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from chanserv import operations as op
from chanserv.errors import StoreError
from chanserv.interfaces import ILink
from chanserv.lane import Lane
from chanserv.message import Answer, Coding, Outcome, Piece, Post, Question, Slice, Verdict, Work
from chanserv.rules.terms import LinkTerms, Terms
from chanserv.settings import (
    ChannelSettings,
    Cimd2Settings,
    GatewaySettings,
    Secret,
    Settings,
    SmppSettings,
    UcpSettings,
)
from chanserv.store.memory import MemoryStore


class PatientStore:
    """A MemoryStore whose commits of the kinds in `holds` wait for `commit`."""

    def __init__(self, clock: IReactorTime, on_unknown: str = "resend", terms: Terms | None = None) -> None:
        self.memory = MemoryStore(clock, terms or Terms(links={"a": LinkTerms(on_unknown=on_unknown)}))
        self.holds: tuple[type, ...] = ()
        self.waiting: list[tuple[Sequence[op.Operation], Deferred[list[op.Result]]]] = []
        self.applied: list[op.Operation] = []
        self.answers: dict[type, op.Result] = {}  # instead of the store's own
        self.healthy = True

    def apply(self, operations: Sequence[op.Operation]) -> Deferred[list[op.Result]]:
        self.applied += operations
        if not self.healthy:
            return fail(StoreError("no disk"))
        kept: Deferred[list[op.Result]] = Deferred()
        self.waiting.append((operations, kept))
        if not isinstance(operations[0], self.holds):
            self.commit(len(self.waiting) - 1)
        return kept

    def commit(self, place: int = 0) -> None:
        operations, kept = self.waiting.pop(place)
        kept.callback([self.answers.get(type(each)) or self.memory._carry_out(each) for each in operations])

    def count(self, kind: type) -> int:
        return sum(isinstance(each, kind) for each in self.applied)


@implementer(ILink)
class FakeLink:
    """Takes what it is given; the test answers. `says`: what it answers to a question or a wish to cancel, by id."""

    kind = "fake"

    def __init__(self, lane: Lane | None = None, window: int = 10, name: str = "a") -> None:
        self.name, self.window, self.up = name, window, True
        self.trying = False
        self.works: list[Work] = []
        self.lane = lane
        self.asked: list[Question] = []
        self.cancelled: list[Question] = []
        self.says: dict[str, Answer] = {}

    def ask(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        self.asked += questions
        return self._say(questions)

    def cancel(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        self.cancelled += questions
        return self._say(questions)

    def _say(self, questions: Sequence[Question]) -> Deferred[list[Answer]]:
        unknown = Answer(well=False, words="ESME_RINVMSGID")
        return succeed([self.says.get(each.carrier_id, unknown) for each in questions])

    def send(self, work: Work) -> None:
        self.works.append(work)

    def start(self) -> None: ...
    def stop(self) -> Any: ...
    def status(self) -> dict[str, object]:
        return {}

    @property
    def sent(self) -> list[tuple[int, int]]:
        """(piece, part) in the order they were handed over."""
        return [(work.piece, part.number) for work in self.works for part in work.parts]

    def answer(self, piece: int, part: int = 1, verdict: Verdict = Verdict.TAKEN, **more: Any) -> None:
        message = next(work.message for work in self.works if work.piece == piece)
        assert self.lane is not None
        self.lane.answered([Outcome(message=message, piece=piece, part=part, link=self.name, verdict=verdict, **more)])


class FakePlatform:
    def __init__(self) -> None:
        self.nudges = 0

    def start(self) -> None: ...
    def stop(self) -> Any: ...
    def nudge(self) -> None:
        self.nudges += 1


def settings(**more: Any) -> Settings:
    """One channel `claro` over one link `a`."""
    given: dict[str, Any] = {
        "gateway": GatewaySettings(),
        "channels": {"claro": ChannelSettings(name="claro", uuid="u", address="8000", links=("a",), max_parts=3)},
        "links": {"a": smpp("a")},
    }
    return Settings(**{**given, **more})


def smpp(name: str, **more: Any) -> SmppSettings:
    return SmppSettings(name=name, hosts=("127.0.0.1:2775",), system_id="weni", password=Secret("pw"), **more)


def ucp(name: str, **more: Any) -> UcpSettings:
    return UcpSettings(name=name, hosts=("127.0.0.1:3024",), account="8000", password=Secret("secret"), **more)


def cimd2(name: str, **more: Any) -> Cimd2Settings:
    return Cimd2Settings(name=name, hosts=("127.0.0.1:9971",), user="weni", password=Secret("pw"), **more)


def post(text: str = "hello", to: str = "+5511999990000", id: str = "7", **more: Any) -> Post:
    return Post(channel="claro", id=id, piece=Piece(to=to, sender="8000", text=text), **more)


def take(number: int, parts: int = 1, to: str = "", reply: bool = False, validity: float = 86400.0) -> op.Take:
    """A piece of a message of its own; each to a number of its own unless `to` is given."""
    return op.Take(
        post=post(f"text {number}", to or f"+55119{number:08}", str(number), reply=reply),
        link="a",
        coding=Coding.GSM7,
        slices=tuple(Slice(b"part %d" % n) for n in range(parts)),
        validity=validity,
    )

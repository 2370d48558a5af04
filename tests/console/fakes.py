"""A store, a router and a link that say what a test wants; and a little gateway made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from treq.testing import StubTreq
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from zope.interface import implementer

from chanserv.console.app import Console
from chanserv.console.metrics import Metrics
from chanserv.errors import StoreError
from chanserv.interfaces import IInquiry, ILink, IRouter, IStore, ITunnel
from chanserv.message import (
    Answer,
    Hop,
    Inbound,
    Message,
    Outcome,
    Part,
    Piece,
    Post,
    Receipt,
    Reply,
    Slice,
    State,
    Status,
    Work,
)
from chanserv.operations import (
    Census,
    Counted,
    Dead,
    DeadLetter,
    DeadLetters,
    Done,
    Enquiry,
    Listing,
    Operation,
    Queue,
    Recalled,
    Recent,
    Replay,
    Result,
    Taken,
    Trace,
)
from chanserv.settings import (
    Addition,
    ChannelSettings,
    GatewaySettings,
    PlatformSettings,
    Secret,
    Settings,
    SmppSettings,
)

TOKEN = "let-me-in"
NOW = 1_700_000_000.0
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def settings(**link: Any) -> Settings:
    smsc = {"name": "smsc", "system_id": "weni", "password": Secret("pw"), "rate": 50.0, "tunnel": "vpn", **link}
    return Settings(
        gateway=GatewaySettings(console_token=Secret(TOKEN)),
        platforms={"main": PlatformSettings(name="main", url="http://127.0.0.1:1")},
        channels={
            "claro": ChannelSettings(
                name="claro",
                uuid="u-1",
                address="+5582999489287",
                links=("smsc",),
                country="BR",
                authorization=Secret("s3"),
            )
        },
        links={"smsc": SmppSettings(**smsc)},
    )


def message(text: str = "Join", **changes: object) -> Message:
    part = Part(number=1, slice=Slice(b"Join"), state=State.SENT, carrier_id="ab12", at=NOW + 1)
    piece = Piece(ref=8, to="+5511987654321", sender="+5582999489287", text=text, link="smsc", parts=(part,), taken=NOW)
    fields: dict[str, object] = {
        "ref": 7,
        "channel": "claro",
        "id": "4711",
        "born": NOW,
        "pieces": (piece,),
        "status": Status.SENT,
        "told": Status.SENT,
        "hops": (Hop(NOW, "new", "piece 8, 1 part"), Hop(NOW + 1, "taken", "piece 8 part 1 id ab12")),
    }
    return Message(**{**fields, **changes})  # type: ignore[arg-type]  # fields of the test's choice


def inbound(text: str = "Yes") -> Inbound:
    return Inbound(
        ref=9,
        channel="claro",
        link="smsc",
        sender="+5511987654321",
        to="+5582999489287",
        text=text,
        at=NOW + 2,
        taken=NOW + 2,
        hops=(Hop(NOW + 2, "heard"),),
    )


def dead(ref: int, channel: str = "claro") -> DeadLetter:
    return DeadLetter(ref=ref, kind="reply", channel=channel, who="+5511987654321", reason="400 no", since=NOW)


@implementer(ILink)
@attrs.define
class FakeLink:
    name: str = "smsc"
    kind: str = "smpp"
    window: int = 10
    up: bool = True
    trying: bool = False
    state: str = "bound"
    starts: int = 0
    seats: list[dict[str, object]] = attrs.field(factory=list)

    def send(self, work: Work) -> None:
        raise AssertionError("the console sends nothing itself")

    def start(self) -> None:
        self.starts += 1

    def stop(self) -> Deferred[None]:
        return succeed(None)

    def status(self) -> dict[str, object]:
        return {
            "state": self.state,
            "since": NOW - 60,
            "unanswered": 4,
            "last_error": "<b>reset</b>",
            "sessions": 2,
            "locked": True,
            "late": 3,
            "strange": 2,
            "hooks_refused": 6,
            "answers": {"ESME_ROK": 9},
            **({"seats": self.seats} if self.seats else {}),
        }


@implementer(ITunnel)
@attrs.define
class FakeTunnel:
    name: str = "vpn"
    kind: str = "wireguard"
    up: bool = False
    age: float | None = 200.0

    def status(self) -> dict[str, object]:
        state, reason = ("up", "") if self.up else ("down", "the last handshake is <b>old</b>")
        age = {} if self.age is None else {"handshake_age": self.age}
        return {"state": state, "since": NOW - 60, "reason": reason, "looked": NOW, **age}


@implementer(IStore)
@attrs.define
class FakeStore:
    listing: Listing = attrs.field(factory=Listing)
    healthy: bool = True
    asked: list[Operation] = attrs.field(factory=list)
    dead: list[DeadLetter] = attrs.field(factory=list)

    def open(self) -> Deferred[None]:
        return succeed(None)

    def close(self) -> Deferred[None]:
        return succeed(None)

    def apply(self, operations: Sequence[Operation]) -> Deferred[list[Result]]:
        if not self.healthy:
            return fail(StoreError("the disk is gone"))
        self.asked += operations
        return succeed([self._result(operation) for operation in operations])

    def _result(self, operation: Operation) -> Result:
        match operation:
            case Recent() | Trace():
                return self.listing
            case Census():
                return Counted(queues={"smsc": Queue(3, NOW - 12)}, outbox=1, outbox_oldest=NOW - 5, dead=0, orphans=0)
            case Dead(after=after, limit=limit):
                found = [letter for letter in self.dead if letter.ref > after]
                return DeadLetters(letters=tuple(found[:limit]), more=len(found) >= limit)
            case Replay(letter=ref):
                before, self.dead = self.dead, [letter for letter in self.dead if letter.ref != ref]
                return Done(known=len(self.dead) < len(before))
            case _:
                raise AssertionError(f"the console asked {operation}")


@implementer(IRouter)
@attrs.define
class FakeRouter:
    posts: list[Post] = attrs.field(factory=list)
    fault: Exception | None = None

    def submit(self, post: Post) -> Deferred[Taken]:
        if self.fault is not None:
            return fail(self.fault)
        self.posts.append(post)
        return succeed(Taken(message=41, piece=42))

    def settled(self, outcomes: Sequence[Outcome]) -> Deferred[None]:
        return succeed(None)

    def receipt(self, receipts: Sequence[Receipt]) -> Deferred[list[bool]]:
        return succeed([])

    def reply(self, replies: Sequence[Reply]) -> Deferred[list[bool]]:
        return succeed([])


@implementer(IInquiry)
@attrs.define
class FakeInquiry:
    """Every carrier says that it is on its way; of each text one part is cancelled."""

    enquiries: list[Enquiry] = attrs.field(factory=list)
    cancelled: list[int] = attrs.field(factory=list)
    fault: Exception | None = None

    def ask(self, enquiries: Sequence[Enquiry]) -> Deferred[list[Answer]]:
        self.enquiries += enquiries
        return succeed([Answer(well=True, fate=Status.SENT, words="ENROUTE")] * len(enquiries))

    def cancel(self, message: Message) -> Deferred[list[Recalled]]:
        if self.fault is not None:
            return fail(self.fault)
        self.cancelled.append(message.ref)
        return succeed([Recalled(piece=8, part=1, done=True, words="never was sent")])


class Gateway:
    """A console over fakes and a client for it. `well` is what /health shall say; `link`: more of its settings."""

    def __init__(self, *messages: Message, inbound: Sequence[Inbound] = (), **link: Any) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)
        self.store = FakeStore(Listing(messages=messages, inbound=tuple(inbound)))
        self.router = FakeRouter()
        self.inquiry = FakeInquiry()
        self.link = FakeLink()
        self.tunnels: dict[str, FakeTunnel] = {}
        self.well = True
        self.nudges = 0
        self.added: list[tuple[str, Mapping[str, Mapping[str, object]]]] = []
        self.fault: Exception | None = None  # of what is added
        self.rest = 0.0  # seconds that the carrier asked for
        self.console = Console(
            settings=settings(**link),
            store=self.store,
            router=self.router,
            inquiry=self.inquiry,
            links={"smsc": self.link},
            tunnels=self.tunnels,
            metrics=Metrics(),
            healthy=lambda: self.well,
            nudge=self._nudge,
            rate=lambda name: 22.5,
            rest=lambda name: self.rest,
            add=self._add,
            clock=self.clock,
        )
        self.web = StubTreq(self.console.resource())

    def _add(self, name: str, sections: Mapping[str, Mapping[str, object]]) -> Deferred[Addition]:
        if self.fault is not None:
            return fail(self.fault)
        self.added.append((name, sections))
        added = {section: dict.fromkeys(tables) for section, tables in sections.items()}
        return succeed(
            Addition(
                file=f"conf.d/{name}.toml",
                text="hush-hush",
                channels=added.get("channel", {}),  # type: ignore[arg-type]  # only their names matter
                links=added.get("link", {}),  # type: ignore[arg-type]
                warnings=("a warning",),
            )
        )

    def _nudge(self) -> None:
        self.nudges += 1

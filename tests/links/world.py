"""A gateway between a platform and two carriers, all in memory, and whatever may happen to it: accounts of any kind
and as many sessions as there may be, lanes, detours, a store; cuts, silences, outages, moods, kills.

What must hold whatever happens, `test_model` says.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from chanserv import operations as op
from chanserv.detours import Detours
from chanserv.gateway import terms
from chanserv.inquiry import Inquiry
from chanserv.lane import Lane
from chanserv.links import KINDS
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.peer.fates import Fates
from chanserv.links.peer.kept import Kept
from chanserv.links.peer.trades import TRADES
from chanserv.message import Message, Piece, Post
from chanserv.meter import Silent
from chanserv.pace import Pace
from chanserv.router import Router
from chanserv.settings import (
    ChannelSettings,
    Cimd2Settings,
    GatewaySettings,
    Secret,
    Settings,
    SmppSettings,
    UcpSettings,
)
from chanserv.store.memory import MemoryLedger, MemoryStore
from tests.links.cables import Network
from tests.links.fakes import FakeGate

NUMBERS = ("+5511999990000", "+5521999990000", "+250788123123")  # two of them are alike in their last digits
WINDOW = 4
RECEIPT_WAIT = 120.0
TAG = re.compile(r"(\d{5})x(\d{3})")  # every word of a text: which text, which word
NAME = re.compile(r"\d*(\d{7}:\d{12})")  # of a text, where that is its number and second
LOST = 7  # every so manieth text is not delivered


def written(number: int, words: int) -> str:
    return " ".join(f"{number:05d}x{place:03d}" for place in range(words))


def number_of(text: str) -> int:
    found = TAG.search(text)
    assert found is not None, text
    return int(found[1])


class Decided(Fates):
    """By a text's number; and what was taken is noted, as a carrier's own record of it may be short."""

    took: list[str]

    def take(self, pdu: Any, at: float, rules: Behaviour) -> Kept:
        kept = super().take(pdu, at, rules)
        self.took.append(kept.submit.text)
        fate = "DELIVRD" if number_of(kept.submit.text) % LOST else "UNDELIV"
        kept.rules = attrs.evolve(kept.rules, receipt_status=fate)
        return kept


class Smsc(Carrier):
    """A carrier that decides by a text's number what becomes of it, and knows which parts it took."""

    def __init__(self, clock: Clock, kind: str) -> None:
        super().__init__(clock, TRADES[kind](), Behaviour(enquire_after=600.0))
        self._fates = decided = Decided(self.trade, self.waiting, self.counts, self._record, None)
        self.submits, decided.took = decided.submits, []
        self.took = decided.took
        self.early = False  # some receipts came before their answers: then only their names count


class Commits:
    """A store whose commits take a moment, in the order they were asked for; none after a kill."""

    def __init__(self, clock: Clock, memory: MemoryStore, chance: random.Random) -> None:
        self._clock, self._memory, self._chance = clock, memory, chance
        self._waiting: deque[tuple[Sequence[op.Operation], Deferred[list[op.Result]]]] = deque()
        self.killed = False
        self.healthy = True

    def apply(self, operations: Sequence[op.Operation]) -> Deferred[list[op.Result]]:
        done: Deferred[list[op.Result]] = Deferred()
        self._waiting.append((operations, done))
        if len(self._waiting) == 1:
            self._arm()
        return done

    def _arm(self) -> None:
        self._clock.callLater(self._chance.choice((0.0, 0.0, 0.02, 0.1)), self._commit)

    def _commit(self) -> None:
        if self.killed:
            return
        batch, self._waiting = self._waiting, deque()
        told = [(done, [self._memory._carry_out(each) for each in operations]) for operations, done in batch]
        for done, results in told:
            done.callback(results)
        if self._waiting:
            self._arm()


class Meter(Silent):
    def __init__(self, counts: Counter[str]) -> None:
        self.counts = counts

    def counted(self, name: str, **labels: str) -> None:
        self.counts[f"{name} {labels.get('link', labels.get('where', ''))}"] += 1


@attrs.define
class Text:
    """One piece as the platform posted it."""

    number: int
    message: int  # our ref of it
    line: tuple[str, str, bool]
    parts: int
    cancelled: bool = False


class World:
    """A gateway between a platform and two carriers, all in memory."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = Clock()
        self.clock.advance(1_800_000_000.0)
        self.counts: Counter[str] = Counter()
        self.settings = self.configure()
        kinds = {name: link.kind for name, link in self.settings.links.items()}
        self.smscs = {name: Smsc(self.clock, kind) for name, kind in kinds.items()}
        self.networks = {name: Network(smsc) for name, smsc in self.smscs.items()}
        self.gates = {name: FakeGate(open=True) for name in kinds}
        self.ledger = MemoryLedger()
        self.texts: dict[int, Text] = {}
        self.told: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)  # message -> status and reason
        self.heard: list[str] = []
        self.handsets: list[str] = []
        self.never: Counter[int] = Counter()  # piece -> parts that were cancelled in time, by our word
        self.handset_of: dict[str, str] = {}  # text -> link
        self.kills = self.stops = 0
        self.starts: list[float] = []
        self.numbers = 0
        self.start()

    def configure(self) -> Settings:
        chance = self.chance
        channels = {
            name: ChannelSettings(
                name=name,
                uuid=name,
                address=address,
                links=chance.choice((("a", "b"), ("b", "a"))),
                validity=chance.choice((86400.0, 86400.0, 20.0)),
            )
            for name, address in (("one", "8000"), ("two", "8001"))
        }
        gateway = GatewaySettings(order_hold=10.0, receipt_wait=RECEIPT_WAIT, orphan_wait=2 * RECEIPT_WAIT)
        return Settings(gateway=gateway, channels=channels, links={name: self.link(name) for name in "ab"})

    def link(self, name: str) -> Any:
        chance = self.chance
        own: dict[str, Any] = {
            "name": name, "hosts": ("smsc.invalid:1",), "password": Secret("pw"), "window": WINDOW,
            "rate": chance.choice((5.0, 50.0)), "on_unknown": chance.choice(("resend", "fail")), "ask": True,
            "answer_within": 4.0, "enquire_after": 3.0,
        }  # fmt: skip
        match chance.choice(("smpp", "ucp", "cimd2")):
            case "smpp":
                return SmppSettings(system_id="weni", message_id="same", binds=chance.choice((1, 2, 3)), **own)
            case "ucp":
                return UcpSettings(account="8000", same_second=chance.choice(("wait", "share")), **own)
            case _:
                share = chance.choice(("wait", "share"))
                return Cimd2Settings(user="weni", binds=chance.choice((1, 2, 3)), same_second=share, **own)

    def start(self) -> None:
        """A process begins, on what the former left."""
        self.starts.append(self.clock.seconds())
        kept = attrs.evolve(self.settings, gateway=attrs.evolve(self.settings.gateway, order_hold=1e6))
        memory = MemoryStore(self.clock, terms(kept), self.ledger)  # nothing may overtake
        memory.open()
        self.store = Commits(self.clock, memory, self.chance)
        self.lanes: dict[str, Lane] = {}
        self.links: dict[str, Any] = {}
        store: Any = self.store
        self.router = Router(self.settings, store, self.lanes, self)
        self.inquiry = Inquiry(store, self.router, self.links, self.lanes)
        self.detours = Detours(self.settings, store, self.links, self.lanes, self.clock)
        for name, link in self.settings.links.items():
            pace, careful = Pace(link.rate), link.on_unknown != "resend"
            lane = self.lanes[name] = Lane(store, self.router, self.clock, pace, careful, Meter(self.counts))
            self.links[name] = KINDS[link.kind](
                link, lane, self.router, self.clock, gate=self.gates[name], connect=self.networks[name],
                chance=self.chance.random,
            )  # fmt: skip
            lane.attach(self.links[name])
            self.links[name].start()

    def nudge(self) -> None:
        """IPlatform: it looks every second anyway."""

    # time

    def wait(self, seconds: float, step: float = 0.1) -> None:
        for _ in range(max(1, round(seconds / step))):
            self.clock.advance(step)
            self.turn()
            if int(self.clock.seconds()) != int(self.clock.seconds() - step):
                self.second()

    def turn(self) -> None:
        """Until nobody has anything to say."""
        moved = True
        while moved:
            moved = sum(network.carry() for network in self.networks.values()) > 0
            self.clock.advance(0)

    def second(self) -> None:
        """What the gateway and the platform do every second."""
        self.detours.turn()
        holding = tuple(piece for lane in self.lanes.values() for piece in lane.holding)
        asking = tuple(name for name, link in self.links.items() if link.up)
        self.store.apply([op.Sweep(holding=holding, asking=asking)]).addCallback(self.swept)
        self.store.apply([op.Fetch(limit=50)]).addCallback(self.post)
        self.turn()

    def swept(self, results: Sequence[op.Result]) -> None:
        [swept] = results
        assert isinstance(swept, op.Swept), swept
        for name in swept.freed:
            self.lanes[name].claim()
        if swept.enquiries:
            self.inquiry.ask(swept.enquiries)

    def post(self, results: Sequence[op.Result]) -> None:
        """The platform takes whatever it is told."""
        [fetched] = results
        assert isinstance(fetched, op.Fetched), fetched
        for letter in fetched.letters:
            if letter.kind == "receive":
                self.heard.append(letter.text)
            else:
                self.told[letter.subject].append((letter.kind, letter.reason))
            self.store.apply([op.Posted(letter=letter.ref, told=True, kind=letter.kind)])

    # what may happen

    def a_text(self) -> None:
        """One message; now and then of two pieces."""
        id, channel, reply = str(self.numbers), self.chance.choice(("one", "two")), self.chance.random() < 0.2
        to = self.chance.choice(NUMBERS)
        for _ in range(self.chance.choice((1, 1, 1, 2))):
            self.numbers += 1
            number, words = self.numbers, self.chance.choice((1, 1, 20, 40))
            sender = self.settings.channels[channel].address
            piece = Piece(to=to, sender=sender, text=written(number, words))
            taken = self.router.submit(Post(channel=channel, id=id, piece=piece, reply=reply))
            taken.addCallback(self.taken, number, (channel, to, reply))

    def taken(self, taken: op.Taken, number: int, line: tuple[str, str, bool]) -> None:
        [piece] = [one for one in self.ledger.messages[taken.message].pieces if one.ref == taken.piece]
        self.texts[number] = Text(number, taken.message, line, len(piece.parts))

    def some_texts(self) -> None:
        for _ in range(self.chance.choice((3, 8, 20))):
            self.a_text()

    def another_mood(self) -> None:
        """A carrier behaves otherwise."""
        chance = self.chance
        changes: dict[str, Callable[[], Any]] = {
            "latency": lambda: chance.choice((0.0, 0.0, 0.3, 1.5)),
            "jitter": lambda: chance.choice((0.0, 0.5)),
            "drop_every": lambda: chance.choice((0, 0, 5, 13)),
            "cut_every": lambda: chance.choice((0, 0, 7)),
            "throttle_for": lambda: chance.choice((0.0, 1.5)),
            "receipt_delay": lambda: chance.choice((0.0, 2.0, 20.0)),
            "receipt_every": lambda: chance.choice((0, 0, 3)),
            "early": lambda: chance.choice((False, False, True)),
            "reorder": lambda: chance.choice((False, True)),
            "twice": lambda: chance.choice((False, False, True)),
            "repeat_answers": lambda: chance.choice((False, True)),
            "unknown_every": lambda: chance.choice((0, 3)),
            "window": lambda: chance.choice((0, 0, 2)),
        }
        names, smsc = chance.sample(sorted(changes), 3), self.smsc()
        smsc.set(**{name: changes[name]() for name in names})
        smsc.early = smsc.early or smsc.behaviour.early

    def smsc(self) -> Smsc:
        return self.smscs[self.chance.choice("ab")]

    def silence(self) -> None:
        """Long enough for answers to be late, or not quite."""
        smsc = self.smsc()
        smsc.set(silent=True)
        self.clock.callLater(self.chance.choice((1.0, 4.5, 15.0)), smsc.set, silent=False)

    def slowness(self) -> None:
        """Answers that come after the session has given up on them."""
        smsc = self.smsc()
        smsc.set(latency=self.chance.choice((4.2, 6.0, 12.0)))
        self.clock.callLater(5.0, smsc.set, latency=0.0)

    def a_cut(self) -> None:
        """With whatever is on its way, both ways."""
        cables = [cable for network in self.networks.values() for cable in network.cables]
        if cables:
            self.chance.choice(cables).cut()

    def an_outage(self) -> None:
        name = self.chance.choice("ab")
        network = self.networks[name]
        network.up = False
        for cable in network.cables:
            cable.cut()
        self.clock.callLater(self.chance.choice((3.0, 30.0)), network.opened)

    def a_closed_gate(self) -> None:
        gate = self.gates[self.chance.choice("ab")]
        gate.change(False)
        self.clock.callLater(self.chance.choice((1.0, 20.0)), gate.change, True)

    def a_cancel(self) -> None:
        if not self.texts:
            return
        text = self.chance.choice(list(self.texts.values()))
        message = self.ledger.messages.get(text.message)
        if message is not None:
            for one in self.texts.values():
                one.cancelled = one.cancelled or one.message == text.message
            self.inquiry.cancel(message).addCallback(self.recalled)

    def recalled(self, recalls: Sequence[op.Recalled]) -> None:
        for one in recalls:
            if one.words == "never was sent":
                self.never[one.piece] += 1

    def a_handset(self) -> None:
        self.handsets.append(written(len(self.handsets), self.chance.choice((1, 1, 40))))
        name = self.handset_of[self.handsets[-1]] = self.chance.choice("ab")
        self.smscs[name].send_mo(self.chance.choice(NUMBERS), self.chance.choice(("8000", "8001")), self.handsets[-1])

    def a_kill(self) -> None:
        """Nothing of the process is left but what was committed."""
        if self.chance.random() > 0.3:
            return
        self.kills += 1
        self.store.killed = True
        for gate in self.gates.values():
            gate._subscribers.clear()
        for network in self.networks.values():
            for cable in network.cables:
                cable.over = True
                cable.ends[0].protocol.connectionLost(None)
            network.cables.clear()
        for call in list(self.clock.getDelayedCalls()):
            if not isinstance(getattr(call.func, "__self__", None), Smsc | FakeGate | Network):
                call.cancel()
        self.start()

    def a_stop(self) -> None:
        """In good order: whatever is out is told, within the bound; then another process."""
        self.stops += 1
        self.router.leaving = True
        for lane in self.lanes.values():
            lane.stop()
        stopped = [link.stop() for link in self.links.values()]
        self.wait(8.2)
        assert all(one.called for one in stopped), "not stopped in time"
        assert not any(lane._out for lane in self.lanes.values()), "parts are still out"
        assert not any(network.cables for network in self.networks.values()), "still connected"
        while self.store._waiting:
            self.clock.advance(0.1)
        for gate in self.gates.values():
            gate._subscribers.clear()
        self.start()

    EVENTS = (
        *(a_text,) * 6, *(some_texts,) * 3, *(another_mood,) * 4, silence, slowness, *(a_cut,) * 3, an_outage,
        a_closed_gate, *(a_cancel,) * 2, *(a_handset,) * 2, a_kill, a_stop,
    )  # fmt: skip

    def live(self, events: int) -> None:
        for _ in range(events):
            self.chance.choice(self.EVENTS)(self)
            self.wait(self.chance.choice((0.1, 0.1, 0.3, 1.0, 3.0)))

    def calm(self) -> None:
        """Everybody is well, and time passes: all must end."""
        self.wait(32.0)
        for smsc in self.smscs.values():
            smsc.set(
                latency=0.0, jitter=0.0, drop_every=0, cut_every=0, throttle_for=0.0, window=0, silent=False,
                receipt_every=0, early=False, twice=False, repeat_answers=False, unknown_every=0,
            )  # fmt: skip
        self.wait(120.0, 0.5)
        for _ in range(60):
            self.wait(10.0, 1.0)
            if all(self.over(message) for message in self.ledger.messages.values()):
                break

    def over(self, message: Message) -> bool:
        return (
            message.told is not None
            and not message.owed
            and all(part.state.final for piece in message.pieces for part in piece.parts)
        )

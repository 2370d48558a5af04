"""What the gateway promises, kept by REST links: a router, a store and lanes, between the platform and aggregators."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv import operations as op
from chanserv import reference
from chanserv.detours import Detours
from chanserv.lane import Lane
from chanserv.message import Part, Piece, Post, State
from chanserv.pace import Pace
from chanserv.router import Router
from chanserv.settings import ChannelSettings, GatewaySettings, RestSettings, Secret, Settings
from chanserv.store.memory import MemoryStore
from chanserv.store_terms import terms
from chanserv.trial import Trial
from tests.fakes import FakePlatform, PatientStore
from tests.links.rest.helpers import account
from tests.links.rest.joined import Joined

TO = "+5511999990000"
LONG = "x" * 45  # three parts of 20


class PromiseCase(SynchronousTestCase):
    """Channel `claro` over link `a`; more of each where a test wants it."""

    gateway = GatewaySettings()

    def begin(self, *links: RestSettings) -> None:
        links = links or (account(split=20),)
        channels = {
            f"claro-{link.name}": ChannelSettings(
                name=f"claro-{link.name}", uuid=link.name, address="8000", links=(link.name,), encoding="exact"
            )
            for link in links
        }
        self.settings = Settings(gateway=self.gateway, links={link.name: link for link in links}, channels=channels)
        self.clock = Clock()
        self.clock.advance(1_800_000_000.0)
        self.store = PatientStore(self.clock, terms=terms(self.settings))
        store: Any = self.store
        self.lanes: dict[str, Lane] = {}
        self.router = Router(self.settings, store, self.lanes, FakePlatform())  # type: ignore[arg-type]
        self.ends: dict[str, Joined] = {}
        for link in links:
            self.join(link, store)

    def join(self, link: RestSettings, store: Any, former: Joined | None = None) -> None:
        lane = self.lanes[link.name] = Lane(
            store, self.router, self.clock, Pace(1e6), link.on_unknown != "resend",
            trial=Trial(link, self.settings.channels),
        )  # fmt: skip
        end = self.ends[link.name] = Joined(link, self.clock, lane, self.router, former)
        lane.attach(end.link)
        end.link.start()
        self.addCleanup(lane.stop)

    def kill(self) -> None:
        """The process ends and another begins: what was not on disk is forgotten."""
        self.store.healthy, memory, ends = False, self.store.memory, self.ends
        for name, lane in self.lanes.items():
            lane.stop()
            ends[name].kill()
        self.turn()
        self.store = PatientStore(self.clock, terms=terms(self.settings))
        self.store.memory = MemoryStore(self.clock, terms(self.settings), memory.ledger)
        self.successResultOf(self.store.memory.open())
        store: Any = self.store
        self.lanes, self.ends = {}, {}
        self.router = Router(self.settings, store, self.lanes, FakePlatform())  # type: ignore[arg-type]
        for name, end in ends.items():
            end.link.stop().addErrback(lambda _: None)
            self.join(self.settings.links[name], store, end)  # type: ignore[arg-type]

    def submit(self, text: str = "hi", id: str = "1", to: str = TO, link: str = "a") -> None:
        post = Post(channel=f"claro-{link}", id=id, piece=Piece(to=to, sender="8000", text=text))
        self.router.submit(post)
        self.turn()

    def turn(self, seconds: float = 0.0) -> None:
        self.clock.advance(seconds)
        for _ in range(3):
            for end in self.ends.values():
                end.turn()

    def second(self) -> None:
        """One later, with what the gateway does every second."""
        self.turn(1.0)
        for name, lane in self.lanes.items():
            [swept] = self.successResultOf(self.store.apply([op.Sweep(holding=lane.holding)]))
            assert isinstance(swept, op.Swept)
            if name in swept.freed:
                lane.claim()
        self.turn()

    def commit(self) -> None:
        """All that waits for the disk."""
        while self.store.waiting:
            self.store.commit()
        self.turn()

    def parts(self, id: str = "1") -> list[Part]:
        [message] = [each for each in self.store.memory.ledger.messages.values() if each.id == id]
        return [part for piece in message.pieces for part in piece.parts]

    def states(self, id: str = "1") -> list[State]:
        return [part.state for part in self.parts(id)]

    def letters(self) -> list[str]:
        """What the platform is to be told, by and by."""
        told = []
        for _ in range(10):
            self.clock.advance(5.0)
            [fetched] = (self.store.memory._carry_out(op.Fetch(limit=10)),)
            assert isinstance(fetched, op.Fetched)
            for letter in fetched.letters:
                told.append(letter.kind)
                self.store.memory._carry_out(op.Posted(letter=letter.ref, told=True, kind=letter.kind))
        return told


class KeptTests(PromiseCase):
    """What is said to a provider, and what is on disk."""

    def test_commit_before_the_answer(self) -> None:
        """A webhook's 2xx comes after the commit that holds what it told; before that not an octet."""
        self.begin()
        self.submit()
        self.store.holds = (op.Record, op.Hear)
        self.turn(0.5)
        self.ends["a"].text("yes")
        self.turn()
        acme = self.ends["a"].acme
        self.assertEqual((2, [State.SENT]), (acme.unanswered, self.states()))
        self.commit()
        self.assertEqual((0, [State.DELIVERED]), (acme.unanswered, self.states()))
        self.assertEqual(["yes"], [each.text for each in self.store.memory.ledger.inbounds.values()])

    def test_the_disk_fails(self) -> None:
        """Then the provider is told so, and what it says again later is kept once."""
        self.begin()
        self.submit()
        self.store.healthy = False
        self.ends["a"].text("yes")
        self.turn(0.5)
        self.assertEqual([State.SENT], self.states())
        self.store.healthy = True
        self.turn(10.0)
        self.assertEqual([State.DELIVERED], self.states())
        self.assertEqual(["yes"], [each.text for each in self.store.memory.ledger.inbounds.values()])

    def test_told_twice(self) -> None:
        """A text, a status: providers say things again; each is once."""
        self.begin()
        self.submit()
        acme = self.ends["a"].acme
        for _ in range(3):
            acme.tell("status", {"id": "v1", "status": "delivered"})
            acme.tell("receive", {"messages": [{"from": TO, "to": "8000", "text": "1", "id": "m1"}]})
            self.turn()
        self.assertEqual(["sent", "delivered", "receive"], sorted(self.letters(), key="sent delivered receive".index))


class StatusTests(PromiseCase):
    """Each part's id is on disk before its status can settle it, whichever comes first."""

    def test_a_status_after_the_answer(self) -> None:
        """Of every part its own, delivered when all are."""
        self.begin()
        self.submit(LONG)
        self.assertEqual(["v1", "v2", "v3"], [part.carrier_id for part in self.parts()])
        self.turn(0.5)
        self.assertEqual([State.DELIVERED] * 3, self.states())
        self.assertEqual(["sent", "delivered"], self.letters())

    def test_a_status_before_the_answer(self) -> None:
        """It waits for its part, and settles it with the answer."""
        self.begin()
        self.ends["a"].acme.early = True
        self.submit(LONG)
        self.assertEqual([State.QUEUED] * 3, self.states())
        self.assertEqual(3, self.store.count(op.Record))
        self.turn(0.5)
        self.assertEqual([State.DELIVERED] * 3, self.states())
        self.assertEqual(["v1", "v2", "v3"], [part.carrier_id for part in self.parts()])
        self.assertEqual(["sent", "delivered"], self.letters())

    def test_a_status_before_the_answer_is_on_disk(self) -> None:
        """The answer came first, its commit has not: the status is no stranger for it."""
        self.begin()
        self.store.holds = (op.Settle,)
        self.submit()
        self.turn(0.5)
        self.assertEqual((1, [State.QUEUED]), (self.store.count(op.Record), self.states()))
        self.commit()
        self.assertEqual([State.DELIVERED], self.states())

    def test_by_our_own_id(self) -> None:
        """Of a provider that has none: before its answer and after it."""
        for early in (False, True):
            self.begin()
            self.ends["a"].acme.ids, self.ends["a"].acme.early = False, early
            self.submit(LONG)
            self.turn(0.5)
            ours = [given["ref"] for given in self.ends["a"].acme.taken]
            self.assertEqual(([State.DELIVERED] * 3, 3), (self.states(), len(set(ours))))
            self.assertEqual(["sent", "delivered"], self.letters())

    def test_our_id_of_somebody_else(self) -> None:
        """A number that it does not fit is not told of it: the store was begun anew, say."""
        self.begin()
        self.ends["a"].acme.ids = False
        self.submit()
        [message] = self.store.memory.ledger.messages.values()
        wrong = reference.write(message.ref, message.pieces[0].ref, 1, "15551234567")
        self.ends["a"].acme.tell("status", {"ref": wrong, "status": "failed", "why": "gone"})
        self.turn()
        self.assertEqual([State.SENT], self.states())

    def test_statuses_do_not_step_back(self) -> None:
        """`sent` after `delivered`, and another word after the last."""
        self.begin()
        self.submit()
        self.turn(0.5)
        for word in ("sent", "failed"):
            self.ends["a"].acme.tell("status", {"id": "v1", "status": word})
            self.turn()
        self.assertEqual(([State.DELIVERED], ["sent", "delivered"]), (self.states(), self.letters()))

    def test_lost_answers_whose_part_is_spoken_of(self) -> None:
        """A part whose answer was lost waits for 45 s before it goes again: its status comes before that."""
        self.begin()
        acme = self.ends["a"].acme
        acme.how, acme.ids = "breaking", False
        self.submit()
        self.assertEqual([State.HELD], self.states())
        acme.how = "well"
        acme.tell("status", {"ref": acme.taken[0]["ref"], "status": "sent"})
        self.minutes()
        self.assertEqual((1, [State.SENT], ["sent"]), (len(acme.taken), self.states(), self.letters()))

    def test_a_provider_that_hangs_up_for_a_moment(self) -> None:
        """Answers that are lost one after the other are no three tries: it is only being started anew."""
        self.begin()
        acme = self.ends["a"].acme
        acme.how = "breaking"
        self.submit()
        for _ in range(20):
            self.turn(1.0)
        acme.how = "well"
        self.minutes()
        self.assertEqual([State.DELIVERED], self.states())

    def test_a_lost_answer_keeps_the_order(self) -> None:
        """Before order_hold lets the next text to this person pass, the first has gone again."""
        self.begin()
        acme = self.ends["a"].acme
        acme.how = "breaking"
        self.submit("one", "1")
        acme.how = "well"
        self.submit("two", "2")
        for _ in range(180):
            self.second()
        self.assertEqual(["one", "one", "two"], [part["text"] for part in acme.taken])

    def minutes(self) -> None:
        for _ in range(180):
            self.turn(1.0)

    def test_lost_answers_that_went_well(self) -> None:
        """A status by our id tells of a part whose answer was lost: it is not sent again where it may not be."""
        self.begin(account(on_unknown="fail"))
        acme = self.ends["a"].acme
        acme.how = "breaking"
        self.submit()
        self.assertEqual([State.DOUBTFUL], self.states())
        acme.tell("status", {"ref": acme.taken[0]["ref"], "status": "delivered"})
        self.turn()
        self.assertEqual((1, [State.DELIVERED]), (len(acme.taken), self.states()))


class ApartTests(PromiseCase):
    """Several accounts of one profile."""

    def test_two_workspaces(self) -> None:
        """The ids of the one mean nothing to the other, nor does its secret open the other's door."""
        other = Secret("another-secret-of-20")
        self.begin(account(), account(name="b", hook_secret=(other,), credentials={"key": Secret("k-of-b")}))
        for link in "ab":
            self.submit(id=link, link=link)
        self.assertEqual(["v1", "v1"], [self.parts(link)[0].carrier_id for link in "ab"])
        self.ends["a"].acme.tell("status", {"id": "v1", "status": "failed", "why": "a's"})
        self.turn()
        self.assertEqual(([State.FAILED], [State.SENT]), (self.states("a"), self.states("b")))
        self.turn(0.5)
        self.assertEqual([State.DELIVERED], self.states("b"))
        self.assertFalse(self.ends["b"].link.door.opens(self.settings.links["a"].hook_secret[0].reveal()))  # type: ignore[union-attr]

    def test_one_is_away(self) -> None:
        """The other's texts go on; those of the one wait without a try."""
        self.begin(account(), account(name="b"))
        self.ends["a"].drop()
        for link in "ab":
            self.submit(id=link, link=link)
        self.turn(0.5)
        self.assertEqual(([State.QUEUED], [State.DELIVERED]), (self.states("a"), self.states("b")))
        self.assertEqual(0, self.parts("a")[0].tries)
        self.ends["a"].behave("well")
        self.turn(5.0)
        self.assertEqual(1, len(self.ends["a"].acme.taken))

    def test_the_others_way(self) -> None:
        """What has waited for order_hold goes by the channel's other link, though the one is tried now and then."""
        self.begin(account(answer_within=6.0), account(name="b"))
        channel = attrs.evolve(self.settings.channels["claro-a"], links=("a", "b"))
        both = attrs.evolve(self.settings, channels={**self.settings.channels, "claro-a": channel})
        links: Any = {name: end.link for name, end in self.ends.items()}
        store: Any = self.store
        detours = Detours(both, store, links, self.lanes, self.clock)
        self.ends["a"].deaf = True
        self.submit()
        for _ in range(70):
            detours.turn()
            self.turn(1.0)
        self.assertEqual((["hi"], [State.DELIVERED]), (self.ends["b"].taken(), self.states()))

    def test_one_that_is_always_told_401(self) -> None:
        """A provider may say so of a text, not of us: the others go all the same, and it does not go by itself."""
        self.begin()
        self.ends["a"].behave("choosy")
        for id, text in enumerate(("bad", "bad", "good", "good"), 1):
            self.submit(text, id=str(id), to=f"+467{id}")
        for _ in range(250):
            self.turn(1.0)
        self.assertEqual(["good", "good"], self.ends["a"].taken())
        self.assertEqual([State.HELD, State.DELIVERED], [self.states(id)[0] for id in "14"])

    def test_tested(self) -> None:
        """Only what is for its test numbers leaves us."""
        self.begin(account(phase="test", test_numbers=("+4670",)))
        self.submit(id="1")
        self.submit(id="2", to="+4670")
        self.turn(60.0)
        self.assertEqual(["4670"], [given["to"] for given in self.ends["a"].acme.taken])
        self.assertEqual(([State.QUEUED], 0), (self.states("1"), self.parts("1")[0].tries))


class StoppedTests(PromiseCase):
    """Opt-outs."""

    def test_the_platform_is_told(self) -> None:
        """By the answer to a part, and by a status however often it comes."""
        self.begin()
        self.ends["a"].acme.how = "stopped"
        self.submit()
        opted = {"id": "v1", "status": "failed", "why": "opted-out", "to": TO}
        for _ in range(2):
            self.ends["a"].acme.tell("status", opted)
            self.turn()
        self.assertEqual([State.FAILED], self.states())
        self.assertEqual(["failed", "stopped", "stopped"], sorted(self.letters()))

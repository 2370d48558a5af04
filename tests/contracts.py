"""What every link must hold to, whatever it speaks: one set of tests, run against each kind's own simulator.

class UcpLinkTests(session_contract(partial(Joined, ucp("a"), Behaviour()))): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chanserv.interfaces import ILink
from chanserv.message import Receipt, Reply, Status, Verdict
from tests.links.fakes import FakeLane, work


class Carrier(Protocol):
    """A simulated carrier and the link under test, joined in memory; made with (clock, lane, router)."""

    link: Any

    def turn(self, seconds: float = 0.0) -> None:
        """Let both ends say what they have to say, and so much time pass."""

    def behave(self, how: str) -> None:
        """well, refusing (for good), throttling, silent, breaking (takes a part, breaks instead of an answer)."""

    def taken(self) -> Sequence[str]:
        """Texts of the parts it has taken."""

    def text(self, text: str) -> None:
        """A handset sends this to 8000."""

    def drop(self) -> None:
        """Break the connection."""

    def sessions(self) -> int:
        """How many are open."""


class KeepingRouter:
    """Keeps whatever comes, at once; or nothing, if told so."""

    def __init__(self) -> None:
        self.well = True
        self.receipts: list[Receipt] = []
        self.replies: list[Reply] = []

    def receipt(self, receipts: Sequence[Receipt]) -> Deferred[list[bool]]:
        self.receipts += receipts
        return succeed([self.well] * len(receipts))

    def reply(self, replies: Sequence[Reply]) -> Deferred[list[bool]]:
        self.replies += replies
        return succeed([self.well] * len(replies))


def link_contract(make: Any, ids: int = 4) -> type[SynchronousTestCase]:
    """The tests, for the carrier that `make(clock, lane, router)` gives.

    `ids`: how many it has for four parts of two messages; where it names a text by number and second alone, two.
    """

    class Contract(SynchronousTestCase):
        def setUp(self) -> None:
            self.clock = Clock()
            self.clock.advance(1_800_000_000.0)
            self.lane, self.router = FakeLane(), KeepingRouter()
            self.carrier: Carrier = make(self.clock, self.lane, self.router)
            self.link = self.carrier.link
            self.link.start()
            self.carrier.turn()

        def send(self, *pieces: int, parts: int = 1) -> None:
            for piece in pieces:
                self.link.send(work(piece, parts))
            self.carrier.turn()

        def test_it_is_a_link(self) -> None:
            """ILink; up, with a window, and JSON for the page."""
            verifyObject(ILink, self.link)
            self.assertTrue(self.link.up)
            self.assertGreater(self.link.window, 0)
            self.assertIsInstance(self.link.status()["state"], str)

        def test_sent(self) -> None:
            """Each part is taken once and has one outcome, with the carrier's id."""
            self.send(1, 2, parts=2)
            self.carrier.turn(1.0)
            self.assertEqual(["text 1", "text 2"] * 2, list(self.carrier.taken()))
            told = {(o.piece, o.part): o for o in self.lane.outcomes}
            self.assertEqual({(1, 1), (1, 2), (2, 1), (2, 2)}, set(told))
            self.assertEqual((4, {Verdict.TAKEN}), (len(self.lane.outcomes), {o.verdict for o in self.lane.outcomes}))
            self.assertEqual(ids, len({o.carrier_id for o in self.lane.outcomes}))
            self.assertFalse({told[1, 1].carrier_id, ""} & {told[2, 1].carrier_id, told[2, 2].carrier_id})

        def test_refused(self) -> None:
            """With the carrier's reason."""
            self.carrier.behave("refusing")
            self.send(1)
            [outcome] = self.lane.outcomes
            self.assertEqual((Verdict.REFUSED, True), (outcome.verdict, bool(outcome.reason)))

        def test_throttled(self) -> None:
            """The part comes later, and the lane is told to slow down."""
            self.carrier.behave("throttling")
            self.send(1)
            self.assertEqual([Verdict.LATER], [o.verdict for o in self.lane.outcomes])
            self.assertTrue(self.lane.throttles)

        def test_no_answer(self) -> None:
            """Is UNKNOWN, once, in bounded time."""
            self.carrier.behave("silent")
            self.send(1)
            for _ in range(12):
                self.carrier.turn(10.0)
            self.assertEqual([Verdict.UNKNOWN], [o.verdict for o in self.lane.outcomes])

        def test_broken(self) -> None:
            """What the carrier may have is UNKNOWN; the link is down, and comes up by itself."""
            self.carrier.behave("breaking")
            self.send(1)
            self.assertEqual(([Verdict.UNKNOWN], False), ([o.verdict for o in self.lane.outcomes], self.link.up))
            self.carrier.behave("well")
            self.carrier.turn(1.5)
            self.assertTrue(self.link.up)
            self.send(2)
            self.assertEqual(Verdict.TAKEN, self.lane.outcomes[-1].verdict)

        def test_receipts(self) -> None:
            """Of the part by its id, delivered."""
            self.send(1)
            self.carrier.turn(1.0)
            [outcome], [receipt] = self.lane.outcomes, self.router.receipts
            self.assertEqual(("a", Status.DELIVERED), (receipt.link, receipt.status))
            self.assertIn(outcome.carrier_id, receipt.carrier_ids)

        def test_a_reply(self) -> None:
            """Reaches the router with its numbers; not kept, it comes again."""
            self.router.well = False
            self.carrier.text("yes")
            self.carrier.turn()
            self.router.well = True
            self.carrier.turn(10.0)
            self.assertEqual([b"yes"] * 2, [reply.body for reply in self.router.replies])
            reply = self.router.replies[1]
            self.assertEqual(("a", "+5511999990000", "8000"), (reply.link, reply.sender, reply.to))
            self.carrier.turn(10.0)
            self.assertEqual(2, len(self.router.replies))

        def test_stopped(self) -> None:
            """What is out is answered first; then no session, no timer, and nothing goes any more."""
            self.link.send(work(1))
            stopped = self.link.stop()
            self.carrier.turn()
            self.successResultOf(stopped)
            self.successResultOf(self.link.stop())
            self.assertEqual([Verdict.TAKEN], [o.verdict for o in self.lane.outcomes])
            self.assertEqual((False, 0, 0), (self.link.up, self.link.window, self.carrier.sessions()))
            self.carrier.turn(100.0)
            self.assertEqual(([], 0), (self.clock.getDelayedCalls(), self.carrier.sessions()))

        def test_stopped_in_bounded_time(self) -> None:
            """Even by a carrier that answers nothing."""
            self.carrier.behave("silent")
            self.send(1)
            stopped = self.link.stop()
            for _ in range(10):
                self.carrier.turn(1.0)
            self.successResultOf(stopped)
            self.assertEqual([Verdict.UNKNOWN], [o.verdict for o in self.lane.outcomes])

    return Contract


def session_contract(make: Any, ids: int = 4) -> type[SynchronousTestCase]:
    """The same, and what only kinds that keep sessions can promise."""

    class SessionContract(link_contract(make, ids)):  # type: ignore[misc]
        def test_kept_up(self) -> None:
            """Idle for an hour, and after a break: one session, and the lane told of each change."""
            for _ in range(360):
                self.carrier.turn(10.0)
            self.assertEqual((True, 1), (self.link.up, self.carrier.sessions()))
            changes = self.lane.changes
            self.carrier.drop()
            self.carrier.turn()
            self.assertFalse(self.link.up)
            self.carrier.turn(1.5)
            self.assertEqual((True, 1, changes + 2), (self.link.up, self.carrier.sessions(), self.lane.changes))

    return SessionContract

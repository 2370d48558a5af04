"""Every kind of link against its own simulated carrier: what `tests.contracts` asks of each."""

from __future__ import annotations

from functools import partial

from chanserv import reference
from chanserv.links.peer.behaviour import Behaviour
from chanserv.message import UNSENT, Status, Verdict
from tests.contracts import link_contract, session_contract
from tests.fakes import cimd2, smpp, ucp
from tests.links.external.joined import Joined as ExternalJoined
from tests.links.external.joined import device
from tests.links.joined import Joined
from tests.links.rest.helpers import account
from tests.links.rest.joined import Joined as RestJoined

PLAIN = partial(Joined, smpp("a"), Behaviour())
NEWEST = partial(
    Joined,
    smpp("a", version="5.0", submit="data_sm", validity_period="relative"),
    Behaviour(version="5.0", congestion=50),
)
SIGNED_IN = partial(Joined, ucp("a"), Behaviour(system_id="8000", password="secret"))
WINDOWED = partial(Joined, cimd2("a"), Behaviour())
REST = partial(RestJoined, account())
EXTERNAL = partial(ExternalJoined, device())
BARE = partial(Joined, cimd2("a", ask_window=False, checksum=False, zone=2.0), Behaviour())


class SmppLinkTests(session_contract(PLAIN)):  # type: ignore[misc]
    """SMPP 3.4."""


class NewestLinkTests(session_contract(NEWEST)):  # type: ignore[misc]
    """SMPP 5.0 on both sides, every text as data_sm."""


class UcpLinkTests(session_contract(SIGNED_IN, ids=2)):  # type: ignore[misc]
    """UCP with a sign-in."""


class Cimd2LinkTests(session_contract(WINDOWED, ids=2)):  # type: ignore[misc]
    """CIMD2 with a window."""


class BareLinkTests(session_contract(BARE, ids=2)):  # type: ignore[misc]
    """CIMD2 one request at a time, without checksums, in a zone that is told."""


class RestLinkTests(link_contract(REST)):  # type: ignore[misc]
    """An account at an aggregator: no session, so nothing is noticed before a part goes."""

    def test_nobody_there(self) -> None:
        """The part goes back in line; one finds out after a rest, and then all go again."""
        self.send(1)
        self.carrier.drop()
        self.send(2)
        self.assertEqual((Verdict.LATER, UNSENT), (self.lane.outcomes[-1].verdict, self.lane.outcomes[-1].reason))
        self.assertFalse(self.link.up)
        self.carrier.turn(1.0)
        self.assertEqual((True, 1), (self.link.up, self.link.window))
        self.send(2)
        self.assertFalse(self.link.up)
        self.carrier.behave("well")
        self.carrier.turn(2.0)
        self.send(2)
        self.assertEqual((Verdict.TAKEN, True, 4), (self.lane.outcomes[-1].verdict, self.link.up, self.link.window))
        self.assertEqual(["text 1"] * 2, list(self.carrier.taken()))

    def test_one_connection_for_many(self) -> None:
        """Parts that follow each other share it, as long as it is not idle for long; then nothing is left of it."""
        for piece in range(1, 6):
            self.send(piece)
        self.assertEqual(1, self.carrier.sessions())
        self.carrier.turn(11.0)
        self.assertEqual((0, True), (self.carrier.sessions(), self.link.up))


class ExternalLinkTests(link_contract(EXTERNAL)):  # type: ignore[misc]
    """A device that speaks the External API, which has no ids: of a part it knows ours, of a text of a handset none."""

    def test_sent(self) -> None:
        """Each part is taken once and has one outcome, without an id; those of one text in their order."""
        self.send(1, 2, parts=2)
        self.carrier.turn(1.0)
        self.assertEqual(["text 1"] * 2 + ["text 2"] * 2, list(self.carrier.taken()))
        self.assertEqual({(1, 1), (1, 2), (2, 1), (2, 2)}, {(o.piece, o.part) for o in self.lane.outcomes})
        self.assertEqual(4, len(self.lane.outcomes))
        self.assertEqual({(Verdict.TAKEN, "")}, {(o.verdict, o.carrier_id) for o in self.lane.outcomes})

    def test_receipts(self) -> None:
        """Of the part by our own reference, delivered."""
        self.send(1)
        self.carrier.turn(1.0)
        [receipt] = self.router.receipts
        self.assertEqual(("a", Status.DELIVERED, ()), (receipt.link, receipt.status, receipt.carrier_ids))
        self.assertEqual(reference.write(101, 1, 1, "5511999990000"), receipt.ours)

    def test_a_reply(self) -> None:
        """Reaches the router without a number of ours; not kept, it comes again, and is known by its date."""
        self.router.well = False
        self.carrier.text("yes")
        self.carrier.turn()
        self.router.well = True
        self.carrier.turn(10.0)
        first, second = self.router.replies
        self.assertEqual(first, second)
        self.assertEqual(("a", "+5511999990000", "", b"yes"), (second.link, second.sender, second.to, second.body))
        self.carrier.turn(10.0)
        self.assertEqual(2, len(self.router.replies))

"""Statuses owed to the platform never step back, whatever happens in whatever order."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import Message, Outcome, Receipt, Status, Verdict
from chanserv.rules import fate, owing
from chanserv.rules.terms import ChannelTerms, LinkTerms, Terms
from tests.rules.helpers import message, piece

TERMS = Terms()
S, D, F, Q = Status.SENT, Status.DELIVERED, Status.FAILED, Status.QUEUED
RANK = {Q: 0, S: 1, D: 2, F: 2}


class RecountTests(SynchronousTestCase):
    CASES: list[tuple[str, Message, Status, tuple[Status, ...]]] = [
        ("sent", message(piece("sent")), S, (S,)),
        ("delivered, nothing told", message(piece("delivered")), D, (S, D)),
        ("delivered, sent is told", message(piece("delivered"), told=S, status=S), D, (D,)),
        ("failed, nothing told", message(piece("failed")), F, (F,)),
        ("failed, sent is owed", message(piece("failed"), status=S, owed=(S,)), F, (S, F)),
        ("a further piece, sent is owed", message(piece("sent"), piece("queued"), status=S, owed=(S,)), Q, ()),
        ("a further piece, sent is told", message(piece("sent"), piece("queued"), status=S, told=S), S, ()),
        ("a final one was told", message(piece("delivered"), status=F, told=F), F, ()),
        ("unchanged", message(piece("sent"), status=S, told=S, owed=(S,)), S, (S,)),
    ]

    def test_table(self) -> None:
        """What the parts say now, and what is owed because of it."""
        for what, before, status, owed in self.CASES:
            after = owing.recount(before, TERMS)
            self.assertEqual((status, owed), (after.status, after.owed), what)

    def test_without_id(self) -> None:
        """Nobody can be told: it counts as told."""
        after = owing.recount(message(piece("sent"), id=""), TERMS)
        self.assertEqual(((), S), (after.owed, after.told))
        back = owing.recount(message(piece("queued"), id="", status=S), TERMS)
        self.assertEqual(((), None), (back.owed, back.told))

    def test_told_and_again(self) -> None:
        """Told up to a status; after a retry the latest once more; after a failed post only the newest."""
        both = message(owed=(S, D))
        self.assertEqual((S, (D,)), (owing.told(both, S).told, owing.told(both, S).owed))
        self.assertEqual((), owing.told(both, D).owed)
        self.assertEqual((), owing.told(both, F).owed)  # one final status, not two
        self.assertEqual((D,), owing.failed_once(both).owed)
        self.assertEqual((S,), owing.again(message(told=S)).owed)
        self.assertEqual((D,), owing.again(message(told=S, owed=(D,))).owed)
        self.assertEqual((), owing.again(message()).owed)

    def test_when(self) -> None:
        """Two seconds after our answer, a final one five."""
        self.assertEqual(102.0, owing.not_before(message(owed=(S, D), asked=100.0), TERMS))
        self.assertEqual(105.0, owing.not_before(message(owed=(D,), asked=100.0), TERMS))
        self.assertTrue(owing.wanted(S, ChannelTerms()))
        self.assertFalse(owing.wanted(S, ChannelTerms(statuses=("failed",))))


EVENTS = st.one_of(
    st.tuples(st.just("settle"), st.integers(0, 2), st.integers(1, 2), st.sampled_from(list(Verdict))),
    st.tuples(st.just("receipt"), st.integers(0, 2), st.integers(1, 2), st.sampled_from([S, D, F])),
    st.tuples(st.just("further")),
    st.tuples(st.just("tell")),
    st.tuples(st.just("retry")),
    st.tuples(st.just("miss")),
    st.tuples(st.just("age"), st.floats(1.0, 1e6)),
)


TAKEN = [("settle", 0, 1, Verdict.TAKEN), ("settle", 0, 2, Verdict.TAKEN)]
DELIVERED_THEN_FAILED = [*TAKEN, ("receipt", 0, 1, D), ("tell",), ("tell",), ("receipt", 0, 2, F)]


class NeverBackTests(SynchronousTestCase):
    @example(DELIVERED_THEN_FAILED, "message")
    @example([*TAKEN, ("tell",), ("further",), ("settle", 1, 1, Verdict.REFUSED)], "part")
    @settings(max_examples=400, deadline=None)
    @given(st.lists(EVENTS, max_size=40), st.sampled_from(["part", "message", "none"]))
    def test_never_back(self, events: list[tuple[object, ...]], receipts: str) -> None:
        """What the platform hears rises, a repeat of the last aside; a final status told is the last word."""
        terms = Terms(links={"a": LinkTerms(receipts=receipts)})
        self.now, one, heard = 0.0, message(piece("queued", "queued")), [Q]
        for event in events:
            one = owing.recount(self.happen(one, event, terms, heard), terms)
            pending = [*heard[-1:], *one.owed]
            ranks = [RANK[status] for status in pending]
            self.assertEqual(sorted(ranks), ranks, (event, pending))
            self.assertLessEqual(len({status for status in pending if status.final}), 1, (event, pending))

    def happen(self, one: Message, event: tuple[object, ...], terms: Terms, heard: list[Status]) -> Message:
        match event:
            case ("settle", int(place), int(number), Verdict() as verdict) if place < len(one.pieces):
                came = Outcome(message=1, piece=place, part=number, link="a", verdict=verdict, carrier_id="c")
                whole = one.pieces[place]
                part = fate.settled(whole.parts[number - 1], came, self.now, terms.links["a"])
                return fate.with_piece(one, fate.with_part(whole, part))
            case ("receipt", int(place), int(number), Status() as status) if place < len(one.pieces):
                receipt = Receipt(link="a", carrier_ids=("c",), status=status)
                whole = one.pieces[place]
                part = fate.receipted(whole.parts[number - 1], receipt, self.now)
                return fate.with_piece(one, fate.with_part(whole, part))
            case ("further",) if len(one.pieces) < 3:
                late = one.told is not None and one.told.final
                return replace(
                    one, pieces=(*one.pieces, piece("queued", "queued", ref=10 + len(one.pieces), late=late))
                )
            case ("tell",) if one.owed:
                heard.append(one.owed[0])
                return owing.told(one, one.owed[0])
            case ("retry",):
                return owing.again(one)
            case ("miss",):
                return owing.failed_once(one)
            case ("age", float(span)):
                self.now += span
                pieces = [
                    replace(p, parts=tuple(fate.aged(x, self.now, one.expires, terms, claimed=False) for x in p.parts))
                    for p in one.pieces
                ]
                return replace(one, pieces=tuple(pieces))
        return one

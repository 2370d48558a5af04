"""The clerk under random events, watched by an oracle that knows only what was promised.

Seeds are fixed: a failure names its seed, and the same seed fails again.
"""

from __future__ import annotations

import random
from collections import defaultdict

from chanserv import operations as op
from chanserv import reference
from chanserv.message import Reply, Segment, State, Status, Verdict
from chanserv.store.memory import MemoryStore
from chanserv.store.queue import SENDING_DUE
from chanserv.text.numbers import digits
from tests.store.contract import TERMS, TO, Story
from tests.store.test_memory import make, reopen

LINKS = ("a", "whole", "mute", "careful", "asks", "ours")
RANK = {"sent": 1, "delivered": 2, "failed": 2}
STEPS = 300


class ModelTests(Story):
    """Takes, answers, receipts, posts, kills and time in any order."""

    make = staticmethod(make)
    store: MemoryStore

    def setUp(self) -> None:
        super().setUp()
        self.told: dict[int, list[str]] = defaultdict(list)  # message -> kinds the platform answered 2xx
        self.out: dict[tuple[int, int, int], str] = {}  # (message, piece, part) handed to a link -> which
        self.left: dict[tuple[int, int, int, str], str] = {}  # the same, ever, with its number
        self.posting: dict[int, str] = {}  # letters that are out
        self.ids = 0

    # what may happen

    def a_post(self) -> None:
        channel = self.chance.choice(("claro", "claro", "quiet"))
        self.take(
            text=self.chance.choice(("one", "two", "three")), id=str(self.chance.randrange(6)),
            n=self.chance.choice((1, 1, 1, 2)), to=f"+25078800000{self.chance.randrange(3)}",
            parts=self.chance.choice((1, 1, 2, 3)), link=self.chance.choice(LINKS), channel=channel,
            reply=self.chance.random() < 0.3, validity=self.chance.choice((60.0, 86400.0, 86400.0)),
        )  # fmt: skip

    def a_refusal(self) -> None:
        if self.chance.random() < 0.7:
            return
        number = f"+25078800000{self.chance.randrange(3)}"
        self.refuse(self.chance.choice(("one", "two")), str(self.chance.randrange(6)), lost=self.chance.random() < 0.5,
                    n=self.chance.choice((1, 2)), to=number)  # fmt: skip

    def a_claim(self) -> None:
        link = self.chance.choice(LINKS)
        holding = tuple({piece for _, piece, _ in self.out})
        for work in self.claim(link, limit=3, holding=holding).works:
            numbers = tuple(part.number for part in work.parts)
            if link == "careful":
                self.do(op.Begin(message=work.message, piece=work.piece, parts=numbers))
            for number in numbers:
                self.assertFalse(link == "ours" and self.known(work.message, work.piece, number), "told of, and sent")
                self.assertNotIn((work.message, work.piece, number), self.out)
                self.out[work.message, work.piece, number] = link
                self.left[work.message, work.piece, number, work.to] = link

    def an_answer(self) -> None:
        if self.out:
            (message, piece, part) = key = self.chance.choice(sorted(self.out))
            taken = op.Taken(message=message, piece=piece)
            verdict = self.chance.choice((*(Verdict.TAKEN,) * 9, *Verdict))
            self.ids += 4
            link, made = self.out.pop(key), self.chance.choice((0, 0, 0, 1, 3)) if verdict is Verdict.TAKEN else 0
            self.settle(
                taken, verdict, carrier_id=f"c{self.ids}", part=part, link=link, reason="why",
                more_ids=tuple(f"c{self.ids - n}" for n in range(1, made + 1)),
                retry_after=60.0 if link == "ours" else 0.0,
            )  # fmt: skip

    def a_receipt(self) -> None:
        """Mostly of a part that waits for one; else early, repeated, or of nobody."""
        status = self.chance.choice((Status.DELIVERED, Status.DELIVERED, Status.SENT, Status.FAILED))
        sents = [sent for sent in self.store.ledger.sents.values() if sent.carrier_id.startswith("c")]
        if sents and self.chance.random() < 0.8:
            sent = self.chance.choice(sents)
            self.receipt(sent.carrier_id, status=status, to=sent.to, sender="2020", link=sent.link)
        else:
            to, link = f"25078800000{self.chance.randrange(3)}", self.chance.choice(LINKS)
            number = self.ids + 1 - self.chance.randrange(12)
            self.receipt(f"c{number}", status=status, to=to, sender="2020", link=link)

    def a_status(self) -> None:
        """By our reference, of a part whose request left once."""
        left = [key for key, link in self.left.items() if link == "ours"]
        if left:
            message, piece, part, to = self.chance.choice(left)
            status = self.chance.choice((Status.DELIVERED, Status.SENT, Status.FAILED))
            ids = self.chance.choice(((), (f"c{self.ids - self.chance.randrange(4)}",)))
            ours = reference.write(message, piece, part, digits(to))
            self.receipt(*ids, ours=ours, status=status, to="", link="ours")

    def known(self, message: int, piece: int, part: int) -> bool:
        """Is there a word of it that it was delivered?"""
        orphans = self.store.ledger.orphan_rows.values()
        words = [reference.read(o.receipt.ours) for o in orphans if o.receipt.status is Status.DELIVERED]
        return any(one and (one.message, one.piece, one.part) == (message, piece, part) for one in words)

    def a_move(self) -> None:
        """Of what nobody has claimed, from a link that is down."""
        waits = self.do(op.Strand(link="ours", reply=False, after=0, limit=5)).waits
        for wait in waits if self.chance.random() < 0.1 else ():
            if wait.piece not in {piece for _, piece, _ in self.out}:
                self.do(op.Move(message=wait.message, piece=wait.piece, link="a"))

    def a_fetch(self) -> None:
        for letter in self.do(op.Fetch(limit=5, holding=tuple(self.posting))).letters:
            self.posting[letter.ref] = letter.kind

    def an_end_of_a_post(self) -> None:
        if self.posting:
            ref = self.chance.choice(sorted(self.posting))
            kind = self.posting.pop(ref)
            told, due = self.chance.random() < 0.7, self.chance.choice((0.0, self.clock.seconds() + 3.0))
            self.do(op.Posted(letter=ref, kind=kind, told=told, due=0.0 if told else due, reason="" if told else "no"))
            if told and kind in RANK:
                self.hold_to(ref, kind)

    def a_reply(self) -> None:
        segment = self.chance.choice((None, Segment(1, 2, 1), Segment(1, 2, 2)))
        body = b"%d" % self.chance.randrange(9)
        reply = Reply(link="a", sender=TO, to="2020", body=body, encoding="ascii", channel="claro", segment=segment)
        self.do(op.Hear(reply=reply))

    def a_cancel(self) -> None:
        """By an operator who knows what is out, as its lane told."""
        messages = sorted(self.store.ledger.messages)
        if messages and self.chance.random() < 0.3:
            message = self.store.ledger.messages[self.chance.choice(messages)]
            out = tuple((piece, part) for ref, piece, part in self.out if ref == message.ref)
            cancelled = self.do(op.Cancel(message=message.ref, pieces=tuple(p.ref for p in message.pieces), out=out))
            self.assertEqual(set(), {(f.piece, f.part) for f in cancelled.fates if f.done} & set(out))

    def a_kill(self) -> None:
        if self.chance.random() < 0.1:
            self.out.clear()
            self.posting.clear()
            self.store = reopen(self, self.store, self.clock, TERMS)

    def time(self) -> None:
        wait = self.chance.choice((0.5, 0.5, *(3.0,) * 8, 61.0, 2000.0))
        asking = self.chance.choice(((), ("asks",)))
        self.sweep(wait, holding=tuple({piece for _, piece, _ in self.out}), asking=asking)

    EVENTS = (
        *(a_post,) * 2, *(a_claim,) * 3, *(an_answer,) * 4, *(a_receipt,) * 3, a_status, a_move, *(a_fetch,) * 3,
        *(an_end_of_a_post,) * 3, a_refusal, a_reply, a_cancel, a_kill, *(time,) * 3,
    )  # fmt: skip

    # what must hold

    def hold_to(self, ref: int, kind: str) -> None:
        """No step back, one final verdict a generation (a retry may hear the same again)."""
        for former in self.told[ref]:
            self.assertLessEqual(RANK[former], RANK[kind], (self.told[ref], kind))
            if RANK[former] == 2:
                self.assertEqual(former, kind)
        self.told[ref].append(kind)

    def check(self) -> None:
        ledger = self.store.ledger
        lines = defaultdict(list)
        for place in ledger.places.values():
            lines[place.line].append(place)
        for line, places in lines.items():
            self.assertTrue(any(place.head for place in places), line)
            first = min(place.piece for place in places)
            self.assertTrue(ledger.places[first].head, line)
        rows = defaultdict(list)
        for slip in ledger.slips.values():
            if not slip.dead:
                rows[slip.line].append(slip)
        for line, slips in rows.items():
            self.assertEqual(1, sum(slip.head for slip in slips), line)
        for message in ledger.messages.values():
            self.check_message(message)

    def check_message(self, message) -> None:
        ledger = self.store.ledger
        if message.owed and not message.open:
            self.assertIn(message.ref, ledger.slips)
        self.assertGreater(message.wake, 0.0, "nobody would look at it again")
        for piece in message.pieces:
            place = ledger.places.get(piece.ref)
            waiting = any(part.state.waiting or part.state is State.SENDING for part in piece.parts)
            self.assertEqual(waiting, place is not None, [part.state for part in piece.parts])
            if place is not None and place.due == SENDING_DUE:
                self.assertIn(State.SENDING, [part.state for part in piece.parts])

    def settle_down(self) -> None:
        """Answers stop, the platform listens, time passes: all ends."""
        for key, link in sorted(self.out.items()):
            self.settle(op.Taken(message=key[0], piece=key[1]), carrier_id="", part=key[2], link=link)
        self.out.clear()
        self.posting.clear()
        for _ in range(4):
            self.sweep(604_801.0)
            while self.do(op.Sweep()).more:
                pass
            while letters := self.letters():
                for letter in letters:
                    self.do(op.Posted(letter=letter.ref, told=True, kind=letter.kind))
                    if letter.kind in RANK:
                        self.hold_to(letter.ref, letter.kind)
        ledger = self.store.ledger
        self.assertEqual({}, ledger.places)
        self.assertEqual([], [slip for slip in ledger.slips.values() if not slip.dead])
        for message in (*ledger.messages.values(), *(row for _, row in ledger.history if hasattr(row, "pieces"))):
            states = [part.state for piece in message.pieces for part in piece.parts]
            self.assertTrue(all(state.final for state in states), states)
            self.assertIsNotNone(message.told, "the platform was never told")
        self.assertEqual({}, ledger.segment_rows)

    def run_seed(self, seed: int) -> None:
        self.chance = random.Random(seed)
        done = []
        try:
            for _ in range(STEPS):
                event = self.chance.choice(self.EVENTS)
                done.append(event.__name__)
                event(self)
                self.check()
            self.settle_down()
        except self.failureException as failure:
            raise self.failureException(f"seed {seed} after {len(done)} events, {done[-5:]}: {failure}") from failure

    def test_what_is_promised_holds_whatever_happens(self) -> None:
        """Thousands of random events: no step back, one final, a head for every line, an end for every part."""
        for seed in range(60):
            self.setUp()
            self.run_seed(seed)

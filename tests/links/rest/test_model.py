"""Whatever an aggregator does, at random: what must hold of every text however its requests went."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from chanserv import operations as op
from chanserv import reference
from chanserv.message import Message, State
from chanserv.settings import GatewaySettings
from chanserv.text.numbers import digits
from tests.links.rest.helpers import account
from tests.links.rest.test_promises import PromiseCase

MOODS = ("well", "well", "well", "refusing", "throttling", "silent", "breaking", "away")
NUMBERS = ("+5511999990000", "+250788123123", "+46701234567")
SECONDS = 160
SEEDS = range(6)


class ModelTests(PromiseCase):
    """One account, four requests at once, texts of one to three parts."""

    gateway = GatewaySettings(order_hold=1e6)  # nothing may overtake

    def second(self) -> None:
        """What the gateway does every second."""
        self.turn(1.0)
        lane = self.lanes["a"]
        [swept] = self.successResultOf(self.store.apply([op.Sweep(holding=lane.holding)]))
        assert isinstance(swept, op.Swept)
        if swept.freed:
            lane.claim()
        self.turn()

    def life(self, seed: int) -> list[Message]:
        """Minutes of it, then quiet; the messages, in the order they were taken in."""
        chance = random.Random(seed)
        self.begin(account(split=20, answer_within=8.0, on_unknown=chance.choice(("resend", "fail"))))
        end, texts = self.ends["a"], 0
        for second in range(SECONDS):
            if chance.random() < 0.1:
                mood = chance.choice(MOODS)
                end.drop() if mood == "away" else end.behave(mood)
            end.acme.early, end.acme.ids = chance.random() < 0.3, chance.random() < 0.7
            self.store.answers = {op.Record: op.Failed(reason="no disk")} if chance.random() < 0.1 else {}
            for _ in range(chance.choice((0, 0, 1, 3)) if second < SECONDS / 2 else 0):
                texts += 1
                self.submit(f"{texts:03}" + "x" * chance.choice((0, 20, 40)), str(texts), chance.choice(NUMBERS))
            self.second()
        self.store.answers, end.acme.early, end.acme.ids = {}, False, True
        end.behave("well")
        for _ in range(200):
            self.second()
        ledger = self.store.memory.ledger
        found = [*ledger.messages.values(), *(row for _, row in ledger.history if isinstance(row, Message))]
        self.assertEqual(texts, len(found))
        return sorted(found, key=lambda message: message.ref)

    def test_lives(self) -> None:
        """Each ends once; none is lost; none is taken again that was answered; the order of a number stays."""
        for seed in SEEDS:
            messages = self.life(seed)
            acme = self.ends["a"].acme
            self.assertGreater(len(acme.taken), 20, seed)
            self.ended(messages, acme, seed)
            self.doubled(acme, seed)
            self.ordered(acme, seed)
            self.assertLessEqual(acme.most, 4, seed)

    def ended(self, messages: list[Message], acme: Any, seed: int) -> None:
        """Delivered is what was taken whole; or it failed, or stays in doubt where it may not be sent again."""
        for message in messages:
            told = (seed, message.ref, [(part.state, part.reason) for piece in message.pieces for part in piece.parts])
            states = {part.state for piece in message.pieces for part in piece.parts}
            self.assertTrue(all(state.final or state is State.DOUBTFUL for state in states), told)
            text = message.pieces[0].text
            taken = {given["text"] for given in acme.taken if given["message"] == message.id}
            for piece in message.pieces:
                for part in piece.parts:
                    ref = reference.write(message.ref, piece.ref, part.number, digits(piece.to))
                    self.assertTrue(part.state is not State.DOUBTFUL or acme.broken[ref], told)
            if states == {State.DELIVERED}:
                self.assertEqual(text, "".join(sorted(taken, key=text.find)), told)

    def doubled(self, acme: Any, seed: int) -> None:
        """A part is taken again only where its answer never came, and it may be sent again."""
        resend = self.settings.links["a"].on_unknown == "resend"
        for ref, times in Counter(given["ref"] for given in acme.taken).items():
            self.assertLessEqual(times, 1 + acme.broken[ref] * resend, (seed, ref))

    def ordered(self, acme: Any, seed: int) -> None:
        """Of one number the texts, as they were first taken, rise."""
        for to in NUMBERS:
            first = list(dict.fromkeys(int(each["message"]) for each in acme.taken if each["to"] == to.lstrip("+")))
            self.assertEqual(sorted(first), first, (seed, to))

"""Whatever an aggregator does, at random: what must hold of every text however its requests went.

python -m tests.links.rest.test_model 1000 2000      # as many seeds as you have patience for
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from typing import Any

from chanserv import operations as op
from chanserv import reference
from chanserv.message import Message, State
from chanserv.settings import GatewaySettings
from chanserv.text.numbers import digits
from tests.links.rest.helpers import account
from tests.links.rest.test_promises import PromiseCase

MOODS = ("well", "well", "well", "refusing", "throttling", "silent", "breaking", "breaking", "denying", "away")
NUMBERS = ("+5511999990000", "+250788123123", "+46701234567")
SECONDS = 160
SEEDS = (0, 1, 2, 18, 28, 108)  # what statuses told was sent again in 18 and 28, and delivered was not told in 108
ALLOWED = (["sent"], ["sent", "delivered"], ["sent", "failed"], ["failed"])


class ModelTests(PromiseCase):
    """One account, four requests at once, texts of one to three parts."""

    gateway = GatewaySettings(order_hold=1e6)  # nothing may overtake

    def second(self) -> None:
        """What the gateway does every second, and the platform."""
        super().second()
        fetched = self.store.memory._carry_out(op.Fetch(limit=100))
        assert isinstance(fetched, op.Fetched)
        for letter in fetched.letters:
            self.told[letter.id].append((letter.kind, self.clock.seconds()))
            self.store.memory._carry_out(op.Posted(letter=letter.ref, told=True, kind=letter.kind))

    def killed(self) -> None:
        """What is out may be there twice."""
        acme = self.ends["a"].acme
        waiting = {ref for ref, state in self.fates().items() if state.waiting or state is State.SENDING}
        acme.broken.update({given["ref"] for given in acme.taken if given["ref"] in waiting})
        self.kill()

    def life(self, seed: int) -> list[Message]:
        """Minutes of it, then quiet; the messages, in the order they were taken in."""
        chance = random.Random(seed)
        self.told: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
        self.begin(account(split=20, answer_within=8.0, on_unknown=chance.choice(("resend", "fail"))))
        self.drops = texts = 0
        kills = chance.choice((0.0, 0.02))
        for second in range(SECONDS):
            if chance.random() < kills:
                self.killed()
            self.behave(chance)
            self.store.answers = {op.Record: op.Failed(reason="no disk")} if chance.random() < 0.1 else {}
            for _ in range(chance.choice((0, 0, 1, 3)) if second < SECONDS / 2 else 0):
                texts += 1
                self.submit(f"{texts:03}" + "x" * chance.choice((0, 20, 40)), str(texts), chance.choice(NUMBERS))
            self.second()
        acme = self.ends["a"].acme
        self.store.answers, acme.early, acme.ids = {}, False, True
        self.ends["a"].behave("well")
        for _ in range(15):
            for _ in range(20):
                self.second()
            if all(state.final for state in self.fates().values()):
                break
        for _ in range(10):  # and all of it is told
            self.second()
        self.assertEqual(texts, len(self.messages()))
        return self.messages()

    def behave(self, chance: random.Random) -> None:
        end = self.ends["a"]
        if chance.random() < 0.1:
            mood = chance.choice(MOODS)
            self.drops += mood == "away"  # with what it has not read yet
            end.drop() if mood == "away" else end.behave(mood)
        end.acme.early, end.acme.ids = chance.random() < 0.3, chance.random() < 0.7
        end.acme.cuts = chance.choice((0, 0, 2))
        end.acme.speaks = chance.choice((None, 0.0, 5.0, 70.0))

    def messages(self) -> list[Message]:
        ledger = self.store.memory.ledger
        found = [*ledger.messages.values(), *(row for _, row in ledger.history if isinstance(row, Message))]
        return sorted(found, key=lambda message: message.ref)

    def fates(self) -> dict[str, State]:
        """Of each part, by our reference."""
        return {
            reference.write(message.ref, piece.ref, part.number, digits(piece.to)): part.state
            for message in self.messages()
            for piece in message.pieces
            for part in piece.parts
        }

    def run_seed(self, seed: int) -> None:
        messages = self.life(seed)
        acme = self.ends["a"].acme
        self.assertGreater(len(acme.taken), 2, seed)
        self.ended(messages, acme, seed)
        self.doubled(acme, seed)
        self.ordered(acme, seed)
        self.truly(messages, acme, seed)
        self.assertLessEqual(acme.most, 4, seed)

    def test_lives(self) -> None:
        """Each ends once; none is lost; none is taken again that was answered; the order of a number stays."""
        for seed in SEEDS:
            self.run_seed(seed)

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
                    self.assertTrue(part.state is not State.DOUBTFUL or acme.broken[ref] or self.drops, told)
            if states == {State.DELIVERED}:
                self.assertEqual(text, "".join(sorted(taken, key=text.find)), told)

    def doubled(self, acme: Any, seed: int) -> None:
        """A part is taken again only where its answer never came, it may be sent again, and nothing was told of it."""
        resend = self.settings.links["a"].on_unknown == "resend"
        for ref, times in Counter(given["ref"] for given in acme.taken).items():
            self.assertLessEqual(times, 1 + acme.broken[ref] * resend, (seed, ref))
        for given in acme.taken:
            heard = acme.heard.get(given["ref"], given["at"])
            self.assertLessEqual(given["at"], heard, (seed, given["ref"]))

    def truly(self, messages: list[Message], acme: Any, seed: int) -> None:
        """The platform is told one end, the last; and no failure of what was told delivered before."""
        fates = self.fates()
        for message in messages:
            told = self.told[message.id]
            if any(state is State.DOUBTFUL for state in self.states_of(message)) and not told:
                continue
            self.assertIn([kind for kind, _ in told], ALLOWED, (seed, message.ref))
            kind, at = told[-1]
            refs = [
                reference.write(message.ref, piece.ref, part.number, digits(piece.to))
                for piece in message.pieces
                for part in piece.parts
            ]
            lost = [ref for ref in refs if fates[ref] in (State.FAILED, State.UNKNOWN)]
            if kind == "failed":
                self.assertTrue(lost, (seed, message.ref))
                self.assertTrue(any(acme.heard.get(ref, at) >= at for ref in lost), (seed, message.ref))

    def states_of(self, message: Message) -> list[State]:
        return [part.state for piece in message.pieces for part in piece.parts]

    def ordered(self, acme: Any, seed: int) -> None:
        """Of one number the texts, as they were first taken, rise."""
        for to in NUMBERS:
            first = list(dict.fromkeys(int(each["message"]) for each in acme.taken if each["to"] == to.lstrip("+")))
            self.assertEqual(sorted(first), first, (seed, to))


if __name__ == "__main__":
    for one in range(int(sys.argv[1]), int(sys.argv[2])):
        case = ModelTests("test_lives")
        try:
            case.run_seed(one)
        except Exception as fault:
            print(f"seed {one}: {fault!r}"[:600], flush=True)
        case.doCleanups()
    print("done")

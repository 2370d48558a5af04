"""Accounts of every kind, their lanes and a store, under whatever carriers do, watched by an oracle.

The oracle knows only what was promised: nothing is lost, nothing is doubled but by a broken session, and then at most
a window of it, nothing is overtaken, and what the platform is told is true. It tells parts apart by their texts, and
the fate of each text is decided by its number. Seeds are fixed: a failure names its seed, which fails again.

    python -m tests.links.test_model 1000 2000      # as many seeds as you have patience for
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from itertools import groupby, pairwise

from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import Inbound, Message
from tests.links.world import LOST, NAME, WINDOW, Text, World, number_of


class ModelTests(SynchronousTestCase):
    """What is promised, for what `World` may do."""

    def run_seed(self, seed: int, events: int = 60) -> World:
        world = World(seed)
        try:
            world.wait(1.0)
            world.live(events)
            world.calm()
            self.check(world)
        except Exception as fault:
            raise self.failureException(f"seed {seed}: {fault!r}") from fault
        return world

    def check(self, world: World) -> None:
        self.assertEqual([], [key for key in world.counts if key.startswith("surprises")])
        messages = {**world.ledger.messages, **{m.ref: m for _, m in world.ledger.history if isinstance(m, Message)}}
        for message in messages.values():
            states = [part.state.value for piece in message.pieces for part in piece.parts]
            self.assertTrue(world.over(message), f"message {message.ref} never ended: {states} {message.status}")
        self.assertEqual([0, 0], [len(lane._out) for lane in world.lanes.values()], "slots are taken for ever")
        self.check_told(world, messages)
        self.check_doubles(world)
        self.check_order(world, messages)
        self.check_handsets(world)
        self.check_cancelled(world, messages)
        self.check_names(world)

    def check_told(self, world: World, messages: dict[int, Message]) -> None:
        """One final status, the last; and true, where receipts can tell one text from another."""
        took = {text for smsc in world.smscs.values() for text in smsc.took}
        parts = Counter(number_of(text) for text in took)
        texts: defaultdict[int, list[Text]] = defaultdict(list)
        for text in world.texts.values():
            texts[text.message].append(text)
        confused = self.confused(world, messages)
        for ref in messages:
            kinds = [kind for kind, _ in world.told[ref]]
            if world.kills:  # what was told just before one may be told once more
                kinds = [kind for kind, _ in groupby(kinds)]
            self.assertIn(kinds, (["sent"], ["sent", "delivered"], ["sent", "failed"], ["failed"]), ref)
            if any(text.number in confused for text in texts[ref]):
                continue
            for text in texts[ref]:
                if kinds[-1] != "failed":
                    self.assertEqual(text.parts, parts[text.number], f"told {kinds}, and not all was sent: {text}")
                lost = text.number % LOST == 0
                self.assertFalse(lost and kinds[-1] == "delivered", f"told delivered, and was not: {text}")
            self.check_reason(world.told[ref][-1], texts[ref], ref)

    def check_reason(self, last: tuple[str, str], texts: list[Text], ref: int) -> None:
        kind, reason = last
        lost = any(text.number % LOST == 0 for text in texts)
        if kind != "failed" or any(text.cancelled for text in texts) or reason in ("unknown", "expired"):
            return
        self.assertTrue(lost, f"message {ref} is told failed, and was not: {reason}")

    def confused(self, world: World, messages: dict[int, Message]) -> set[int]:
        """Texts that nothing in a receipt tells from another: of one name, or in doubt beside others in doubt."""
        pieces = {number_of(piece.text): piece for message in messages.values() for piece in message.pieces}
        unclear = {number for number, piece in pieces.items() if any(part.unknowns for part in piece.parts)}
        sizes = [(message, sum(len(piece.parts) for piece in message.pieces)) for message in messages.values()]
        long = {number_of(piece.text) for message, parts in sizes if parts > 1 for piece in message.pieces}
        found: set[int] = set()
        for name, smsc in world.smscs.items():
            link = world.settings.links[name]
            # CIMD2 asks by name alone; and where a receipt comes early, there is nobody to choose from.
            alone = link.kind == "cimd2" or smsc.early or getattr(link, "binds", 1) > 1
            named: defaultdict[str, set[int]] = defaultdict(set)
            for submit in smsc.submits:
                named[NAME.sub(r"\1", submit.message_id)].add(number_of(submit.text))
            for numbers in named.values():
                whose = {(pieces[number].to, pieces[number].sender) for number in numbers}
                if len(numbers) > 1 and (alone or numbers & unclear or len(whose) < len(numbers)):
                    found |= numbers
            doubtful = unclear if link.on_unknown == "fail" else ()
            if link.kind != "smpp":  # of parts in doubt, one's receipt that comes again may be the next one's
                found |= {number for number in doubtful if number in long}
            for number in doubtful:
                twins = {
                    n
                    for n in doubtful
                    if (pieces[n].to, pieces[n].sender) == (pieces[number].to, pieces[number].sender)
                }
                found |= twins if len(twins) > 1 else set()
        return found

    def check_doubles(self, world: World) -> None:
        """A window for each broken session, and for each of those a kill ended; none where none may be."""
        for name, smsc in world.smscs.items():
            link = world.settings.links[name]
            doubles = len(smsc.took) - len(set(smsc.took))
            broken = world.counts[f"sessions_broken {name}"]
            broken += (world.kills + world.stops) * getattr(link, "binds", 1)
            most = 0 if link.on_unknown == "fail" else WINDOW * broken
            self.assertLessEqual(doubles, most, f"{name}: {doubles} doubles, {broken} broken sessions")
        both = set(world.smscs["a"].took) & set(world.smscs["b"].took)
        resends = [link for link in world.settings.links.values() if link.on_unknown == "resend"]
        most = sum(WINDOW * world.kills * getattr(link, "binds", 1) for link in resends)
        self.assertLessEqual(len(both), most, "sent by two carriers")

    def check_order(self, world: World, messages: dict[int, Message]) -> None:
        """No part of a text goes before every part of those before it in its line has gone for the last time."""
        when: defaultdict[int, list[float]] = defaultdict(list)
        for smsc in world.smscs.values():
            for submit in smsc.submits:
                when[number_of(submit.text)].append(submit.at)
        lines: defaultdict[tuple[str, str, bool], list[int]] = defaultdict(list)
        for text in sorted(world.texts.values(), key=lambda text: text.number):
            if when[text.number]:
                lines[text.line].append(text.number)
        failed = {ref for ref, told in world.told.items() if told[-1][0] == "failed"}
        for line, numbers in lines.items():
            for former, later in pairwise(numbers):
                if world.texts[former].message in failed:
                    continue  # what of it was out when it failed may still go
                self.assertLessEqual(max(when[former]), min(when[later]), f"{later} overtook {former} of {line}")

    def check_handsets(self, world: World) -> None:
        heard, ledger = Counter(world.heard), world.ledger
        rows = (*ledger.inbounds.values(), *(row for _, row in ledger.history if isinstance(row, Inbound)))
        kept = Counter(row.text for row in rows)
        for text in world.handsets:
            self.assertTrue(heard[text], f"an MO is lost: {text[:20]}")
            if world.settings.links[world.handset_of[text]].kind != "smpp":  # its texts have stamps
                self.assertEqual(1, kept[text], f"an MO is doubled: {text[:20]}")
        self.assertEqual(set(), set(heard) - set(world.handsets), "an MO in pieces")

    def check_cancelled(self, world: World, messages: dict[int, Message]) -> None:
        """What was told as never sent never was; but for what a kill made us forget."""
        took = Counter(number_of(text) for text in {text for smsc in world.smscs.values() for text in smsc.took})
        for message in messages.values() if not world.kills else ():
            for piece in message.pieces:
                most = len(piece.parts) - world.never[piece.ref]
                self.assertLessEqual(took[number_of(piece.text)], most, f"cancelled, and sent: {piece.text[:20]}")

    def check_names(self, world: World) -> None:
        """Where texts to one number wait for another second, no two share a name; a new process knows of none."""
        for name, smsc in world.smscs.items():
            named: defaultdict[str, dict[int, float]] = defaultdict(dict)
            for submit in smsc.submits if getattr(world.settings.links[name], "same_second", "") == "wait" else ():
                message = world.texts[number_of(submit.text)].message
                named[NAME.sub(r"\1", submit.message_id)][message] = submit.at
            for each, when in named.items():
                first, last = min(when.values()), max(when.values())
                if not any(first <= start <= last for start in world.starts):
                    self.assertEqual(1, len(when), f"texts of one name: {each}")

    def test_what_is_promised_holds_whatever_carriers_do(self) -> None:
        """Every text ends once and truly, in its turn, sent at least once and seldom twice."""
        for seed in range(20):
            self.run_seed(seed)


if __name__ == "__main__":
    first, last = int(sys.argv[1]), int(sys.argv[2])
    for one in range(first, last):
        try:
            ModelTests().run_seed(one)
        except ModelTests.failureException as failure:
            print(failure, flush=True)
    print(f"seeds {first} to {last - 1} done")

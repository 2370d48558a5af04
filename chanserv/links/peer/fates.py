"""What becomes of the parts a simulated carrier took: where each is, what receipts it earns, what a question learns.

When one moves on, and how a receipt is handed out, is the carrier's matter.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import attrs

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Asked, Delivery, Submit, Trade
from chanserv.links.peer.kept import DELETED, Kept, Shelf
from chanserv.links.peer.record import Record


@attrs.define(eq=False)
class Fates:
    """`waiting`, `counts` and `record` are the carrier's. `on_submit` is called with every Submit taken."""

    _trade: Trade
    _waiting: deque[Delivery]
    _counts: Counter[str]
    _record: Record
    _on_submit: Callable[[Submit], object] | None
    number: int = 1  # of the next part taken
    _shelf: Shelf = attrs.field(factory=Shelf)

    @property
    def submits(self) -> deque[Submit]:
        """The newest last; very old ones are forgotten."""
        return self._shelf.submits

    def take(self, pdu: Any, now: float, rules: Behaviour) -> Kept:
        """It is ours from now on."""
        number, self.number = self.number, self.number + 1
        submit = self._trade.taken(pdu, number, now, rules)
        self._counts["submits"] += 1
        if self._record.path:
            self._record.write("submit", **submit.told())
        if self._on_submit is not None:
            self._on_submit(submit)
        return self._shelf.put(submit, number, rules, self._counts["submits"])

    def arrive(self, kept: Kept, done: float) -> None:
        """It has reached its handset, or not: unless it was cancelled meanwhile."""
        words = kept.rules.receipt_status.split()
        if words and kept.enroute:
            self._end(kept, words[-1], kept.rules, done)

    def learn(self, asked: Asked, now: float) -> tuple[Submit | None, str]:
        """The part that is asked about, if it is known here, and where it is; one that is cancelled goes no further."""
        kept = self._shelf.get(asked.message_id, asked.source)
        if kept is None:
            return None, ""
        if asked.cancel and kept.enroute:
            self._end(kept, DELETED, attrs.evolve(kept.rules, receipt_status=DELETED), now)
            return kept.submit, DELETED
        return kept.submit, kept.state

    def _end(self, kept: Kept, word: str, rules: Behaviour, done: float) -> None:
        kept.state = word
        if not rules.receipts or kept.lost:
            return
        for one in self._trade.receipts(kept.submit, kept.number, done, rules):
            for _ in range(2 if rules.twice else 1):
                (self._waiting.appendleft if rules.reorder else self._waiting.append)(one)

"""What a simulated carrier keeps of the parts it took, and where each is: what a question is answered from.

When one moves on, and what is told of it, is not known here.
"""

from __future__ import annotations

from collections import deque

import attrs

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Submit

ENROUTE, DELETED = "ENROUTE", "DELETED"
KEPT = 100_000  # parts remembered


@attrs.define(eq=False)
class Kept:
    """One part. `rules`: as they were when it was taken; `lost`: its receipts are never sent."""

    submit: Submit
    number: int
    rules: Behaviour
    lost: bool
    state: str = ENROUTE

    @property
    def enroute(self) -> bool:
        """May it still be cancelled?"""
        return self.state == ENROUTE


class Shelf:
    """The newest parts, by id: where two have the same, the later counts."""

    def __init__(self, kept: int = KEPT) -> None:
        self.submits: deque[Submit] = deque()
        self._kept = kept
        self._by_id: dict[str, Kept] = {}

    def put(self, submit: Submit, number: int, rules: Behaviour, count: int) -> Kept:
        """`count`: how many were taken until now, this one among them."""
        if len(self.submits) >= self._kept:
            self._forget(self.submits.popleft())
        kept = Kept(submit, number, rules, bool(rules.receipt_every) and count % rules.receipt_every != 0)
        self.submits.append(submit)
        self._by_id[submit.message_id] = kept
        return kept

    def get(self, message_id: str, source: str) -> Kept | None:
        """`source`: whose part it must be; empty: anybody's."""
        kept = self._by_id.get(message_id)
        return kept if kept is None or source in ("", kept.submit.source) else None

    def _forget(self, submit: Submit) -> None:
        kept = self._by_id.get(submit.message_id)
        if kept is not None and kept.submit is submit:
            del self._by_id[submit.message_id]

"""The transaction reference numbers of one session: 00 to 99, each busy until its result (EMI-UCP 5.2, section 4.2).

A number whose result never came stays busy: else a late result would settle
what was said under the same number later. What is said is not known here.
"""

from __future__ import annotations

import attrs

MOST = 100


@attrs.define(eq=False)
class Transactions:
    """`number`: the session's own for what waits; 0 for what only the session knows of."""

    _busy: dict[int, tuple[str, int]] = attrs.field(factory=dict)
    _next: int = 0

    @property
    def room(self) -> int:
        """How many numbers are free."""
        return MOST - len(self._busy)

    def take(self, ot: str, number: int = 0) -> int:
        """The next free one; ask for `room` first."""
        trn = next(trn for each in range(MOST) if (trn := (self._next + each) % MOST) not in self._busy)
        self._next = (trn + 1) % MOST
        self._busy[trn] = ot, number
        return trn

    def of(self, ot: str) -> list[int]:
        """Those that are busy with this operation."""
        return [trn for trn, (busy, _) in self._busy.items() if busy == ot]

    def settle(self, trn: int, ot: str) -> int | None:
        """Its result came; None: it was not waited for."""
        if self._busy.get(trn, ("", 0))[0] != ot:
            return None
        return self._busy.pop(trn)[1]

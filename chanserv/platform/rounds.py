"""Which requests of the platform belong together, and which ids it is being answered about right now.

The platform sends equal texts twice for two reasons, a retry and a message
that really holds the same piece twice, and nothing in the request tells one
from the other. What it has read of our answers does: it sends a further piece
only after a 2xx to the former. So requests with one key (channel, id, to,
digest) less than `window` apart form a *round*, and the n of a request is one
more than the 2xx answers finished for its key in its round.

All of it is memory, bounded and expiring: a restart, and a key pushed out by
`limit` newer ones, begin again at n = 1, which never sends anything twice.
It knows no request, no store and no clock; `now` is seconds since the epoch.
"""

from __future__ import annotations

from collections import Counter

import attrs

from chanserv.message import Post, digest


@attrs.frozen
class Ticket:
    """One request while it is being answered."""

    channel: str
    id: str
    to: str
    digest: str
    n: int
    began: float  # of its round

    @property
    def whole(self) -> tuple[str, str, str, str, int]:
        """What a request for the same has, too, in whichever round."""
        return self.channel, self.id, self.to, self.digest, self.n


@attrs.define
class _Round:
    began: float
    last: float
    finished: int = 0


@attrs.define(eq=False)
class Rounds:
    """`window`: further_piece_window; `quiet`: status_after; both in seconds. `limit`: keys kept."""

    window: float = 60.0
    quiet: float = 2.0
    limit: int = 200_000
    _rounds: dict[int, _Round] = attrs.field(factory=dict, init=False)  # oldest last request first
    _open: Counter[tuple[str, str]] = attrs.field(factory=Counter, init=False)
    _answered: dict[tuple[str, str], float] = attrs.field(factory=dict, init=False)  # oldest first
    _newest: dict[tuple[str, str, str, str, int], Ticket] = attrs.field(factory=dict, init=False)  # while it is open

    def begin(self, post: Post, now: float) -> Ticket:
        """A request was read. Ends with `end`, whatever becomes of it. Without an id there are no rounds: n is 1."""
        self._open[post.channel, post.id] += 1
        key = (post.channel, post.id, post.piece.to, post.piece.digest or digest(post.piece.text))
        if not post.id:
            return self._opened(Ticket(*key, n=1, began=now))
        # 64 bits of the key stand for it: a collision would at worst send an equal piece on.
        current = self._rounds.pop(hash(key), None)
        if current is None or now - current.last >= self.window:
            current = _Round(now, now)
        current.last = now
        self._rounds[hash(key)] = current
        self._forget(now)
        return self._opened(Ticket(*key, n=current.finished + 1, began=current.began))

    def _opened(self, ticket: Ticket) -> Ticket:
        self._newest[ticket.whole] = ticket
        return ticket

    def came_again(self, ticket: Ticket) -> bool:
        """Has the same request begun once more since this one, which is still open?"""
        return self._newest.get(ticket.whole) is not ticket

    def end(self, ticket: Ticket, now: float, *, taken: bool) -> None:
        """Our answer was written; `taken`: it was a 2xx, on a connection that was still there."""
        name = (ticket.channel, ticket.id)
        if self._newest.get(ticket.whole) is ticket:
            del self._newest[ticket.whole]
        self._open[name] -= 1
        if self._open[name] <= 0:
            del self._open[name]
        if not ticket.id:
            return
        self._answered.pop(name, None)
        self._answered[name] = now
        current = self._rounds.get(hash((*name, ticket.to, ticket.digest)))
        if taken and current is not None and current.began == ticket.began:
            current.finished += 1
        self._forget(now)

    def quiet_until(self, channel: str, id: str, now: float) -> float:
        """No status of this id may be posted before; 0.0: any time.

        While a request is open it is always `quiet` seconds away: ask again then.
        A status that overtakes our own answer is lost: measured against courier
        v7.4.0 and v9.2.0, the message stays Wired for ever.
        """
        name = (channel, id)
        if name in self._open:
            return now + self.quiet
        until = self._answered.get(name, -self.quiet) + self.quiet
        return until if until > now else 0.0

    @property
    def answering(self) -> int:
        """Requests without an answer yet."""
        return self._open.total()

    def _forget(self, now: float) -> None:
        while self._rounds:
            oldest = next(iter(self._rounds))
            if len(self._rounds) <= self.limit and now - self._rounds[oldest].last < self.window:
                break
            del self._rounds[oldest]
        while self._answered:
            name = next(iter(self._answered))
            if len(self._answered) <= self.limit and now - self._answered[name] < self.quiet:
                break
            del self._answered[name]

"""The pieces a lane has claimed from the store: which parts are ready, and how many are out.

Replies come before bulk. A claim ends when none of its parts is ready or out.
Windows, rates, time and links are not known here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

from chanserv.message import Work


class Claims:
    """Bounded by its owner; `work in claims` asks for its piece."""

    def __init__(self) -> None:
        self._ready: tuple[deque[Work], deque[Work]] = (deque(), deque())  # replies, bulk
        self._waiting: set[int] = set()  # pieces in those
        self._out: dict[int, int] = {}  # piece -> its parts that are out
        self._held_back: Counter[int] = Counter()  # piece -> how many hold it back

    def __len__(self) -> int:
        return len(self._out)

    def __iter__(self) -> Iterator[int]:
        return iter(self._out)

    def __contains__(self, piece: object) -> bool:
        return piece in self._out

    @property
    def ready(self) -> bool:
        return bool(self._ready[0] or self._ready[1])

    def hold(self, work: Work) -> None:
        """A new claim, last in its line."""
        self._out[work.piece] = 0
        self._waiting.add(work.piece)
        self._ready[0 if work.reply else 1].append(work)

    def next(self) -> Work | None:
        """What is to go first, taken out; the rest of it may be put back."""
        queue = self._ready[0] or self._ready[1]
        if not queue:
            return None
        work = queue.popleft()
        self._waiting.discard(work.piece)
        return work

    def put_back(self, work: Work) -> None:
        """It stays the first of its line."""
        self._waiting.add(work.piece)
        self._ready[0 if work.reply else 1].appendleft(work)

    def left(self, piece: int, parts: int) -> None:
        """So many of its parts are out."""
        self._out[piece] += parts

    def landed(self, piece: int) -> None:
        """One of them is out no more."""
        self._out[piece] = max(0, self._out.get(piece, 0) - 1)
        self.end_if_idle(piece)

    def end_if_idle(self, piece: int) -> None:
        """The claim ends with its last part, unless it is held back."""
        if piece not in self._held_back and not self._out.get(piece) and piece not in self._waiting:
            self._out.pop(piece, None)

    def drop(self, piece: int) -> None:
        """None of its parts that are ready is to go any more."""
        self._waiting.discard(piece)
        for queue in self._ready:
            for work in [work for work in queue if work.piece == piece]:
                queue.remove(work)

    def hold_back(self, piece: int) -> None:
        """None of its parts is to go for now; it counts as claimed, so that nobody claims it anew."""
        self.drop(piece)
        self._held_back[piece] += 1
        self._out.setdefault(piece, 0)

    def go_on(self, piece: int) -> None:
        """It may be claimed again, unless somebody else holds it back."""
        self._held_back[piece] -= 1
        if self._held_back[piece] <= 0:
            del self._held_back[piece]
        self.end_if_idle(piece)

    def release(self) -> None:
        """Give up all that is ready; what is out or held back stays claimed."""
        self._waiting.clear()
        for queue in self._ready:
            queue.clear()
        self._out = {piece: parts for piece, parts in self._out.items() if parts or piece in self._held_back}

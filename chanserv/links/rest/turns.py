"""Parts of one text go one after the other: whoever cuts texts for us makes each a text of its own, which is read as it
comes. Texts to different people do not wait for each other; what is sent, and when it is answered, is not known here.
"""

from __future__ import annotations

from collections import deque

from twisted.internet.defer import Deferred, succeed


class Turns:
    """By piece."""

    def __init__(self) -> None:
        self._behind: dict[int, deque[Deferred[None]]] = {}  # piece -> who waits for the one that goes
        self._ended: deque[int] = deque()
        self._ending = False

    def take(self, piece: int) -> Deferred[None]:
        """Fires when it is this part's turn: at once, or when all that asked before have ended."""
        if piece not in self._behind:
            self._behind[piece] = deque()
            return succeed(None)
        turn: Deferred[None] = Deferred()
        self._behind[piece].append(turn)
        return turn

    def end(self, piece: int) -> None:
        """The part whose turn it was is answered. The next one may be so at once, and there may be hundreds of them."""
        self._ended.append(piece)
        if self._ending:
            return
        self._ending = True
        try:
            while self._ended:
                self._end(self._ended.popleft())
        finally:
            self._ending = False

    def _end(self, piece: int) -> None:
        behind = self._behind[piece]
        if behind:
            behind.popleft().callback(None)
        else:
            del self._behind[piece]

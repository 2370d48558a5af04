"""Which MO may be the repeat of a former one, for carriers that give MO no id.

A person may send "1" twice; an SMSC sends a text again, octet for octet,
when it has not read our answer. So equal octets are a repeat only if the
answer to the former was not written, or its session (or our process) ended
within SOON of it; once for each former, within repeat_window. The repeat is a
former in turn: its answer may be missed as well. It knows
digests and instants (seconds), no PDU and no store.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

import attrs

SOON = 5.0  # seconds between an answer and the end of its session in which it may have been lost
WINDOW = 1800.0  # repeat_window: seconds a former counts


@attrs.define(eq=False)
class Former:
    """An MO that may come again."""

    digest: str
    since: float


@attrs.define(eq=False)
class Formers:
    """The MO of one link: being kept, just answered, in doubt."""

    _keeping: Counter[str] = attrs.field(factory=Counter)
    _answered: deque[tuple[float, str, object]] = attrs.field(factory=deque)
    _doubtful: dict[str, deque[Former]] = attrs.field(factory=dict)
    _ageing: deque[Former] = attrs.field(factory=deque)  # of _doubtful, oldest first

    def came(self, digest: str) -> None:
        """A new MO: it is being kept, and not answered yet."""
        self._keeping[digest] += 1

    def keeping(self, digest: str) -> int:
        """How many equal ones are not answered yet."""
        return self._keeping.get(digest, 0)

    def kept(self, digest: str) -> None:
        """The store has spoken. Not kept, it shall come again, and is no former."""
        self._keeping[digest] -= 1
        if self._keeping[digest] <= 0:
            del self._keeping[digest]

    def answered(self, digest: str, now: float, *, read: bool, session: object = None) -> None:
        """It, or a repeat of it, is answered well; `read`: on a session that lives, this one."""
        if not read:
            return self.doubt([digest], now)
        self._answered.append((now, digest, session))
        while now - self._answered[0][0] > SOON:
            self._answered.popleft()

    def session_ended(self, now: float, session: object = None) -> None:
        """What was answered there only just is in doubt; what is being kept will be when it is kept."""
        self.doubt([digest for at, digest, on in self._answered if on is session and now - at <= SOON], now)
        self._answered = deque(one for one in self._answered if one[2] is not session)

    def doubt(self, digests: Iterable[str], now: float) -> None:
        """The answers to these may not have been read."""
        for digest in digests:
            former = Former(digest, now)
            self._doubtful.setdefault(digest, deque()).append(former)
            self._ageing.append(former)

    def repeated(self, digest: str, now: float) -> bool:
        """Is this one the repeat of a former in doubt? That former then counts no more."""
        while self._ageing and now - self._ageing[0].since > WINDOW:
            self._drop(self._ageing.popleft())
        formers = self._doubtful.get(digest)
        if not formers:
            return False
        self._drop(formers[0])
        return True

    def _drop(self, former: Former) -> None:
        """Each digest's are in the order of all: it is the first of them, or dropped already."""
        formers = self._doubtful.get(former.digest)
        if formers and formers[0] is former:
            formers.popleft()
            if not formers:
                del self._doubtful[former.digest]

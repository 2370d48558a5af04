"""Signing in: what our login says, and what the SMSC's answer to it means. When it is written is not known here."""

from __future__ import annotations

import attrs

from chanserv.links.cimd2 import answers, verdicts
from chanserv.links.cimd2.packets import LOGIN, PASSWORD, SUB_ADDRESS, USER, WINDOW, Packet
from chanserv.links.cimd2.terms import Credentials, Learnt
from chanserv.links.events import Closed


@attrs.define
class Login:
    """`window`: what is asked for, as long as nobody says that there is none; 0: none is."""

    credentials: Credentials
    learnt: Learnt
    window: int
    sent: int = 0  # times

    @property
    def width(self) -> int:
        """Requests that may be open at once, if this one is answered well."""
        return self._asked or 1

    @property
    def _asked(self) -> int:
        return self.window if self.learnt.windowed else 0

    def packet(self) -> Packet:
        """The next one."""
        self.sent += 1
        mine = self.credentials
        found = [(USER, mine.user), (PASSWORD, mine.password)]
        if mine.sub_address is not None:
            found.append((SUB_ADDRESS, str(mine.sub_address)))
        if self._asked:
            found.append((WINDOW, str(self._asked)))
        return Packet(LOGIN, parameters=tuple(found))

    def refused(self, answer: Packet) -> Closed | None:
        """Why it is over; None: it is worth another, without a window."""
        error = answers.error(answer)
        if error == verdicts.NO_WINDOWS and self._asked:
            self.learnt.windowed = False
            return None
        why = f"login refused: {error} {answers.words(answer) or verdicts.name(error)}"
        return Closed(why, verdicts.HOPELESS.get(error, ""), rest=verdicts.RESTS.get(error, 0.0))

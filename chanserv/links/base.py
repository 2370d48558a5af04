"""What a kind of link has to bring: a session for each connection, and a speech that knows its words.

Everything else (dialling, window, several sessions, commits, what is told to
the lane) is the same for all kinds, and is in `account`, `seat`, `protocol` and `hearing`.
Here are only the two interfaces, and what they pass to and fro.
"""

from __future__ import annotations

from typing import Any, Protocol

import attrs

from chanserv.links.events import Answered, Event
from chanserv.message import Part, Question, Receipt, Reply, Verdict, Work

__all__ = ["Judgement", "Question", "Session", "Speech"]


@attrs.frozen(kw_only=True)
class Judgement:
    """What a carrier's answer means for the part it answers."""

    verdict: Verdict
    code: str = ""  # the code's name, for counting
    reason: str = ""  # the code's name and what the carrier said beside it
    carrier_id: str = ""  # as it is kept: the same spelling as in `Receipt.carrier_ids`
    raw_id: str = ""  # as the carrier wrote it, where that differs
    pause: float = 0.0  # seconds in which nothing more is to be sent
    lost: bool = False  # the carrier says that we are not signed in: the session is to end


class Session(Protocol):
    """One connection as the protocol sees it: no socket, no clock. Octets and the time (seconds) go in.

    What happened is in `events`, which the owner empties after each call. What is to be written, `flush` gives;
    octets it gave count as written. After Closed nothing more happens.
    """

    events: list[Event]
    late: int  # answers to what is no longer waited for
    strange: int  # what came and means nothing here

    @property
    def pending(self) -> int:
        """Parts without an answer yet."""

    @property
    def living(self) -> bool:
        """Not closed yet: what is written can still be read."""

    def open(self, now: float) -> None:
        """The connection is there: sign in, or wait for what the carrier says first."""

    def submit(self, now: float, pdu: Any) -> int:
        """Send what `Speech.compose` made; its number. Only while bound. Raises BadField, and sends nothing."""

    def ask(self, now: float, pdu: Any) -> int:
        """Send what `Speech.question` or `Speech.cancellation` made; `Replied` or `Unanswered` will come of it."""

    def answer(self, now: float, pdu: Any, well: bool) -> None:
        """Answer what was Delivered: it is kept; or it is not, and the carrier shall come again."""

    def received(self, now: float, data: bytes) -> None:
        """Octets from the carrier, cut anywhere."""

    def due(self) -> float | None:
        """When to call `tick`, at the latest; None: never again."""

    def tick(self, now: float) -> None:
        """Whatever time alone brings; early calls do nothing."""

    def flush(self) -> bytes:
        """What is to be written; it counts as written now."""

    def stop_reading(self, now: float) -> None:
        """The owner reads no more for a while: silence means nothing, and no answer is late."""

    def read_on(self, now: float) -> None:
        """It reads again; what waits for an answer waits as much longer."""

    def leave(self, now: float) -> None:
        """Sign off: wait for open answers, say goodbye, close; each bounded."""

    def close(self, reason: str) -> None:
        """The end, whoever brought it; what was not answered never will be. Idempotent."""


class Speech(Protocol):
    """What one account says and understands: pure, made from its settings."""

    @property
    def roles(self) -> tuple[str, ...]:
        """A name for each connection that is to be kept up."""

    @property
    def version(self) -> str:
        """Of the protocol, as it is spoken at present; empty where it has none."""

    def sends(self, role: str) -> bool:
        """May parts be submitted in a session of this role?"""

    def session(self, role: str) -> Session:
        """For a connection that was just made. Role "caller": one the carrier opened (`listen`)."""

    def compose(self, work: Work, part: Part) -> Any:
        """What `Session.submit` takes. Raises BadField if the protocol cannot say it."""

    def judge(self, answered: Answered, tries: int) -> Judgement:
        """`tries`: LATER and UNKNOWN before this answer."""

    def read(self, pdu: Any, now: float) -> Receipt | Reply | None:
        """What was Delivered; None if it is neither. A receipt without ids is nobody's."""

    def question(self, asked: Question) -> Any | None:
        """What `Session.ask` takes to learn a part's fate; None: this carrier cannot be asked."""

    def cancellation(self, asked: Question) -> Any | None:
        """What `Session.ask` takes to cancel a part; None: this carrier cannot."""

"""What the gateway counts, as seen by those who have something to count.

A meter is told what happened, in past participles, and never answers; nobody
waits for it and nothing depends on it. It knows no metrics library:
`console.metrics` brings the one that Prometheus reads, `Silent` is for tests
and for a gateway without a console.
"""

from __future__ import annotations

from typing import Protocol

from chanserv.message import Verdict


class IMeter(Protocol):
    """Called on the hot path: every method returns at once and raises nothing. Spans are seconds."""

    def accepted(self, channel: str) -> None:
        """A new piece of this channel is on disk."""

    def repeated(self, channel: str) -> None:
        """A request was known as a repeat; nothing new is sent."""

    def regenerated(self, channel: str) -> None:
        """A request was a wanted resend and began a new generation."""

    def emptied(self, channel: str) -> None:
        """An empty text was answered 200 and dropped."""

    def foreign(self, channel: str) -> None:
        """A `from` that is not among the channel's senders was replaced by its address."""

    def unauthorized(self, channel: str) -> None:
        """A request came with a wrong token."""

    def declined(self, channel: str, code: int) -> None:
        """A request was answered with this HTTP status other than 2xx and 401."""

    def answered(self, link: str, verdict: Verdict, reason: str, seconds: float) -> None:
        """One part's answer, or its absence, so long after the part was handed over."""

    def throttled(self, link: str) -> None:
        """The carrier said slow down."""

    def heard(self, link: str, fate: str) -> None:
        """An MO; `fate` as in `operations.Heard`."""

    def recorded(self, link: str, fate: str) -> None:
        """A receipt; `fate` as in `operations.Recorded`."""

    def posted(self, kind: str, result: str, seconds: float) -> None:
        """A post to the platform; `result` is told, later or dead."""

    def committed(self, seconds: float, operations: int) -> None:
        """One commit of the store."""

    def counted(self, name: str, **labels: str) -> None:
        """Anything rarer, by a name of `COUNTS` with exactly its labels; others are counted as surprises."""


COUNTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sessions_broken": ("Sessions with a carrier that ended unasked", ("link",)),
    "receipts_late": ("Receipts that came after a final status was posted", ("link",)),
    "pieces_late": ("Pieces taken after their message's final status was posted", ("channel",)),
    "commits_failed": ("Commits of the store that failed", ()),
    "surprises": ("Errors nobody foresaw, each logged once", ("where",)),
}
"""What `IMeter.counted` knows: name -> (help, labels)."""


class Silent:
    """Counts nothing."""

    def accepted(self, channel: str) -> None: ...
    def repeated(self, channel: str) -> None: ...
    def regenerated(self, channel: str) -> None: ...
    def emptied(self, channel: str) -> None: ...
    def foreign(self, channel: str) -> None: ...
    def unauthorized(self, channel: str) -> None: ...
    def declined(self, channel: str, code: int) -> None: ...
    def answered(self, link: str, verdict: Verdict, reason: str, seconds: float) -> None: ...
    def throttled(self, link: str) -> None: ...
    def heard(self, link: str, fate: str) -> None: ...
    def recorded(self, link: str, fate: str) -> None: ...
    def posted(self, kind: str, result: str, seconds: float) -> None: ...
    def committed(self, seconds: float, operations: int) -> None: ...
    def counted(self, name: str, **labels: str) -> None: ...


SILENT: IMeter = Silent()

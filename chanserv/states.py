"""The words for how far a text, and each part of it, has come; and for what a carrier's answer means."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """How far a message has come, as the platform counts it."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        return self in (Status.DELIVERED, Status.FAILED)


class Verdict(StrEnum):
    """What a carrier's answer, or its silence, means for one part."""

    TAKEN = "taken"  # the carrier has it
    REFUSED = "refused"  # it never will; do not try again
    LATER = "later"  # it was not taken; try again
    UNKNOWN = "unknown"  # octets left, no answer came: trying again may send it twice


class Coding(StrEnum):
    """The alphabet of a part's body: one septet an octet, UTF-16BE, or bare octets."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"
    OCTETS = "octets"


class State(StrEnum):
    """Where one part stands. *Claimed* exists in memory only and is not here."""

    QUEUED = "queued"
    HELD = "held"  # not taken; due again at `Part.due`
    SENDING = "sending"  # its octets may have left
    SENT = "sent"  # taken by the carrier; a receipt may come
    DOUBTFUL = "doubtful"  # no answer and no resend: only a receipt can settle it
    DELIVERED = "delivered"
    FAILED = "failed"
    SILENT = "silent"  # sent, and no receipt is or was to be had
    UNKNOWN = "unknown"  # nobody will ever tell
    DROPPED = "dropped"  # never sent, since another part of its piece failed

    @property
    def waiting(self) -> bool:
        """Still to be sent."""
        return self in (State.QUEUED, State.HELD)

    @property
    def final(self) -> bool:
        return self in (State.DELIVERED, State.FAILED, State.SILENT, State.UNKNOWN, State.DROPPED)

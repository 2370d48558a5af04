"""The exceptions of the gateway. An outcome is a value; these are for surprises and borders."""

from __future__ import annotations

from collections.abc import Sequence


class ChanservError(Exception):
    """Anything this package raises on purpose."""


class SettingsError(ChanservError):
    """Faults of the settings, all of them at once: lines of `file: key: what is wrong`."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class WireError(ChanservError):
    """Octets that do not fit their protocol."""


class BadField(WireError):
    """One field is wrong: answer with `status`, the connection may go on."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class BadFrame(WireError):
    """The stream has lost its sense: the connection must be closed."""


class CannotDial(ChanservError):
    """A connection that did not come about: why, in words for the operator."""


class BadRequest(ChanservError):
    """A request that can never be served: which field, and why (answer 400)."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Conflict(ChanservError):
    """What is asked does not go with what is there (answer 409)."""


class StoreError(ChanservError):
    """The store could not commit; nothing is known to be on disk (answer 503)."""


class StoreBusy(StoreError):
    """Another process owns this store."""


class SchemaTooNew(StoreError):
    """The file was written by a later chanserv."""


class QueueFull(ChanservError):
    """`queue_limit` pieces are waiting (answer 503)."""


class Leaving(ChanservError):
    """The gateway is shutting down and takes nothing more (answer 503)."""

"""How a simulated aggregator behaves: values only. Every field is an option of `chanserv simulate rest`."""

from __future__ import annotations

from typing import Any

import attrs

WORDS = ("sent", "delivered", "failed", "ignored")


def _words(behaviour: Any, field: Any, value: str) -> None:
    if unknown := [word for word in value.split() if word not in WORDS]:
        raise ValueError(f"{field.name}: {unknown[0]!r} is none of {', '.join(WORDS)}")


@attrs.frozen(kw_only=True)
class Behaviour:
    """Times in seconds. A count or a time of 0 means never."""

    latency: float = 0.0  # from a request to its answer
    silent: bool = False  # what comes is read, and that is all
    answer: str = ""  # name, or beginning, of the [[test]] case that answers each part; empty: the first that accepts
    refuse_every: int = 0  # every Nth part is refused
    throttle_for: float = 0.0  # from when it is set, each part is throttled
    drop_every: int = 0  # every Nth part is taken, but the connection breaks instead of an answer
    statuses: bool = True  # of parts that were taken
    status_every: int = 0  # only every Nth part that was taken gets them: the others' are lost
    status: str = attrs.field(default="delivered", validator=_words)  # several, between blanks: in that order
    status_delay: float = 0.0  # from the answer to the first, and from one to the next
    twice: bool = False  # each webhook comes two times
    early: bool = False  # statuses come before the answer
    wrong_signature: bool = False  # of webhooks, where the provider signs them
    wrong_secret: bool = False  # in their path
    retry_after: float = 5.0  # a webhook that is answered 5xx or 429, or not at all, comes again

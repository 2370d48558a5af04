"""How a simulated carrier behaves, whatever it speaks: values only.

Every plain field is an option of `chanserv simulate`. What follows from them is not known here: a desk heeds the
first four, `mo_window`, `silent` and `enquire_after`; a trade the ids and words; all else is the carrier's matter.
"""

from __future__ import annotations

import attrs

BASES = {"hex": "{:x}", "decimal": "{:d}"}
VERSIONS = {"3.3": 0x33, "3.4": 0x34, "5.0": 0x50}


@attrs.frozen(kw_only=True)
class Behaviour:
    """Times in seconds. A count or a time of 0 means never, or no limit; an empty name or password, any."""

    system_id: str = ""  # what the other end must sign in with
    password: str = ""
    bind_status: int = 0  # other than 0: every sign-in is refused with it
    version: str = attrs.field(
        default="5.0", validator=attrs.validators.in_(tuple(VERSIONS))
    )  # SMPP, the highest it speaks
    window: int = 0  # parts unanswered a session; one more is throttled
    mo_window: int = attrs.field(default=10, validator=attrs.validators.ge(1))  # deliveries unanswered a session
    latency: float = 0.0  # from a part to its answer
    jitter: float = 0.0  # at most so much more, by chance
    silent: bool = False  # what comes is read, and that is all: nothing is said, nothing hung up
    slow: float = 0.0  # seconds between two reads of at most 100 octets: a slow reader
    refuse_every: int = 0  # every Nth part ...
    refuse_with: int = 0  # ... gets this code (0: the kind's own for "never")
    throttle_for: float = 0.0  # from when it is set, each part is throttled
    drop_every: int = 0  # every Nth part is taken, but the connection breaks instead of an answer
    cut_every: int = 0  # every Nth part is taken, and the connection breaks in the middle of its answer
    repeat_answers: bool = False  # each answer is sent twice
    unknown_every: int = 0  # every Nth answer comes behind one under a number that nobody used
    id_start: int = 1
    id_base: str = attrs.field(default="hex", validator=attrs.validators.in_(tuple(BASES)))  # of ids in answers
    receipts: bool = True  # for those who ask for them
    receipt_every: int = 0  # only every Nth part that was taken gets them: the others' are lost
    receipt_delay: float = 0.0  # after the answer
    receipt_ids: str = attrs.field(default="same", validator=attrs.validators.in_(("same", *BASES)))
    receipt_status: str = "DELIVRD"  # several words, between blanks: that many receipts, in that order
    twice: bool = False  # each receipt is sent two times
    early: bool = False  # receipts go out before the answer
    reorder: bool = False  # of two receipts that wait the later goes first
    retry_after: float = 5.0  # a delivery that was refused comes again
    enquire_after: float = 30.0  # of silence; as much again without an answer ends the session
    outbind_id: str = ""  # what an SMPP carrier that calls says it is (empty: its usual name)
    outbind_password: str = ""
    congestion: int = attrs.field(default=-1, validator=[attrs.validators.ge(-1), attrs.validators.le(100)])
    # 0 to 100, told in the answers of SMPP 5.0; -1: it is not

    def answered_id(self, number: int) -> str:
        """The id in an answer, of kinds that count."""
        return BASES[self.id_base].format(number)

    def receipt_id(self, number: int) -> str:
        """The same in a receipt."""
        return BASES[self.id_base if self.receipt_ids == "same" else self.receipt_ids].format(number)

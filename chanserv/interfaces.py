"""The sockets that parts plug into. Each docstring states a promise; the contract tests hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from chanserv.message import Answer, Message, Outcome, Post, Question, Receipt, Reply, Work
from chanserv.operations import Enquiry, Operation, Recalled, Result, Settled, Taken


class IStore(Interface):
    """What must outlive the process."""

    def open() -> Deferred[None]:
        """Take ownership, migrate, recover. Fails with StoreBusy, SchemaTooNew or StoreError."""

    def apply(operations: Sequence[Operation]) -> Deferred[list[Result]]:
        """Carry these out, in order, in one commit (perhaps shared with others').

        Fires once the commit is on disk, one result an operation; an operation
        that cannot be carried out gives `Failed` and harms no other. Fails with
        StoreError if nothing could be committed. What was learnt from outside
        (Settle, Refuse, Reject, Posted, Begin) is not given up then: it is kept in
        memory, tried again, and its Deferred fires when that succeeded.
        """

    def close() -> Deferred[None]:
        """Commit what was handed in, then let go. Idempotent."""

    healthy: bool = Attribute("the last commit succeeded")


class IRouter(Interface):
    """The one object every text passes. News from outside enters by one of four verbs."""

    def submit(post: Post) -> Deferred[Taken]:
        """Take a piece for delivery; fires once it is on disk.

        Raises BadRequest if it can never be sent. Fails with QueueFull,
        Leaving or StoreError (all 503).
        """

    def settled(outcomes: Sequence[Outcome]) -> Deferred[list[Settled]]:
        """A link knows what became of these parts; fires once that is on disk, one value each.

        Not given up while the process lives: it fails only if the store closes first.
        """

    def receipt(receipts: Sequence[Receipt]) -> Deferred[list[bool]]:
        """Carriers tell the fate of parts they took. True: on disk, answer well; False: not kept."""

    def reply(replies: Sequence[Reply]) -> Deferred[list[bool]]:
        """Handsets sent these. True: on disk (or a known repeat), answer well; False: not kept."""


class IInquiry(Interface):
    """What carriers are asked beside their work. Both fire in bounded time, as `ILink.ask` does."""

    def ask(enquiries: Sequence[Enquiry]) -> Deferred[list[Answer]]:
        """What became of these parts? One Answer each, in order.

        It is kept in the timeline; a final one is a receipt like any other.
        """

    def cancel(message: Message) -> Deferred[list[Recalled]]:
        """Send nothing of this text that was not sent, and have carriers drop what they have; one value a part.

        Fails with StoreError if nothing could be committed; nothing is cancelled then.
        """


class ILink(Interface):
    """A way to one carrier account, whatever it speaks."""

    name: str = Attribute("what the settings call it")
    kind: str = Attribute("smpp, ucp, cimd2, rest, external")
    window: int = Attribute("parts that may be unanswered at once, over all bound sessions; 0: not up")
    up: bool = Attribute("at least one session may send")
    trying: bool = Attribute("`up` to find out whether anybody is there: the last part found nobody")

    def send(work: Work) -> None:
        """Hand over every part of `work`; each ends in exactly one Outcome told to the lane.

        Called only while `up`. A session that breaks tells UNKNOWN for what was
        written and LATER for what was not.
        """

    def ask(questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """Ask the carrier what became of parts it took; one Answer each, in order.

        It always fires, within the time an answer to a part may take, and never
        fails: a question that no session can carry, that this kind or this carrier
        has no words for, that got an error or no answer is an Answer that is not
        `well`, its words say why. Nothing is kept and no receipt is told by it:
        whoever asked does that. Few at a time (tens); window and pace are for parts.
        """

    def cancel(questions: Sequence[Question]) -> Deferred[list[Answer]]:
        """Ask the carrier to drop parts it took; as `ask`. `well`: it has dropped this one.

        Without an answer it may have. `fate`, if it told one, is why not: delivered already, say.
        """

    def start() -> None:
        """Begin to keep sessions up; one that gave up (a refused password) begins anew. Idempotent."""

    def stop() -> Deferred[None]:
        """Send nothing more, wait a bounded time for open answers, sign off, close. Idempotent."""

    def status() -> dict[str, object]:
        """For the page: state, since, sessions, last error, counters; JSON-able."""


class ILane(Interface):
    """What a link tells its owner."""

    def answered(outcomes: Sequence[Outcome]) -> None:
        """What became of parts handed over by `ILink.send`; all of one reactor turn in one call."""

    def changed() -> None:
        """`up` or `window` is not what it was."""

    def broken() -> None:
        """A session that might send ended, and nobody here wanted it to; once each, whatever others there are."""

    def throttled(delay: float) -> None:
        """The carrier said slow down, to one part: no part for `delay` seconds, and fewer after that.

        Told for each part that was answered so, before its `answered`; a window of them slows the lane once.
        """

    def congested(level: int) -> None:
        """How busy the carrier says it is: 0 idle, 80 to 89 just right, 100 full (SMPP 5.0, congestion_state).

        Told for every answer that says so.
        """


class IPlatform(Interface):
    """The messaging platform in front of us: the way back."""

    def start() -> None:
        """Begin to post what is owed."""

    def nudge() -> None:
        """Something new is owed."""

    def stop() -> Deferred[None]:
        """Finish the posts that are out (bounded); what is still owed stays in the store."""


class IGate(Interface):
    """May a link dial now? It asks before every dial, and keeps no session while the gate is closed."""

    open: bool = Attribute("dial, and keep sessions")
    reason: str = Attribute("why it is closed, for an operator; empty while it is open")

    def subscribe(changed: Callable[[], None]) -> None:
        """Call `changed` whenever `open` is not what it was."""


class ITunnel(Interface):
    """A VPN (or a device, or a route) that links go through, as it is seen; nothing here changes it."""

    name: str = Attribute("what the settings call it")
    kind: str = Attribute("wireguard, strongswan, route, device")
    up: bool = Attribute("known to be up; false if nothing is known")

    def status() -> dict[str, object]:
        """For the page: state (up, down, unknown), since, reason, and what else was seen; JSON-able."""

"""What we owe the platform: letters, one line at a time, in order, until told or dead.

The statuses of one message share one slip, which names the next of them; a
reply (MO) has its own. Who posts them, and how the platform's answers are
read, is `platform.report`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from chanserv import operations as op
from chanserv.message import Hop, Inbound, Letter, Message, Status
from chanserv.rules import fate, owing
from chanserv.rules.terms import Terms
from chanserv.store.ledger import Ledger, Slip

UNWANTED_ROUNDS = 20  # of reading slips in one fetch; more is another fetch's
DEAD = "dead letter"  # the hop
HOPS = 300  # kept for one message or reply; what fails for days must not grow it without bound


class Outbox:
    """The slips of one ledger."""

    def __init__(self, ledger: Ledger, terms: Terms) -> None:
        self._ledger = ledger
        self._terms = terms

    def owe_statuses(self, now: float, message: Message) -> None:
        """Let the slip of a message say what its `owed` says."""
        slip = self._ledger.slip(message.ref)
        if not message.owed or message.open:
            if slip is not None and not slip.dead:
                self._ledger.paid(message.ref)
            return
        due = owing.not_before(message, self._terms)
        if slip is not None and slip.tries and len(message.owed) > 1:
            message, slip = owing.failed_once(message), None
            self._ledger.put(message)
        if slip is None or slip.dead:
            slip = Slip(ref=message.ref, line=f"status\0{message.ref}", reply=False, due=due, first=now)
        self._ledger.owe(replace(slip, due=max(due, slip.due) if slip.tries else due))

    def owe_reply(self, now: float, inbound: Inbound) -> None:
        """An MO is to be told; behind others of the same sender it waits its turn."""
        line = f"reply\0{inbound.channel}\0{inbound.sender}"
        head = not self._ledger.in_slips(line)
        dead = bool(inbound.dead)
        self._ledger.owe(
            Slip(ref=inbound.ref, line=line, reply=True, due=now, head=head, first=now, dead=dead, reason=inbound.dead)
        )

    def forget(self, ref: int) -> None:
        self._ledger.paid(ref)

    def fetch(self, now: float, fetch: op.Fetch) -> op.Fetched:
        """What nobody wants to be told is concluded on the way, and does not use up the limit."""
        letters: list[Letter] = []
        holding = set(fetch.holding)
        for _ in range(UNWANTED_ROUNDS):
            slips = self._ledger.due_slips(now, fetch.limit - len(letters), holding)
            for slip in slips:
                letter = self._reply(slip) if slip.reply else self._status(now, slip)
                if letter is not None:
                    letters.append(letter)
                    holding.add(slip.ref)
            if not slips or len(letters) >= fetch.limit:
                return op.Fetched(letters=tuple(letters), due=self._ledger.next_slip_due(now))
        return op.Fetched(letters=tuple(letters), due=now)

    def _reply(self, slip: Slip) -> Letter | None:
        inbound = self._ledger.inbound(slip.ref)
        if inbound is None:
            self._ledger.paid(slip.ref)
            self._promote(slip.line)
            return None
        return Letter(
            ref=slip.ref,
            kind="stopped" if inbound.stop else "receive",
            channel=inbound.channel,
            sender=inbound.sender,
            text=inbound.text,
            at=inbound.at,
            tries=slip.tries,
            first=slip.first,
            subject=inbound.ref,
        )

    def _status(self, now: float, slip: Slip) -> Letter | None:
        """The next wanted status; those the channel does not want count as told when their time comes."""
        message = self._ledger.message(slip.ref)
        if message is None or not message.owed:
            self._ledger.paid(slip.ref)
            return None
        status = message.owed[0]
        if not owing.wanted(status, self._terms.channel(message.channel)):
            self._conclude(now, owing.told(message, status), slip, Hop(now, f"{status.value} not wanted"))
            return None
        return Letter(
            ref=slip.ref, kind=status.value, channel=message.channel, id=message.id, reason=message.reason,
            tries=slip.tries, first=slip.first, subject=message.ref,
        )  # fmt: skip

    def posted(self, now: float, posted: op.Posted) -> op.Done:
        slip = self._ledger.slip(posted.letter)
        if slip is None and posted.kind in ("receive", "stopped"):
            return op.Done(known=False)
        if slip is not None and slip.reply:
            return self._reply_posted(now, posted, slip)
        return self._status_posted(now, posted, slip)

    def _reply_posted(self, now: float, posted: op.Posted, slip: Slip) -> op.Done:
        inbound = self._ledger.inbound(slip.ref)
        if inbound is None:
            self._ledger.paid(slip.ref)
            self._promote(slip.line)
            return op.Done(known=False)
        if not posted.told and posted.due:
            if self._put_off(slip, posted):
                self._note(inbound, Hop(now, "not told", posted.reason))
            return op.Done()
        if posted.told:
            self._ledger.paid(slip.ref)
            wake = now + self._terms.repeat_window
            self._note(replace(inbound, told=now, dead="", wake=wake), Hop(now, "told"))
        else:
            self._ledger.owe(replace(slip, dead=True, head=False, reason=posted.reason))
            wake = now + self._terms.retention * 86400.0
            self._note(replace(inbound, dead=posted.reason, wake=wake), Hop(now, DEAD, posted.reason))
        self._promote(slip.line)
        return op.Done()

    def _put_off(self, slip: Slip, posted: op.Posted) -> bool:
        """Until `due`. Is it worth a hop? Waiting on for the same reason is not: a platform may be down for days."""
        self._ledger.owe(replace(slip, tries=slip.tries + posted.tried, due=posted.due, reason=posted.reason))
        return posted.tried or posted.reason != slip.reason

    def _promote(self, line: str) -> None:
        behind = self._ledger.next_slip(line)
        if behind is not None:
            self._ledger.owe(replace(behind, head=True))

    def _note(self, inbound: Inbound, hop: Hop) -> None:
        self._ledger.put_inbound(replace(inbound, hops=(*inbound.hops[-HOPS:], hop)))

    def _status_posted(self, now: float, posted: op.Posted, slip: Slip | None) -> op.Done:
        message = self._ledger.message(posted.letter)
        if message is None:
            self._ledger.paid(posted.letter)
            return op.Done(known=False)
        if posted.told:
            status = Status(posted.kind) if posted.kind else message.owed[0]
            self._conclude(now, owing.told(message, status), slip, Hop(now, f"told {status.value}"))
        elif posted.due and slip is not None:
            message = owing.failed_once(message) if posted.tried else message
            if self._put_off(slip, posted):
                hop = Hop(now, f"{posted.kind or 'status'} not told", posted.reason)
                self._ledger.put(replace(message, hops=(*message.hops[-HOPS:], hop)))
        elif slip is not None and len(message.owed) > 1:
            hop = Hop(now, f"{posted.kind} never told", posted.reason)
            self._conclude(now, owing.failed_once(message), slip, hop)  # a newer one has its own chance
        elif slip is not None:
            self._bury(now, message, slip, posted)
        return op.Done()

    def _conclude(self, now: float, message: Message, slip: Slip | None, hop: Hop) -> None:
        message = replace(message, hops=(*message.hops[-HOPS:], hop))
        message = replace(message, wake=fate.wake(message, self._terms))
        self._ledger.put(message)
        self._ledger.paid(message.ref)
        self.owe_statuses(now, message)

    def _bury(self, now: float, message: Message, slip: Slip, posted: op.Posted) -> None:
        """Never to be told: counts as told, or no later resend could be known for one."""
        told = message.owed[-1] if message.owed else message.told
        hop = Hop(now, DEAD, posted.reason)
        message = replace(message, told=told, hops=(*message.hops[-HOPS:], hop))
        self._ledger.put(replace(message, wake=fate.wake(message, self._terms)))
        self._ledger.owe(replace(slip, dead=True, reason=posted.reason))

    def dead(self, now: float, dead: op.Dead) -> op.DeadLetters:
        slips = self._ledger.dead_slips(dead.after, dead.limit)
        letters = tuple(self._dead_reply(slip) if slip.reply else self._dead_status(slip) for slip in slips)
        return op.DeadLetters(letters=letters, more=len(slips) == dead.limit)

    def _dead_reply(self, slip: Slip) -> op.DeadLetter:
        inbound = self._ledger.inbound(slip.ref)
        return op.DeadLetter(
            ref=slip.ref, kind="reply", channel=inbound.channel if inbound else "", reason=slip.reason,
            who=inbound.sender if inbound else "", since=_died(slip, inbound.hops if inbound else ()),
        )  # fmt: skip

    def _dead_status(self, slip: Slip) -> op.DeadLetter:
        message = self._ledger.message(slip.ref)
        who = dict.fromkeys(piece.to for piece in message.pieces) if message else ()
        return op.DeadLetter(
            ref=slip.ref, kind="status", channel=message.channel if message else "", reason=slip.reason,
            who=", ".join(who), since=_died(slip, message.hops if message else ()),
            status=message.owed[0].value if message and message.owed else "",
        )  # fmt: skip

    def replay(self, now: float, replay: op.Replay) -> op.Done:
        slip = self._ledger.slip(replay.letter)
        if slip is None or not slip.dead:
            return op.Done(known=False)
        inbound = self._ledger.inbound(slip.ref) if slip.reply else None
        if inbound is not None and not inbound.channel:
            return op.Done(known=False)
        if inbound is not None:
            self._note(replace(inbound, dead="", wake=0.0), Hop(now, "replayed"))
        head = not slip.reply or not self._ledger.in_slips(slip.line)
        self._ledger.owe(replace(slip, dead=False, head=head, due=now, first=now, tries=0, reason=""))
        return op.Done()


def _died(slip: Slip, hops: Sequence[Hop]) -> float:
    """A reply nobody claims was dead from the first."""
    return next((hop.at for hop in reversed(hops) if hop.what == DEAD), slip.first)

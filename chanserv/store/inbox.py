"""Texts from handsets (MO): known repeats fall out, segments are joined, the whole is owed to the platform.

Which channel a reply belongs to was decided before; how an SMSC writes one
stays with its link.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from chanserv import operations as op
from chanserv.message import Hop, Inbound, Reply, clean
from chanserv.rules.terms import Terms
from chanserv.store.ledger import Ledger
from chanserv.store.outbox import Outbox
from chanserv.text.parts import decode

FORMER = "\0former\0"  # begins the key of a segment that was joined; no link's name begins so


class Inbox:
    """The replies of one ledger."""

    def __init__(self, ledger: Ledger, terms: Terms, outbox: Outbox) -> None:
        self._ledger = ledger
        self._terms = terms
        self._outbox = outbox

    def hear(self, now: float, hear: op.Hear) -> op.Heard:
        reply = hear.reply
        if reply.vendor_id and (self._ledger.heard(reply.link, reply.vendor_id) or self._joined(reply)):
            return op.Heard(fate="repeated")
        if reply.segment is None or reply.segment.total == 1:
            self._keep(now, [reply])
            return op.Heard(fate="kept")
        key = _key(reply)
        self._make_room(now, key, reply)
        self._ledger.keep_segment(key, reply, now)
        segments = [segment for _, segment in self._ledger.segments(key)]
        if len(segments) < reply.segment.total:
            return op.Heard(fate="waiting")
        self._ledger.drop_segments(key)
        self._keep(now, segments)
        return op.Heard(fate="joined")

    def _joined(self, reply: Reply) -> bool:
        """Is it a later segment of a text that is whole? That has the first one's id alone."""
        return reply.segment is not None and bool(self._ledger.segments(_former(reply)))

    def _remember(self, now: float, reply: Reply) -> None:
        """For repeat_window, as a segment that no text is made of."""
        until = now + self._terms.repeat_window - self._terms.join_wait
        self._ledger.keep_segment(_former(reply), replace(reply, body=b""), until)

    def _make_room(self, now: float, key: str, reply: Reply) -> None:
        """Some handsets number all their long texts alike: a segment that is there, in other words, begins the next."""
        assert reply.segment is not None
        segments = [segment for _, segment in self._ledger.segments(key)]
        if any(s.segment and s.segment.number == reply.segment.number and s.body != reply.body for s in segments):
            self._ledger.drop_segments(key)
            self._keep(now, segments)

    def sweep(self, now: float, limit: int) -> int:
        """Deliver what join_wait has left of broken texts, archive what is told; how many at the most."""
        keys = self._ledger.stale_segments(now - self._terms.join_wait, limit)
        for key in keys:
            segments = [segment for _, segment in self._ledger.segments(key)]
            self._ledger.drop_segments(key)
            if not key.startswith(FORMER):
                self._keep(now, segments)
        waking = self._ledger.waking_inbound(now, limit)
        for inbound in waking:
            self._outbox.forget(inbound.ref)
            self._ledger.archive_inbound(inbound, now)
        return max(len(keys), len(waking))

    def formers(self, now: float, formers: op.Formers) -> op.Digests:
        last = self._ledger.last_stamp()
        since = max(last - formers.span, now - self._terms.repeat_window)
        found = self._ledger.digests_since(formers.link, since) if last else ()
        return op.Digests(digests=tuple(digest for joined in found for digest in joined.split()))

    def _keep(self, now: float, replies: Sequence[Reply]) -> None:
        first = replies[0]
        total = first.segment.total if first.segment else 1
        channel = next((reply.channel for reply in replies if reply.channel), "")
        missing = total - len(replies)
        text = clean(_text(replies)) + (f" [{missing} of {total} segments missing]" if missing else "")
        inbound = Inbound(
            ref=self._ledger.next_ref(), channel=channel, link=first.link, sender=first.sender, to=first.to,
            text=text, at=first.at or now, taken=now, vendor_id=first.vendor_id,
            digest=" ".join(reply.digest for reply in replies if reply.digest),
            missing=missing, stop=first.stop, dead="" if channel else "no channel claims it",
            wake=0.0 if channel else now + self._terms.retention * 86400.0,
            hops=(Hop(now, "heard", f"from {first.link}, {len(replies)} of {total} segments"),),
        )  # fmt: skip
        self._ledger.put_inbound(inbound)
        for reply in replies[1:]:
            if reply.vendor_id:
                self._remember(now, reply)
        self._outbox.owe_reply(now, inbound)


def _former(reply: Reply) -> str:
    return f"{FORMER}{reply.link}\0{reply.vendor_id}"


def _key(reply: Reply) -> str:
    """Segments of one text share link, both addresses, reference, total and the reference's width."""
    segment = reply.segment
    assert segment is not None
    width = 16 if segment.wide else 8
    return f"{reply.link}\0{reply.sender}\0{reply.to}\0{segment.reference}\0{segment.total}\0{width}"


def _text(replies: Sequence[Reply]) -> str:
    """Octets of one encoding are joined before they are decoded: a surrogate pair may lie across two."""
    text, at = "", 0
    while at < len(replies):
        encoding, body = replies[at].encoding, b""
        while at < len(replies) and replies[at].encoding == encoding:
            body += replies[at].body
            at += 1
        text += decode(body, encoding)
    return text

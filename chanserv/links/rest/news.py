"""What a webhook tells, as the router takes it: texts become replies, statuses receipts, opt-outs replies without text.

Providers say things twice: a text has its provider's id for that, or, where its
provider gives the instant instead, a digest of who, whom, what and when. What a
repeat is, and whose text it is, is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from zlib import crc32

import attrs

from chanserv import reference
from chanserv.message import Receipt, Reply, Segment, Status, Work
from chanserv.profiles.hooks import Heard, News, Told
from chanserv.text.numbers import e164


@attrs.frozen
class Sorted:
    """Of one request. `unclear`: why something in it meant nothing."""

    replies: tuple[Reply, ...]
    receipts: tuple[Receipt, ...]
    unclear: tuple[str, ...]
    waits: bool  # a text came in part: its answer may be another


def sort(link: str, news: Sequence[News], country: str | None = None) -> Sorted:
    """`country` (ISO 3166): what numbers without + mean."""
    replies, receipts, unclear, waits = list[Reply](), list[Receipt](), list[str](), False
    for each in news:
        match each:
            case Heard():
                replies.append(_reply(link, each, country))
                waits |= each.segment is not None
            case Told():
                found, stop = _receipt(link, each), _stop(link, each)
                receipts += found
                replies += stop
                if each.status is not None and not found and not stop:
                    unclear.append("a status of a part that is not ours")
            case other:
                unclear.append(other.why)
    return Sorted(tuple(replies), tuple(receipts), tuple(unclear), waits)


def _reply(link: str, heard: Heard, country: str | None) -> Reply:
    return Reply(
        link=link,
        sender=e164(heard.sender, country) if country else heard.sender,
        to=heard.to,
        body=heard.text.encode("utf-8", "replace"),
        encoding="utf-8",
        segment=_segment(heard.segment),
        vendor_id=heard.id or _known_by(heard),
        at=heard.at,
        stop=heard.stop,
    )


def _segment(told: tuple[str, int, int] | None) -> Segment | None:
    """Providers' references are words; ours are numbers, and of one sender few are open at once."""
    if told is None:
        return None
    reference, total, number = told
    return Segment(crc32(reference.encode()), total, number, wide=True)


def _known_by(heard: Heard) -> str:
    """Two texts of one person at one instant are one; without an instant nothing tells a repeat from a second "1"."""
    if not heard.at:
        return ""
    words = "\0".join((heard.sender, heard.to, heard.text, f"{heard.at:.3f}", str(heard.segment)))
    return "~" + blake2b(words.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _receipt(link: str, told: Told) -> list[Receipt]:
    """None for a word that changes nothing. Our id goes before theirs, if it is one."""
    if told.status is None:
        return []
    ours = told.ours if reference.read(told.ours) else ""
    if not ours and not told.id:
        return []
    return [
        Receipt(
            link=link,
            carrier_ids=(told.id,) if told.id else (),
            ours=ours,
            status=told.status,
            reason=told.reason if told.status is Status.FAILED else "",
            to=told.to,
            at=told.at,
            raw=told.word,
        )
    ]


def opt_out(link: str, work: Work) -> Reply:
    """Of whoever a provider will send this to no more, as it answers."""
    return Reply(
        link=link, sender=work.to, to=work.sender, body=b"", encoding="utf-8", stop=True, channel=work.channel,
        vendor_id=f"stop {work.piece}",
    )  # fmt: skip


def _stop(link: str, told: Told) -> list[Reply]:
    """Who got the text wants no more."""
    if not told.stop or not told.to:
        return []
    return [
        Reply(
            link=link, sender=told.to, to="", body=b"", encoding="utf-8", at=told.at, stop=True,
            vendor_id=f"stop {told.id or told.ours}",
        )
    ]  # fmt: skip

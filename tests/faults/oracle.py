"""Holds what the world saw against what the gateway promises.

Pure: a record goes in, complaints come out. A message counts as accepted once
every piece of it got a 2xx.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from tests.faults.traffic import Text, Traffic, parts

Key = tuple[str, int]  # id, number of the piece
FINAL = ("delivered", "failed")
STATUSES = ("sent", *FINAL)
# Seconds between two equal pieces of a message that make them one round; less than further_piece_window of the trials,
# since when they are taken is told by the gateway's commits, and here is seen when they were answered.
EQUAL_WITHIN = 2.5
ORDER_HOLD = 60.0  # seconds for which one that is in doubt holds up those behind it


@attrs.define
class Seen:
    """What happened, seconds of one clock. Callbacks are the platform simulator's events."""

    traffic: Traffic = attrs.field(factory=lambda: Traffic((), ()))
    posted: dict[Key, float] = attrs.field(factory=dict)  # when first
    accepted: dict[Key, float] = attrs.field(factory=dict)  # the first 2xx
    submits: list[tuple[float, str, str]] = attrs.field(factory=list)  # (at, destination, text of the part)
    callbacks: list[dict[str, Any]] = attrs.field(factory=list)

    @property
    def happened(self) -> int:
        """Grows as long as anything happens."""
        return len(self.accepted) + len(self.submits) + len(self.callbacks)

    def statuses(self) -> dict[str, list[str]]:
        """Of each id, in order, those the platform answered 2xx."""
        told: dict[str, list[str]] = defaultdict(list)
        for event in self.callbacks:
            if event["what"] in STATUSES and event["code"] == 200:
                told[event["fields"]["id"]].append(event["what"])
        return told

    def heard(self) -> Counter[tuple[str, str]]:
        """(sender, text) of texts of handsets, as often as they were posted."""
        return Counter(
            (event["fields"]["from"], event["fields"]["text"])
            for event in self.callbacks
            if event["what"] == "receive" and event["code"] == 200
        )

    def said(self) -> Counter[tuple[str, str]]:
        """(sender, text), as often as that handset said it."""
        return Counter((reply.sender, reply.text) for reply in self.traffic.replies)

    def settled(self) -> bool:
        """Nothing more is to be waited for."""
        return not any(_lost(self))


@attrs.frozen
class Judgement:
    """What was lost, what came twice, and what was wrong beyond what is promised."""

    lost: tuple[str, ...]
    doubled: int  # submits beyond one a part
    mo_doubled: int
    repeated: int  # statuses told twice, with the same word
    wrong: tuple[str, ...]

    @property
    def complaints(self) -> tuple[str, ...]:
        return self.lost + self.wrong


def judge(seen: Seen, broken: int, window: int, killed: float | None = None) -> Judgement:
    """`broken`: how often sessions, or requests, ended under way; each time with at most `window` submits in doubt.

    `killed` is when the gateway was: a text of a handset posted before may come once more.
    """
    doubled = sum((_submitted(seen) - _expected(seen)).values())
    wrong = [*_backward(seen), *_foreign(seen), *_overtaken(seen), *_repeated_replies(seen, killed)]
    if doubled > broken * window:
        wrong.append(f"{doubled} submits too many, broken {broken} times with a window of {window}")
    return Judgement(
        lost=tuple(_lost(seen)),
        doubled=doubled,
        mo_doubled=sum((seen.heard() - seen.said()).values()),
        repeated=sum(len(told) - len(set(told)) for told in seen.statuses().values()),
        wrong=tuple(wrong),
    )


def _submitted(seen: Seen) -> Counter[tuple[str, str]]:
    return Counter((to, text) for _, to, text in seen.submits)


def _expected(seen: Seen) -> Counter[tuple[str, str]]:
    """Each part of each text, as often as it was posted in it."""
    return Counter((text.to, part) for text in seen.traffic.texts for part in text.parts)


def _accepted(seen: Seen) -> Iterator[tuple[Text, str, float]]:
    for text in seen.traffic.texts:
        for index, piece in enumerate(text.pieces):
            if (text.id, index) in seen.accepted:
                yield text, piece, seen.accepted[text.id, index]


def _wanted(seen: Seen) -> Iterator[tuple[Text, str]]:
    """Pieces that must reach the SMSC. An equal one that came late in its round may be taken for a retry."""
    first: dict[tuple[str, str], float] = {}
    for text, piece, at in _accepted(seen):
        before = first.setdefault((text.id, piece), at)
        if at - before < EQUAL_WITHIN:
            yield text, piece


def _lost(seen: Seen) -> Iterator[str]:
    told, submitted = seen.statuses(), _submitted(seen)
    wanted = Counter((text.to, part) for text, piece in _wanted(seen) for part in parts(piece))
    for (to, part), times in wanted.items():
        if submitted[to, part] < times:
            yield f"accepted {times} times, submitted {submitted[to, part]}: {part[:20]!r}"
    for text in seen.traffic.texts:
        if any((text.id, index) not in seen.accepted for index in range(len(text.pieces))):
            yield f"message {text.id} was never accepted"
        elif not set(told[text.id]) & set(FINAL):
            yield f"message {text.id} has no final status, only {told[text.id]}"
    heard = seen.heard()
    for (sender, words), times in seen.said().items():
        if heard[sender, words] < times:
            yield f"{words!r}, said {times} times, reached the platform {heard[sender, words]} times"


def _backward(seen: Seen) -> Iterator[str]:
    """A final status is the last word; the SMSC delivers all, so it is `delivered`."""
    for id, told in seen.statuses().items():
        first = next((at for at, status in enumerate(told) if status in FINAL), len(told))
        if set(told[first:]) - set(told[first : first + 1]):
            yield f"message {id} went {' -> '.join(told)}"
        elif "failed" in told:
            yield f"message {id} failed, and nothing made it fail"


def _foreign(seen: Seen) -> Iterator[str]:
    for to, text in _submitted(seen).keys() - _expected(seen).keys():
        yield f"submitted, never posted: {text[:20]!r} to …{to[-2:]}"
    known = {text.id for text in seen.traffic.texts}
    for id in seen.statuses().keys() - known:
        yield f"a status for message {id}, which never was"
    for _, text in seen.heard().keys() - seen.said().keys():
        yield f"no handset said {text[:20]!r}"


def _overtaken(seen: Seen) -> Iterator[str]:
    """To one number and of one class, what was accepted before another was posted goes first.

    Of equal pieces only the first counts: which of two submits was whose cannot be seen. One that was in doubt for
    order_hold holds nobody up any more.
    """
    first: dict[tuple[str, str], int] = {}
    for at, (_, to, part) in enumerate(seen.submits):
        first.setdefault((to, part), at)
    lines: dict[tuple[str, bool], list[tuple[Text, int]]] = defaultdict(list)
    for text in seen.traffic.texts:
        for index, piece in enumerate(text.pieces):
            if (text.id, index) in seen.accepted and piece not in text.pieces[:index]:
                lines[text.to, text.reply].append((text, index))
    for line in lines.values():
        for one, index in line:
            former = first.get((one.to, parts(one.pieces[index])[0]), 0)
            by = {
                latter: other.id
                for other, further in line
                if one is not other and seen.accepted[one.id, index] < seen.posted[other.id, further]
                if (latter := first.get((other.to, parts(other.pieces[further])[0]), former)) < former
            }
            if by and not _let_pass(seen, line, seen.accepted[one.id, index], min(by)):
                yield from (f"message {id} overtook message {one.id}" for id in by.values())


def _let_pass(seen: Seen, line: Sequence[tuple[Text, int]], accepted: float, place: int) -> bool:
    """Was who was overtaken, by this submit first, held for order_hold? Its turn came after all before it in line."""
    words = {part for text, index in line for part in parts(text.pieces[index])}
    _, number, _ = seen.submits[place]
    before = [at for at, to, part in seen.submits[:place] if to == number and part in words]
    return bool(seen.submits[place][0] >= max([accepted, *before]) + ORDER_HOLD)


def _repeated_replies(seen: Seen, killed: float | None) -> Iterator[str]:
    """The External API has no id for them: what was posted when the gateway died may come once more, no other."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in seen.callbacks:
        if event["what"] == "receive":
            times[event["fields"]["from"], event["fields"]["text"]].append(event["at"])
    said = seen.said()
    for (sender, words), at in times.items():
        once_more = sum(moment <= killed for moment in at[: said[sender, words]]) if killed is not None else 0
        if len(at) > said[sender, words] + once_more:
            yield f"{words!r}, said {said[sender, words]} times, came {len(at)} times"

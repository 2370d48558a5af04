"""A provider's words for the fate of a part, and ours: `map` of a profile's status hook.

    map = { sent = ["2"], delivered = ["10..12"], failed = [">20"], ignored = ["*"] }

A word is compared to the letter; a range holds for whole numbers; * is any
other word. Where the words come from is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

import attrs

from chanserv.message import Status

MEANINGS = {"sent": Status.SENT, "delivered": Status.DELIVERED, "failed": Status.FAILED, "ignored": None}
LONGEST = 15  # digits of a number that is compared

Words = Callable[[str], Status | None]


@attrs.frozen
class _Range:
    low: float
    high: float
    status: Status | None


def compiled(table: Mapping[str, tuple[str, ...]]) -> Words:
    """word -> its status, None where it changes nothing; raises LookupError if it means nothing.

    Raises ValueError, with words for the profile's author.
    """
    exact, ranges = dict[str, Status | None](), list[_Range]()
    for key, words in table.items():
        if key not in MEANINGS:
            raise ValueError(f"there is no status {key!r}; there are {', '.join(MEANINGS)}")
        for word in words:
            if bounds := _bounds(word):
                ranges.append(_Range(*bounds, MEANINGS[key]))
            elif word in exact:
                raise ValueError(f"{word!r} is there twice")
            else:
                exact[word] = MEANINGS[key]
    return lambda word: _meaning(word, exact, ranges)


def _bounds(word: str) -> tuple[float, float] | None:
    """Lowest and highest; None: it is a word. Raises ValueError."""
    low, dots, high = word.partition("..")
    if dots and low.isdecimal() and high.isdecimal():
        if float(low) > float(high):
            raise ValueError(f"{word!r} is no range")
        return float(low), float(high)
    if word[:1] in ("<", ">") and word[1:].isdecimal():
        return (-inf, float(word[1:]) - 1) if word[0] == "<" else (float(word[1:]) + 1, inf)
    return None


def _meaning(word: str, exact: Mapping[str, Status | None], ranges: list[_Range]) -> Status | None:
    if word in exact:
        return exact[word]
    if word.removeprefix("-").isdecimal() and len(word) <= LONGEST:
        for each in ranges:
            if each.low <= int(word) <= each.high:
                return each.status
    return exact["*"]

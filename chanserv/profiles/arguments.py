"""What stands behind the colon of a filter: read once, with the profile, each kind by its own rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chanserv.profiles import dates, paths
from chanserv.profiles.trees import Tree

HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")


def _count(written: str) -> int:
    if not written.isdecimal():
        raise ValueError(f"{written!r} must be a whole number")
    return int(written)


def _mark(written: str) -> str:
    if not written:
        raise ValueError("an empty text is nowhere")
    return written


def _pattern(written: str) -> re.Pattern[str]:
    try:
        return re.compile(written)
    except re.error as fault:
        raise ValueError(f"{written!r} is no regular expression: {fault}") from None


def _hash(written: str) -> str:
    if written not in HASHES:
        raise ValueError(f"there is no hash {written!r}; there are {', '.join(HASHES)}")
    return written


def _form(written: str) -> str:
    if why := dates.why_not(written):
        raise ValueError(why)
    return written


def charset_known(name: str) -> bool:
    """Is it one of Python's, and a text's?"""
    try:
        bytes(range(0x100)).decode(name, "replace")
    except (LookupError, ValueError):
        return False
    return True


def _charset(written: str) -> str:
    if written != "gsm7" and not charset_known(written):
        raise ValueError(f"there is no charset {written!r}")
    return written


def _zone(written: str) -> str:
    try:
        ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {written!r}") from None
    return written


# What stands in a profile behind the colon -> what a filter is given. Each raises ValueError.
ARGUMENTS: dict[str, Callable[[str], Tree]] = {
    "path": paths.steps,
    "count": _count,
    "mark": _mark,
    "word": str,
    "pattern": _pattern,
    "hash": _hash,
    "form": _form,
    "charset": _charset,
    "zone": _zone,
}

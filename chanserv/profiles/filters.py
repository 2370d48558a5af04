"""What may be done to a value on its way into or out of a profile's text: this list, and nothing else.

Each filter takes a value and what stands behind its colon. It is never given
anything of the process. Values are texts, numbers, truth values, octets, lists
and tables; None, or what a filter can make nothing of, is nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from chanserv.profiles import dates
from chanserv.profiles.trees import Tree
from chanserv.text import gsm7, numbers, parts

HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")
READABLE = 0.5  # of the octets of a text that was written in base64, so many are printed ASCII
LEAST_BASE64 = 60  # characters; a shorter text may look like base64 and be a word


@attrs.frozen
class Filter:
    """`call(value, *arguments)`. `takes`: what each argument must be, one of ARGUMENTS or "value" (any expression).

    The last `spare` of them may be left out.
    """

    call: Callable[..., Tree]
    takes: tuple[str, ...] = ()
    spare: int = 0


def text(value: Tree) -> str:
    """A value as it stands in a text: nothing is empty, true and false are as JSON writes them."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case bytes():
            return value.decode("utf-8", "replace")
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case dict() | list():
            return _written(value)
        case _:
            return str(value)


def octets(value: Tree) -> bytes:
    return value if isinstance(value, bytes) else text(value).encode("utf-8", "replace")


def empty(value: Tree) -> bool:
    """Nothing to say: None, an empty text, list or table. 0 and false are something."""
    return value is None or (isinstance(value, str | bytes | list | dict) and not value)


def _number(value: Tree) -> int | None:
    try:
        return int(text(value).strip()[:40])
    except ValueError:
        return None


def _float(value: Tree) -> float | None:
    try:
        return float(text(value).strip()[:40])
    except ValueError:
        return None


def _plus(value: Tree) -> str:
    """`+digits` of an international number; what is no number, or a short one, stays."""
    address = text(value).strip()
    bare = numbers.digits(address)
    if not numbers.possible(address) or len(bare) <= numbers.SHORT:
        return address
    return "+" + (bare[2:] if bare.startswith("00") else bare)


def _searched(value: Tree, pattern: re.Pattern[str]) -> str | None:
    """The first group, or the whole, where it is found."""
    found = pattern.search(text(value)[:65536])
    return found[found.re.groups and 1] if found else None


def _cut(value: Tree, length: int) -> Tree:
    return value[:length] if isinstance(value, bytes | list) else text(value)[:length]


def _drop(value: Tree, length: int) -> Tree:
    return value[length:] if isinstance(value, bytes | list) else text(value)[length:]


def _before(value: Tree, mark: str) -> str:
    return text(value).partition(mark)[0]


def _after(value: Tree, mark: str) -> str:
    head, found, tail = text(value).partition(mark)
    return tail if found else head


def _without(value: Tree, start: Tree) -> str:
    """Whatever the case: senders write a keyword in either."""
    whole, head = text(value), text(start)
    return whole[len(head) :] if whole[: len(head)].lower() == head.lower() else whole


def _json(value: Tree) -> Tree:
    try:
        return json.loads(text(value))
    except (ValueError, RecursionError):
        return None


def _unbase64(value: Tree) -> bytes | None:
    try:
        return base64.b64decode(octets(value), altchars=b"-_" if {"-", "_"} & set(text(value)) else None)
    except (binascii.Error, ValueError):
        return None


def _maybe_base64(value: Tree) -> str:
    """Some senders put long texts in base64 and do not say so (measured by courier with Twilio)."""
    given = text(value)
    if len(given) < LEAST_BASE64 or len(given) % 4 or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", given):
        return given
    found = base64.b64decode(given)
    printed = sum(0x20 <= octet < 0x7F or octet in (10, 13) for octet in found)
    return found.decode("utf-8", "replace") if printed >= READABLE * len(found) else given


def _unhex(value: Tree) -> bytes | None:
    try:
        return bytes.fromhex(text(value))
    except ValueError:
        return None


def _decode(value: Tree, codec: str) -> str:
    return gsm7.decode(octets(value)) if codec == "gsm7" else octets(value).decode(codec, "replace")


def _mac(value: Tree, name: str, key: Tree) -> bytes:
    return hmac.digest(octets(key), octets(value), name)


def _append(value: Tree, other: Tree) -> str:
    return text(value) + text(other)


def _e164(value: Tree, country: Tree) -> str:
    return numbers.e164(text(value), text(country).upper())


def _replace(value: Tree, old: str, new: str) -> str:
    return text(value).replace(old, new)


def _national(value: Tree, country: Tree) -> str:
    return numbers.national(text(value), text(country).upper())


def _septets(value: Tree) -> bytes:
    """One an octet; what the alphabet lacks, and has no like in it, is a question mark."""
    return gsm7.encode("".join(char if gsm7.fits(char) else "?" for char in parts.plain(text(value))))


def _written(value: Tree) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=text)


def _digest(name: str) -> Filter:
    return Filter(lambda value: hashlib.new(name, octets(value)).digest())


def _either(value: Tree, other: Tree) -> Tree:
    return other if empty(value) else value


FILTERS: dict[str, Filter] = {
    # numbers of telephones
    "noplus": Filter(lambda value: text(value).removeprefix("+")),
    "plus": Filter(_plus),
    "digits": Filter(lambda value: numbers.digits(text(value))),
    "national": Filter(_national, ("value",)),
    "e164": Filter(_e164, ("value",)),
    # texts
    "text": Filter(text),
    "upper": Filter(lambda value: text(value).upper()),
    "lower": Filter(lambda value: text(value).lower()),
    "trim": Filter(lambda value: text(value).strip()),
    "plain": Filter(lambda value: parts.plain(text(value))),
    "cut": Filter(_cut, ("count",)),
    "drop": Filter(_drop, ("count",)),
    "before": Filter(_before, ("mark",)),
    "after": Filter(_after, ("mark",)),
    "without": Filter(_without, ("value",)),
    "replace": Filter(_replace, ("mark", "mark")),
    "re": Filter(_searched, ("pattern",)),
    "length": Filter(lambda value: len(value) if isinstance(value, bytes | list) else len(text(value))),
    "append": Filter(_append, ("value",)),
    "is_gsm7": Filter(lambda value: gsm7.fits(text(value))),
    "else": Filter(_either, ("value",)),
    # types of JSON
    "int": Filter(_number),
    "number": Filter(_float),
    "bool": Filter(lambda value: text(value).lower() in ("true", "1", "yes")),
    "json": Filter(_written),
    "unjson": Filter(_json),
    # octets and how they are written
    "utf16be": Filter(lambda value: text(value).encode("utf-16-be", "replace")),
    "gsm7": Filter(_septets),
    "decode": Filter(_decode, ("charset",)),
    "hex": Filter(lambda value: octets(value).hex()),
    "unhex": Filter(_unhex),
    "base64": Filter(lambda value: base64.b64encode(octets(value)).decode()),
    "base64url": Filter(lambda value: base64.urlsafe_b64encode(octets(value)).decode()),
    "unbase64": Filter(_unbase64),
    "maybe_base64": Filter(_maybe_base64),
    "url": Filter(lambda value: quote(octets(value), safe="")),
    "unurl": Filter(lambda value: unquote_to_bytes(text(value))),
    # digests
    **{name: _digest(name) for name in HASHES},
    "hmac": Filter(_mac, ("hash", "value")),
    # instants: seconds since the epoch
    "date": Filter(dates.read, ("form", "zone"), spare=1),
    "strftime": Filter(dates.write, ("form", "zone"), spare=1),
}


def _count(written: str) -> int:
    if not written.isdecimal():
        raise ValueError(f"{written!r} must be a whole number")
    return int(written)


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


def _charset(written: str) -> str:
    try:
        "".encode("ascii" if written == "gsm7" else written)
    except LookupError:
        raise ValueError(f"there is no charset {written!r}") from None
    return written


def _zone(written: str) -> str:
    try:
        ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"there is no time zone {written!r}") from None
    return written


# What stands in a profile behind the colon -> what a filter is given. Each raises ValueError.
ARGUMENTS: dict[str, Callable[[str], Tree]] = {
    "count": _count,
    "mark": str,
    "pattern": _pattern,
    "hash": _hash,
    "form": _form,
    "charset": _charset,
    "zone": _zone,
}

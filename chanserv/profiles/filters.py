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
import math
import re
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes

import attrs

from chanserv.errors import BadField
from chanserv.message import clean
from chanserv.profiles import dates, paths, trees
from chanserv.profiles.arguments import HASHES
from chanserv.profiles.trees import Tree
from chanserv.text import gsm7, numbers, parts

LONGEST = 256  # characters of an id or an address
LONGEST_NUMBER = 40  # characters
SEARCHED = 4_096  # characters in which a pattern is looked for: one like (\\d+)$ takes time by the square of them
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


def short(value: Tree) -> str:
    """An id or an address; a table is none."""
    return "" if isinstance(value, dict | list) else clean(text(value).strip()[:LONGEST]).strip()


def number(value: Tree) -> float | None:
    """The number a value is, or says; None: it is none."""
    written = text(value).strip()
    try:
        found = float(written) if len(written) <= LONGEST_NUMBER else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def searched(value: Tree, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """Where a pattern is found, near the start."""
    return pattern.search(text(value)[:SEARCHED])


def _whole(value: Tree) -> int | None:
    written = text(value).strip()
    try:
        return int(written) if len(written) <= LONGEST_NUMBER else None
    except ValueError:
        return None


def _plus(value: Tree) -> str:
    """`+digits` of an international number; what is no number, or a short one, stays.

    No country's digits begin with a 0 (ITU-T E.164): a number that does is national; whose, the link's country tells.
    """
    address = text(value).strip()
    bare = numbers.digits(address)
    if not numbers.possible(address) or len(bare) <= numbers.SHORT:
        return address
    bare = bare[2:] if bare.startswith("00") else bare
    return bare if bare.startswith("0") else f"+{bare}"


def _found(value: Tree, pattern: re.Pattern[str]) -> str | None:
    """The first group, or the whole, where it is found."""
    found = searched(value, pattern)
    return found[found.re.groups and 1] if found else None


def _cut(value: Tree, length: int) -> Tree:
    return value[:length] if isinstance(value, bytes | list) else text(value)[:length]


def _every(value: Tree, way: paths.Steps) -> list[Tree]:
    """What each item has there; of those that have nothing there, nothing."""
    found = (paths.look(item, way) for item in paths.items(value))
    return [each for each in found if not empty(each)]


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
        return trees.tree("json", octets(value))
    except BadField:
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
    "every": Filter(_every, ("path",)),
    "before": Filter(_before, ("mark",)),
    "after": Filter(_after, ("mark",)),
    "without": Filter(_without, ("value",)),
    "replace": Filter(_replace, ("mark", "word")),
    "re": Filter(_found, ("pattern",)),
    "length": Filter(lambda value: len(value) if isinstance(value, bytes | list) else len(text(value))),
    "append": Filter(_append, ("value",)),
    "is_gsm7": Filter(lambda value: gsm7.fits(text(value))),
    "else": Filter(_either, ("value",)),
    # types of JSON
    "int": Filter(_whole),
    "number": Filter(number),
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
    "unurl": Filter(lambda value: unquote_to_bytes(octets(value))),
    # digests
    **{name: _digest(name) for name in HASHES},
    "hmac": Filter(_mac, ("hash", "value")),
    # instants: seconds since the epoch
    "date": Filter(dates.read, ("form", "zone"), spare=1),
    "strftime": Filter(dates.write, ("form", "zone"), spare=1),
}

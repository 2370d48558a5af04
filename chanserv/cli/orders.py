"""What a person may tell a running simulator, a line at a time: words to values, and nothing done yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from chanserv.errors import ChanservError
from chanserv.links.peer.behaviour import Behaviour


class Unclear(ChanservError):
    """A line that says nothing here; says why."""


@attrs.frozen
class Change:
    """Behave otherwise."""

    name: str
    value: bool | int | float | str


@attrs.frozen
class Mo:
    """A handset sends a text."""

    source: str
    dest: str
    text: str


@attrs.frozen
class Drop:
    """Break every connection."""


@attrs.frozen
class Call:
    """Connect to the other end."""

    host: str
    port: int


@attrs.frozen
class Show:
    """Tell what was counted."""


@attrs.frozen
class Help:
    """Tell what can be said."""


Order = Change | Mo | Drop | Call | Show | Help

BOOLS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
WORDS = (
    "NAME VALUE: behave otherwise, NAME being one of those below",
    "mo FROM TO TEXT: a handset sends a text",
    "drop: break every connection",
    "call HOST:PORT: connect to the other end (SMPP: with outbind)",
    "show: what was counted, and what is not as usual",
    "help: this",
)


def plain() -> Mapping[str, Any]:
    """Name and default of everything about a carrier that one word can say: options, and changes while it runs."""
    return {one.name: one.default for one in attrs.fields(Behaviour) if isinstance(one.default, int | float | str)}


def number(word: str) -> int:
    """As in a program: 88 or 0x58. Raises ValueError."""
    return int(word, 0)


def parse(line: str) -> Order:
    """Raises Unclear."""
    words = line.split(maxsplit=1)
    word, rest = (words[0], words[1].strip() if len(words) > 1 else "") if words else ("", "")
    if word in _ORDERS:
        return _ORDERS[word](rest)
    name = word.replace("-", "_")
    if name not in plain():
        raise Unclear(f"{word!r} is not known here; try help")
    return Change(name, _value(name, rest))


def _value(name: str, word: str) -> bool | int | float | str:
    match plain()[name]:
        case bool():
            if word.lower() not in BOOLS:
                raise Unclear(f"{name} wants yes or no")
            return BOOLS[word.lower()]
        case str():
            return word
        case default:
            return _counted(name, word, number if isinstance(default, int) else float)


def _counted(name: str, word: str, read: Callable[[str], int | float]) -> int | float:
    try:
        return read(word)
    except ValueError:
        raise Unclear(f"{name} wants a number") from None


def _mo(rest: str) -> Order:
    words = rest.split(maxsplit=2)
    if len(words) < 3:
        raise Unclear("mo wants FROM TO TEXT")
    return Mo(*words)


def _call(rest: str) -> Order:
    host, _, port = rest.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Unclear("call wants HOST:PORT")
    return Call(host.strip("[]"), int(port))


def _alone(order: Order) -> Callable[[str], Order]:
    def made(rest: str) -> Order:
        if rest:
            raise Unclear(f"{type(order).__name__.lower()} stands alone")
        return order

    return made


_ORDERS: Mapping[str, Callable[[str], Order]] = {
    "mo": _mo,
    "call": _call,
    "drop": _alone(Drop()),
    "show": _alone(Show()),
    "help": _alone(Help()),
}

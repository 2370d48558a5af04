"""What a person may tell a running simulator, a line at a time: words to values, and nothing done yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from chanserv.errors import ChanservError
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.rest.behaviour import Behaviour as Aggregate


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
class Tell:
    """Say what became of a part; of the newest, without an id."""

    word: str
    id: str


@attrs.frozen
class List:
    """Tell which answers there are."""


@attrs.frozen
class Show:
    """Tell what was counted."""


@attrs.frozen
class Help:
    """Tell what can be said."""


Order = Change | Mo | Drop | Call | Tell | List | Show | Help

BOOLS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
_CHANGE = "NAME VALUE: behave otherwise, NAME being one of those below"
_MO = "mo FROM TO TEXT: a handset sends a text"
_SHOW = ("show: what was counted, and what is not as usual", "help: this")
WORDS = (
    _CHANGE,
    _MO,
    "drop: break every connection",
    "call HOST:PORT: connect to the other end (SMPP: with outbind)",
    *_SHOW,
)
REST_WORDS = (
    _CHANGE,
    _MO,
    "tell sent|delivered|failed [ID]: what became of a part, of the newest without an id",
    "list: what answer may name",
    *_SHOW,
)


@attrs.frozen
class Vocabulary:
    """What a simulator of one sort understands: names to change with their usual values, orders, and both in words."""

    plain: Mapping[str, Any]
    orders: Mapping[str, Callable[[str], Order]]
    words: tuple[str, ...]


def plain(behaviour: type[attrs.AttrsInstance] = Behaviour) -> Mapping[str, Any]:
    """Name and default of everything about a simulator that one word can say: options, and changes while it runs."""
    return {one.name: one.default for one in attrs.fields(behaviour) if isinstance(one.default, int | float | str)}


def number(word: str) -> int:
    """As in a program: 88 or 0x58. Raises ValueError."""
    return int(word, 0)


def parse(line: str, vocabulary: Vocabulary | None = None) -> Order:
    """Of a carrier, unless another vocabulary is given. Raises Unclear."""
    spoken = vocabulary or CARRIER
    words = line.split(maxsplit=1)
    word, rest = (words[0], words[1].strip() if len(words) > 1 else "") if words else ("", "")
    if word in spoken.orders:
        return spoken.orders[word](rest)
    name = word.replace("-", "_")
    if name not in spoken.plain:
        raise Unclear(f"{word!r} is not known here; try help")
    return Change(name, _value(name, rest, spoken.plain[name]))


def _value(name: str, word: str, usual: Any) -> bool | int | float | str:
    match usual:
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


def _tell(rest: str) -> Order:
    word, _, id = rest.partition(" ")
    if not word:
        raise Unclear("tell wants what became of it, and perhaps an ID")
    return Tell(word, id.strip())


def _alone(order: Order) -> Callable[[str], Order]:
    def made(rest: str) -> Order:
        if rest:
            raise Unclear(f"{type(order).__name__.lower()} stands alone")
        return order

    return made


_COMMON: Mapping[str, Callable[[str], Order]] = {"mo": _mo, "show": _alone(Show()), "help": _alone(Help())}
CARRIER = Vocabulary(plain(), {**_COMMON, "call": _call, "drop": _alone(Drop())}, WORDS)
AGGREGATOR = Vocabulary(plain(Aggregate), {**_COMMON, "tell": _tell, "list": _alone(List())}, REST_WORDS)

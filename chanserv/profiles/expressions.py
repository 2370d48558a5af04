"""Expressions: a path, filters behind it, and what else to take where that is empty.

    to|noplus          timestamp|date:'%Y%m%d'          ParentUUID or UUID          body|hmac:'sha256',cfg.key

Names are those of the place an expression stands in, known when it is read: a
name nobody can mean is a fault then, not an empty text later. Where a tree is
read (a provider's answer or webhook), plain names are paths in it and names of
ours begin with $; each ^ in front goes from an item of a batch to what holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any

import attrs

from chanserv.profiles.arguments import ARGUMENTS
from chanserv.profiles.filters import FILTERS, empty
from chanserv.profiles.paths import Steps, look, steps
from chanserv.profiles.trees import Tree

_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*+)'|([|:,])|([^\s|:,']+))")
_OUTERMOST = 1_000  # levels up: beyond the body itself


@attrs.frozen
class Names:
    """What may be named: by first word; its second words, where they are known. `tree`: beside a tree's own."""

    ours: Mapping[str, Collection[str] | None]
    tree: bool = False


@attrs.frozen
class Scope:
    """What is named: ours by first word; the tree, and the items of batches that are open in it, the innermost last.

    `kept`, for each level: what was found there already (see `Reading.once`).
    """

    ours: Mapping[str, Tree]
    levels: tuple[Tree, ...] = (None,)
    kept: tuple[dict[object, Any], ...] = attrs.field(
        default=attrs.Factory(lambda self: tuple({} for _ in self.levels), takes_self=True), eq=False, repr=False
    )

    def within(self, item: Tree, index: int) -> Scope:
        """In the item of a batch, the `index`th from 0."""
        return Scope({**self.ours, "index": index}, (*self.levels, item), (*self.kept, {}))


Getter = Callable[[Scope], Tree]


def compiled(written: str, names: Names) -> Getter:
    """What gives the value of an expression. Raises ValueError, with words for its author."""
    return Reading(written, names).whole()


def roots(written: str) -> frozenset[str]:
    """The first words of all it may name. Raises ValueError."""
    reading = Reading(written, Names({}, tree=True))
    reading.whole()
    return frozenset(reading.roots)


class Reading:
    """One expression, read from left to right."""

    def __init__(self, written: str, names: Names) -> None:
        self._written = written
        self._names = names
        self.roots = set[str]()
        self._tokens = _tokens(written)
        self._at = 0
        self._up = _OUTERMOST  # levels from an item to the nearest that is named

    def whole(self) -> Getter:
        """All of it."""
        getter = self.expression()
        if not self.over:
            raise ValueError(f"{self._tokens[self._at].text!r} cannot follow there")
        return self.once(getter)

    def once(self, made: Callable[[Scope], Any]) -> Callable[[Scope], Any]:
        """What is made of what has been read: once for all items of a batch, where it names nothing of the item.

        A request may hold a thousand items, and beside them a text or a table that takes a millisecond to look at.
        """
        return _once(made, self._up) if self._names.tree and self._up else made

    def expression(self) -> Getter:
        """As far as it goes: alternatives with `or` between them."""
        found = [self._alternative()]
        while self._take("word", "or"):
            found.append(self._alternative())
        return found[0] if len(found) == 1 else _first(found)

    def word(self, *texts: str) -> str:
        """The next word if it is one of these; else empty."""
        token = self._peek()
        return self._next().text if token and token.kind == "word" and token.text in texts else ""

    def literals(self) -> list[str]:
        """All that is left, as texts with commas between them."""
        found = [] if self.over else [token.text for token in self._arguments()]
        if not self.over:
            raise ValueError(f"{self._tokens[self._at].text!r} cannot follow there")
        return found

    @property
    def over(self) -> bool:
        return self._at == len(self._tokens)

    def _alternative(self) -> Getter:
        getter = self._operand()
        while self._take("mark", "|"):
            getter = self._filtered(getter)
        return getter

    def _operand(self) -> Getter:
        token = self._need("a name")
        if token.kind == "quoted":
            return _constant(token.text)
        return self._named(token)

    def _named(self, token: Token) -> Getter:
        if sign := next((char for char in token.text if char in "=~<>"), ""):
            raise ValueError(f"{token.text!r} is no name: {sign} stands between spaces")
        way = steps(token.text)
        self.roots.add(way[0])
        self._up = min(self._up, _levels_up(way) if self._names.tree else 0)
        return _named(way, self._names)

    def _filtered(self, getter: Getter) -> Getter:
        name = self._need("a filter").text
        if name not in FILTERS:
            raise ValueError(_unknown("filter", name, FILTERS))
        arguments = self._arguments() if self._take("mark", ":") else []
        takes = FILTERS[name].takes
        if not len(takes) - FILTERS[name].spare <= len(arguments) <= len(takes):
            raise ValueError(f"{name} takes {' and '.join(takes) or 'nothing'} behind a colon")
        fixed = [self._argument(*each) for each in zip(arguments, takes, strict=False)]
        return _applied(FILTERS[name].call, getter, fixed)

    def _arguments(self) -> list[Token]:
        found = [self._need("a value")]
        while self._take("mark", ","):
            found.append(self._need("a value"))
        return found

    def _argument(self, token: Token, kind: str) -> Getter:
        if kind in ARGUMENTS:
            return _constant(ARGUMENTS[kind](token.text))
        return _constant(token.text) if token.kind == "quoted" else self._named(token)

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, kind: str, text: str) -> bool:
        token = self._peek()
        if token is None or (token.kind, token.text) != (kind, text):
            return False
        self._at += 1
        return True

    def _need(self, what: str) -> Token:
        token = self._peek()
        if token is None or token.kind == "mark":
            raise ValueError(f"{self._written!r} lacks {what}")
        return self._next()


@attrs.frozen
class Token:
    """`kind`: quoted, mark or word."""

    kind: str
    text: str


def _tokens(written: str) -> list[Token]:
    found, at = list[Token](), 0
    while at < len(written.rstrip()):
        match = _TOKEN.match(written, at)
        if match is None:
            raise ValueError(f"{written!r} has a ' without another")
        quoted, mark, word = match.groups()
        if quoted is not None:
            found.append(Token("quoted", quoted.replace("''", "'")))
        else:
            found.append(Token("mark", mark) if mark else Token("word", word))
        at = match.end()
    return found


def _named(way: Steps, names: Names) -> Getter:
    if names.tree and not way[0].startswith("$"):
        up = _levels_up(way)
        if any(step.startswith("^") for step in way[up:]):
            raise ValueError(f"{'.'.join(way)!r}: a ^ stands by itself, as in ^.{way[-1].lstrip('^')}")
        return _tree_value(up, way[up:])
    first = way[0].removeprefix("$") if names.tree else way[0]
    if first not in names.ours:
        raise ValueError(_unknown("name", first, names.ours))
    seconds = names.ours[first]
    if seconds is not None and (len(way) != 2 or way[1] not in seconds):
        raise ValueError(_unknown(f"{first}.", ".".join(way[1:]), seconds))
    return _our_value(first, way[1:])


def _levels_up(way: Steps) -> int:
    """From an item to what is named."""
    if way[0].startswith("$"):
        return 0 if way[0] == "$index" else _OUTERMOST
    return next((number for number, step in enumerate(way) if step != "^"), len(way))


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    like = get_close_matches(name, known, 1)
    hint = f"is {like[0]} meant?" if like else f"there are {', '.join(sorted(known))}" if known else "there is none"
    return f"there is no {what} {name!r} here; {hint}"


# closures, each with what it needs bound once


def _constant(value: Tree) -> Getter:
    return lambda scope: value


def _first(getters: list[Getter]) -> Getter:
    def first(scope: Scope) -> Tree:
        for getter in getters:
            if not empty(value := getter(scope)):
                return value
        return value

    return first


def _once(made: Callable[[Scope], Any], up: int) -> Callable[[Scope], Any]:
    def once(scope: Scope) -> Any:
        kept = scope.kept[max(0, len(scope.kept) - 1 - up)]
        if once not in kept:
            kept[once] = made(scope)
        return kept[once]

    return once


def _applied(call: Callable[..., Tree], getter: Getter, arguments: list[Getter]) -> Getter:
    if not arguments:
        return lambda scope: call(getter(scope))
    return lambda scope: call(getter(scope), *(argument(scope) for argument in arguments))


def _our_value(name: str, way: Steps) -> Getter:
    return (lambda scope: look(scope.ours.get(name), way)) if way else (lambda scope: scope.ours.get(name))


def _tree_value(up: int, way: Steps) -> Getter:
    return lambda scope: look(scope.levels[-1 - up], way) if up < len(scope.levels) else None

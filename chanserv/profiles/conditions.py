"""Conditions of a profile: `code = 21610`, `status in 0,1,2`, `error ~ 'wait'`, `shortcode`, `not message`.

An expression alone holds where there is something that is not false. Compared are texts, but by
< and >, where both sides must be numbers. Of several in a list all must hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from chanserv.profiles.expressions import Getter, Names, Reading, Scope
from chanserv.profiles.filters import empty, number, searched, text

Condition = Callable[[Scope], bool]

OPERATORS = ("=", "!=", "~", "<", ">", "in")


def compiled(written: str | Sequence[str], names: Names) -> Condition:
    """What tells whether it holds. Raises ValueError, with words for the profile's author."""
    if isinstance(written, str):
        return _one(Reading(written, names))
    if not isinstance(written, list | tuple) or not all(isinstance(each, str) for each in written):
        raise ValueError("must be a condition, or a list of them")
    all_of_them = [_one(Reading(each, names)) for each in written]
    return lambda scope: all(condition(scope) for condition in all_of_them)


def roots(written: str) -> frozenset[str]:
    """The first words of all it may name. Raises ValueError."""
    reading = Reading(written, Names({}, tree=True))
    _one(reading)
    return frozenset(reading.roots)


def _one(reading: Reading) -> Condition:
    negative = bool(reading.word("not"))
    holds = reading.once(_holding(reading, reading.expression()))
    return (lambda scope: not holds(scope)) if negative else holds


def _holding(reading: Reading, getter: Getter) -> Condition:
    if reading.over:
        return lambda scope: _is(getter(scope))
    operator = reading.word(*OPERATORS)
    if not operator:
        raise ValueError(f"there must be one of {' '.join(OPERATORS)}")
    return _COMPARED[operator](getter, reading.literals())


def _is(value: Any) -> bool:
    """There is something, and it is not false."""
    return value is not False and not empty(value)


def _single(values: list[str]) -> str:
    if len(values) != 1:
        raise ValueError("there must be one value to compare with")
    return values[0]


def _equal(getter: Getter, values: list[str]) -> Condition:
    wanted = _single(values)
    return lambda scope: text(getter(scope)) == wanted


def _unequal(getter: Getter, values: list[str]) -> Condition:
    wanted = _single(values)
    return lambda scope: text(getter(scope)) != wanted


def _one_of(getter: Getter, values: list[str]) -> Condition:
    wanted = frozenset(values)
    if not wanted:
        raise ValueError("there must be a value to compare with")
    return lambda scope: text(getter(scope)) in wanted


def _found(getter: Getter, values: list[str]) -> Condition:
    try:
        pattern = re.compile(_single(values))
    except re.error as fault:
        raise ValueError(f"{values[0]!r} is no regular expression: {fault}") from None
    return lambda scope: searched(getter(scope), pattern) is not None


def _ordered(getter: Getter, values: list[str], sign: int) -> Condition:
    bound = number(_single(values))
    if bound is None:
        raise ValueError(f"{values[0]!r} is no number")

    def holds(scope: Scope) -> bool:
        found = number(getter(scope))
        return found is not None and sign * found > sign * bound

    return holds


_COMPARED: dict[str, Callable[[Getter, list[str]], Condition]] = {
    "=": _equal,
    "!=": _unequal,
    "~": _found,
    "<": lambda getter, values: _ordered(getter, values, -1),
    ">": lambda getter, values: _ordered(getter, values, 1),
    "in": _one_of,
}

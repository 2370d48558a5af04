"""Templates: expressions in braces inside texts, and whole structures of them.

    "Bearer {token}"    "{from?}"    { when = "gsm7", then = "text", else = "unicode" }

One pass: what is put in is never read again, whatever it holds. A text that is
one expression keeps the value's type. `?` before the closing brace leaves the
key out where the value is empty, as does a `when` that does not hold and has no
`else`. {{ and }} are braces.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

import attrs

from chanserv.profiles import conditions, expressions
from chanserv.profiles.expressions import Getter, Names, Scope
from chanserv.profiles.filters import empty, text
from chanserv.profiles.trees import Tree

_PIECE = re.compile(r"\{\{|\}\}|\{((?:[^{}']|'(?:[^']|'')*+')*+)\}|([^{}]+)|.", re.DOTALL)
_CHOICE = frozenset({"when", "then", "else"})


class _Left(str):
    """What is left out; where nothing can be, it is an empty text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "OUT"


OUT: Final = _Left()

Made = Callable[[Scope], Any]  # a value, or OUT
Escape = Callable[[Tree], str]
Escaping = Callable[[str], Escape]  # expression -> how its value is written into the text


def unescaped(expression: str) -> Escape:
    """As it stands."""
    return text


@attrs.frozen
class _Slot:
    getter: Getter
    escape: Escape
    optional: bool  # where it is empty, all is left out


def compiled(written: str, names: Names, escaping: Escaping = unescaped, needing: bool = False) -> Made:
    """What makes the text; `needing` all of its values: OUT where one is empty.

    Raises ValueError, with words for the profile's author.
    """
    pieces = _pieces(written, names, escaping)
    if needing:
        pieces = [piece if isinstance(piece, str) else attrs.evolve(piece, optional=True) for piece in pieces]
    match pieces:
        case [_Slot(getter, escape, optional)] if escape is text:
            return _whole(getter, optional)
        case [] | [str()]:
            constant = "".join(map(str, pieces))
            return lambda scope: constant
        case _:
            return _joined(pieces)


def choice(raw: dict[str, Any]) -> bool:
    """Is this table one of { when, then, else }?"""
    return "when" in raw and raw.keys() <= _CHOICE


def structure(raw: Any, names: Names) -> Made:
    """Of a TOML value: tables and lists of templates, choices among them. Raises ValueError."""
    match raw:
        case str():
            return compiled(raw, names)
        case dict() if choice(raw):
            return _choice(raw, names)
        case dict():
            return _table({key: structure(value, names) for key, value in raw.items()})
        case list():
            return _list([structure(value, names) for value in raw])
        case float() if not math.isfinite(raw):
            raise ValueError(f"{raw} is no number a request can have")
        case bool() | int() | float():
            return lambda scope: raw
        case _:
            raise ValueError(f"{type(raw).__name__} is no type a request can have")


def _pieces(written: str, names: Names, escaping: Escaping) -> list[str | _Slot]:
    """Literal texts and expressions, in order."""
    pieces = list[str | _Slot]()
    for match in _PIECE.finditer(written):
        if match[2] is not None:
            pieces.append(match[2])
        elif match[0] in ("{{", "}}"):
            pieces.append(match[0][0])
        elif match[1] is None:
            raise ValueError(f"{written!r} has a brace without another; a brace itself is written twice")
        else:
            inner = match[1].rstrip()
            optional, inner = inner.endswith("?"), inner.removesuffix("?")
            pieces.append(_Slot(expressions.compiled(inner, names), escaping(inner), optional))
    return pieces


def _whole(getter: Getter, optional: bool) -> Made:
    if not optional:
        return getter

    def made(scope: Scope) -> Any:
        value = getter(scope)
        return OUT if empty(value) else value

    return made


def _joined(pieces: list[str | _Slot]) -> Made:
    def made(scope: Scope) -> Any:
        written = list[str]()
        for piece in pieces:
            if isinstance(piece, str):
                written.append(piece)
                continue
            value = piece.getter(scope)
            if piece.optional and empty(value):
                return OUT
            written.append(piece.escape(value))
        return "".join(written)

    return made


def _choice(raw: dict[str, Any], names: Names) -> Made:
    if len(raw) == 1:
        raise ValueError("a choice needs then, or else, or both")
    condition = conditions.compiled(raw["when"], names)
    then, otherwise = (structure(raw[key], names) if key in raw else _out for key in ("then", "else"))
    return lambda scope: then(scope) if condition(scope) else otherwise(scope)


def _out(scope: Scope) -> Any:
    return OUT


def _table(entries: dict[str, Made]) -> Made:
    def made(scope: Scope) -> Any:
        values = {key: entry(scope) for key, entry in entries.items()}
        return {key: value for key, value in values.items() if value is not OUT}

    return made


def _list(entries: list[Made]) -> Made:
    return lambda scope: [value for entry in entries if (value := entry(scope)) is not OUT]

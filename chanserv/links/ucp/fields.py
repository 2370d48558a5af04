"""How the fields of a UCP operation follow one another (EMI-UCP 5.2, section 4.2).

Values are texts between slashes, as they came: what they say is not known
here. All but a few operations are so many values in a row; the old ones have a
list behind its count, and a text whose fields depend on its type.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

import attrs

from chanserv.errors import BadField

SYNTAX = 2  # the error code for whatever does not fit its field


class Shape(Enum):
    """How a field is written."""

    ONE = auto()
    LIST = auto()  # its count, then each
    BITS = auto()  # only with message type 4 (operations 01 to 03)
    TEXT = auto()  # none with message type 1, a tone
    SPARE = auto()  # reserved: may be missing at the end


@attrs.frozen
class Field:
    """`limit`: characters, of each in a list."""

    shape: Shape
    limit: int


def one(limit: int) -> Any:
    return attrs.field(default="", metadata={Field: Field(Shape.ONE, limit)})


def many(limit: int) -> Any:
    return attrs.field(default=(), metadata={Field: Field(Shape.LIST, limit)})


def bits(limit: int = 4) -> Any:
    return attrs.field(default="", metadata={Field: Field(Shape.BITS, limit)})


def text(limit: int) -> Any:
    return attrs.field(default="", metadata={Field: Field(Shape.TEXT, limit)})


def spare() -> Any:
    return attrs.field(default="", metadata={Field: Field(Shape.SPARE, 0)})


def layout(cls: type[Any]) -> tuple[tuple[str, Field], ...]:
    """The fields of an operation in their order."""
    return tuple((field.name, field.metadata[Field]) for field in attrs.fields(cls) if Field in field.metadata)


def read(fields: tuple[tuple[str, Field], ...], values: list[str]) -> dict[str, Any]:
    """Names and values. More than there are fields are left out, as Kannel does. Raises BadField."""
    found: dict[str, Any] = {}
    rest = iter(values)
    for name, field in fields:
        if field.shape is Shape.LIST:
            found[name] = tuple(_next(rest, name) for _ in range(_count(_next(rest, name), len(values))))
        elif _present(field.shape, found.get("mt", "")):
            found[name] = next(rest, "") if field.shape is Shape.SPARE else _next(rest, name)
    return found


def written(fields: tuple[tuple[str, Field], ...], operation: Any) -> list[str]:
    """The values of an operation in their order. Raises BadField if one is too long."""
    values: list[str] = []
    for name, field in fields:
        value = getattr(operation, name)
        if field.shape is Shape.LIST:
            values += [str(len(value)), *(_fits(name, field, each) for each in value)]
        elif _present(field.shape, getattr(operation, "mt", "")):
            values.append(_fits(name, field, value))
    return values


def _present(shape: Shape, mt: str) -> bool:
    match shape:
        case Shape.BITS:
            return mt == "4"
        case Shape.TEXT:
            return mt != "1"
    return True


def _next(rest: Iterator[str], name: str) -> str:
    value = next(rest, None)
    if value is None:
        raise BadField(f"{name} is missing", SYNTAX)
    return value


def _count(value: str, most: int) -> int:
    """Of a list; an empty one may be left out."""
    if value and not (value.isascii() and value.isdigit() and len(value) <= 4 and int(value) <= most):
        raise BadField("a list without its count", SYNTAX)
    return int(value or "0")


def _fits(name: str, field: Field, value: str) -> str:
    if field.shape is not Shape.SPARE and len(value) > field.limit:
        raise BadField(f"{name} has {len(value)} characters, its field holds {field.limit}", SYNTAX)
    return value

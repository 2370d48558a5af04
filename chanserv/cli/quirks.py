"""A simulator's behaviour as options of a command, one for each plain value; and what is said if they will not do."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Mapping
from typing import Any

from chanserv.cli.orders import number
from chanserv.errors import ChanservError


class Unable(ChanservError):
    """The simulator cannot behave, or listen, as it was told to; says why."""


def quirks(parser: ArgumentParser, plain: Mapping[str, Any]) -> None:
    """`plain`: name and default of each."""
    for name, default in plain.items():
        how: dict[str, Any] = {"action": BooleanOptionalAction} if isinstance(default, bool) else _worded(default)
        parser.add_argument("--" + name.replace("_", "-"), default=default, help="(%(default)r)", **how)


def _worded(default: Any) -> dict[str, Any]:
    kind = type(default)
    return {"type": number if kind is int else kind, "metavar": kind.__name__.upper()}

"""Instants as providers write them, and seconds since the epoch.

A form is `iso` (ISO 8601, and what is nearly that), `s` or `ms` (since the
epoch), or a pattern of strftime. Where neither form nor text has a zone, it is
the one named (IANA), else UTC.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

SCALES = {"s": 1.0, "ms": 1000.0}
LATEST = 253402300799.0  # 9999-12-31T23:59:59Z, the last that datetime holds

_SHORT_ZONE = re.compile(r"([+-]\d\d)(\d\d)$")
_FRACTION = re.compile(r"(\.\d{6})\d+")


def read(value: Any, form: str, zone: str = "UTC") -> float | None:
    """The instant; None: that is none."""
    written = str(value if value is not None else "").strip()[:64]
    try:
        found = float(written) / SCALES[form] if form in SCALES else _parsed(written, form, ZoneInfo(zone)).timestamp()
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and 0 <= found <= LATEST else None


def _parsed(written: str, form: str, zone: tzinfo) -> datetime:
    if form == "iso":
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", _SHORT_ZONE.sub(r"\1:\2", written)))
    else:
        found = datetime.strptime(written, form)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def write(value: Any, form: str, zone: str = "UTC") -> str | None:
    """As the provider wants it; None: no instant."""
    try:
        instant = float(value)
        if not 0 <= instant <= LATEST:
            return None
        at = datetime.fromtimestamp(instant, ZoneInfo(zone))
    except (TypeError, ValueError, OverflowError):
        return None
    if form in SCALES:
        return str(int(instant * SCALES[form]))
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if form == "iso" else at.strftime(form)


def why_not(form: str) -> str:
    """What is wrong with a form; empty: nothing."""
    try:
        if form != "iso" and form not in SCALES:
            if "%" not in form:
                raise ValueError
            datetime.strptime(datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC).strftime(form), form)
    except (ValueError, re.error):
        return f"{form!r} is no form of a date: iso, s, ms or a pattern such as %Y-%m-%d"
    return ""

"""The times of SMPP: YYMMDDhhmmsstnnp, an instant or a duration, and back (SMPP 3.4, section 7.1.1).

t are tenths, nn quarters of an hour, p says which way: + the writer's clock
is ahead of UTC, - behind, R the rest is a duration from now. Instants are
seconds since the epoch, durations seconds; the time is an argument.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

FORM = re.compile(
    rb"\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])([0-5]\d){2}\d([0-3]\d|4[0-8])[+-]|\d{12}000R"
)

_DAY, _MONTH, _YEAR = 86_400, 30 * 86_400, 365 * 86_400  # of durations, which have no calendar
_UNITS = (_YEAR, _MONTH, _DAY, 3600, 60, 1)
LONGEST = 100 * _YEAR - 1


def absolute(at: float) -> bytes:
    """An instant, in UTC, to the second; a second begun is a second."""
    whole = datetime.fromtimestamp(int(at), UTC)
    return whole.strftime("%y%m%d%H%M%S").encode("ascii") + b"000+"


def relative(seconds: float) -> bytes:
    """A duration of at least one second; at most 99 years."""
    left, digits = min(max(int(seconds), 1), LONGEST), ""
    for unit in _UNITS:
        count, left = divmod(left, unit)
        digits += f"{count:02}"
    return digits.encode("ascii") + b"000R"


def read(octets: bytes, now: float) -> float | None:
    """The instant that is meant, `now` being the time it came; None: it is empty, or none."""
    if FORM.fullmatch(octets) is None:
        return None
    numbers = [int(octets[at : at + 2]) for at in range(0, 12, 2)]
    if octets.endswith(b"R"):
        return now + sum(count * unit for count, unit in zip(numbers, _UNITS, strict=True))
    offset = timedelta(minutes=15 * int(octets[13:15])) * (1 if octets.endswith(b"+") else -1)
    year, month, day, hour, minute, second = numbers
    try:
        local = datetime(_century(year, now) + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # the 31st of a short month
        return None
    return (local - offset).timestamp() + (octets[12] - ord("0")) / 10


def _century(year: int, now: float) -> int:
    """That which brings two digits of a year nearest to now."""
    this = datetime.fromtimestamp(now, UTC).year
    return min((this // 100 * 100 + more for more in (-100, 0, 100)), key=lambda century: abs(century + year - this))

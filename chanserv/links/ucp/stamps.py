"""Moments as UCP writes them: DDMMYYhhmmss, DDMMYYhhmm in the SMSC's own wall time.

`zone`: hours its clock is ahead of UTC, which no field says. Moments are seconds since the epoch.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

HOUR, MINUTE = 3600.0, 60.0


def moment(stamp: str, zone: float = 0.0) -> float:
    """0.0: unreadable."""
    if len(stamp) != 12 or not (stamp.isascii() and stamp.isdigit()):
        return 0.0
    day, month, year, hour, minute, second = (int(stamp[at : at + 2]) for at in range(0, 12, 2))
    try:
        there = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
    return max(0.0, there - zone * HOUR)


def stamp(at: float, zone: float = 0.0) -> str:
    """SCTS, DSCTS."""
    return time.strftime("%d%m%y%H%M%S", time.gmtime(at + zone * HOUR))


def minute(at: float, zone: float = 0.0) -> str:
    """VP: the next whole minute."""
    return time.strftime("%d%m%y%H%M", time.gmtime(-(-at // MINUTE) * MINUTE + zone * HOUR))

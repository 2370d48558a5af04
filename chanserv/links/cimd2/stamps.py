"""Times as CIMD2 writes them: yymmddhhmmss by the SMSC's clock, and GSM's octet for how long a text is valid.

Zones are hours ahead of UTC; moments, seconds since the epoch. Nothing here
knows what time it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chanserv.links.cimd2.packets import moment

QUARTER = 900.0  # seconds: every zone there is, is a multiple of it
FARTHEST = 14.0  # hours

MINUTE, HOUR, DAY = 60, 3600, 86400


def read(stamp: str | None, zone: float) -> float:
    """0.0: it is none."""
    found = moment(stamp or "")
    return found.replace(tzinfo=UTC).timestamp() - zone * HOUR if found else 0.0


def write(at: float, zone: float = 0.0) -> str:
    """Whole seconds only: the rest falls off."""
    return (datetime.fromtimestamp(int(at), UTC) + timedelta(hours=zone)).strftime("%y%m%d%H%M%S")


def zone(stamp: str | None, now: float) -> float | None:
    """How far the SMSC's clock, which says `stamp` now, is ahead: rounded, since clocks differ; None: no zone is so."""
    said = read(stamp, 0.0)
    hours = round((said - now) / QUARTER) * QUARTER / HOUR
    return hours if said and abs(hours) <= FARTHEST else None


def validity(left: float) -> int:
    """TP-VP for so many seconds, or somewhat less (3GPP TS 23.040, 9.2.3.12.1); at least five minutes."""
    if left <= 12 * HOUR:
        return max(0, int(left // (5 * MINUTE)) - 1)
    if left <= DAY:
        return 143 + int((left - 12 * HOUR) // (30 * MINUTE))
    if left <= 30 * DAY:
        return 166 + int(left // DAY)
    return min(255, 192 + int(left // (7 * DAY)))

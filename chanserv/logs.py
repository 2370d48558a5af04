"""What the gateway's log looks like: readable lines, or one JSON object a line.

Readable lines are Twisted's own and need nothing from here. Nothing is masked
on the way out: no call to a logger may be handed a secret, a text or a number.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import IO, Any

from twisted.logger import FileLogObserver, LogEvent, formatEvent

_PLAIN = (str, int, float, bool)


def json_line(event: LogEvent) -> str:
    """`event` as one line: time (ISO 8601, UTC), level, system, message, its plain fields, traceback.

    A field that is no text, number or truth is left out, since its repr may
    tell anything; so is one named like those above.
    """
    line: dict[str, Any] = {
        key: value for key, value in event.items() if not key.startswith("log_") and isinstance(value, _PLAIN)
    }
    level, failure = event.get("log_level"), event.get("log_failure")
    line |= {
        "time": datetime.fromtimestamp(event["log_time"], UTC).isoformat(timespec="milliseconds"),
        "level": level.name if level else "info",
        "system": event.get("log_namespace") or "-",
        "message": formatEvent(event),
    }
    if failure is not None:
        line["traceback"] = failure.getTraceback()
    return json.dumps(line, ensure_ascii=False, allow_nan=True, default=str) + "\n"


def json_lines(file: IO[str] | None = None) -> FileLogObserver:
    """An observer that writes JSON lines to `file`, standard output by default.

    Also what twistd's own `--logger chanserv.logs.json_lines` takes.
    """
    return FileLogObserver(file or sys.stdout, json_line)

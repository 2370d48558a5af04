"""What the platform's answer to one of our posts means, as one table. Nothing but values here.

A 400 of courier is not always for ever: with its database down it answers 400
to channels outside its cache (measured against courier v9.2.0). So only the
texts of its validation are permanent; whatever else it says is tried again.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct


class Fate(StrEnum):
    """TOLD; NEVER: it cannot be told; MISPLACED: settings are wrong; LOST: perhaps stored; LATER: the rest."""

    TOLD = "told"
    NEVER = "never"
    MISPLACED = "misplaced"
    LOST = "lost"
    LATER = "later"


class Answer(Struct, frozen=True):
    """What came back to one post: HTTP status (0: nothing), body as text, what broke (empty: nothing).

    `lost`: the connection broke after the request may have left. `silent`: no
    answer within the time limit. Either way the platform may have stored it.
    """

    code: int
    body: str = ""
    broke: str = ""
    lost: bool = False
    silent: bool = False

    @property
    def reached(self) -> bool:
        """Somebody answered, so the platform's address works."""
        return self.code != 0


# Validation texts, from courier v7.4.0, v9.2.0 and v26.3.38.
PERMANENT = re.compile(
    r"must have one of 'sender' or 'from' set"
    r"|invalid date format, must be RFC 3339"
    r"|not a possible number"
    r"|phone number supplied is not a number"
    r"|missing from at: .* node"
    r"|unable to parse request XML"
    r"|parameters id or uuid should not be empty"
    r"|parsing failed: id '.*' and uuid '.*' are not valid UUIDs"
    r"|schema: error converting value for"
    r"|field '[^']*' required"
)
MISPLACED = re.compile(r"channel not found|unable to find channel|channel type wrong")


def judge(answer: Answer) -> tuple[Fate, str]:
    """The fate of the letter, and the reason in words for the operator."""
    if answer.code == 0:
        return (Fate.LOST if answer.lost else Fate.LATER), answer.broke or "no answer"
    said = f"{answer.code} {_gist(answer.body)}".strip()
    if 200 <= answer.code < 300:
        return Fate.TOLD, said
    if 300 <= answer.code < 400:
        return Fate.MISPLACED, f"{answer.code}: the platform redirects; its url is not the final one"
    if answer.code == 400 and PERMANENT.search(answer.body):
        return Fate.NEVER, said
    if answer.code == 400 and MISPLACED.search(answer.body):
        return Fate.MISPLACED, said
    return Fate.LATER, said


def _gist(body: str) -> str:
    """The error texts of courier's JSON, or the beginning of whatever it is, on one line."""
    errors = re.findall(r'"error"\s*:\s*"((?:[^"\\]|\\.)*)"', body)
    return " ".join("; ".join(errors or [body]).split())[:200]

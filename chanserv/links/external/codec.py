"""What an External-API device tells the platform, and what the platform answers: octets to values and back.

/c/ex/<uuid>/receive, sent, delivered, failed and stopped, with courier's fields
and in courier's words (measured against v9.2.0): devices were written to those.
Who may call, and what is done about what is told, is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from chanserv.errors import BadField
from chanserv.message import Status, clean
from chanserv.profiles.filters import LONGEST
from chanserv.profiles.hooks import EARLIEST, LATEST, Heard, News, Told
from chanserv.profiles.requests import Asked
from chanserv.profiles.trees import Tree, fields, sniff, tree
from chanserv.settings import ExternalSettings
from chanserv.text.numbers import digits, possible

STATUSES = {"sent": Status.SENT, "delivered": Status.DELIVERED, "failed": Status.FAILED}
LETTERS = {"sent": "S", "delivered": "D", "failed": "F"}
KINDS = ("receive", "stopped", *STATUSES)
LEAST = 3  # digits of a sender

_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z")  # RFC 3339, 5.6
_FRACTION = re.compile(r"(\.\d{6})\d+")
_TEXTS = UUID("b7c3e0a4-5f0e-5d0c-8f3e-3a1d6c1b9a52")  # texts that say when they were sent have their ids under it


def read(kind: str, asked: Asked, settings: ExternalSettings, fresh: str) -> News:
    """What one request tells. `fresh`: a UUID for a text that has nothing by which a repeat of it would be known.

    Raises BadField with courier's words for what is wrong.
    """
    given = _given(asked)
    if kind == "receive":
        return _text(given, settings, fresh)
    if kind == "stopped":
        return Heard(sender=_sender(given, ("from",), "field 'from' required"), stop=True)
    return Told(ours=_id(given), id="", status=STATUSES[kind], word=kind, reason=kind)


def _given(asked: Asked) -> Mapping[str, str]:
    """Of the query and of a form; the form's go before, and of a repeated name the first. JSON is not read."""
    found = fields(asked.query)
    content_type = asked.headers.get("content-type", "")
    kind = sniff(content_type, b"")
    if asked.body and kind in ("form", "multipart"):
        found |= tree(kind, asked.body, content_type=content_type)
    return {name: _first(value) for name, value in found.items()}


def _first(value: Tree) -> str:
    return str(value[0] if isinstance(value, list) else value)


def _text(given: Mapping[str, str], settings: ExternalSettings, fresh: str) -> Heard:
    names = (*_own(settings.mo_from_field), "from", "sender")
    sender = _sender(given, names, "must have one of 'sender' or 'from' set")
    words = clean(_one(given, (*_own(settings.mo_text_field), "text")))
    at, stamp = _date(_one(given, (*_own(settings.mo_date_field), "date", "time")))
    id = str(uuid5(_TEXTS, "\0".join((settings.uuid, sender, stamp, words)))) if stamp else fresh
    return Heard(sender=sender, text=words, id=id, at=at)


def _own(name: str | None) -> tuple[str, ...]:
    return (name,) if name else ()


def _one(given: Mapping[str, str], names: Sequence[str]) -> str:
    """The first of these that is there and not empty."""
    return next((given[name] for name in names if given.get(name)), "")


def _sender(given: Mapping[str, str], names: Sequence[str], missing: str) -> str:
    """A raw + in a query is a blank once decoded."""
    raw = _one(given, names)[:LONGEST]
    if not raw:
        raise BadField(missing)
    sender = clean(raw).strip()
    sender = f"+{sender}" if raw.startswith(" ") and sender.isdecimal() else sender
    if not possible(sender) or len(digits(sender)) < LEAST:
        raise BadField("not a possible number")
    return sender


def _date(written: str) -> tuple[float, str]:
    """Seconds since the epoch (0: none that can be), and the text itself."""
    if not written:
        return 0.0, ""
    try:
        if not _DATE.match(written):
            raise ValueError
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", written.upper())).timestamp()
    except (ValueError, OverflowError):
        raise BadField("invalid date format, must be RFC 3339") from None
    return (at if EARLIEST <= at <= LATEST else 0.0), written


def _id(given: Mapping[str, str]) -> str:
    """The text a status speaks of, by the id we gave it."""
    id, uuid = given.get("id", ""), given.get("uuid", "")
    if not id and not uuid:
        raise BadField("parameters id or uuid should not be empty")
    for candidate in (id, uuid):
        if _is_uuid(candidate):
            return candidate.lower()
    raise BadField(f"parsing failed: id '{id[:LONGEST]}' and uuid '{uuid[:LONGEST]}' are not valid UUIDs")


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value[:45])) == value.lower()
    except ValueError:
        return False


# ---- answers --------------------------------------------------------------------------------------------------------


def answer(kind: str, news: News, uuid: str, now: float) -> bytes:
    """To what was kept; the data of courier's answer, field by field."""
    match news:
        case Heard(stop=True):
            return _said(
                "Event Accepted", type="event", channel_uuid=uuid, event_type="stop_contact",
                urn=f"tel:{news.sender}", received_on=_stamp(now),
            )  # fmt: skip
        case Heard():
            return _said(
                "Message Accepted", type="msg", channel_uuid=uuid, msg_uuid=news.id, text=news.text,
                urn=f"tel:{news.sender}", received_on=_stamp(news.at or now),
            )  # fmt: skip
        case _:
            return _said("Status Update Accepted", type="status", channel_uuid=uuid, status=LETTERS[kind])


def error(why: str) -> bytes:
    """To what was not."""
    return _said("Error", type="error", error=why)


def _said(message: str, **data: Any) -> bytes:
    return json.dumps({"message": message, "data": [data]}).encode("ascii")


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

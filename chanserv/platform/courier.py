"""How courier, the platform's own gateway, splits, writes and reads: the pure half of the simulator.

Measured against courier v9.2.0 and v7.4.0. It knows no server, no client and
no time; `platform.peer` brings those.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal
from urllib.parse import quote_plus
from uuid import UUID

from msgspec import Struct

Ids = Literal["int", "uuid"]

STATUSES: Mapping[str, str] = {"sent": "S", "delivered": "D", "failed": "F"}
KINDS = ("receive", "stopped", *STATUSES)

_FORM = (
    "id={{id}}&text={{text}}&to={{to}}&to_no_plus={{to_no_plus}}&from={{from}}&from_no_plus={{from_no_plus}}"
    "&channel={{channel}}&session_status={{session_status}}{{quick_replies}}"
)
_JSON = (
    '{"id":{{id}},"text":{{text}},"to":{{to}},"to_no_plus":{{to_no_plus}},"from":{{from}},'
    '"from_no_plus":{{from_no_plus}},"channel":{{channel}},"session_status":{{session_status}},'
    '"quick_replies":{{quick_replies}}}'
)
_XML = (
    "<msg><id>{{id}}</id><to>{{to}}</to><text>{{text}}</text><from>{{from}}</from><channel>{{channel}}</channel>"
    "<session_status>{{session_status}}</session_status><qr>{{quick_replies}}</qr></msg>"
)


class Template(Struct, frozen=True):
    """How the operator told courier to ask us: method, content type, and the body with its variables."""

    method: str
    content_type: str
    body: str
    query: str = ""


TEMPLATES: Mapping[str, Template] = {
    "form": Template("POST", "application/x-www-form-urlencoded", _FORM),
    "json": Template("POST", "application/json", _JSON),
    "xml": Template("PUT", "text/xml; charset=utf-8", _XML),
    "get": Template("GET", "application/x-www-form-urlencoded", "", _FORM),
}


def split(text: str, limit: int) -> list[str]:
    """Pieces of about `limit` octets of UTF-8, as courier cuts them.

    A cut comes at exactly `limit` octets, or at a blank in the last five of
    them. So a text whose characters never add up to the limit is not cut at
    all, and a blank right after a cut makes an empty last piece.
    """
    if len(text.encode("utf-8", "surrogatepass")) <= limit:
        return [text]
    pieces, piece, octets = [], "", 0
    for character in text:
        piece += character
        octets += len(character.encode("utf-8", "surrogatepass"))
        if octets == limit or (octets > limit - 6 and character == " "):
            pieces.append(piece.strip())
            piece, octets = "", 0
    return [*pieces, piece.strip()] if piece else pieces


def render(template: Template, values: Mapping[str, str], quick_replies: Sequence[str] = ()) -> tuple[str, bytes]:
    """Query and body with their variables replaced, one after the other, so that a {{to}} in a text is one too."""
    body_escape = next((e for kind, e in _ESCAPES.items() if kind in template.content_type), _raw)
    query, body = template.query, template.body
    for name, value in values.items():
        query = query.replace(f"{{{{{name}}}}}", quote_plus(value, errors="replace"))
        body = body.replace(f"{{{{{name}}}}}", body_escape(value))
    query = query.replace("{{quick_replies}}", _replies("urlencoded", quick_replies))
    body = body.replace("{{quick_replies}}", _replies(template.content_type, quick_replies))
    return query, body.encode("utf-8", "replace")


def _json_escape(value: str) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _xml_escape(value: str) -> str:
    table = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\n": "&#xA;", "\t": "&#x9;"}
    return "".join(table.get(character, character) for character in value)


def _raw(value: str) -> str:
    return value


_ESCAPES: Mapping[str, Callable[[str], str]] = {"urlencoded": quote_plus, "json": _json_escape, "xml": _xml_escape}


def _replies(content_type: str, replies: Sequence[str]) -> str:
    if "json" in content_type:
        return "[" + ",".join(map(_json_escape, replies)) + "]"
    if "xml" in content_type:
        return "".join(f"<item>{_xml_escape(reply)}</item>" for reply in replies)
    return "".join(f"&quick_reply={quote_plus(reply)}" for reply in replies)


# ---- what comes back ------------------------------------------------------------------------------------------------

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


class Invalid(ValueError):
    """What courier would answer 400 to, in its words."""


def urn(sender: str, calling_code: str) -> str:
    """`tel:` and E.164; short codes of 3 to 6 digits stay. A raw + has become a blank. Raises Invalid."""
    digits = sender.strip().lstrip("+")
    if not digits.isdecimal() or len(digits) < 3:
        raise Invalid("not a possible number")
    if len(digits) <= 6 and not digits.startswith("0"):
        return f"tel:{digits}"
    return f"tel:+{calling_code}{digits[1:]}" if digits.startswith("0") else f"tel:+{digits}"


def received(fields: Mapping[str, str], calling_code: str) -> tuple[str, str, str]:
    """URN, text and date of an MO. Raises Invalid."""
    sender, stamp = fields.get("from") or fields.get("sender"), fields.get("date") or fields.get("time") or ""
    if not sender:
        raise Invalid("must have one of 'sender' or 'from' set")
    if stamp and not _DATE.match(stamp):
        raise Invalid("invalid date format, must be RFC 3339")
    return urn(sender, calling_code), fields.get("text", "").replace("\0", ""), stamp


def status_id(fields: Mapping[str, str], ids: Ids) -> str:
    """The message a status speaks of. Raises Invalid."""
    id, uuid = fields.get("id", ""), fields.get("uuid", "")
    if ids == "int":
        if not id:
            raise Invalid("field 'id' required")
        if not re.fullmatch(r"-?\d+", id):
            raise Invalid('schema: error converting value for "id"')
        return id
    if not id and not uuid:
        raise Invalid("parameters id or uuid should not be empty")
    for candidate in (id, uuid):
        if _is_uuid(candidate):
            return candidate
    raise Invalid(f"parsing failed: id '{id}' and uuid '{uuid}' are not valid UUIDs")


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False

"""The platform's External API (channel type EX): its send request, and our posts to /c/ex/<uuid>/….

Operators write the send request themselves, as a template of JSON, form, XML
or query. So everything is read leniently and nothing is guessed: an id is
opaque and goes back as it came, a number stays a number. Only a recipient
nobody can call, and octets nobody can read, are refused, by `BadRequest`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.message import Message as MimeMessage
from email.parser import BytesParser
from functools import lru_cache
from typing import NoReturn
from urllib.parse import parse_qsl, quote, quote_plus
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped] # it ships no types
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped] # nor here
from msgspec import Struct

from chanserv.errors import BadRequest
from chanserv.message import Letter, Piece, Post, clean
from chanserv.platform.dialects import Asked
from chanserv.settings import ChannelSettings
from chanserv.text.numbers import e164, possible

# Our name of a field -> what templates call it, best first. `uuid` is what newer claim
# forms offer in place of `id` (courier v10.3.21 on: both hold the message's UUID).
NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "uuid"),
    "text": ("text", "texto"),
    "to": ("to", "para"),
    "to_no_plus": ("to_no_plus", "para_no_plus"),
    "from": ("from", "de"),
    "from_no_plus": ("from_no_plus", "de_no_plus"),
    "channel": ("channel", "canal"),
    "session_status": ("session_status",),
}
KNOWN = frozenset(alias for aliases in NAMES.values() for alias in aliases)
UNFILLED = re.compile(r"\{\{\w+\}\}\Z")  # a variable this courier does not know is left standing


class Number(str):
    """A JSON number in the very characters it came in."""


Fields = Mapping[str, str]


class Form(Struct, frozen=True):
    """The fields of a request by our names, absent or unfilled ones left out."""

    fields: Fields
    agent: str = ""

    @property
    def id(self) -> str:
        """The platform's id as text; empty: it gave none."""
        return clean(str(self.fields.get("id", "")))

    @property
    def id_json(self) -> str:
        """The id as a JSON value, of the type it came in."""
        raw = self.fields.get("id", "")
        return str(raw) if isinstance(raw, Number) else json.dumps(clean(raw))


class Reading(Struct, frozen=True):
    """A post, and what was remarkable about it. `empty`: there is nothing to send."""

    post: Post
    empty: bool = False
    sender_replaced: bool = False


def read(asked: Asked) -> Form:
    """The fields of a request; those of the body win over the query's. Raises BadRequest("body", …)."""
    query = _named(_pairs(asked.query, "utf-8"))
    return Form({**query, **_named(_body(asked))}, asked.agent)


def post(form: Form, channel: ChannelSettings) -> Reading:
    """The piece to be sent on this channel. Raises BadRequest("to", …)."""
    fields = form.fields
    sender, replaced = _sender(fields, channel)
    text = _trim(clean(fields.get("text", "")))
    piece = Piece(to=_recipient(fields, channel.country), sender=sender, text=text)
    made = Post(
        channel=channel.name,
        id=form.id,
        piece=piece,
        reply=fields.get("session_status", "").upper() == "W",
        claimed_channel=clean(fields.get("channel", ""))[:64],
        by=form.agent,
    )
    return Reading(made, empty=not text, sender_replaced=replaced)


def letter(letter: Letter) -> bytes:
    """The form-encoded body of one post to the platform; where it goes is `path`."""
    match letter.kind:
        case "receive":
            stamp = datetime.fromtimestamp(letter.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            text = quote_plus(clean(letter.text))
            return f"from={quote(letter.sender, safe='')}&text={text}&date={stamp}".encode("ascii")
        case "stopped":
            return f"from={quote(letter.sender, safe='')}".encode("ascii")
        case _:
            return f"id={quote(letter.id, safe='')}".encode("ascii")


def path(uuid: str, kind: str) -> tuple[str, ...]:
    """The segments of courier's URL for one kind of letter: receive, sent, delivered, failed, stopped."""
    return ("c", "ex", uuid, kind)


# ---- the body -------------------------------------------------------------------------------------------------------


def _body(asked: Asked) -> Iterable[tuple[str, str]]:
    """Told by its first octet where the content type lies about it."""
    kind, charset, mime = _content_type(asked.content_type)
    start = asked.body.lstrip()[:1]
    if not start:
        return ()
    if kind == "multipart/form-data":
        return _multipart(asked.body, mime)
    if start == b"<" or (kind.endswith("xml") and start != b"{"):
        return _xml(asked.body, charset)
    if start == b"{" or kind.endswith("json"):
        return _json(asked.body, charset)
    return _pairs(asked.body.strip(), charset or "utf-8")


@lru_cache(maxsize=256)  # clients repeat theirs; reading one costs more than the rest of a request
def _content_type(value: str) -> tuple[str, str | None, MimeMessage]:
    mime = MimeMessage()
    mime["Content-Type"] = " ".join(value.split()) or "application/octet-stream"
    return mime.get_content_type(), _charset(mime), mime


def _charset(mime: MimeMessage) -> str | None:
    try:
        return mime.get_content_charset()
    except ValueError:  # RFC 2231 encodings are looked up by name, and a NUL in it is no LookupError
        return None


def _decode(octets: bytes, charset: str) -> str:
    try:
        return octets.decode(charset, "replace")
    except (LookupError, ValueError):  # a charset nobody knows: nearly always it is UTF-8 all the same
        return octets.decode("utf-8", "replace")


def _pairs(octets: bytes, charset: str) -> Iterable[tuple[str, str]]:
    raw = parse_qsl(octets.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return [
        (_decode(name.encode("latin-1"), charset), _decode(value.encode("latin-1"), charset)) for name, value in raw
    ]


def _multipart(body: bytes, mime: MimeMessage) -> Iterable[tuple[str, str]]:
    head = f"Content-Type: {mime['Content-Type']}\r\n\r\n".encode("utf-8", "replace")
    try:
        whole = BytesParser().parsebytes(head + body)
    except RecursionError:
        _refuse("multipart nested too deep")
    if not whole.is_multipart():
        _refuse("multipart without its boundary")
    found = []
    for part in whole.walk():
        name = part.get_param("name", header="content-disposition")
        octets = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(octets, bytes):
            found.append((name, _decode(octets, _charset(part) or "utf-8")))
    return found


_DECODER = json.JSONDecoder(strict=False, parse_int=Number, parse_float=Number, parse_constant=Number)


def _json(body: bytes, charset: str | None) -> Iterable[tuple[str, str]]:
    """Control characters inside strings pass: templates that do not escape them are about."""
    text = _decode(body, charset or json.detect_encoding(body)).removeprefix("\ufeff")
    try:
        found = _DECODER.decode(text)
    except RecursionError:
        _refuse("JSON nested too deep")
    except ValueError as fault:
        _refuse(
            f"not JSON: {fault}; a text that holds a template variable, such as {{{{to}}}}, breaks the platform's "
            "JSON template: content type urlencoded does not have this fault"
        )
    if not isinstance(found, dict):
        _refuse("JSON, but no object")
    return [(name, _plain(name, value)) for name, value in found.items() if value is not None]


def _plain(name: str, value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return Number("true" if value else "false")
        case _ if name.strip().lower() in KNOWN:
            raise BadRequest(name, "must be a string or a number")
        case _:
            return ""  # not ours


def _xml(body: bytes, charset: str | None) -> Iterable[tuple[str, str]]:
    """Every element without children counts, by its local name; declarations and entities are refused."""
    try:
        root: Element = fromstring(_decode(body, charset) if charset else body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:
        _refuse(f"not XML we read: {type(fault).__name__}: {fault}"[:200])
    leaves = [element for element in root.iter() if element is not root and not len(element)]
    return [(str(leaf.tag).rpartition("}")[2], leaf.text or "") for leaf in leaves]


def _refuse(reason: str) -> NoReturn:
    raise BadRequest("body", reason)


# ---- the fields -----------------------------------------------------------------------------------------------------


def _named(pairs: Iterable[tuple[str, str]]) -> Fields:
    """By our names. Of a repeated name the first counts, as in courier's own reading of forms."""
    given: dict[str, str] = {}
    for name, value in pairs:
        given.setdefault(name.strip().lower(), value)
    found = {}
    for name, aliases in NAMES.items():
        for alias in aliases:
            value = given.get(alias, "")
            if value and (name == "text" or not UNFILLED.match(value)):
                found[name] = value
                break
    return found


def _number(value: str) -> str:
    """A raw + in a form is a blank once decoded."""
    stripped = clean(value).strip()
    return f"+{stripped}" if value.startswith(" ") and stripped.isdigit() else stripped


def _recipient(fields: Fields, country: str | None) -> str:
    given = _number(fields.get("to") or fields.get("to_no_plus") or "")
    if not given:
        raise BadRequest("to", "missing")
    number = e164(given, country)
    if not (possible(given) and possible(number)):
        raise BadRequest("to", "not a possible number")
    return number


def _sender(fields: Fields, channel: ChannelSettings) -> tuple[str, bool]:
    """What the carrier shall show, and whether the platform wanted something it may not use."""
    wanted = _number(fields.get("from") or fields.get("from_no_plus") or "")
    for allowed in channel.senders or (channel.address,):
        if wanted and wanted.lstrip("+") == allowed.lstrip("+"):
            return allowed, False
    return channel.address, bool(wanted)


def _trim(text: str) -> str:
    """One newline off either end: a picture without words comes as a newline and its address."""
    return re.sub(r"\A\r?\n|\r?\n\Z", "", text)

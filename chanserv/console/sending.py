"""A text of the operator's own: from what was asked for to what the router takes. Who may send is not known here."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chanserv.errors import BadRequest
from chanserv.message import Piece, Post, clean
from chanserv.settings import ChannelSettings
from chanserv.text.numbers import e164, possible


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /api/messages."""

    channel: str
    to: str
    text: str


def post(wanted: Wanted, channels: Mapping[str, ChannelSettings]) -> Post:
    """Raises BadRequest, naming the field."""
    channel = channels.get(wanted.channel)
    if channel is None:
        raise BadRequest("channel", "not known here")
    number = e164(clean(wanted.to).strip(), channel.country)
    if not possible(number):
        raise BadRequest("to", "not a possible number")
    text = clean(wanted.text)
    if not text:
        raise BadRequest("text", "empty")
    return Post(
        channel=channel.name,
        id="",
        piece=Piece(to=number, sender=channel.address, text=text),
        reply=True,
        by="the operator",
    )

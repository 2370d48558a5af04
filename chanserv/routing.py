"""Which links may carry a text, in which order, and why; and which channel a reply belongs to.

Functions of the settings alone: whether a link is up, and what a message has
been through, their callers know.
"""

from __future__ import annotations

import attrs

from chanserv.message import Reply
from chanserv.settings import ChannelSettings, InboundRule, RouteRule, Settings
from chanserv.text.numbers import digits
from chanserv.text.parts import decode
from chanserv.trial import reaches


@attrs.frozen
class Choice:
    """An answer and its reason, in an operator's words."""

    names: tuple[str, ...]
    why: str


def outbound(settings: Settings, channel: ChannelSettings, to: str) -> Choice:
    """The links a message to `to` may use, preferred first: the first [[route]] that fits, else the channel's.

    Links that are being tested are for their test numbers; but where no other is listed the text waits for one.
    """
    for number, rule in enumerate(settings.routes, 1):
        if _fits(rule, channel.name, to):
            return _tried(settings, Choice(rule.links, f"[[route]] {number}"), to)
    return _tried(settings, Choice(channel.links, f"links of channel {channel.name}"), to)


def _tried(settings: Settings, choice: Choice, to: str) -> Choice:
    reaching = tuple(name for name in choice.names if reaches(settings.links[name], to))
    if reaching == choice.names:
        return choice
    tested = ", ".join(name for name in choice.names if name not in reaching)
    return Choice(reaching or choice.names, f"{choice.why}; {tested}: being tested, and not with this number")


def _fits(rule: RouteRule, channel: str, to: str) -> bool:
    return rule.match.channel in (None, channel) and _begins(to, rule.match.prefix)


def _begins(number: str, prefixes: tuple[str, ...]) -> bool:
    return not prefixes or digits(number).startswith(tuple(digits(prefix) for prefix in prefixes))


def inbound(settings: Settings, reply: Reply) -> Choice:
    """The channel of a reply: a rule, the channel with its number, the link's only channel, the link's fallback.

    No name at all means nobody claims it: a dead letter.
    """
    for number, rule in enumerate(settings.inbound, 1):
        if _claims(rule, reply):
            return Choice((rule.channel,), f"[[inbound]] {number}")
    listing = [channel for channel in settings.channels.values() if reply.link in channel.links]
    for channel in listing:
        if any(digits(own) == digits(reply.to) for own in (channel.address, *channel.addresses)):
            return Choice((channel.name,), f"{channel.name} has that address")
    if len(listing) == 1:
        return Choice((listing[0].name,), f"the only channel of {reply.link}")
    link = settings.links.get(reply.link)
    if link is not None and link.fallback:
        return Choice((link.fallback,), f"fallback of {reply.link}")
    return Choice((), "no channel claims it")


def _claims(rule: InboundRule, reply: Reply) -> bool:
    return (
        rule.link in (None, reply.link)
        and (rule.to is None or digits(rule.to) == digits(reply.to))
        and _begins(reply.sender, rule.prefix)
        and (rule.keyword is None or _keyword(reply) == rule.keyword.casefold())
    )


def _keyword(reply: Reply) -> str:
    """The first word of a text; only a first segment has one."""
    if reply.segment is not None and reply.segment.number != 1:
        return ""
    words = decode(reply.body, reply.encoding).split(maxsplit=1)
    return words[0].casefold() if words else ""

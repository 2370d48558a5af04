"""Tables of which link carries a text, and which channel a reply belongs to."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import Reply, Segment
from chanserv.routing import inbound, outbound
from chanserv.settings import ChannelSettings, InboundRule, RouteMatch, RouteRule, Settings
from tests.fakes import smpp


def channel(name: str, address: str, *links: str, addresses: tuple[str, ...] = ()) -> ChannelSettings:
    return ChannelSettings(name=name, uuid=name, address=address, addresses=addresses, links=links)


SETTINGS = Settings(
    channels={
        "claro": channel("claro", "+5582999489287", "a", "b", addresses=("8000",)),
        "tim": channel("tim", "4040", "b", "c"),
        "oi": channel("oi", "1", "d"),
    },
    links={
        name: smpp(name, fallback=fallback) for name, fallback in (("a", None), ("b", "tim"), ("c", None), ("d", None))
    }
    | {"e": smpp("e", fallback="oi"), "f": smpp("f")},
    inbound=(
        InboundRule(channel="oi", link="a", keyword="Join"),
        InboundRule(channel="tim", to="9000"),
        InboundRule(channel="oi", link="b", prefix=("+5511", "+5521")),
    ),
    routes=(
        RouteRule(match=RouteMatch(channel="claro", prefix=("+5511", "5521")), links=("b", "a")),
        RouteRule(match=RouteMatch(prefix=("+1",)), links=("c",)),
        RouteRule(match=RouteMatch(channel="tim"), links=("c",)),
    ),
)


def reply(link: str, to: str, body: bytes = b"hello", sender: str = "+5511999990000", **more: Any) -> Reply:
    return Reply(link=link, sender=sender, to=to, body=body, encoding="ascii", **more)


class OutboundTests(SynchronousTestCase):
    CASES = [
        ("claro", "+5511999990000", ("b", "a"), "[[route]] 1"),
        ("claro", "5521999990000", ("b", "a"), "[[route]] 1"),
        ("claro", "+5582999990000", ("a", "b"), "links of channel claro"),
        ("claro", "+12025550100", ("c",), "[[route]] 2"),
        ("oi", "+12025550100", ("c",), "[[route]] 2"),
        ("oi", "+5511999990000", ("d",), "links of channel oi"),
        ("tim", "+5511999990000", ("c",), "[[route]] 3"),
    ]

    def test_being_tested(self) -> None:
        """A link that is, is for its test numbers; the others of the list carry the rest, or it is held there."""
        tested = {name: smpp(name, phase="test", test_numbers=("+46 70",)) for name in "ad"}
        trying = attrs.evolve(SETTINGS, links={**SETTINGS.links, **tested})
        why = "links of channel claro; a: being tested, and not with this number"
        for name, to, links, told in (
            ("claro", "+4670", ("a", "b"), "links of channel claro"),
            ("claro", "+4671", ("b",), why),
            ("claro", "+5511999990000", ("b",), why.replace("links of channel claro", "[[route]] 1")),
            ("oi", "+4671", ("d",), "links of channel oi; d: being tested, and not with this number"),
        ):
            found = outbound(trying, trying.channels[name], to)
            self.assertEqual((links, told), (found.names, found.why))

    def test_table(self) -> None:
        """The first rule whose every key fits, else the channel's own links; with the reason."""
        for name, to, links, why in self.CASES:
            found = outbound(SETTINGS, SETTINGS.channels[name], to)
            self.assertEqual((links, why), (found.names, found.why), (name, to))


class InboundTests(SynchronousTestCase):
    SECOND = Segment(reference=1, total=2, number=2)
    CASES = [
        (reply("a", "8000", b"join us"), ("oi",), "[[inbound]] 1"),
        (reply("a", "8000", b"  JOIN"), ("oi",), "[[inbound]] 1"),
        (reply("a", "8000", b"joined"), ("claro",), "claro has that address"),
        (reply("a", "8000", b"join", segment=SECOND), ("claro",), "claro has that address"),
        (reply("a", "8000", b""), ("claro",), "claro has that address"),
        (reply("c", "9000"), ("tim",), "[[inbound]] 2"),
        (reply("b", "8000"), ("oi",), "[[inbound]] 3"),
        (reply("b", "8000", sender="+5531999990000"), ("claro",), "claro has that address"),
        (reply("b", "5582999489287", sender="+5531999990000"), ("claro",), "claro has that address"),
        (reply("b", "4040", sender="BANK"), ("tim",), "tim has that address"),
        (reply("b", "777", sender="BANK"), ("tim",), "fallback of b"),
        (reply("d", "777"), ("oi",), "the only channel of d"),
        (reply("e", "777"), ("oi",), "fallback of e"),
        (reply("f", "8000"), (), "no channel claims it"),
        (reply("gone", "8000"), (), "no channel claims it"),
    ]

    def test_table(self) -> None:
        """Rules in file order, the number, the only channel, the fallback, nobody."""
        for one, names, why in self.CASES:
            found = inbound(SETTINGS, one)
            self.assertEqual((names, why), (found.names, found.why), one)

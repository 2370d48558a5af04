"""What must hold between tables: names, numbers, UUIDs and endpoints that belong to one."""

from __future__ import annotations

from tests.loading.folder import SOUND, Folder

TWO = (
    SOUND
    + """
[channel.oi]
uuid = "b86f686f-9168-4dd9-a03e-77f11b265b56"
address = "5582999489287"
allow_from = ["10.0.0.0/8"]
links = ["mtn"]
"""
)


class TwoChannelTests(Folder):
    """Channels that share a link or a UUID."""

    def test_one_number_on_one_link_needs_a_rule(self) -> None:
        """With or without plus it is one number; a rule for it, or for the whole link, settles it."""
        [fault] = self.faults(TWO)
        self.assertTrue(fault.startswith("a.toml: channel.oi.address: channel.claro has this number on link.mtn too"))
        for to in ("", 'to = "+5582999489287"\n', 'link = "mtn"\n'):
            self.load(TWO + f'[[inbound]]\nchannel = "oi"\nkeyword = "oi"\n{to}')
        self.assertEqual(1, len(self.faults(TWO + '[[inbound]]\nchannel = "oi"\nto = "28000"\n')))

    def test_a_uuid_is_one_channel_s(self) -> None:
        """Whatever its case."""
        text = TWO.replace("b86f686f", "a86f686f").replace('"5582999489287"', '"28000"')
        [fault] = self.faults(text)
        self.assertRegex(fault, r"^a\.toml: channel\.oi\.uuid: is that of channel\.claro\.uuid in .*a\.toml too$")

    def test_rules_name_what_is_there(self) -> None:
        """Channels and links of [[inbound]] and [[route]]."""
        faults = self.faults(
            SOUND
            + """
            [[inbound]]
            channel = "x"
            link = "y"
            [[route]]
            match = { channel = "z" }
            links = ["mtn", "w"]
            """
        )
        self.assertEqual(
            [
                "a.toml: inbound[1].channel: there is no [channel.x]",
                "a.toml: inbound[1].link: there is no [link.y]",
                "a.toml: route[1].links: there is no [link.w]",
                "a.toml: route[1].match.channel: there is no [channel.z]",
            ],
            sorted(faults),
        )


class SenderTests(Folder):
    """Texts go out by links that send."""

    def test_a_channel_has_a_link_that_sends(self) -> None:
        """A receiver only hears; beside one that sends it may be listed."""
        hears = SOUND + 'bind = "receiver"\n'
        self.assertEqual(
            ['a.toml: channel.claro.links: only hear (bind = "receiver"): none can send'], self.faults(hears)
        )
        other = '[link.oi]\nkind = "ucp"\nhosts = ["10.0.0.2:1"]\n'
        self.load(hears.replace('["mtn"]', '["mtn", "oi"]') + other)
        route = '[[route]]\nmatch = { channel = "claro" }\nlinks = ["mtn"]\n'
        self.assertEqual(
            ['a.toml: route[1].links: only hear (bind = "receiver"): none can send'],
            self.faults(hears.replace('["mtn"]', '["mtn", "oi"]') + other + route),
        )


class EndpointTests(Folder):
    """One endpoint, one listener."""

    def test_an_endpoint_is_one_listener_s(self) -> None:
        """Told before the start fails over it."""
        listen = "listen = 'tcp:8080:interface=127.0.0.1'\nlisten_from = [\"10.0.0.1\"]\n"
        [fault] = self.faults(SOUND + listen)
        self.assertRegex(fault, r"^a\.toml: link\.mtn\.listen: is that of gateway\.listen in .*a\.toml too$")
        self.load(SOUND + listen.replace("8080", "2776"))

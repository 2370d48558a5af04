"""Settings: what is read, and every fault told at once where the operator wrote it."""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path

import attrs
from twisted.logger import LogLevel, capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from chanserv import loading
from chanserv.errors import SettingsError
from chanserv.settings import (
    ChannelSettings,
    GatewaySettings,
    InboundRule,
    PlatformSettings,
    RouteMatch,
    RouteRule,
    Settings,
    SmppSettings,
)

ETC = Path(__file__).parent.parent / "etc"

SOUND = """
[gateway]
data = "d"

[platform.main]
url = "http://127.0.0.1:18090"

[channel.claro]
uuid = "A86F686F-9168-4dd9-a03e-77f11b265b56"
address = "+5582999489287"
allow_from = ["10.0.0.0/8", "::1"]
links = ["mtn"]

[link.mtn]
kind = "smpp"
host = "10.0.0.1"
port = 2775
system_id = "weni"
password = { env = "CHANSERV_TEST_PASSWORD" }
"""


class Folder(SynchronousTestCase):
    """A folder of settings files, and a password in the environment."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.patch(os, "environ", {**os.environ, "CHANSERV_TEST_PASSWORD": "pw"})

    def write(self, text: str, name: str = "a.toml") -> str:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def load(self, text: str) -> Settings:
        return loading.load(self.write(text))

    def faults(self, text: str) -> list[str]:
        """The faults of `text`, without the folder."""
        error = self.assertRaises(SettingsError, loading.load, self.write(text))
        return [fault.replace(f"{self.folder}/", "") for fault in error.faults]

    def with_(self, old: str, new: str) -> str:
        self.assertIn(old, SOUND)
        return SOUND.replace(old, new)


class SoundTests(Folder):
    """What the operator wrote arrives as values."""

    def test_values_and_defaults(self) -> None:
        """Given keys, defaults of the others, networks, a UUID in lower case and host with port."""
        settings = self.load(SOUND)
        channel, link = settings.channels["claro"], settings.links["mtn"]
        self.assertEqual("a86f686f-9168-4dd9-a03e-77f11b265b56", channel.uuid)
        self.assertEqual((ip_network("10.0.0.0/8"), ip_network("::1")), channel.allow_from)
        self.assertEqual(
            (("10.0.0.1:2775",), "pw", 10, "mtn"), (link.hosts, link.password.reveal(), link.window, link.name)
        )
        self.assertEqual(
            ("d", 1800.0, None), (settings.gateway.data, settings.gateway.repeat_window, settings.gateway.console)
        )

    def test_a_whole_number_is_a_number(self) -> None:
        """`rate = 50` needs no point."""
        self.assertEqual(50.0, self.load(SOUND + "rate = 50\n").links["mtn"].rate)

    def test_rules_keep_their_order(self) -> None:
        """[[inbound]] and [[route]] come out in file order."""
        settings = self.load(
            SOUND
            + """
            [[inbound]]
            channel = "claro"
            keyword = "b"
            [[inbound]]
            channel = "claro"
            keyword = "a"
            [[route]]
            match = { channel = "claro", prefix = ["+55"] }
            links = ["mtn"]
            """
        )
        self.assertEqual(["b", "a"], [rule.keyword for rule in settings.inbound])
        self.assertEqual(RouteMatch(channel="claro", prefix=("+55",)), settings.routes[0].match)

    def test_a_file_holds_a_secret(self) -> None:
        """One newline at its end is an editor's; names are taken from the settings' folder."""
        self.write("top secret\n\n", "secret")
        settings = self.load(self.with_('allow_from = ["10.0.0.0/8", "::1"]', 'authorization = {file = "secret"}'))
        authorization = settings.channels["claro"].authorization
        assert authorization is not None
        self.assertEqual("top secret\n", authorization.reveal())
        self.assertNotIn("top", repr(settings))

    def test_headers_are_such_that_a_post_can_carry_them(self) -> None:
        """Found before the first letter is owed, not at every try."""
        line = 'url = "http://127.0.0.1:18090"'
        for header in ('"X Y" = "a"', '"" = "a"', 'X = "a\\r\\nB: c"', 'content-length = "3"', 'Host = "x"'):
            [fault] = self.faults(self.with_(line, f"{line}\nheaders = {{ {header} }}"))
            self.assertTrue(fault.startswith("a.toml: platform.main.headers: "), fault)
        sound = self.load(self.with_(line, f'{line}\nheaders = {{ Authorization = "Basic abc=" }}'))
        self.assertEqual({"Authorization": "Basic abc="}, sound.platforms["main"].headers)

    def test_clear_text_is_warned_of(self) -> None:
        """A platform reached without TLS, a console on every interface; not what stays on this machine."""
        console = '[gateway]\nconsole_token = { env = "CHANSERV_TEST_PASSWORD" }\nconsole = '
        cases = {
            "'tcp:8081'": 1,
            "'tcp:8081:interface=0.0.0.0'": 1,
            r"'tcp:8081:interface=\:\:'": 1,
            r"'tcp:8081:interface=\:\:1'": 0,
            "'tcp:8081:interface=127.0.0.1'": 0,
            "'unix:console.sock'": 0,
        }
        for endpoint, count in cases.items():
            path = self.write(self.with_("[gateway]", console + endpoint))
            self.assertEqual(count, len(loading.read(path).warnings), endpoint)
        for url, count in {"http://10.0.0.1": 1, "https://10.0.0.1": 0, "http://localhost:1": 0}.items():
            path = self.write(self.with_("http://127.0.0.1:18090", url))
            self.assertEqual(count, len(loading.read(path).warnings), url)

    def test_a_literal_secret_is_warned_of(self) -> None:
        """In the log and in what `read` returns; the secret itself in neither."""
        path = self.write(self.with_('{ env = "CHANSERV_TEST_PASSWORD" }', '"hunter2"'))
        with capturedLogs() as events:
            loading.load(path)
        (warning,) = loading.read(path).warnings
        self.assertEqual([(LogLevel.warn, warning)], [(event["log_level"], event["advice"]) for event in events])
        self.assertTrue(warning.startswith(f"{path}: link.mtn.password: "))
        self.assertNotIn("hunter2", warning)

    def sample(self) -> str:
        """etc/chanserv.toml, with the secrets it asks for in the environment."""
        names = ("CHANSERV_CONSOLE_TOKEN", "CLARO_AUTHORIZATION", "CLARO_PASSWORD", "CLARO_URL_SECRET")
        self.patch(os, "environ", {**os.environ, **dict.fromkeys(names, "x")})
        return (ETC / "chanserv.toml").read_text(encoding="utf-8")

    def test_the_sample_is_sound(self) -> None:
        """As it is shipped, without a warning."""
        self.sample()
        self.assertEqual((), loading.read(str(ETC / "chanserv.toml")).warnings)

    def test_the_sample_holds_what_there_is(self) -> None:
        """With its comments uncommented it loads, so nothing in it is unknown; and no key is left out of it."""
        text = re.sub(r"(?m)^# (?=include|\[|[a-z_]+ = )", "", self.sample())
        self.write("", "platform-ca.pem")
        self.write("", "conf.d/empty.toml")
        self.load(text)
        for cls in (
            GatewaySettings,
            PlatformSettings,
            ChannelSettings,
            SmppSettings,
            InboundRule,
            RouteRule,
            RouteMatch,
        ):
            for field in attrs.fields(cls):
                if field.name != "name":
                    self.assertRegex(text, rf"(?m)(^|\{{ |, ){field.name} = ", cls.__name__)

    def test_the_sample_tells_the_defaults(self) -> None:
        """A commented key that is no example, uncommented, changes nothing."""
        text = self.sample()
        plain = re.sub(r"(?m)^# (?=[a-z_]+ = (?!.*# example))", "", text.partition("# Examples.")[0])
        self.assertNotEqual(text, plain)
        self.assertEqual(self.load(text), self.load(plain))

    def test_the_demo_is_sound_but_for_its_literals(self) -> None:
        """etc/demo.toml: three secrets for show."""
        self.assertEqual(3, len(loading.read(str(ETC / "demo.toml")).warnings))


class IncludeTests(Folder):
    """Several files, one tree."""

    def test_files_are_merged(self) -> None:
        """Sorted within a pattern; tables of one name grow together, arrays of tables follow each other."""
        rule = '[[inbound]]\nchannel = "claro"\nkeyword = "%s"\n'
        self.write(rule % "second" + "[link.mtn]\nrate = 5\n", "conf.d/2.toml")
        self.write(rule % "first", "conf.d/1.toml")
        settings = self.load('include = ["conf.d/*.toml"]\n' + SOUND)
        self.assertEqual(["first", "second"], [rule.keyword for rule in settings.inbound])
        self.assertEqual(5.0, settings.links["mtn"].rate)

    def test_a_key_twice_names_both_files(self) -> None:
        """Which of two is meant nobody can know."""
        self.write('[link.mtn]\nsystem_id = "x"\n', "conf.d/b.toml")
        [fault] = self.faults('include = ["conf.d/*.toml"]\n' + SOUND)
        self.assertRegex(fault, r"^conf\.d/b\.toml: link\.mtn\.system_id: is given in .*a\.toml already$")

    def test_a_fault_names_the_file_it_stands_in(self) -> None:
        """And rows of an array are counted within it."""
        self.write('[[inbound]]\nchannel = "claro"\n[[inbound]]\nchannel = "none"\n', "b.toml")
        text = 'include = ["b.toml"]\n' + SOUND + '[[inbound]]\nchannel = "claro"\n'
        self.assertEqual(["b.toml: inbound[2].channel: there is no [channel.none]"], self.faults(text))

    def test_what_cannot_be_read_is_told(self) -> None:
        """A file that is not there, one that is no TOML, and an include within an include."""
        self.write("x =", "bad.toml")
        self.write('include = ["c.toml"]', "nested.toml")
        faults = self.faults('include = ["none.toml", "bad.toml", "nested.toml"]\n' + SOUND)
        self.assertEqual("a.toml: include: there is no file 'none.toml'", faults[0])
        self.assertIn("bad.toml: is not TOML", faults[1])
        self.assertIn("nested.toml: include: is not known here", faults[2])

    def test_a_file_is_read_once(self) -> None:
        """However many patterns fit it, the main file's own included."""
        self.write("[link.mtn]\nrate = 5\n", "b.toml")
        self.load('include = ["*.toml", "b.toml", "a.toml"]\n' + SOUND)

    def test_include_is_a_list_of_names(self) -> None:
        """And a file that is no UTF-8 is told like any other that cannot be read."""
        self.assertEqual(["a.toml: include: must be a list of file names"], self.faults("include = 5\n" + SOUND))
        (self.folder / "b.toml").write_bytes(b"\xff")
        self.assertEqual(["b.toml: is not UTF-8"], self.faults('include = ["b.toml"]\n' + SOUND))

    def test_no_file_at_all(self) -> None:
        """One line, no traceback."""
        error = self.assertRaises(SettingsError, loading.load, "none.toml")
        self.assertEqual(("none.toml: cannot be read: No such file or directory",), error.faults)


class FaultTests(Folder):
    """One wrong thing, one line; many wrong things, all their lines."""

    def test_all_at_once(self) -> None:
        """Missing, unknown, of the wrong type, out of bounds, and not fitting: in one go."""
        faults = self.faults(
            """
            [gatway]
            [gateway]
            repeat_window = "long"
            console = "tcp:1"
            [platform.main]
            url = "ftp://x"
            [channel.claro]
            uuid = "a86f686f"
            platform = "mian"
            links = []
            statuses = ["sent", "read"]
            [link.mtn]
            kind = "smpp"
            host = "h"
            widow = 3
            rate = 0
            system_id = "x"
            password = { env = "NOT_SET_ANYWHERE" }
            fallback = "nobody"
            """
        )
        self.assertEqual(
            [
                "a.toml: channel.claro.address: is missing",
                "a.toml: channel.claro.links: is empty",
                "a.toml: channel.claro.platform: there is no [platform.mian]",
                'a.toml: channel.claro.statuses: must be "sent" or "delivered" or "failed"',
                "a.toml: channel.claro.uuid: is not a UUID",
                "a.toml: channel.claro: one of authorization, url_secret and allow_from is needed: who may post?",
                "a.toml: gateway.console_token: is missing: the page at `console` must ask for one",
                "a.toml: gateway.repeat_window: must be a number",
                "a.toml: gatway: is not known here; there are gateway, platform, channel, link, inbound, route",
                "a.toml: link.mtn.fallback: there is no [channel.nobody]",
                "a.toml: link.mtn.host: host is a text, port from 1 to 65535, together or not at all; or hosts",
                "a.toml: link.mtn.password: the environment has no NOT_SET_ANYWHERE",
                "a.toml: link.mtn.rate: must be above 0",
                "a.toml: link.mtn.widow: is not known here; is window meant?",
                "a.toml: platform.main.url: must be a URL that begins with http:// or https://",
            ],
            sorted(faults),
        )

    def test_wrong_values(self) -> None:
        """A line each: what is written, which key is told, and what is said of it."""
        cases = [
            ("link.mtn", "window = 0", "must be from 1 to 1000"),
            ("link.mtn", "window = 1.5", "must be a whole number"),
            ("link.mtn", "window = true", "must be a whole number"),
            ("link.mtn", "rate = inf", "must be a number"),
            ("link.mtn", f"rate = 1{'0' * 400}", "must be a number"),
            ("link.mtn", 'system_type = "thirteen chars"', "must have at most 12 characters (SMPP 3.4)"),
            ("link.mtn", 'on_unknown = "ask"', 'must be "resend" or "fail"'),
            ("link.mtn", 'message_id = "octal"', 'must be "auto" or "same" or "hex" or "decimal"'),
            ("channel.claro", "max_parts = 0", "must be from 1 to 255"),
            ("channel.claro", "bad_token = 404", "must be 401 or 503"),
            ("channel.claro", 'country = "br"', 'must be an ISO 3166 code of two capitals, such as "BR"'),
            ("channel.claro", "url_secret = 5", 'must be {env = "NAME"}, {file = "path"} or a text'),
            ("channel.claro", 'url_secret = ""', "is empty"),
            ("channel.claro", 'url_secret = "a/b"', "may have letters, digits and . _ ~ - only"),
            ("channel.claro", "workspace = 2001-01-01", "must be a text"),
            ("channel.claro", 'senders = "+55"', "must be a list"),
            ("gateway", "listen = []", "is empty"),
            ("gateway", 'trusted_proxies = ["10.0.0.1/8"]', 'must be a network such as "10.0.0.0/8"'),
            ("gateway", 'store = "postgresql://x"', 'must be "sqlite"'),
            ("platform.main", "headers = 5", "must be a table"),
            ("platform.main", "headers = { a = 5 }", "must be a text"),
            ("platform.main", 'ca = "none.pem"', "this file cannot be read"),
        ]
        for table, line, said in cases:
            [fault] = self.faults(self.with_(f"[{table}]\n", f"[{table}]\n{line}\n"))
            key = line.split(" = ")[0]
            self.assertRegex(fault, rf"^a\.toml: {table}\.{key}(\.a)?: ")
            self.assertTrue(fault.endswith(f": {said}"), fault)

    def test_endpoints_must_be_twisted_s(self) -> None:
        """Both ways in are parsed before anything listens."""
        faults = self.faults(self.with_("[gateway]\n", '[gateway]\nlisten = ["tcp:1", "tpc:2"]\n'))
        self.assertIn("gateway.listen: number 2 is no endpoint Twisted can listen on", faults[0])

    def test_endpoints_have_ports_that_exist(self) -> None:
        """Told before the start fails over it; a socket in the file system has none."""
        for good in ("tcp:65535", "tcp:port=1:interface=127.0.0.1", r"tcp6:8080:interface=\:\:1", "unix:/run/x"):
            self.load(self.with_("[gateway]\n", f"[gateway]\nlisten = ['{good}']\n"))
        for bad in ("tcp:0", "tcp:65536", "tcp:-1", "tcp:interface=127.0.0.1:port=99999", "tcp6:99999"):
            [fault] = self.faults(self.with_("[gateway]\n", f"[gateway]\nlisten = ['{bad}']\n"))
            self.assertTrue(fault.endswith("gateway.listen: number 1 must have a port from 1 to 65535"), fault)

    def test_hosts_have_ports(self) -> None:
        """Each of `hosts`; IPv6 in brackets."""
        for good in ('["a:1", "[::1]:2775"]', '["10.0.0.1:65535"]'):
            self.load(self.with_('host = "10.0.0.1"\nport = 2775', f"hosts = {good}"))
        for bad in ('["a:1", "b"]', '["a:65536"]', '["a:0"]', "[]", '["::1:2775"]', '["a b:1"]'):
            [fault] = self.faults(self.with_('host = "10.0.0.1"\nport = 2775', f"hosts = {bad}"))
            self.assertTrue(fault.startswith("a.toml: link.mtn.hosts: "), fault)

    def test_a_kind_is_needed_and_known(self) -> None:
        """And says which there are."""
        self.assertEqual(['a.toml: link.mtn.kind: must be "smpp"'], self.faults(self.with_('"smpp"', '"ucp"')))
        missing = self.faults(self.with_('kind = "smpp"\n', ""))
        self.assertEqual(['a.toml: link.mtn.kind: is missing; it must be "smpp"'], missing)

    def test_smpp_cannot_query(self) -> None:
        """`on_unknown = "query"` is refused with its reason."""
        [fault] = self.faults(SOUND + 'on_unknown = "query"\n')
        self.assertIn("query_sm wants the id of that answer", fault)

    def test_sections_must_be_tables(self) -> None:
        """Scalars where tables belong."""
        faults = self.faults(
            'link = 5\ninbound = 5\ngateway = "x"\nroute = [{match = 5, links = ["a"]}]\n[channel]\nx = 1\n'
        )
        self.assertEqual(
            [
                "a.toml: channel.x: must be a table [channel.<name>]",
                "a.toml: gateway: must be a table",
                "a.toml: inbound: must be tables [[inbound]]",
                "a.toml: link: must be tables [link.<name>]",
                "a.toml: route[1].links: there is no [link.a]",
                "a.toml: route[1].match: must be a table",
            ],
            sorted(faults),
        )

    def test_odd_names_are_shown_as_written(self) -> None:
        """A key in quotes keeps them."""
        [fault] = self.faults(SOUND + '[link."a.b"]\n')
        self.assertTrue(fault.startswith('a.toml: link."a.b".kind: '), fault)

    def test_no_value_shows_in_a_fault(self) -> None:
        """It may be a secret in the wrong line."""
        wrong = "hunter2"
        for line in (
            f'uuid = "{wrong}"',
            f'allow_from = ["{wrong}"]',
            f'bad_token = "{wrong}"',
            f'country = "{wrong}"',
        ):
            key = line.split(" = ")[0]
            kept = [kept for kept in SOUND.splitlines() if not kept.startswith(key)]
            text = "\n".join(kept).replace("[channel.claro]", f"[channel.claro]\n{line}")
            self.assertNotIn(wrong, " ".join(self.faults(text)))

    def test_a_secret_s_file_must_be_readable(self) -> None:
        """The file's name is told, nothing of what is in it."""
        (self.folder / "odd").write_bytes(b"\xff")
        (self.folder / "empty").write_bytes(b"\n")
        said = {
            "none": "none cannot be read: No such file or directory",
            "odd": "odd is not UTF-8",
            "empty": "is empty",
        }
        for name, what in said.items():
            [fault] = self.faults(self.with_('{ env = "CHANSERV_TEST_PASSWORD" }', f'{{ file = "{name}" }}'))
            self.assertEqual(f"a.toml: link.mtn.password: {what}", fault)

    def test_a_secret_is_told_one_way(self) -> None:
        """env or file, and nothing else beside it."""
        for value in ('{ env = "A", file = "b" }', '{ emv = "A" }', "{ env = 5 }", "[]"):
            [fault] = self.faults(self.with_('{ env = "CHANSERV_TEST_PASSWORD" }', value))
            self.assertEqual('a.toml: link.mtn.password: must be {env = "NAME"}, {file = "path"} or a text', fault)

    def test_a_url_is_a_base(self) -> None:
        """Paths are put behind it."""
        for url in ("http://me:secret@x/", "http://x/?a=b", "http://x/#a", "http://", "http://x:port", "x.example.org"):
            [fault] = self.faults(self.with_("http://127.0.0.1:18090", url))
            self.assertTrue(fault.startswith("a.toml: platform.main.url: must "), fault)

    def test_names_at_the_smsc_are_ascii(self) -> None:
        """C-Octet Strings know no other letters."""
        [fault] = self.faults(self.with_('"weni"', '"wéni"'))
        self.assertEqual("a.toml: link.mtn.system_id: must be ASCII", fault)

    def test_long_secrets_are_refused_unseen(self) -> None:
        """SMPP has eight octets for a password."""
        self.patch(os, "environ", {"CHANSERV_TEST_PASSWORD": "far too long"})
        [fault] = self.faults(SOUND)
        self.assertEqual("a.toml: link.mtn.password: must have at most 8 characters (SMPP 3.4)", fault)


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

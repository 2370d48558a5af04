"""One wrong thing, one line; many wrong things, all their lines."""

from __future__ import annotations

import os

from tests.loading.folder import SOUND, Folder


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
                "a.toml: gatway: is not known here; there are gateway, platform, channel, link, tunnel, inbound, route",
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
            ("channel.claro", "validity = 1e12", "must be above 0 and at most 315360000, ten years"),
            ("channel.claro", "bad_token = 404", "must be 401 or 503"),
            ("channel.claro", 'country = "br"', 'must be an ISO 3166 code of two capitals, such as "BR"'),
            ("channel.claro", 'country = "UK"', "is no country whose numbers are known (ISO 3166)"),
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
        known = '"smpp" or "ucp" or "cimd2" or "cimd3" or "rest" or "external"'
        self.assertEqual(
            [f"a.toml: link.mtn.kind: must be {known}"], self.faults(self.with_('kind = "smpp"', 'kind = "sema"'))
        )
        missing = self.faults(self.with_('kind = "smpp"\n', ""))
        self.assertEqual([f"a.toml: link.mtn.kind: is missing; it must be {known}"], missing)

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
        (self.folder / "long").write_bytes(b"a" * 4097)
        (self.folder / "lines").write_bytes(b"root:*:\ndaemon:*:\n")
        (self.folder / "dos").write_bytes(b"pw\r\n")
        os.mkfifo(self.folder / "pipe")
        said = {
            "\\u0000": "is no name of a file",
            "long": "is longer than 4096 octets",
            "lines": "has more than one line",
            "dos": "has more than one line",
            "pipe": "pipe cannot be read: it is no file",
            "/dev/zero": "/dev/zero cannot be read: it is no file",
            "none": "none cannot be read: No such file or directory",
            "odd": "odd is not UTF-8",
            "empty": "is empty",
        }
        for name, what in said.items():
            [fault] = self.faults(self.with_('{ env = "CHANSERV_TEST_PASSWORD" }', f'{{ file = "{name}" }}'))
            self.assertEqual(f"a.toml: link.mtn.password: {what}", fault)

    def test_a_secret_of_the_environment_is_text(self) -> None:
        """What is none could be compared with nothing that comes."""
        for value, what in (("p\udcff", "is not UTF-8"), ("a\nb", "has more than one line"), ("", "is empty")):
            self.patch(os, "environ", {"CHANSERV_TEST_PASSWORD": value})
            self.assertEqual([f"a.toml: link.mtn.password: {what}"], self.faults(SOUND))

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

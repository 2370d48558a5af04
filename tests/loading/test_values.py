"""What the operator wrote arrives as values; what is unwise about it is warned of."""

from __future__ import annotations

from ipaddress import ip_network

from twisted.logger import LogLevel, capturedLogs

from chanserv import loading
from chanserv.settings import RouteMatch
from tests.loading.folder import SOUND, Folder


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
        self.write("top secret\n", "secret")
        settings = self.load(self.with_('allow_from = ["10.0.0.0/8", "::1"]', 'authorization = {file = "secret"}'))
        authorization = settings.channels["claro"].authorization
        assert authorization is not None
        self.assertEqual("top secret", authorization.reveal())
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
        urls = {"http://10.0.0.1": 1, "https://10.0.0.1": 0, "http://localhost:1": 0, "http://127.example.com": 1}
        for url, count in urls.items():
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

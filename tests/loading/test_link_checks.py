"""What must hold between the keys of one link, and what about it is sound but seldom meant."""

from __future__ import annotations

from tests.links.wire.certificates import Authority
from tests.loading.folder import PASSWORD, LinkFolder


class FitTests(LinkFolder):
    """Keys that have to do with each other."""

    def test_somebody_is_called(self) -> None:
        """We dial or the carrier does; CIMD2 carriers do not."""
        either = "hosts: is missing; or `listen`, for a carrier that calls us"
        for kind, said in {"smpp": either, "ucp": either, "cimd2": "hosts: is missing"}.items():
            self.assertEqual([said], self.told(kind, "", hosts=""))
        self.link("ucp", LISTEN, hosts="")

    def test_an_smsc_that_calls_gets_a_receiver(self) -> None:
        """So a link that sends dials, but with SMPP 5.0, where it may get a transceiver."""
        [fault] = self.told("smpp", LISTEN, hosts="")
        self.assertTrue(fault.startswith('hosts: is missing, or bind = "receiver"'), fault)
        self.link("smpp", LISTEN + 'version = "5.0"', hosts="")
        self.link("smpp", LISTEN)

    def test_calls_are_fenced(self) -> None:
        """Whoever listens says for whom; and what is for calls alone wants `listen`."""
        for kind in ("smpp", "ucp"):
            self.assertEqual(
                ["listen_from: is missing: whose calls are taken at `listen`?"], self.told(kind, "listen = 'tcp:2776'")
            )
        told = self.told("smpp", 'listen_from = ["10.0.0.1"]\noutbind_id = "x"')
        self.assertEqual(
            [f"{key}: is about calls, and without `listen` none are taken" for key in ("listen_from", "outbind_id")],
            told,
        )
        self.assertEqual(["listen: is not known here"], self.told("cimd2", "listen = 'tcp:2776'"))

    def test_dialling_wants_somebody_to_dial(self) -> None:
        """An option that nothing would read is a fault."""
        [fault] = self.told("ucp", LISTEN + 'source = "10.0.0.9"', hosts="")
        self.assertEqual("source: is for dialling, and without hosts nobody is dialled", fault)

    def test_smpp_3_3_lacks_much(self) -> None:
        """All of it in one go."""
        told = self.told("smpp", LISTEN + 'version = "3.3"\nlong = "sar"\nsubmit = "data_sm"\n' + TLV)
        self.assertEqual(
            ["bind", "listen", "long", "submit", "tlvs"], sorted(fault.partition(":")[0] for fault in told)
        )
        self.link("smpp", 'version = "3.3"\nbind = "transmitter+receiver"\nbinds = 2\nlong = "udh16"')

    def test_a_pair_is_two(self) -> None:
        """`binds` counts sessions; its default of 1 is no pair."""
        for binds in ("", "binds = 3\n"):
            [fault] = self.told("smpp", binds + 'bind = "transmitter+receiver"')
            self.assertEqual("binds: must be even, such as 2: a transmitter and its receiver are two sessions", fault)
        self.link("smpp", 'binds = 4\nbind = "transmitter+receiver"')

    def test_data_sm_has_fewer_fields(self) -> None:
        """What it cannot say is not quietly left out."""
        told = self.told("smpp", 'submit = "data_sm"\npriority = 1\nprotocol_id = 64')
        self.assertEqual(
            [
                "protocol_id: must be left out: data_sm has no such field",
                "priority: must be left out: data_sm has no such field",
            ],
            told,
        )

    def test_operation_01_says_little(self) -> None:
        """No notifications come, so `receipts` must say so; the reason is told."""
        [fault] = self.told("ucp", 'operation = "01"')
        self.assertEqual('receipts: must be "none": operation 01 has no field to ask for a notification (53)', fault)
        more = 'priority = 1\nbilling = "x"\nnotify_address = "1"\nvalidity_period = "absolute"'
        told = self.told("ucp", f'operation = "01"\nreceipts = "none"\n{more}')
        self.assertEqual(
            ["validity_period", "priority", "billing", "notify_address"], [fault.partition(":")[0] for fault in told]
        )
        self.link("ucp", 'operation = "01"\nreceipts = "none"')

    def test_ucp_signs_in_as_somebody(self) -> None:
        """A password, or a subscription, without an account; a PID without its address."""
        told = self.told("ucp", PASSWORD + 'subscribe = true\nnotify_pid = "0539"')
        self.assertEqual(
            [
                "password: signs in as whom? account is missing",
                "subscribe: subscribes whom? account is missing",
                "notify_pid: is of which address? notify_address is missing",
            ],
            told,
        )

    def test_a_window_must_be_asked_for(self) -> None:
        """CIMD2 without 019 has one request at a time; the default of `window` contradicts nobody."""
        self.link("cimd2", "ask_window = false")
        self.link("cimd2", "ask_window = false\nwindow = 1")
        [fault] = self.told("cimd2", "ask_window = false\nwindow = 5")
        self.assertTrue(fault.startswith("window: must be 1 or left out"), fault)

    def test_a_sub_address_is_one_digit(self) -> None:
        """The first session's; each further one has the next."""
        self.link("cimd2", "sub_address = 7\nbinds = 3")
        [fault] = self.told("cimd2", "sub_address = 8\nbinds = 3")
        self.assertEqual("sub_address: is the first session's: with so many `binds` the last is above 9", fault)

    def test_cimd2_names_have_no_blanks_around(self) -> None:
        """Nor are they empty or too long."""
        for user, said in {
            " x": "must not begin or end with a blank",
            "": "must have at least 1 characters (CIMD2)",
        }.items():
            [fault] = self.faults(self.text("cimd2").replace('"weni"', f'"{user}"'))
            self.assertEqual(f"a.toml: link.mtn.user: {said}", fault)

    def test_tls_is_whole(self) -> None:
        """A certificate and its key go together, and every file can be read."""
        self.write("", "own.pem")
        for given, missing in (("cert", "key"), ("key", "cert")):
            [fault] = self.told("smpp", f'tls = {{ {given} = "own.pem" }}')
            self.assertEqual(f"tls.{missing}: is missing: `{given}` is of no use without it", fault)
        for name in ("none.pem", "/dev/zero", ".", "\\u0000"):
            self.assertEqual(["tls.ca: this file cannot be read"], self.told("cimd2", f'tls = {{ ca = "{name}" }}'))
        self.assertEqual(["tls.verify: must be true or false"], self.told("ucp", 'tls = { verify = "no" }'))

    def test_who_is_called_in_tls_shows_a_certificate(self) -> None:
        """Whether or not anybody is dialled beside."""
        self.write("", "own.pem")
        self.assertEqual(
            ["tls.cert: is missing: whoever is called at `listen` shows a certificate"],
            self.told("ucp", LISTEN + "tls = {}"),
        )
        tls = 'tls = { cert = "own.pem", key = "own.pem" }'
        self.link("ucp", LISTEN + tls, hosts="")

    def test_tls_stands_in_one_place(self) -> None:
        """An ssl: endpoint has TLS of its own, and is as good."""
        cert, key = Authority(self.folder.absolute() / "ca").vouch("own", "chanserv")
        listen = LISTEN.replace("tcp:2776", f"ssl:2776:privateKey={key}:certKey={cert}")
        [fault] = self.told("ucp", f'{listen}tls = {{ cert = "{cert}", key = "{key}" }}')
        self.assertEqual("listen: must be a tcp: endpoint beside `tls`: this would be TLS within TLS", fault)
        self.assertEqual([], self.warned("ucp", listen.replace("10.0.0.0/8", "0.0.0.0/0")))

    def test_what_requires_a_tunnel_names_it(self) -> None:
        """Or the device that must be there."""
        [fault] = self.told("ucp", "require_tunnel = true")
        self.assertEqual("require_tunnel: needs a tunnel or a device: which one must be up?", fault)
        self.link("ucp", 'require_tunnel = true\ndevice = "wg0"')


LISTEN = "listen = 'tcp:2776:interface=127.0.0.1'\nlisten_from = [\"10.0.0.0/8\"]\n"
TLV = "tlvs = [{ tag = 0x1400, number = 1 }]\n"


class WarningTests(LinkFolder):
    """Sound, and seldom meant."""

    def test_clear_text_to_the_world(self) -> None:
        """Not to private addresses and this machine, and not where tls, tunnel or device hide it."""
        for host, count in {"8.8.8.8:1": 1, "[2001:4860::1]:1": 1, "smsc.example.org:1": 1}.items():
            for lines, fewer in {"": 0, "tls = {}": 1, 'device = "wg0"': 1}.items():
                warnings = self.warned("ucp", lines, f'hosts = ["10.0.0.1:1", "{host}"]\n')
                self.assertEqual(count - fewer, len(warnings), (host, lines))
                self.assertTrue(all(warning.startswith("hosts: ") for warning in warnings))
        for host in (
            "10.0.0.1:1",
            "192.168.1.1:1",
            "127.0.0.1:1",
            "localhost:1",
            "[::1]:1",
            "[fd00::1]:1",
            "100.64.0.1:1",
        ):
            self.assertEqual([], self.warned("cimd2", "", f'hosts = ["{host}"]\n'), host)

    def test_a_tunnel_hides(self) -> None:
        """It is believed to: whether it is up is watched while the gateway runs."""
        tunnel = 'tunnel = "vpn"\n[tunnel.vpn]\nkind = "device"\ndevice = "wg0"'
        self.assertEqual([], self.warned("smpp", tunnel, 'hosts = ["8.8.8.8:1"]\n'))

    def test_calls_in_clear_text(self) -> None:
        """From anywhere, to an endpoint without TLS."""
        anywhere = LISTEN.replace("10.0.0.0/8", "0.0.0.0/0")
        [warning] = self.warned("ucp", anywhere)
        self.assertTrue(warning.startswith("listen_from: holds public addresses"), warning)
        self.write("", "own.pem")
        self.assertEqual([], self.warned("ucp", anywhere + 'tls = { cert = "own.pem", key = "own.pem" }'))

    def test_any_certificate(self) -> None:
        """Hides nothing from whoever sits between."""
        [warning] = self.warned("smpp", "tls = { verify = false }")
        self.assertTrue(warning.startswith("tls.verify: any certificate will do"), warning)

    def test_receipts_that_never_come(self) -> None:
        """Nobody asks for them, or they go elsewhere; not where `receipts` says none."""
        for kind, line, key in (
            ("smpp", 'bind = "transmitter"', "receipts"),
            ("smpp", "registered_delivery = 16", "registered_delivery"),
            ("ucp", "notify = 4", "notify"),
            ("cimd2", "status_report = 1", "status_report"),
        ):
            [warning] = self.warned(kind, line)
            self.assertTrue(warning.startswith(f"{key}: "), warning)
            self.assertEqual([], self.warned(kind, line + '\nreceipts = "none"'))
        self.assertEqual([], self.warned("smpp", 'bind = "transmitter"\n' + LISTEN))

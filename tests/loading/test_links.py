"""Links of every kind: what their keys may say."""

from __future__ import annotations

from ipaddress import ip_network

from chanserv import loading
from chanserv.links import KINDS
from chanserv.loading.kinds import LINK_KINDS
from chanserv.settings import Cimd2Settings, ReceiptSettings, SmppSettings, TlsSettings, TlvSettings, UcpSettings
from tests.loading.folder import NAMED, LinkFolder


class ValueTests(LinkFolder):
    """What is written arrives; what is not has its default."""

    def test_each_kind_has_its_class(self) -> None:
        """With no more than it needs, and without a warning."""
        for kind, cls in {"smpp": SmppSettings, "ucp": UcpSettings, "cimd2": Cimd2Settings}.items():
            link = self.link(kind)
            self.assertIs(cls, type(link))
            self.assertEqual((kind, "mtn", ("10.0.0.1:2775",)), (link.kind, link.name, link.hosts))
            self.assertEqual([], self.warned(kind))

    def test_every_kind_there_is_can_be_said(self) -> None:
        """What the settings can name, `links` can make."""
        self.assertEqual(set(KINDS), set(LINK_KINDS))

    def test_cimd3_is_cimd2_and_keeps_its_name(self) -> None:
        """With a warning that says why."""
        lines = self.text("cimd2").replace('"cimd2"', '"cimd3"')
        link = self.load(lines).links["mtn"]
        self.assertEqual((Cimd2Settings, "cimd3"), (type(link), link.kind))
        (warning,) = loading.read(self.write(lines)).warnings
        self.assertTrue(
            warning.endswith(": link.mtn.kind: cimd3 is taken as CIMD2: no public document of a CIMD3 exists")
        )

    def test_tables_in_a_link(self) -> None:
        """tls, receipt, errors, data_coding and tlvs."""
        self.write("", "ca.pem")
        link = self.link(
            "smpp",
            """
            tls = { cert = "ca.pem", key = "ca.pem", name = "smsc" }
            receipt = { words = { OK = "delivered" }, zone = -3 }
            errors = { "0x0400" = "later", 1025 = "taken" }
            data_coding = { ucs2 = 24 }
            listen = 'tcp:2776:interface=127.0.0.1'
            listen_from = ["10.0.0.0/8"]
            [[link.mtn.tlvs]]
            tag = 0x1400
            text = "{id}"
            nul = true
            [[link.mtn.tlvs]]
            tag = 0x1401
            number = 258
            size = 2
            channel = "claro"
            """,
        )
        assert isinstance(link, SmppSettings)
        own = str(self.folder.absolute() / "ca.pem")
        self.assertEqual(TlsSettings(cert=own, key=own, name="smsc"), link.tls)
        self.assertEqual(ReceiptSettings(words={"OK": "delivered"}, zone=-3.0), link.receipt)
        self.assertEqual({"0x0400": "later", "1025": "taken"}, link.errors)
        self.assertEqual({"ucs2": 24}, link.data_coding)
        self.assertEqual((ip_network("10.0.0.0/8"),), link.listen_from)
        self.assertEqual(
            (
                TlvSettings(tag=0x1400, text="{id}", nul=True),
                TlvSettings(tag=0x1401, number=258, size=2, channel="claro"),
            ),
            link.tlvs,
        )

    def test_files_are_taken_from_where_they_are_named(self) -> None:
        """Also if the table that names them grew in another file."""
        self.write("", "conf.d/own.pem")
        self.write("", "ca.pem")
        self.write('[link.mtn.tls]\ncert = "own.pem"\nkey = "own.pem"\n', "conf.d/b.toml")
        settings = self.load('include = ["conf.d/*.toml"]\n' + self.text("ucp", '[link.mtn.tls]\nca = "ca.pem"'))
        own, ca = (str(self.folder.absolute() / name) for name in ("conf.d/own.pem", "ca.pem"))
        self.assertEqual(TlsSettings(ca=ca, cert=own, key=own), settings.links["mtn"].tls)


class BoundTests(LinkFolder):
    """A key by itself."""

    def test_what_is_refused(self) -> None:
        """A line each: kind, what is written, and what is said of it."""
        for kind, line, said in WRONG:
            [fault] = self.told(kind, line)
            self.assertEqual(f"{line.split(' = ')[0].strip()}{said}", fault, line)

    def test_what_every_kind_has_is_bounded_in_every_kind(self) -> None:
        """The bounds of what they share are inherited."""
        for kind in NAMED:
            for line, said in CARRIER_WRONG + SHARED_WRONG:
                self.assertEqual([f"{line.split(' = ')[0]}: {said}"], self.told(kind, line), (kind, line))

    def test_bounds_are_within(self) -> None:
        """The ends of each range are still good."""
        for kind, line in RIGHT:
            self.link(kind, line)

    def test_no_carrier_can_be_queried(self) -> None:
        """`on_unknown = "query"` is refused for all three, each with its reason."""
        for kind, word in {"smpp": "query_sm", "ucp": "inquiry (55)", "cimd2": "enquiry (04)"}.items():
            [fault] = self.told(kind, 'on_unknown = "query"')
            self.assertIn(word, fault)
            self.assertIn('use "resend" or "fail"', fault)


SHARED_WRONG = [
    ("enquire_after = 0", "must be above 0"),
    ("bind_within = 0", "must be above 0"),
]

CARRIER_WRONG = [
    ("rate = 0", "must be above 0"),
    ("answer_within = 0", "must be above 0"),
    ("connect_within = 0", "must be above 0"),
    ("user_timeout = -1", "must be from 0 to 86400"),
    ("keepalive = 32768", "must be from 0 to 32767"),
    ('source = "here"', 'must be an IP address such as "10.1.1.1"'),
    ('device = "a name of sixteen"', "is no name of a network device: 1 to 15 characters, no blank and no /"),
    ('device = "a/b"', "is no name of a network device: 1 to 15 characters, no blank and no /"),
    ('tunnel = "none"', "there is no [tunnel.none]"),
    ('receipts = "some"', 'must be "part" or "message" or "none"'),
    ('phase = "trial"', 'must be "live" or "test"'),
    ('test_numbers = ["nobody"]', "number 1 is no number of a telephone"),
]

WRONG = [
    ("smpp", "window = 1001", ": must be from 1 to 1000"),
    ("ucp", "window = 101", ": must be from 1 to 100"),
    ("cimd2", "window = 129", ": must be from 1 to 128"),
    ("smpp", 'errors = { "0x0400" = "never" }', '.0x0400: must be "taken" or "refused" or "later" or "throttled"'),
    ("smpp", 'errors = { "0400" = "later" }', ': key number 1 is no command_status such as "0x0400" or "1024"'),
    ("smpp", 'errors = { 8 = "later", "0x8" = "taken" }', ": key number 2 is that of number 1 too"),
    ("ucp", 'errors = { 4 = "later" }', ': key number 1 is no error code such as "04"'),
    ("cimd2", 'errors = { 0x301 = "later" }', ': key number 1 is no error code such as "301"'),
    ("smpp", 'version = "6.0"', ': must be "3.3" or "3.4" or "5.0"'),
    ("smpp", "binds = 0", ": must be from 1 to 100"),
    ("smpp", "addr_ton = 8", ": must be from 0 to 7"),
    ("smpp", "dest_npi = 19", ": must be from 0 to 18"),
    ("smpp", 'service_type = "sixsix"', ": must have at most 5 characters (SMPP 3.4)"),
    ("smpp", f'address_range = "{"1" * 41}"', ": must have at most 40 characters (SMPP 3.4)"),
    ("smpp", "esm_class = 256", ": must be from 0 to 255"),
    ("smpp", "esm_class = 0x43", ": must leave 0x40 (a header in the text) to us"),
    ("smpp", "registered_delivery = 32", ": must be from 0 to 31"),
    ("smpp", "data_coding = { utf8 = 1 }", ": may have gsm7, ucs2 and octets only"),
    ("smpp", "data_coding = { ucs2 = 256 }", ": must hold numbers from 0 to 255"),
    ("smpp", 'data_coding = { ucs2 = "8" }', ".ucs2: must be a whole number"),
    ("smpp", 'receipt = { words = { OK = "yes" } }', '.words.OK: must be "delivered" or "failed" or "sent"'),
    ("smpp", "receipt = { zone = 15 }", ".zone: must be from -14 to 14"),
    ("smpp", 'tlvs = [{ tag = 0, text = "" }]', "[1].tag: must be from 1 to 0xffff"),
    (
        "smpp",
        'tlvs = [{ tag = 0x0424, hex = "" }]',
        "[1].tag: is written by `long` and `submit`, where they ask for it",
    ),
    ("smpp", 'tlvs = [{ text = "x" }]', "[1].tag: is missing"),
    (
        "smpp",
        'tlvs = [{ tag = 5, text = "{text}" }]',
        "[1].text: may have {id}, {channel}, {to} and {from} in braces only",
    ),
    ("smpp", 'tlvs = [{ tag = 5, hex = "abc" }]', "[1].hex: must be pairs of hexadecimal digits"),
    ("smpp", "tlvs = [{ tag = 5 }]", "[1]: exactly one of text, hex and number is needed"),
    ("smpp", 'tlvs = [{ tag = 5, hex = "", number = 1 }]', "[1]: exactly one of text, hex and number is needed"),
    ("smpp", "tlvs = [{ tag = 5, number = 256 }]", "[1].number: does not fit into `size` octets"),
    ("smpp", "tlvs = [{ tag = 5, number = 1, nul = true }]", "[1].nul: stands behind a text only"),
    ("smpp", 'tlvs = [{ tag = 5, number = 1, channel = "x" }]', "[1].channel: there is no [channel.x]"),
    (
        "smpp",
        'tlvs = [{ tag = 5, number = 1, channel = "claro" }, { tag = 5, number = 2 }]',
        "[2].tag: is that of link.mtn.tlvs[1] too",
    ),
    ("ucp", 'account = "a/b"', ": must have at most 16 characters, no blank and no / (EMI-UCP)"),
    ("ucp", "oton = 10", ": must be from 0 to 9"),
    ("ucp", "notify = 8", ": must be from 0 to 7"),
    ("ucp", 'authentication = "abc"', ": must have at least 4 characters (EMI-UCP)"),
    ("ucp", 'notify_address = "+55"', ": must be 1 to 16 digits"),
    ("ucp", "zone = -15", ": must be from -14 to 14"),
    ("ucp", 'alphabet = "french"', ': must be "gsm7" or "ascii" or "german"'),
    ("cimd2", "sub_address = 10", ": must be from 0 to 9"),
    ("cimd2", "status_report = 64", ": must be from 0 to 63"),
    ("cimd2", "tariff = 100", ": must be from 0 to 99"),
    ("cimd2", "priority = 0", ": must be from 1 to 9"),
    ("cimd2", 'same_second = "no"', ': must be "wait" or "share"'),
]

RIGHT = [
    ("smpp", "window = 1000\nbinds = 100\naddr_ton = 7\nsource_npi = 18\nregistered_delivery = 31\nesm_class = 0xbf"),
    ("smpp", 'errors = { "0xFFFFFFFF" = "later", 4294967294 = "refused" }\naddress_range = ""'),
    ("smpp", 'tlvs = [{ tag = 5, number = 65535, size = 2 }, { tag = 0xffff, hex = "00FF" }]'),
    ("smpp", 'tlvs = [{ tag = 5, text = "a", channel = "claro" }, { tag = 6, text = "{channel}{to}{from}" }]'),
    ("ucp", 'window = 100\nerrors = { 04 = "throttled", 100 = "refused" }\nnotify_address = "1"\nnotify_pid = "0539"'),
    ("ucp", "user_timeout = 0\nkeepalive = 0\nzone = 5.75"),
    ("cimd2", 'window = 128\nerrors = { 301 = "later" }\nsub_address = 9\nstatus_report = 63\nsource = "::1"'),
]

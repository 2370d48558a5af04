"""`chanserv check` tells every fault at once, or what would run; its exit status says which."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout

from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import main

GOOD = """
[gateway]
console_token = "hush"
public_url = "https://sms.example.org/"
[platform.main]
url = "https://rapidpro.example.org"
[channel.claro]
uuid = "a86f686f-9168-4dd9-a03e-77f11b265b56"
address = "+5582999489287"
authorization = "Token hush"
links = ["smsc"]
[link.smsc]
kind = "smpp"
hosts = ["10.0.0.1:2775"]
system_id = "me"
password = "hush"
"""

MORE = r"""
[tunnel.vpn]
kind = "route"
to = "10.0.0.1"
device = "ipsec0"
[tunnel.oi]
kind = "strongswan"
child = "smsc"
[link.pair]
kind = "smpp"
version = "3.3"
bind = "transmitter+receiver"
binds = 2
hosts = ["10.0.0.2:2775", "10.0.0.3:2775"]
system_id = "me"
password = "hush"
tunnel = "vpn"
require_tunnel = true
tls = {}
[link.called]
kind = "ucp"
listen = 'tcp:3024:interface=10.0.0.9'
listen_from = ["10.0.0.1"]
[link.nokia]
kind = "cimd2"
hosts = ["10.0.0.1:9971"]
user = "me"
password = "hush"
binds = 2
device = "wg0"
require_tunnel = true
window = 1
rate = 2.5
[link.stub]
kind = "rest"
profile = "redrabbit"
base_url = "http://127.0.0.1:8083"
receipts = "none"
credentials = { username = "hush", password = "hush" }
phase = "test"
test_numbers = ["+5582999489287"]
[link.tw]
kind = "rest"
profile = "twilio"
credentials = { account_sid = "hush", auth_token = "hush" }
hook_secret = "hush-hush-hush"
[link.modems]
kind = "external"
uuid = "6b3f9f0e-3c4e-4a0e-9d4c-0b8a0f0a7d11"
send_url = "https://modems.example.org/send?key=hush&to={{to}}&text={{text}}"
send_method = "GET"
allow_from = ["10.0.0.1"]
"""

SUMMED_UP = (
    "tunnel vpn: route to 10.0.0.1, device ipsec0",
    "tunnel oi: strongswan child smsc",
    "link smsc: smpp to 10.0.0.1:2775, version 3.4, transceiver, window 10, 50 parts a second",
    "link pair: smpp to 10.0.0.2:2775, 10.0.0.3:2775, TLS, tunnel vpn or not at all, version 3.3, "
    "transmitter+receiver, 2 sessions, window 10, 50 parts a second",
    "link called: ucp waits at tcp:3024:interface=10.0.0.9, operation 51, window 10, 50 parts a second",
    "link stub: rest profile redrabbit at http://127.0.0.1:8083, window 10, 10 parts a second, "
    "in test: to 1 number alone",
    "link tw: rest profile twilio, called at https://sms.example.org/hook/tw/<hook_secret>/ receive and status, "
    "window 10, 10 parts a second",
    "link nokia: cimd2 to 10.0.0.1:9971, device wg0 or not at all, 2 sessions, window 1, 2.5 parts a second",
    "link modems: external GET to modems.example.org, called at /c/ex/6b3f9f0e-3c4e-4a0e-9d4c-0b8a0f0a7d11/, "
    "window 10, 10 parts a second",
)


def call(*argv: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(argv)
    return status, out.getvalue(), err.getvalue()


class CheckTests(SynchronousTestCase):
    def config(self, text: str) -> str:
        path = self.mktemp()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_sound_settings_are_summed_up(self) -> None:
        """Exit 0; channel, link and platform are named, no secret is."""
        status, out, err = call("check", self.config(GOOD))
        self.assertEqual(0, status, err)
        for words in ("channel claro: +5582999489287 by smsc", "link smsc: smpp to 10.0.0.1:2775", "no faults"):
            self.assertIn(words, out)
        self.assertNotIn("hush", out + err)

    def test_a_link_is_summed_up_by_its_kind(self) -> None:
        """Whom it reaches, through what, and as what; tunnels before the links that need them."""
        status, out, err = call("check", self.config(GOOD + MORE))
        self.assertEqual((0, ""), (status, "".join(line for line in err.splitlines() if "secret" not in line)))
        for line in SUMMED_UP:
            self.assertIn(line, out.splitlines())
        self.assertNotIn("hush", out)

    def test_all_faults_are_told_at_once(self) -> None:
        """Exit 1; each with its key, on standard error, and how many there are."""
        broken = GOOD.replace('hosts = ["10.0.0.1:2775"]', "widow = 3").replace('links = ["smsc"]', 'links = ["other"]')
        status, out, err = call("check", self.config(broken))
        self.assertEqual((1, ""), (status, out))
        for key in ("widow", "hosts", "other"):
            self.assertIn(key, err)
        self.assertRegex(err, r"\d+ faults\n$")

    def test_a_missing_file_is_a_fault(self) -> None:
        """Said in words, no traceback."""
        status, _, err = call("check", os.path.join(self.mktemp(), "absent.toml"))
        self.assertEqual(1, status)
        self.assertIn("absent.toml", err)

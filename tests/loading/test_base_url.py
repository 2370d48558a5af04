"""base_url of an account at an aggregator: a URL, and one that tells nobody else what is sent."""

from __future__ import annotations

import os

from chanserv import loading
from chanserv.settings import RestSettings
from tests.loading.folder import SOUND, Folder

LINK = """
[link.mtn]
kind = "rest"
profile = "twilio"
credentials = { account_sid = { env = "CHANSERV_TEST_PASSWORD" }, auth_token = { env = "CHANSERV_TEST_PASSWORD" } }
hook_secret = { env = "CHANSERV_TEST_SECRET" }
"""


class BaseUrlTests(Folder):
    def settings(self, base: str) -> str:
        self.patch(os, "environ", {**os.environ, "CHANSERV_TEST_SECRET": "0123456789abcdef"})
        head = SOUND.partition("[link.mtn]")[0].replace('data = "d"', 'data = "d"\npublic_url = "https://gw.example"')
        return f'{head}{LINK}base_url = "{base}"\n'

    def test_it_is_read(self) -> None:
        """As it is given; by default there is none."""
        link = self.load(self.settings("http://127.0.0.1:8083")).links["mtn"]
        assert isinstance(link, RestSettings)
        self.assertEqual("http://127.0.0.1:8083", link.base_url)
        plain = self.load(self.settings("x").replace('base_url = "x"', "")).links["mtn"]
        assert isinstance(plain, RestSettings)
        self.assertIsNone(plain.base_url)

    def test_it_must_be_a_url(self) -> None:
        """And nothing but the place."""
        for wrong in ("ftp://x.example", "api.example", "https://u:p@x.example", "https://x.example/?a=b"):
            (fault,) = self.faults(self.settings(wrong))
            self.assertIn("link.mtn.base_url: must ", fault)

    def told(self, profile: str, more: str) -> list[str]:
        """Warnings of clear text about a link with this profile, which needs a user name and a password."""
        word = '{ env = "CHANSERV_TEST_PASSWORD" }'
        link = f'[link.mtn]\nkind = "rest"\nprofile = "{profile}"\nhook_secret = {{ env = "CHANSERV_TEST_SECRET" }}\n'
        head = self.settings("x").partition("[link.mtn]")[0]
        text = f"{head}{link}credentials = {{ username = {word}, password = {word} }}\n{more}"
        return [each.partition(": link.mtn.")[2] for each in loading.read(self.write(text)).warnings if "clear" in each]

    def test_a_provider_without_tls_is_warned_of(self) -> None:
        """Its profile says http, or has it where the account says nothing; each place is told once."""
        said = "profile: texts and numbers go to this provider in clear text"
        given = "options.send_url: texts, numbers and passwords go there in clear text"
        for profile, more, warned in (
            ("smscentral", "", [said]),
            ("hub9", "", [said]),
            ("hub9", 'options = { send_url = "https://far.example" }', []),
            ("hub9", 'options = { send_url = "HTTP://far.example" }', [given]),
            ("hub9", 'options = { send_url = "http://127.0.0.1:8083" }', []),
            ("hub9", 'options = { send_url = "http://[far" }', [given]),
            ("smscentral", 'base_url = "https://proxy.example"', []),
            ("smscentral", 'device = "wg0"', []),
            ("hormuud", "", []),
            ("yo", "", [said]),
        ):
            self.assertEqual(warned, self.told(profile, more), (profile, more))

    def test_clear_text_is_warned_of(self) -> None:
        """But on this machine."""
        for base, warned in (
            ("http://api.example", True),
            ("http://10.0.0.1:80", True),
            ("https://api.example", False),
            ("http://127.0.0.1:8083", False),
            ("http://localhost:8083", False),
            ("http://[::1]:8083", False),
        ):
            warnings = loading.read(self.write(self.settings(base))).warnings
            self.assertEqual(warned, any("base_url: texts, numbers" in each for each in warnings), base)

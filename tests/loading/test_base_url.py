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

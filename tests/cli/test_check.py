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

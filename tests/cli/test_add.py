"""`chanserv add`: tables of a file, to a gateway that runs."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.error import HTTPError

from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import add, parser, reach
from chanserv.cli.reach import Declined
from chanserv.errors import SettingsError
from tests.cli.test_trace import FakeWeb, settings

TABLES = '[link.acme]\nkind = "rest"\nrate = 2.5\n[channel.acme]\nlinks = ["acme"]\nsince = 2020-01-01\n'
ADDED = {
    "channels": ["acme"],
    "links": ["acme"],
    "file": "/etc/conf.d/new.toml",
    "warnings": ["acme: in the open"],
}


class AddTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.file = Path(self.mktemp()).with_name("new.toml")
        self.file.parent.mkdir(parents=True, exist_ok=True)

    def run_with(self, text: str, *answers: object, name: str = "") -> tuple[int, str, str, FakeWeb]:
        """The exit status, what was printed and warned, and the gateway that was asked."""
        self.file.write_text(text, "utf-8")
        web = FakeWeb(*answers)
        self.patch(reach, "_direct", web)
        self.patch(add, "load", lambda path: settings())
        words = ["add", str(self.file), *(["--name", name] if name else [])]
        with redirect_stdout(io.StringIO()) as shown, redirect_stderr(io.StringIO()) as warned:
            code = add.run(parser("add").parse_args(words))
        return code, shown.getvalue(), warned.getvalue(), web

    def test_as_it_stands_in_the_file(self) -> None:
        """Its tables, and a name for the gateway's own file; what came of it is told."""
        code, shown, warned, web = self.run_with(TABLES, ADDED)
        self.assertEqual((0, "added channel acme, link acme; kept in /etc/conf.d/new.toml\n"), (code, shown))
        self.assertEqual("warning: acme: in the open\n", warned)
        wanted = {
            "name": "new",
            "link": {"acme": {"kind": "rest", "rate": 2.5}},
            "channel": {"acme": {"links": ["acme"], "since": "2020-01-01"}},
        }
        self.assertEqual(wanted, json.loads(web.asked[0].data))  # type: ignore[arg-type] # it is bytes
        self.assertEqual("other", json.loads(self.run_with("", ADDED, name="other")[3].asked[0].data)["name"])  # type: ignore[arg-type]

    def test_faults(self) -> None:
        """Every one has a line."""
        body = b'{"error": "the settings have faults", "faults": ["a: is missing", "b: must be a text"]}'
        refused = HTTPError("", 400, "", {}, io.BytesIO(body))  # type: ignore[arg-type] # it reads no headers
        error = self.assertRaises(Declined, self.run_with, TABLES, refused)
        self.assertEqual("the settings have faults (HTTP 400)\n  a: is missing\n  b: must be a text", str(error))

    def test_a_file_that_cannot_be_read(self) -> None:
        """Nobody is asked."""
        error = self.assertRaises(SettingsError, self.run_with, "[link")
        self.assertIn("is not TOML", error.faults[0])
        for text in (f"a = {'1' * 5000}", f"a = {'[' * 3000}{']' * 3000}"):  # Python's own bounds
            error = self.assertRaises(SettingsError, self.run_with, text)
            self.assertIn("is not TOML", error.faults[0])
        self.assertRaises(SettingsError, add._tables, str(self.file.parent / "none.toml"))

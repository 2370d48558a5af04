"""`chanserv start`: a link that gave up dials again."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from urllib.error import HTTPError

from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import parser, reach, start
from chanserv.cli.reach import Declined
from tests.cli.test_trace import FakeWeb, settings


class StartTests(SynchronousTestCase):
    def run_with(self, *answers: object) -> tuple[int, str, FakeWeb]:
        """The exit status, what was printed, and the gateway that was asked."""
        web = FakeWeb(*answers)
        self.patch(reach, "_direct", web)
        self.patch(start, "load", lambda path: settings())
        with redirect_stdout(io.StringIO()) as shown:
            code = start.run(parser("start").parse_args(["start", "claro-smpp"]))
        return code, shown.getvalue(), web

    def test_it_is_named_to_the_gateway(self) -> None:
        """And its state is shown."""
        code, shown, web = self.run_with({"link": "claro-smpp", "state": "dialling"})
        self.assertEqual((0, "claro-smpp: dialling\n"), (code, shown))
        self.assertEqual({"link": "claro-smpp"}, json.loads(web.asked[0].data))  # type: ignore[arg-type]

    def test_one_that_is_unknown(self) -> None:
        """Is told so."""
        unknown = HTTPError("", 400, "", {}, io.BytesIO(b'{"error": "link: not known here"}'))  # type: ignore[arg-type]
        error = self.assertRaises(Declined, self.run_with, unknown)
        self.assertIn("not known here", str(error))

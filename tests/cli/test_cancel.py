"""`chanserv cancel` and `trace --ask`: what carriers and the gateway say, part by part."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from urllib.error import URLError

from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import cancel, parser, reach, trace
from chanserv.console.story import tell
from tests.cli.test_trace import FakeWeb, settings
from tests.console.fakes import message

WAITED = {"piece": 8, "part": 1, "done": True, "words": "never was sent"}
OUT = {"piece": 8, "part": 2, "done": False, "words": "is being sent, its octets may have left"}


def word(fate: str = "delivered", words: str = "DELIVRD") -> dict[str, object]:
    return {"piece": 8, "part": 1, "link": "smsc", "carrier_id": "ab12", "fate": fate, "words": words}


class Case(SynchronousTestCase):
    def run_with(self, words: str, *answers: object) -> tuple[int, str, FakeWeb]:
        """The exit status, what was printed, and the gateway that was asked."""
        web = FakeWeb(*answers)
        self.patch(reach, "_direct", web)
        for module in (cancel, trace):
            self.patch(module, "load", lambda path: settings())
        options = parser(words.split()[0]).parse_args(words.split())
        with redirect_stdout(io.StringIO()) as shown:
            code = options.run(options)
        return code, shown.getvalue(), web

    def posted(self, web: FakeWeb) -> list[tuple[str, object]]:
        return [
            (request.full_url.rpartition("/")[2], json.loads(request.data))
            for request in web.asked
            if isinstance(request.data, bytes)
        ]


class CancelTests(Case):
    def test_all_of_it(self) -> None:
        """Each part in a line, then the sum; 0."""
        code, shown, web = self.run_with("cancel 7", {"ref": 7, "parts": [WAITED]})
        self.assertEqual((0, [("cancel", {"term": "7", "by": "any"})]), (code, self.posted(web)))
        self.assertEqual("part 1 of piece 8 never was sent\ntext 7: 1 of 1 part cancelled\n", shown)

    def test_not_all(self) -> None:
        """What was out is told as such; 1."""
        code, shown, _ = self.run_with("cancel 7", {"ref": 7, "parts": [WAITED, OUT]})
        self.assertEqual(1, code)
        self.assertIn("part 2 of piece 8 is being sent, its octets may have left\n", shown)
        self.assertTrue(shown.endswith("text 7: 1 of 2 parts cancelled\n"), shown)

    def test_a_ref_or_an_id(self) -> None:
        """Where a term may be both."""
        for by in ("ref", "id"):
            _, _, web = self.run_with(f"cancel --{by} 7", {"ref": 7, "parts": [WAITED]})
            self.assertEqual([("cancel", {"term": "7", "by": by})], self.posted(web))

    def test_only_a_running_gateway_can(self) -> None:
        """Without one it is said, and nothing is read from its file."""
        self.assertRaises(reach.Unreachable, self.run_with, "cancel 7", URLError("refused"))


class AskTests(Case):
    def test_the_carrier_first(self) -> None:
        """What it says, then the story with it."""
        code, shown, web = self.run_with(
            "trace --ask ab12", {"ref": 7, "parts": [word()]}, {"messages": [tell(message())]}
        )
        self.assertEqual((0, [("ask", {"term": "ab12"})]), (code, self.posted(web)))
        first, _, rest = shown.partition("\n")
        self.assertEqual("part 1 of piece 8, id ab12: smsc says it is delivered (DELIVRD)", first)
        self.assertIn("Join", rest)

    def test_what_it_does_not_say(self) -> None:
        """In its words; and that there was nobody to ask."""
        for parts, line in (
            ([word("", "ESME_RQUERYFAIL")], "smsc does not say (ESME_RQUERYFAIL)"),
            ([word("", "")], "smsc does not say"),
            ([word("sent", "ENROUTE")], "smsc says it is on its way (ENROUTE)"),
            ([word("failed", "\x1b")], "smsc says it is failed (\\x1b)"),
            ([], "No carrier has given it an id; there is nobody to ask."),
        ):
            _, shown, _ = self.run_with("trace --ask 7", {"ref": 7, "parts": parts}, {"messages": []})
            self.assertTrue(shown.partition("\n")[0].endswith(line), shown)

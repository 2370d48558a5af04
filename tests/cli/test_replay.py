"""`chanserv replay`: dead letters listed, chosen, tried dry and owed again."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from urllib.error import HTTPError

from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import parser, reach, replay
from chanserv.operations import DeadLetter
from tests.cli.test_trace import FakeWeb, settings
from tests.console.fakes import dead

UNCLAIMED = dead(5, channel="")


class ReplayTests(SynchronousTestCase):
    def run_with(self, words: str, *answers: object) -> tuple[int, str, FakeWeb]:
        """The exit status, what was printed, and the gateway that was asked."""
        web = FakeWeb(*answers)
        self.patch(reach, "_direct", web)
        self.patch(replay, "load", lambda path: settings())
        with redirect_stdout(io.StringIO()) as shown, redirect_stderr(shown):
            code = replay.run(parser("replay").parse_args(["replay", *words.split()]))
        return code, shown.getvalue(), web

    def posted(self, web: FakeWeb) -> list[object]:
        return [json.loads(request.data) for request in web.asked if isinstance(request.data, bytes)]

    def test_alone_it_lists_what_there_is(self) -> None:
        """A line each, all pages, nothing replayed."""
        code, shown, web = self.run_with("", page(dead(3), more=True), page(UNCLAIMED))
        self.assertEqual((0, 2, []), (code, len(shown.splitlines()), self.posted(web)))
        self.assertIn("claro: reply from +5511987654321: 400 no", shown)
        self.assertTrue(web.asked[1].full_url.endswith("/api/dead?after=3"))
        self.assertIn("no dead letters", self.run_with("", page())[1])

    def test_all_are_replayed_but_those_of_no_channel(self) -> None:
        """They are shown with the reason."""
        code, shown, web = self.run_with("--all", page(dead(3), UNCLAIMED), {"replayed": 1, "left": 1})
        self.assertEqual((0, [{"all": True}]), (code, self.posted(web)))
        self.assertIn("cannot be replayed, it came for no channel", shown)
        self.assertTrue(shown.endswith("1 letter replayed\n"), shown)

    def test_those_named_are_replayed(self) -> None:
        """One by one; the status tells that one was none."""
        answers = (page(dead(3), dead(9), dead(10)), {"replayed": 1, "left": 0}, {"replayed": 1, "left": 0})
        code, shown, web = self.run_with("9 3 4", *answers)
        self.assertEqual((1, [{"letter": 3}, {"letter": 9}]), (code, self.posted(web)))
        self.assertIn("4 is no dead letter", shown)
        self.assertIn("2 letters replayed", shown)

    def test_a_dry_run_changes_nothing(self) -> None:
        """It asks, and posts nothing."""
        for words, count in (("--all --dry-run", "2 letters"), ("9 --dry-run", "1 letter")):
            code, shown, web = self.run_with(words, page(dead(3), UNCLAIMED, dead(9)))
            self.assertEqual((0, []), (code, self.posted(web)))
            self.assertIn(f"{count} would be replayed", shown)

    def test_one_that_was_replayed_meanwhile_stops_no_other(self) -> None:
        """Its reason is shown."""
        gone = HTTPError("", 400, "", {}, io.BytesIO(b'{"error": "3 is no dead letter"}'))  # type: ignore[arg-type]
        code, shown, web = self.run_with("3 9", page(dead(3), dead(9)), gone, {"replayed": 1, "left": 0})
        self.assertEqual((1, [{"letter": 3}, {"letter": 9}]), (code, self.posted(web)))
        self.assertIn("3 is no dead letter (HTTP 400)", shown)
        self.assertIn("1 letter replayed", shown)


def page(*letters: DeadLetter, more: bool = False) -> dict[str, object]:
    return {"letters": letters, "more": more}

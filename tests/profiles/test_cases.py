"""[[test]] tables that are none: told with their key when a profile is read, not raised when it is tried."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.reading import read
from chanserv.toml import files
from chanserv.toml.faults import Faults

TABLE, TABLES = "must be a table or a text", "must be a table, or a list of them"


class CaseTests(SynchronousTestCase):
    def faults(self, case: str) -> list[str]:
        """Of a profile with this [[test]], without the file's name."""
        path = Path(self.mktemp())
        path.write_text(f'[profile]\ntitle = "T"\n[[test]]\nwhat = "it"\n{case}\n')
        faults = Faults()
        read("t", files.read(str(path), faults), faults)
        return [found.removeprefix(f"{path}: ") for found in faults.found]

    def test_what_is_none_is_told(self) -> None:
        """A number where fields should be, a text where a meaning should be."""
        cases = {
            "query = 1": f"test[1].query: {TABLE}",
            "query = [1]": f"test[1].query: {TABLE}",
            "form = true": f"test[1].form: {TABLE}",
            'means = "accepted"': f"test[1].means: {TABLES}",
            'kind = "mo"\nmeans = [1]': f"test[1].means: {TABLES}",
            'kind = "mo"\ntext = "Hi"': "test[1].text: says nothing of a case of kind mo",
            'kind = "status"\nfrom = "1"': "test[1].from: says nothing of a case of kind status",
            'path = "receive"': "test[1].path: says nothing of a case of kind send",
            'means = [{ then = "accepted" }]': "test[1].means: must be a table: an answer means one thing",
        }
        for case, expected in cases.items():
            self.assertEqual([expected], self.faults(case), case)

    def test_what_is_one(self) -> None:
        """Tables, texts, lists of news, none at all."""
        for case in (
            'query = "a=1"\nform = { a = 1 }\nmeans = { then = "accepted" }',
            'kind = "mo"\nquery = { a = "1" }\nform = "a=1"\nmeans = []',
            'kind = "status"\nmeans = [{ id = "1" }, { id = "2" }]',
            'kind = "status"\nmeans = { refused = "missing" }',
            'json = [1, "a"]',
            "",
        ):
            self.assertEqual([], self.faults(case), case)

"""Profiles out of a few lines, for the tests: their values, or what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.profile import Profile
from chanserv.profiles.requests import Request
from chanserv.profiles.shelf import Shelf
from chanserv.profiles.trees import Tree
from chanserv.toml.faults import Faults, Place

HEAD = '[profile]\ntitle = "A"\nneeds = { key = "the key", user = "the user" }\noptions = { more = "" }\n'
ASKED = Place("gw.toml", "link.a.profile")

# What [send] may name, as the gateway gives it.
OURS: dict[str, Tree] = {
    "text": "Hi ☺", "to": "+12065550111", "from": "+12065550100", "id": "a1.1", "message": "a1", "part": 1,
    "gsm7": False, "reply": False, "channel": "claro", "validity": 86400, "now": 1_700_000_000.0, "nonce": "n1",
    "token": "T", "cfg": {"key": "KEY", "user": "USER", "more": ""},
    "hook": {"status": "https://gw.example/hook/a/s/status", "receive": "https://gw.example/hook/a/s/receive"},
}  # fmt: skip


class Shelves(SynchronousTestCase):
    """A site's folder of profiles."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def write(self, text: str, name: str = "a") -> str:
        path = self.folder / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def profile(self, text: str, head: str = HEAD) -> Profile:
        """A sound one."""
        self.write(head + text)
        faults = Faults()
        found = Shelf([str(self.folder)]).get("a", faults, ASKED)
        self.assertEqual([], faults.found)
        assert found is not None
        return found

    def faults(self, text: str, head: str = HEAD) -> list[str]:
        """What is wrong with one, without the folder."""
        self.write(head + text)
        faults = Faults()
        self.assertIsNone(Shelf([str(self.folder)]).get("a", faults, ASKED))
        return [fault.replace(f"{self.folder}/", "") for fault in faults.found]

    def request(self, profile: str, /, **ours: Tree) -> Request:
        """What [send] makes."""
        send = self.profile(profile).send
        assert send is not None
        return send.request({**OURS, **ours})

"""A folder of settings files, sound ones to begin with, and a link of each kind: what the tests of `loading` share."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chanserv import loading
from chanserv.errors import SettingsError
from chanserv.settings import Cimd2Settings, ExternalSettings, RestSettings, Settings, SmppSettings, UcpSettings

SOUND = """
[gateway]
data = "d"

[platform.main]
url = "http://127.0.0.1:18090"

[channel.claro]
uuid = "A86F686F-9168-4dd9-a03e-77f11b265b56"
address = "+5582999489287"
allow_from = ["10.0.0.0/8", "::1"]
links = ["mtn"]

[link.mtn]
kind = "smpp"
host = "10.0.0.1"
port = 2775
system_id = "weni"
password = { env = "CHANSERV_TEST_PASSWORD" }
"""


class Folder(SynchronousTestCase):
    """A folder of settings files, and a password in the environment."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.patch(os, "environ", {**os.environ, "CHANSERV_TEST_PASSWORD": "pw"})

    def write(self, text: str, name: str = "a.toml") -> str:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def load(self, text: str) -> Settings:
        return loading.load(self.write(text))

    def faults(self, text: str) -> list[str]:
        """The faults of `text`, without the folder."""
        error = self.assertRaises(SettingsError, loading.load, self.write(text))
        return [fault.replace(f"{self.folder}/", "") for fault in error.faults]

    def with_(self, old: str, new: str) -> str:
        self.assertIn(old, SOUND)
        return SOUND.replace(old, new)


REST, _, _ = SOUND.partition("[link.mtn]")
HOSTS = 'hosts = ["10.0.0.1:2775"]\n'
PASSWORD = 'password = { env = "CHANSERV_TEST_PASSWORD" }\n'
NAMED = {  # what each kind cannot do without
    "smpp": f'kind = "smpp"\nsystem_id = "weni"\n{PASSWORD}',
    "ucp": 'kind = "ucp"\n',
    "cimd2": f'kind = "cimd2"\nuser = "weni"\n{PASSWORD}',
}


PUBLIC = 'public_url = "https://sms.example.org"\n'
FAR = "6b3f9f0e-3c4e-4a0e-9d4c-0b8a0f0a7d11"
REQUESTS = {  # and each of those that go over HTTP
    "rest": 'kind = "rest"\nprofile = "twilio"\nhook_secret = { env = "CHANSERV_TEST_HOOK" }\n'
    'credentials.account_sid = { env = "CHANSERV_TEST_PASSWORD" }\n'
    'credentials.auth_token = { env = "CHANSERV_TEST_PASSWORD" }\n',
    "external": f'kind = "external"\nuuid = "{FAR}"\nsend_url = "https://far.example/"\nallow_from = ["10.0.0.0/8"]\n',
}


class HttpFolder(Folder):
    """One link over HTTP, of a kind and with lines of its own; `but`: without its lines that begin so."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(os, "environ", {**os.environ, "CHANSERV_TEST_HOOK": "what-nobody-guesses"})

    def text(self, kind: str, lines: str = "", but: str | tuple[str, ...] = "\0", public: str = PUBLIC) -> str:
        own = "".join(line for line in REQUESTS[kind].splitlines(keepends=True) if not line.startswith(but))
        return f"{REST}[link.mtn]\n{own}{lines}\n".replace("[gateway]\n", f"[gateway]\n{public}")

    def link(self, kind: str, lines: str = "", but: str | tuple[str, ...] = "\0") -> RestSettings | ExternalSettings:
        return self.load(self.text(kind, lines, but)).links["mtn"]

    def told(self, kind: str, lines: str = "", but: str | tuple[str, ...] = "\0", public: str = PUBLIC) -> list[str]:
        """The faults, without what is the same in all of them."""
        faults = self.faults(self.text(kind, lines, but, public))
        return [fault.removeprefix("a.toml: ").removeprefix("link.mtn.") for fault in faults]

    def warned(self, kind: str, lines: str = "", but: str | tuple[str, ...] = "\0") -> list[str]:
        path = self.write(self.text(kind, lines, but))
        return [warning.removeprefix(f"{path}: link.mtn.") for warning in loading.read(path).warnings]


class LinkFolder(Folder):
    """One link, of a kind and with lines of its own."""

    def text(self, kind: str, lines: str = "", hosts: str = HOSTS) -> str:
        return f"{REST}[link.mtn]\n{NAMED[kind]}{hosts}{lines}\n"

    def link(self, kind: str, lines: str = "", hosts: str = HOSTS) -> SmppSettings | UcpSettings | Cimd2Settings:
        return self.load(self.text(kind, lines, hosts)).links["mtn"]

    def told(self, kind: str, lines: str, hosts: str = HOSTS) -> list[str]:
        """The faults, without what is the same in all of them."""
        return [fault.removeprefix("a.toml: link.mtn.") for fault in self.faults(self.text(kind, lines, hosts))]

    def warned(self, kind: str, lines: str = "", hosts: str = HOSTS) -> list[str]:
        path = self.write(self.text(kind, lines, hosts))
        return [warning.removeprefix(f"{path}: link.mtn.") for warning in loading.read(path).warnings]

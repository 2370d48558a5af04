"""Who has another password than the account's is known by it, wherever a profile puts that."""

from __future__ import annotations

from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.cases import CaseTest
from chanserv.profiles.profile import Profile
from chanserv.profiles.requests import Request
from chanserv.profiles.stub.account import account
from chanserv.profiles.stub.credentials import Credentials
from chanserv.profiles.trying import ours
from tests.profiles.stub.shelf import SHELF, shipped

# What stands in no request as it is: it is digested with the part, or makes a signature, or is for webhooks alone.
DIGESTED = {
    "aws": {"access_key", "secret_key", "region", "topic"},
    "clickmobile": {"password"},
    "messagebird": {"secret"},
    "messangi": {"private_key"},
    "novo": {"merchant_secret"},
    "ovh": {"app_secret"},
    "smsglobal": {"api_key", "secret"},
    "telesom": {"username", "password", "secret"},
}
HOSTS = {"base_url", "api_host", "send_url"}  # the other end is reached by base_url, whatever they say
PARTS = (
    CaseTest(what="", text="Olá, hello"),
    CaseTest(
        what="", to="+254700000111", sender="INFO", text="№ ☺", id="019a0719-ac96-7eb9-a837-cac215164834", now=1.71e9
    ),
)


def requests(profile: Profile, cfg: dict[str, str]) -> Iterator[tuple[Request, bool]]:
    """For parts, and for a token."""
    for part in PARTS:
        values = {**ours(profile, part), "cfg": cfg}
        assert profile.send is not None
        yield profile.send.request(values), False
        if profile.token is not None:
            yield profile.token.sending.request(values), True


class CredentialsTests(SynchronousTestCase):
    def test_whoever_has_them(self) -> None:
        """Every profile, whatever the text and the recipient."""
        for name in SHELF.names():
            profile = shipped(name)
            cfg = account(profile, {})
            credentials = Credentials.of(profile, cfg, cfg.keys() & profile.about.needs)
            for request, token in requests(profile, cfg):
                self.assertTrue(credentials.borne(request, token), (name, request))

    def test_whoever_has_others(self) -> None:
        """One wrong is enough, in the part or in the request for a token."""
        passing = dict[str, set[str]]()
        for name in SHELF.names():
            profile = shipped(name)
            cfg = account(profile, {})
            credentials = Credentials.of(profile, cfg, cfg.keys() & profile.about.needs)
            for key in set(profile.about.needs) - HOSTS:
                wrong = {**cfg, key: "another"}
                if cfg.get(key) and all(credentials.borne(*each) for each in requests(profile, wrong)):
                    passing.setdefault(name, set()).add(key)
        self.assertEqual(DIGESTED, passing)

    def test_what_nobody_gave_may_be_anything(self) -> None:
        """A password that the stub made up is none that the other end could know."""
        profile = shipped("twilio")
        cfg = account(profile, {"account_sid": "AC7"})
        credentials = Credentials.of(profile, cfg, ["account_sid"])
        for sid, token, borne in (("AC7", "whatever", True), ("AC8", cfg["auth_token"], False)):
            wrong = {**cfg, "account_sid": sid, "auth_token": token}
            for request, is_token in requests(profile, wrong):
                self.assertEqual(borne, credentials.borne(request, is_token), sid)
        self.assertTrue(Credentials.of(profile, cfg, []).borne(Request("GET", ("http://x/",), (), b"")))

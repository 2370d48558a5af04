"""A stub finds in a request what it hands over, wherever the profile puts it."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv import reference
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.profile import Profile
from chanserv.profiles.requests import Request
from chanserv.profiles.stub.account import account
from chanserv.profiles.stub.requests import Hearing, Part
from chanserv.profiles.trying import ours
from tests.profiles.stub.shelf import SHELF, made, shipped

OURS = reference.write(1, 2, 3, "5511999990000")
SAID = {"to": "+5511999990000", "sender": "8000", "text": "Oi {12}", "id": OURS}

ODD = """
[profile]
title = "Acme"
[send]
url = "https://acme.example/send/{to|noplus}"
query = { msg = "{body}", coding = { when = "gsm7", then = "0", else = "8" }, sender = "tel:{from}" }
[send.let]
body = "{text}"
"""


class HearingTests(SynchronousTestCase):
    def part(self, profile: Profile, **said: Any) -> Part:
        cfg = account(profile, {})
        assert profile.send is not None
        request = profile.send.request(ours(profile, CaseTest(what="", cfg=cfg, **{**SAID, **said})))
        return Hearing(profile, cfg).part(request)

    def test_a_form(self) -> None:
        """Twilio's, with our id in the callback URL."""
        part = self.part(shipped("twilio"))
        self.assertEqual(("+5511999990000", "8000", "Oi {12}", OURS), (part.to, part.sender, part.text, part.ours))
        self.assertEqual({"status": f"https://gw.example/hook/link/secret/status?id={OURS}"}, part.callbacks)

    def test_the_order_of_fields_is_nothing(self) -> None:
        """Nor is a field that is left out."""
        profile = shipped("twilio")
        hearing = Hearing(profile, account(profile, {}))
        request = Request("POST", ("http://x/y",), (("Content-Type", "application/x-www-form-urlencoded"),),
                          b"Body=Hi&To=%2B5511")  # fmt: skip
        self.assertEqual(("+5511", "", "Hi"), ((part := hearing.part(request)).to, part.sender, part.text))

    def test_a_path_and_what_stands_about_a_value(self) -> None:
        """Something may stand in front of the path, and about a value."""
        profile = made(self.mktemp(), ODD)
        part = self.part(profile)
        self.assertEqual(("+5511999990000", "8000", "Oi {12}"), (part.to, part.sender, part.text))
        url = "http://127.0.0.1:9/proxy/send/5511999990000?msg=Hi&coding=0&sender=tel%3A80"
        moved = Hearing(profile, {}).part(Request("POST", (url,), (), b""))
        self.assertEqual(("+5511999990000", "80", "Hi"), (moved.to, moved.sender, moved.text))

    def test_texts_that_are_not_gsm(self) -> None:
        """Even where they are written otherwise: Kannel's in UTF-16, Messangi's in base64."""
        for name in ("kannel", "messangi", "jasmin", "vonage"):
            for text in ("Сообщение ☺", "Hi", "0048"):
                self.assertEqual(text, self.part(shipped(name), text=text).text, name)

    def test_a_request_of_nothing_is_heard(self) -> None:
        """What cannot be found is empty."""
        profile = shipped("vonage")
        hearing = Hearing(profile, account(profile, {}))
        self.assertEqual(Part(), hearing.part(Request("GET", ("http://x/",), (), b"\xff\x00{")))

    def test_a_token_is_another_request(self) -> None:
        """Known by the end of its path; of a profile without tokens nothing is one."""
        profile = shipped("hormuud")
        hearing = Hearing(profile, account(profile, {}))
        self.assertTrue(hearing.wants_token(Request("POST", ("http://x/in/front/token?a=b",), (), b"")))
        self.assertFalse(hearing.wants_token(Request("POST", ("http://x/api/SendSMS",), (), b"")))
        twilio = Hearing(shipped("twilio"), account(shipped("twilio"), {}))
        self.assertFalse(twilio.wants_token(Request("POST", ("http://x/",), (), b"")))

    def test_every_shipped_profile_is_heard(self) -> None:
        """To whom, and what; our id wherever it is told."""
        for name in SHELF.names():
            profile = shipped(name)
            if profile.send is None:
                continue
            part = self.part(profile, text="Oi tudo")
            self.assertEqual(("5511999990000", "Oi tudo"), (part.to.lstrip("+"), part.text), name)
            self.assertIn(part.ours, ("", OURS), name)

"""A forged webhook is refused whatever the scheme; one of a provider who signs nothing is as it was."""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.requests import Asked
from chanserv.profiles.stub.account import account
from chanserv.profiles.stub.forging import forged
from chanserv.profiles.verify.signing import signed
from tests.profiles.stub.shelf import shipped

ASKED = Asked(
    url="https://gw.example/hook/a/b/status",
    headers={"content-type": "application/x-www-form-urlencoded"},
    body=b"a=1&b=2",
)
NOW = 1_795_750_000.0


class ForgingTests(SynchronousTestCase):
    def test_each_scheme_is_forged(self) -> None:
        """HMAC, parameters, JWT, Ed25519, basic, a token: what is well signed passes, what is forged does not."""
        for name, more in (
            ("twilio", {}),
            ("vonage", {"signature_secret": "s", "signature_method": "md5"}),
            ("messagebird", {}),
            ("telnyx", {}),
            ("bandwidth", {"callback_user": "u", "callback_password": "p"}),
            ("novo", {"secret": "s"}),
        ):
            profile = shipped(name)
            cfg = account(profile, more)
            asked = attrs.evolve(ASKED, headers={**ASKED.headers, "content-type": "application/json"}, body=b"{}")
            one = asked if name == "telnyx" else ASKED
            well = signed(profile.guard, one, cfg, NOW)
            self.assertEqual("", profile.guard.judge(well, cfg, NOW), name)
            wrong = forged(profile.guard, one, cfg, NOW)
            self.assertTrue(profile.guard.judge(wrong, cfg, NOW), name)
            self.assertNotEqual(one, wrong, f"{name}: it has a signature")

    def test_what_nobody_signs_cannot_be_forged(self) -> None:
        """It goes as it is."""
        profile = shipped("infobip")
        self.assertEqual(ASKED, forged(profile.guard, ASKED, account(profile, {}), NOW))

    def test_a_request_without_a_body(self) -> None:
        """Its fields are in the URL: there is no other body to sign, and no need of one."""
        profile = shipped("vonage")
        cfg = account(profile, {"signature_secret": "s", "signature_method": "md5"})
        asked = Asked(url="https://gw.example/hook/a/b/status?a=1&b=2")
        self.assertEqual("", profile.guard.judge(signed(profile.guard, asked, cfg, NOW), cfg, NOW))
        self.assertTrue(profile.guard.judge(forged(profile.guard, asked, cfg, NOW), cfg, NOW))

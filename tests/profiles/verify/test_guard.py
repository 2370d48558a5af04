"""Is a request the provider's? Whatever it is, that is answered with words, and never raised."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.requests import Asked
from chanserv.profiles.shelf import Shelf
from chanserv.toml.faults import Faults, Place


class GuardTests(SynchronousTestCase):
    def test_a_body_that_cannot_be_read_is_not_the_providers(self) -> None:
        """Vonage signs fields, of JSON too: what says that it is JSON and is none has no signature."""
        profile = Shelf().get("vonage", Faults(), Place("the test"))
        assert profile is not None
        cfg = profile.cfg({"signature_secret": "S"})
        for type, body in (("application/json", b"{"), ("application/json", b"\xff"), ("text/plain", b'{"sig":')):
            asked = Asked(headers={"content-type": type}, query="timestamp=1&sig=00", body=body)
            self.assertRegex(str(profile.guard.judge(asked, cfg, 1.0)), "not JSON", body)

"""Is a request the provider's? Whatever it is, that is answered with words, and never raised."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.hooks import Heard, listen
from chanserv.profiles.requests import FORM, Asked
from chanserv.profiles.shelf import Shelf
from chanserv.toml.faults import Faults, Place
from tests.profiles.helpers import Shelves


class GuardTests(SynchronousTestCase):
    def test_a_body_that_cannot_be_read_is_not_the_providers(self) -> None:
        """Vonage signs fields, of JSON too: what says that it is JSON and is none has no signature."""
        profile = Shelf().get("vonage", Faults(), Place("the test"))
        assert profile is not None
        cfg = profile.cfg({"signature_secret": "S"})
        for type, body in (("application/json", b"{"), ("application/json", b"\xff"), ("text/plain", b'{"sig":')):
            asked = Asked(headers={"content-type": type}, query="timestamp=1&sig=00", body=body)
            self.assertRegex(str(profile.guard.judge(asked, cfg, 1.0)), "not JSON", body)


class EvasionTests(Shelves):
    """What somebody sends who leaves something out, or puts something beside what is signed."""

    CFG = {"key": "KEY", "user": "USER", "more": ""}

    def why(self, verify: str, headers: dict[str, str], **cfg: str) -> object:
        return self.profile(verify).guard.judge(Asked(headers=headers), {**self.CFG, **cfg}, 0.0)

    def test_a_check_that_a_header_asks_for(self) -> None:
        """Without the header none is left, and the request is nobody's; but an account that has no check has none."""
        token = '[[verify]]\nscheme = "token"\ngiven = "header.x-t"\nkey = "T"\n'
        nobodys = "no [[verify]] of the account's is for it"
        for when, headers, more, why in (
            ('"header.x-t"', {}, "", nobodys),
            ('"header.x-t"', {"x-t": "T"}, "", ""),
            ('"header.x-t"', {"x-t": "U"}, "", "the token is wrong"),
            ('["cfg.more", "header.x-t"]', {}, "", ""),
            ('["cfg.more", "header.x-t"]', {}, "on", nobodys),
            ('["cfg.more", "not header.x-u"]', {"x-u": "1"}, "on", nobodys),
            ('["not cfg.more in a,b", "method = POST"]', {"x-t": "T"}, "on", ""),
            ('"cfg.more or header.x-t"', {}, "", nobodys),
            ('"cfg.more"', {}, "", ""),
            ("[]", {}, "", "the token is missing"),
        ):
            self.assertEqual(why, self.why(f"{token}when = {when}\n", headers, more=more), (when, headers, more))

    def test_one_of_two_is_enough(self) -> None:
        """Which of them a request is for, the request may say."""
        one = '[[verify]]\nscheme = "token"\ngiven = "header.x-t"\nkey = "T"\nwhen = "header.x-t"\n'
        self.assertEqual("", self.why(one + one.replace("x-t", "x-u"), {"x-u": "T"}))

    def test_the_query_beside_a_signed_body(self) -> None:
        """It is not signed, and not among the fields; where the URL is signed, or nothing is, it is."""
        hook = '\n[[hook]]\nkind = "mo"\nfrom = "from"\ntext = "text"\n'
        hmac = '[[verify]]\nscheme = "hmac"\ngiven = "header.x"\nkey = "{cfg.key}"\nover = [%s]\n'
        jwt = '[[verify]]\nscheme = "jwt"\ngiven = "header.x"\nkey = "{cfg.key}"\nbody_claim = "b"\n'
        for verify, read in (
            (hmac % '"{body}"', False),
            (hmac % '"{header.x-time}", "{form_sorted}"', False),
            (hmac.replace("hmac", "ed25519") % '"{body}"', False),
            ('[[verify]]\nscheme = "sns"\nkey = "{cfg.key}"\n', False),
            (jwt, False),
            (hmac % '"{body}"' + hook.replace("[[hook]]", "[[hook]]\nverify = false"), True),
            (hmac % '"{url}", "{body}"', True),
            (hmac % '"{query.from}", "{body}"', True),
            (jwt + 'url_claim = "u"\n', True),
            ("", True),
        ):
            hooks = self.profile(verify + ("" if "[[hook]]" in verify else hook)).hooks
            for body, found in ((b"text=Yes", "Yes"), (b"", "")):
                asked = Asked(query="from=%2B1", headers={"content-type": FORM}, body=body)
                [news] = listen(hooks, asked, self.CFG)
                self.assertEqual(read, news == Heard(sender="+1", text=found), (verify, body))

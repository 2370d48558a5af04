"""JSON Web Tokens under a shared secret: RFC 7515's and MessageBird's vectors, and what enemies try."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.requests import Asked
from chanserv.profiles.verify.jwt import LONGEST, SKEW, read, timely
from tests.profiles.helpers import Shelves

RFC_KEY = base64.urlsafe_b64decode(
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
)
RFC_TOKEN = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


def part(value: Any) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def token(claims: Any, key: bytes = b"KEY", head: Any = None, name: str = "sha256") -> str:
    """One that is rightly signed."""
    over = f"{part({'alg': 'HS256'} if head is None else head)}.{part(claims)}"
    return f"{over}.{part(hmac.digest(key, over.encode(), name))}"


class ReadTests(SynchronousTestCase):
    def test_rfc_7515(self) -> None:
        """A.1: HS256."""
        claims = {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
        self.assertEqual(claims, read(RFC_TOKEN, RFC_KEY))
        self.assertEqual(claims, read(f" {RFC_TOKEN}\n", RFC_KEY))

    def test_longer_hashes(self) -> None:
        """HS384 and HS512; the one that is named, no other."""
        for name, digest in (("HS384", "sha384"), ("HS512", "sha512")):
            self.assertEqual({"a": 1}, read(token({"a": 1}, head={"alg": name}, name=digest), b"KEY"))
            self.assertRaises(ValueError, read, token({"a": 1}, head={"alg": name}), b"KEY")

    def test_other_ways(self) -> None:
        """None, keys that are public, other types: refused before anything is read."""
        names: tuple[Any, ...] = ("none", "None", "NONE", "", "RS256", "ES256", "EdDSA", "hs256", "HS1")
        others: tuple[Any, ...] = (None, 5, True, [], {}, ["HS256"], {"HS256": 1})
        for alg in (*names, *others):
            given_as = token({"a": 1}, head={"alg": alg})
            for signed in (given_as, given_as.rpartition(".")[0] + "."):
                error = self.assertRaises(ValueError, read, signed, b"KEY")
                self.assertEqual("the token is signed in a way that is not taken", str(error), alg)
        self.assertRaises(ValueError, read, token({"a": 1}, head={}), b"KEY")

    def test_what_must_be_understood(self) -> None:
        """A header that says so by `crit` is refused (RFC 7515, 4.1.11)."""
        signed = token({"a": 1}, head={"alg": "HS256", "crit": ["b64"], "b64": False})
        self.assertRaises(ValueError, read, signed, b"KEY")

    def test_none(self) -> None:
        """What is no token, or one whose parts are none."""
        good = token({"a": 1})
        head, body, signature = good.split(".")
        none, wrong = "the token is none", "the signature is wrong"
        for written, expected in (
            ("", "the token is missing"), ("x", none), ("a.b", none), ("..", none), (f"{head}.{body}", none),
            (f"{head}.{body}.", wrong), (f"{head}.{body}.{signature}.x", wrong), (f"{head}.{body}x.{signature}", wrong),
            (f"é.{body}.{signature}", none), (f"{head}.{body}.é", none), (f"{part([1])}.{body}.{signature}", none),
            (f"{part(b'{')}.{body}.{signature}", none), (f"{part(b'[' * 3000)}.{body}.{signature}", none),
            ("x" * (LONGEST + 1), none), (good + " " * LONGEST, none), (token([1]), none),
            (token(b"[" * 900 + b"]" * 900), none), (token(b'{"exp": NaN}'), none),
            (token(b'{"a":' * 100 + b"1" + b"}" * 100), none),
        ):  # fmt: skip
            self.assertEqual(expected, str(self.assertRaises(ValueError, read, written, b"KEY")), written[:60])

    @settings(max_examples=300, deadline=None)
    @given(st.text() | st.text(alphabet="abc.=-_é \n"), st.text(), st.binary())
    def test_anything(self, one: str, other: str, octets: bytes) -> None:
        """Claims, or a ValueError with words."""
        for written in (
            one,
            f"{one}.{other}.",
            f"{part(octets)}.{one}.{other}",
            token(octets),
            token({"a": 1}, head=octets),
        ):
            try:
                self.assertIsInstance(read(written, b"KEY"), dict)
            except ValueError as fault:
                self.assertTrue(str(fault).startswith("the "))


class TimelyTests(SynchronousTestCase):
    def test_times(self) -> None:
        """exp and nbf, with a minute either way; what is no number is none."""
        now = 1_700_000_000.0
        cases: list[tuple[dict[str, Any], str]] = [
            ({}, ""),
            ({"exp": now}, ""),
            ({"exp": now - SKEW}, ""),
            ({"exp": now - SKEW - 1}, "it has expired"),
            ({"exp": str(now - SKEW - 1)}, "it has expired"),
            ({"exp": 0}, "it has expired"),
            ({"nbf": now + SKEW}, ""),
            ({"nbf": now + SKEW + 1}, "it is not valid yet"),
            ({"exp": now + 1, "nbf": now - 1}, ""),
        ]
        for claims, expected in cases:
            self.assertEqual(expected, timely(claims, now), claims)

    def test_times_that_are_none(self) -> None:
        """A claim that is there, and no time, is no reason to believe the token for ever (RFC 7519, 2: NumericDate)."""
        values: tuple[Any, ...] = ("soon", None, [], {}, True, "", "nan", "inf", 10**400)
        for value in values:
            self.assertEqual("its exp is no time", timely({"exp": value}, 0.0), value)
            self.assertEqual("its nbf is no time", timely({"nbf": value}, 0.0), value)


class SchemeTests(Shelves):
    """MessageBird: the vectors of its Go library."""

    VERIFY = """
    [[verify]]
    scheme = "jwt"
    given = "header.MessageBird-Signature-JWT"
    key = "{cfg.key}"
    claims = { iss = "MessageBird" }
    url_claim = "url_hash"
    body_claim = "payload_hash"
    """
    KEY = "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb"
    NOW = 1625479200.0
    URL = "https://example.com/path?bar=1&foo=2"
    HEAD = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    WITH_BODY = (
        "eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI5M2U1NTAwNi1hMGU4LTQ1MjYtYTE5"
        "MC1mYTVmZjAwZWExMTYiLCJ1cmxfaGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZDc0YjI0MDA0YmFlNzUz"
        "ZWNlNmMyNjAiLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzYyOTA4MDllYzNhNTMxOTFkZDgxYzdmNzBhNGIyODY4OGEzNjIx"
        "ODI5ODZmIn0._H--TOuYFLpeEH39-rg5E3IHVkjHozBcaKVWPRC5m9I"
    )
    WITHOUT_BODY = (
        "eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI1OWEyNDRkYy1lOWFkLTRlMjMtOTc3"
        "OC0zNzFmYWEyMzhmNzIiLCJ1cmxfaGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzlj"
        "Nzc4M2U5ZDcifQ.6Fp0rVOsRr1fj9S2GidXAfkmPVofKr8_RTffC6G6r2E"
    )
    EXPIRED = (
        "eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3NTYwMCwiZXhwIjoxNjI1NDc1NjYwLCJqdGkiOiI1ZjAyZjUyMi02MDMwLTQ2YzgtYjVhM"
        "y0wMTI0NjQ3OGQ4YmMiLCJ1cmxfaGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzljNz"
        "c4M2U5ZDcifQ.45MSST3B_2PsjNUeiuW54_vUQgVw4rBXrdWrOUEz3lM"
    )
    EARLY = (
        "eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ4MjgwMCwiZXhwIjoxNjI1NDgyODYwLCJqdGkiOiJmOWY4YzM4Mi0yNDQ5LTQzMTEtYjcyY"
        "i0xZGY3MTY4NzkzMWUiLCJ1cmxfaGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzljNz"
        "c4M2U5ZDcifQ.ZELgDFNGhjZH9CffQKcq3sytBe2I0KciLxpBhcfstHQ"
    )

    def why(self, signed: str, url: str, body: bytes = b"", key: str = "") -> Any:
        headers = {"messagebird-signature-jwt": signed}
        guard = self.profile(self.VERIFY).guard
        return guard.judge(Asked(url=url, body=body, headers=headers), {"key": key or self.KEY}, self.NOW)

    def test_vectors(self) -> None:
        """Of a request with a body and of one without; early, late, elsewhere, with another body, another key."""
        home = "https://example.com/"
        for signed, url, body, key, expected in (
            (self.WITH_BODY, self.URL, b"Hello, World!", "", ""),
            (self.WITHOUT_BODY, home, b"", "", ""),
            (self.EXPIRED, home, b"", "", "it has expired"),
            (self.EARLY, home, b"", "", "it is not valid yet"),
            (self.WITHOUT_BODY, self.URL, b"", "", "its url_hash is another"),
            (self.WITH_BODY, self.URL.replace("bar=1", "bar=2"), b"Hello, World!", "", "its url_hash is another"),
            (self.WITH_BODY, self.URL, b"Hello, World?", "", "its payload_hash is another"),
            (self.WITHOUT_BODY, home, b"x", "", "its payload_hash is another"),
            (self.WITH_BODY, self.URL, b"", "", "its payload_hash is another"),
            (self.WITH_BODY, self.URL, b"Hello, World!", "other", "the signature is wrong"),
        ):
            self.assertEqual(expected, self.why(self.HEAD + signed, url, body, key), expected)

    def test_another_issuer(self) -> None:
        """Rightly signed, for something else."""
        for claims in ({}, {"iss": "Other"}, {"iss": ["MessageBird"]}, {"iss": None}):
            self.assertEqual("its iss is another", self.why(token(claims), "https://x", key="KEY"))

    def test_an_empty_key(self) -> None:
        """Everybody can sign under it."""
        guard = self.profile(self.VERIFY).guard
        for key in ("", None):
            request = Asked(headers={"messagebird-signature-jwt": token({"iss": "MessageBird"}, b"")})
            self.assertEqual("this account has no key to check it with", guard.judge(request, {"key": key}, self.NOW))

"""AWS Signature Version 4 against AWS's own published test suite and its worked example."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.requests import Request
from chanserv.profiles.sigv4 import signed
from tests.profiles.helpers import Shelves

NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC).timestamp()
KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
HOST = "https://example.amazonaws.com"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def authorization(request: Request, service: str = "service") -> str:
    date, told = signed(request, NOW, "us-east-1", service, *KEYS)
    assert date == ("X-Amz-Date", "20150830T123600Z")
    return told[1]


class VectorTests(SynchronousTestCase):
    """aws-sig-v4-test-suite."""

    CASES = [
        ("get-vanilla", "GET", "/", (), b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("post-vanilla", "POST", "/", (), b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("get-vanilla without a path", "GET", "", (), b"",
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("get-vanilla-empty-query-key", "GET", "/?Param1=value1", (), b"",
         "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        ("get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", (), b"",
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        ("get-vanilla-query-order-value", "GET", "/?Param1=value2&Param1=value1", (), b"",
         "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
        ("get-vanilla-query-unreserved", "GET",
         "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
         "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", (), b"",
         "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        ("get-vanilla-utf8-query", "GET", "/?%E1%88%B4=bar", (), b"",
         "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        ("get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", (), b"",
         "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        ("get-header-value-trim", "GET", "/", (("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')), b"",
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        ("post-x-www-form-urlencoded", "POST", "/", (FORM,), b"Param1=value1",
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ]  # fmt: skip

    def test_suite(self) -> None:
        """What AWS says each of these must be signed with."""
        for what, method, path, headers, body, expected in self.CASES:
            told = authorization(Request(method, (HOST + path,), headers, body))
            self.assertEqual(expected, told.rpartition("Signature=")[2], what)

    def test_the_worked_example(self) -> None:
        """IAM's ListUsers, all of the header (AWS General Reference, "Create a signed AWS API request")."""
        request = Request(
            "GET",
            ("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",),
            (("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),),
            b"",
        )
        self.assertEqual(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            authorization(request, "iam"),
        )

    def test_names_that_begin_alike(self) -> None:
        """They are sorted by name, not by what is written: = goes behind - and digits."""
        query = "a-b=2&a1=3&a=1&a=%20"
        lines = ("GET", "/", "a=%20&a=1&a-b=2&a1=3", "host:example.amazonaws.com", "x-amz-date:20150830T123600Z", "")
        canonical = "\n".join((*lines, "host;x-amz-date", hashlib.sha256(b"").hexdigest()))
        self.assertEqual(by_hand(canonical), authorization(Request("GET", (f"{HOST}/?{query}",), (), b""))[-64:])


def by_hand(canonical: str) -> str:
    """The signature of a canonical request."""
    area = "20150830/us-east-1/service/aws4_request"
    key = ("AWS4" + KEYS[1]).encode()
    for step in area.split("/"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    told = ("AWS4-HMAC-SHA256", "20150830T123600Z", area, hashlib.sha256(canonical.encode()).hexdigest())
    return hmac.new(key, "\n".join(told).encode(), hashlib.sha256).hexdigest()


class SchemeTests(Shelves):
    def test_in_a_profile(self) -> None:
        """scheme = "sigv4" adds two headers, over all that leaves, with the account's keys."""
        request = self.request(
            """
            [send]
            url = "https://example.amazonaws.com/"
            form = { Param1 = "value1" }
            [send.sign]
            scheme = "sigv4"
            region = "{cfg.more}"
            service = "service"
            access_key = "{cfg.user}"
            secret_key = "{cfg.key}"
            """,
            now=NOW,
            cfg={"more": "us-east-1", "user": KEYS[0], "key": KEYS[1]},
        )
        self.assertEqual(
            ("X-Amz-Date", "20150830T123600Z"), request.headers[1],
        )  # fmt: skip
        self.assertEqual(
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a", request.headers[2][1][-64:]
        )

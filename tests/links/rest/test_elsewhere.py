"""A provider that is not where its profile says: requests go to `base_url`, as they were signed."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.rest.elsewhere import Elsewhere, moved
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from tests.links.rest.test_link import LinkCase


class Calls:
    """Remembers what is called."""

    def __init__(self) -> None:
        self.called: list[Request] = []
        self.closed = False

    def call(self, request: Request) -> Deferred[Any]:
        self.called.append(request)
        return succeed(Answered(status=200))

    def close(self) -> Deferred[None]:
        self.closed = True
        return succeed(None)


class MovedTests(SynchronousTestCase):
    CASES = (
        ("https://api.example/v1/send?a=b%20c", "http://127.0.0.1:8083", "http://127.0.0.1:8083/v1/send?a=b%20c"),
        ("https://api.example:8443/v1", "https://eu.example/proxy/", "https://eu.example/proxy/v1"),
        ("http://api.example", "http://[::1]:9", "http://[::1]:9/"),
        ("http://api.example?a=1", "http://other.example", "http://other.example/?a=1"),
    )

    def test_a_url_keeps_its_path_and_query(self) -> None:
        """All else is the base's, whose path stands in front."""
        for url, base, there in self.CASES:
            self.assertEqual(there, moved(url, base))

    def test_requests_go_there_as_they_are(self) -> None:
        """Headers and body were signed; two URLs that are one there are tried once."""
        calls = Calls()
        elsewhere = Elsewhere(calls, "http://127.0.0.1:9")
        request = Request(
            "POST", ("https://a.example/x", "https://b.example/x", "https://b.example/y"), (("S", "1"),), b"b"
        )
        self.assertEqual(200, self.successResultOf(elsewhere.call(request)).status)
        there = ("http://127.0.0.1:9/x", "http://127.0.0.1:9/y")
        self.assertEqual([Request("POST", there, (("S", "1"),), b"b")], calls.called)
        self.successResultOf(elsewhere.close())
        self.assertTrue(calls.closed)

    def test_without_a_base_nothing_is_moved(self) -> None:
        """Most links have none."""
        calls = Calls()
        request = Request("POST", ("https://a.example/x", "https://b.example/x"), (), b"")
        Elsewhere(calls, None).call(request)
        self.assertEqual([request], calls.called)


class LinkTests(LinkCase):
    """A link with a base_url."""

    def test_parts_go_there_and_certificates_do_not(self) -> None:
        """What a webhook names is where it says."""
        link = self.made(self.calls, base_url="http://127.0.0.1:9/in/front")
        link.start()
        self.link, _ = link, self.link.stop()
        self.send()
        link.door.calls.call(Request("GET", ("https://sns.example/cert.pem",), (), b""))
        self.assertEqual(["http://127.0.0.1:9/in/front/send", "https://sns.example/cert.pem"], self.calls.urls)

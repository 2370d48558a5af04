"""One request and how far it came: the real Agent and its pool, on wires of the test's."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

from OpenSSL.SSL import Error as TlsError
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError, DNSLookupError
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import CannotDial
from chanserv.http import ANSWER_LIMIT, Broke
from chanserv.links.rest import calls
from chanserv.links.rest.calls import Calls, Failed
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from tests.links.rest.helpers import Network, account, whole

POST = Request("POST", ("http://acme.example/send?a=%20+b",), (("X-Key", "k"),), b"{\x00\xff}")
GET = Request("GET", ("http://acme.example/send?text=hi",), (), b"")
TWO = Request("GET", ("http://one.example/", "https://two.example/"), (), b"")


class CallsCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock, self.network = Clock(), Network()
        self.calls = Calls(account(answer_within=30.0), 2, self.clock, endpoints=self.network)

    def call(self, request: Request = GET) -> Deferred[Answered | Failed]:
        return self.calls.call(request)

    def failed(self, asked: Deferred[Any], how: Broke, why: str) -> None:
        self.assertEqual(Failed(how, why), self.successResultOf(asked))


class AnsweredTests(CallsCase):
    """What goes and what comes."""

    def test_octets_as_they_were_made(self) -> None:
        """The profile's headers and body, and of ours no more than HTTP needs; nothing is asked for packed."""
        asked = self.call(POST)
        head, _, body = self.network.heard.partition(b"\r\n\r\n")
        line, *headers = head.split(b"\r\n")
        self.assertEqual((b"POST /send?a=%20+b HTTP/1.1", POST.body), (line, body))
        names = {header.partition(b":")[0].lower() for header in headers}
        self.assertEqual({b"host", b"user-agent", b"content-length", b"x-key"}, names)
        self.assertIn(b"X-Key: k", headers)
        self.network.say(whole(b"\x01ok", "202 Accepted", "X-Id: 7", "X-Id: 8"))
        said = self.successResultOf(asked)
        assert isinstance(said, Answered)
        self.assertEqual((202, "7", b"\x01ok"), (said.status, said.headers["x-id"], said.body))

    def test_the_profiles_own_agent(self) -> None:
        """A header of the profile's goes instead of ours."""
        self.call(Request("GET", GET.urls, (("User-Agent", "acme-sdk/1"),), b""))
        self.assertIn(b"User-Agent: acme-sdk/1\r\n", self.network.heard)
        self.assertNotIn(b"chanserv", self.network.heard)

    def test_connections_are_kept(self) -> None:
        """For the next request; close lets them go."""
        for _ in range(2):
            asked = self.call()
            self.network.say(whole(b""))
            self.successResultOf(asked)
        self.assertEqual(1, len(self.network.wires))
        closed = self.calls.close()
        self.network.ends[0].connectionLost(Failure(ConnectionDone()))
        self.successResultOf(closed)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_redirects_are_answers(self) -> None:
        """Whoever could move our texts elsewhere by one would get our key as well."""
        asked = self.call()
        self.network.say(whole(b"", "302 Found", "Location: http://evil.example/"))
        self.assertEqual(302, self.successResultOf(asked).status)  # type: ignore[union-attr]
        self.assertEqual([("http", "acme.example", 80)], self.network.dialled)

    def test_no_cookies(self) -> None:
        """Every request is as the profile made it, whatever answer came before."""
        for _ in range(2):
            asked = self.call()
            self.network.say(whole(b"", "200 OK", "Set-Cookie: sid=1; Path=/"))
            self.successResultOf(asked)
        self.assertNotIn(b"ookie", self.network.heard)

    def test_too_long_an_answer(self) -> None:
        """Is cut, and the connection with it: what follows is nobody's."""
        asked = self.call()
        self.network.say(whole(b"x" * (ANSWER_LIMIT + 1)))
        self.assertEqual(ANSWER_LIMIT, len(self.successResultOf(asked).body))  # type: ignore[union-attr]
        self.assertTrue(self.network.wires[0].aborted)

    def test_packed_all_the_same(self) -> None:
        """No more of it is unpacked than an answer may be: a few KiB may be many MiB."""
        bomb, unpacked = gzip.compress(b"0" * 10_000_000), list[int]()
        given = zlib.decompressobj

        class Counted:
            def __init__(self, bits: int) -> None:
                self._inner = given(bits)

            def decompress(self, data: bytes, most: int = 0) -> bytes:
                found = self._inner.decompress(data, most)
                unpacked.append(len(found))
                return found

        self.patch(zlib, "decompressobj", Counted)
        for body, expected in (
            (bomb, b"0" * ANSWER_LIMIT),
            (gzip.compress(b'{"id": 1}'), b'{"id": 1}'),
            (b"no gzip", b"no gzip"),
        ):
            asked = self.call()
            self.network.say(whole(body, "200 OK", "Content-Encoding: gzip"))
            self.assertEqual(expected, self.successResultOf(asked).body)  # type: ignore[union-attr]
        self.assertEqual(ANSWER_LIMIT, max(unpacked))

    def test_headers_without_end(self) -> None:
        """Are no answer, and are not gathered until the time is over."""
        asked = self.call()
        self.network.say(b"HTTP/1.1 200 OK\r\n")
        for number in range(2 * calls.MOST_HEAD // 1000):
            if not self.network.wires[0].aborted:
                self.network.say(b"X-%d: %s\r\n" % (number, b"x" * 1000))
        self.assertTrue(self.network.wires[0].aborted)
        self.network.ends[0].connectionLost(Failure(ConnectionLost()))
        self.assertEqual(Broke.LOST, self.successResultOf(asked).how)  # type: ignore[union-attr]

    def test_until_it_hangs_up(self) -> None:
        """HTTP/1.0: the end of the connection is that of the answer."""
        asked = self.call()
        self.network.say(b"HTTP/1.0 200 OK\r\n\r\n0: Accepted")
        self.network.ends[0].connectionLost(Failure(ConnectionDone()))
        self.assertEqual(b"0: Accepted", self.successResultOf(asked).body)  # type: ignore[union-attr]


class FailedTests(CallsCase):
    """How far a request came."""

    def test_nobody_there(self) -> None:
        """Refused, no such host, TLS that is not believed: nobody can have read it."""
        for fault, why in (
            (ConnectionRefusedError(), "connection refused"),
            (DNSLookupError(), "no such host"),
            (CannotDial("TLS: certificate unknown"), "TLS: certificate unknown"),
        ):
            self.network.refusal["acme.example"] = fault
            self.failed(self.call(POST), Broke.UNSENT, why)
        self.assertEqual([], self.network.wires)

    def test_hung_up_before_the_answer(self) -> None:
        """It may have been read."""
        asked = self.call(POST)
        self.network.ends[0].connectionLost(Failure(ConnectionDone()))
        self.failed(asked, Broke.LOST, "connection closed")

    def test_our_certificate_is_refused(self) -> None:
        """TLS 1.3 says so when the request has gone; whoever does has not read it."""
        asked = self.call(POST)
        self.network.ends[0].connectionLost(Failure(CannotDial("TLS: alert certificate required")))
        self.failed(asked, Broke.UNSENT, "TLS: alert certificate required")

    def test_tls_breaks_behind_the_handshake(self) -> None:
        """A record that cannot be read may be that of the answer: what it answers may have been taken."""
        asked = self.call(POST)
        self.network.ends[0].connectionLost(Failure(TlsError([("SSL routines", "", "decryption failed")])))
        self.failed(asked, Broke.LOST, "TLS failed")

    def test_hung_up_within_the_answer(self) -> None:
        """Half of an answer may say the contrary of the whole."""
        asked = self.call(POST)
        self.network.say(whole(b'{"status": "queued"}')[:-5])
        self.network.ends[0].connectionLost(Failure(ConnectionLost()))
        self.failed(asked, Broke.LOST, "connection lost")

    def test_no_http(self) -> None:
        """Whoever speaks something else may have read it as well."""
        asked = self.call(POST)
        self.network.say(b"220 smtp.example\r\n")
        self.network.ends[0].connectionLost(Failure(ConnectionDone()))
        self.assertEqual(Broke.LOST, self.successResultOf(asked).how)  # type: ignore[union-attr]

    def test_too_late(self) -> None:
        """No octet, or one now and then: the time is that of the whole answer."""
        for drips in (False, True):
            asked = self.call(POST)
            if drips:
                self.network.say(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n")
            for _ in range(29):
                self.clock.advance(1.0)
                if drips:
                    self.network.say(b"x")
            self.assertNoResult(asked)
            self.clock.advance(1.0)
            self.assertTrue(self.network.wires[-1].aborted)
            self.network.ends[-1].connectionLost(Failure(ConnectionLost()))
            self.failed(asked, Broke.SILENT, "no answer in time")

    def test_late_to_connect(self) -> None:
        """Nothing was sent, however long it took."""
        self.network.held = []
        asked = self.call(POST)
        self.clock.advance(30.0)
        self.failed(asked, Broke.UNSENT, "no connection in time")

    def test_a_stale_connection(self) -> None:
        """One that dies as it is used again: a GET that hands over a text is not repeated behind our back."""
        asked = self.call(GET)
        self.network.say(whole(b""))
        self.successResultOf(asked)
        again = self.call(GET)
        self.network.ends[0].connectionLost(Failure(ConnectionDone()))
        self.failed(again, Broke.LOST, "connection closed")
        self.assertEqual(1, len(self.network.wires))

    def test_no_url(self) -> None:
        """What no connection can be made to fails as any other; the URL, which may hold a password, is not told."""
        for url in (
            "http://acme.example:99999999/?password=pw",
            "http://acme.example:x/?password=pw",
            "http://é..ö/?password=pw",
        ):
            failed = self.successResultOf(self.call(Request("GET", (url,), (), b"")))
            assert isinstance(failed, Failed)
            self.assertEqual((Broke.UNSENT, False), (failed.how, "pw" in failed.why), failed)


class SeveralTests(CallsCase):
    """Several URLs."""

    def test_the_next_where_nobody_is(self) -> None:
        """And it is dialled as its scheme says."""
        self.network.refusal["one.example"] = ConnectionRefusedError()
        asked = self.call(TWO)
        self.network.say(whole(b"ok"))
        self.assertEqual(b"ok", self.successResultOf(asked).body)  # type: ignore[union-attr]
        self.assertEqual([("http", "one.example", 80), ("https", "two.example", 443)], self.network.dialled)

    def test_the_last_fault_is_told(self) -> None:
        """If nobody is anywhere."""
        self.network.refusal = {"one.example": ConnectionRefusedError(), "two.example": DNSLookupError()}
        self.failed(self.call(TWO), Broke.UNSENT, "no such host")

    def test_not_the_next_where_it_may_have_been_read(self) -> None:
        """A lost answer, none in time, or one that refuses."""
        asked = self.call(TWO)
        self.network.ends[0].connectionLost(Failure(ConnectionLost()))
        self.failed(asked, Broke.LOST, "connection lost")
        asked = self.call(TWO)
        self.clock.advance(30.0)
        self.network.ends[-1].connectionLost(Failure(ConnectionLost()))
        self.failed(asked, Broke.SILENT, "no answer in time")
        asked = self.call(TWO)
        self.network.say(whole(b"", "500 Oops"))
        self.assertEqual(500, self.successResultOf(asked).status)  # type: ignore[union-attr]
        self.assertEqual({"one.example"}, {host for _, host, _ in self.network.dialled})


class ClosedTests(CallsCase):
    """What is out ends when the account's connections do."""

    def test_each_fails_as_far_as_it_came(self) -> None:
        """One may have been read, one was never connected and dials nobody else."""
        sent = self.call(POST)
        self.network.held = []
        dialling = self.call(TWO)
        self.calls.close()
        self.network.ends[0].connectionLost(Failure(ConnectionLost()))
        self.failed(sent, Broke.SILENT, "no answer in time")
        self.failed(dialling, Broke.UNSENT, "no connection in time")
        self.assertEqual(["acme.example", "one.example"], [host for _, host, _ in self.network.dialled])
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_others_may_follow(self) -> None:
        """On connections of their own: a tunnel came back."""
        asked = self.call()
        self.network.say(whole(b""))
        self.successResultOf(asked)
        closed = self.calls.close()
        self.network.ends[0].connectionLost(Failure(ConnectionDone()))
        self.successResultOf(closed)
        again = self.call()
        self.network.say(whole(b"ok"))
        self.assertEqual((2, b"ok"), (len(self.network.wires), self.successResultOf(again).body))  # type: ignore[union-attr]

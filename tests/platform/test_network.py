"""The way back over real sockets: the pool, broken connections, bounded answers."""

from __future__ import annotations

from typing import Any

from treq.client import HTTPClient
from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import LogEvent, globalLogPublisher
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent
from twisted.web.server import Site

from chanserv.http import ANSWER_LIMIT
from chanserv.platform.client import Client
from chanserv.platform.peer import Fault, Platform
from tests.platform.helpers import UUID, platform


class Mute(Protocol):
    """Reads, and answers what it was told to."""

    answer = b""

    def dataReceived(self, data: bytes) -> None:
        if data.endswith(b"id=1"):
            self.transport.write(self.answer)


class NetworkTests(TestCase):
    """One client, one server, loopback."""

    @inlineCallbacks
    def setUp(self) -> Any:
        self.peer = Platform(clock=reactor, poster=HTTPClient(Agent(reactor)), send_url="")
        yield self.listen(Site(self.peer.resource()))

    @inlineCallbacks
    def listen(self, factory: Factory, **settings: Any) -> Any:
        self.port = yield TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
        self.addCleanup(self.port.stopListening)
        url = f"http://127.0.0.1:{self.port.getHost().port}/"
        self.client = Client.over_network(platform(url=url, concurrency=2, **settings), reactor)
        self.addCleanup(self.client.close)

    def post(self) -> Any:
        return self.client.post(("c", "ex", UUID, "sent"), b"id=1")

    @inlineCallbacks
    def test_posts_share_a_connection(self) -> Any:
        """Told, twice, and the base address may end in a slash."""
        first, second = yield self.post(), (yield self.post())
        first = yield first
        self.assertEqual((200, 200), (first.code, second.code))

    @inlineCallbacks
    def test_a_connection_is_no_line_in_the_log(self) -> Any:
        """They come and go with every pause of the traffic."""
        events: list[LogEvent] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        yield self.post()
        yield self.client.close()
        self.assertEqual([], [each for each in events if "Client" in str(each.get("factory"))])

    @inlineCallbacks
    def test_a_reset_is_a_lost_answer(self) -> Any:
        """What was sent may have been stored; a fresh connection and a kept one say the same."""
        for _ in range(2):
            self.peer.fault = Fault("reset", times=1)
            lost = yield self.post()
            self.assertEqual((0, True), (lost.code, lost.lost), lost)
            told = yield self.post()
            self.assertEqual(200, told.code)

    @inlineCallbacks
    def test_a_refused_connection_is_no_lost_answer(self) -> Any:
        """Nothing can have been stored."""
        yield self.client.close()
        yield self.port.stopListening()
        refused = yield self.post()
        self.assertEqual((0, False, "connection refused"), (refused.code, refused.lost, refused.broke))

    @inlineCallbacks
    def test_silence_and_endless_answers_are_bounded(self) -> Any:
        """By time and by octets; a status line that came counts."""
        mute = Factory.forProtocol(Mute)
        for answer, code, size in [
            (b"", 0, 0),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", 200, 4),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 2 * ANSWER_LIMIT, 200, ANSWER_LIMIT),
        ]:
            self.patch(Mute, "answer", answer)
            yield self.listen(mute, timeout=0.2)
            heard = yield self.post()
            self.assertEqual((code, size), (heard.code, len(heard.body)))
            self.assertEqual((code == 0, False), (heard.silent, heard.lost))

    def test_certificates_are_read_from_a_file(self) -> None:
        """A file that cannot be read says so when the client is made."""
        self.assertRaises(OSError, Client.over_network, platform(ca=self.mktemp()), reactor)

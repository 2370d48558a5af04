"""What a stranger may use up of connections, time and memory, at both endpoints."""

from __future__ import annotations

from twisted.logger import LogEvent, LogLevel, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.static import Data

from chanserv.web import BODY_LIMIT, DRAIN_LIMIT, IDLE_LIMIT, Site
from tests.console.fakes import TOKEN, Gateway
from tests.platform.helpers import Caller, Heard, Stage, clock

CHUNKED = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n%s\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class ConnectionTests(SynchronousTestCase):
    """A root that says "here", before a bound of two."""

    def setUp(self) -> None:
        root = Resource()
        root.putChild(b"", Data(b"here", "text/plain"))
        self.clock = clock()
        self.site = Site(root, 2, reactor=self.clock)
        self.site.displayTracebacks = False

    def test_one_too_many_is_a_503(self) -> None:
        """It is told so and closed; who is gone makes room."""
        first, _ = Caller(self.site), Caller(self.site)
        third = Caller(self.site)
        heard = third.heard()
        self.assertEqual((503, True), (heard and heard.code, third.transport.disconnecting))
        third.hang_up()
        first.hang_up()
        self.assertIsNone(Caller(self.site).heard())
        self.assertIsNotNone(Caller(self.site).heard())

    def test_a_flood_is_one_line_in_the_log(self) -> None:
        """The alarm is for the operator, not for his disk."""
        events = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        for _ in range(50):
            Caller(self.site)
        self.assertEqual(["connections"], [e["alarm"] for e in events if e.get("log_level") is LogLevel.error])

    def test_who_is_silent_is_no_line_in_the_log(self) -> None:
        """Whoever keeps a connection for his next webhook leaves it so, each time."""
        events: list[LogEvent] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        caller = Caller(self.site)
        caller.write(GET)
        self.clock.advance(IDLE_LIMIT)
        self.assertTrue(caller.transport.disconnecting)
        self.assertEqual([], [each for each in events if "client" in str(each.get("log_format"))])

    def test_a_request_that_drips_is_cut_off(self) -> None:
        """Octet by octet is no way to hold a connection for ever."""
        caller = Caller(self.site)
        for octet in (b"G", b"E", b"T"):
            self.assertFalse(caller.transport.disconnecting)
            caller.write(octet)
            self.clock.advance(IDLE_LIMIT / 3)
        self.assertTrue(caller.transport.disconnecting)

    def test_every_request_of_a_connection_has_its_own_time(self) -> None:
        """Keep-alive is not cut in the middle of a request."""
        caller = Caller(self.site)
        for _ in range(3):
            caller.write(GET)
            heard = caller.heard()
            self.assertEqual((200, b"here"), (heard and heard.code, heard and heard.body))
            self.clock.advance(IDLE_LIMIT - 1)
        caller.write(GET[:9])
        self.clock.advance(IDLE_LIMIT - 1)
        caller.write(GET[9:])
        self.assertIsNotNone(caller.heard())
        self.assertFalse(caller.transport.disconnecting)


class ConsoleTests(SynchronousTestCase):
    """The page asks everybody for a token, so everybody may post to it."""

    def ask(self, octets: bytes) -> Heard:
        caller = Caller(Gateway().console.site())
        caller.write(octets)
        heard = caller.heard()
        assert heard is not None
        return heard

    def post(self, path: bytes, body: bytes, head: bytes = b"") -> Heard:
        return self.ask(CHUNKED % (path, head) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

    def test_a_body_has_a_limit(self) -> None:
        """Nothing over 64 KiB is kept, with a token or without; a flood is answered before it ends."""
        bearer = b"Authorization: Bearer %s\r\n" % TOKEN.encode()
        self.assertEqual(413, self.post(b"/login", b"x" * (BODY_LIMIT + 1)).code)
        self.assertEqual(413, self.post(b"/api/messages", b" " * (BODY_LIMIT + 1), bearer).code)
        self.assertEqual(400, self.post(b"/api/messages", b" " * BODY_LIMIT, bearer).code)
        flood = CHUNKED % (b"/login", b"") + b"%x\r\n%s" % (2 * DRAIN_LIMIT, b"x" * (DRAIN_LIMIT + 1))
        self.assertEqual(413, self.ask(flood).code)

    def test_a_host_nobody_can_read_is_a_400(self) -> None:
        """And no traceback of a framework's in the log, which trial would fail on."""
        self.assertEqual(400, self.ask(b"GET /login HTTP/1.1\r\nHost: \xff\r\n\r\n").code)

    def test_slashes_redirect_nobody(self) -> None:
        """A page that is not there is a 404."""
        self.assertEqual(404, self.ask(b"GET /login// HTTP/1.1\r\nHost: x\r\n\r\n").code)


class FrontTests(SynchronousTestCase):
    """The platform's way in."""

    def test_a_host_nobody_can_read_is_a_404(self) -> None:
        """Said by us, and no traceback in the log for whoever likes to fill it."""
        caller = Caller(Stage().site)
        caller.write(b"GET /health HTTP/1.1\r\nHost: \xff\r\n\r\n")
        heard = caller.heard()
        self.assertEqual(
            (404, "application/json; charset=utf-8"), (heard and heard.code, heard and heard.headers["content-type"])
        )

"""Calls over real sockets: who is not there, and who is not believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet import reactor as any_reactor
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.trial.unittest import SkipTest, TestCase

from chanserv.http import Broke
from chanserv.links.rest import calls as any_calls
from chanserv.links.rest.calls import Calls, Failed
from chanserv.links.wire import tls
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from chanserv.settings import TlsSettings
from tests.links.rest.helpers import account, whole
from tests.links.wire.certificates import Authority

reactor: Any = any_reactor


class Provider(Protocol):
    """Answers every request; the factory remembers what was heard."""

    factory: Any

    def dataReceived(self, data: bytes) -> None:
        self.factory.heard += data
        self.factory.last = self
        self.transport.write(whole(b"taken"))  # type: ignore[union-attr]
        if self.factory.hangs:
            self.transport.pauseProducing()  # type: ignore[union-attr]


class NetworkTests(TestCase):
    """One provider on loopback, in TLS."""

    provider: Any

    def setUp(self) -> None:
        self.authority = Authority(Path(self.mktemp()))
        cert, key = self.authority.vouch("acme", "127.0.0.1")
        self.provider = Factory.forProtocol(Provider)
        self.provider.heard, self.provider.hangs = b"", False
        terms = tls.from_callers(TlsSettings(cert=cert, key=key))
        secure = TLSMemoryBIOFactory(terms, False, self.provider)
        secure.noisy = self.provider.noisy = False
        port = reactor.listenTCP(0, secure, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.port = port.getHost().port

    async def call(self, url: str, **settings: Any) -> Any:
        calls = Calls(account(**settings), 2, reactor)
        self.addCleanup(calls.close)
        return await calls.call(Request("POST", (url,), (), b"text=hi"))

    async def test_believed(self) -> None:
        """By the account's own authority."""
        answered = await self.call(f"https://127.0.0.1:{self.port}/", tls=TlsSettings(ca=self.authority.file))
        self.assertEqual((200, b"taken"), (answered.status, answered.body))
        self.assertTrue(self.provider.heard.endswith(b"text=hi"))

    async def test_literal_ipv6(self) -> None:
        """An address of IPv6 is no name, and is not encoded as one."""
        try:
            port = reactor.listenTCP(0, self.provider, interface="::1")
        except CannotListenError:
            raise SkipTest("this machine has no IPv6") from None
        self.addCleanup(port.stopListening)
        answered = await self.call(f"http://[::1]:{port.getHost().port}/send?a=1")
        self.assertEqual((200, b"taken"), (answered.status, answered.body))
        self.assertIn(b"POST /send?a=1 HTTP/1.1\r\n", self.provider.heard)

    async def test_one_that_says_no_goodbye(self) -> None:
        """TLS wants an answer to its last word: who hangs by then keeps neither our stop nor a connection."""
        self.provider.hangs = True
        calls = Calls(account(tls=TlsSettings(ca=self.authority.file)), 2, reactor)
        await calls.call(Request("POST", (f"https://127.0.0.1:{self.port}/",), (), b"text=hi"))
        await calls.close().addTimeout(5.0, reactor)

    async def test_one_that_leaves_first(self) -> None:
        """What the pool still has of it by then is let go without a word."""
        self.patch(any_calls, "IDLE_LIMIT", 0.3)
        calls = Calls(account(tls=TlsSettings(ca=self.authority.file)), 2, reactor)
        request = Request("POST", (f"https://127.0.0.1:{self.port}/",), (), b"text=hi")
        for _ in range(2):
            self.assertIsInstance(await calls.call(request), Answered)
            self.provider.last.transport.loseConnection()
            await deferLater(reactor, 0.5)
        await calls.close()

    async def test_not_believed(self) -> None:
        """A certificate that no authority of ours vouches for: nothing is sent, neither text nor key."""
        failed = await self.call(f"https://127.0.0.1:{self.port}/?key=pw")
        self.assertEqual((Broke.UNSENT, b""), (failed.how, self.provider.heard))
        self.assertIn("TLS", failed.why)
        self.assertNotIn("pw", failed.why)

    async def test_no_tls_at_the_other_end(self) -> None:
        """What should be secret is not said in clear text."""
        plain = reactor.listenTCP(0, self.provider, interface="127.0.0.1")
        self.addCleanup(plain.stopListening)
        failed = await self.call(f"https://127.0.0.1:{plain.getHost().port}/", answer_within=5.0)
        self.assertEqual((Failed, Broke.UNSENT), (type(failed), failed.how))
        self.assertNotIn(b"text", self.provider.heard)

    async def test_nobody_there(self) -> None:
        """A port where nobody listens, and a name that nobody has (RFC 2606)."""
        closed = reactor.listenTCP(0, self.provider, interface="127.0.0.1")
        port = closed.getHost().port
        await closed.stopListening()
        failed = await self.call(f"http://127.0.0.1:{port}/")
        self.assertEqual(Failed(Broke.UNSENT, "connection refused"), failed)
        failed = await self.call("http://nobody.invalid/")
        self.assertEqual(Failed(Broke.UNSENT, "no such host"), failed)

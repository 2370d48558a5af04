"""Where carriers call us, on loopback: who is let in, how many, and in TLS."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.errors import CannotDial
from chanserv.links.wire import listen
from chanserv.links.wire.dial import dialler
from chanserv.links.wire.listen import Listener
from chanserv.links.wire.sockets import READ
from chanserv.links.wire.tls import towards
from chanserv.settings import TlsSettings
from tests.fakes import smpp
from tests.links.fakes import FakeGate
from tests.links.wire.certificates import Authority
from tests.links.wire.test_dial import Line, Lines

LOOPBACK = (ip_network("127.0.0.1/32"),)
ENDPOINT = "tcp:0:interface=127.0.0.1"


class ListenTests(TestCase):
    """A listener of link `a`; the carrier dials it from an address of its choice."""

    async def listen(self, gate: Any = None, device: str | None = None, **settings: Any) -> None:
        given = {"listen": ENDPOINT, "listen_from": LOOPBACK, **settings}
        self.ours = Lines()
        self.listener = Listener(smpp("a", **given), reactor, self.ours, gate, device)
        port = await self.listener.start()
        self.addCleanup(self.listener.stop)
        self.port = port.getHost().port

    def call(self, **settings: Any) -> Deferred[Any]:
        return dialler(smpp("smsc", **settings), reactor)("127.0.0.1", self.port).connect(Lines())

    async def taken(self, calling: Deferred[Any]) -> Line:
        """The carrier's end of a call on which words come through."""
        line: Line = await calling
        line.transport.write(b"outbind")  # type: ignore[union-attr]
        while not self.ours.made:
            await self.later()
        await self.ours.made[-1].hears
        self.assertEqual(b"outbind", self.ours.made[-1].heard)
        return line

    async def over(self, line: Line) -> None:
        line.transport.loseConnection()  # type: ignore[union-attr]
        await line.lost
        await self.ours.made[-1].lost

    async def refused(self, calling: Deferred[Any], reason: str) -> None:
        """It is hung up on before anything was made for it."""
        before = self.listener.refused.get(reason, 0)
        await (await calling).lost
        self.assertEqual(before + 1, self.listener.refused.get(reason, 0), self.listener.refused)

    def later(self) -> Deferred[None]:
        turn: Deferred[None] = Deferred()
        reactor.callLater(0.001, turn.callback, None)
        return turn

    async def test_from_where_we_expect_it(self) -> None:
        """A call from `listen_from` is taken, and its socket is like one that we dialled."""
        await self.listen(user_timeout=7.0)
        line = await self.taken(self.call())
        ours = self.ours.made[0].transport.getHandle()  # type: ignore[union-attr]
        self.assertEqual(7000, ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
        self.assertEqual((READ, {}), (self.ours.made[0].transport.bufferSize, self.listener.refused))  # type: ignore[union-attr]
        await self.over(line)

    async def test_from_elsewhere(self) -> None:
        """A stranger is hung up on and counted."""
        await self.listen()
        await self.refused(self.call(source="127.0.0.9"), "not in listen_from")
        self.assertEqual([], self.ours.made)

    async def test_too_many(self) -> None:
        """There is room for so many; whoever leaves makes some."""
        self.patch(listen, "CALLS", 1)
        await self.listen()
        line = await self.taken(self.call())
        await self.refused(self.call(), "too many calls at once")
        await self.over(line)
        await self.over(await self.taken(self.call()))

    async def test_while_the_tunnel_is_down(self) -> None:
        """Nobody is let in by another way."""
        gate = FakeGate()
        await self.listen(gate)
        await self.refused(self.call(), "the tunnel is not up")
        gate.change(True)
        await self.over(await self.taken(self.call()))

    async def test_a_device_that_is_gone(self) -> None:
        """What would answer by another way does not answer."""
        await self.listen(device="no-such0")
        await self.refused(self.call(), "device no-such0: there is no such device")
        self.assertEqual([], self.ours.made)

    async def test_stopped(self) -> None:
        """Nobody answers any more; what was taken goes on. Twice is once."""
        await self.listen()
        line = await self.taken(self.call())
        await self.listener.stop()
        await self.listener.stop()
        await self.assertFailure(self.call(), ConnectionRefusedError)
        self.assertFalse(line.lost.called)
        await self.over(line)

    async def test_a_port_that_is_taken(self) -> None:
        """Starting fails as it does everywhere."""
        await self.listen()
        another = Listener(smpp("b", listen=f"tcp:{self.port}:interface=127.0.0.1"), reactor, Lines())
        await self.assertFailure(another.start(), CannotListenError)

    async def test_in_tls(self) -> None:
        """Our certificate for them, theirs for us; who shows none, or another's, is not let in."""
        authority = Authority(Path(self.mktemp()))
        ours, key = authority.vouch("we", "127.0.0.1")
        theirs, their_key = authority.vouch("smsc", "smsc.example")
        other, other_key = authority.vouch("other", "other.example")
        await self.listen(tls=TlsSettings(ca=authority.file, cert=ours, key=key, name="smsc.example"))
        trusting = {"ca": authority.file}
        await self.over(await self.taken(self.call(tls=TlsSettings(**trusting, cert=theirs, key=their_key))))
        for more in ({}, {"cert": other, "key": other_key}):
            line = await self.call(tls=TlsSettings(**trusting, **more))
            self.assertIn("TLS: ", await line.lost)
        self.assertEqual(1, len(self.ours.made))
        named = "TLS: the certificate of the other end is refused: it does not name smsc.example"
        nameless = "TLS: peer did not return a certificate"
        self.assertEqual({named: 1, nameless: 1}, self.listener.refused)

    async def test_no_certificate_of_ours(self) -> None:
        """A fault of our files is a refused call, never clear text."""
        await self.listen(tls=TlsSettings())
        await self.refused(self.call(), "tls.cert: missing; who listens needs a certificate")

    async def test_no_handshake(self) -> None:
        """Who calls and says nothing is not waited for."""
        authority = Authority(Path(self.mktemp()))
        cert, key = authority.vouch("we", "127.0.0.1")
        await self.listen(tls=TlsSettings(cert=cert, key=key), connect_within=0.05)
        await self.refused(self.call(), "TLS: no handshake in time")

    async def test_a_tunnel_that_closes_during_the_handshake(self) -> None:
        """Who shook hands slowly finds the door shut: nobody speaks with them outside the tunnel."""
        authority, gate = Authority(Path(self.mktemp())), FakeGate(open=True)
        cert, key = authority.vouch("we", "127.0.0.1")
        await self.listen(gate, tls=TlsSettings(cert=cert, key=key))
        line = await self.call()
        await self.later()
        gate.change(False)
        theirs, terms = Lines(), towards(TlsSettings(ca=authority.file), "127.0.0.1")
        shaking = TLSMemoryBIOFactory(terms, True, theirs).buildProtocol(None)
        line.dataReceived, line.connectionLost = shaking.dataReceived, shaking.connectionLost  # type: ignore[method-assign]
        shaking.makeConnection(line.transport)
        while not self.listener.refused and not self.ours.made:
            await self.later()
        self.assertEqual({"the tunnel is not up": 1}, self.listener.refused)
        self.assertEqual([], self.ours.made)
        await theirs.made[0].lost

    async def test_an_endpoint_with_tls_of_its_own(self) -> None:
        """Is listened at as well; the socket underneath is tuned."""
        authority = Authority(Path(self.mktemp()))
        cert, key = authority.vouch("we", "127.0.0.1")
        await self.listen(listen=f"ssl:0:interface=127.0.0.1:certKey={cert}:privateKey={key}", user_timeout=7.0)
        line = await self.call(tls=TlsSettings(ca=authority.file))
        self.assertEqual(({}, 1), (self.listener.refused, len(self.ours.made)))
        tcp = self.ours.made[0].transport.transport.transport  # type: ignore[union-attr]
        self.assertEqual(7000, tcp.getHandle().getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
        await self.over(line)

    async def test_clear_text_where_tls_is_spoken(self) -> None:
        """Is not understood, and not answered in clear text."""
        authority = Authority(Path(self.mktemp()))
        cert, key = authority.vouch("we", "127.0.0.1")
        await self.listen(tls=TlsSettings(cert=cert, key=key))
        line = await self.call()
        line.transport.write(b"\x00\x00\x00\x10\x00\x00\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x01")
        await line.lost
        self.assertEqual(["TLS: what answers does not speak TLS"], list(self.listener.refused))

    async def test_a_caller_that_trusts_another(self) -> None:
        """Hangs up, and both ends know why."""
        authority = Authority(Path(self.mktemp()))
        cert, key = authority.vouch("we", "other.example")
        await self.listen(tls=TlsSettings(cert=cert, key=key))
        await self.assertFailure(self.call(tls=TlsSettings(ca=authority.file)), CannotDial)
        while not self.listener.refused:
            await self.later()
        self.assertEqual([], self.ours.made)


class AddressTests(SynchronousTestCase):
    """Who is in a network."""

    def test_networks(self) -> None:
        """IPv4 is IPv4 on a socket that listens to both; a scope does not count."""
        from_ = (ip_network("10.20.0.0/16"), ip_network("fe80::/10"))
        known = ["10.20.1.1", "::ffff:10.20.1.1", "fe80::1%eth0"]
        strange = ["10.21.1.1", "::ffff:10.21.1.1", "2001:db8::1", "", "smsc"]
        self.assertEqual([True] * 3, [listen._within(host, from_) for host in known])
        self.assertEqual([False] * 5, [listen._within(host, from_) for host in strange])


class ToldTests(SynchronousTestCase):
    def test_once_a_minute(self) -> None:
        """A stranger that calls all day fills no log."""
        clock = Clock()
        door = Listener(smpp("a", listen=ENDPOINT, listen_from=LOOPBACK), clock, Lines())._door
        told: list[str] = []
        self.patch(listen, "log", FakeLog(told))
        for _ in range(3):
            clock.advance(30.0)
            door.refuse("192.0.2.1", "not in listen_from")
        self.assertEqual(["192.0.2.1"] * 2, told)
        self.assertEqual(3, door.refused["not in listen_from"])


class FakeLog:
    def __init__(self, told: list[str]) -> None:
        self._told = told

    def warn(self, text: str, host: str, **more: object) -> None:
        self._told.append(host)

"""Sockets as they are dialled: what is set before the first SYN, and that Twisted still lets us."""

from __future__ import annotations

import inspect
import socket
import struct
from typing import Any

from twisted.internet import reactor, tcp
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import ConnectBindError, ConnectionLost, ConnectionRefusedError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock, deferLater
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.links.wire.sockets import PROBES, PROBES_EVERY, READ, SocketOptions, Sockets, tune

TUNED = SocketOptions(user_timeout=10.0, keepalive=5.0)


def read_all(other: socket.socket, most: int) -> bytes:
    """Up to so many octets, or to the end."""
    other.settimeout(20)
    found = bytearray()
    while len(found) < most and (data := other.recv(1 << 20)):
        found += data
    return bytes(found)


def option(made: Any, level: int, name: int) -> int:
    return int(made.getsockopt(level, name))


class TuneTests(SynchronousTestCase):
    """The options of a socket that nobody has connected yet."""

    def setUp(self) -> None:
        self.socket = socket.socket()
        self.addCleanup(self.socket.close)

    def tcp(self, name: int) -> int:
        return option(self.socket, socket.IPPROTO_TCP, name)

    def test_time_limits(self) -> None:
        """Milliseconds for TCP_USER_TIMEOUT, seconds for keepalive; no waiting for more octets."""
        tune(self.socket, TUNED)
        self.assertEqual((10000, 1), (self.tcp(socket.TCP_USER_TIMEOUT), self.tcp(socket.TCP_NODELAY)))
        self.assertTrue(option(self.socket, socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        probing = [self.tcp(name) for name in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)]
        self.assertEqual([5, PROBES_EVERY, PROBES], probing)

    def test_the_systems_way(self) -> None:
        """0 leaves both to the system."""
        tune(self.socket, SocketOptions())
        self.assertEqual(0, self.tcp(socket.TCP_USER_TIMEOUT))
        self.assertFalse(option(self.socket, socket.SOL_SOCKET, socket.SO_KEEPALIVE))

    def test_a_device(self) -> None:
        """The kernel says which one."""
        tune(self.socket, SocketOptions(device="lo"))
        self.assertEqual(b"lo\0", self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16))

    def test_no_such_device(self) -> None:
        """The fault names it."""
        fault = self.assertRaises(OSError, tune, self.socket, SocketOptions(device="no-such0"))
        self.assertEqual("device no-such0: there is no such device", fault.strerror)


class TwistedTests(SynchronousTestCase):
    """What is not Twisted's promise but its habit: if one of these fails, `links/wire/sockets.py` must be looked at."""

    def test_hooks(self) -> None:
        """The connector makes its client, and the client its socket, by methods that can be ours."""
        self.assertTrue(callable(getattr(tcp.Connector, "_makeTransport", None)), "Connector._makeTransport is gone")
        self.assertTrue(callable(getattr(tcp.Client, "createInternetSocket", None)), "createInternetSocket is gone")

    def test_arguments(self) -> None:
        """Of both constructors, in the order in which we give them."""
        connector = list(inspect.signature(tcp.Connector).parameters)
        self.assertEqual(["host", "port", "factory", "timeout", "bindAddress", "reactor"], connector)
        client = list(inspect.signature(tcp.Client).parameters)
        self.assertEqual(["host", "port", "bindAddress", "connector", "reactor"], client)

    def test_another_way(self) -> None:
        """A Twisted that asks nobody for its socket dials nobody: what it made would not be bound."""
        clock, elsewhere = Clock(), socket.socket()
        self.addCleanup(elsewhere.close)

        def unasked(client: Any, host: str, port: int, bindAddress: Any, connector: Any, reactor: Any = None) -> None:
            client.connector, client.addr, client._requiresResolution = connector, (host, port), False
            client._finishInit(client.resolveAddress, elsewhere, None, clock)

        self.patch(tcp._BaseTCPClient, "__init__", unasked)
        dialled = TCP4ClientEndpoint(Sockets(clock, TUNED), "127.0.0.1", 9).connect(Factory.forProtocol(Protocol))
        self.failureResultOf(dialled, RuntimeError)
        clock.advance(0.0)
        self.assertRaises(OSError, elsewhere.getpeername)
        self.assertEqual(0, elsewhere.getsockname()[1])


class DialTests(TestCase):
    """Real sockets, on loopback."""

    def setUp(self) -> None:
        self.taken: list[Protocol] = []
        self.peers: list[Any] = []
        taking = Factory()
        taking.noisy = False
        taking.buildProtocol = self.take  # type: ignore[assignment,method-assign] # no need of a class
        self.port = reactor.listenTCP(0, taking, interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)

    def take(self, addr: Any) -> Protocol:
        self.peers.append(addr)
        self.taken.append(Protocol())
        return self.taken[-1]

    def dial(self, options: SocketOptions, host: str = "127.0.0.1", port: int = 0) -> Deferred[Any]:
        endpoint = TCP6ClientEndpoint if ":" in host else TCP4ClientEndpoint
        factory = Factory.forProtocol(Protocol)
        factory.noisy = False
        return endpoint(Sockets(reactor, options), host, port or self.port.getHost().port, 5).connect(factory)

    async def connected(self, options: SocketOptions) -> Any:
        """The socket of a connection that came about."""
        protocol = await self.dial(options)
        self.addCleanup(self.hang_up, protocol)
        return protocol.transport.getHandle()

    def hang_up(self, protocol: Protocol) -> Deferred[None]:
        if not protocol.transport.connected:  # type: ignore[union-attr]
            return succeed(None)
        gone: Deferred[None] = Deferred()
        protocol.connectionLost = lambda reason: gone.callback(None)  # type: ignore[method-assign,assignment]
        protocol.transport.abortConnection()  # type: ignore[union-attr]
        return gone

    async def test_it_is_tuned(self) -> None:
        """The very socket that is connected."""
        made = await self.connected(TUNED)
        self.assertEqual(10000, option(made, socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))

    async def test_it_reads_little_at_a_time(self) -> None:
        """What comes in one turn is small enough to be done in one, whatever it is."""
        protocol, sizes, all_of_it = await self.dial(TUNED), list[int](), Deferred[None]()
        self.addCleanup(self.hang_up, protocol)

        def received(data: bytes) -> None:
            sizes.append(len(data))
            if sum(sizes) == 10 * READ:
                all_of_it.callback(None)

        protocol.dataReceived = received
        while not self.taken or self.taken[0].transport is None:
            await deferLater(reactor, 0.001)
        self.taken[0].transport.write(b"x" * 10 * READ)
        await all_of_it
        self.assertLessEqual(max(sizes), READ)

    async def connected_by_hand(self) -> tuple[Any, socket.socket]:
        """A connection whose other end no reactor reads."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        protocol = await self.dial(TUNED, port=listening.getsockname()[1])
        self.addCleanup(self.hang_up, protocol)
        other, _ = listening.accept()
        self.addCleanup(other.close)
        return protocol.transport, other

    async def test_it_writes_at_once(self) -> None:
        """Before the turn is over the octets are at the other end, and none is left to be written."""
        transport, other = await self.connected_by_hand()
        other.settimeout(5)
        transport.write(b"now")
        self.assertEqual(b"now", other.recv(10))
        self.assertNotIn(transport, reactor.getWriters())

    async def test_it_writes_in_order(self) -> None:
        """What the kernel does not take at once is written later, before what comes after it."""
        transport, other = await self.connected_by_hand()
        sent = [bytes([number]) * 1_000_000 for number in range(20)]
        for each in sent:
            transport.write(each)
        self.assertIn(transport, reactor.getWriters())
        received = await deferToThread(read_all, other, 20_000_000)
        self.assertEqual(b"".join(sent), received)

    async def test_it_ends_in_good_order(self) -> None:
        """What is written before hanging up arrives, and then the end."""
        transport, other = await self.connected_by_hand()
        transport.write(b"bye")
        transport.loseConnection()
        transport.write(b"!")
        self.assertEqual(b"bye!", await deferToThread(read_all, other, 10))

    async def test_a_broken_one_is_told(self) -> None:
        """Whoever finds out, the write at once or the reactor: the protocol hears of it."""
        transport, other = await self.connected_by_hand()
        reasons, gone = list[Failure](), Deferred[None]()
        transport.protocol.connectionLost = lambda reason: (reasons.append(reason), gone.callback(None))
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
        other.close()
        for _ in range(3):
            transport.write(b"anybody there?")
        await gone
        self.assertTrue(reasons[0].check(ConnectionLost))

    async def test_source(self) -> None:
        """The other end sees us come from there."""
        await self.connected(SocketOptions(source="127.0.0.7"))
        self.assertEqual(["127.0.0.7"], [peer.host for peer in self.peers])

    async def test_device(self) -> None:
        """Bound before it was connected."""
        made = await self.connected(SocketOptions(device="lo"))
        self.assertEqual(b"lo\0", made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16))

    async def test_no_such_device(self) -> None:
        """Nothing is dialled, and the reason names the device."""
        fault = await self.assertFailure(self.dial(SocketOptions(device="no-such0")), ConnectBindError)
        self.assertIn("device no-such0: there is no such device", str(fault))
        self.assertEqual([], self.taken)

    async def test_a_source_that_is_not_ours(self) -> None:
        """Nothing is dialled, and the reason names the address (192.0.2.0/24 is nobody's: RFC 5737)."""
        fault = await self.assertFailure(self.dial(SocketOptions(source="192.0.2.1")), ConnectBindError)
        self.assertIn("source 192.0.2.1: not an address of this machine", str(fault))

    async def test_a_source_of_another_family(self) -> None:
        """An IPv6 host cannot be dialled from an IPv4 address."""
        fault = await self.assertFailure(self.dial(SocketOptions(source="127.0.0.1"), "::1"), ConnectBindError)
        self.assertIn("not of the family of the address dialled", str(fault))

    async def test_refused(self) -> None:
        """What is wrong at the other end is told as it always is."""
        port = self.port.getHost().port
        await self.port.stopListening()
        await self.assertFailure(self.dial(TUNED, port=port), ConnectionRefusedError)

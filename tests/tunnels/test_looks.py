"""How tunnels are looked at: whom a look asks, and what it makes of no answer. The device is loopback: it is up."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.settings import TunnelSettings
from chanserv.tunnels.charon import Charon
from chanserv.tunnels.command import NoSuchProgram, Ran
from chanserv.tunnels.looks import DeviceLook, Look, RouteLook, StrongswanLook, WireguardLook, look_of
from chanserv.tunnels.state import Finding
from chanserv.tunnels.vici import Framer, Kind, Packet, encode
from tests.tunnels.test_route import BY_GATEWAY

NOW = 1_795_737_941.0


class Commands:
    """Answers what is run; `ran` has every command line."""

    def __init__(self, answer: Ran | Exception) -> None:
        self.answer = answer
        self.ran: list[tuple[str, ...]] = []

    def __call__(self, argv: Sequence[str]) -> Deferred[Ran]:
        self.ran.append(tuple(argv))
        return fail(self.answer) if isinstance(self.answer, Exception) else succeed(self.answer)


def tunnel(kind: Any, **more: Any) -> TunnelSettings:
    return TunnelSettings(name="vpn", kind=kind, **more)


class LookCase(SynchronousTestCase):
    def seen(self, look: Look) -> Finding:
        return self.successResultOf(look.look())


class DeviceLookTests(LookCase):
    def test_its_flags(self) -> None:
        """Are all there is to it."""
        self.assertEqual("up", self.seen(DeviceLook(tunnel("device", device="lo"))).state)
        gone = self.seen(DeviceLook(tunnel("device", device="no-such0")))
        self.assertEqual(Finding("down", "there is no device no-such0"), gone)


class WireguardLookTests(LookCase):
    """kind = "wireguard"."""

    def look(self, answer: Ran | Exception, device: str = "lo", **more: Any) -> Finding:
        self.commands = Commands(answer)
        settings = tunnel("wireguard", device=device, **more)
        return self.seen(WireguardLook(settings, self.commands, lambda: NOW))

    def test_handshakes(self) -> None:
        """Of the device, by the settings' limit and peer; no key but public ones is asked for."""
        handshakes = Ran(0, f"one\t{NOW - 100:.0f}\ntwo\t{NOW - 300:.0f}\n", "")
        self.assertEqual("up", self.look(handshakes).state)
        self.assertEqual([("wg", "show", "lo", "latest-handshakes")], self.commands.ran)
        self.assertEqual("down", self.look(handshakes, handshake_age=99.0).state)
        self.assertEqual("down", self.look(handshakes, peer="two").state)
        self.assertEqual("up", self.look(handshakes, peer="two", handshake_age=301.0).state)

    def test_no_device(self) -> None:
        """Is the answer; nobody is asked."""
        seen = self.look(Ran(0, f"one\t{NOW}\n", ""), device="no-such0")
        self.assertEqual((Finding("down", "there is no device no-such0"), []), (seen, self.commands.ran))

    def test_refused(self) -> None:
        """What wg complains of."""
        self.assertIn("CAP_NET_ADMIN", self.look(Ran(1, "", "Operation not permitted")).reason)
        self.assertEqual("unknown", self.look(Ran(None, "", "")).state)

    def test_no_wg(self) -> None:
        """Is not known to be up, and says what to install."""
        seen = self.look(NoSuchProgram("wg"))
        self.assertEqual(Finding("unknown", "there is no program wg here: install wireguard-tools"), seen)

    def test_no_process(self) -> None:
        """A machine that cannot run it knows nothing."""
        seen = self.look(OSError(11, "Resource temporarily unavailable"))
        self.assertEqual("unknown", seen.state)
        self.assertIn("Resource temporarily unavailable", seen.reason)


class RouteLookTests(LookCase):
    """kind = "route"."""

    def look(self, answer: Ran | Exception, device: str | None = "lo") -> Finding:
        self.commands = Commands(answer)
        return self.seen(RouteLook(tunnel("route", to="10.20.1.1", device=device), self.commands))

    def test_by_the_device(self) -> None:
        """Which is up."""
        seen = self.look(Ran(0, BY_GATEWAY.replace("eth0", "lo"), ""))
        self.assertEqual(("up", "lo"), (seen.state, seen.details["device"]))
        self.assertEqual([("ip", "-j", "route", "get", "10.20.1.1")], self.commands.ran)

    def test_by_another(self) -> None:
        """Or by one that is not there any more."""
        self.assertIn("leaves by eth0, not by lo", self.look(Ran(0, BY_GATEWAY, "")).reason)
        gone = self.look(Ran(0, BY_GATEWAY.replace("eth0", "no-such0"), ""), None)
        self.assertEqual(Finding("down", "there is no device no-such0"), gone)

    def test_refused(self) -> None:
        """By the kernel, or there is no ip."""
        refused = self.look(Ran(2, "", "RTNETLINK answers: Network is unreachable"))
        self.assertEqual("there is no route to 10.20.1.1 (Network is unreachable)", refused.reason)
        self.assertIn("install iproute2", self.look(NoSuchProgram("ip")).reason)


class Daemon(Charon):
    """The other end: answers every question with `sas`."""

    sas: list[dict[str, Any]]

    def connectionMade(self) -> None:
        self.framer = Framer()

    def dataReceived(self, data: bytes) -> None:
        for packet in self.framer.received(data):
            if packet.kind is Kind.EVENT_REGISTER:
                self.say(Packet(Kind.EVENT_CONFIRM))
            elif packet.name == "list-sas":
                self.say(*[Packet(Kind.EVENT, "list-sa", sa) for sa in self.factory.sas], Packet(Kind.CMD_RESPONSE))

    def say(self, *packets: Packet) -> None:
        self.transport.write(b"".join(map(encode, packets)))  # type: ignore[union-attr] # it is connected


class Daemons(Factory):
    noisy = False

    def __init__(self) -> None:
        self.sas: list[dict[str, Any]] = []
        self.made: list[Daemon] = []

    def buildProtocol(self, addr: Any) -> Daemon:
        made = Daemon(lambda: None)
        made.factory = self
        self.made.append(made)
        return made


INSTALLED = {"claro": {"state": "ESTABLISHED", "child-sas": {"claro-1": {"name": "claro", "state": "INSTALLED"}}}}


class StrongswanLookTests(TestCase):
    """kind = "strongswan", over a real socket."""

    async def setUp(self) -> None:
        folder = tempfile.mkdtemp(prefix="cs")  # mktemp's paths are too long for sockets
        self.addCleanup(os.rmdir, folder)
        self.vici = str(Path(folder) / "vici")
        self.daemon = Daemons()
        self.port = reactor.listenUNIX(self.vici, self.daemon)
        self.addCleanup(self.port.stopListening)
        self.news: Deferred[None] = Deferred()
        self.look = self.looking()

    def looking(self, **more: Any) -> StrongswanLook:
        settings = tunnel("strongswan", child="claro", vici=self.vici, **more)
        look = StrongswanLook(settings, reactor, lambda: self.news.callback(None))
        self.addCleanup(self.hung_up, look)
        return look

    async def hung_up(self, look: StrongswanLook) -> None:
        charon = look._charon
        look.close()
        look.close()
        while charon is not None and charon.connected:
            await self.later()
        while any(daemon.connected for daemon in self.daemon.made):
            await self.later()

    def later(self) -> Deferred[None]:
        turn: Deferred[None] = Deferred()
        reactor.callLater(0.002, turn.callback, None)
        return turn

    async def test_up_and_down(self) -> None:
        """As the daemon lists it, over one connection."""
        self.daemon.sas = [INSTALLED]
        self.assertEqual("up", (await self.look.look()).state)
        self.daemon.sas = []
        self.assertEqual("down", (await self.look.look()).state)
        self.assertEqual(1, len(self.daemon.made))

    async def test_news(self) -> None:
        """Come without being asked for."""
        await self.look.look()
        self.daemon.made[0].say(Packet(Kind.EVENT, "child-updown", {"up": "no"}))
        await self.news

    async def test_a_daemon_that_was_restarted(self) -> None:
        """Is found again."""
        self.daemon.sas = [INSTALLED]
        await self.look.look()
        first = self.daemon.made[0]
        first.transport.loseConnection()  # type: ignore[union-attr]
        while self.look._charon.connected:  # type: ignore[union-attr]
            await self.later()
        self.assertEqual("up", (await self.look.look()).state)
        self.assertEqual(2, len(self.daemon.made))

    async def test_no_daemon(self) -> None:
        """Says that it does not run, be its socket gone or left behind."""
        await self.port.stopListening()
        seen = await self.look.look()
        self.assertEqual(Finding("unknown", f"strongSwan does not run, or its socket is not {self.vici}"), seen)

    async def test_a_socket_of_others(self) -> None:
        """Says what to look at. (Root may open everything, so the fault is made.)"""
        self.look._endpoint = Closed()  # type: ignore[assignment]
        seen = await self.look.look()
        self.assertEqual("unknown", seen.state)
        self.assertIn("is not open to this user", seen.reason)

    async def test_a_device_beside(self) -> None:
        """Where one is named, it must be up as well."""
        self.daemon.sas = [INSTALLED]
        seen = await self.looking(device="no-such0").look()
        self.assertEqual(Finding("down", "there is no device no-such0"), seen)
        self.assertEqual("up", (await self.looking(device="lo").look()).state)


class Closed:
    """An endpoint that nobody may use."""

    def connect(self, factory: Any) -> Deferred[Any]:
        return fail(ConnectError(13, "Permission denied"))


class KindTests(SynchronousTestCase):
    def test_each_kind_has_its_look(self) -> None:
        """And nothing is begun by making one."""
        looks = {"wireguard": WireguardLook, "strongswan": StrongswanLook, "route": RouteLook, "device": DeviceLook}
        for kind, made in looks.items():
            look = look_of(tunnel(kind, device="lo", to="10.20.1.1"), Clock(), lambda: None)
            self.assertIsInstance(look, made)
            look.close()

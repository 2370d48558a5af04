"""How a tunnel is looked at, one class a kind: whom to ask, in which order. What the answer means is told elsewhere.

A device that is not there, or not up, is the whole answer: it costs no process and needs no privilege to know.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import attrs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.error import ConnectError
from twisted.python.failure import Failure

from chanserv.settings import TunnelSettings
from chanserv.tunnels import device, route, strongswan, wireguard
from chanserv.tunnels.charon import Charon, CharonFactory, Unanswered
from chanserv.tunnels.command import NoSuchProgram, Ran, run
from chanserv.tunnels.state import Finding

PACKAGES = {"wg": "wireguard-tools", "ip": "iproute2"}
CONNECT_WITHIN = 3.0  # seconds, to a socket on this machine

Run = Callable[[Sequence[str]], Deferred[Ran]]


class Look(Protocol):
    """What a watch does again and again."""

    def look(self) -> Deferred[Finding]:
        """What is to be seen now. Fails only by surprise; cancelled, it leaves nothing behind."""

    def close(self) -> None:
        """No look follows. Idempotent."""


@attrs.define
class DeviceLook:
    """kind = "device": its flags."""

    settings: TunnelSettings

    def look(self) -> Deferred[Finding]:
        assert self.settings.device is not None  # the loader asks for it
        return succeed(device.seen(self.settings.device))

    def close(self) -> None:
        """Look: nothing is held."""


@attrs.define
class WireguardLook:
    """kind = "wireguard": its device, then its handshakes."""

    settings: TunnelSettings
    run: Run
    seconds: Callable[[], float]

    def look(self) -> Deferred[Finding]:
        assert self.settings.device is not None  # the loader asks for it
        flags = device.seen(self.settings.device)
        if flags.state != "up":
            return succeed(flags)
        asked = self.run(("wg", "show", self.settings.device, "latest-handshakes"))
        return asked.addCallbacks(self._read, _unrun)

    def close(self) -> None:
        """Look: nothing is held."""

    def _read(self, ran: Ran) -> Finding:
        settings = self.settings
        name = settings.device or ""
        if ran.code != 0:
            return wireguard.failed(ran.errors, name)
        return wireguard.finding(ran.output, name, settings.peer, settings.handshake_age, self.seconds())


@attrs.define
class RouteLook:
    """kind = "route": where the kernel would send; then that device."""

    settings: TunnelSettings
    run: Run

    def look(self) -> Deferred[Finding]:
        assert self.settings.to is not None  # the loader asks for it
        return self.run(("ip", "-j", "route", "get", self.settings.to)).addCallbacks(self._read, _unrun)

    def close(self) -> None:
        """Look: nothing is held."""

    def _read(self, ran: Ran) -> Finding:
        to = self.settings.to or ""
        if ran.code != 0:
            return route.failed(ran.errors, to)
        found = route.finding(ran.output, to, self.settings.device)
        if found.state != "up":
            return found
        flags = device.seen(str(found.details["device"]))
        return found if flags.state == "up" else flags


class StrongswanLook:
    """kind = "strongswan": the daemon's list, over one connection that is kept; `news` when it tells of a change."""

    def __init__(self, settings: TunnelSettings, reactor: Any, news: Callable[[], None]) -> None:
        self._settings = settings
        self._endpoint = UNIXClientEndpoint(reactor, settings.vici, timeout=CONNECT_WITHIN, checkPID=False)
        self._factory = CharonFactory(news)
        self._charon: Charon | None = None
        self._closed = False

    def look(self) -> Deferred[Finding]:
        return Deferred.fromCoroutine(self._look())

    def close(self) -> None:
        """Look: hang up."""
        self._closed = True
        charon, self._charon = self._charon, None
        if charon is not None and charon.transport is not None:
            charon.transport.loseConnection()

    async def _look(self) -> Finding:
        if self._settings.device is not None:
            flags = device.seen(self._settings.device)
            if flags.state != "up":
                return flags
        try:
            charon = await self._connected()
            return strongswan.finding(await charon.associations(), self._settings.child)
        except Unanswered as fault:
            return Finding("unknown", str(fault))
        except ConnectError as fault:
            return Finding("unknown", self._unreached(fault))

    async def _connected(self) -> Charon:
        if self._charon is None or not self._charon.connected:
            self._charon = await self._endpoint.connect(self._factory)
        return self._charon

    def _unreached(self, fault: ConnectError) -> str:
        place = self._settings.vici
        match fault.osError:
            case errno.EACCES | errno.EPERM:
                return f"strongSwan's socket {place} is not open to this user (see docs/vpn.rst)"
            case errno.ENOENT | errno.ECONNREFUSED:
                return f"strongSwan does not run, or its socket is not {place}"
            case _:
                return f"strongSwan's socket {place}: {fault}"


def _unrun(failure: Failure) -> Finding:
    failure.trap(NoSuchProgram, OSError)
    if failure.check(NoSuchProgram):
        name = str(failure.value)
        return Finding("unknown", f"there is no program {name} here: install {PACKAGES.get(name, name)}")
    return Finding("unknown", f"the program cannot be run: {failure.getErrorMessage()}")


def look_of(settings: TunnelSettings, reactor: Any, news: Callable[[], None]) -> Look:
    """The look of a tunnel's kind; `news`: something may have changed, look now."""

    def running(argv: Sequence[str]) -> Deferred[Ran]:
        return run(reactor, argv)

    match settings.kind:
        case "wireguard":
            return WireguardLook(settings, running, reactor.seconds)
        case "strongswan":
            return StrongswanLook(settings, reactor, news)
        case "route":
            return RouteLook(settings, running)
        case "device":
            return DeviceLook(settings)

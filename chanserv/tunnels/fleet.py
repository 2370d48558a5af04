"""All tunnels of the gateway, and what each link has of them: its gate, and the device it is bound to.

A link with `tunnel` is bound to that tunnel's device; where the tunnel has none (strongSwan's policies, say) nothing
but the gate keeps its octets in, so it has one even without `require_tunnel`. A link with `require_tunnel` and no
`tunnel` goes by its own device, which is watched as if there were a tunnel of kind "device".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred, fail, gatherResults, succeed

from chanserv.errors import SettingsError
from chanserv.interfaces import IGate
from chanserv.settings import TunnelSettings
from chanserv.settings.carrier import CarrierSettings
from chanserv.tunnels.watch import Watch


class Fleet:
    """`watches`: by the tunnel's name; a device that is watched for its links is called "device wg0".

    Raises SettingsError for a link that requires a tunnel and names none, or one that there is not.
    """

    def __init__(
        self, tunnels: Mapping[str, TunnelSettings], links: Mapping[str, CarrierSettings], reactor: Any
    ) -> None:
        _check(tunnels, links)
        self._reactor = reactor
        self._tunnels = dict(tunnels)
        for link in links.values():
            implied = _implied(link)
            if implied is not None:
                self._tunnels[implied.name] = implied
        self.watches = {name: Watch(settings, reactor) for name, settings in self._tunnels.items()}

    def start(self) -> Deferred[Any]:
        """Fires when each was looked at once: links may dial then."""
        return gatherResults([watch.start() for watch in self.watches.values()])

    def join(self, link: CarrierSettings) -> Deferred[Any]:
        """A link that comes after the start: fires when what is watched for its sake was looked at once.

        Fails with SettingsError as the constructor does. Whoever comes again finds the watch there.
        """
        try:
            _check(self._tunnels, {link.name: link})
        except SettingsError:
            return fail()
        implied = _implied(link)
        if implied is None or implied.name in self.watches:
            return succeed(None)
        self._tunnels[implied.name] = implied
        watch = self.watches[implied.name] = Watch(implied, self._reactor)
        return watch.start()

    def stop(self) -> None:
        """Look no more. Idempotent."""
        for watch in self.watches.values():
            watch.stop()

    def device(self, link: CarrierSettings) -> str | None:
        """What the link's sockets are bound to for its tunnel's sake."""
        return self._tunnels[link.tunnel].device if link.tunnel is not None else None

    def gate(self, link: CarrierSettings) -> IGate | None:
        """What the link asks before it dials; None: it may always dial."""
        if link.tunnel is not None:
            bound = link.device or self._tunnels[link.tunnel].device
            return self.watches[link.tunnel] if link.require_tunnel or not bound else None
        implied = _implied(link)
        return self.watches[implied.name] if implied is not None else None


def _check(tunnels: Mapping[str, TunnelSettings], links: Mapping[str, CarrierSettings]) -> None:
    """The loader has told better, with file and line; here it would be a link that dials in the open."""
    faults = [f"link.{one.name}.tunnel: no such tunnel" for one in links.values() if one.tunnel not in (None, *tunnels)]
    for one in links.values():
        if one.require_tunnel and not (one.tunnel or one.device):
            faults.append(f"link.{one.name}.require_tunnel: it has neither tunnel nor device")
    if faults:
        raise SettingsError(faults)


def _implied(link: CarrierSettings) -> TunnelSettings | None:
    if not link.require_tunnel or link.tunnel is not None or link.device is None:
        return None
    return TunnelSettings(name=f"device {link.device}", kind="device", device=link.device)

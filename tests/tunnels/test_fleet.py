"""All tunnels: which are watched, which gate a link has, and which device it is bound to."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import SettingsError
from chanserv.settings import TunnelSettings
from chanserv.tunnels.fleet import Fleet
from tests.fakes import smpp

WG = TunnelSettings(name="own", kind="wireguard", device="wg0")
IPSEC = TunnelSettings(name="claro", kind="strongswan", child="claro")
LO = TunnelSettings(name="loop", kind="device", device="lo")


class FleetTests(SynchronousTestCase):
    def fleet(self, **link: Any) -> Fleet:
        """Three tunnels and a link."""
        self.clock = Clock()
        self.link = smpp("a", **link)
        return Fleet({"own": WG, "claro": IPSEC, "loop": LO}, {"a": self.link}, self.clock)

    def test_without(self) -> None:
        """A link that names no tunnel may dial as it likes."""
        fleet = self.fleet(device="wg0")
        self.assertEqual((None, None), (fleet.gate(self.link), fleet.device(self.link)))
        self.assertEqual(["own", "claro", "loop"], list(fleet.watches))

    def test_required(self) -> None:
        """Its tunnel is its gate, and its sockets are bound to the tunnel's device."""
        fleet = self.fleet(tunnel="own", require_tunnel=True)
        self.assertIs(fleet.watches["own"], fleet.gate(self.link))
        self.assertEqual("wg0", fleet.device(self.link))

    def test_named_only(self) -> None:
        """Bound to its device it cannot leave it, so it may try."""
        fleet = self.fleet(tunnel="own")
        self.assertEqual((None, "wg0"), (fleet.gate(self.link), fleet.device(self.link)))

    def test_nothing_to_bind_to(self) -> None:
        """Then the gate is all that keeps it in, asked for or not."""
        fleet = self.fleet(tunnel="claro")
        self.assertIs(fleet.watches["claro"], fleet.gate(self.link))
        self.assertIsNone(fleet.device(self.link))
        self.assertIsNone(self.fleet(tunnel="claro", device="ipsec0").gate(self.link))

    def test_a_device_alone(self) -> None:
        """Is watched for the link's sake."""
        fleet = self.fleet(device="lo", require_tunnel=True)
        gate = fleet.gate(self.link)
        self.assertIs(fleet.watches["device lo"], gate)
        self.assertIsNone(fleet.device(self.link))  # it names its own

    def test_started_and_stopped(self) -> None:
        """All are looked at once before it is started; afterwards nothing is left."""
        self.clock = Clock()
        fleet = Fleet({"loop": LO}, {"a": smpp("a", device="no-such0", require_tunnel=True)}, self.clock)
        self.successResultOf(fleet.start())
        self.assertEqual([True, False], [watch.open for watch in fleet.watches.values()])
        self.assertEqual(2, len(self.clock.getDelayedCalls()))
        fleet.stop()
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_nothing_to_require(self) -> None:
        """A link that would dial in the open is no link."""
        fault = self.assertRaises(SettingsError, self.fleet, require_tunnel=True)
        self.assertEqual(("link.a.require_tunnel: it has neither tunnel nor device",), fault.faults)
        fault = self.assertRaises(SettingsError, self.fleet, tunnel="tim")
        self.assertEqual(("link.a.tunnel: no such tunnel",), fault.faults)

    def test_a_link_that_comes_later(self) -> None:
        """Its device is looked at before it is told; the watch ends with the others. It is judged like the first."""
        self.clock = Clock()
        fleet = Fleet({"loop": LO}, {"a": smpp("a")}, self.clock)
        self.successResultOf(fleet.start())
        later = smpp("b", device="lo", require_tunnel=True)
        self.successResultOf(fleet.join(later))
        self.assertIs(fleet.watches["device lo"], fleet.gate(later))
        self.assertTrue(fleet.watches["device lo"].open)
        self.successResultOf(fleet.join(smpp("c", tunnel="loop", require_tunnel=True)))
        before = fleet.watches["device lo"]
        self.successResultOf(fleet.join(smpp("d", device="lo", require_tunnel=True)))
        self.assertIs(before, fleet.watches["device lo"])
        for link in (smpp("e", require_tunnel=True), smpp("e", tunnel="tim")):
            self.failureResultOf(fleet.join(link), SettingsError)
        fleet.stop()
        self.assertEqual([], self.clock.getDelayedCalls())

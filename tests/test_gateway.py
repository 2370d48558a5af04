"""The gateway as it is built: what the store goes by, and that nothing is opened."""

from __future__ import annotations

import os
import threading

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.gateway import Gateway
from chanserv.rules.terms import Terms
from chanserv.settings import (
    ChannelSettings,
    GatewaySettings,
    PlatformSettings,
    Secret,
    SmppSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.store_terms import terms
from tests.fakes import settings, smpp


class TermsTests(SynchronousTestCase):
    def test_defaults_agree(self) -> None:
        """What the settings say by default is what the rules say by default."""
        made = terms(settings(channels={}, links={}))
        self.assertEqual(Terms(), made)

    def test_every_term_is_a_setting(self) -> None:
        """Each number reaches the store."""
        names = [name for name in Terms.__struct_fields__ if name not in ("channels", "links")]
        for number, name in enumerate(names, 7):
            made = terms(settings(gateway=GatewaySettings(**{name: number})))
            self.assertEqual(number, getattr(made, name), name)

    def test_of_channels_and_links(self) -> None:
        """Which statuses, which receipts, whether to resend."""
        made = terms(
            settings(
                channels={"c": ChannelSettings(name="c", uuid="u", address="1", statuses=("failed",))},
                links={"a": smpp("a", receipts="message", on_unknown="fail")},
            )
        )
        self.assertEqual(("failed",), made.channels["c"].statuses)
        self.assertEqual(
            ("message", "fail", True), (made.links["a"].receipts, made.links["a"].on_unknown, made.links["a"].asks)
        )
        silent = terms(settings(links={"a": smpp("a", ask=False)}))
        self.assertFalse(silent.links["a"].asks)
        ids = terms(settings(links={"a": smpp("a"), "u": UcpSettings(name="u", hosts=("h:1",))}, channels={}))
        self.assertEqual([False, True], [ids.links[name].by_second for name in "au"])


class ConstructionTests(SynchronousTestCase):
    def gateway(self, links: dict[str, SmppSettings] | None = None, **more: object) -> Gateway:
        self.folder = os.path.join(self.mktemp(), "data")
        given = {"data": self.folder, **more}
        made = settings(
            gateway=GatewaySettings(**given),
            platforms={"main": PlatformSettings(name="main", url="http://127.0.0.1:1")},
            tunnels={"vpn": TunnelSettings(name="vpn", kind="device", device="no-such0")},
            **({} if links is None else {"links": links}),
        )
        self.reactor = MemoryReactorClock()
        return Gateway(made, self.reactor)

    def test_nothing_is_opened(self) -> None:
        """No thread, no file, no socket, no timer: a process that becomes a daemon would lose them."""
        threads = threading.active_count()
        gateway = self.gateway()
        self.assertEqual((["a"], ["a"]), (list(gateway.links), list(gateway.lanes)))
        self.assertEqual((threads, False), (threading.active_count(), os.path.exists(self.folder)))
        self.assertEqual(
            ([], [], []), (self.reactor.tcpServers, self.reactor.tcpClients, self.reactor.getDelayedCalls())
        )

    def test_closed_until_it_is_started(self) -> None:
        """The way in says so, and health with it."""
        gateway = self.gateway()
        self.assertEqual(("starting", False), (gateway.front.closed, gateway.healthy()))

    def test_a_page_only_where_it_is_wanted(self) -> None:
        """`console` names its endpoint."""
        self.assertIsNone(self.gateway().console)
        with_page = self.gateway(console="tcp:8081:interface=127.0.0.1", console_token=Secret("t"))
        self.assertIsNotNone(with_page.console)

    def test_a_link_waits_for_its_tunnel(self) -> None:
        """The gate of its settings is its own; a link without one dials."""
        gateway = self.gateway({"a": smpp("a", tunnel="vpn", require_tunnel=True), "b": smpp("b")})
        for link in gateway.links.values():
            link.start()
        states = [link.status()["state"] for link in gateway.links.values()]
        self.assertEqual((["waiting", "dialling"], ["vpn"]), (states, list(gateway.fleet.watches)))
        self.assertIn("tunnel vpn is not known to be up", str(gateway.links["a"].status()["last_error"]))
        for link in gateway.links.values():
            self.successResultOf(link.stop())

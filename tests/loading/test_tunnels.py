"""Tunnels: what each kind is known by; and senders, endpoints: what must hold between links and the rest."""

from __future__ import annotations

from chanserv.settings import TunnelSettings
from tests.loading.folder import SOUND, Folder

KEY = "A" * 43 + "="


class TunnelTests(Folder):
    """[tunnel.<name>]"""

    def test_each_kind_is_known_by_its_own(self) -> None:
        """Sound tables of all four."""
        settings = self.load(
            SOUND
            + f"""
            [tunnel.a]
            kind = "wireguard"
            device = "wg0"
            peer = "{KEY}"
            handshake_age = 150
            [tunnel.b]
            kind = "strongswan"
            child = "smpp"
            [tunnel.c]
            kind = "route"
            to = "10.0.0.1"
            device = "ipsec0"
            [tunnel.d]
            kind = "device"
            device = "tun0"
            every = 5
            """
        )
        self.assertEqual(
            {
                "a": TunnelSettings(name="a", kind="wireguard", device="wg0", peer=KEY, handshake_age=150.0),
                "b": TunnelSettings(name="b", kind="strongswan", child="smpp"),
                "c": TunnelSettings(name="c", kind="route", to="10.0.0.1", device="ipsec0"),
                "d": TunnelSettings(name="d", kind="device", device="tun0", every=5.0),
            },
            settings.tunnels,
        )

    def test_what_a_kind_needs_is_there(self) -> None:
        """And each missing key is told."""
        needed = {"wireguard": ["device"], "strongswan": ["child"], "route": ["to", "device"], "device": ["device"]}
        for kind, keys in needed.items():
            self.assertEqual(
                [f'a.toml: tunnel.a.{key}: is missing: a tunnel of kind "{kind}" is known by it' for key in keys],
                self.faults(SOUND + f'[tunnel.a]\nkind = "{kind}"\n'),
            )

    def test_what_a_kind_would_not_look_at_is_refused(self) -> None:
        """It would seem to do something."""
        faults = self.faults(SOUND + '[tunnel.a]\nkind = "device"\ndevice = "tun0"\nchild = "x"\nhandshake_age = 9\n')
        self.assertEqual(
            [
                f'a.toml: tunnel.a.{key}: means nothing to a tunnel of kind "device"'
                for key in ("child", "handshake_age")
            ],
            faults,
        )

    def test_what_is_refused(self) -> None:
        """A key by itself, of whatever kind."""
        for kind, line, said in (
            ("wireguard", 'device = "wg 0"', "is no name of a network device: 1 to 15 characters, no blank and no /"),
            ("wireguard", 'device = "wg0"\npeer = "x"', "is no public key as `wg show` writes it"),
            ("strongswan", 'child = "x"\nvici = "charon.vici"', "must be a path that begins with /"),
            ("route", 'device = "wg0"\nto = "smsc"', 'must be an IP address such as "10.1.1.1"'),
            ("device", 'device = "wg0"\nevery = 0', "must be from 0.1 to 3600"),
            ("device", 'device = "wg0"\nevery = 1e-6', "must be from 0.1 to 3600"),
            ("wireguard", 'device = "wg0"\nhandshake_age = 0', "must be above 0"),
        ):
            [fault] = self.faults(SOUND + f'[tunnel.a]\nkind = "{kind}"\n{line}\n')
            self.assertTrue(fault.endswith(f": {said}"), fault)
        [fault] = self.faults(SOUND + '[tunnel.a]\nkind = "openvpn"\n')
        self.assertEqual('a.toml: tunnel.a.kind: must be "wireguard" or "strongswan" or "route" or "device"', fault)

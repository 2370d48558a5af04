"""VPNs between two sites: WireGuard by wireguard-go, IPsec by strongSwan with its ESP in user space.

Neither needs anything of the kernel but tun devices. The files of both are the samples of etc/vpn, filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.interop.sites import INNER, OTHER, OUTER, THEM, US, Sites, wait_for, written

ETC = Path(__file__).resolve().parent.parent.parent / "etc" / "vpn"


def fill(sample: str, values: Mapping[str, str]) -> str:
    """A file of etc/vpn with these words in place of those. Raises AssertionError if it lacks one of them."""
    text = (ETC / sample).read_text()
    assert all(word in text for word in values), f"{sample} has changed"
    return re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]], text)


class Wireguard:
    """A device at each site, named as `device` says; both ends ask once a second whether the other is there."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self.keys = {site: sites.run(site, "wg", "genkey").strip() for site in (US, THEM)}
        self.publics = {site: sites.run(site, "wg", "pubkey", stdin=key).strip() for site, key in self.keys.items()}
        for site in (US, THEM):
            self._begin(site)

    def device(self, site: str) -> str:
        return f"{self._sites.mark}wg{site[0]}"

    def _begin(self, site: str) -> None:
        device, other = self.device(site), OTHER[site]
        filled = {
            "<ours: wg genkey>": self.keys[site],
            "<theirs: wg pubkey>": self.publics[other],
            "203.0.113.20": OUTER[other],
            "10.10.1.1/32": f"{INNER[site]}/32",
            "10.20.1.1/32": f"{INNER[other]}/32",
            "PersistentKeepalive = 5": "PersistentKeepalive = 1",
            "PostUp = ": "# PostUp = ",  # the way in clear is to stay open
        }
        file = self._sites.folder / f"{device}.conf"
        written(file, fill("wg0.conf", filled))
        self._sites.run(site, "wg-quick", "up", str(file))

    def remove_device(self, site: str) -> None:
        """As a `wg-quick down` would."""
        self._sites.ip(site, "link", "del", self.device(site))


class Strongswan:
    """A daemon at each site; only we begin, again as well. `vici` is the socket of one."""

    DEVICE = "ipsec0"  # kernel-libipsec makes it

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        for site in (US, THEM):
            self._begin(site)
        for site in (THEM, US):
            wait_for(Path(self.vici(site)).exists)
            self.control(site, "--load-all")

    def vici(self, site: str) -> str:
        return str(self._folder(site) / "charon.vici")

    def control(self, site: str, *words: str) -> str:
        """swanctl."""
        folder = self._folder(site)
        conf, swanctl = f"STRONGSWAN_CONF={folder}/strongswan.conf", f"SWANCTL_DIR={folder}"
        return self._sites.run(site, "env", conf, swanctl, "swanctl", *words, "--uri", f"unix://{self.vici(site)}")

    def _folder(self, site: str) -> Path:
        return (self._sites.folder / f"strongswan-{site}").absolute()

    def _begin(self, site: str) -> None:
        folder = self._folder(site)
        (folder / "run").mkdir(parents=True)
        written(folder / "strongswan.conf", STRONGSWAN_CONF.format(vici=self.vici(site)))
        written(folder / "swanctl.conf", self._swanctl(site))
        # Two daemons want one pid file each: both have a /run of their own.
        apart = f"mount --make-rprivate / && mount --bind {folder}/run /run && exec charon-systemd"
        words = ("unshare", "-m", "sh", "-c", apart)
        self._sites.spawn(site, *words, log=f"charon-{site}.log", STRONGSWAN_CONF=f"{folder}/strongswan.conf")

    def _swanctl(self, site: str) -> str:
        """The sample with these addresses."""
        other = OTHER[site]
        filled = {
            "198.51.100.10": OUTER[site],
            "203.0.113.20": OUTER[other],
            "10.10.1.1/32": f"{INNER[site]}/32",
            "10.20.1.1/32": f"{INNER[other]}/32",
        }
        text = fill("swanctl.conf", filled)
        return text if site == US else re.sub("(start|close|dpd)_action = [a-z]+", r"\1_action = none", text)


STRONGSWAN_CONF = """
charon-systemd {{
  load = random nonce aes sha1 sha2 hmac kdf gmp kernel-libipsec kernel-netlink socket-default vici
  retransmit_timeout = 1
  retransmit_base = 1
  retransmit_tries = 2
  plugins {{
    vici {{
      socket = unix://{vici}
    }}
  }}
}}
"""

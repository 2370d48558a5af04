"""Real VPNs between two network namespaces: a gateway behind one end, an SMSC behind the other, a capture between.

A way in clear lies beside every tunnel here. Not one packet of a session may take it, whatever is cut, lost or removed.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from treq.client import HTTPClient
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from chanserv.cli.child import environment, twistd
from tests.interop.sites import INNER, THEM, US, Sites, missing
from tests.interop.vpns import Strongswan, Wireguard, fill

UUID = "a86f686f-9168-4dd9-a03e-77f11b265b56"
SECRET = "NOT-FOR-THE-WIRE"  # in the text, the system_id's neighbour, and looked for in the capture
NOTICED = 12.0  # seconds until a link whose tunnel is cut is not up any more

CONFIG = """
[gateway]
data = "{folder}/data"
listen = ['unix:{folder}/front']
console = 'unix:{folder}/console'
console_token = "let-me-in"

[platform.main]
url = "http://127.0.0.1:9"

[channel.claro]
uuid = "{uuid}"
address = "+5582999489287"
authorization = "Token sekrit"
links = ["smsc"]

[tunnel.vpn]
{tunnel}

[link.smsc]
kind = "smpp"
hosts = ["{them}:2775"]
system_id = "weni"
password = "pass"
source = "{us}"
tunnel = "vpn"
require_tunnel = true
connect_within = 3
{link}
"""

COMMAND = "import sys; from chanserv.cli import main; sys.exit(main(sys.argv[1:]))"

CLEAR_DIAL = f"""
import socket
dialling = socket.socket()
dialling.settimeout(0.5)
dialling.bind(("{INNER[US]}", 0))
dialling.connect_ex(("{INNER[THEM]}", 2775))
"""


def twistd_words(config: Path) -> tuple[str, ...]:
    """A gateway in the foreground."""
    return (twistd(), "-n", "--pidfile=", "chanserv", "--config", str(config))


@implementer(IAgentEndpointFactory)
class Sockets:
    """The gateway listens on sockets of the file system: they are the same in every network namespace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def endpointForURI(self, uri: Any) -> UNIXClientEndpoint:
        return UNIXClientEndpoint(reactor, str(self._folder / uri.host.decode()))


class TunnelCase(TestCase):
    """The sites, an SMSC at theirs, a gateway at ours."""

    timeout = 50

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cs"))  # mktemp's paths are too long for sockets
        self.addCleanup(shutil.rmtree, self.folder)
        self.sites = Sites(self.folder)
        self.addCleanup(self.sites.remove)
        self.sites.make()
        self.agent = Agent.usingEndpointFactory(reactor, Sockets(self.folder), HTTPConnectionPool(reactor, False))

    async def start(self, tunnel: str, link: str = "") -> None:
        """Returns once the link is bound."""
        listen = ("--listen", f"tcp:2775:interface={INNER[THEM]}", "--record", str(self.folder / "smsc.jsonl"))
        simulate = (sys.executable, "-c", COMMAND, "simulate", "smpp", *listen)
        self.sites.spawn(THEM, *simulate, log="smsc.log", **environment())
        config = self.folder / "chanserv.toml"
        values = {"folder": self.folder, "uuid": UUID, "us": INNER[US], "them": INNER[THEM]}
        config.write_text(CONFIG.format(tunnel=tunnel, link=link, **values))
        config.chmod(0o600)
        self.gateway = self.sites.spawn(US, *twistd_words(config), log="gateway.log", **environment())
        await self.until(lambda: (self.folder / "console").exists(), 15)
        await self.until_asked(self.bound, 15)

    # what is asked of the gateway

    async def api(self, what: str) -> list[dict[str, Any]]:
        answer = await HTTPClient(self.agent).get(
            f"http://console/api/{what}", headers={"Authorization": "Bearer let-me-in"}
        )
        found: list[dict[str, Any]] = (await answer.json())[what]
        return found

    async def link(self) -> dict[str, Any]:
        (link,) = await self.api("links")
        return link

    async def tunnel(self) -> dict[str, Any]:
        (tunnel,) = await self.api("tunnels")
        return tunnel

    async def bound(self) -> bool:
        return bool((await self.link())["up"])

    async def lost(self) -> bool:
        return not await self.bound()

    async def tunnel_up(self) -> bool:
        return bool((await self.tunnel())["up"])

    async def tunnel_down(self) -> bool:
        return not await self.tunnel_up()

    async def sends(self, id: str) -> None:
        """A text of the platform's reaches the SMSC."""
        form = {"id": id, "text": f"{SECRET} {id}", "to": "+250788123123", "from": "8000", "channel": UUID}
        answer = await HTTPClient(self.agent).post(
            f"http://front/c/ex/{UUID}/send",
            data=urlencode(form).encode(),
            headers={"Authorization": "Token sekrit", "Content-Type": "application/x-www-form-urlencoded"},
        )
        self.assertEqual(200, answer.code, await answer.content())
        await self.until(lambda: f"{SECRET} {id}" in self.submitted())

    def submitted(self) -> list[str]:
        path = self.folder / "smsc.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [str(json.loads(line).get("text")) for line in lines if line.endswith("}")]

    # waiting

    async def until(self, true: Callable[[], object], within: float = 10.0) -> None:
        async def asked() -> object:
            return true()

        await self.until_asked(asked, within)

    async def until_asked(self, true: Callable[[], Any], within: float = 10.0) -> float:
        """How many seconds it took; fails if it does not come true in time."""
        begun = reactor.seconds()
        while not await true():
            self.assertLess(reactor.seconds() - begun, within, self.told())
            await deferLater(reactor, 0.05)
        return float(reactor.seconds() - begun)

    def quiet(self, seconds: float) -> Deferred[None]:
        """Long enough for whatever must not come to come."""
        return deferLater(reactor, seconds)

    def told(self) -> str:
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-3000:]}" for log in self.folder.glob("*.log"))

    # what must hold

    def assert_hidden(self, capture: Any) -> None:
        """The wire has seen the VPN, and nothing of what went through it; what they send without it is theirs."""
        self.assertTrue(capture.packets("udp"))
        self.assertEqual([], capture.ours())
        for octets in (SECRET.encode(), b"weni"):
            self.assertNotIn(octets, capture.octets())

    def assert_clear_way(self) -> None:
        """Whoever does not insist on the tunnel dials in clear, and is seen: so it tells something that we were not."""
        with self.sites.captured("clear") as capture:
            self.sites.run(US, sys.executable, "-c", CLEAR_DIAL)
        self.assertTrue(capture.ours())


class WireguardTests(TunnelCase):
    """wireguard-go at both ends."""

    skip = missing(wireguard_go="wireguard-go", wg="wireguard-tools") or None

    async def begin(self, age: float, link: str = "") -> None:
        self.vpn = Wireguard(self.sites)
        device = self.vpn.device(US)
        await self.start(f'kind = "wireguard"\ndevice = "{device}"\nhandshake_age = {age}\nevery = 0.5', link)

    async def test_cut_and_mended(self) -> None:
        """The wire drops the tunnel: TCP notices first, the handshake's age later; mended, all comes back by itself."""
        with self.sites.captured("wire") as capture:
            await self.begin(age=18)
            await self.sends("1")
            self.sites.cut()
            self.assertLess(await self.until_asked(self.lost, 20), NOTICED)
            await self.until_asked(self.tunnel_down, 20)
            await self.until_asked(self.waits_for_the_tunnel, 5)
            self.assertIn("the last handshake with", (await self.tunnel())["reason"])
            self.sites.mend()
            await self.until_asked(self.bound, 15)
            self.assertTrue(await self.tunnel_up())
            await self.sends("2")
        self.assert_hidden(capture)

    async def waits_for_the_tunnel(self) -> bool:
        link = await self.link()
        return bool(link["state"] == "waiting" and link["last_error"].startswith("tunnel vpn is down"))

    async def test_the_device_is_removed(self) -> None:
        """The session ends with it, and no dial follows, though the way in clear is open."""
        with self.sites.captured("wire") as capture:
            await self.begin(age=180)
            await self.sends("1")
            self.vpn.remove_device(US)
            await self.until_asked(self.waits_for_the_tunnel, 5)
            self.assertIn("there is no device", (await self.tunnel())["reason"])
            await self.quiet(2.0)
            self.assertTrue(await self.waits_for_the_tunnel())
        self.assert_hidden(capture)
        self.assert_clear_way()

    async def test_their_device_is_down(self) -> None:
        """The peer is there no more: the session ends as soon as the link's own limits say, and dials stay inside."""
        with self.sites.captured("wire") as capture:
            await self.begin(age=180, link="user_timeout = 3\nkeepalive = 1")
            await self.sends("1")
            self.sites.ip(THEM, "link", "set", self.vpn.device(THEM), "down")
            self.assertLess(await self.until_asked(self.lost), 6.0)
            await self.quiet(2.0)
        self.assert_hidden(capture)


class StrongswanTests(TunnelCase):
    """strongSwan at both ends, ESP in user space."""

    skip = (
        missing(
            charon_systemd="charon-systemd", swanctl="strongswan-swanctl", unshare="util-linux"
        )
        or ("" if Path("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so").exists() else
            "NO IPSEC IS TESTED: apt-get install libcharon-extra-plugins")
        or None
    )  # fmt: skip

    async def test_terminated_and_initiated(self) -> None:
        """No CHILD_SA, no session and no dial; with the next one the link comes back."""
        self.vpn = Strongswan(self.sites)
        known = f'child = "claro"\nvici = "{self.vpn.vici(US)}"\ndevice = "{Strongswan.DEVICE}"'
        tunnel = f'kind = "strongswan"\n{known}\nevery = 5'
        with self.sites.captured("wire") as capture:
            await self.start(tunnel)
            self.assertEqual("INSTALLED", (await self.tunnel())["child_state"])
            await self.sends("1")
            self.vpn.control(US, "--terminate", "--child", "claro")
            told = await self.until_asked(self.lost, 5)
            self.assertLess(told, 1.0)  # long before the next look: the daemon has told
            self.assertIn("there is no CHILD_SA claro", (await self.tunnel())["reason"])
            await self.quiet(2.0)
            self.assertFalse(await self.bound())
            self.vpn.control(US, "--initiate", "--child", "claro")
            await self.until_asked(self.bound, 10)
            await self.sends("2")
        self.assert_hidden(capture)
        self.vpn.control(US, "--terminate", "--child", "claro")
        self.assert_clear_way()
        self.assert_guarded()

    def assert_guarded(self) -> None:
        """With the sample's rules nothing at all leaves, not even for who does not insist."""
        self.sites.run(US, "nft", "-f", "-", stdin=fill("guard.nft", {"10.20.1.1": INNER[THEM]}))
        with self.sites.captured("guarded") as capture:
            self.sites.run(US, sys.executable, "-c", CLEAR_DIAL)
        self.assertEqual([], capture.packets(f"host {INNER[THEM]}"))

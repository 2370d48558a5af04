"""Two sites and what lies between, in network namespaces of this machine: a wire, a clear way, and a VPN over it.

    us 10.9.0.1 ---- wire ---- 10.9.0.2 them       outer addresses; whatever passes here is captured
       10.10.1.1                10.20.1.1          inner addresses

The inner addresses reach each other in clear as well: whoever does not insist on the tunnel gets through without it,
and is seen on the wire. What is tested there is not known here. Everything is gone after `remove`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

US, THEM = "us", "them"
OUTER = {US: "10.9.0.1", THEM: "10.9.0.2"}
INNER = {US: "10.10.1.1", THEM: "10.20.1.1"}
OTHER = {US: THEM, THEM: US}
PROGRAMS = {"ip": "iproute2", "nft": "nftables", "tcpdump": "tcpdump"}
TUNNEL_PORTS = "{ 500, 4500, 51820 }"


def missing(**more: str) -> str:
    """Why there are no such sites here; empty if there are. `more`: program = Debian package."""
    wanted = {**PROGRAMS, **{name.replace("_", "-"): package for name, package in more.items()}}
    absent = [package for name, package in wanted.items() if not shutil.which(name, path=PATH)]
    if absent:
        return f"NO VPN IS TESTED: apt-get install {' '.join(dict.fromkeys(absent))}"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True)
    if probe.returncode or not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "NO VPN IS TESTED: it takes root, network namespaces and /dev/net/tun"
    return ""


PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
ENV = {**os.environ, "PATH": PATH, "LC_ALL": "C"}


class Sites:
    """`folder` takes logs and captures. Call `make`, and `remove` whatever came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"cs{os.getpid() % 100_000}{id(self) // 64 % 100:02}"  # names of devices have 15 letters
        self._children: list[subprocess.Popen[bytes]] = []

    def make(self) -> None:
        """The wire, the addresses and the clear way."""
        for site in (US, THEM):
            self._ip("netns", "add", self.space(site))
        self._ip("link", "add", self.wire(US), "type", "veth", "peer", "name", self.wire(THEM))
        for site in (US, THEM):
            self._ip("link", "set", self.wire(site), "netns", self.space(site))
            self.ip(site, "link", "set", "lo", "up")
            self.ip(site, "addr", "add", f"{OUTER[site]}/24", "dev", self.wire(site))
            self.ip(site, "addr", "add", f"{INNER[site]}/32", "dev", "lo")
            self.ip(site, "link", "set", self.wire(site), "up")
        for site, clear in ((US, "10.20.0.0/16"), (THEM, "10.10.0.0/16")):
            self.ip(site, "route", "add", clear, "via", OUTER[OTHER[site]])

    def space(self, site: str) -> str:
        return f"{self.mark}-{site}"

    def wire(self, site: str) -> str:
        return f"{self.mark}{site[0]}"

    def inside(self, site: str, *words: str) -> tuple[str, ...]:
        """The words of a command that runs there."""
        return ("ip", "netns", "exec", self.space(site), *words)

    def run(self, site: str, *words: str, stdin: str = "") -> str:
        """What it wrote. Raises AssertionError with its complaint."""
        return _run(self.inside(site, *words), stdin)

    def ip(self, site: str, *words: str) -> str:
        return _run(("ip", "-n", self.space(site), *words))

    def _ip(self, *words: str) -> str:
        return _run(("ip", *words))

    def spawn(self, site: str, *words: str, log: str, **env: str) -> subprocess.Popen[bytes]:
        """A program that runs there until it is ended, at the latest by `remove`; what it says is in `log`."""
        with (self.folder / log).open("wb") as out:
            child = subprocess.Popen(
                self.inside(site, *words), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**ENV, **env},
                start_new_session=True,
            )  # fmt: skip
        self._children.append(child)
        return child

    def end(self, child: subprocess.Popen[bytes], how: int = signal.SIGTERM, within: float = 5.0) -> None:
        """It, and whatever it started."""
        if child.poll() is None:
            child.send_signal(how)
            try:
                child.wait(within)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def remove(self) -> None:
        """Nothing of it is left."""
        for child in reversed(self._children):
            self.end(child)
        made = _run(("ip", "netns", "list")).split()
        for site in (site for site in (US, THEM) if self.space(site) in made):
            for pid in _run(("ip", "netns", "pids", self.space(site))).split():
                os.kill(int(pid), signal.SIGKILL)
            self._ip("netns", "del", self.space(site))
        for left in Path("/var/run/wireguard").glob(f"{self.mark}*.sock"):  # of a wireguard-go that was killed
            left.unlink(missing_ok=True)

    # what happens on the wire

    def cut(self) -> None:
        """Nothing of a VPN gets through any more, either way; everything else does."""
        rules = "".join(
            f"chain {way} {{ type filter hook {way} priority 0; udp dport {TUNNEL_PORTS} drop; }}\n"
            for way in ("input", "output")
        )
        self.run(THEM, "nft", "-f", "-", stdin=f"table inet cut {{ {rules} }}")

    def mend(self) -> None:
        self.run(THEM, "nft", "delete", "table", "inet", "cut")

    @contextmanager
    def captured(self, name: str) -> Iterator[Capture]:
        """Everything that passes the wire meanwhile."""
        file = self.folder / f"{name}.pcap"
        words = ("tcpdump", "-i", self.wire(US), "-U", "--immediate-mode", "-s", "0", "-Z", "root", "-w", str(file))
        child = self.spawn(US, *words, log=f"{name}.log")
        wait_for(lambda: b"listening on" in (self.folder / f"{name}.log").read_bytes())
        try:
            yield Capture(file)
        finally:
            time.sleep(0.1)  # for what the kernel has seen and tcpdump has not
            self.end(child, signal.SIGINT)


class Capture:
    """What passed the wire."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def packets(self, *filter: str) -> list[str]:
        """A line a packet, as tcpdump tells it."""
        return _run(("tcpdump", "-nr", str(self._file), *filter)).splitlines()

    def ours(self) -> list[str]:
        """Those that we sent from an address that must be seen by nobody on the way.

        All but a bare RST: so the kernel answers what they send us in clear when nobody is there to hear it. No
        program has a say in that; a guard has (etc/vpn/guard.nft).
        """
        return self.packets(f"src host {INNER[US]} and not tcp[tcpflags] == tcp-rst")

    def octets(self) -> bytes:
        return self._file.read_bytes()


def wait_for(true: Any, within: float = 10.0) -> None:
    """Blocks; for what is set up before a test begins. Raises AssertionError."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def _run(words: tuple[str, ...], stdin: str = "") -> str:
    ran = subprocess.run(words, input=stdin, capture_output=True, text=True, env=ENV, check=False)
    assert ran.returncode == 0, f"{' '.join(words)}: {ran.stderr}"
    return ran.stdout


def written(path: Path, text: str) -> Path:
    """A file for nobody else, as keys want it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
    return path

"""A real gateway as a process of its own: written settings, `twistd`, health, and death.

What is asked of it and what becomes of it, others know.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Any

import attrs
from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.web.client import Agent

from chanserv.cli import child
from tests.faults.carriers import LINK
from tests.faults.sabotage import Fault
from tests.faults.traffic import ADDRESS, CHANNEL

AUTHORIZATION = "Token trial"
ROUND = 3.0  # seconds: further_piece_window
PAUSE = 0.03  # seconds between two looks
READY_WITHIN = 20.0  # seconds
# Below what Linux gives to outgoing connections: one of those must not take our port while we are dead.
PORTS = range(20_000, 32_000)

SETTINGS = """
[gateway]
data = {data}
listen = ['tcp:{port}:interface=127.0.0.1']
public_url = "http://127.0.0.1:{port}"
status_after = 0.1
settle_after = 0.1
further_piece_window = {round}

[platform.main]
url = "http://127.0.0.1:{platform}"

[channel.trial]
uuid = "{uuid}"
address = "{address}"
country = "BR"
authorization = "{authorization}"
links = ["{link}"]
"""


class Stuck(Exception):
    """What was waited for did not come; says what."""


async def until(reactor: Any, condition: Any, within: float, what: str) -> None:
    """Look again and again. Raises Stuck after `within` seconds."""
    end = reactor.seconds() + within
    while not condition():
        if reactor.seconds() > end:
            raise Stuck(f"{what}: not within {within} s")
        await deferLater(reactor, PAUSE)


def free_port() -> int:
    """A port that nobody listens on."""
    while True:
        port = SystemRandom().choice(PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@attrs.define(eq=False)
class Gateway:
    """Its settings and log are in `folder`, its data in `data` (default: there, too). `link`: the text of [link.…]."""

    reactor: Any
    folder: Path
    platform: int  # its port
    link: str
    data: Path | None = None
    wrapper: Sequence[str] = ()  # a command that runs the gateway's own
    port: int = attrs.field(factory=free_port)
    starts: int = 0
    _child: child.Child | None = None

    def __attrs_post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        told = SETTINGS.format(
            data=json.dumps(str((self.data or self.folder / "data").absolute())),
            port=self.port,
            platform=self.platform,
            uuid=CHANNEL,
            address=ADDRESS,
            authorization=AUTHORIZATION,
            link=LINK,
            round=ROUND,
        )
        self.config.write_text(told + self.link)

    @property
    def config(self) -> Path:
        return self.folder / "chanserv.toml"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def start(self, fault: Fault | None = None) -> None:
        """It is a process group of its own, and ends with us."""
        self.starts += 1
        log = self.folder / f"gateway-{self.starts}.log"
        self._child = running = child.Child(self.reactor, log)
        environment = child.environment()
        if fault is not None:
            hooks = str(Path(__file__).with_name("hooks"))
            environment |= {**fault.environment(), "PYTHONPATH": f"{hooks}{os.pathsep}{environment['PYTHONPATH']}"}
        leash, gateway = _split(child.command(str(self.config)))
        with log.open("wb") as output, open(os.devnull, "rb") as nothing:
            fds = {0: nothing.fileno(), 1: output.fileno(), 2: output.fileno()}
            self.reactor.spawnProcess(
                running, leash[0], [*leash, *self.wrapper, *gateway], env=environment, childFDs=fds
            )

    async def ready(self) -> None:
        """Until /health says so. Raises Stuck with its last words if it ends before."""
        agent = HTTPClient(Agent(self.reactor))
        end = self.reactor.seconds() + READY_WITHIN
        while not await self.healthy(agent):
            if not self.running or self.reactor.seconds() > end:
                raise Stuck(f"the gateway did not start:\n{self.words()}")
            await deferLater(self.reactor, PAUSE)

    async def healthy(self, client: HTTPClient) -> bool:
        try:
            response = await client.get(f"{self.url}/health", timeout=2.0)
            await response.content()
        except Exception:  # whatever kept it from answering
            return False
        return bool(response.code == 200)

    @property
    def was_killed(self) -> bool:
        """It ended by SIGKILL, not by a fault of its own."""
        return self._child is not None and self._child.signal == signal.SIGKILL

    def kill(self) -> None:
        """SIGKILL to it and its writer."""
        if self._child is not None and self.running:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)

    def writer(self) -> int:
        """The pid of its writer process. Raises Stuck if it has none."""
        assert self._child is not None
        pid = self._child.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in map(int, children):
            if b"chanserv.store.child" in Path(f"/proc/{each}/cmdline").read_bytes():
                return each
        raise Stuck("the gateway has no writer")

    def has_writer(self, former: int) -> bool:
        """Another than the former one."""
        with suppress(Stuck, OSError):  # one that has just ended is neither here nor there
            return self.writer() != former
        return False

    def stop_writer(self) -> None:
        """SIGSTOP to the writer: what it is given from now on stays with it."""
        os.kill(self.writer(), signal.SIGSTOP)

    def kill_writer(self) -> int:
        """SIGKILL to the writer alone; its pid."""
        pid = self.writer()
        os.kill(pid, signal.SIGKILL)
        return pid

    def ended(self) -> Deferred[None]:
        assert self._child is not None, "it was started"
        return self._child.ended()

    def stop(self) -> Deferred[None]:
        """In good order."""
        assert self._child is not None, "it was started"
        return self._child.stop()

    def words(self) -> str:
        """The end of its last log."""
        return self._child.tail() if self._child is not None else ""


def _split(command: Sequence[str]) -> tuple[list[str], list[str]]:
    """The leash with its parent's pid, and the rest."""
    at = command.index("chanserv.cli.leash") + 2
    return list(command[:at]), list(command[at:])

"""npm's SMSC as a child process: JSON lines both ways. It ends with its standard input, so with us at the latest.

What the lines mean is told in `server.js`; what must come of them, by the tests.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

HERE = Path(__file__).resolve().parent
NODE = shutil.which("node") or ""
MODULE = HERE.parent.parent / "node_modules" / "smpp"


def missing() -> str:
    """Why there is no such SMSC here; empty if there is."""
    if not NODE:
        return "no SMSC of npm to talk to: install nodejs and npm, then `make node_modules/smpp`"
    if not MODULE.is_dir():
        return "no SMSC of npm to talk to: `make node_modules/smpp` installs it"
    return ""


class Server(ProcessProtocol):
    """`told`: every event so far, in the order they came. `tls`: files of a key and a certificate, to speak TLS."""

    def __init__(self, port: int, *tls: str) -> None:
        self.told: list[dict[str, Any]] = []
        self.errors = b""
        self.ended: Deferred[None] = Deferred()
        self._rest = b""
        reactor.spawnProcess(self, NODE, [NODE, str(HERE / "server.js"), str(port), *tls], env=None)

    def of(self, event: str, **more: object) -> list[dict[str, Any]]:
        """What was told under this name, with these values."""
        return [one for one in self.told if one["event"] == event and more.items() <= one.items()]

    def do(self, what: str, **more: object) -> None:
        line = json.dumps({"do": what, **more}, ensure_ascii=False) + "\n"
        self.transport.write(line.encode())  # type: ignore[union-attr] # it was started

    def deliver(self, _as: str = "deliver_sm", /, **pdu: object) -> None:
        """A deliver_sm, or a data_sm, with these fields."""
        self.do("deliver", **{"as": _as, "pdu": pdu})

    def end(self) -> Deferred[None]:
        """Nothing more is asked of it."""
        self.transport.loseConnection()  # type: ignore[union-attr] # it was started
        return self.ended

    def outReceived(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.told.extend(json.loads(line) for line in lines)

    def errReceived(self, data: bytes) -> None:
        self.errors += data

    def processEnded(self, reason: Failure) -> None:
        self.ended.callback(None)

"""What `twistd chanserv` runs: its options, and the service made of them.

Only the settings are read here, secrets among them, since root may be needed
for that and is soon given up. Threads, ports and files are opened when the
service starts: whatever is opened before twistd daemonises dies there.
"""

from __future__ import annotations

import signal
from typing import Any

from twisted.application.service import MultiService, Service
from twisted.logger import Logger
from twisted.python import usage

from chanserv.errors import SettingsError
from chanserv.loading import read
from chanserv.loading.adding import Adding

FORMATS = ("text", "json")

log = Logger()


class Options(usage.Options):
    """twistd [its own options] chanserv --config FILE [--log-format text|json]"""

    synopsis = "[options]"
    optParameters = [
        ["config", "c", None, "The settings, a TOML file; etc/chanserv.toml shows all there is."],
        ["log-format", None, "text", "text: readable lines; json: one JSON object a line, on standard output."],
    ]
    parent: usage.Options | None = None

    def postOptions(self) -> None:
        """Raises UsageError for what is missing, unknown or contradicts twistd's own options."""
        if not self["config"]:
            raise usage.UsageError("--config FILE is needed")
        if self["log-format"] not in FORMATS:
            raise usage.UsageError("--log-format must be " + " or ".join(FORMATS))
        if self["log-format"] == "json" and self.parent is not None:
            self._log_json(self.parent)

    def _log_json(self, twistd: usage.Options) -> None:
        """Have twistd log by our observer: it takes one by name, and gives that no file to write to."""
        clash = [name for name in ("logger", "syslog") if twistd.get(name)]
        clash += ["logfile"] if twistd["logfile"] not in (None, "-") else []
        if clash:
            raise usage.UsageError(f"--log-format json and twistd's --{clash[0]} exclude each other")
        if not (twistd["nodaemon"] or twistd["debug"]):
            raise usage.UsageError("--log-format json writes to standard output: it needs twistd -n")
        twistd["logger"] = "chanserv.logs.json_lines"


def makeService(options: Options) -> MultiService:
    """The gateway of these settings; nothing of it is open yet. Raises SystemExit with all faults."""
    try:
        loaded = read(options["config"])
    except SettingsError as error:
        raise SystemExit("\n".join(error.faults)) from None

    from twisted.internet import reactor  # here, not above: whoever imports this may yet choose another

    from chanserv.gateway import Gateway

    loaded.warn()
    gateway = Gateway(loaded.settings, reactor, Adding(options["config"], loaded.drafts))
    Departure(reactor).setServiceParent(gateway)
    return gateway


class Departure(Service):
    """SIGTERM is how a gateway is told to end, so an end in order is exit status 0.

    Left alone, twistd ends in order and then by the very signal (143 to a shell).
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._leaving = False

    def startService(self) -> None:
        """IService: in the reactor's first turn, when its own handlers are in place."""
        super().startService()
        self._reactor.callLater(0, signal.signal, signal.SIGTERM, self._told)

    def _told(self, number: int, frame: object) -> None:
        self._reactor.callFromThread(self._leave)

    def _leave(self) -> None:
        if not self._leaving:
            self._leaving = True
            log.info("SIGTERM: leaving")
            self._reactor.stop()

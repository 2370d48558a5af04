"""A running gateway as its operator's command reaches it: the console's JSON API, over loopback.

Blocking on purpose: a command does one thing and ends. It knows where the
console listens and its token from the settings, and nothing of stores.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import attrs
import msgspec

from chanserv.console.story import Story, Word
from chanserv.errors import ChanservError
from chanserv.operations import DeadLetter, DeadLetters, Recalled
from chanserv.settings import Secret, Settings

CARRIER = 60.0
"""Seconds that carriers may take, beside the gateway's own."""
EVERYWHERE = ("", "0.0.0.0", "::")
_direct = build_opener(ProxyHandler({}))  # a proxy of the environment has no business here


class Unreachable(ChanservError):
    """Nobody listens where the console should be."""


class Declined(ChanservError):
    """The gateway answered, but not what was asked for; says why."""


@attrs.frozen
class Gateway:
    """The console's API. Every method raises Unreachable or Declined; `timeout` in seconds."""

    url: str
    token: Secret
    timeout: float = 10.0

    def trace(self, term: str) -> list[Story]:
        """Every story about an id, a number or a ref, newest first."""
        return self._stories(self._ask(f"/api/trace?{urlencode({'q': term})}"))

    def send(self, channel: str, to: str, text: str) -> int:
        """Send a text as if the platform had asked; our ref, once it is on disk."""
        return int(self._ask("/api/messages", {"channel": channel, "to": to, "text": text})["ref"])

    def links(self) -> list[dict[str, Any]]:
        """What /api/links says."""
        return list(self._ask("/api/links")["links"])

    def start(self, link: str) -> str:
        """Have a link that gave up dial again; its state then. Raises Declined if there is no such link."""
        return str(self._ask("/api/start", {"link": link})["state"])

    def add(self, name: str, tables: Mapping[str, object]) -> dict[str, Any]:
        """Add channels and links; what /api/add says. Raises Declined with every fault there is."""
        return attrs.evolve(self, timeout=self.timeout + CARRIER)._ask("/api/add", {**tables, "name": name})

    def dead(self) -> Iterator[DeadLetter]:
        """Every dead letter, by ref."""
        after, more = 0, True
        while more:
            page = msgspec.convert(self._ask(f"/api/dead?after={after}"), DeadLetters)
            yield from page.letters
            after, more = page.letters[-1].ref if page.letters else after, page.more

    def replay(self, ref: int) -> int:
        """Owe that letter to the platform again: 1. Raises Declined, with the reason, if it cannot be."""
        return int(self._ask("/api/replay", {"letter": ref})["replayed"])

    def replay_all(self) -> int:
        """Owe all dead letters to the platform again that have a channel; how many."""
        return int(self._ask("/api/replay", {"all": True})["replayed"])

    def ask(self, term: str) -> list[Word]:
        """What carriers say now of each part that they have an id for, of the one text with this ref or id."""
        return msgspec.convert(self._wish("/api/ask", {"term": term})["parts"], list[Word])

    def cancel(self, term: str, by: str = "any") -> tuple[int, list[Recalled]]:
        """Its ref, and what came of cancelling each part; `by` is any, ref or id."""
        answer = self._wish("/api/cancel", {"term": term, "by": by})
        return int(answer["ref"]), msgspec.convert(answer["parts"], list[Recalled])

    def _wish(self, path: str, body: object) -> dict[str, Any]:
        """A carrier may take its time."""
        return attrs.evolve(self, timeout=self.timeout + CARRIER)._ask(path, body)

    def _stories(self, answer: dict[str, Any]) -> list[Story]:
        return msgspec.convert(answer["messages"], list[Story])

    def _ask(self, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body, default=str).encode("utf-8")  # TOML has dates
        request = Request(self.url + path, data, {"Authorization": f"Bearer {self.token.reveal()}"})
        try:
            with _direct.open(request, timeout=self.timeout) as answer:
                return dict(json.load(answer))
        except HTTPError as error:
            raise Declined(_why(error))
        except (URLError, OSError) as error:
            why = getattr(error, "reason", error)
            raise Unreachable(f"the gateway does not answer at {self.url}: {getattr(why, 'strerror', None) or why}")


def gateway(settings: Settings) -> Gateway:
    """The gateway these settings describe. Raises Unreachable if they give it no console."""
    console, token = settings.gateway.console, settings.gateway.console_token
    if console is None or token is None:
        raise Unreachable("the settings name no console; there is nothing to ask")
    return Gateway(address(console), token)


def address(endpoint: str) -> str:
    """The URL of a Twisted endpoint string such as `tcp:8081:interface=127.0.0.1`.

    Raises Unreachable for kinds that are no TCP port of this machine.
    """
    kind, *rest = (field.replace("\\", "") for field in re.split(r"(?<!\\):", endpoint))
    named = dict(field.split("=", 1) for field in rest if "=" in field)
    port = named.get("port") or next((field for field in rest if "=" not in field), "")
    if kind not in ("tcp", "tcp6", "ssl") or not port.isdigit():
        raise Unreachable(f"no address to ask can be read out of {endpoint}")
    host = named.get("interface", "")
    host = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"{'https' if kind == 'ssl' else 'http'}://{host}:{port}"


def _why(error: HTTPError) -> str:
    try:
        told = json.load(error)
        return "\n  ".join([f"{told['error']} (HTTP {error.code})", *told.get("faults", ())])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"

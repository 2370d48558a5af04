"""A person's orders to a running simulator: lines of standard input are carried out, and what was done is told.

What an order says, `orders` knows; what follows from it, the carrier.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.cli.orders import WORDS, Call, Change, Drop, Help, Mo, Order, Show, Unclear, parse, plain
from chanserv.cli.told import printable
from chanserv.links.peer.carrier import Carrier

STDIN = 0
LONGEST = 10_000  # octets of a line; what is longer is none


def attend(reactor: Any, hear: Callable[[str], object]) -> None:
    """Hear standard input from now on, unless there is none or another process of the terminal has it."""
    if sys.stdin is None:
        return  # it was closed from the beginning
    try:
        if os.isatty(STDIN) and os.tcgetpgrp(STDIN) != os.getpgrp():
            return  # to read in the background would stop us
    except OSError:
        return  # it is no terminal of ours
    reactor.addReader(Ear(reactor, hear))


@implementer(IReadDescriptor)
class Ear:
    """Reads a descriptor when there is something, without making it non-blocking: it is others' as well."""

    def __init__(self, reactor: Any, hear: Callable[[str], object], descriptor: int = STDIN) -> None:
        self._reactor, self._hear, self._descriptor = reactor, hear, descriptor
        self._held = b""

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:
        return "orders"

    def doRead(self) -> None:
        data = os.read(self._descriptor, 4096)
        if not data:
            self._reactor.removeReader(self)
            return
        *lines, held = (self._held + data).split(b"\n")
        self._held = held[: LONGEST + 1]
        for line in lines:
            self._hear(line.decode("utf-8", "replace") if len(line) <= LONGEST else "")

    def connectionLost(self, reason: Failure) -> None:
        self._reactor.removeReader(self)


class Obedience:
    """Does what a line says, and tells it; a line that says nothing is told, and nothing else."""

    def __init__(self, reactor: Any, carrier: Carrier, say: Callable[[str], object]) -> None:
        self._reactor, self._carrier, self._say = reactor, carrier, say

    def hear(self, line: str) -> None:
        """Raises nothing: a person may mistype."""
        if not line.strip():
            return
        try:
            self._do(parse(line))
        except (Unclear, ValueError) as error:  # ValueError: a value that cannot be, a text that has no such letters
            self._say(printable(f"no: {error.args[0]}"))

    def _do(self, order: Order) -> None:
        carrier = self._carrier
        match order:
            case Change(name, value):
                carrier.set(**{name: value})
                self._say(printable(f"{name} is {value!r} now"))
            case Mo(source, dest, text):
                carrier.send_mo(source, dest, text)
                self._say(f"{len(carrier.waiting)} deliveries wait for a receiver" if carrier.waiting else "sent")
            case Drop():
                count = len(carrier.connections)
                carrier.drop()
                self._say(f"{count} connections broken")
            case Call(host, port):
                self._call(host, port)
            case Show():
                self._show()
            case Help():
                self._say("\n".join(WORDS))
                self._say("  " + " ".join(plain()))
            case other:
                raise Unclear(f"a carrier does not know {other}")

    def _call(self, host: str, port: int) -> None:
        def told(failure: Failure) -> None:
            self._say(printable(f"no: {failure.getErrorMessage()}"))

        calling = self._carrier.call(HostnameEndpoint(self._reactor, host, port))
        calling.addCallbacks(lambda _: self._say(printable(f"connected to {host}:{port}")), told)

    def _show(self) -> None:
        carrier = self._carrier
        counted = {"connections": len(carrier.connections), "waiting": len(carrier.waiting), **carrier.counts}
        self._say("  ".join(f"{name} {count}" for name, count in counted.items()))
        unusual = {
            name: found for name, usual in plain().items() if (found := getattr(carrier.behaviour, name)) != usual
        }
        if unusual:
            self._say(printable("  ".join(f"{name} {found!r}" for name, found in unusual.items())))

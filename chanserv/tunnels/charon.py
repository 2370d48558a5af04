"""A connection to strongSwan's daemon: it lists the security associations, and tells when one comes or goes.

One question at a time, as vici has it (there is nothing in an answer that says to which question). What the list
means is `strongswan`'s matter; nothing is asked of the daemon that would change anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from chanserv.errors import BadFrame
from chanserv.tunnels.vici import Framer, Kind, Message, Packet, encode

LISTED = "list-sa"
NEWS = ("child-updown", "ike-updown")


class Unanswered(Exception):
    """The daemon cannot or will not tell; why, in words."""


class Charon(Protocol):
    """`news` is called whenever an association comes or goes."""

    def __init__(self, news: Callable[[], None]) -> None:
        self._news = news
        self._framer = Framer()
        self._asked: Deferred[list[Message]] | None = None
        self._listed: list[Message] = []

    def connectionMade(self) -> None:
        for name in (LISTED, *NEWS):
            self._say(Packet(Kind.EVENT_REGISTER, name))

    def associations(self) -> Deferred[list[Message]]:
        """All IKE_SAs. Fails with Unanswered; cancelled, the connection is given up: its answer would be another's."""
        if self._asked is not None:
            raise RuntimeError("one question at a time")
        self._asked, self._listed = Deferred(lambda asked: self._hang_up()), []
        asked = self._asked
        self._say(Packet(Kind.CMD_REQUEST, "list-sas"))
        return asked

    def dataReceived(self, data: bytes) -> None:
        try:
            packets = self._framer.received(data)
        except BadFrame as fault:
            self._answer(Failure(Unanswered(f"what answers is not strongSwan: {fault}")))
            self._hang_up()
            return
        for packet in packets:
            self._heard(packet)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.connected = 0
        self._answer(Failure(Unanswered("strongSwan hung up")))

    def _heard(self, packet: Packet) -> None:
        match packet:
            case Packet(Kind.EVENT, name, message) if name == LISTED:
                self._listed.append(message)
            case Packet(Kind.EVENT, name) if name in NEWS:
                self._news()
            case Packet(Kind.CMD_RESPONSE):
                self._answer(self._listed)
            case Packet(Kind.CMD_UNKNOWN) | Packet(Kind.EVENT_UNKNOWN):
                self._answer(Failure(Unanswered("this strongSwan does not know list-sas")))
            case _:
                pass  # EVENT_CONFIRM; and what only a client sends

    def _answer(self, answer: Any) -> None:
        asked, self._asked = self._asked, None
        if asked is not None and not asked.called:
            asked.callback(answer)

    def _say(self, packet: Packet) -> None:
        if self.transport is not None:
            self.transport.write(encode(packet))

    def _hang_up(self) -> None:
        self.connected = 0  # nothing more is asked here, though the socket may take a moment
        if self.transport is not None:
            self.transport.loseConnection()


class CharonFactory(Factory):
    """Makes the protocol of one connection to the daemon."""

    noisy = False

    def __init__(self, news: Callable[[], None]) -> None:
        self._news = news

    def buildProtocol(self, addr: Any) -> Charon:
        return Charon(self._news)

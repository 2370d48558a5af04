"""A listener that hands on what it hears, both ways, and remembers who said what and when. It reads none of it."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.protocols.portforward import ProxyClient, ProxyClientFactory, ProxyFactory, ProxyServer

from tests.interop.pcap import Said


class _Onward(ProxyClient):
    """The connection to the server."""

    def dataReceived(self, data: bytes) -> None:
        self.peer.heard(False, data)
        super().dataReceived(data)


class _OnwardFactory(ProxyClientFactory):
    protocol = _Onward
    noisy = False


class _Inward(ProxyServer):
    """The connection from the client."""

    clientProtocolFactory = _OnwardFactory

    def connectionMade(self) -> None:
        self.said: list[Said] = []
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        self.heard(True, data)
        super().dataReceived(data)

    def heard(self, client: bool, data: bytes) -> None:
        if not self.said:  # a connection on which nothing is said is none
            self.factory.sessions.append(self.said)
        self.said.append((reactor.seconds(), client, data))


class Wire(ProxyFactory):
    """To a server at this port of loopback; `sessions`: what was said on each connection since the beginning."""

    protocol = _Inward
    noisy = False

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port)
        self.sessions: list[list[Said]] = []

    @property
    def said(self) -> list[Said]:
        """On all connections, one connection after the other."""
        return [one for session in self.sessions for one in session]

    def octets(self, client: bool) -> bytes:
        """Of one side, on all connections."""
        return b"".join(data for _, by_client, data in self.said if by_client is client)

"""A listener that hands on what it hears, both ways, and remembers who said what and when. It reads none of it."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.protocols.portforward import ProxyClient, ProxyClientFactory, ProxyFactory, ProxyServer

from tests.interop.pcap import Said


class _Onward(ProxyClient):
    """The connection to the server."""

    def dataReceived(self, data: bytes) -> None:
        self.peer.factory.hear(False, data)
        super().dataReceived(data)


class _OnwardFactory(ProxyClientFactory):
    protocol = _Onward
    noisy = False


class _Inward(ProxyServer):
    """The connection from the client."""

    clientProtocolFactory = _OnwardFactory

    def dataReceived(self, data: bytes) -> None:
        self.factory.hear(True, data)
        super().dataReceived(data)


class Wire(ProxyFactory):
    """To a server at this port of loopback; `said` is everything since the beginning."""

    protocol = _Inward
    noisy = False

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port)
        self.said: list[Said] = []

    def hear(self, client: bool, data: bytes) -> None:
        self.said.append((reactor.seconds(), client, data))

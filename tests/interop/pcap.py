"""What two ends of one TCP connection said, as a capture file that any analyser reads: no privileges, no network.

Classic pcap, raw IPv4 (link type 101), a handshake before and a farewell
behind, sequence numbers and checksums as they must be. What the octets mean
is not known here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise

Said = tuple[float, bool, bytes]  # seconds since the epoch, by the client, octets

MAGIC, LINK_RAW = 0xA1B2C3D4, 101
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
LONGEST = 1400  # octets of a segment
LOOPBACK = bytes((127, 0, 0, 1))
CLIENT_PORT = 50_000


def capture(said: Iterable[Said], port: int) -> bytes:
    """The file of a connection to `port`, opened at the first thing said and closed at the last."""
    header = struct.pack("!IHHiIII", MAGIC, 2, 4, 0, 0, 65_535, LINK_RAW)
    return header + b"".join(_record(at, packet) for at, packet in _packets(list(said), port))


def _record(at: float, packet: bytes) -> bytes:
    seconds, micros = divmod(round(at * 1_000_000), 1_000_000)
    return struct.pack("!IIII", seconds, micros, len(packet), len(packet)) + packet


def _packets(said: list[Said], port: int) -> Iterator[tuple[float, bytes]]:
    next_of = {True: 1000, False: 900_000}  # sequence number of each end, True the client
    ports = {True: CLIENT_PORT, False: port}

    def packet(client: bool, flags: int, octets: bytes = b"") -> bytes:
        other = next_of[not client] if flags & ACK else 0
        made = _packet(ports[client], ports[not client], next_of[client], other, flags, octets)
        next_of[client] += len(octets) + bool(flags & (SYN | FIN))
        return made

    opened, closed = said[0][0], said[-1][0]
    for client, flags in ((True, SYN), (False, SYN | ACK), (True, ACK)):
        yield opened, packet(client, flags)
    for at, client, octets in said:
        for start, end in pairwise([*range(0, len(octets), LONGEST), len(octets)]):
            yield at, packet(client, PSH | ACK, octets[start:end])
            yield at, packet(not client, ACK)
    for client, flags in ((True, FIN | ACK), (False, FIN | ACK), (True, ACK)):
        yield closed, packet(client, flags)


def _packet(source: int, target: int, number: int, acknowledged: int, flags: int, octets: bytes) -> bytes:
    """IPv4 (RFC 791) and TCP (RFC 9293) headers without options before the octets."""
    size = 20 + len(octets)
    tcp = struct.pack("!HHIIBBHHH", source, target, number, acknowledged, 5 << 4, flags, 65_535, 0, 0)
    pseudo = LOOPBACK + LOOPBACK + struct.pack("!BBH", 0, 6, size)
    tcp = tcp[:16] + _checksum(pseudo + tcp + octets) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 0, 0x4000, 64, 6, 0) + LOOPBACK + LOOPBACK
    return ip[:10] + _checksum(ip) + ip[12:] + tcp + octets


def _checksum(octets: bytes) -> bytes:
    """Of the Internet (RFC 1071)."""
    padded = octets + b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)

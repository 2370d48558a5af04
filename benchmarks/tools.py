"""The world around a gateway that is measured: who posts, who carries, who is told. On asyncio: nothing of ours.

Each is as small as its protocol allows, since all share the machine with what
they measure. They count; they do not check.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

HEADER = struct.Struct(">IIII")
now = time.monotonic
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    """Below those that connections are given: nobody takes it meanwhile, and no probe of it reaches itself."""
    while True:
        port = random.randrange(20_000, 32_000)
        if not listens(port):
            return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def usage(*pids: int) -> tuple[float, int]:
    """CPU seconds and resident bytes of these processes and their children."""
    seconds, resident = 0.0, 0
    for pid in (each for one in pids for each in (one, *_children(one))):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / TICKS
        resident += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return seconds, resident


def _children(pid: int) -> Iterator[int]:
    return map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


async def post(port: int, requests: Iterator[bytes], total: int, connections: int) -> None:
    """Send all `total` of these on so many connections; RuntimeError unless each is answered with a 2xx."""
    loop, answered = asyncio.get_running_loop(), count(1)
    ended: asyncio.Future[None] = loop.create_future()

    def done(well: bool) -> None:
        if not well and not ended.done():
            ended.set_exception(RuntimeError("a request was not answered 2xx"))
        elif next(answered) == total and not ended.done():
            ended.set_result(None)

    for _ in range(connections):
        await loop.create_connection(lambda: Poster(lambda: next(requests, None), done), "127.0.0.1", port)
    await ended


class Carrier(asyncio.Protocol):
    """An SMSC: takes every submit_sm at once, receipts it if asked, sends MO with a window."""

    window = 100

    def __init__(self) -> None:
        self.submits = self.receipts = self.heard = 0
        self.last_submit = self.last_heard = 0.0
        self._mo = 0
        self._open = 0
        self._sequence = 0
        self._held = b""
        self._owed: deque[bytes] = deque()
        self._transport: asyncio.Transport | None = None
        self.bound = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.bound.clear()

    def data_received(self, data: bytes) -> None:
        data, at, out = self._held + data, 0, []
        while len(data) - at >= 16:
            length, command, _, sequence = HEADER.unpack_from(data, at)
            if len(data) - at < length:
                break
            out.append(self._answer(command, sequence, data[at + 16 : at + length]))
            at += length
        self._held = data[at:]
        self._pump(out)

    def _answer(self, command: int, sequence: int, body: bytes) -> bytes:
        match command:
            case 0x04:
                return self._submitted(sequence, body)
            case 0x80000005:
                self._open -= 1
                self.heard += 1
                self.last_heard = now()
                return b""
            case 0x09:
                self.bound.set()
                return HEADER.pack(20, 0x80000009, 0, sequence) + b"SIM\0"
            case 0x15 | 0x06:
                return HEADER.pack(16, command | 0x80000000, 0, sequence)
        return b""

    def _submitted(self, sequence: int, body: bytes) -> bytes:
        self.submits += 1
        self.last_submit = now()
        message_id = b"%x" % self.submits
        _, source, dest, rest = _addresses(body)
        if rest[3 + rest[3:].index(0) + 1 :][rest[3 + rest[3:].index(0) + 1 :].index(0) + 1] & 1:
            text = (
                b"id:"
                + message_id
                + b" sub:001 dlvrd:001 submit date:2611230000 done date:2611230000 stat:DELIVRD err:000"
            )
            self._owed.append(_deliver(dest, source, 0x04, text))
            self.receipts += 1
        return HEADER.pack(17 + len(message_id), 0x80000004, 0, sequence) + message_id + b"\0"

    def send_mo(self, count: int) -> None:
        """So many texts from different handsets, as fast as the window allows."""
        for _ in range(count):
            self._mo += 1
            sender = b"\1\1" + b"25078%07d\0" % (self._mo % 9_999_999)
            self._owed.append(_deliver(sender, b"\1\1" + b"5582999489287\0", 0, b"Love is patient %d" % self._mo))
        self._pump([])

    def _pump(self, out: list[bytes]) -> None:
        while self._owed and self._open < self.window:
            self._sequence += 1
            self._open += 1
            body = self._owed.popleft()
            out.append(HEADER.pack(16 + len(body), 5, 0, self._sequence) + body)
        if out and self._transport is not None:
            self._transport.write(b"".join(out))


def _addresses(body: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """service_type, source and destination (TON, NPI, number with NUL), and what follows."""
    at = body.index(0) + 1
    first = body.index(0, at + 2) + 1
    second = body.index(0, first + 2) + 1
    return body[:at], body[at:first], body[first:second], body[second:]


def _deliver(source: bytes, dest: bytes, esm_class: int, text: bytes) -> bytes:
    return b"\0" + source + dest + bytes((esm_class, 0, 0, 0, 0, 0, 0, 0, 0, len(text))) + text


class Told(asyncio.Protocol):
    """The platform's receiving end: 200 to every POST, counted by the last word of its path."""

    ANSWER = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n"
        + b'{"message":"Accepted"}    '
    )

    def __init__(self, counts: dict[bytes, int], last: dict[bytes, float]) -> None:
        self._counts, self._last = counts, last
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        data, answers = self._held + data, 0
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(data) < end + 4 + length:
                break
            kind = data.split(b" ", 2)[1].rsplit(b"/", 1)[1]
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._last[kind] = now()
            data, answers = data[end + 4 + length :], answers + 1
        self._held = data
        if answers and self._transport is not None:
            self._transport.write(self.ANSWER * answers)


class Poster(asyncio.Protocol):
    """One keep-alive connection of a platform that posts: the next request follows the answer."""

    def __init__(self, take: Callable[[], bytes | None], done: Callable[[bool], None]) -> None:
        self._take, self._done = take, done
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = self._take()
        if self._transport is None:
            return
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._held += data
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return
        length = int(self._held[:end].lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(self._held) >= end + 4 + length:
            well = self._held.startswith(b"HTTP/1.1 2")
            self._held = self._held[end + 4 + length :]
            self._done(well)
            self._next()


def request(uuid: str, number: int) -> bytes:
    """One External send as courier writes it."""
    body = (
        b'{"id":"%d","text":"Your code is %06d. It is good for ten minutes; never tell it to anybody.",'
        b'"to":"+2507%08d","to_no_plus":"2507%08d","from":"+5582999489287","from_no_plus":"5582999489287","channel":"1"}'
        % (number, number % 1_000_000, number, number)
    )
    return (
        b"POST /c/ex/%s/send HTTP/1.1\r\nHost: gateway\r\nUser-Agent: Courier/26.3\r\nAuthorization: Token bench\r\n"
        b"Content-Type: application/json\r\nAccept-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
        % (uuid.encode(), len(body), body)
    )

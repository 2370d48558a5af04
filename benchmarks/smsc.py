"""An SMSC in a process of its own: `python -m benchmarks.smsc PORT COUNT LATENCY`.

Every submit_sm is answered LATENCY seconds after it came, each by itself. None
is, until a line is read from standard input: by then who is measured has a full
window and a backlog. At the COUNTth answer one line of JSON tells the seconds
since that line, and the most that ever waited at once. It ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import sys
from pathlib import Path

from benchmarks.tools import HEADER, Carrier, now


class SlowCarrier(Carrier):
    """Says "bound" and the result on standard output."""

    def __init__(self, count: int, latency: float) -> None:
        super().__init__()
        self._count, self._latency = count, latency
        self._began: float | None = None
        self._early: list[bytes] = []
        self._answered = self._waiting = self._peak = 0

    def go(self) -> None:
        self._began = now()
        early, self._early = self._early, []
        for answer in early:
            self._later(answer)

    def _answer(self, command: int, sequence: int, body: bytes) -> bytes:
        if command == 0x09:
            print("bound", flush=True)
        if command != 0x04:
            return super()._answer(command, sequence, body)
        self.submits += 1
        self._waiting += 1
        self._peak = max(self._peak, self._waiting)
        message_id = b"%x" % self.submits
        answer = HEADER.pack(17 + len(message_id), 0x80000004, 0, sequence) + message_id + b"\0"
        if self._began is None:
            self._early.append(answer)
        else:
            self._later(answer)
        return b""

    def _later(self, answer: bytes) -> None:
        asyncio.get_running_loop().call_later(self._latency, self._write, answer)

    def _write(self, answer: bytes) -> None:
        assert self._transport is not None and self._began is not None
        self._transport.write(answer)
        self._waiting -= 1
        self._answered += 1
        if self._answered == self._count:
            print(json.dumps({"seconds": now() - self._began, "peak": self._peak}), flush=True)


async def serve(port: int, count: int, latency: float) -> None:
    loop = asyncio.get_running_loop()
    carrier, reader = SlowCarrier(count, latency), asyncio.StreamReader()
    await loop.create_server(lambda: carrier, "127.0.0.1", port)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.readline()
    carrier.go()
    await reader.read()


def precise() -> asyncio.AbstractEventLoop:
    """Its timers ring when they should: epoll rounds a wait up to the next millisecond, select does not.

    Nor does the kernel add its usual 50 us (proc(5), timerslack_ns).
    """
    Path("/proc/self/timerslack_ns").write_text("1")
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=precise) as runner:
        runner.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))

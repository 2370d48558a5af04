"""The writer process: `python -m chanserv.store.child`, started by `store.process` only.

It reads frames from descriptor 0, writes frames to descriptor 1, and holds
the folder's lock by having inherited it. It ends when its input does, after
the batch in hand; signals meant for the gateway do not end it before. There
is no reactor and no second thread here: a batch is carried out while nothing
else wants the interpreter.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from select import select

from chanserv.errors import StoreError
from chanserv.store.clerk import Clerk
from chanserv.store.folder import store_path, touch, touched
from chanserv.store.frames import LENGTH, Answered, Batch, Kept, Lost, Opened, Opening, Unopened, asked, frame
from chanserv.store.sqlite import SqliteLedger
from chanserv.store.writer import Writer

IDLE = 0.2  # seconds without a batch before the log is folded into the file


class Conversation:
    """Answers frames until the other end hangs up."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._notes: list[str] = []

    def hold(self) -> None:
        opening = self._receive()
        if not isinstance(opening, Opening):
            return
        writer = self._writer(opening)
        try:
            writer.start(opening.now, opening.began, opening.former)
        except StoreError as error:
            self._send(Unopened(type(error).__name__, str(error)))
            return
        self._send(Opened(former=writer.former or 0.0, notes=self._take_notes()))
        self._serve(writer, opening.folder)
        writer.close()
        touch(opening.folder, time.time())  # the gateway has just ended, however it did

    def _writer(self, opening: Opening) -> Writer:
        path, ended = store_path(opening.folder), touched(opening.folder)
        return Writer(
            lambda former: SqliteLedger(path, opening.max_pages, former, ended=ended),
            lambda ledger: Clerk(ledger, opening.terms),
            self._notes.append,
        )

    def _serve(self, writer: Writer, folder: str) -> None:
        while True:
            batch = self._receive(writer.checkpoint)
            if not isinstance(batch, Batch):
                return
            touch(folder, batch.now)
            try:
                results = writer.carry_out(batch.now, batch.operations)
            except StoreError as error:
                self._send(Lost(str(error), self._take_notes()))
            else:
                self._send(Kept(results, self._take_notes()))

    def _receive(self, idle: Callable[[], None] | None = None) -> Opening | Batch | None:
        """None: the input has ended."""
        if idle is not None and not select([self._source], [], [], IDLE)[0]:
            idle()
        head = self._read(LENGTH.size)
        body = self._read(LENGTH.unpack(head)[0]) if head else b""
        return asked(body) if body else None

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            got = os.read(self._source, size - len(data))
            if not got:
                return b""
            data += got
        return bytes(data)

    def _send(self, answer: Answered) -> None:
        data = memoryview(frame(answer))
        while data:
            data = data[os.write(self._sink, data) :]

    def _take_notes(self) -> tuple[str, ...]:
        notes = tuple(self._notes)
        self._notes.clear()
        return notes


def main() -> None:
    """A terminal's ^C and a stop of the whole group are the gateway's to act on: it hangs up when it is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.umask(0o077)  # texts and numbers are nobody else's to read
    sink = os.dup(1)
    os.dup2(2, 1)  # whatever prints must not break the frames
    try:
        Conversation(0, sink).hold()
    except BrokenPipeError:
        return  # the gateway died; what it asked for last is on disk


if __name__ == "__main__":
    main()

"""tshark as a reader of our octets: a capture in, what it made of every PDU out, with every mark it put on them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.utils import getProcessOutputAndValue

from tests.interop.pcap import Said, capture

TSHARK = shutil.which("tshark") or ""
SEPARATOR, AGGREGATOR = "\x1e", "\x1f"
WARNING = 0x0060_0000  # severities of Wireshark: chat, note, warning, error
READ = (
    "smpp.command_id",
    "smpp.command_status",
    "smpp.message_text",
    "smpp.message_id",
    "smpp.receipted_message_id",
    "smpp.message_state",
    "gsm_sms.udh.mm.msg_part",
)
MARKS = ("_ws.expert.severity", "_ws.expert.message", "_ws.malformed")


def missing() -> str:
    """Why nobody reads our octets here; empty if tshark does."""
    return "" if TSHARK else "nobody to read our octets: install tshark"


@attrs.frozen
class Reading:
    """`fields`: each of READ with its values in the order of the wire, of both directions or of one."""

    fields: dict[str, list[str]]
    marks: list[str]  # malformed, warnings and errors, in tshark's words

    def numbers(self, field: str) -> list[int]:
        return [int(value, 0) for value in self.fields[field]]


async def read(path: Path, said: Sequence[Said], port: int, only: str = "tcp") -> Reading:
    """Have tshark read a capture of this; `only`: a display filter. Raises AssertionError if it cannot."""
    path.write_bytes(capture(said, port))
    names = [*READ, *MARKS]
    out, errors, code = await _run(
        *("-r", str(path), "-d", f"tcp.port=={port},smpp", "-Y", only),
        *("-o", "smpp.decode_sms_over_smpp:GSM 7-bit", "-o", "smpp.gsm7_unpacked:TRUE"),
        *("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"),
        *("-T", "fields", "-E", f"separator={SEPARATOR}", "-E", f"aggregator={AGGREGATOR}", "-E", "occurrence=a"),
        *(word for name in names for word in ("-e", name)),
    )
    assert code == 0, errors.decode()
    rows = [line.split(SEPARATOR) for line in _text(out).split("\n") if line]
    fields = {name: _values(row[at] for row in rows) for at, name in enumerate(names)}
    return Reading(fields, _marks(rows))


def _run(*words: str) -> Deferred[tuple[bytes, bytes, int]]:
    return getProcessOutputAndValue(TSHARK, words, env={**os.environ, "LC_ALL": "C.UTF-8"})


def _text(out: bytes) -> str:
    """tshark reads UCS-2 as the standard says: a character beyond it comes out as its two surrogates."""
    return out.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")


def _values(cells: Iterable[str]) -> list[str]:
    return [value for cell in cells if cell for value in cell.split(AGGREGATOR)]


def _marks(rows: Iterable[Sequence[str]]) -> list[str]:
    """Of packets with anything worse than a note; all they say, for whoever reads the failure."""
    found = []
    for *_, severities, message, malformed in rows:
        if malformed or any(int(severity, 0) >= WARNING for severity in _values([severities])):
            found.append(f"{malformed} {message}".strip())
    return found

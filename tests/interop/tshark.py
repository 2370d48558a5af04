"""tshark as a reader of our octets: a capture in, what it made of every packet out, with every mark it put on them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.utils import getProcessOutputAndValue

from tests.interop.pcap import Said, capture

TSHARK = shutil.which("tshark") or ""
SEPARATOR, AGGREGATOR = "\x1e", "\x1f"
WARNING = 0x0060_0000  # severities of Wireshark: chat, note, warning, error
MARKS = ("_ws.col.Info", "_ws.expert.severity", "_ws.expert.message", "_ws.malformed")
STX_ETX = re.compile(b"\x02[^\x03]*\x03")


@attrs.frozen
class Dissector:
    """One of tshark's, and what is known of its protocol without it."""

    name: str
    text: str  # its field for texts
    counted: str  # its field that every packet has once
    packets: Callable[[bytes], Iterator[int]]  # what must stand there, by nothing but how packets are cut
    keepalive: tuple[bytes, bytes]  # octets of a request whether the other end is there, and of its answer
    fields: tuple[str, ...]  # what else is read
    preferences: tuple[str, ...] = ()
    apart: bool = False  # it reads the first packet of a segment only: each gets one of its own
    errors: str = "strict"  # of its output, as UTF-8


def missing() -> str:
    """Why nobody reads our octets here; empty if tshark does."""
    return "" if TSHARK else "nobody to read our octets: install tshark"


@attrs.frozen
class Reading:
    """`fields`: each that was asked for, with its values in the order of the wire, of both directions or of one."""

    fields: dict[str, list[str]]
    marks: list[str]  # malformed, warnings and errors, in tshark's words

    def numbers(self, field: str) -> list[int]:
        return [int(value, 0) for value in self.fields[field]]

    def joined(self, other: Reading) -> Reading:
        """Of another connection as well."""
        names = {*self.fields, *other.fields}
        fields = {name: self.fields.get(name, []) + other.fields.get(name, []) for name in names}
        return Reading(fields, self.marks + other.marks)


async def read(path: Path, said: Sequence[Said], port: int, by: Dissector, only: str = "tcp") -> Reading:
    """Have tshark read a capture of this; `only`: a display filter. Raises AssertionError if it cannot."""
    path.write_bytes(capture(_apart(said) if by.apart else said, port))
    names = [by.counted, by.text, *by.fields, *MARKS]
    preferences = (*by.preferences, "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE")
    out, errors, code = await _run(
        *("-r", str(path), "-d", f"tcp.port=={port},{by.name}", "-Y", only),
        *(word for preference in preferences for word in ("-o", preference)),
        *("-T", "fields", "-E", f"separator={SEPARATOR}", "-E", f"aggregator={AGGREGATOR}", "-E", "occurrence=a"),
        *(word for name in names for word in ("-e", name)),
    )
    assert code == 0, errors.decode()
    rows = [line.split(SEPARATOR) for line in _text(out, by.errors).split("\n") if line]
    fields = {name: _values(row[at] for row in rows) for at, name in enumerate(names)}
    return Reading(fields, _marks(rows))


def _run(*words: str) -> Deferred[tuple[bytes, bytes, int]]:
    return getProcessOutputAndValue(TSHARK, words, env={**os.environ, "LC_ALL": "C.UTF-8"})


def _text(out: bytes, errors: str) -> str:
    """tshark reads UCS-2 as the standard says: a character beyond it comes out as its two surrogates."""
    return out.decode("utf-8", errors).encode("utf-16", "surrogatepass").decode("utf-16")


def _values(cells: Iterable[str]) -> list[str]:
    return [value for cell in cells if cell for value in cell.split(AGGREGATOR)]


def _marks(rows: Iterable[Sequence[str]]) -> list[str]:
    """Of packets with anything worse than a note; all they say, for whoever reads the failure.

    Of a wrong checksum the dissectors for UCP and CIMD2 tell in the Info column alone.
    """
    found = []
    for *_, info, severities, message, malformed in rows:
        bad = malformed or "invalid" in info
        if bad or any(int(severity, 0) >= WARNING for severity in _values([severities])):
            found.append(f"{malformed} {message} {info}".strip())
    return found


def _apart(said: Sequence[Said]) -> Iterator[Said]:
    """Of each side, packets between STX and ETX as they became whole; what is outside them is left out."""
    rests = {True: b"", False: b""}
    for at, client, data in said:
        octets, end = rests[client] + data, 0
        for found in STX_ETX.finditer(octets):
            yield at, client, found[0]
            end = found.end()
        rests[client] = octets[end:]


def _pdus(octets: bytes) -> Iterator[int]:
    """The command_id of every PDU, by nothing but their lengths (SMPP 3.4, section 3.2)."""
    while octets:
        length = int.from_bytes(octets[:4], "big")
        yield int.from_bytes(octets[4:8], "big")
        octets = octets[length:]


def _operations(pattern: bytes) -> Callable[[bytes], Iterator[int]]:
    """Of packets between STX and ETX: the number in the first group."""
    return lambda octets: (int(found) for found in re.findall(b"\x02" + pattern + b"[^\x03]*\x03", octets))


SMPP = Dissector(
    "smpp",
    "smpp.message_text",
    "smpp.command_id",
    _pdus,
    (bytes.fromhex("00000010 00000015 00000000"), bytes.fromhex("00000010 80000015 00000000")),
    (
        "smpp.command_status",
        "smpp.message_id",
        "smpp.receipted_message_id",
        "smpp.message_state",
        "gsm_sms.udh.mm.msg_part",
    ),
    ("smpp.decode_sms_over_smpp:GSM 7-bit", "smpp.gsm7_unpacked:TRUE"),
    errors="surrogatepass",
)
UCP = Dissector(
    "ucp",
    "ucp.parm.AMsg",
    "ucp.hdr.OT",
    _operations(rb"\d\d/\d{5}/[OR]/(\d\d)/"),
    (b"/O/31/", b"/R/31/A/"),
    (
        *("ucp.hdr.O_R", "ucp.parm.ACK", "ucp.parm.EC", "ucp.parm.SM"),
        *("ucp.parm.AdC", "ucp.parm.OAdC", "ucp.parm.OTOA", "ucp.parm.NRq", "ucp.parm.NT", "ucp.parm.Dst"),
        *("ucp.parm.MT", "ucp.parm.NB", "ucp.message", "ucp.parm.XSer"),
    ),
)
CIMD = Dissector(
    "cimd",
    "cimd.ud",
    "cimd.opcode",
    _operations(rb"(\d\d):\d{3}\t"),
    (b"\x0240:", b"\x0290:"),
    (
        *("cimd.pnumber", "cimd.errcode", "cimd.ui", "cimd.da", "cimd.oa", "cimd.aoi", "cimd.scts", "cimd.stcode"),
        *("cimd.pcode", "cimd.udb", "cimd.udh", "cimd.dcs", "cimd.srr"),
    ),
    apart=True,
    errors="replace",  # it writes letters beyond ASCII in no coding
)

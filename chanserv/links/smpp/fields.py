"""The field kinds of SMPP: how one value lies on the wire (SMPP 3.4, section 3.1), and what to answer when it is wrong.

A kind writes itself (`put`) and reads itself (`take`). Which fields a PDU
has, and how the everyday kinds are made fast, is not known here.
"""

from __future__ import annotations

from typing import Any, Protocol

import attrs

from chanserv.errors import BadField

RINVCMDLEN, RINVMSGLEN, RINVDESTFLAG = 0x02, 0x01, 0x40


class Kind(Protocol):
    """How a value is written and read. `bad` is the command_status for a value that cannot be."""

    bad: int

    def put(self, value: Any) -> bytes:
        """Raises BadField if the value does not fit."""

    def take(self, data: bytes, at: int, end: int) -> tuple[Any, int]:
        """(value, where the next begins). Raises BadField."""


@attrs.frozen
class Int:
    """An unsigned big-endian integer of `size` octets. `last`: the PDU may end before it; then it is 0."""

    size: int = 1
    bad: int = RINVCMDLEN
    last: bool = False

    def put(self, value: int) -> bytes:
        try:
            return value.to_bytes(self.size, "big")
        except OverflowError:
            raise BadField(f"{value} in {self.size} octets", self.bad)

    def take(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        if self.last and at == end:
            return 0, end
        if at + self.size > end:
            raise BadField(f"an integer cut short at {at}", self.bad)
        return int.from_bytes(data[at : at + self.size], "big"), at + self.size


_OCTET = Int(1)


@attrs.frozen
class CString:
    """A C-octet string of at most `limit` octets, its NUL among them. `last`: it may end with the PDU instead."""

    limit: int
    bad: int = RINVCMDLEN
    last: bool = False

    def put(self, value: bytes) -> bytes:
        if len(value) >= self.limit or 0 in value:
            raise BadField(f"{len(value)} octets where {self.limit} with NUL fit", self.bad)
        return value + b"\0"

    def take(self, data: bytes, at: int, end: int) -> tuple[bytes, int]:
        nul = data.find(b"\0", at, min(at + self.limit, end))
        if nul >= 0:
            return data[at:nul], nul + 1
        if self.last and end - at <= self.limit:
            return data[at:end], end
        raise BadField(f"no NUL within {self.limit} octets at {at}", self.bad)


@attrs.frozen
class Counted:
    """Octets behind a one-octet count (sm_length and short_message).

    `tolerant`: a count that runs over the end means what there is, and one that leaves out the user data header is
    put right. Carriers miscount so (seen in the field), and a refusal only brings the text again.
    """

    limit: int = 255
    bad: int = RINVMSGLEN
    tolerant: bool = False

    def put(self, value: bytes) -> bytes:
        if len(value) > self.limit:
            raise BadField(f"{len(value)} octets where {self.limit} fit", self.bad)
        return bytes((len(value),)) + value

    def take(self, data: bytes, at: int, end: int) -> tuple[bytes, int]:
        if at >= end or (at + 1 + data[at] > end and not self.tolerant):
            raise BadField(f"counted octets cut short at {at}", self.bad)
        stop = min(at + 1 + data[at], end)
        if self.tolerant and stop < end and not _parameters(data, stop, end):
            headed = stop + data[at + 1] + 1  # UDHL, if that is what the text begins with
            stop = headed if headed <= end and _parameters(data, headed, end) else stop
        return data[at + 1 : stop], stop


def _parameters(data: bytes, at: int, end: int) -> bool:
    """Are these optional parameters, one behind the other? Less than the head of one, such as NULs, may be left."""
    while end - at >= 4:
        at += 4 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at <= end


@attrs.frozen
class Address:
    """An SME address of submit_multi: TON, NPI and number; or, `listed`, a distribution list's name."""

    ton: int = 0
    npi: int = 0
    number: bytes = b""
    listed: bool = False


@attrs.frozen
class Addresses:
    """number_of_dests and that many dest_address (section 4.5.1.1): flag 1 an address, flag 2 a list name."""

    bad: int = RINVDESTFLAG
    _name: CString = CString(21, 0x34)
    _number: CString = CString(21, 0x0B)

    def put(self, value: tuple[Address, ...]) -> bytes:
        return Int(1, 0x33).put(len(value)) + b"".join(
            b"\x02" + self._name.put(one.number)
            if one.listed
            else b"\x01" + _OCTET.put(one.ton) + _OCTET.put(one.npi) + self._number.put(one.number)
            for one in value
        )

    def take(self, data: bytes, at: int, end: int) -> tuple[tuple[Address, ...], int]:
        count, at = Int(1, 0x33).take(data, at, end)
        found = []
        for _ in range(count):
            flag, at = _OCTET.take(data, at, end)
            if flag == 1:
                ton, at = _OCTET.take(data, at, end)
                npi, at = _OCTET.take(data, at, end)
                number, at = self._number.take(data, at, end)
                found.append(Address(ton, npi, number))
            elif flag == 2:
                name, at = self._name.take(data, at, end)
                found.append(Address(number=name, listed=True))
            else:
                raise BadField(f"dest_flag {flag}", self.bad)
        return tuple(found), at


@attrs.frozen
class Unsuccess:
    """One address a submit_multi did not reach, and its command_status."""

    ton: int
    npi: int
    number: bytes
    status: int


@attrs.frozen
class Unsuccesses:
    """no_unsuccess and that many of them (section 4.5.2). A list cut short is read as far as it goes."""

    bad: int = RINVCMDLEN
    _number: CString = CString(21, 0x0B)

    def put(self, value: tuple[Unsuccess, ...]) -> bytes:
        return _OCTET.put(len(value)) + b"".join(
            _OCTET.put(one.ton) + _OCTET.put(one.npi) + self._number.put(one.number) + Int(4).put(one.status)
            for one in value
        )

    def take(self, data: bytes, at: int, end: int) -> tuple[tuple[Unsuccess, ...], int]:
        count, at = (data[at], at + 1) if at < end else (0, at)
        found: list[Unsuccess] = []
        for _ in range(count):
            nul = data.find(b"\0", at + 2, end)
            if nul < 0 or nul + 5 > end:
                return tuple(found), end
            status = int.from_bytes(data[nul + 1 : nul + 5], "big")
            found.append(Unsuccess(data[at], data[at + 1], data[at + 2 : nul], status))
            at = nul + 5
        return tuple(found), at

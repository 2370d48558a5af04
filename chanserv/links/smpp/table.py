"""What every PDU of SMPP has, and how one is entered in the table: one class a PDU, one line a field (section 3.2).

Octets stay octets: text is made of them later, from data_coding. A request
names its response. Which PDUs there are, `pdus` and `broadcasts` say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import attrs

from chanserv.links.smpp.fields import Counted, CString, Int, Kind
from chanserv.links.smpp.tlvs import integer

RESPONSE = 0x8000_0000
BY_ID: dict[int, type[Pdu]] = {}
Tlvs = tuple[tuple[int, bytes], ...]


@attrs.frozen(kw_only=True)
class Pdu:
    """What all have. `bare`: it came, or goes, without any body, as refusals often do."""

    command_id: ClassVar[int]
    sequence: int = 0
    status: int = 0
    tlvs: Tlvs = ()
    bare: bool = False

    def tlv(self, tag: int) -> bytes | None:
        """The first value of a tag: only callback numbers and broadcast areas may repeat one."""
        return next((value for key, value in self.tlvs if key == tag), None)

    def number(self, tag: int) -> int | None:
        """A TLV as an integer; None if it is absent or none."""
        return integer(self.tlv(tag) or b"")

    def answer(self, status: int = 0, **fields: Any) -> Pdu:
        """Its response; a refusal goes without a body."""
        return BY_ID[self.command_id | RESPONSE](
            sequence=self.sequence, status=status, bare=bool(status) and not fields, **fields
        )


@attrs.frozen(kw_only=True)
class Unknown(Pdu):
    """A command we have no table for: its octets are kept as they came."""

    command: int = 0
    body: bytes = b""


C = TypeVar("C", bound=type[Pdu])


def command(command_id: int) -> Callable[[C], C]:
    """Enter a PDU class in the table under its command_id."""

    def enter(cls: C) -> C:
        cls.command_id = command_id
        BY_ID[command_id] = cls
        return cls

    return enter


def octet(default: int = 0, last: bool = False) -> Any:
    return attrs.field(default=default, metadata={Kind: Int(1, last=last)})


def cstring(limit: int, bad: int = 0x02, last: bool = False) -> Any:
    return attrs.field(default=b"", metadata={Kind: CString(limit, bad, last)})


def counted(tolerant: bool = False) -> Any:
    return attrs.field(default=b"", metadata={Kind: Counted(tolerant=tolerant)})


def moment(bad: int) -> Any:
    """Absolute or relative time, 16 characters, or nothing (section 7.1.1)."""
    return cstring(17, bad)

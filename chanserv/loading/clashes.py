"""Which values of two keys of one link exclude each other, and why: one table, a line a clash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from chanserv.settings import SmppSettings, SmscSettings, UcpSettings
from chanserv.toml.shapes import Draft


@attrs.frozen
class Clash:
    """Where `key` is `value`, `other` must fit; else `what` is said of it."""

    cls: type[SmscSettings]
    key: str
    value: object
    other: str
    fits: Callable[[Any], bool]
    what: str

    def holds(self, link: Draft[SmscSettings]) -> bool:
        return (
            isinstance(link.value, self.cls)
            and link.sound(self.key, self.other)
            and getattr(link.value, self.key) == self.value
            and not self.fits(getattr(link.value, self.other))
        )


def _is(*values: object) -> Callable[[Any], bool]:
    return lambda value: value in values


_33 = (SmppSettings, "version", "3.3")
_DATA = (SmppSettings, "submit", "data_sm")
_01 = (UcpSettings, "operation", "01")
CLASHES = (
    Clash(
        *_33,
        "bind",
        _is("transmitter+receiver", "transmitter", "receiver"),
        'must be "transmitter+receiver" or "transmitter" or "receiver": SMPP 3.3 has no transceiver',
    ),
    Clash(*_33, "long", _is("udh", "udh16"), 'must be "udh" or "udh16": SMPP 3.3 has no TLVs'),
    Clash(*_33, "submit", _is("submit_sm"), 'must be "submit_sm": SMPP 3.3 has no data_sm'),
    Clash(*_33, "tlvs", _is(()), "must be left out: SMPP 3.3 has no TLVs"),
    Clash(*_33, "listen", _is(None), "must be left out: SMPP 3.3 has no outbind"),
    Clash(*_DATA, "protocol_id", _is(0), "must be left out: data_sm has no such field"),
    Clash(*_DATA, "priority", _is(0), "must be left out: data_sm has no such field"),
    Clash(
        SmppSettings,
        "bind",
        "transmitter+receiver",
        "binds",
        lambda binds: binds % 2 == 0,
        "must be even, such as 2: a transmitter and its receiver are two sessions",
    ),
    Clash(*_01, "receipts", _is("none"), 'must be "none": operation 01 has no field to ask for a notification (53)'),
    Clash(*_01, "validity_period", _is("none"), 'must be "none": operation 01 has no VP'),
    Clash(*_01, "priority", _is(None), "must be left out: operation 01 has no PR"),
    Clash(*_01, "billing", _is(None), "must be left out: operation 01 has no XSer"),
    Clash(*_01, "notify_address", _is(None), "must be left out: operation 01 has no NAdC"),
    Clash(UcpSettings, "account", "", "password", _is(None), "signs in as whom? account is missing"),
    Clash(UcpSettings, "account", "", "subscribe", _is(False), "subscribes whom? account is missing"),
    Clash(
        UcpSettings, "notify_address", None, "notify_pid", _is(None), "is of which address? notify_address is missing"
    ),
)

"""What an account's sessions agree on with the SMSC, beside `links.terms`: the version that is spoken. Values only."""

from __future__ import annotations

import attrs

V33, V34, V50 = 0x33, 0x34, 0x50  # interface_version


@attrs.define
class Spoken:
    """What an account's peers understand: the version we were set to, or a lower one that a peer named."""

    version: int = V34

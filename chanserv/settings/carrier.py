"""What every link has, whatever its kind: an account at a carrier, and the way there. Seconds, unless a comment says
otherwise."""

from __future__ import annotations

from typing import Literal

import attrs

from chanserv.settings.common import TlsSettings


@attrs.frozen(kw_only=True)
class CarrierSettings:
    """What every kind of link has: one account at one carrier, and how it is reached."""

    name: str
    rate: float = 50.0  # parts a second
    on_unknown: Literal["resend", "fail"] = "resend"  # a part whose answer never came
    receipts: Literal["part", "message", "none"] = "part"  # what the carrier sends
    fallback: str | None = None  # channel for MO that no rule places
    phase: Literal["live", "test"] = "live"  # test: only texts to `test_numbers` go, the rest is held
    test_numbers: tuple[str, ...] = ()
    answer_within: float = 30.0  # for a part; later, the session is ended
    connect_within: float = 10.0  # for the connection, TLS among it
    source: str | None = None  # our address to dial from
    device: str | None = None  # dial only through this network device
    tunnel: str | None = None  # a [tunnel.<name>]
    require_tunnel: bool = False  # never dial, and keep no session, while the tunnel is down
    tls: TlsSettings | None = None
    user_timeout: float = 10.0  # octets that stay unacknowledged for so long end the connection; 0: the system's
    keepalive: float = 5.0  # of silence TCP asks whether the other end is there; 0: it does not

"""What a UCP session is given, beside `links.terms`: who we are, and what is to be sent. Values only."""

from __future__ import annotations

import attrs

from chanserv.links.ucp.operations import Operation


@attrs.frozen(kw_only=True)
class Login:
    """Who we are. `password` None: nobody asks, the SMSC knows us by our address."""

    account: str = ""
    password: str | None = None
    oton: int = 6
    onpi: int = 5
    subscribe: bool = False


@attrs.frozen(kw_only=True)
class Submission:
    """A part as it is submitted; `message`: whose it is, see `links.spacing`."""

    operation: Operation
    to: str
    message: int

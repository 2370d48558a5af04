"""AWS Signature Version 4, one of the named schemes: a canonical request, and a chain of keys (AWS General Reference,
"Create a signed AWS API request"). Which API is called with it is a profile's matter.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

import attrs

from chanserv.profiles.expressions import Scope
from chanserv.profiles.filters import text
from chanserv.profiles.requests import Request
from chanserv.profiles.templates import Made

KEYS = ("region", "service", "access_key", "secret_key")
ALGORITHM = "AWS4-HMAC-SHA256"


@attrs.frozen(kw_only=True)
class Scheme:
    """What is signed with, as templates."""

    region: Made
    service: Made
    access_key: Made
    secret_key: Made

    def headers(self, scope: Scope, request: Request) -> tuple[tuple[str, str], ...]:
        """Those to be added. `now` of the scope is seconds since the epoch."""
        given = [text(getattr(self, key)(scope)) for key in KEYS]
        return signed(request, float(scope.ours["now"]), *given)


def signed(
    request: Request, now: float, region: str, service: str, access_key: str, secret_key: str
) -> tuple[tuple[str, str], ...]:
    """X-Amz-Date and Authorization of a request."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    area = f"{stamp[:8]}/{region}/{service}/aws4_request"
    names, canonical = _canonical(request, stamp)
    base = "\n".join((ALGORITHM, stamp, area, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret_key}".encode()
    for step in area.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.new(key, base.encode(), "sha256").hexdigest()
    told = f"{ALGORITHM} Credential={access_key}/{area}, SignedHeaders={names}, Signature={signature}"
    return ("X-Amz-Date", stamp), ("Authorization", told)


def _canonical(request: Request, stamp: str) -> tuple[str, str]:
    """The names of the headers that are signed, and what is hashed."""
    parts = urlsplit(request.urls[0])
    headers = {name.lower(): " ".join(value.split()) for name, value in request.headers}
    headers |= {"host": parts.netloc.rpartition("@")[2], "x-amz-date": stamp}
    names = ";".join(sorted(headers))
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parse_qsl(parts.query, True))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = [request.method, quote(parts.path or "/", safe="/-_.~"), query]
    lines += [f"{name}:{headers[name]}" for name in sorted(headers)]
    return names, "\n".join((*lines, "", names, hashlib.sha256(request.body).hexdigest()))


def _encoded(word: str) -> str:
    return quote(word, safe="-_.~")

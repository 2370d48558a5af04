"""JSON Web Tokens under a shared secret (RFC 7519, RFC 7515), as a provider's signature of a webhook.

HMAC alone: a token that names another way, or none, is refused before anything
in it is read. Of what it claims, its times are looked at, and what the profile
says: fixed claims, the hash of the URL and that of the body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from chanserv.errors import BadField
from chanserv.profiles.expressions import Scope
from chanserv.profiles.filters import number, octets, text
from chanserv.profiles.trees import tree
from chanserv.profiles.verify.checks import Check

HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
SKEW = 60.0  # seconds their clock and ours may differ
LONGEST = 8_192  # characters


def jwt_scheme(check: Check, scope: Scope, now: float) -> str:
    """Why it is not genuine; empty: it is."""
    try:
        claims = read(text(check.given(scope)), octets(check.key(scope)))
    except ValueError as fault:
        return str(fault)
    if why := timely(claims, now):
        return why
    wanted = dict(check.claims)
    if check.url_claim:
        wanted[check.url_claim] = hashlib.sha256(octets(scope.ours["url"])).hexdigest()
    if check.body_claim and (scope.ours["body"] or check.body_claim in claims):
        wanted[check.body_claim] = hashlib.sha256(octets(scope.ours["body"])).hexdigest()
    for name, value in wanted.items():
        if not hmac.compare_digest(octets(claims.get(name)), octets(value)):
            return f"its {name} is another"
    return ""


def read(token: str, key: bytes) -> dict[str, Any]:
    """The claims. Raises ValueError, with words."""
    head, dot, rest = token[: LONGEST + 1].strip().partition(".")
    body, other, signature = rest.partition(".")
    if not dot or not other or len(token) > LONGEST:
        raise ValueError("the token is missing" if not token else "the token is none")
    header = _part(head)
    name = text(header.get("alg"))
    if name not in HASHES or "crit" in header:  # what must be understood is not (RFC 7515, 4.1.11)
        raise ValueError("the token is signed in a way that is not taken")
    wanted = hmac.digest(key, f"{head}.{body}".encode("utf-8", "replace"), HASHES[name])
    if not hmac.compare_digest(wanted, _octets(signature)):
        raise ValueError("the signature is wrong")
    return _part(body)


def timely(claims: Mapping[str, Any], now: float) -> str:
    """exp and nbf (RFC 7519, 4.1): where they are, they must be times."""
    ends, begins = (number(claims[name]) if name in claims else now for name in ("exp", "nbf"))
    if ends is None or begins is None:
        return f"its {'exp' if ends is None else 'nbf'} is no time"
    if now > ends + SKEW:
        return "it has expired"
    return "it is not valid yet" if now < begins - SKEW else ""


def _octets(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise ValueError("the token is none") from None


def _part(part: str) -> dict[str, Any]:
    try:
        found = tree("json", _octets(part))
    except BadField:
        raise ValueError("the token is none") from None
    if not isinstance(found, dict):
        raise ValueError("the token is none")
    return found

"""The other side of `schemes`: a webhook is signed as its provider would, for cases and for the stub of a provider.

What SNS signs is Amazon's alone to sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import quote

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chanserv.profiles import requests
from chanserv.profiles.expressions import Scope
from chanserv.profiles.filters import octets, text
from chanserv.profiles.requests import Asked
from chanserv.profiles.sending import basic
from chanserv.profiles.trees import Tree
from chanserv.profiles.verify import checks
from chanserv.profiles.verify.checks import Check
from chanserv.profiles.verify.guard import Guard
from chanserv.profiles.verify.schemes import params_digest

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))  # of every stub: it protects nothing
PUBLIC = base64.b64encode(PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def signed(guard: Guard, asked: Asked, cfg: Mapping[str, Tree], now: float) -> Asked:
    """The request with what its provider adds. `cfg` holds the account's keys; of Ed25519 that is PUBLIC."""
    for scheme, check in guard.checks:
        if check.when(checks.scope(asked, cfg)):
            asked = _timed(asked, check, now)
            asked = _SIGNERS.get(scheme, _unsigned)(check, asked, checks.scope(asked, cfg), now)
    return asked


def _timed(asked: Asked, check: Check, now: float) -> Asked:
    return _put(asked, check.time_at, str(int(now))) if check.time_at else asked


def _put(asked: Asked, where: str, value: str) -> Asked:
    """Into a header, or among the parameters: of the form, if there is one."""
    place, _, name = where.partition(".")
    if place == "header":
        return attrs.evolve(asked, headers={**asked.headers, name.lower(): value})
    pair = f"{quote(name)}={quote(value)}"
    if place == "form":
        return attrs.evolve(asked, body=asked.body + (b"&" if asked.body else b"") + pair.encode())
    query = f"{asked.query}&{pair}" if asked.query else pair
    return attrs.evolve(asked, query=query, url=requests.with_query(asked.url, pair))


def _hmac(check: Check, asked: Asked, scope: Scope, now: float) -> Asked:
    digest = hmac.digest(octets(check.key(scope)), check.signed(scope), check.hash)
    written = digest.hex() if check.encode == "hex" else base64.b64encode(digest).decode()
    return _put(asked, check.given_at, written)


def _params(check: Check, asked: Asked, scope: Scope, now: float) -> Asked:
    return _put(asked, check.given_at, params_digest(check, scope))


def _token(check: Check, asked: Asked, scope: Scope, now: float) -> Asked:
    return _put(asked, check.given_at, text(check.key(scope)))


def _basic(check: Check, asked: Asked, scope: Scope, now: float) -> Asked:
    user, password = (text(each(scope)) for each in check.basic)
    return _put(asked, "header.authorization", basic(user, password))


def _ed25519(check: Check, asked: Asked, scope: Scope, now: float) -> Asked:
    return _put(asked, check.given_at, base64.b64encode(PRIVATE.sign(check.signed(scope))).decode())


def _jwt(check: Check, asked: Asked, scope: Scope, now: float) -> Asked:
    claims: dict[str, object] = {**check.claims, "nbf": int(now) - 1, "exp": int(now) + 60}
    if check.url_claim:
        claims[check.url_claim] = hashlib.sha256(asked.url.encode()).hexdigest()
    if check.body_claim and asked.body:
        claims[check.body_claim] = hashlib.sha256(asked.body).hexdigest()
    head = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.digest(octets(check.key(scope)), head.encode(), "sha256")
    return _put(asked, check.given_at, f"{head}.{_url64(signature)}")


def _part(value: object) -> str:
    return _url64(json.dumps(value).encode())


def _url64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _unsigned(check: Check, asked: Asked, scope: Scope, now: float) -> Asked:
    return asked


_SIGNERS = {
    "hmac": _hmac,
    "params": _params,
    "token": _token,
    "basic": _basic,
    "ed25519": _ed25519,
    "jwt": _jwt,
}

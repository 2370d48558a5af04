"""The schemes that need nothing but a request and the account's secrets: each says why a request is not genuine.

hmac     a digest of what `over` puts together (Twilio, Plivo and most others)
params   Vonage's: every parameter but the signature, sorted (developer.vonage.com, "Signing messages")
token    a shared secret, in a header or a field
basic    RFC 7617
ed25519  RFC 8032, a public key of the provider
ip       where it comes from
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chanserv.profiles.expressions import Scope
from chanserv.profiles.filters import octets, text
from chanserv.profiles.sending import basic as basic_header
from chanserv.profiles.verify.checks import Check

WRONG = "the signature is wrong"
MISSING = "the signature is missing"


def same(one: bytes, other: bytes) -> bool:
    """In constant time."""
    return hmac.compare_digest(one, other)


def hmac_scheme(check: Check, scope: Scope) -> str:
    """A request may bear several signatures, with commas between them, while a key is replaced."""
    given = [_written(one, check.encode) for one in text(check.given(scope)).split(",") if one.strip()]
    if not given:
        return MISSING
    if why := check.uncovered(scope):
        return why
    right = False
    for each in _ports(scope):
        digest = hmac.digest(octets(check.key(scope)), check.signed(each), check.hash)
        wanted = digest.hex().encode() if check.encode == "hex" else base64.b64encode(digest)
        for one in given:
            right |= same(wanted, one)
    return "" if right else WRONG


def _ports(scope: Scope) -> list[Scope]:
    """With the URL as it is, and with its usual port written or left out: senders do not agree on it (Twilio)."""
    parts = urlsplit(text(scope.ours["url"]))
    usual = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    bare = parts.netloc.removesuffix(usual)
    if ":" in bare.rpartition("@")[2].rpartition("]")[2]:
        return [scope]
    urls = (parts._replace(netloc=netloc).geturl() for netloc in (bare, bare + usual))
    return [scope, *(Scope({**scope.ours, "url": url}) for url in urls if url != scope.ours["url"])]


def _written(given: str, encode: str) -> bytes:
    given = given.strip()
    return (given.lower() if encode == "hex" else given).encode("utf-8", "replace")


def params_scheme(check: Check, scope: Scope) -> str:
    """All fields but the signature as `&name=value` by name, hashed with the secret behind, or under it as a key."""
    given = text(check.given(scope)).strip().lower()
    if not given:
        return MISSING
    return "" if same(params_digest(check, scope).encode(), given.encode("utf-8", "replace")) else WRONG


def params_digest(check: Check, scope: Scope) -> str:
    """In hexadecimal."""
    own = check.given_at.rpartition(".")[2]
    fields = {name: value for name, value in check.fields(scope).items() if name != own}
    pairs = (f"&{_tame(name)}={_tame(text(fields[name]))}" for name in sorted(fields))
    joined = "".join(pairs).encode("utf-8", "replace")
    key = octets(check.key(scope))
    if check.keyed:
        return hmac.new(key, joined, check.hash).hexdigest()
    return hashlib.new(check.hash, joined + key).hexdigest()


def _tame(value: str) -> str:
    return value.replace("&", "_").replace("=", "_")


def token_scheme(check: Check, scope: Scope) -> str:
    given = octets(check.given(scope))
    return "" if same(given, octets(check.key(scope))) else "the token is wrong" if given else "the token is missing"


def basic_scheme(check: Check, scope: Scope) -> str:
    user, password = (text(each(scope)) for each in check.basic)
    if not password:
        return "this account has no password to check it with"  # an empty one is everybody's
    given = text(scope.ours["header"].get("authorization", ""))
    wanted = basic_header(user, password)
    return "" if same(given.strip().encode("utf-8", "replace"), wanted.encode()) else "user or password is wrong"


def ed25519_scheme(check: Check, scope: Scope) -> str:
    """The signature and the key are in base64."""
    try:
        signature = base64.b64decode(octets(check.given(scope)), validate=True)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(octets(check.key(scope)), validate=True))
    except (binascii.Error, ValueError):
        return MISSING
    try:
        key.verify(signature, check.signed(scope))
    except InvalidSignature:
        return WRONG
    return ""


def ip_scheme(check: Check, scope: Scope) -> str:
    try:
        address = ip_address(text(scope.ours["ip"]))
    except ValueError:
        return "it comes from nowhere"
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return "" if any(address in ip_network(each) for each in check.networks) else "it comes from elsewhere"


SCHEMES: dict[str, Callable[[Check, Scope], str]] = {
    "hmac": hmac_scheme,
    "params": params_scheme,
    "token": token_scheme,
    "basic": basic_scheme,
    "ed25519": ed25519_scheme,
    "ip": ip_scheme,
}

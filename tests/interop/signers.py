"""Webhooks signed as the catalogue of facts says that providers sign them: a second opinion on `profiles.verify`.

Nothing of ours is used but how a request is written down. A signer is given a
request, the account's cfg and a time, and gives the request with its signature;
`key` in its place of the secret is somebody else's.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import attrs
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

ED25519 = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"of the tests").digest())
PUBLIC = base64.b64encode(ED25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
CERTIFICATE = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem"


@attrs.frozen
class Hook:
    """A request to us; `url` as the world writes it, with its query."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""

    def with_header(self, **more: str) -> Hook:
        """Names with _ for -."""
        return attrs.evolve(self, headers={**self.headers, **{k.replace("_", "-"): v for k, v in more.items()}})


Signer = Callable[[Hook, dict[str, str], float], Hook]


def _mac(key: str, octets: str | bytes, name: str) -> bytes:
    return hmac.new(key.encode(), octets.encode() if isinstance(octets, str) else octets, name).digest()


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _form(hook: Hook) -> list[tuple[str, str]]:
    return parse_qsl(hook.body.decode(), keep_blank_values=True)


def _sorted_form(hook: Hook) -> str:
    return "".join(name + value for name, value in sorted(_form(hook)))


def twilio(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """Base64 HMAC-SHA1 of the URL and every POST parameter, sorted, as name and value."""
    return hook.with_header(X_Twilio_Signature=_b64(_mac(cfg["auth_token"], hook.url + _sorted_form(hook), "sha1")))


def signalwire(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """As Twilio, with the signing key."""
    signature = _b64(_mac(cfg["signing_key"], hook.url + _sorted_form(hook), "sha1"))
    return hook.with_header(X_SignalWire_Signature=signature)


def plivo_v2(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """Base64 HMAC-SHA256 of the URL without its query and the nonce."""
    over = hook.url.partition("?")[0] + "12345"
    return hook.with_header(
        X_Plivo_Signature_V2=_b64(_mac(cfg["auth_token"], over, "sha256")), X_Plivo_Signature_V2_Nonce="12345"
    )


def plivo_v3(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """Of the URL, ?, the form sorted as name and value, a dot and the nonce; there may be several, with commas."""
    over = f"{hook.url}?{_sorted_form(hook)}.12345"
    signature = _b64(_mac(cfg["auth_token"], over, "sha256"))
    return hook.with_header(X_Plivo_Signature_V3=f"AAAA,{signature}", X_Plivo_Signature_V3_Nonce="12345")


def vonage(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """MD5 of every parameter but sig, sorted, as &name=value, and the secret behind them."""
    head, _, query = hook.url.partition("?")
    pairs = [*parse_qsl(query, keep_blank_values=True), ("timestamp", str(int(now)))]
    over = "".join(f"&{name}={value}" for name, value in sorted(pairs)) + cfg["signature_secret"]
    signature = hashlib.md5(over.encode()).hexdigest()
    return attrs.evolve(hook, url=f"{head}?{urlencode([*pairs, ('sig', signature)])}")


def messagebird(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """A JWT (HS256) with the hashes of the URL and of the body."""
    claims: dict[str, Any] = {"iss": "MessageBird", "nbf": int(now) - 5, "exp": int(now) + 60}
    claims["url_hash"] = hashlib.sha256(hook.url.encode()).hexdigest()
    if hook.body:
        claims["payload_hash"] = hashlib.sha256(hook.body).hexdigest()
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    signed = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    signature = base64.urlsafe_b64encode(_mac(cfg["secret"], signed, "sha256")).decode().rstrip("=")
    return hook.with_header(MessageBird_Signature_JWT=f"{signed}.{signature}")


def telnyx(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """Ed25519 of the time, | and the body. Only our own key is known here: another signs something else."""
    stamp = str(int(now))
    over = f"{stamp}|".encode() + hook.body if cfg["public_key"] == PUBLIC else b"something else"
    return hook.with_header(telnyx_signature_ed25519=_b64(ED25519.sign(over)), telnyx_timestamp=stamp)


def justcall(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """Hex HMAC-SHA256 of the secret, the URL in percents, the event's type and the time, with | between them."""
    _, _, rest = hook.body.decode().partition('"type": "')
    stamp, event = str(int(now)), rest.partition('"')[0]
    over = "|".join((cfg["secret"], quote(hook.url, safe=""), event, stamp))
    signature = _mac(cfg["secret"], over, "sha256").hex()
    return hook.with_header(X_Justcall_Signature=signature, X_Justcall_Request_Timestamp=stamp)


def token(name: str, form: str) -> Signer:
    """A secret in a header."""
    return lambda hook, cfg, now: attrs.evolve(hook, headers={**hook.headers, name: form.format(**cfg)})


def basic(user: str, password: str) -> Signer:
    """RFC 7617, with these keys of cfg."""

    def signed(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
        return hook.with_header(Authorization="Basic " + _b64(f"{cfg[user]}:{cfg[password]}".encode()))

    return signed


@cache
def amazon(name: str) -> tuple[rsa.RSAPrivateKey, bytes]:
    """A key, and its certificate as PEM."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = datetime.datetime(2023, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), 1, begins, begins.replace(year=2033))
    return key, made.sign(key, SHA256()).public_bytes(Encoding.PEM)


def sns(hook: Hook, cfg: dict[str, str], now: float) -> Hook:
    """SHA256withRSA of Message, MessageId, Timestamp, TopicArn and Type, name and value a line each."""
    message = {**json.loads(hook.body), "MessageId": "m-1", "Timestamp": "2023-11-14T22:13:20.000Z"}
    message |= {"TopicArn": "arn:aws:sns:us-east-1:1:texts", "SignatureVersion": "2", "SigningCertURL": CERTIFICATE}
    over = "".join(f"{name}\n{message[name]}\n" for name in ("Message", "MessageId", "Timestamp", "TopicArn", "Type"))
    key, _ = amazon(cfg["topic"])
    message["Signature"] = _b64(key.sign(over.encode(), PKCS1v15(), SHA256()))
    return attrs.evolve(hook, body=json.dumps(message).encode())


# Profile -> how its webhooks are signed, each way; and the key of cfg that is the secret.
SIGNERS: dict[str, tuple[str, tuple[Signer, ...]]] = {
    "twilio": ("auth_token", (twilio,)),
    "twilio_messaging": ("auth_token", (twilio,)),
    "twiml": ("auth_token", (twilio,)),
    "signalwire": (
        "signing_key",
        (signalwire, lambda hook, cfg, now: twilio(hook, {"auth_token": cfg["signing_key"]}, now)),
    ),
    "plivo": ("auth_token", (plivo_v2, plivo_v3)),
    "vonage": ("signature_secret", (vonage,)),
    "messagebird": ("secret", (messagebird,)),
    "telnyx": ("public_key", (telnyx,)),
    "justcall": ("secret", (justcall,)),
    "junebug": ("secret", (token("Authorization", "Token {secret}"),)),
    "novo": ("secret", (token("Authorization", "{secret}"),)),
    "kaleyra": ("webhook_token", (token("X-Webhook-Token", "{webhook_token}"),)),
    "46elks": ("callback_password", (basic("callback_user", "callback_password"),)),
    "bandwidth": ("callback_password", (basic("callback_user", "callback_password"),)),
    "sinch": ("callback_password", (basic("callback_user", "callback_password"),)),
    "bulksms": ("hook_password", (basic("hook_username", "hook_password"),)),
    "clickatell": ("hook_password", (basic("hook_username", "hook_password"),)),
    "aws": ("topic", (sns,)),
}


def ovh(method: str, url: str, body: bytes, headers: Any, cfg: dict[str, str]) -> str:
    """$1$ and hex SHA-1 of both secrets, method, URL, body and time."""
    over = f"{cfg['app_secret']}+{cfg['consumer_key']}+{method}+{url}+{body.decode()}+{headers['x-ovh-timestamp']}"
    return "$1$" + hashlib.sha1(over.encode()).hexdigest()


def smsglobal(method: str, url: str, body: bytes, headers: Any, cfg: dict[str, str]) -> str:
    """MAC id, ts, nonce and base64 HMAC-SHA256 of time, nonce, method, URI, host, port, and nothing, a line each."""
    given = dict(part.split("=", 1) for part in headers["authorization"].removeprefix("MAC ").split(", "))
    ts, nonce, parts = given["ts"].strip('"'), given["nonce"].strip('"'), urlsplit(url)
    over = f"{ts}\n{nonce}\n{method}\n{parts.path}\n{parts.hostname}\n443\n\n"
    return f'MAC id="{cfg["api_key"]}", ts="{ts}", nonce="{nonce}", mac="{_b64(_mac(cfg["secret"], over, "sha256"))}"'


# Profile -> what <signature> is in a request of ours.
SIGNATURES = {"ovh": ovh, "smsglobal": smsglobal}

"""Amazon SNS, one of the named schemes: notifications signed under a certificate that must be fetched.

AWS SNS Developer Guide, "Verifying the signatures of Amazon SNS messages". Who
fetches it is not known here: `Need` names what is lacking, and the same request
is checked again with it. A host that is not Amazon's is never named.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

import attrs
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from chanserv.errors import BadField
from chanserv.profiles.trees import tree

# Not sns.s3-us-west-2.amazonaws.com, where anybody's bucket may be, nor anything beside the certificates.
_AMAZONS = re.compile(r"https://sns\.[a-z]{2}(-[a-z]+){1,2}-[0-9]\.amazonaws\.com(\.cn)?/[!-~]*")
_CERTIFICATE = re.compile(r"https://[^/]+/SimpleNotificationService-[0-9A-Za-z]+\.pem")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_HASHES = {"1": SHA1(), "2": SHA256()}


@attrs.frozen
class Need:
    """The certificate (PEM) behind this URL."""

    url: str


def check(body: bytes, topic: str, certificates: Mapping[str, bytes]) -> str | Need:
    """Why it is not a genuine message of the topic (its ARN); empty: it is. Amazon signs those of anybody's topics."""
    message = _message(body)
    if message.get("TopicArn") != topic:
        return "it is of another topic"
    url = str(message.get("SigningCertURL", message.get("SigningCertUrl", "")))
    if not amazons(url) or not _CERTIFICATE.fullmatch(url):
        return "its certificate is not Amazon's"
    if url not in certificates:
        return Need(url)
    try:
        key = x509.load_pem_x509_certificate(certificates[url]).public_key()
        signature = base64.b64decode(str(message.get("Signature", "")), validate=True)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return "the signature or its certificate is none"
    how = _HASHES.get(str(message.get("SignatureVersion", "")))
    if how is None or not isinstance(key, RSAPublicKey):
        return "it is signed in a way that is not taken"
    try:
        key.verify(signature, canonical(message), PKCS1v15(), how)
    except InvalidSignature:
        return "the signature is wrong"
    return ""


def is_certificate(pem: bytes) -> bool:
    """Could a signature be checked with it?"""
    try:
        x509.load_pem_x509_certificate(pem)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def confirmation(body: bytes) -> str:
    """The URL that must be fetched for notifications to come; empty: this is something else, or not Amazon's."""
    message = _message(body)
    url = str(message.get("SubscribeURL", ""))
    return url if message.get("Type") == "SubscriptionConfirmation" and amazons(url) else ""


def canonical(message: Mapping[str, Any]) -> bytes:
    """What is signed: name and value of these keys, each on its line."""
    keys = _NOTIFICATION if message.get("Type") == "Notification" else _CONFIRMATION
    return "".join(f"{key}\n{message[key]}\n" for key in keys if message.get(key) is not None).encode(
        "utf-8", "replace"
    )


def amazons(url: str) -> bool:
    """Is it on one of Amazon's hosts for this, by TLS?"""
    return _AMAZONS.fullmatch(url) is not None


def _message(body: bytes) -> dict[str, Any]:
    try:
        found = tree("json", body)
    except BadField:
        return {}
    return found if isinstance(found, dict) else {}

"""TLS with a carrier: from `tls = {…}` and its files to what Twisted's TLS wants, and from its faults to words.

Files are read whenever they are asked for, so that renewed certificates count from the next connection on. A file
that cannot be read, or is not what it should be, is a connection that does not come about (`CannotDial`); nothing
here ever falls back to clear text. It dials nobody and listens nowhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto
from service_identity import CertificateError, VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, ServiceID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
from twisted.internet.ssl import Certificate, CertificateOptions, platformTrust, trustRootFromCertificates
from twisted.python.failure import Failure
from zope.interface import implementer

from chanserv.errors import CannotDial
from chanserv.settings import TlsSettings

CHAIN_FAULTS = {  # X509_V_ERR_…, openssl/x509_vfy.h
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is signed by itself and not among those trusted",
    19: "its authority is not among those trusted",
    20: "its authority is not among those trusted",
    21: "its authority is not among those trusted",
    26: "it is not made for this purpose",
}
ALERTS = {  # OpenSSL's reasons, as an operator may read them
    "wrong version number": "what answers does not speak TLS",
    "packet length too long": "what answers does not speak TLS",
    "http request": "what calls does not speak TLS",
    "unexpected eof while reading": "hung up in the handshake",
}


@implementer(IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator)
class Terms:
    """What one connection is made and judged by; `fault`: what was wrong with the other end's certificate.

    Raises CannotDial for a name that no certificate can bear.
    """

    def __init__(self, context: SSL.Context, name: str | None, verify: bool, server_name: str | None = None) -> None:
        self._context = context
        self._identity = _identity(name) if name else None
        self._mode = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT if verify else SSL.VERIFY_NONE
        self._server_name = server_name
        self.fault = ""

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        """Twisted: ours is the client's end."""
        made = self._connection()
        if self._server_name is not None:  # RFC 6066, 3: never an address
            made.set_tlsext_host_name(_idna(self._server_name))
        return made

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        """Twisted: ours is the server's end."""
        return self._connection()

    def _connection(self) -> SSL.Connection:
        made = SSL.Connection(self._context)
        made.set_verify(self._mode, self._judge)
        return made

    def _judge(self, connection: Any, certificate: crypto.X509, number: int, depth: int, well: int) -> bool:
        """pyOpenSSL: once a certificate of the chain, leaf last. What is raised here would vanish: it is a no."""
        if not well:
            self.fault = CHAIN_FAULTS.get(number, f"OpenSSL's fault {number}")
            return False
        if depth or self._identity is None or self._mode == SSL.VERIFY_NONE:
            return True
        try:
            verify_service_identity(extract_patterns(certificate), [self._identity], [])
        except (VerificationError, CertificateError):
            self.fault = f"it does not name {_name(self._identity)}"
        except Exception as fault:
            self.fault = f"its names cannot be read: {type(fault).__name__}"
        return not self.fault


def towards(settings: TlsSettings, host: str) -> Terms:
    """For dialling `host`. Raises CannotDial."""
    name = settings.name or host
    options = {"trustRoot": _trusted(settings)} if settings.verify else {}
    return Terms(_context(settings, options), name, settings.verify, None if _literal(name) else name)


def from_callers(settings: TlsSettings) -> Terms:
    """For whoever calls: our certificate, and theirs if `ca` says whose. Raises CannotDial."""
    if settings.cert is None:
        raise CannotDial("tls.cert: missing; who listens needs a certificate")
    asked = settings.verify and settings.ca is not None
    options = {"trustRoot": _trusted(settings)} if asked else {}
    return Terms(_context(settings, options), settings.name, asked)


def words(failure: Failure, terms: Terms | None = None) -> str:
    """Why a TLS connection ended, for an operator; empty if it was not for TLS."""
    if terms is not None and terms.fault:
        return f"TLS: the certificate of the other end is refused: {terms.fault}"
    if not isinstance(failure.value, SSL.Error):
        return ""
    told = [ALERTS.get(reason, reason) for reason in _reasons(failure.value)]
    return f"TLS: {'; '.join(dict.fromkeys(told)) or 'ended without a reason'}"


def refuses_us(failure: Failure) -> bool:
    """Did the other end not believe our certificate, or want one? Then it has read nothing that came with it."""
    reasons = _reasons(failure.value) if isinstance(failure.value, SSL.Error) else []
    return any("alert" in reason and ("certificate" in reason or "unknown ca" in reason) for reason in reasons)


def _reasons(error: SSL.Error) -> list[str]:
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return [entry[-1].lower() for entry in entries if entry and entry[-1]]


def _context(settings: TlsSettings, options: dict[str, Any]) -> SSL.Context:
    if settings.cert is not None:
        leaf, *chain = _certificates(settings.cert, "cert")
        key = _key(settings.key or settings.cert)
        if leaf.public_key() != key.public_key():
            raise CannotDial(f"tls.key: {settings.key or settings.cert} does not belong to {settings.cert}")
        options |= {"certificate": leaf, "privateKey": key, "extraCertChain": chain}
    try:
        return CertificateOptions(**options).getContext()
    except SSL.Error as fault:  # such as a key that OpenSSL's security level finds too short
        raise CannotDial(words(Failure(fault))) from None


def _trusted(settings: TlsSettings) -> Any:
    if settings.ca is None:
        return platformTrust()
    found = _certificates(settings.ca, "ca")
    return trustRootFromCertificates([Certificate(crypto.X509.from_cryptography(one)) for one in found])


def _certificates(path: str, key: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path, key))
    except ValueError:
        raise CannotDial(f"tls.{key}: {path} holds no certificate in PEM") from None


def _key(path: str) -> Any:
    try:
        return load_pem_private_key(_read(path, "key"), None)
    except TypeError:
        raise CannotDial(f"tls.key: {path} is locked by a passphrase; it must be without") from None
    except ValueError:
        raise CannotDial(f"tls.key: {path} holds no private key in PEM") from None


def _read(path: str, key: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as fault:
        raise CannotDial(f"tls.{key}: cannot read {path}: {fault.strerror}") from None


def _literal(name: str) -> bool:
    return bool(isIPAddress(name) or isIPv6Address(name))


def _identity(name: str) -> ServiceID:
    if _literal(name):
        return IPAddress_ID(name)
    try:
        return DNS_ID(_idna(name).decode("ascii"))
    except ValueError:
        raise CannotDial(f"tls.name: {name} is no name of a host") from None


def _idna(name: str) -> bytes:
    """As certificates have it. Raises ValueError."""
    return name.encode("idna")


def _name(identity: ServiceID) -> str:
    found = getattr(identity, "hostname", None) or getattr(identity, "ip", b"")
    return found.decode("ascii") if isinstance(found, bytes) else str(found)

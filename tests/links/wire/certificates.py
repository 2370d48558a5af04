"""Certificates made for a test: authorities, and whom they vouch for. EC keys, since they are made at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """Signs in `folder`; `file` is what to trust."""

    def __init__(self, folder: Path, name: str = "an authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name = folder, named(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(self.name, self.key.public_key(), ca=True)
        self.file = self._kept(f"{name}.pem", self.certificate.public_bytes(Encoding.PEM))

    def vouch(self, file: str, *names: str, days: int = 1, passphrase: bytes = b"") -> tuple[str, str]:
        """Files of a certificate with these names and of its key; `days` below 0: it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self._signed(named(names[0]), key.public_key(), names=names, days=days)
        lock: Any = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
        return self._kept(f"{file}.pem", signed.public_bytes(Encoding.PEM)), self._kept(f"{file}.key", pem)

    def _signed(self, name: x509.Name, key: Any, ca: bool = False, names: Any = (), days: int = 1) -> x509.Certificate:
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - 3 * DAY).not_valid_after(now + days * DAY)
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if names:
            made = made.add_extension(x509.SubjectAlternativeName([san(one) for one in names]), critical=False)
        return made.sign(self.key, hashes.SHA256())

    def _kept(self, file: str, octets: bytes) -> str:
        path = self.folder / file
        path.write_bytes(octets)
        return str(path)

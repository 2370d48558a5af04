"""Values that several tables of the settings share: a secret, a network, TLS."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

import attrs

Network = IPv4Network | IPv6Network


@attrs.frozen(repr=False)
class Secret:
    """A text that must not show: `reveal` it where it is used, nowhere else."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"


@attrs.frozen(kw_only=True)
class TlsSettings:
    """tls = {…} of a link: TLS from the first octet on. Files are read anew for every connection."""

    ca: str | None = None  # file of certificates (PEM) to trust instead of the system's
    cert: str | None = None  # our certificate and its chain (PEM), for carriers that ask for one
    key: str | None = None  # its private key (PEM)
    name: str | None = None  # what the carrier's certificate must name (default: the host dialled)
    verify: bool = True  # false: any certificate will do, which hides nothing from whoever sits between

"""What the operator can say of links that go over HTTP. Seconds, unless a comment says otherwise."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from chanserv.settings.carrier import CarrierSettings
from chanserv.settings.common import Network, Secret
from chanserv.text.cutting import Cutting


@attrs.frozen(kw_only=True)
class RestSettings(CarrierSettings):
    """[link.<name>] with kind = "rest": one account at an aggregator, whose interface a profile tells."""

    kind: Literal["rest"] = "rest"
    profile: str  # its name: `chanserv profile list`
    credentials: dict[str, Secret] = attrs.field(factory=dict)  # what the profile needs: keys, passwords
    options: dict[str, str] = attrs.field(factory=dict)  # what else it needs or lets one say, and need not be hidden
    base_url: str | None = (
        None  # where the provider is, if not where its profile says: a stub, a regional host, a proxy
    )
    hook_secret: tuple[Secret, ...] = ()  # in the path of its webhooks; two while the provider is told the new one
    hook_from: tuple[Network, ...] = ()  # whose webhooks are taken (default: anybody's who knows the path)
    concurrency: int = 10  # requests that may be unanswered at once
    rate: float = 10.0  # parts a second
    country: str | None = None  # ISO 3166 code for senders' numbers without +
    split: int | None = None  # characters a request may hold (default: the profile's)
    # No keys; the loader puts them here:
    provider: Any = attrs.field(default=None, repr=False)  # the profile itself
    public_url: str = ""  # the gateway's

    @property
    def cfg(self) -> dict[str, str]:
        """What the profile knows as `cfg`."""
        found: dict[str, str] = self.provider.cfg(self.given)
        return found

    @property
    def given(self) -> dict[str, str]:
        """What the account itself says."""
        return {**self.options, **{key: secret.reveal() for key, secret in self.credentials.items()}}

    def hook_urls(self, paths: tuple[str, ...]) -> dict[str, str]:
        """Where the provider reaches us: path -> URL, by the first of the secrets."""
        secret = self.hook_secret[0].reveal() if self.hook_secret else ""
        base = f"{self.public_url.rstrip('/')}/hook/{self.name}/{secret}"
        return {path: f"{base}/{path}" for path in paths}

    @property
    def window(self) -> int:
        """Parts that may be unanswered at once."""
        return self.concurrency

    @property
    def ask(self) -> bool:
        """Nobody can be asked."""
        return False

    @property
    def cutting(self) -> Cutting:
        """The provider takes texts, and cuts what is longer than an SMS itself."""
        return Cutting(text=(self.split, self.split) if self.split is not None else self.provider.split)

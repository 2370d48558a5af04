"""What the operator can say of links that go over HTTP. Seconds, unless a comment says otherwise."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from chanserv.settings.carrier import CarrierSettings
from chanserv.settings.common import Network, Secret
from chanserv.text.cutting import Cutting


@attrs.frozen(kw_only=True)
class HttpSettings(CarrierSettings):
    """What every kind has that hands over its parts as requests."""

    concurrency: int = 10  # requests that may be unanswered at once
    rate: float = 10.0  # parts a second
    country: str | None = None  # ISO 3166 code for senders' numbers without +
    # No key; what a request says and an answer means. The loader puts it here, or the kind's `make`:
    provider: Any = attrs.field(default=None, repr=False, eq=False)

    @property
    def window(self) -> int:
        """Parts that may be unanswered at once."""
        return self.concurrency

    @property
    def ask(self) -> bool:
        """Nobody can be asked."""
        return False

    @property
    def elsewhere(self) -> str | None:
        """Where the provider is, if not where its requests say."""
        return None


@attrs.frozen(kw_only=True)
class RestSettings(HttpSettings):
    """[link.<name>] with kind = "rest": one account at an aggregator, whose interface a profile tells."""

    kind: Literal["rest"] = "rest"
    profile: str  # its name: `chanserv profile list`
    credentials: dict[str, Secret] = attrs.field(factory=dict)  # what the profile needs: keys, passwords
    options: dict[str, str] = attrs.field(factory=dict)  # what else it needs or lets one say, and need not be hidden
    base_url: str | None = None  # where the provider is, if not where its profile says: a stub, a proxy, another host
    hook_secret: tuple[Secret, ...] = ()  # in the path of its webhooks; two while the provider is told the new one
    hook_from: tuple[Network, ...] = ()  # whose webhooks are taken (default: anybody's who knows the path)
    split: int | None = None  # characters a request may hold (default: the profile's)
    public_url: str = ""  # no key: the gateway's, which the loader puts here

    @property
    def cfg(self) -> dict[str, str]:
        """What the profile knows as `cfg`."""
        found: dict[str, str] = self.provider.cfg(self.given)
        return found

    @property
    def elsewhere(self) -> str | None:
        """See HttpSettings."""
        return self.base_url

    @property
    def hidden(self) -> tuple[Secret, ...]:
        """What must not be told, should the provider repeat it."""
        return (*self.credentials.values(), *self.hook_secret)

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
    def cutting(self) -> Cutting:
        """The provider takes texts, and cuts what is longer than an SMS itself."""
        return Cutting(text=(self.split, self.split) if self.split is not None else self.provider.split)


# What the templates of an external link may name beside its credentials, as {{text}}: courier's own variables.
VARIABLES = (
    "id", "uuid", "text", "to", "to_no_plus", "from", "from_no_plus", "channel", "session_status", "quick_replies",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class ExternalSettings(HttpSettings):
    """[link.<name>] with kind = "external": what speaks RapidPro's External API, to which we are the platform.

    The keys are named as courier names them in the settings of such a channel.
    """

    kind: Literal["external"] = "external"
    uuid: str  # of the channel that the other end takes us for: in the paths it calls, and {{channel}}
    send_url: str  # template
    send_method: Literal["POST", "PUT", "GET"] = "POST"
    content_type: str = "urlencoded"  # or "json", "xml"; anything else is the header itself, and nothing is escaped
    body: str | None = None  # template (default: all that courier offers, where it is urlencoded or json)
    send_authorization: Secret | None = None  # the whole Authorization header that we send
    headers: dict[str, str] = attrs.field(factory=dict)  # templates: further headers that we send
    credentials: dict[str, Secret] = attrs.field(factory=dict)  # further variables, such as {{password}}
    mt_response_check: str | None = None  # what a 2xx must hold in its body; without it the text was refused
    max_length: int = 160  # characters a request may hold; 0: all
    use_national: bool = False  # {{to}} as it is dialled within `country`
    authorization: Secret | None = None  # the whole Authorization header that the other end sends
    url_secret: Secret | None = None  # …/receive/<secret> for one that sends none
    allow_from: tuple[Network, ...] = ()  # or: who may call, by address
    mo_from_field: str | None = None  # what the other end calls the sender, if not from or sender
    mo_text_field: str | None = None  # and the text, if not text
    mo_date_field: str | None = None  # and the date, if not date or time
    mo_response: str | None = None  # what is answered to a text, instead of JSON
    mo_response_content_type: str = "text/plain"  # of that

    @property
    def cfg(self) -> dict[str, str]:
        """What is secret in its templates."""
        return {key: secret.reveal() for key, secret in self.credentials.items()}

    @property
    def hidden(self) -> tuple[Secret, ...]:
        """What must not be told, should the other end repeat it."""
        ours = (self.send_authorization, self.authorization, self.url_secret)
        return (*self.credentials.values(), *(secret for secret in ours if secret is not None))

    def hook_urls(self, paths: tuple[str, ...]) -> dict[str, str]:
        """No request tells where we are reached: whoever set the other end up has told it."""
        return {}

    @property
    def cutting(self) -> Cutting:
        """As courier cuts, but by characters."""
        return Cutting(text=(self.max_length, self.max_length))

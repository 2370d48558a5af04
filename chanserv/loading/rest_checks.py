"""What must hold between an account at an aggregator and its profile: there is one, and it has what it needs."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from chanserv.profiles.profile import Profile
from chanserv.profiles.shelf import Shelf
from chanserv.settings import GatewaySettings, LinkSettings, RestSettings
from chanserv.toml.faults import Faults
from chanserv.toml.shapes import Draft

IN_CLEAR = "texts, numbers and passwords go there in clear text"


def check_rest(link: Draft[LinkSettings], gateway: Draft[GatewaySettings], shelf: Shelf, faults: Faults) -> None:
    """Tell `faults` of all that does not fit together; nothing, if the link is of another kind."""
    value = link.value
    if not isinstance(value, RestSettings) or not link.sound("profile"):
        return
    profile = shelf.get(value.profile, faults, link.place("profile"))
    if profile is None:
        return
    _credentials_suffice(link, value, profile, faults)
    _base_is_private(link, value, faults)
    _hooks_are_fenced(link, value, profile, gateway, faults)
    _it_can_send(link, profile, faults)
    _receipts_come(link, value, profile, faults)


def _credentials_suffice(link: Draft[LinkSettings], value: RestSettings, profile: Profile, faults: Faults) -> None:
    if not link.sound("credentials", "options"):
        return
    given = value.given
    for key in profile.lacks(given):
        faults.add(link.place("credentials", key), f"is missing: {profile.about.needs[key] or 'the profile needs it'}")
    for table in ("credentials", "options"):
        for key in getattr(value, table):
            if key not in profile.about.needs and key not in profile.about.options:
                known = ", ".join((*profile.about.needs, *profile.about.options)) or "none"
                faults.add(link.place(table, key), f"means nothing to profile {profile.name}; it knows {known}")
            elif given[key].lower().startswith("http://"):
                faults.warn(link.place(table, key), IN_CLEAR)


def _base_is_private(link: Draft[LinkSettings], value: RestSettings, faults: Faults) -> None:
    """A stub on this machine may be without TLS."""
    if link.sound("base_url") and in_clear(value.base_url or ""):
        faults.warn(link.place("base_url"), IN_CLEAR)


def in_clear(url: str) -> bool:
    """Does what goes there leave this machine without TLS?"""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return False
    try:
        return not ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname != "localhost"


def _hooks_are_fenced(
    link: Draft[LinkSettings], value: RestSettings, profile: Profile, gateway: Draft[GatewaySettings], faults: Faults
) -> None:
    """Whoever knows the path may speak as the provider."""
    if not profile.hooks:
        return
    if link.sound("hook_secret") and not value.hook_secret:
        faults.add(link.place("hook_secret"), "is missing: it stands in the path of this provider's webhooks")
    if gateway.sound("public_url") and not gateway.value.public_url:
        faults.add(
            gateway.place("public_url"), f"is missing: link.{value.name} must tell its provider where webhooks go"
        )


def _it_can_send(link: Draft[LinkSettings], profile: Profile, faults: Faults) -> None:
    if profile.send is None:
        faults.add(link.place("profile"), f"{profile.name!r} has no [send]: texts cannot go out by it")


def _receipts_come(link: Draft[LinkSettings], value: RestSettings, profile: Profile, faults: Faults) -> None:
    """Else each text waits for `receipt_wait` before it ends as sent."""
    if link.sound("receipts") and value.receipts != "none" and profile.about.receipts == "none":
        faults.warn(link.place("receipts"), 'no status comes from this provider; "none" ends texts as sent at once')

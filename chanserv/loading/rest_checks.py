"""What must hold between an account at an aggregator and its profile: there is one, and it has what it needs."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from chanserv.profiles.profile import Profile
from chanserv.profiles.shelf import Shelf
from chanserv.settings import GatewaySettings, LinkSettings, RestSettings
from chanserv.toml.faults import Faults
from chanserv.toml.shapes import Draft

IN_CLEAR = "texts, numbers and passwords go there in clear text"
_OF_ACCOUNT = re.compile(r"\{cfg\.(\w+)[^{}]*\}")


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
    _way_is_private(link, value, profile, faults)
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
            elif in_clear(given[key]):
                faults.warn(link.place(table, key), IN_CLEAR)


def _base_is_private(link: Draft[LinkSettings], value: RestSettings, faults: Faults) -> None:
    """A stub on this machine may be without TLS."""
    if link.sound("base_url") and in_clear(value.base_url or ""):
        faults.warn(link.place("base_url"), IN_CLEAR)


def _way_is_private(link: Draft[LinkSettings], value: RestSettings, profile: Profile, faults: Faults) -> None:
    """Where the profile itself says http: what the account says is told where it says it. A tunnel would hide it."""
    if not link.sound("base_url", "tunnel", "device", "credentials", "options"):
        return
    if value.base_url or value.tunnel or value.device:
        return
    cfg = profile.cfg(value.given)
    own = (url for url in profile.written.urls if not any(url.startswith(f"{{cfg.{key}") for key in value.given))
    for url in own:
        if in_clear(_OF_ACCOUNT.sub(lambda found: cfg.get(found[1], ""), url)):
            faults.warn(link.place("profile"), "texts and numbers go to this provider in clear text")
            return


def in_clear(url: str) -> bool:
    """Does what goes there leave this machine without TLS?"""
    if not url.lower().startswith("http://"):
        return False
    try:
        host = urlsplit(url).hostname or ""
        return host != "localhost" and not ip_address(host).is_loopback
    except ValueError:
        return True


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

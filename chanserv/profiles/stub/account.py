"""A made-up account at a profile's provider: what it gives, and a key that its stub can sign with."""

from __future__ import annotations

from collections.abc import Mapping

from chanserv.profiles.profile import Profile
from chanserv.profiles.verify.signing import PUBLIC

PUBLIC_KEY = "public_key"  # of a provider that signs by Ed25519: what profiles call it


def account(profile: Profile, given: Mapping[str, str]) -> dict[str, str]:
    """What `cfg` is. What is not given, and needed, is as in the first case that has it; else the key in capitals.

    Raises LookupError, with words, for a key that the profile does not know.
    """
    known = {*profile.about.needs, *profile.about.options}
    if unknown := sorted(given.keys() - known):
        raise LookupError(f"{unknown[0]!r} means nothing to {profile.name}; it knows {', '.join(sorted(known))}")
    made_up = {key: _example(profile, key) for key in profile.about.needs if key in profile.lacks(given)}
    if PUBLIC_KEY in known:
        made_up[PUBLIC_KEY] = PUBLIC
    return profile.cfg({**made_up, **given})


def _example(profile: Profile, key: str) -> str:
    return next((case.cfg[key] for case in profile.tests if case.cfg.get(key)), key.upper())

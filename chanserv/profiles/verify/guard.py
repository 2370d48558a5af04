"""All [[verify]] of a profile: is this request the provider's?"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from chanserv.errors import BadField
from chanserv.profiles.expressions import Scope
from chanserv.profiles.filters import empty, text
from chanserv.profiles.requests import Asked
from chanserv.profiles.trees import Tree
from chanserv.profiles.verify import checks, sns
from chanserv.profiles.verify.checks import Check
from chanserv.profiles.verify.jwt import jwt_scheme
from chanserv.profiles.verify.schemes import SCHEMES
from chanserv.profiles.verify.sns import Need

NO_FETCHED: Mapping[str, bytes] = {}


@attrs.frozen
class Guard:
    """scheme and check, in the profile's order."""

    checks: tuple[tuple[str, Check], ...]

    def judge(
        self, asked: Asked, cfg: Mapping[str, Tree], now: float, fetched: Mapping[str, bytes] = NO_FETCHED
    ) -> str | Need:
        """Why it is not genuine, or what must be fetched to know; empty: it is. `fetched`: what was needed before."""
        if not self.checks:
            return ""
        try:
            scope = checks.scope(asked, cfg)
            applying = [each for each in self.checks if each[1].when(scope)]
            for scheme, check in applying:
                if why := _judged(scheme, check, scope, now, fetched):
                    return why
        except BadField as fault:  # what cannot be read is nobody's
            return str(fault)
        evaded = not applying and any(check.wanted(scope) for _, check in self.checks)
        return "no [[verify]] of the account's is for it" if evaded else ""

    @property
    def leaves_the_query(self) -> bool:
        """Is there a signature that says nothing of what stands behind the ? of the URL?"""
        return any(check.leaves_the_query(scheme) for scheme, check in self.checks)


KEYLESS = ("basic", "ip")


def _judged(scheme: str, check: Check, scope: Scope, now: float, fetched: Mapping[str, bytes]) -> str | Need:
    key = check.key(scope)
    if scheme not in KEYLESS and empty(key):
        return "this account has no key to check it with"  # an empty one is everybody's
    match scheme:
        case "sns":
            return sns.check(scope.ours["body"], text(key), fetched)
        case "jwt":
            return jwt_scheme(check, scope, now)
        case _:
            return SCHEMES[scheme](check, scope) or check.stale(scope, now)

"""Does a request bear what its account was given: user, password, key? An aggregator turns away who has another.

Where they stand, the profile shows: two parts of one account have them in common,
and with another value the request differs there. What is digested with a part's
own values cannot be told, and what nobody gave is whatever the other end has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

import attrs

from chanserv.errors import BadField
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.profile import Profile
from chanserv.profiles.requests import Request
from chanserv.profiles.stub.leaves import Place, page
from chanserv.profiles.trees import Tree
from chanserv.profiles.trying import ours

# Two parts, alike in nothing.
PARTS = (
    CaseTest(what="", to="+12065550111", sender="+12065550100", text="one", id="id-1", now=1.7e9, nonce="n1"),
    CaseTest(what="", to="+5511999990000", sender="8000", text="another", id="id-2", now=1.8e9, nonce="n2"),
)
NAMED = ("header", "path", "query", "form", "json")  # places that are the same whatever else is said

Make = Callable[[Mapping[str, Tree]], Request]
Leaves = Mapping[Place, bytes]


@attrs.frozen
class Credentials:
    """Where they stand, and what must stand there: in a request for a part, and in one for a token."""

    _part: Leaves
    _token: Leaves

    @classmethod
    def of(cls, profile: Profile, cfg: Mapping[str, str], given: Collection[str]) -> Credentials:
        """`given`: the keys of `cfg` that somebody gave."""
        token = profile.token.sending.request if profile.token is not None else None
        part = profile.send.request if profile.send is not None else None
        return cls(*(_seats(profile, make, cfg, given) if make is not None else {} for make in (part, token)))

    def borne(self, request: Request, token: bool = False) -> bool:
        """Are they there? `token`: it is one for a token."""
        leaves = _leaves(request)
        return all(leaves.get(place) == value for place, value in (self._token if token else self._part).items())


def _seats(profile: Profile, make: Make, cfg: Mapping[str, str], given: Collection[str]) -> Leaves:
    one, other = (_made(profile, make, cfg, part) or {} for part in PARTS)
    alike = {place: value for place, value in one.items() if other.get(place) == value}
    theirs = _moved(profile, make, cfg, alike, given)
    others = _moved(profile, make, cfg, alike, cfg.keys() - set(given))
    return {place: alike[place] for place in theirs - others}


def _moved(
    profile: Profile, make: Make, cfg: Mapping[str, str], alike: Leaves, keys: Iterable[str]
) -> frozenset[Place]:
    """What another value of one of the keys would change."""
    found = set[Place]()
    for key in keys:
        changed = _made(profile, make, {**cfg, key: cfg[key] + "x"}, PARTS[0])
        found |= {place for place, value in alike.items() if changed is not None and changed.get(place) != value}
    return frozenset(found)


def _made(profile: Profile, make: Make, cfg: Mapping[str, str], part: CaseTest) -> Leaves | None:
    """None: no request can be made of these values."""
    try:
        return _leaves(make(ours(profile, attrs.evolve(part, cfg=dict(cfg)))))
    except BadField:
        return None


def _leaves(request: Request) -> Leaves:
    found = {place: value for place, value in page(request).leaves().items() if place[0] in NAMED}
    return {**found, **{("header", name.lower()): value.encode() for name, value in request.headers}}

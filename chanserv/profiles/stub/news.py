"""Webhooks as a provider would call them: a profile's hook cases, with values of now in the stead of the example's.

Where in a case a value stands is found out by trying: it is there when the
profile then reads the new one. So no case need say where its values are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs

from chanserv.errors import BadField
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.hooks import Heard, News, Told, listen
from chanserv.profiles.profile import Profile
from chanserv.profiles.requests import Asked, with_query
from chanserv.profiles.stub.leaves import Place, Sheet, sheet, written
from chanserv.profiles.stub.spelling import INSTANTS, respelled, same, spelled
from chanserv.profiles.trying import asked

FIELDS = {"from": "sender", "to": "to", "text": "text", "id": "id", "ours": "ours"}
IGNORED = "ignored"
DATE_DIGITS = 8  # at least, in what may be a date


@attrs.frozen
class Mould:
    """One thing that one case tells, and the webhook that tells it."""

    case: CaseTest
    path: str  # of the hook
    news: Heard | Told
    _index: int
    _profile: Profile
    _cfg: Mapping[str, str]
    _places: dict[str, Place] = attrs.field(factory=dict)  # where values were found to be
    _datable: list[tuple[Place, Callable[[float], bytes]]] = attrs.field(factory=list)

    def cast(self, values: Mapping[str, str], at: float) -> Asked | None:
        """The webhook with these values (of from, to, text, id, ours) as far as the case has them; None: it cannot.

        Its URL is the path alone. `at`: seconds since the epoch, if the case has an instant.
        """
        base = asked(self.case, url="")
        page = sheet(base.url, base.body, base.headers)
        mine = {name: value for name, value in values.items() if getattr(self.news, FIELDS[name], "")}
        for name in mine:
            changed = self._changed(page, base, name, mine)
            if changed is None:
                return None
            page = changed
        return _asked(base, self._dated(page, base, at), self.path)

    def known_by(self, values: Mapping[str, str]) -> bool:
        """Would the part be found by this status: has it one of the ids there are?"""
        return any(getattr(self.news, FIELDS[name], "") and name in values for name in ("id", "ours"))

    def _changed(self, page: Sheet, base: Asked, name: str, values: Mapping[str, str]) -> Sheet | None:
        before = self._read(page, base)
        if before is not None and same(name, _value(before, name), values[name]):
            return page
        for place, octets in self._candidates(page, _value(before, name), name, values[name]):
            try:
                other = page.put(place, octets)
            except UnicodeDecodeError:
                continue
            if self._fits(self._read(other, base), before, name, values):
                self._places[name] = place
                return other
        return None

    def _fits(
        self, after: Heard | Told | None, before: Heard | Told | None, name: str, values: Mapping[str, str]
    ) -> bool:
        """The value is there, and no other was spoilt by it."""
        if after is None or before is None or not same(name, _value(after, name), values[name]):
            return False
        if _rest(after) != _rest(before):
            return False
        return all(_value(after, each) in (_value(before, each), values.get(each)) for each in FIELDS if each != name)

    def _candidates(self, page: Sheet, old: str, name: str, value: str) -> Iterator[tuple[Place, bytes]]:
        """First where it was the last time, in the stead of the old value before all else."""
        known = self._places.get(name)
        leaves = sorted(_changeable(page).items(), key=lambda pair: pair[0] != known)
        for one, other in respelled(name, old, value):
            yield from ((place, new) for place, leaf in leaves if one for new in _replaced(leaf, one, other))
        for octets in spelled(name, value):
            yield from ((place, octets) for place, _ in leaves)

    def _dated(self, page: Sheet, base: Asked, at: float) -> Sheet:
        """An example's date stays, if nothing else can be said."""
        before = self._read(page, base)
        if not self.news.at or before is None:
            return page
        for place, way in self._datings(page):
            other = page.put(place, way(at))
            after = self._read(other, base)
            if after is not None and abs(after.at - at) < 60.0 and _all(after) == _all(before):
                self._datable[:] = [(place, way)]
                return other
        return page

    def _datings(self, page: Sheet) -> Iterator[tuple[Place, Callable[[float], bytes]]]:
        yield from self._datable
        for place, leaf in _changeable(page).items():
            if sum(0x30 <= octet <= 0x39 for octet in leaf) >= DATE_DIGITS:
                yield from ((place, way) for way in INSTANTS)

    def _read(self, page: Sheet, base: Asked) -> Heard | Told | None:
        told = heard(self._profile, _asked(base, page, self.path), self.path, self._cfg)
        found = told[self._index] if self._index < len(told) else None
        return found if isinstance(found, Heard | Told) and type(found) is type(self.news) else None


def _value(news: Heard | Told | None, name: str) -> str:
    return str(getattr(news, FIELDS[name], ""))


def _rest(news: Heard | Told) -> tuple[object, ...]:
    """What no value of ours may change."""
    return (news.stop, getattr(news, "status", None), getattr(news, "word", ""), getattr(news, "segment", None))


def _all(news: Heard | Told) -> tuple[object, ...]:
    return (*(_value(news, name) for name in FIELDS), *_rest(news))


def _replaced(leaf: bytes, old: bytes, new: bytes) -> Iterator[bytes]:
    """Everywhere; then one at a time, since the others may be something else."""
    count = leaf.count(old)
    if count:
        yield leaf.replace(old, new)
    pieces = leaf.split(old)
    for number in range(1, count + 1) if count > 1 else ():
        yield old.join(pieces[:number]) + new + old.join(pieces[number:])


def _changeable(page: Sheet) -> dict[Place, bytes]:
    return {place: value for place, value in page.leaves().items() if place[0] != "path"}


def _asked(base: Asked, page: Sheet, path: str) -> Asked:
    query = written(page.query)
    return attrs.evolve(base, url=with_query(path, query), query=query, body=page.body() if base.body else b"")


def heard(profile: Profile, one: Asked, path: str, cfg: Mapping[str, str]) -> list[News]:
    """All that this webhook would tell; nothing, if it cannot be read."""
    try:
        return listen(profile.at(path), one, cfg)
    except BadField:
        return []


def moulds(profile: Profile, cfg: Mapping[str, str]) -> list[Mould]:
    """Of all that the profile's hook cases tell, in order: those that tell one thing go before batches."""
    found = []
    for case in profile.tests:
        if case.kind == "send" or case.refused:
            continue
        told = heard(profile, asked(case, url=""), case.hook_path, cfg)
        several = [
            Mould(case, case.hook_path, one, number, profile, cfg)
            for number, one in enumerate(told)
            if isinstance(one, Heard | Told)
        ]
        found += [(len(told), each) for each in several]
    return [each for _, each in sorted(found, key=lambda pair: pair[0] > 1)]


def texts(found: list[Mould]) -> list[Mould]:
    """Those of a handset's text; whole ones first, and those with a number to it."""
    mine = [each for each in found if isinstance(each.news, Heard) and each.news.text and not each.news.stop]
    return sorted(mine, key=lambda each: (each.news.segment is not None, not each.news.to))  # type: ignore[union-attr] # they are Heard


def statuses(found: list[Mould], word: str) -> list[Mould]:
    """Those of one status: sent, delivered, failed or ignored; what an opt-out is as well comes last."""
    mine = [each for each in found if isinstance(each.news, Told) and _word(each.news) == word]
    return sorted(mine, key=lambda each: each.news.stop)


def _word(told: Told) -> str:
    return told.status.value if told.status else IGNORED

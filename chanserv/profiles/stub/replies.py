"""What a part is answered: the answers of a profile's send cases, each with an id that was not there before."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from chanserv.profiles.cases import CaseTest
from chanserv.profiles.profile import Profile
from chanserv.profiles.replies import Answered, Said
from chanserv.profiles.stub.leaves import Sheet, sheet
from chanserv.profiles.stub.spelling import fresh

# HTTP, without a case:
USUAL = {"accepted": 200, "throttled": 429, "retry": 503, "failed": 400, "stopped": 400, "denied": 401}


@attrs.frozen
class Given:
    """An answer, and what the profile will make of it."""

    answered: Answered
    said: Said


@attrs.frozen
class Script:
    """The answers of one account's provider."""

    _profile: Profile
    _cfg: Mapping[str, str]
    _cases: tuple[CaseTest, ...]

    @classmethod
    def of(cls, profile: Profile, cfg: Mapping[str, str]) -> Script:
        """All that the profile has."""
        return cls(profile, cfg, tuple(one for one in profile.tests if one.kind == "send" and one.status is not None))

    def names(self) -> list[str]:
        """What its cases are called."""
        return [case.what for case in self._cases]

    def named(self, name: str) -> CaseTest:
        """The case that is called so, or begins so. Raises LookupError, with words."""
        found = [case for case in self._cases if case.what == name] or [
            case for case in self._cases if case.what.startswith(name)
        ]
        if len(found) != 1:
            why = "several answers are called" if found else "no answer is called"
            raise LookupError(f"{why} {name!r}; there are: " + "; ".join(self.names()))
        return found[0]

    def like(self, word: str) -> CaseTest:
        """The first that means accepted, throttled, failed …; without one, a plain answer that does."""
        for case in self._cases:
            if self._read(_answered(case)).word == word:
                return case
        return CaseTest(what=word, status=USUAL[word], reply="")

    def stranger(self) -> CaseTest:
        """The answer to somebody whose password is wrong: as the provider's, where a case has it."""
        return self.like("denied")

    def given(self, case: CaseTest, number: int, ours: str) -> Given:
        """The case's answer, to a part that is `ours` by our id; `number` makes its own one."""
        answered = self._echoed(_answered(case), case.id, ours) if ours else _answered(case)
        said = self._read(answered)
        if said.id and said.id != ours:
            answered = self._renamed(answered, said.id, fresh(said.id, number))
        return Given(answered, self._read(answered))

    def _echoed(self, answered: Answered, id: str, ours: str) -> Answered:
        """With our id wherever the case has it."""
        page = self._page(answered)
        places = [(place, value) for place, value in page.leaves().items() if id.encode() in value]
        for place, value in places:
            page = page.put(place, value.replace(id.encode(), ours.encode()))
        return attrs.evolve(answered, body=page.body()) if places else answered

    def _page(self, answered: Answered) -> Sheet:
        return sheet("", answered.body, answered.headers, self._profile.replies.parse)

    def _renamed(self, answered: Answered, old: str, new: str) -> Answered:
        """Where it can be shown to be the id; else as it is."""
        for changed in _changes(self._page(answered), old.encode(), new.encode()):
            other = attrs.evolve(answered, body=changed.body())
            if self._read(other).id == new:
                return other
        return answered

    def _read(self, answered: Answered) -> Said:
        return self._profile.replies.read(answered, self._cfg)


def _answered(case: CaseTest) -> Answered:
    headers = {"content-type": case.type} if case.type else {}
    return Answered(status=case.status or 200, headers=headers, body=(case.reply or "").encode())


def _changes(page: Sheet, old: bytes, new: bytes) -> list[Sheet]:
    """One place at a time."""
    leaves = page.leaves().items()
    return [page.put(place, value.replace(old, new, 1)) for place, value in leaves if old in value]

"""The dead letter office: what the platform was never told, listed for the operator, and owed again on request.

It asks the store and nudges whoever posts; it knows no request and no page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import attrs
import msgspec

from chanserv.console.view import ask
from chanserv.errors import BadRequest
from chanserv.interfaces import IStore
from chanserv.operations import Dead, DeadLetter, DeadLetters, Done, Replay

PAGE = 500
"""Letters of one listing, and of one commit that owes them again."""


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /api/replay: one letter by its ref, or all."""

    letter: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0  # a ref is SQLite's INTEGER
    all: bool = False


@attrs.frozen
class DeadLetterOffice:
    """Every method fails with StoreError while the store does."""

    _store: IStore
    _nudge: Callable[[], None]

    async def listed(self, after: int = 0, limit: int = PAGE) -> DeadLetters:
        """Those with a ref above `after`, by ref."""
        [result] = await ask(self._store, [Dead(after=after, limit=limit)])
        assert isinstance(result, DeadLetters)
        return result

    async def replay(self, chosen: Chosen) -> dict[str, int]:
        """How many are owed again, and how many of those meant cannot be. Raises BadRequest for none of ours."""
        if (chosen.letter > 0) == chosen.all:
            raise BadRequest("body", 'either {"letter": REF} or {"all": true}')
        return await self._all() if chosen.all else await self._one(chosen.letter)

    async def _one(self, ref: int) -> dict[str, int]:
        found = (await self.listed(after=ref - 1, limit=1)).letters
        if not found or found[0].ref != ref:
            raise BadRequest("letter", f"{ref} is no dead letter")
        if not found[0].channel:
            raise BadRequest("letter", f"{ref} came for no channel, so no platform can be told")
        return {"replayed": await self._owe(found), "left": 0}

    async def _all(self) -> dict[str, int]:
        replayed = left = after = 0
        more = True
        while more:
            page = await self.listed(after)
            count = await self._owe(page.letters)
            replayed, left = replayed + count, left + len(page.letters) - count
            after, more = page.letters[-1].ref if page.letters else after, page.more
        return {"replayed": replayed, "left": left}

    async def _owe(self, letters: tuple[DeadLetter, ...]) -> int:
        replays = [Replay(letter=letter.ref) for letter in letters if letter.channel]
        results = await ask(self._store, replays) if replays else []
        self._nudge()
        return sum(isinstance(result, Done) and result.known for result in results)

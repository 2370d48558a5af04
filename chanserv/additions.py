"""Channels and links added while the gateway runs: judged like a file, written as one, then put to work.

    plan -> prepare (all that may fail) -> the file, whole -> begin (nothing of it waits) -> accept

One at a time; whatever fails before the file is there leaves nothing behind, and
what is there after a kill is there at the next start. What a channel or a link
is made of, the gateway knows; what makes one sound, `loading`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import attrs
from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger
from twisted.python.failure import Failure

from chanserv.errors import ChanservError, Conflict, Leaving, StoreError
from chanserv.loading.adding import Adding, Plan, Sections
from chanserv.settings import Addition
from chanserv.toml.keeping import drop, keep

log = Logger()

Made = TypeVar("Made")


@attrs.define(eq=False, kw_only=True)
class Additions(Generic[Made]):
    """`closed`: why nothing is taken now, or nothing. `apart` runs what blocks where it stops nobody.

    `prepare` builds what an addition needs and may fail, having changed nothing that anybody sees; `begin` puts that
    to work, in one turn.
    """

    _adding: Adding | None  # None: the settings came from no file
    _closed: Callable[[], str]
    _prepare: Callable[[Addition], Deferred[Made]]
    _begin: Callable[[Addition, Made], None]
    _apart: Callable[..., Deferred[Any]]
    _turn: DeferredLock = attrs.field(factory=DeferredLock, init=False)

    def add(self, name: str, sections: Sections) -> Deferred[Addition]:
        """Fires when it works; its file is called after `name`. Whoever asked may cancel: what was begun goes on.

        Fails with SettingsError (every fault there is), Conflict (a name is taken, or the settings' files do not let
        it be kept), Leaving and StoreError; nothing was added then.
        """
        told: Deferred[Addition] = Deferred()
        added: Deferred[Addition] = self._turn.run(lambda: Deferred.fromCoroutine(self._add(name, sections)))
        added.addErrback(_log_surprise, name)
        added.addCallbacks(told.callback, told.errback)
        return told

    def stop(self) -> Deferred[None]:
        """Fires when none is under way. `closed` must say something by now, or another may follow."""
        return self._turn.run(lambda: None)

    async def _add(self, name: str, sections: Sections) -> Addition:
        if self._closed():
            raise Leaving(self._closed())
        if self._adding is None:
            raise Conflict("the settings came from no file: what was added would be lost at the next start")
        plan = self._adding.plan(name, sections)
        made = await self._prepare(plan.addition)
        if self._closed():
            raise Leaving(self._closed())
        await self._kept(plan.addition)
        await self._begun(plan.addition, made)
        self._accepted(self._adding, plan)
        return plan.addition

    async def _kept(self, addition: Addition) -> None:
        try:
            await self._apart(keep, Path(addition.file), addition.text)
        except OSError as error:
            raise StoreError(f"{addition.file} cannot be written: {error.strerror}") from error

    async def _begun(self, addition: Addition, made: Made) -> None:
        try:
            self._begin(addition, made)
        except Exception:  # what cannot begin now must not keep the next start from ending well
            await self._apart(drop, Path(addition.file))
            raise

    def _accepted(self, adding: Adding, plan: Plan) -> None:
        adding.accept(plan)
        for warning in plan.addition.warnings:
            log.warn("{advice}", advice=warning)
        names = [f"{kind} {name}" for kind in ("channel", "link") for name in getattr(plan.addition, f"{kind}s")]
        log.info("added: {names}, in {file}", names=", ".join(names), file=plan.addition.file)


def _log_surprise(failure: Failure, name: str) -> Failure:
    """Whoever asked may be gone."""
    if not failure.check(ChanservError):
        log.failure("{name} could not be added", failure, name=name)
    return failure

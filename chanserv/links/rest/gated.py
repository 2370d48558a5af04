"""Calls that keep to a gate: none leaves while a tunnel is down, and none that is out stays.

A connection made inside a tunnel would go on outside it, where the routes have
changed. What a gate is made of, and what is called, is not known here.
"""

from __future__ import annotations

import attrs
from twisted.internet.defer import Deferred, succeed

from chanserv.http import Broke
from chanserv.interfaces import IGate
from chanserv.links.rest.calls import Failed, ICalls
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request


@attrs.define(eq=False)
class GatedCalls:
    """ICalls by others, while the gate is open."""

    _calls: ICalls
    _gate: IGate

    def __attrs_post_init__(self) -> None:
        self._gate.subscribe(self._changed)

    def _changed(self) -> None:
        if not self._gate.open:
            self._calls.close()

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        """ICalls."""
        if not self._gate.open:
            return succeed(Failed(Broke.UNSENT, self._gate.reason))
        return self._calls.call(request)

    def close(self) -> Deferred[None]:
        """ICalls."""
        return self._calls.close()

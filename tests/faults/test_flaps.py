"""Links that break under load, of every kind: nothing is lost, and doubled is at most a window for each break.

`make prove` breaks each two hundred times.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from tests.faults import flaps

FLAPS = 7  # of each kind


class FlapTests(TestCase):
    timeout = 200

    async def flap(self, kind: str) -> None:
        report = await flaps.run(reactor, 1, Path(self.mktemp()), FLAPS, kind)
        self.assertEqual((), report.judged.complaints, report.told)

    def test_smpp(self) -> Deferred[Any]:
        """In the middle of a window."""
        return Deferred.fromCoroutine(self.flap("smpp"))

    def test_ucp(self) -> Deferred[Any]:
        """In the middle of a window."""
        return Deferred.fromCoroutine(self.flap("ucp"))

    def test_cimd2(self) -> Deferred[Any]:
        """In the middle of a window."""
        return Deferred.fromCoroutine(self.flap("cimd2"))

    def test_rest(self) -> Deferred[Any]:
        """In the middle of requests."""
        return Deferred.fromCoroutine(self.flap("rest"))

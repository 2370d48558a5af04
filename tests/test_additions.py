"""The order in which something is added, and what is left where that fails on the way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import capturedLogs, formatEvent

from chanserv import loading
from chanserv.additions import Additions
from chanserv.errors import Conflict, Leaving, SettingsError, StoreError
from chanserv.loading.adding import Adding
from chanserv.settings import Addition
from tests.loading.folder import SOUND, Folder

LINK = {
    "kind": "smpp",
    "host": "10.0.0.2",
    "port": 2775,
    "system_id": "acme",
    "password": {"env": "CHANSERV_TEST_PASSWORD"},
}


class AdditionsTests(Folder):
    """A gateway that says what it was told, and waits or fails where a test wants it."""

    def setUp(self) -> None:
        super().setUp()
        main = self.write('include = ["conf.d/*.toml"]\n' + SOUND)
        self.file = self.folder.absolute() / "conf.d" / "acme.toml"
        self.closed = ""
        self.told: list[str] = []
        self.fault: Exception | None = None
        self.preparing: list[Deferred[str]] = []
        self.writing: list[tuple[Deferred[Any], tuple[Any, ...]]] = []
        self.additions = self.made(Adding(main, loading.read(main).drafts))

    def made(self, adding: Adding | None) -> Additions[str]:
        return Additions(
            adding=adding,
            closed=lambda: self.closed,
            prepare=self.prepare,
            begin=self.begin,
            apart=self.apart,
        )

    def prepare(self, addition: Addition) -> Deferred[str]:
        self.told.append(f"prepare {' '.join(addition.links)}")
        self.preparing.append(Deferred())
        return self.preparing[-1]

    def apart(self, *what: Any) -> Deferred[Any]:
        self.told.append(what[0].__name__)
        self.writing.append((Deferred(), what))
        return self.writing[-1][0]

    def written(self) -> None:
        """The other thread has done it."""
        done, what = self.writing.pop(0)
        maybeDeferred(*what).chainDeferred(done)

    def begin(self, addition: Addition, made: str) -> None:
        self.told.append(f"begin {made}")
        if self.fault is not None:
            raise self.fault

    def add(self, name: str = "acme", **keys: object) -> Deferred[Addition]:
        return self.additions.add(name, {"link": {name: {**LINK, **keys}}})

    def names(self) -> list[str]:
        return sorted(os.listdir(self.file.parent)) if self.file.parent.exists() else []

    def test_in_order(self) -> None:
        """Only when all that may fail is over, the file; when that is there, it works; then it is told."""
        added = self.add()
        self.assertEqual((["prepare acme"], []), (self.told, self.names()))
        self.preparing[0].callback("acme's link")
        self.assertEqual((["prepare acme", "keep"], []), (self.told, self.names()))
        self.assertNoResult(added)
        self.written()
        self.assertEqual((["prepare acme", "keep", "begin acme's link"], ["acme.toml"]), (self.told, self.names()))
        self.assertEqual(["acme"], list(self.successResultOf(added).links))
        self.assertIn("acme", loading.load(str(self.folder / "a.toml")).links)

    def test_one_at_a_time(self) -> None:
        """The second is judged when the first is there: it may be the same."""
        first, second, other = self.add(), self.add(), self.add("other")
        self.assertEqual(["prepare acme"], self.told)
        self.preparing[0].callback("")
        self.written()
        self.successResultOf(first)
        self.assertIn("already", str(self.failureResultOf(second, Conflict).value))
        self.assertNoResult(other)
        self.assertEqual("prepare other", self.told[-1])

    def test_one_upon_the_other(self) -> None:
        """A channel names the link that came before it."""
        channel = {
            "uuid": "b86f686f-9168-4dd9-a03e-77f11b265b56",
            "address": "2020",
            "url_secret": "s",
            "links": ["acme"],
        }
        early = self.failureResultOf(self.additions.add("acme", {"channel": {"acme": channel}}), SettingsError)
        self.assertIn("there is no [link.acme]", str(early.value))
        self.add()
        self.preparing[0].callback("")
        self.written()
        self.additions.add("acme", {"channel": {"acme": channel}})
        self.assertEqual(2, len(self.preparing))

    def test_faults(self) -> None:
        """Nothing is even prepared, and the next one goes."""
        self.failureResultOf(self.add(rate="fast"), SettingsError)
        self.assertEqual([], self.told)
        self.add()
        self.assertEqual(["prepare acme"], self.told)

    def test_what_cannot_be_prepared(self) -> None:
        """A store that fails: no file; the name is free."""
        added = self.add()
        self.preparing[0].errback(StoreError("no disk"))
        self.failureResultOf(added, StoreError)
        self.assertEqual((["prepare acme"], []), (self.told, self.names()))
        self.add()
        self.assertEqual(2, len(self.preparing))

    def test_a_disk_that_is_full(self) -> None:
        """It is told with the file's name; nothing begins."""
        added = self.add()
        self.preparing[0].callback("")
        done, _ = self.writing.pop()
        done.errback(OSError(28, "No space left on device"))
        words = str(self.failureResultOf(added, StoreError).value)
        self.assertEqual(f"{self.file} cannot be written: No space left on device", words)
        self.assertEqual(["prepare acme", "keep"], self.told)

    def test_what_cannot_begin(self) -> None:
        """Must not be in the way of the next start, nor of the next try."""
        self.fault = RuntimeError("a fault of ours")
        added = self.add()
        self.preparing[0].callback("")
        self.written()
        self.assertEqual("drop", self.told[-1])
        self.written()
        self.failureResultOf(added, RuntimeError)
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))
        self.assertEqual([], self.names())
        self.add()
        self.assertEqual("prepare acme", self.told[-1])

    def test_whoever_asked_hangs_up(self) -> None:
        """What was begun goes on: half of it is nothing."""
        added = self.add()
        added.addErrback(lambda _: None)
        added.cancel()
        self.preparing[0].callback("")
        self.written()
        self.assertEqual((["prepare acme", "keep", "begin "], ["acme.toml"]), (self.told, self.names()))

    def test_leaving(self) -> None:
        """Nothing is begun any more; nor does what was being prepared come into a gateway that ends."""
        added, waiting = self.add(), self.add("other")
        self.closed = "shutting down"
        stopped = self.additions.stop()
        self.assertNoResult(stopped)
        self.preparing[0].callback("")
        for each in (added, waiting, self.add("third")):
            self.assertEqual("shutting down", str(self.failureResultOf(each, Leaving).value))
        self.successResultOf(stopped)
        self.assertEqual((["prepare acme"], []), (self.told, self.names()))

    def test_the_end_waits_for_what_is_being_written(self) -> None:
        """So that it is stopped with all the others."""
        added = self.add()
        self.preparing[0].callback("")
        self.closed = "shutting down"
        stopped = self.additions.stop()
        self.assertNoResult(stopped)
        self.written()
        self.successResultOf(added)
        self.successResultOf(stopped)

    def test_settings_from_no_file(self) -> None:
        """There is nothing it could be added to."""
        self.additions = self.made(None)
        self.failureResultOf(self.add(), Conflict)

    def test_what_is_logged(self) -> None:
        """What was added and where; warnings as at a start; no secret."""
        with capturedLogs() as events:
            added = self.add(password="hush-pw")
            self.preparing[0].callback("")
            self.written()
            self.successResultOf(added)
        told = [formatEvent(event) for event in events]
        self.assertIn("link.acme.password: the secret stands in the file", told[0])
        self.assertEqual(f"added: link acme, in {self.file}", told[1])
        self.assertNotIn("hush-pw", repr(events))
        self.assertIn("hush-pw", Path(self.file).read_text("utf-8"))

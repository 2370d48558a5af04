"""A file is there whole or not at all, whenever the process dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.toml import keeping
from chanserv.toml.keeping import DRAFT, drop, keep

TEXT = "[link.a]\n" + "# a line of it\n" * 20_000  # more than a buffer holds


class KeepTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp()) / "conf.d"
        self.folder.parent.mkdir()
        self.path = self.folder / "a.toml"

    def names(self) -> list[str]:
        return sorted(os.listdir(self.folder)) if self.folder.exists() else []

    def test_for_its_owner_alone(self) -> None:
        """Whatever the umask is; the folder, too."""
        self.addCleanup(os.umask, os.umask(0))
        keep(self.path, TEXT)
        self.assertEqual((TEXT, ["a.toml"]), (self.path.read_text("utf-8"), self.names()))
        self.assertEqual((0o600, 0o700), tuple(path.stat().st_mode & 0o777 for path in (self.path, self.folder)))

    def test_nothing_is_replaced(self) -> None:
        """What an operator put there meanwhile stays."""
        self.folder.mkdir()
        self.path.write_text("mine")
        self.assertRaises(FileExistsError, keep, self.path, TEXT)
        self.assertEqual(("mine", ["a.toml"]), (self.path.read_text(), self.names()))

    def test_what_a_former_process_left(self) -> None:
        """Is nobody's: not followed if it is a link, not kept if it was open to all."""
        self.folder.mkdir()
        other = self.folder / "other"
        other.write_text("mine")
        (self.folder / DRAFT).symlink_to(other)
        keep(self.path, TEXT)
        self.assertEqual(("mine", ["a.toml", "other"]), (other.read_text(), self.names()))

    def test_a_disk_that_fails(self) -> None:
        """At whichever step: nothing is left of it."""
        for step, times in (("fsync", 1), ("rename", 1), ("fsync", 2)):
            keep(self.folder / "made.toml", "")  # so that there is the folder
            failing = Failing(getattr(os, step), times)
            patch = self.patch(keeping.os, step, failing)
            self.assertRaises(OSError, keep, self.path, TEXT)
            patch.restore()
            self.assertEqual((["made.toml"], times), (self.names(), failing.calls), step)
            drop(self.folder / "made.toml")

    def test_killed_at_any_step(self) -> None:
        """kill -9 before each call to the system, and amid the octets: nothing, or all of it, and never in the way."""
        seen = set()
        for step, times in (("mkdir", 1), ("open", 1), ("open", 3), ("write", 1), ("fsync", 1), ("fsync", 2),
                            ("fsync", 3), ("rename", 1), ("close", 1)):  # fmt: skip
            self.path.unlink(missing_ok=True)
            self.assertEqual(signal.SIGKILL, self.killed(step, times), step)
            found = [name for name in self.names() if name.endswith(".toml")]
            seen.add(len(found))
            if found:
                self.assertEqual((["a.toml"], TEXT), (found, self.path.read_text("utf-8")), step)
                self.path.unlink()
            keep(self.path, TEXT)
            self.assertEqual((["a.toml"], TEXT), (self.names(), self.path.read_text("utf-8")))
            if step in ("mkdir", "open", "fsync"):
                self.path.unlink()
                self.folder.rmdir()
        self.assertEqual({0, 1}, seen)

    def killed(self, step: str, times: int) -> int:
        """Keep it in another process, which dies at that step; what it died of."""
        pid = os.fork()
        if not pid:
            try:
                _die_at(step, times)
                keep(self.path, TEXT)
            finally:
                os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) * -1


class Failing:
    """Fails at the nth call."""

    def __init__(self, real: Callable[..., Any], at: int) -> None:
        self.real, self.at, self.calls = real, at, 0

    def __call__(self, *words: Any, **more: Any) -> Any:
        self.calls += 1
        if self.calls == self.at:
            self.fail()
        return self.real(*words, **more)

    def fail(self) -> None:
        raise OSError(28, "No space left on device")


class Killing(Failing):
    def fail(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def _die_at(step: str, times: int) -> None:
    if step == "write":
        keeping._write = _write_half
    else:
        setattr(os, step, Killing(getattr(os, step), times))


def _write_half(draft: Path, octets: bytes) -> None:
    draft.write_bytes(octets[: len(octets) // 2])
    os.kill(os.getpid(), signal.SIGKILL)

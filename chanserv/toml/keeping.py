"""A settings file put on disk whole or not at all: whoever reads the folder, at whatever moment, finds no half of it.

It is written beside its place under a name that no `include` reads, forced to
disk, renamed, and the folder forced to disk. It blocks while the disk writes.
"""

from __future__ import annotations

import os
from errno import EEXIST
from pathlib import Path

DRAFT = ".chanserv.new"  # one at a time: what a killed process left is written over


def keep(path: Path, text: str) -> None:
    """The file `path`, which there is not yet, readable by its owner alone; its folder is made if need be.

    Raises OSError, and leaves nothing.
    """
    if path.exists():
        raise FileExistsError(EEXIST, os.strerror(EEXIST), str(path))
    _make(path.parent)
    draft = path.parent / DRAFT
    try:
        _write(draft, text.encode("utf-8"))
        os.rename(draft, path)
        _flush(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise


def drop(path: Path) -> None:
    """Take it back. Raises OSError."""
    path.unlink()
    _flush(path.parent)


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(0o700)
        _flush(folder.parent)


def _write(draft: Path, octets: bytes) -> None:
    draft.unlink(missing_ok=True)  # one that somebody else put there might be a link elsewhere, or open to all
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(found)
    finally:
        os.close(found)

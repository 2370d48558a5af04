"""The data folder: who owns it, and what lies where.

The lock is an flock on a file beside the store. It belongs to the open file,
not to a process: the gateway takes it and hands it down to its writer, so the
folder is free only when both have ended, however they ended.
"""

from __future__ import annotations

import os
from fcntl import LOCK_EX, LOCK_NB, flock

from chanserv.errors import StoreBusy, StoreError

STORE = "chanserv.sqlite"
LOCK = "chanserv.lock"


def store_path(folder: str) -> str:
    return os.path.join(folder, STORE)


def touch(folder: str, now: float) -> None:
    """The writer lived at `now`. Kept as the lock's own time: no write of ours, no fsync, and it outlives a kill."""
    os.utime(os.path.join(folder, LOCK), (now, now))


def touched(folder: str) -> float:
    """When the last writer here was seen alive (seconds since the epoch); 0.0: never."""
    try:
        return os.stat(os.path.join(folder, LOCK)).st_mtime
    except FileNotFoundError:
        return 0.0


def lock_path(folder: str) -> str:
    return os.path.join(folder, LOCK)


def take(folder: str) -> int:
    """Own the folder, making it if need be: a descriptor to keep open. Raises StoreBusy, StoreError."""
    path = lock_path(folder)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"cannot use the data folder {folder}: {error.strerror}") from error
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except OSError:
        os.close(lock)
        raise StoreBusy(f"another chanserv is using the data folder {folder} (its lock is {path})") from None
    return lock

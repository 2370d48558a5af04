"""Runs a command that the kernel ends when the process that started it is gone, however that went.

Used as `python -m chanserv.cli.leash PARENT COMMAND…`: it asks Linux for the
signal (prctl(2), PR_SET_PDEATHSIG), which survives execve, and becomes the
command. On other systems there is no such request; the command just runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def main(argv: Sequence[str]) -> None:
    """Become argv[1:], tied to the life of process argv[0]."""
    parent, *command = argv
    if sys.platform == "linux":
        tie()
    if os.getppid() != int(parent):  # it ended before the kernel had been asked
        raise SystemExit(1)
    os.setsid()  # Ctrl-C is for the parent, which asks us in order
    os.execvp(command[0], command)


def tie() -> None:
    """Be killed when the parent ends. Raises OSError if the kernel will not."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


if __name__ == "__main__":
    main(sys.argv[1:])

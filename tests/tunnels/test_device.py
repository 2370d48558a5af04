"""Network devices by their flags; the loopback device is the one that is everywhere."""

from __future__ import annotations

import errno

from twisted.trial.unittest import SynchronousTestCase

from chanserv.tunnels.device import IFF_RUNNING, IFF_UP, finding, flags, seen
from chanserv.tunnels.state import Finding


class FindingTests(SynchronousTestCase):
    """What the flags of netdevice(7) mean."""

    def test_up_and_running(self) -> None:
        """Both are needed."""
        self.assertEqual(Finding("up"), finding("wg0", IFF_UP | IFF_RUNNING | 0x90))

    def test_not_up(self) -> None:
        """Whoever took it down is told how it comes up."""
        self.assertEqual(Finding("down", "device wg0 is not up (ip link set wg0 up)"), finding("wg0", IFF_RUNNING))

    def test_no_carrier(self) -> None:
        """Up, and nobody holds the other end."""
        self.assertEqual(Finding("down", "device wg0 has no carrier"), finding("wg0", IFF_UP))

    def test_none(self) -> None:
        """Not there is certain; not to be seen is not."""
        gone = finding("wg0", OSError(errno.ENODEV, "No such device"))
        self.assertEqual(Finding("down", "there is no device wg0"), gone)
        hidden = finding("wg0", OSError(errno.EPERM, "Operation not permitted"))
        self.assertEqual(Finding("unknown", "device wg0 cannot be looked at: Operation not permitted"), hidden)


class FlagsTests(SynchronousTestCase):
    """The kernel is asked."""

    def test_loopback(self) -> None:
        """Is up."""
        self.assertTrue(flags("lo") & IFF_UP)
        self.assertEqual("up", seen("lo").state)

    def test_none(self) -> None:
        """Whether there is none, or none can have that name."""
        for name in ("no-such0", "", "a-name-of-sixteen"):
            self.assertEqual(Finding("down", f"there is no device {name}"), seen(name))

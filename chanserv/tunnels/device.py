"""What the flags of a network device mean (pure), and how they are asked for: an ioctl, in our own network namespace.

netdevice(7). /sys/class/net would show the namespace it was mounted in, `ip link` costs a process; sockets are bound
to devices by the same table that this call reads.
"""

from __future__ import annotations

import errno
import fcntl
import socket
import struct

from chanserv.tunnels.state import Finding

SIOCGIFFLAGS = 0x8913
IFF_UP, IFF_RUNNING = 0x1, 0x40
_IFREQ = struct.Struct("16sh22x")  # ifr_name, ifr_flags, and the rest of the union


def flags(device: str) -> int:
    """Raises OSError; ENODEV: there is no such device."""
    name = device.encode()
    if not 0 < len(name) < 16:
        raise OSError(errno.ENODEV, "not the name of a device")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        answer = fcntl.ioctl(asking, SIOCGIFFLAGS, _IFREQ.pack(name, 0))
    return int(_IFREQ.unpack(answer)[1])


def finding(device: str, seen: int | OSError) -> Finding:
    """What `flags` gave, or raised."""
    if isinstance(seen, OSError):
        if seen.errno == errno.ENODEV:
            return Finding("down", f"there is no device {device}")
        return Finding("unknown", f"device {device} cannot be looked at: {seen.strerror}")
    if not seen & IFF_UP:
        return Finding("down", f"device {device} is not up (ip link set {device} up)")
    if not seen & IFF_RUNNING:
        return Finding("down", f"device {device} has no carrier")
    return Finding("up")


def seen(device: str) -> Finding:
    """A look at it now."""
    try:
        return finding(device, flags(device))
    except OSError as fault:
        return finding(device, fault)

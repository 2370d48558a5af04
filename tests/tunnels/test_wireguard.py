"""What `wg` says: measured with wireguard-tools 1.0.20210914 and wireguard-go 0.0.20220316."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.tunnels.state import Finding
from chanserv.tunnels.wireguard import HINT, failed, finding, short

ONE, TWO = "HBrJqsRIjskO0vJ6sqVkuUfHrhxy1/mnItgl7xTbex0=", "8025xuLex/+1yXNliDtELDnm+xzW1iPlRi9oa+d5N3g="
AT = 1_795_737_941


class FindingTests(SynchronousTestCase):
    """`wg show wg0 latest-handshakes`, a limit of 180 s."""

    def found(self, output: str, peer: str | None = None, later: float = 12.0) -> Finding:
        return finding(output, "wg0", peer, 180.0, AT + later)

    def test_a_young_handshake(self) -> None:
        """Is a tunnel; its age is told."""
        seen = self.found(f"{ONE}\t{AT}\n")
        self.assertEqual(("up", ""), (seen.state, seen.reason))
        self.assertEqual({"peer": ONE, "handshake_age": 12.0}, seen.details)

    def test_the_limit(self) -> None:
        """180 s are young, more are not."""
        self.assertEqual("up", self.found(f"{ONE}\t{AT}\n", later=180.0).state)
        old = self.found(f"{ONE}\t{AT}\n", later=181.0)
        self.assertEqual("down", old.state)
        self.assertEqual(f"the last handshake with HBrJqsRI… is 181 s old; {HINT}", old.reason)

    def test_never(self) -> None:
        """0 is no time but none."""
        self.assertEqual(
            Finding("down", f"no handshake with HBrJqsRI… yet; {HINT}", {"peer": ONE}), self.found(f"{ONE}\t0\n")
        )

    def test_the_peer_that_counts(self) -> None:
        """Any, unless one is named: then another's handshake means nothing."""
        both = f"{ONE}\t{AT - 900}\n{TWO}\t{AT}\n"
        self.assertEqual("up", self.found(both).state)
        self.assertEqual("up", self.found(both, TWO).state)
        self.assertEqual("down", self.found(both, ONE).state)

    def test_no_peer(self) -> None:
        """Nobody to shake hands with."""
        self.assertEqual(Finding("down", "wg0 has no peer"), self.found(""))
        self.assertEqual(Finding("down", f"wg0 has no peer {TWO}"), self.found(f"{ONE}\t{AT}\n", TWO))

    def test_a_clock_that_went_back(self) -> None:
        """A handshake of the future is young."""
        self.assertEqual(0.0, self.found(f"{ONE}\t{AT}\n", later=-5.0).details["handshake_age"])

    def test_nonsense(self) -> None:
        """Is no tunnel."""
        for output in ("interface: wg0\n", f"{ONE}\tsoon\n", f"{ONE}\n"):
            self.assertEqual(Finding("unknown", "wg says of wg0 what cannot be read"), self.found(output))


class FailedTests(SynchronousTestCase):
    """What wg complains of, in words that say what to do."""

    def test_no_privilege(self) -> None:
        """The kernel's WireGuard wants CAP_NET_ADMIN of who asks."""
        said = failed("Unable to access interface: Operation not permitted\n", "wg0")
        self.assertEqual("unknown", said.state)
        self.assertIn("CAP_NET_ADMIN", said.reason)

    def test_no_device(self) -> None:
        """That is certain."""
        said = failed("Unable to access interface: No such device\n", "wg0")
        self.assertEqual(Finding("down", "there is no device wg0"), said)

    def test_neither(self) -> None:
        """A kernel without WireGuard, and no socket of wireguard-go that may be opened."""
        said = failed("Unable to access interface: Protocol not supported\n", "wg0")
        self.assertEqual("unknown", said.state)
        self.assertIn("wireguard-go is not open to this user", said.reason)

    def test_anything_else(self) -> None:
        """Is passed on, on one line."""
        self.assertEqual("wg cannot look at wg0: a b", failed("a\nb\n", "wg0").reason)
        self.assertEqual("wg cannot look at wg0: it does not say why", failed("", "wg0").reason)

    def test_short_names(self) -> None:
        """A key is told by its beginning."""
        self.assertEqual("8025xuLe…", short(TWO))
        self.assertEqual("8025", short("8025"))

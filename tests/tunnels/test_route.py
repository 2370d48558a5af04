"""What `ip -j route get` says: measured with iproute2 6.1."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.tunnels.route import failed, finding
from chanserv.tunnels.state import Finding

BY_WG = '[{"dst":"10.20.1.1","dev":"wg0","prefsrc":"10.10.1.1","flags":[],"uid":0,"cache":[]}]\n'
BY_GATEWAY = '[{"dst":"10.20.1.1","gateway":"10.9.0.2","dev":"eth0","prefsrc":"10.9.0.1","flags":[],"uid":0}]\n'
LOCAL = '[{"type":"local","dst":"10.20.1.1","dev":"lo","prefsrc":"10.20.1.1","flags":[],"uid":0,"cache":["local"]}]\n'


class FindingTests(SynchronousTestCase):
    """The way to 10.20.1.1."""

    def test_by_the_device(self) -> None:
        """As it must be."""
        details = {"device": "wg0", "source": "10.10.1.1", "via": ""}
        self.assertEqual(Finding("up", "", details), finding(BY_WG, "10.20.1.1", "wg0"))

    def test_by_another(self) -> None:
        """Is the way in clear."""
        seen = finding(BY_GATEWAY, "10.20.1.1", "wg0")
        self.assertEqual(("down", "the route to 10.20.1.1 leaves by eth0, not by wg0"), (seen.state, seen.reason))
        self.assertEqual("10.9.0.2", seen.details["via"])

    def test_by_any(self) -> None:
        """Where no device is asked for."""
        self.assertEqual("up", finding(BY_GATEWAY, "10.20.1.1", None).state)

    def test_local(self) -> None:
        """An address of our own is no carrier's."""
        self.assertEqual("the route to 10.20.1.1 is local", finding(LOCAL, "10.20.1.1", "lo").reason)

    def test_nonsense(self) -> None:
        """Is no route."""
        for output in ("", "[]", "{}", "[1]", "[{},{}]", "10.20.1.1 dev wg0"):
            self.assertEqual("unknown", finding(output, "10.20.1.1", "wg0").state, output)


class FailedTests(SynchronousTestCase):
    """What ip complains of."""

    def test_no_route(self) -> None:
        """The kernel's word: no route, or a blackhole."""
        for words in ("Network is unreachable", "Invalid argument", "No route to host"):
            said = failed(f"RTNETLINK answers: {words}\n", "10.20.1.1")
            self.assertEqual(Finding("down", f"there is no route to 10.20.1.1 ({words})"), said)

    def test_anything_else(self) -> None:
        """Says nothing of the route."""
        said = failed('Error: any valid prefix is expected rather than "x".\n', "x")
        self.assertEqual("unknown", said.state)
        self.assertIn("any valid prefix", said.reason)

"""What strongSwan lists, as version 5.9.8 listed it."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.tunnels.state import Finding
from chanserv.tunnels.strongswan import finding


def child(state: str, name: str = "claro", **more: str) -> dict[str, Any]:
    return {"name": name, "uniqueid": "1", "reqid": "1", "state": state, "mode": "TUNNEL", **more}


def ike(*children: dict[str, Any], state: str = "ESTABLISHED") -> dict[str, Any]:
    sas = {f"{one['name']}-{number}": one for number, one in enumerate(children, 1)}
    return {"claro": {"uniqueid": "1", "version": "2", "state": state, "child-sas": sas}}


class FindingTests(SynchronousTestCase):
    """CHILD_SA claro."""

    def test_installed(self) -> None:
        """Up, with what it carried."""
        counts = {"bytes-in": "160", "bytes-out": "92", "rekey-time": "3446", "use-in": ""}
        seen = finding([ike(child("INSTALLED", **counts))], "claro")
        details = {
            "ike": "claro", "child": "claro", "child_state": "INSTALLED",
            "bytes_in": 160, "bytes_out": 92, "rekey_time": 3446,
        }  # fmt: skip
        self.assertEqual(Finding("up", "", details), seen)

    def test_renewed(self) -> None:
        """The old one carries on until the new one does."""
        self.assertEqual("up", finding([ike(child("REKEYING"))], "claro").state)
        self.assertEqual("up", finding([ike(child("REKEYED"), child("INSTALLED"))], "claro").state)

    def test_not_installed(self) -> None:
        """Whatever else it is, it carries nothing for us."""
        for state in ("CREATED", "ROUTED", "INSTALLING", "REKEYED", "DELETING", "DELETED", "DESTROYING"):
            seen = finding([ike(child(state))], "claro")
            self.assertEqual(Finding("down", f"CHILD_SA claro is {state}, not INSTALLED"), seen)

    def test_another(self) -> None:
        """One of another name is not it; without a name any will do."""
        sas = [ike(child("INSTALLED", "tim"))]
        self.assertEqual(
            Finding("down", "there is no CHILD_SA claro (IKE_SA: claro ESTABLISHED)"), finding(sas, "claro")
        )
        self.assertEqual("up", finding(sas, None).state)

    def test_nothing(self) -> None:
        """How far it came is told, for whoever has to mend it."""
        connecting = finding([ike(state="CONNECTING")], "claro")
        self.assertEqual(Finding("down", "there is no CHILD_SA claro (IKE_SA: claro CONNECTING)"), connecting)
        self.assertIn("no IKE_SA", finding([], "claro").reason)
        self.assertEqual("down", finding([], None).state)

    def test_nonsense(self) -> None:
        """What is no section is passed over."""
        self.assertEqual("down", finding([{"claro": "x"}, {"claro": {"child-sas": {"a": "x"}}}], None).state)
        self.assertEqual("down", finding([{"claro": {"child-sas": "x"}}], None).state)

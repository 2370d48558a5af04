"""What a record says of a part: what the carrier would see on the line, in every kind's own fields."""

import json

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.cimd2.packets import SUBMIT, Packet
from chanserv.links.peer.record import plain
from chanserv.links.smpp.pdus import SubmitSm
from chanserv.links.ucp.operations import Submit


class PlainTests(SynchronousTestCase):
    def told(self, pdu: object) -> dict[str, object]:
        told: dict[str, object] = json.loads(json.dumps(plain(pdu)))
        return told

    def test_smpp(self) -> None:
        """Types of number, coding and class as numbers, zeros too; addresses as written; vendors' parameters."""
        pdu = SubmitSm(
            sequence=3, source_addr_ton=5, source_addr=b"Weni", dest_addr_ton=1, destination_addr=b"5511999990000",
            data_coding=8, short_message=b"\x04\x1f", tlvs=((0x1400, b"claro/7\0"),),
        )  # fmt: skip
        told = self.told(pdu)
        wanted = {"source_addr_ton": 5, "source_addr": "Weni", "dest_addr_ton": 1, "data_coding": 8, "esm_class": 0}
        self.assertEqual(wanted, {name: told[name] for name in wanted})
        self.assertEqual(("5511999990000", "041f"), (told["destination_addr"], told["short_message"]))
        self.assertEqual([[0x1400, b"claro/7\0".hex()]], told["tlvs"])

    def test_ucp(self) -> None:
        """What is there; of what is not, nothing."""
        told = self.told(Submit(adc="005511999990000", oadc="28000", nrq="1", nt="3"))
        self.assertEqual(("005511999990000", "1", "3"), (told["adc"], told["nrq"], told["nt"]))
        self.assertNotIn("vp", told)

    def test_cimd2(self) -> None:
        """Parameters by their numbers."""
        told = self.told(Packet(SUBMIT, 1, ((21, "+5511999990000"), (33, "Hi"))))
        self.assertEqual([[21, "+5511999990000"], [33, "Hi"]], told["parameters"])
